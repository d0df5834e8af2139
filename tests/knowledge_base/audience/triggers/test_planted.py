"""A synthetic shop's stream with planted stories whose hits are known: exactly those come, to the minute."""

# ruff: noqa: E402 - imports follow the check for an extra

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

pl = pytest.importorskip("polars")

import numpy as np

from knowledge_base.audience.synthetic.people import people
from knowledge_base.audience.synthetic.plan import plan
from knowledge_base.audience.synthetic.visits import visits
from knowledge_base.audience.triggers.event import Event, event_key
from knowledge_base.audience.triggers.rule_file import read_rules
from knowledge_base.audience.triggers.spans import micros
from tests.knowledge_base.audience.triggers.streams import BEIJING, Shop

END = datetime(2026, 11, 20)  # noqa: DTZ001 - the shop's clock
DAYS = 60
EACH = 12
"""People of every story."""


def when(day: int, hour: int, minute: int = 0) -> datetime:
    """Day 0 is the first of the shop's 60."""
    return (END - timedelta(days=DAYS) + timedelta(days=day, hours=hour, minutes=minute)).replace(tzinfo=BEIJING)


def do(moment: datetime, user: str, action: str, item: str = "p-x", text: str = "") -> Event:
    return Event(micros(moment), event_key(user, action, item, "", text), user, action, item, "", text)


def stories(rng: random.Random) -> tuple[list[Event], set[tuple[str, str, int]]]:
    """Events of people who do nothing else, and (rule, user, micros) of the hits that must come of them."""
    events: list[Event] = []
    hits: set[tuple[str, str, int]] = set()

    def sleeps(user: str, last: datetime) -> None:
        due = last + timedelta(days=30)
        if due.hour >= 22 or due.hour < 8:
            due = (due + timedelta(hours=2)).replace(hour=8, minute=0)
        if due < END.replace(tzinfo=BEIJING):
            hits.add(("asleep-30", user, micros(due)))

    for i in range(EACH):
        day, minute = rng.randrange(1, 55), rng.randrange(60)
        start = when(day, 14, minute)
        left, bought, night, night_bought = (f"{name}{i}" for name in ("left", "bought", "night", "nightbought"))
        events += [do(start, left, "加购")]
        hits.add(("cart-2h", left, micros(start + timedelta(hours=2))))
        sleeps(left, start)
        back = start + timedelta(minutes=rng.randrange(1, 121))
        events += [do(start, bought, "加购"), do(back, bought, "购买")]
        sleeps(bought, back)
        evening = when(day, 20, minute)
        events += [do(evening, night, "加购"), do(evening, night_bought, "加购")]
        hits.add(("cart-2h", night, micros(when(day + 1, 8))))
        sleeps(night, evening)
        late = when(day, 23, minute)
        events += [do(late, night_bought, "购买")]
        sleeps(night_bought, late)
        looks = [when(day + n, 10, minute) for n in range(3)]
        thrice, spread, buyer = f"thrice{i}", f"spread{i}", f"buyer{i}"
        events += [do(at, thrice, "阅读") for at in looks]
        hits.add(("look-3", thrice, micros(looks[2])))
        sleeps(thrice, looks[2])
        if day < 45:
            wide = [when(day + 4 * n, 10, minute) for n in range(3)]
            events += [do(at, spread, "阅读") for at in wide]
            sleeps(spread, wide[2])
        events += [do(at, buyer, action) for at, action in zip(looks, ("阅读", "购买", "阅读"), strict=True)]
        sleeps(buyer, looks[2])
        angry, happy = f"angry{i}", f"happy{i}"
        events += [do(start, angry, "评论", text="太差"), do(start, happy, "评论", text="喜欢")]
        hits.add(("complaint", angry, micros(start)))
        sleeps(angry, start)
        sleeps(happy, start)
        waits, impatient = f"waits{i}", f"impatient{i}"
        events += [do(when(40, 11, i), waits, "收藏", "p-gone"), do(when(40, 11, i), impatient, "收藏", "p-gone")]
        events += [do(when(45, 11, i), impatient, "购买", "p-gone")]
        hits.add(("restock", waits, micros(when(50, 15))))
    events.append(do(when(50, 15), "", "到货", "p-gone"))
    return events, hits


def crowd(users: int) -> list[Event]:
    """What the invented shop's other people do."""
    rng = np.random.default_rng(3)
    shop = plan()
    frame = visits(shop, people(shop, users, rng), DAYS, END, rng)
    rows = frame.select("person", "time", pl.col("action").cast(pl.String), "product").rows()
    return [
        do(time.replace(tzinfo=BEIJING), f"c{person}", action, shop.products[product].id)
        for person, time, action, product in rows
    ]


def test_every_planted_hit_and_no_other(tmp_path: Path) -> None:
    rng = random.Random(5)
    planted, expected = stories(rng)
    others = crowd(150)
    stream = [*planted, *others, *rng.sample(planted, 40), *rng.sample(others, 200)]
    # Lines come a few minutes late, some of them; the rules allow for ten.
    stream.sort(key=lambda event: event.time + rng.choice([0, 0, 0, 9 * 60 * 10**6]))
    shop = Shop(tmp_path / "t.db", read_rules())
    found = []
    for start in range(0, len(stream), 400):
        found += shop.take(stream[start : start + 400], "2026-11-20 00:10:00", complete=False).hits
        if start % 2000 == 0:
            shop.restart()
    found += shop.take([], "2026-11-20 00:10:00").hits
    mine = {(hit.rule, hit.user, hit.at) for hit in found if not hit.user.startswith("c")}
    assert mine == expected
    assert len([hit for hit in found if not hit.user.startswith("c")]) == len(expected)
    assert {rule for rule, _, _ in expected} == {"cart-2h", "look-3", "asleep-30", "complaint", "restock"}
    # The others are subject to the same limits.
    days: dict[tuple[str, int], int] = {}
    for hit in found:
        if hit.rule != "complaint":
            key = (hit.user, (hit.at + 8 * 3600 * 10**6) // (86_400 * 10**6))
            days[key] = days.get(key, 0) + 1
            local = datetime.fromtimestamp(hit.at / 1e6, BEIJING)
            assert 8 <= local.hour < 22
    assert days
    assert set(days.values()) == {1}
