"""Invented people: who belongs to which segment, with which traits, and how likely a cart is bought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from knowledge_base.audience.synthetic.plan import Plan

Ints = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]

ID_PREFIX = "oYXJ"


@dataclass(frozen=True, slots=True)
class People:
    """Columns of equal length, one place a person."""

    ids: list[str]
    segment: Ints
    """Place in `Plan.segments`."""
    female: Bools
    age: Ints
    region: list[str]
    traits: dict[str, Bools]
    buys: Floats
    """Probability that what is put into the cart is bought."""
    refused: Bools
    """Said no to marketing."""
    unlisted: Bools
    """In the events, but not in the list of users: nobody knows what they agreed to."""

    def __len__(self) -> int:
        return len(self.ids)


def people(plan: Plan, count: int, rng: np.random.Generator) -> People:
    """`count` people; segments are filled by their shares, in random order."""
    shares = np.array([segment.share for segment in plan.segments])
    segment = rng.choice(len(shares), count, p=shares / shares.sum())
    # Small shops must hold every segment too.
    segment[: len(shares)] = np.arange(len(shares))[:count]
    traits = {name: rng.random(count) < share for name, (share, _) in plan.traits.items()}
    odds = np.array([one.intent for one in plan.segments])[segment]
    for name, (_, effect) in plan.traits.items():
        odds = odds + effect * traits[name]
    means, spreads = (np.array([one.age[place] for one in plan.segments])[segment] for place in (0, 1))
    region = np.empty(count, dtype=object)
    for number, one in enumerate(plan.segments):
        names, weights = list(one.regions), np.array(list(one.regions.values()), dtype=float)
        here = np.flatnonzero(segment == number)
        region[here] = np.array(names, dtype=object)[rng.choice(len(names), len(here), p=weights / weights.sum())]
    fate = rng.random(count)
    refused = fate < plan.flaws["refused"]
    return People(
        ids=[f"{ID_PREFIX}{number:08d}" for number in rng.permutation(count * 7)[:count].tolist()],
        segment=segment,
        female=rng.random(count) < np.array([one.female for one in plan.segments])[segment],
        age=np.clip(np.rint(rng.normal(means, spreads)), 18, 80).astype(np.int64),
        region=region.tolist(),
        traits=traits,
        buys=1 / (1 + np.exp(-odds)),
        refused=refused,
        unlisted=~refused & (fate > 1 - plan.flaws["unlisted"]),
    )
