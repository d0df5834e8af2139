"""When a segment is there: shares of its actions by hour and day, and what words say about hours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from knowledge_base.audience.clock import DEFAULT_ZONE

HOURS = 24
APART = 3
"""Hours between two moments of a card at least."""
WORTH = 0.08
"""Share of actions from which a second hour is a moment of its own."""
WORKDAYS, WEEKENDS = 0.15, 0.45
"""Shares of weekend actions below and above which days are named; evenly spread actions give 2/7 = .29."""

_WORDS: tuple[tuple[str, frozenset[int]], ...] = (
    ("凌晨|半夜", frozenset(range(5))),
    ("深夜|夜里|熄灯|床头|睡前", frozenset((*range(5), 21, 22, 23))),
    ("清早|清晨|早八|早餐|早饭|起床|晨练", frozenset(range(5, 9))),
    ("早上", frozenset(range(5, 10))),
    ("上午", frozenset(range(8, 12))),
    ("中午|午饭|午休", frozenset(range(11, 15))),
    ("下午|午后", frozenset(range(12, 18))),
    ("傍晚|下班", frozenset(range(17, 21))),
    ("晚上|晚饭|夜宵", frozenset(range(18, 24))),
)
_HOUR_WORDS = tuple((re.compile(words), hours) for words, hours in _WORDS)
_WEEKEND = re.compile("周末|周六|周日|露营|野餐|出游|郊外|后备箱|登山")
_WORKDAY = re.compile("工作日|周一|上班|工位|键盘|会议|开会|赶稿|加班|地铁口|通勤")
_NUMERALS = "零一二三四五六七八九十"
_PARTS = (
    (5, "凌晨"), (9, "早上"), (12, "上午"), (13, "中午"), (18, "下午"), (23, "晚上"), (24, "夜里"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Means over people of each person's own shares, so that a busy person counts as one."""

    here: tuple[float, ...]
    """24 shares by the shop's clock; they sum to 1."""
    elsewhere: tuple[float, ...]
    people: tuple[int, ...]
    """People of the segment with any action in that hour."""
    weekend_here: float
    weekend_elsewhere: float
    n: int
    """People of the segment with any action."""

    def share(self, hours: frozenset[int]) -> tuple[float, float]:
        """(here, elsewhere) of several hours together."""
        return sum(self.here[hour] for hour in hours), sum(self.elsewhere[hour] for hour in hours)

    @property
    def days(self) -> str:
        """工作日, 周末 or nothing."""
        return "工作日" if self.weekend_here < WORKDAYS else "周末" if self.weekend_here > WEEKENDS else ""


def rhythms(events: pl.LazyFrame, members: pl.DataFrame, zone: str = DEFAULT_ZONE) -> dict[int, Rhythm]:
    """Segment -> rhythm, of actions that are a person's own (not 未读). `members`: user, segment from 0."""
    local = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    own = (
        events.filter(pl.col("action").cast(pl.String) != "未读")
        .select("user", local.dt.hour().alias("hour"), (local.dt.weekday() > 5).alias("weekend"))
        .join(members.lazy().filter(pl.col("segment") >= 0), on="user")
    )
    hours = own.group_by("user", "segment", "hour").agg(pl.len().alias("count")).collect()
    weekends = own.group_by("user", "segment").agg(pl.col("weekend").mean()).collect()
    users = weekends["user"].sort()
    place = {user: row for row, user in enumerate(users)}
    table = np.zeros((len(users), HOURS))
    table[[place[user] for user in hours["user"]], hours["hour"].to_numpy()] = hours["count"].to_numpy()
    shares = table / table.sum(axis=1, keepdims=True)
    ordered = weekends.sort("user")
    segment, weekend = ordered["segment"].to_numpy(), ordered["weekend"].to_numpy()
    return {int(one): _rhythm(shares, weekend, segment == one) for one in np.unique(segment)}


def _rhythm(shares: Any, weekend: Any, inside: Any) -> Rhythm:
    here, others = shares[inside], shares[~inside]
    return Rhythm(
        tuple(here.mean(axis=0).tolist()),
        tuple(others.mean(axis=0).tolist()) if len(others) else (0.0,) * HOURS,
        tuple(int(count) for count in (here > 0).sum(axis=0)),
        float(weekend[inside].mean()),
        float(weekend[~inside].mean()) if len(others) else 0.0,
        int(inside.sum()),
    )


def peaks(rhythm: Rhythm, k: int) -> tuple[int, ...]:
    """The hour most of their actions fall in, and up to one more that stands apart and above the others' share."""
    order = sorted(range(HOURS), key=lambda hour: -rhythm.here[hour])
    found: list[int] = []
    for hour in order:
        far = all(min(abs(hour - one), HOURS - abs(hour - one)) >= APART for one in found)
        more = rhythm.here[hour] > rhythm.elsewhere[hour] and rhythm.here[hour] >= WORTH
        if rhythm.people[hour] >= k and far and (more or not found):
            found.append(hour)
    return tuple(found[:2])


def spoken(hour: int) -> str:
    """15 -> 下午三点. In words, because figures in a scene look like claims."""
    part = next(name for end, name in _PARTS if hour < end)
    on_dial = hour if hour <= 12 else hour - 12
    return f"{part}{_numeral(on_dial)}点"


def part_of_day(hour: int) -> str:
    """15 -> 下午."""
    return next(name for end, name in _PARTS if hour < end)


def hours_meant(text: str) -> tuple[frozenset[int], ...]:
    """The hours that each word for a time of day in a text stands for; empty when it names none."""
    return tuple(hours for words, hours in _HOUR_WORDS if words.search(text))


def days_meant(text: str) -> str:
    """周末, 工作日 or nothing, by the words of a text."""
    return "周末" if _WEEKEND.search(text) else "工作日" if _WORKDAY.search(text) else ""


def _numeral(number: int) -> str:
    return _NUMERALS[number] if number <= 10 else f"十{_NUMERALS[number - 10]}"
