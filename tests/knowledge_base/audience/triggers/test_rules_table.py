"""Every rule: just before its time, at it, just after it; and what cancels it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("polars")

from tests.knowledge_base.audience.triggers.streams import Shop, event, rules, told

CART = {"when": "加购未买", "after": "2h"}
LOOK = {"when": "反复看没买", "times": 3, "within": "7d"}
SLEEP = {"when": "沉睡", "after": "30d"}
STOCK = {"when": "到货", "within": "10d"}
BAD = {"when": "差评", "write": {"channel": "评论回复"}}
DAY = "2026-11-20"


def e(time: str, action: str, item: str = "p", **more: Any) -> Any:
    return event(time if len(time) > 8 else f"{DAY} {time}", action, item, **more)


# name, rule, events, hits as (item, time)
TABLE: list[tuple[str, dict[str, Any], list[Any], list[tuple[str, str]]]] = [
    ("cart left", CART, [e("14:00:00", "加购")], [("p", "2026-11-20 16:00:00")]),
    ("bought a second before", CART, [e("14:00:00", "加购"), e("15:59:59", "购买")], []),
    ("bought in the last moment", CART, [e("14:00:00", "加购"), e("16:00:00", "购买")], []),
    (
        "bought a second after",
        CART,
        [e("14:00:00", "加购"), e("16:00:01", "购买")],
        [("p", "2026-11-20 16:00:00")],
    ),
    (
        "bought something else",
        CART,
        [e("14:00:00", "加购"), e("15:00:00", "购买", "q")],
        [("p", "2026-11-20 16:00:00")],
    ),
    (
        "bought before the cart",
        CART,
        [e("13:00:00", "购买"), e("14:00:00", "加购")],
        [("p", "2026-11-20 16:00:00")],
    ),
    (
        "still filling the cart",
        CART,
        [e("14:00:00", "加购"), e("15:30:00", "加购")],
        [("p", "2026-11-20 17:30:00")],
    ),
    (
        "two articles",
        CART,
        [e("14:00:00", "加购"), e("14:30:00", "加购", "q")],
        [("p", "2026-11-20 16:00:00"), ("q", "2026-11-20 16:30:00")],
    ),
    ("cart and purchase in one second", CART, [e("14:00:00", "购买"), e("14:00:00", "加购")], []),
    (
        "only some articles",
        {**CART, "items": ["q"]},
        [e("14:00:00", "加购"), e("14:00:00", "加购", "q")],
        [("q", "2026-11-20 16:00:00")],
    ),
    (
        "only a category",
        {**CART, "categories": ["食品"]},
        [e("14:00:00", "加购", category="家居"), e("14:00:00", "加购", "q", category="食品")],
        [("q", "2026-11-20 16:00:00")],
    ),
    ("two looks", LOOK, [e("10:00:00", "阅读"), e("11:00:00", "点击")], []),
    (
        "the third look",
        LOOK,
        [e("10:00:00", "阅读"), e("11:00:00", "点击"), e("12:00:00", "阅读")],
        [("p", "2026-11-20 12:00:00")],
    ),
    (
        "the same look, sent three times",
        LOOK,
        [e("10:00:00", "阅读"), e("10:00:00", "阅读"), e("10:00:00", "阅读")],
        [],
    ),
    (
        "looks at different articles",
        LOOK,
        [e("10:00:00", "阅读"), e("11:00:00", "阅读", "q"), e("12:00:00", "阅读", "r")],
        [],
    ),
    (
        "bought between looks",
        LOOK,
        [e("10:00:00", "阅读"), e("11:00:00", "阅读"), e("11:30:00", "购买"), e("12:00:00", "阅读")],
        [],
    ),
    (
        "the first look just inside seven days",
        LOOK,
        [e("2026-11-13 12:00:01", "阅读"), e("11:00:00", "阅读"), e("12:00:00", "阅读")],
        [("p", "2026-11-20 12:00:00")],
    ),
    (
        "the first look seven days ago",
        LOOK,
        [e("2026-11-13 12:00:00", "阅读"), e("11:00:00", "阅读"), e("12:00:00", "阅读")],
        [],
    ),
    (
        "counting starts again after a hit",
        LOOK,
        [e(f"1{i}:00:00", "阅读") for i in range(6)],
        [("p", "2026-11-20 12:00:00"), ("p", "2026-11-20 15:00:00")],
    ),
    ("asleep", SLEEP, [e("12:00:00", "阅读")], [("p", "2026-12-20 12:00:00")]),
    (
        "awake a second before",
        SLEEP,
        [e("12:00:00", "阅读"), e("2026-12-20 11:59:59", "点赞", "")],
        [("p", "2027-01-19 11:59:59")],
    ),
    (
        "awake in the last moment",
        SLEEP,
        [e("12:00:00", "阅读"), e("2026-12-20 12:00:00", "点赞", "q")],
        [("q", "2027-01-19 12:00:00")],
    ),
    (
        "awake a second after",
        SLEEP,
        [e("12:00:00", "阅读"), e("2026-12-20 12:00:01", "点赞", "q")],
        [("p", "2026-12-20 12:00:00"), ("q", "2027-01-19 12:00:01")],
    ),
    (
        "a message left unread is no sign of life",
        SLEEP,
        [e("12:00:00", "阅读"), e("2026-12-01 12:00:00", "未读", "q")],
        [("p", "2026-12-20 12:00:00")],
    ),
    (
        "back in stock",
        STOCK,
        [e("12:00:00", "收藏"), e("18:00:00", "到货", user="")],
        [("p", "2026-11-20 18:00:00")],
    ),
    ("wanted after the restock", STOCK, [e("18:00:00", "到货", user=""), e("18:00:01", "收藏")], []),
    (
        "wanted just inside ten days",
        STOCK,
        [e("2026-11-10 18:00:01", "收藏"), e("18:00:00", "到货", user="")],
        [("p", "2026-11-20 18:00:00")],
    ),
    ("wanted ten days ago", STOCK, [e("2026-11-10 18:00:00", "收藏"), e("18:00:00", "到货", user="")], []),
    (
        "bought meanwhile",
        STOCK,
        [e("12:00:00", "收藏"), e("13:00:00", "购买"), e("18:00:00", "到货", user="")],
        [],
    ),
    (
        "bought in the moment of the restock",
        STOCK,
        [e("12:00:00", "收藏"), e("18:00:00", "购买"), e("18:00:00", "到货", user="")],
        [],
    ),
    ("another article", STOCK, [e("12:00:00", "收藏"), e("18:00:00", "到货", "q", user="")], []),
    ("only looked at", STOCK, [e("12:00:00", "阅读"), e("18:00:00", "到货", user="")], []),
    ("complaint", BAD, [e("12:00:00", "评论", text="太差了")], [("p", "2026-11-20 12:00:00")]),
    ("praise", BAD, [e("12:00:00", "评论", text="真好")], []),
    ("comment without words", BAD, [e("12:00:00", "评论")], []),
]


@pytest.mark.parametrize(("rule", "events", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_when_a_rule_hits(
    rule: dict[str, Any], events: list[Any], expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    taken = Shop(tmp_path / "t.db", rules(rule)).take(events)
    assert told(taken.hits) == [("r0", *one) for one in expected]
    assert taken.counts["hits"] == len(expected)


@pytest.mark.parametrize(
    ("until", "hits"),
    [("2026-11-20 16:09:59", 0), ("2026-11-20 16:10:00", 1), ("2026-11-20 16:10:01", 1)],
    ids=["just before", "at", "just after"],
)
def test_a_timer_waits_for_events_on_their_way(until: str, hits: int, tmp_path: Path) -> None:
    """Due at 16:00 with ten minutes of lateness: until 16:10 a purchase may still arrive."""
    shop = Shop(tmp_path / "t.db", rules(CART))
    assert len(shop.take([event("2026-11-20 14:00:00", "加购")], until).hits) == hits


@pytest.mark.parametrize(
    ("until", "hits"),
    [("2026-11-22 09:09:59", []), ("2026-11-22 09:10:00", ["a"])],
    ids=["just before", "at"],
)
def test_birthday(until: str, hits: list[str], tmp_path: Path) -> None:
    born = {"11-22": ["a"], "11-23": ["b"]}
    # While the other rule has a timer, what a person looked at last is remembered, and the greeting may mention it.
    shop = Shop(tmp_path / "t.db", rules({"when": "生日"}, SLEEP), birthdays=lambda day: born.get(day, []))
    shop.take([event("2026-11-21 12:00:00", "阅读", "p", "a")], "2026-11-21 12:10:00")
    taken = shop.take([], until)
    assert [hit.user for hit in taken.hits] == hits
    assert [hit.item for hit in taken.hits] == ["p"] * len(hits)


def test_birthdays_come_once_each_day_whatever_the_batches(tmp_path: Path) -> None:
    born = {f"11-{day:02}": [f"u{day}"] for day in range(1, 31)}
    shop = Shop(tmp_path / "t.db", rules({"when": "生日", "ahead": 2}), birthdays=lambda day: born.get(day, []))
    shop.take([event("2026-11-05 08:00:00", "阅读")], "2026-11-05 08:10:00")
    for now in ("2026-11-05 09:10:00", "2026-11-05 09:10:00", "2026-11-05 23:00:00", "2026-11-09 09:00:00"):
        shop.take([], now)
        shop.restart()
    assert [row[1] for row in shop.kept()] == ["u7", "u8", "u9", "u10"]


@pytest.mark.parametrize(
    ("year", "expected"), [(2027, ["2027-02-28"]), (2028, ["2028-02-29"])], ids=["common year", "leap year"]
)
def test_born_on_29_february(year: int, expected: list[str], tmp_path: Path) -> None:
    born = {"02-29": ["a"]}
    shop = Shop(tmp_path / "t.db", rules({"when": "生日"}), birthdays=lambda day: born.get(day, []))
    shop.take([event(f"{year}-02-20 12:00:00", "阅读")], f"{year}-02-20 13:00:00")
    taken = shop.take([], f"{year}-03-05 12:00:00")
    assert [time[:10] for _, _, time in told(taken.hits)] == expected
