"""When: recency, visits, streaks, hours of the day, weekends, and what came last."""

from __future__ import annotations

import numpy as np

from knowledge_base.audience.features.counts import ratio
from knowledge_base.audience.features.log import ACTION_CODES, DAY_SECONDS, Bools, Columns, Floats, Ints, Log

VISIT_GAP = 30 * 60
"""Seconds without an action after which a new visit begins: the convention of web analytics."""
HOURS = {
    "hours_night": (0, 6),
    "hours_early": (6, 9),
    "hours_morning": (9, 12),
    "hours_noon": (12, 15),
    "hours_afternoon": (15, 18),
    "hours_evening": (18, 21),
    "hours_late": (21, 24),
}


def rhythm(log: Log) -> Columns:
    """Own actions only: a message nobody opened says nothing of when its receiver is awake."""
    total = log.count()
    bins = np.zeros(24, dtype=np.int64)
    for place, (start, end) in enumerate(HOURS.values()):
        bins[start:end] = place
    by_hour = log.table(bins[log.hour], len(HOURS))
    found: Columns = {name: ratio(by_hour[:, place], total) for place, name in enumerate(HOURS)}
    found["weekend_share"] = ratio(log.count(log.weekend), total)
    code, second, day, action = log.code, log.second, log.day, log.action
    starts = _starts(code)
    first = np.flatnonzero(starts)
    last = np.append(first[1:], len(code)) - 1 if len(first) else first
    people, active = log.people, code[first]
    found["recency_days"] = _place(people, active, second[last] / DAY_SECONDS)
    found["first_seen_days"] = _place(people, active, second[first] / DAY_SECONDS)
    starts[1:] |= second[:-1] - second[1:] > VISIT_GAP
    found["visits"] = np.bincount(code[starts], minlength=people).astype(np.float64)
    found["events_per_visit"] = ratio(total, found["visits"])
    found |= _streaks(people, code, day)
    found |= _carts(people, code, second, action)
    final = action[last]
    for name, number in ACTION_CODES.items():
        if name != "未读":
            found[f"last:{name}"] = _place(people, active, (final == number).astype(np.float64), 0.0)
    return found


def _streaks(people: int, code: Ints, day: Ints) -> Columns:
    """Days with own actions, and runs of days without a gap. Events are in order of time, so `day` never grows."""
    new = np.ones(len(code), dtype=bool)
    new[1:] = (code[1:] != code[:-1]) | (day[1:] != day[:-1])
    code, day = code[new], day[new]
    longest, current = np.zeros(people), np.zeros(people)
    if len(code):
        breaks = np.ones(len(code), dtype=bool)
        breaks[1:] = (code[1:] != code[:-1]) | (day[:-1] - day[1:] != 1)
        starts = np.flatnonzero(breaks)
        lengths = np.diff(np.append(starts, len(code)))
        owner = code[starts]
        mine = np.flatnonzero(_starts(owner))
        longest[owner[mine]] = np.maximum.reduceat(lengths, mine)
        ends = starts + lengths - 1
        # Still running: it reaches the day of the cut-off, or the day before, which may not be over.
        running = day[ends] <= 1
        current[code[ends[running]]] = lengths[running]
    return {
        "active_days": np.bincount(code, minlength=people).astype(np.float64),
        "active_days_30d": np.bincount(code[day < 30], minlength=people).astype(np.float64),
        "longest_streak": longest,
        "current_streak": current,
    }


def _carts(people: int, code: Ints, second: Ints, action: Ints) -> Columns:
    carts, buys = action == ACTION_CODES["加购"], action == ACTION_CODES["购买"]
    recency = np.full(people, np.nan)
    # Later events overwrite earlier ones, so the last cart stays.
    recency[code[carts]] = second[carts] / DAY_SECONDS
    bought = np.full(people, np.inf)
    bought[code[buys]] = second[buys]
    still = carts & (second < bought[code])
    return {
        "cart_recency_days": recency,
        "carts_open": np.bincount(code[still], minlength=people).astype(np.float64),
    }


def _starts(code: Ints) -> Bools:
    """Which places are the first of their person, where people stand together."""
    first = np.ones(len(code), dtype=bool)
    first[1:] = code[1:] != code[:-1]
    return first


def _place(people: int, code: Ints, values: Floats, empty: float = np.nan) -> Floats:
    found = np.full(people, empty)
    found[code] = values
    return found
