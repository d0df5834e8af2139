"""Best channel and hour, and the forecast."""

# ruff: noqa: E402, DTZ001 - imports follow the check for an extra; stored times are UTC without a zone

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

pl = pytest.importorskip("polars")
pytest.importorskip("statsmodels")

from knowledge_base.audience.forecast import Forecast, TooShort, forecast
from knowledge_base.audience.forecast_report import forecast_report
from knowledge_base.audience.store import AudienceStore
from knowledge_base.audience.synthetic.plan import plan
from knowledge_base.audience.timing import LEAST_SENT, NONE, best_times
from knowledge_base.workspace import Workspace
from tests.knowledge_base.audience.shop_store import shop_store

WEEK = [10.0, 12.0, 11.0, 13.0, 20.0, 30.0, 25.0]


def events(opened: dict[tuple[str, int], tuple[int, int]]):  # type: ignore[no-untyped-def]
    """(channel, UTC hour) -> (opened, sent), at ten past, everybody once."""
    rows = [
        {
            "user": f"{channel}{hour}-{i}",
            "time": datetime(2026, 11, 2, hour, 10),
            "action": "阅读" if i < yes else "未读",
            "channel": channel,
        }
        for (channel, hour), (yes, sent) in opened.items()
        for i in range(sent)
    ]
    return pl.LazyFrame(rows)


def test_best_channel_and_hour_on_the_shops_clock() -> None:
    (one,) = best_times(events({("短信", 12): (20, 400), ("朋友圈", 12): (200, 400), ("朋友圈", 2): (40, 400)}))
    assert (one.channel, one.hour, one.channel_sure, one.hour_sure) == ("朋友圈", 20, True, True)
    assert one.channels[0].low < one.channels[0].rate < one.channels[0].high
    assert [(rate.value, rate.opened, rate.sent) for rate in one.hours] == [("20", 200, 400), ("10", 40, 400)]


def test_few_deliveries_and_hopeless_channels_say_so() -> None:
    (few,) = best_times(events({("短信", 12): (9, LEAST_SENT - 1), ("朋友圈", 2): (0, LEAST_SENT)}))
    assert few.channel == "朋友圈"
    assert "短信" not in [rate.value for rate in few.channels]
    (fewer,) = best_times(events({("短信", 12): (9, LEAST_SENT - 1)}))
    assert (fewer.channel, fewer.hour, fewer.channels, fewer.hours) == ("", None, (), ())
    assert "不到" in fewer.note
    (none,) = best_times(events({("短信", 12): (4, 4000)}), floor=0.05)
    assert (none.channel, none.hour, none.note) == (NONE, None, "")


def test_without_anything_unread_nothing_is_known_of_deliveries() -> None:
    """People who come by themselves are no evidence of the best hour to send."""
    (blind,) = best_times(events({("短信", 12): (90, 90), ("朋友圈", 3): (500, 500)}))
    assert (blind.channel, blind.hour, blind.channels, blind.hours) == ("", None, (), ())
    assert "没有送达记录" in blind.note
    (nobody,) = best_times(events({("短信", 12): (1, 2)}).filter(pl.lit(False)))
    assert "没有送达记录" in nobody.note


def test_visits_that_nothing_called_are_not_counted_as_opened() -> None:
    """An hour in which many come by themselves, all through it, must not look like one in which many open."""
    sent = events({("短信", 12): (100, 200), ("短信", 4): (20, 200)})
    visits = [
        {"user": f"v{i}", "time": datetime(2026, 11, 3, 4, i % 60), "action": "阅读", "channel": "短信"}
        for i in range(6000)
    ]
    # What somebody does while they are there is no answer to anything.
    walking = [
        {"user": f"w{i}", "time": datetime(2026, 11, 3, 4, minute), "action": "点击", "channel": "短信"}
        for i in range(1000)
        for minute in (0, 10)
    ]
    (one,) = best_times(pl.concat([sent, pl.LazyFrame([*visits, *walking])]))
    assert one.hour == 20
    rates = {rate.value: rate.rate for rate in one.hours}
    assert rates["20"] == pytest.approx(0.5, abs=0.03)
    assert rates["12"] < 0.3


def test_the_shops_true_channels_and_hours_are_found(tmp_path: Path) -> None:
    made = shop_store(tmp_path, 6000)
    truth = {one.id: one for one in plan().segments}
    names = [plan().segments[number].id for number in made.segment.values()]
    found = best_times(made.store.events(), pl.DataFrame({"user": list(made.segment), "segment": names}))
    assert {one.segment for one in found} == set(truth)
    for one in found:
        true = truth[one.segment]
        assert one.channel == max(true.open, key=lambda name: true.open[name])
        assert one.hour == max(true.open_hours, key=lambda hour: true.open_hours[hour])
        assert one.channel_sure
        for rate in one.hours:
            assert rate.rate == pytest.approx(true.open[one.channel] * true.open_hours[int(rate.value)], abs=0.08)


def test_a_steady_week_is_forecast() -> None:
    found = forecast([value + (i % 3) for i, value in enumerate(WEEK * 8)])
    assert isinstance(found, Forecast)
    assert found.error <= found.naive_error
    assert all(abs(said - usual) < 4 for said, usual in zip(found.values, WEEK, strict=True))
    assert all(low <= said <= high for low, said, high in zip(found.low, found.values, found.high, strict=True))


@pytest.mark.parametrize("history", [WEEK * 5, [0.0] * 60, []], ids=["short", "zeros", "none"])
def test_no_forecast_without_enough(history: list[float]) -> None:
    assert isinstance(forecast(history), TooShort)


def test_orders_without_numbers_are_counted_by_person_and_moment(tmp_path: Path) -> None:
    start = datetime(2026, 1, 1)
    rows = [(f"u{n}", start + timedelta(days=day), "p") for day in range(40) for n in range(3)]
    with AudienceStore.open(Workspace(tmp_path)) as store:
        store.put_orders(pl.DataFrame([*rows, *rows], schema=["user", "time", "item"], orient="row"))
        found = forecast_report(store, "", 7)
    assert {orders for _, orders in found["history"]} == {3}
