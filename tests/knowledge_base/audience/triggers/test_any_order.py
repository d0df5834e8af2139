"""The same events give the same hits: shuffled, repeated, in batches of any size, with crashes between them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("polars")

from knowledge_base.audience.triggers.engine import SLICE, Taken
from knowledge_base.audience.triggers.event import Event, event_key
from knowledge_base.audience.triggers.rules import RuleSet
from knowledge_base.audience.triggers.spans import HOUR, MINUTE
from tests.knowledge_base.audience.triggers.streams import Shop, at, event, rules, told

START = at("2026-11-20 00:00:00")
SPAN = 3 * 24 * 60
"""Minutes over which events lie."""
ALL = rules(
    {"when": "加购未买", "after": "2h", "cooldown": "5h"},
    {"when": "反复看没买", "times": 3, "within": "1d", "cooldown": "1d"},
    {"when": "沉睡", "after": "9h"},
    {"when": "到货", "within": "1d"},
    {"when": "差评", "write": {"channel": "评论回复"}, "capped": False},
    {"when": "生日", "cooldown": "300d"},
    quiet="22:00-08:00", per_day=2, per_week=4, lateness="100d",
)  # fmt: skip
BORN = {"11-21": ["u0"], "11-22": ["u1", "u2"]}


def made(minute: int, user: str, action: str, item: str) -> Event:
    text = "太差" if action == "评论" else ""
    person = "" if action == "到货" else user
    return Event(START + minute * MINUTE, event_key(person, action, item, "", text), person, action, item, "", text)


EVENTS = st.builds(
    made,
    st.integers(0, SPAN),
    st.sampled_from(["u0", "u1", "u2"]),
    st.sampled_from(["阅读", "点击", "加购", "购买", "收藏", "评论", "到货", "未读"]),
    st.sampled_from(["p", "q"]),
)


def shop(folder: str, name: str, found: RuleSet = ALL) -> Shop:
    return Shop(Path(folder) / f"{name}.db", found, birthdays=lambda day: BORN.get(day, []))


def outcome(one: Shop) -> list[Any]:
    return one.kept()


@settings(deadline=None, max_examples=60)
@given(events=st.lists(EVENTS, max_size=40), data=st.data())
def test_shuffled_repeated_and_interrupted(events: list[Event], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plain = shop(folder, "plain")
        plain.take(sorted(events), "2027-06-01 12:00:00")
        again = data.draw(
            st.permutations([*events, *data.draw(st.lists(st.sampled_from(events)) if events else st.just([]))])
        )
        mixed = shop(folder, "mixed")
        while again:
            size = data.draw(st.integers(1, len(again)))
            mixed.take(again[:size], "2026-11-25 12:00:00", complete=data.draw(st.booleans()))
            again = again[size:]
            if data.draw(st.booleans()):
                mixed.restart()
        mixed.take([], "2027-06-01 12:00:00")
        assert outcome(mixed) == outcome(plain)
        # Everything again, after it was all applied: nothing new comes of it.
        before = outcome(mixed)
        assert not mixed.take(events, "2027-06-01 12:00:00").hits
        assert outcome(mixed) == before


@settings(deadline=None, max_examples=40)
@given(events=st.lists(EVENTS, max_size=40), data=st.data())
def test_moving_along_with_the_stream(events: list[Event], data: st.DataObject) -> None:
    """The watermark follows; lines come up to an hour late, and with an hour's lateness that changes nothing."""
    tight = RuleSet(ALL.rules, ALL.clock, ALL.quiet, HOUR, ALL.per_day, ALL.per_week, ALL.purpose)
    with tempfile.TemporaryDirectory() as folder:
        plain = shop(folder, "plain", tight)
        plain.take(sorted(events), "2026-12-01 12:00:00")
        delays = data.draw(st.lists(st.integers(0, 59), min_size=len(events), max_size=len(events)))
        coming = sorted(zip(events, delays, strict=True), key=lambda pair: pair[0].time + pair[1] * MINUTE)
        live = shop(folder, "live", tight)
        for one, _ in coming:
            live.take([one], "2026-12-01 12:00:00", complete=False)
        live.take([], "2026-12-01 12:00:00")
        assert outcome(live) == outcome(plain)


def test_more_events_at_one_moment_than_a_slice_holds(tmp_path: Path) -> None:
    found = rules({"when": "反复看没买", "times": 1, "within": "1d"})
    one = Shop(tmp_path / "t.db", found)
    many = [event("2026-11-20 12:00:00", "阅读", user=f"u{i}") for i in range(SLICE + 7)]
    assert len(one.take(many).hits) == SLICE + 7


def test_a_whole_file_may_stand_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Held until its end nothing of it is late; a long backlog takes several transactions, with the same result."""
    monkeypatch.setattr("knowledge_base.audience.triggers.engine.SLICE", 3)
    monkeypatch.setattr("knowledge_base.audience.triggers.engine.MOST_SLICES", 2)
    found = rules({"when": "加购未买", "after": "2h"})
    carts = [event(f"2026-11-{day:02} 12:00:00", "加购", f"p{day}") for day in range(20, 0, -1)]
    one = Shop(tmp_path / "t.db", found)
    now = at("2026-11-21 12:00:00")
    for cart in carts:
        assert not one.engine.take([cart], None, now, complete=False, hold=True).hits
    taken = one.engine.take([], None, now, complete=True)
    hits, rounds = list(taken.hits), 1
    while taken.more:
        one.restart()
        taken = one.engine.take([], None, now, complete=True)
        hits, rounds = hits + taken.hits, rounds + 1
    assert [hit.item for hit in hits] == [f"p{day}" for day in range(1, 21)]
    assert rounds > 2


def late(events: list[Event], after: list[Event]) -> tuple[Taken, Taken, Shop]:
    """`events` applied up to 20:00, then `after`, which come too late."""
    folder = tempfile.mkdtemp()
    found = rules(
        {"when": "加购未买", "after": "2h", "expires": "1d"},
        {"when": "沉睡", "after": "1d"},
        {"when": "反复看没买", "times": 2, "within": "9d"},
    )
    one = Shop(Path(folder) / "t.db", found)
    first = one.take(events, "2026-11-20 20:10:00")
    return first, one.take(after, "2026-11-20 20:11:00"), one


@pytest.mark.parametrize(
    ("bought", "hits"),
    [("19:30:00", 0), ("19:00:00", 0), ("18:59:59", 1)],
    ids=["after the cart", "with the cart", "before the cart"],
)
def test_a_late_purchase_stops_a_timer_that_runs(bought: str, hits: int) -> None:
    _, second, one = late([event("2026-11-20 19:00:00", "加购")], [event(f"2026-11-20 {bought}", "购买")])
    assert second.counts["late"] == 1
    taken = one.take([], "2026-11-20 22:00:00")
    assert len(taken.hits) == hits


@pytest.mark.parametrize(
    ("bought", "status"),
    [("15:59:59", "withdrawn"), ("17:00:00", "withdrawn"), ("13:59:59", "new")],
    ids=["before it fired", "after it fired", "before the cart"],
)
def test_a_late_purchase_withdraws_a_hit_that_fired(bought: str, status: str) -> None:
    first, second, one = late([event("2026-11-20 14:00:00", "加购")], [event(f"2026-11-20 {bought}", "购买")])
    assert told(first.hits) == [("r0", "p", "2026-11-20 16:00:00")]
    assert [row[-1] for row in one.kept()] == [status]
    assert bool(second.withdrawn) == (status == "withdrawn")
    assert not one.take([event(f"2026-11-20 {bought}", "购买")], "2026-11-20 20:12:00").withdrawn


@pytest.mark.parametrize(
    ("bought", "withdrawn"),
    [("2026-11-21 16:00:00", True), ("2026-11-21 16:00:01", False)],
    ids=["within a day", "after a day"],
)
def test_a_purchase_in_time_withdraws_a_hit_as_long_as_it_is_worth_sending(bought: str, withdrawn: bool) -> None:
    first, _, one = late([event("2026-11-20 14:00:00", "加购")], [])
    taken = one.take([event(bought, "购买")], "2026-11-22 12:00:00")
    assert (first.hits[0].id in taken.withdrawn) == withdrawn


def test_late_signs_of_life_put_sleep_off_and_nothing_else_comes_of_them() -> None:
    looks = [event(f"2026-11-20 {time}", "阅读") for time in ("15:00:00", "16:00:00", "17:00:00")]
    _, second, one = late([event("2026-11-20 12:00:00", "点赞", "q")], looks)
    assert (second.hits, second.counts["late"]) == ([], 3)
    taken = one.take([], "2026-11-22 12:00:00")
    assert told(taken.hits) == [("r1", "p", "2026-11-21 17:00:00")]


def test_the_last_event_sent_again_leaves_sleep_alone() -> None:
    sent = [event("2026-11-20 12:00:00", "点赞", "q")]
    _, _, one = late(sent, sent)
    assert told(one.take([], "2026-11-22 12:00:00").hits) == [("r1", "q", "2026-11-21 12:00:00")]


def test_a_clock_that_is_wrong_does_not_make_everybody_late(tmp_path: Path) -> None:
    """One event from tomorrow; those of now still count."""
    one = Shop(tmp_path / "t.db", rules({"when": "加购未买", "after": "2h"}))
    one.take([event("2026-11-21 13:00:00", "阅读", user="fast")], "2026-11-20 14:00:00", complete=False)
    taken = one.take([event("2026-11-20 14:00:00", "加购")], "2026-11-20 14:00:10")
    assert taken.counts["late"] == 0
    assert len(one.take([], "2026-11-20 16:10:00").hits) == 1
