"""Best channel and hour, and the forecast."""

# ruff: noqa: E402, DTZ001 - imports follow the check for an extra; stored times are UTC without a zone

from __future__ import annotations

from datetime import datetime

import pytest

pl = pytest.importorskip("polars")
pytest.importorskip("statsmodels")

from knowledge_base.audience.forecast import Forecast, TooShort, forecast
from knowledge_base.audience.timing import NONE, best_times

WEEK = [10.0, 12.0, 11.0, 13.0, 20.0, 30.0, 25.0]


def events(opened: dict[tuple[str, int], tuple[int, int]]):  # type: ignore[no-untyped-def]
    rows = [
        {"user": "u", "time": datetime(2026, 11, 2, hour), "action": "阅读" if i < yes else "未读", "channel": channel}
        for (channel, hour), (yes, sent) in opened.items()
        for i in range(sent)
    ]
    return pl.LazyFrame(rows)


def test_best_channel_and_hour_on_the_shops_clock() -> None:
    (one,) = best_times(events({("短信", 12): (20, 400), ("朋友圈", 12): (200, 400), ("朋友圈", 2): (40, 400)}))
    assert (one.channel, one.hour, one.channel_sure, one.hour_sure) == ("朋友圈", 20, True, True)
    assert one.channels[0].low < one.channels[0].rate < one.channels[0].high


def test_few_deliveries_and_hopeless_channels_say_so() -> None:
    (few,) = best_times(events({("短信", 12): (3, 4)}))
    assert (few.channel, few.hour) == ("", None)
    assert few.note
    (none,) = best_times(events({("短信", 12): (4, 4000)}), floor=0.05)
    assert (none.channel, none.hour) == (NONE, None)
    (blind,) = best_times(events({("短信", 12): (90, 90)}))
    assert "未读" in blind.note


def test_a_steady_week_is_forecast() -> None:
    found = forecast([value + (i % 3) for i, value in enumerate(WEEK * 8)])
    assert isinstance(found, Forecast)
    assert found.error <= found.naive_error
    assert all(abs(said - usual) < 4 for said, usual in zip(found.values, WEEK, strict=True))
    assert all(low <= said <= high for low, said, high in zip(found.low, found.values, found.high, strict=True))


@pytest.mark.parametrize("history", [WEEK * 5, [0.0] * 60, []], ids=["short", "zeros", "none"])
def test_no_forecast_without_enough(history: list[float]) -> None:
    assert isinstance(forecast(history), TooShort)
