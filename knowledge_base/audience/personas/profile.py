"""What the data say of every segment, as numbers. Whatever fewer than k people show is left out here already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from knowledge_base.audience.clock import DEFAULT_ZONE
from knowledge_base.audience.personas.interests import Interest, interests
from knowledge_base.audience.personas.moments import Rhythm, rhythms
from knowledge_base.audience.personas.reach import Key, Opened, reach
from knowledge_base.audience.personas.talk import Topic, topics
from knowledge_base.audience.segments.describe import smd
from knowledge_base.audience.segments.phrases import Phrase, words
from knowledge_base.audience.timing import Timing, best_times

if TYPE_CHECKING:
    from knowledge_base.audience.messages.verdict import Classifier
    from knowledge_base.audience.store import AudienceStore


@dataclass(frozen=True, slots=True)
class Trait:
    """One feature of the segment's people beside everybody else's."""

    feature: str
    here: float
    elsewhere: float
    """Means."""
    effect: float
    """Standardised mean difference."""
    n: int
    """People of the segment of whom it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One segment."""

    number: int
    """From 0."""
    size: int
    share: float
    rhythm: Rhythm | None
    traits: Mapping[str, Trait]
    items: tuple[Interest, ...]
    categories: tuple[Interest, ...]
    topics: tuple[Topic, ...]
    words: tuple[Phrase, ...]
    timing: Timing | None
    reach: Mapping[Key, Opened]
    """Of every segment."""


def profiles(
    store: AudienceStore,
    members: pl.DataFrame,
    features: pl.DataFrame,
    *,
    k: int,
    classifier: Classifier | None = None,
    zone: str = DEFAULT_ZONE,
) -> tuple[Profile, ...]:
    """One for each segment of at least k people, by number. `members`: user, segment from 0, -1 for none.

    Without a classifier nothing is said of what they write about.
    """
    inside = members.filter(pl.col("segment") >= 0)
    sizes = dict(inside.group_by("segment").len().iter_rows())
    events = store.events().join(inside.lazy().select("user"), on="user", how="semi")
    rhythm = rhythms(events, inside, zone)
    items = interests(events, store.orders(), inside, "item", k)
    categories = interests(events, store.orders(), inside, "category", k)
    said = topics(store.messages(), inside, classifier, k) if classifier is not None else {}
    typical = words(store.messages(), inside, smallest=k)
    named = inside.select("user", pl.col("segment").cast(pl.String))
    times = {int(one.segment): one for one in best_times(events, named, zone=zone)}
    traits = _traits(features, inside, k)
    opened = reach(events, inside, zone)
    return tuple(
        Profile(
            number=number,
            size=size,
            share=size / inside.height,
            rhythm=rhythm.get(number),
            traits=traits.get(number, {}),
            items=items.get(number, ()),
            categories=categories.get(number, ()),
            topics=said.get(number, ()),
            words=tuple(typical.get(number, ())),
            timing=times.get(number),
            reach=opened,
        )
        for number, size in sorted(sizes.items())
        if size >= k
    )


def _traits(features: pl.DataFrame, members: pl.DataFrame, k: int) -> dict[int, dict[str, Trait]]:
    frame = features.join(members, on="user")
    segment = frame["segment"].to_numpy()
    found: dict[int, dict[str, Trait]] = {int(number): {} for number in np.unique(segment)}
    for name in features.columns:
        if name == "user":
            continue
        values: Any = frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        known = np.isfinite(values)
        for number, traits in found.items():
            here, others = values[(segment == number) & known], values[(segment != number) & known]
            if len(here) >= k and len(others) >= k:
                traits[name] = Trait(name, float(here.mean()), float(others.mean()), smd(here, others), len(here))
    return found
