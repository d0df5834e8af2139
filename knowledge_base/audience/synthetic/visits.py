"""What invented people do: visits that walk through actions step by step, and pushes that are opened or not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from knowledge_base.audience.synthetic.people import Ints, People
from knowledge_base.audience.synthetic.plan import (
    BUY,
    CART,
    CHANNELS,
    END,
    PUSH_HOURS,
    START,
    STATES,
    Plan,
    SegmentTruth,
)

MAX_STEPS = 25
PUSHES = 6
"""Messages sent to each person over the period."""
STEP_SECONDS = (8, 240)
DAY = 86_400


def visits(
    plan: Plan, people: People, days: int, end: datetime, rng: np.random.Generator, pushes: int = PUSHES
) -> pl.DataFrame:
    """Events by the shop's clock: person (place in `people`), time, action, product (place), channel, order of time."""
    first = (end - timedelta(days=days)).weekday()
    frames = [
        _visits(plan, segment, np.flatnonzero(people.segment == number), people, days, first, rng)
        for number, segment in enumerate(plan.segments)
    ]
    frames += [
        _pushes(plan, segment, np.flatnonzero(people.segment == number), days, pushes, rng)
        for number, segment in enumerate(plan.segments)
    ]
    start = int(end.replace(tzinfo=UTC).timestamp()) - days * DAY
    seconds = pl.col("second") + start
    return (
        pl.concat(frames).with_columns(time=pl.from_epoch(seconds, "s").cast(pl.Datetime("us"))).drop("second")
    ).sort("time", "person")


def _visits(
    plan: Plan, segment: SegmentTruth, members: Ints, people: People, days: int, first: int, rng: np.random.Generator
) -> pl.DataFrame:
    """Every visit walks the segment's transition matrix at once, one step of all visits after another."""
    counts = 1 + rng.poisson(max(0.0, segment.visits - 1), len(members))
    person = np.repeat(members, counts)
    clock = _times(segment, len(person), days, first, rng)
    names = [product.id for product in plan.products]
    places = np.array([names.index(item) for item in segment.items])
    weights = np.array(list(segment.items.values()), dtype=float)
    item = places[rng.choice(len(places), len(person), p=weights / weights.sum())]
    channels = np.array([segment.open[name] for name in CHANNELS])
    channel = rng.choice(len(CHANNELS), len(person), p=channels / channels.sum())
    steps = np.cumsum(plan.transitions(segment), axis=1)
    state, live, columns = np.full(len(person), START), np.arange(len(person)), []
    for _ in range(MAX_STEPS):
        draw = rng.random(len(live))
        following = (draw[:, None] >= steps[state]).sum(axis=1)
        bought = (state == CART) & (rng.random(len(live)) < people.buys[person[live]])
        following = np.minimum(np.where(bought, BUY, following), END)
        going = following != END
        live, state = live[going], following[going]
        if not len(live):
            break
        clock[live] += rng.integers(*STEP_SECONDS, len(live))
        columns.append((person[live], clock[live], state, item[live], channel[live]))
    return _frame(plan, *(np.concatenate(parts) for parts in zip(*columns, strict=True)))


def _pushes(
    plan: Plan, segment: SegmentTruth, members: Ints, days: int, pushes: int, rng: np.random.Generator
) -> pl.DataFrame:
    """A push by a random channel at a random hour is read or left unread, as the segment likes channel and hour."""
    person = np.repeat(members, pushes)
    channel, hour = rng.integers(0, len(CHANNELS), len(person)), rng.integers(0, len(PUSH_HOURS), len(person))
    likes = np.array([segment.open[name] for name in CHANNELS])[channel]
    chance = likes * np.array([segment.open_hours[one] for one in PUSH_HOURS])[hour]
    read = rng.random(len(person)) < chance
    clock = rng.integers(0, days, len(person)) * DAY + np.array(PUSH_HOURS)[hour] * 3600
    clock += rng.integers(0, 1800, len(person))
    names = [product.id for product in plan.products]
    item = np.array([names.index(one) for one in segment.items])[rng.integers(0, len(segment.items), len(person))]
    return _frame(plan, person, clock, np.where(read, STATES.index("阅读"), END), item, channel)


def _times(segment: SegmentTruth, count: int, days: int, first: int, rng: np.random.Generator) -> Ints:
    """Seconds since the period began, by the segment's hours and love of weekends; `first` is day 0's weekday."""
    weight = np.where((np.arange(days) + first) % 7 >= 5, segment.weekend, 1.0)
    day = rng.choice(days, count, p=weight / weight.sum())
    hours = np.array(list(segment.hours.values()), dtype=float)
    hour = np.array(list(segment.hours))[rng.choice(len(hours), count, p=hours / hours.sum())]
    return np.asarray(day * DAY + hour * 3600 + rng.integers(0, 3600, count), dtype=np.int64)


def _frame(plan: Plan, person: Ints, clock: Ints, state: Ints, item: Ints, channel: Ints) -> pl.DataFrame:
    kinds = pl.Enum([*STATES, "未读"])
    return pl.DataFrame(
        {
            "person": person,
            "second": clock,
            "action": pl.Series(state.astype(np.uint32)).replace_strict(
                dict(enumerate(kinds.categories.to_list())), return_dtype=kinds
            ),
            "product": item,
            "channel": channel,
        }
    )
