"""What each person does next, by the workspace's predictor, and what a segment will probably do.

People who are still there get the predictor's own answer. Of those who left, which is nearly everybody in an export,
two things can be said: what they do first when they come back, and what would have come next had they stayed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from knowledge_base.audience.clock import DEFAULT_ZONE
from knowledge_base.audience.privacy.kanon import K
from knowledge_base.audience.propensity.examples import Bools
from knowledge_base.audience.schemas import TIME
from knowledge_base.audience.sequences import keep
from knowledge_base.audience.sequences.compare import without
from knowledge_base.audience.sequences.predictor import Predictor
from knowledge_base.audience.sequences.steps import END, MINUTE, NAMES, OWN, VISIT_GAP_MINUTES, Floats, Steps, steps

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore

ENDS = 0.9
"""Chance of leaving after an action from which nothing is said of what might follow: it hardly ever was seen."""
THERE, GONE = "还在店里", "已经离开"


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretold:
    """Everybody's next action. Rows are people, in the order of `names`."""

    names: tuple[str, ...]
    """Pseudonyms."""
    last: tuple[str, ...]
    """What each did last."""
    moments: tuple[int, ...]
    """When: microseconds since 1970, UTC."""
    there: Bools
    """Whether the visit may still go on: the last action is no older than a visit's gap before the data's end."""
    stay: Floats
    """(people, len(NAMES)) what follows within the visit, or that it ends."""
    back: Floats | None
    """(people, len(OWN)) the first action of the next visit; None where the model cannot tell."""
    visit: Floats
    """(people, len(NAMES)) means of `stay` over the actions of each person's latest visit."""

    @property
    def had_stayed(self) -> Floats:
        """(people, len(OWN)) what would have followed had the visit gone on."""
        return without(self.stay, END)

    def next(self) -> Floats:
        """(people, len(NAMES)) the answer for each: within the visit, or on coming back; NaN where it cannot tell."""
        gone = np.full_like(self.stay, np.nan)
        if self.back is not None:
            gone[:, :END], gone[:, END] = self.back, 0.0
        return np.where(self.there[:, None], self.stay, gone)


def foretell(predictor: Predictor, found: Steps) -> Foretold:
    """For everybody with an action of their own."""
    rows = found.latest()
    depth = found.column("第几步").astype(np.int64)[rows]
    # Every row of each person's latest visit; the last of them is the person's own.
    person = np.repeat(np.arange(len(rows)), depth + 1)
    place = np.arange(len(person)) - np.repeat(np.cumsum(depth + 1) - depth - 1, depth + 1)
    chances = predictor.predict_proba(found, (rows - depth)[person] + place)
    visit = np.zeros((len(rows), len(NAMES)))
    np.add.at(visit, person, chances)
    last = found.recent[rows, 0]
    return Foretold(
        names=tuple(found.names),
        last=tuple(OWN[code] for code in last),
        moments=tuple(int(one) for one in found.moments[rows]),
        there=found.moments[rows] > found.moments.max() - VISIT_GAP_MINUTES * MINUTE,
        stay=chances[np.cumsum(depth + 1) - 1],
        back=None if predictor.returning is None else predictor.returning.predict_proba(last),
        visit=visit / (depth + 1)[:, None],
    )


def table(found: Foretold, segments: Mapping[str, str], *, zone: str = DEFAULT_ZONE) -> pl.DataFrame:
    """One row a person, least likely to be misread in a spreadsheet. `segments`: pseudonym -> segment:3."""
    chances, stayed = found.next(), found.had_stayed
    known = ~np.isnan(chances[:, 0])
    best = np.where(known, np.nan_to_num(chances).argmax(axis=1), -1)
    likeliest, done = stayed.argmax(axis=1), found.stay[:, END] >= ENDS
    when = pl.Series(found.moments).cast(TIME).dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    rows = np.arange(len(best))
    return pl.DataFrame(
        {
            "user": pl.Series(found.names, dtype=pl.String),
            "人群": pl.Series([segments.get(one, "") for one in found.names], dtype=pl.String),
            "最后动作": pl.Series(found.last, dtype=pl.String),
            "最后动作时间": when.dt.strftime("%Y-%m-%d %H:%M"),
            "状态": [THERE if there else GONE for there in found.there],
            "下一步": [NAMES[code] if code >= 0 else "" for code in best],
            "可能": [
                round(float(chances[row, code]), 4) if code >= 0 else None for row, code in zip(rows, best, strict=True)
            ],
            "做完就走": np.round(found.stay[:, END], 4),
            "要是没走": ["" if leaves else OWN[code] for leaves, code in zip(done, likeliest, strict=True)],
            "要是没走的可能": np.where(done, np.nan, np.round(stayed[rows, likeliest], 4)),
            **{f"下一步是{name}": np.round(chances[:, code], 4) for code, name in enumerate(NAMES)},
        },
        strict=False,
    ).with_columns(pl.selectors.float().fill_nan(None))


def aggregates(found: Foretold, segments: Mapping[str, str], k: int = K) -> dict[str, Any]:
    """Plain values of everybody and of each segment with at least k people; `k` below 20 is not taken.

    Means over people, so that a busy person counts as one. Whoever is in a segment too small to be shown is in no other
    figure either, or subtracting would show them after all.
    """
    k = max(k, K)
    labels = np.array([segments.get(one, "") for one in found.names])
    sizes = {one: int((labels == one).sum()) for one in sorted({*labels.tolist()}, key=lambda one: (len(one), one))}
    told = np.isin(labels, [one for one, size in sizes.items() if size >= k])
    rows = []
    for name, size in sizes.items():
        if size < k or not name:
            continue
        inside = labels == name
        others = told & ~inside
        elsewhere = _means(found.visit, others, NAMES) if others.sum() >= k else None
        rows.append({"id": name, **_group(found, inside, k), "elsewhere": elsewhere})
    there = int((found.there & told).sum())
    everybody: dict[str, Any] | None = None
    if told.sum() >= k:
        everybody = _group(found, told, k) | {"there": there if there >= k or not there else None}
    if everybody and rows:
        # Beside those of the segments this would give away the one small count that a segment hides.
        everybody["stopped"] = []
    return {
        "k": k,
        "everybody": everybody,
        "segments": rows,
        "small": sum(1 for name, size in sizes.items() if name and size < k),
    }


def _group(found: Foretold, people: Bools, k: int) -> dict[str, Any]:
    return {
        "people": int(people.sum()),
        "in_visit": _means(found.visit, people, NAMES),
        "returning": None if found.back is None else _means(found.back, people, OWN),
        "stopped": _stopped(found, people & ~found.there, k),
    }


def _stopped(found: Foretold, people: Bools, k: int) -> list[dict[str, Any]]:
    """What those who left did last, where at least k did the same, and what would most likely have come next."""
    last = np.array(found.last)
    counts = {name: int((people & (last == name)).sum()) for name in OWN}
    shown = sorted((name for name in OWN if counts[name] >= k), key=lambda name: -counts[name])
    if shown and 0 < sum(counts.values()) - sum(counts[name] for name in shown) < k:
        # The rest would be known by subtraction.
        shown.pop()
    rows = []
    for name in shown:
        inside = people & (last == name)
        leaves = float(found.stay[inside, END].mean())
        row: dict[str, Any] = {"action": name, "people": counts[name], "leaves": round(leaves, 4)}
        if leaves < ENDS:
            chances = _means(found.had_stayed, inside, OWN)
            row["next"] = max(chances, key=lambda one: chances[one])
            row["chance"] = chances[row["next"]]
        rows.append(row)
    return rows


def _means(chances: Floats, people: Bools, names: tuple[str, ...]) -> dict[str, float]:
    means = chances[people].mean(axis=0)
    return {name: round(float(means[code]), 4) for code, name in enumerate(names)}


def explain(store: AudienceStore, user: str) -> tuple[str, ...]:
    """Sentences in Chinese of what the model says of a person; empty without a model or an action of theirs.

    An explainer for `audience why`.
    """
    card = store.cards().get(keep.NAME)
    if card is None or card.get("purpose", store.purpose) != store.purpose:
        return ()
    if (
        not store.events()
        .filter(pl.col("user") == user, pl.col("action").cast(pl.String).is_in(OWN))
        .head(1)
        .collect()
        .height
    ):
        return ()
    predictor, _ = keep.load(store)
    rows = table(foretell(predictor, steps(store.events())), {}).filter(pl.col("user") == user)
    one = rows.row(0, named=True)
    when = f"{one['最后动作时间']} 最后{one['最后动作']}，{one['状态']}"
    said = "说不出下次来先做什么" if not one["下一步"] else f"下一步最可能{one['下一步']}（{one['可能']:.0%}）"
    stayed = f"要是没走，接着最可能{one['要是没走']}（{one['要是没走的可能']:.0%}）" if one["要是没走"] else ""
    return (
        f"{when}；{said}",
        *([stayed] if stayed else []),
        "依据：这个人做过的动作的顺序和时间，和所有人从前的做法比",
    )
