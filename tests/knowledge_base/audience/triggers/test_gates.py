"""Quiet hours, cooldown, limits, consent: what keeps a rule that came true from becoming a hit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("polars")

from knowledge_base.audience.triggers.spans import DAY, HOUR, Clock, Quiet, duration, quiet_hours
from tests.knowledge_base.audience.triggers.streams import Shop, at, event, rules, told

CART: dict[str, Any] = {"when": "加购未买", "after": "2h"}
LOOK: dict[str, Any] = {"when": "反复看没买", "times": 1, "within": "7d"}
NIGHT = "22:00-08:00"
SHANGHAI = Clock("Asia/Shanghai")


@pytest.mark.parametrize(
    ("quiet", "moment", "expected"),
    [
        (NIGHT, "2026-11-20 21:59:59", "2026-11-20 21:59:59"),
        (NIGHT, "2026-11-20 22:00:00", "2026-11-21 08:00:00"),
        (NIGHT, "2026-11-20 23:59:59", "2026-11-21 08:00:00"),
        (NIGHT, "2026-11-21 00:00:00", "2026-11-21 08:00:00"),
        (NIGHT, "2026-11-21 07:59:59", "2026-11-21 08:00:00"),
        (NIGHT, "2026-11-21 08:00:00", "2026-11-21 08:00:00"),
        ("12:00～14:00", "2026-11-20 13:00:00", "2026-11-20 14:00:00"),
        ("12:00至14:00", "2026-11-20 14:00:00", "2026-11-20 14:00:00"),
        ("无", "2026-11-20 23:00:00", "2026-11-20 23:00:00"),
    ],
)
def test_quiet_hours(quiet: str, moment: str, expected: str) -> None:
    assert quiet_hours(quiet).over(at(moment), SHANGHAI) == at(expected)


@given(
    start=st.integers(0, 1439),
    end=st.integers(0, 1439),
    moment=st.integers(10**15, 2 * 10**15),
    zone=st.sampled_from(["Asia/Shanghai", "Asia/Tokyo", "UTC", "America/New_York", "Europe/Berlin"]),
)
def test_quiet_hours_only_ever_put_off_and_never_by_a_day(start: int, end: int, moment: int, zone: str) -> None:
    clock, quiet = Clock(zone), Quiet(start, end)
    later = quiet.over(moment, clock)
    # Where clocks change, a night may be an hour longer.
    assert moment <= later <= moment + DAY + HOUR
    if zone in ("Asia/Shanghai", "Asia/Tokyo", "UTC"):
        assert quiet.over(later, clock) == later


@pytest.mark.parametrize(
    ("text", "micros"), [("2h", 2 * HOUR), ("30 天", 30 * DAY), ("1.5小时", 3 * HOUR // 2), ("90M", 90 * HOUR // 60)]
)
def test_durations(text: str, micros: int) -> None:
    assert duration(text) == micros


@pytest.mark.parametrize("text", ["", "2", "h", "2 years", "-1h", "1h30m"])
def test_durations_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="时长"):
        duration(text)


@pytest.mark.parametrize(
    ("cart", "bought", "expected"),
    [
        ("2026-11-20 19:59:59", None, "2026-11-20 21:59:59"),
        ("2026-11-20 20:00:00", None, "2026-11-21 08:00:00"),
        ("2026-11-20 23:30:00", None, "2026-11-21 08:00:00"),
        ("2026-11-21 05:59:59", None, "2026-11-21 08:00:00"),
        ("2026-11-21 06:00:00", None, "2026-11-21 08:00:00"),
        ("2026-11-20 20:30:00", "2026-11-20 23:00:00", None),
        ("2026-11-20 20:30:00", "2026-11-21 08:00:00", None),
        ("2026-11-20 20:30:00", "2026-11-21 08:00:01", "2026-11-21 08:00:00"),
    ],
)
def test_what_comes_true_at_night_waits_for_the_morning(
    cart: str, bought: str | None, expected: str | None, tmp_path: Path
) -> None:
    """Put off, not lost; and what is bought in the night needs no reminder."""
    events = [event(cart, "加购"), *([event(bought, "购买")] if bought else [])]
    taken = Shop(tmp_path / "t.db", rules(CART, quiet=NIGHT)).take(events)
    assert told(taken.hits) == ([("r0", "p", expected)] if expected else [])


def test_a_rule_may_ignore_the_night(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "t.db", rules({**LOOK, "quiet": False}, quiet=NIGHT))
    assert told(shop.take([event("2026-11-20 23:00:00", "阅读")]).hits) == [("r0", "p", "2026-11-20 23:00:00")]


@pytest.mark.parametrize(
    ("second", "hits"),
    [("2026-11-23 11:59:59", 1), ("2026-11-23 12:00:00", 2), ("2026-11-23 12:00:01", 2)],
    ids=["just before", "at", "just after"],
)
def test_cooldown(second: str, hits: int, tmp_path: Path) -> None:
    shop = Shop(tmp_path / "t.db", rules({**LOOK, "cooldown": "3d"}))
    taken = shop.take([event("2026-11-20 12:00:00", "阅读"), event(second, "阅读", "q")])
    assert len(taken.hits) == hits
    assert taken.counts["cooldown"] == 2 - hits


def test_cooldown_is_of_one_rule_and_one_person_and_outlives_a_restart(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "t.db", rules({**LOOK, "cooldown": "3d"}, {**LOOK, "cooldown": "3d", "actions": ["收藏"]}))
    shop.take([event("2026-11-20 12:00:00", "阅读")], "2026-11-20 12:10:00")
    shop.restart()
    more = [
        event("2026-11-21 12:00:00", "阅读", "q"),
        event("2026-11-21 13:00:00", "阅读", user="v"),
        event("2026-11-21 14:00:00", "收藏", "q"),
    ]
    taken = shop.take(more)
    assert [(hit.rule, hit.user) for hit in taken.hits] == [("r0", "v"), ("r1", "u")]


def test_limits_a_day_and_any_seven_days(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "t.db", rules(LOOK, per_day=2, per_week=3))
    times = [
        *("2026-11-16 10:00:00", "2026-11-16 11:00:00", "2026-11-16 23:59:59"),
        *("2026-11-17 00:00:00", "2026-11-18 12:00:00"),
        *("2026-11-22 12:00:00", "2026-11-23 12:00:00"),
    ]
    taken = shop.take([event(time, "阅读", f"p{i}") for i, time in enumerate(times)])
    assert [time for _, _, time in told(taken.hits)] == [times[0], times[1], times[3], times[6]]
    assert (taken.counts["per_day"], taken.counts["per_week"]) == (1, 2)


def test_of_rules_due_together_the_first_in_the_file_goes(tmp_path: Path) -> None:
    """All three wait for the morning; one a day may go."""
    late = {**LOOK, "actions": ["收藏"]}
    shop = Shop(tmp_path / "t.db", rules(CART, late, LOOK, quiet=NIGHT, per_day=1))
    night = [("22:30:00", "阅读"), ("23:00:00", "收藏"), ("23:30:00", "加购")]
    taken = shop.take([event(f"2026-11-20 {time}", action) for time, action in night])
    assert [hit.rule for hit in taken.hits] == ["r0"]
    assert taken.counts["per_day"] == 2


def test_answers_to_complaints_count_in_no_limit(tmp_path: Path) -> None:
    bad = {"when": "差评", "capped": False, "write": {"channel": "评论回复"}}
    shop = Shop(tmp_path / "t.db", rules(bad, LOOK, per_day=1))
    said = [event(f"2026-11-20 1{i}:00:00", "评论", text=f"差{i}") for i in range(3)]
    taken = shop.take([*said, event("2026-11-20 15:00:00", "阅读")])
    assert [hit.rule for hit in taken.hits] == ["r0", "r0", "r0", "r1"]


def test_nothing_is_kept_of_people_who_did_not_agree(tmp_path: Path) -> None:
    def some(users: Sequence[str]) -> frozenset[str]:
        return frozenset(users) & {"yes"}

    shop = Shop(tmp_path / "t.db", rules(CART, {"when": "到货", "within": "9d"}), allowed=some)
    events = [event("2026-11-20 14:00:00", "加购", user=user) for user in ("yes", "no")]
    taken = shop.take(events, "2026-11-20 14:00:00")
    assert taken.counts["no_consent"] == 1
    for table in ("waiting", "people", "wants", "hits"):
        assert shop.database.execute(f"SELECT COUNT(*) FROM {table} WHERE user = 'no'").fetchone()[0] == 0
    taken = shop.take([event("2026-11-20 17:00:00", "到货", user="")])
    assert [hit.user for hit in taken.hits] == ["yes", "yes"]


def test_consent_withdrawn_while_a_timer_runs(tmp_path: Path) -> None:
    agreed = {"u"}
    shop = Shop(tmp_path / "t.db", rules(CART), allowed=lambda users: frozenset(users) & agreed)
    shop.take([event("2026-11-20 14:00:00", "加购")], "2026-11-20 15:00:00")
    agreed.clear()
    taken = shop.take([], "2026-11-20 20:00:00")
    assert (taken.hits, taken.counts["consent"]) == ([], 1)
