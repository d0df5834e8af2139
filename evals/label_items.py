"""What there is to label in a run: single drafts, or pairs of drafts for the same task; each thing once, and blind."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from agent.brief import Brief
from agent.codec import to_plain
from evals.judges.ask import inapplicable
from evals.judges.candidate import copy_sha256
from evals.judges.rubric import Rubric
from evals.label_store import Kind
from evals.records import Case, Expectation, Row, Run, Sampled

_NOT_THE_TASK = ("seed", "variant", "origin", "today")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to give an opinion on."""

    unit: str
    kind: Kind
    rubric: Rubric
    run: str
    samples: tuple[Sampled, ...]
    """One draft, or the two of a pair by their hashes, so that a pair is the same whoever met it first."""
    drafts: tuple[str, ...]
    """Their hashes."""

    @property
    def case_id(self) -> str:
        return self.samples[0].case.id


def score_items(run: Run, rubric: Rubric, expected: Mapping[str, Expectation] | None = None) -> tuple[Item, ...]:
    """Every different draft of a run that the rubric applies to, in the run's order."""
    items: dict[str, Item] = {}
    for sampled in samples_of(run.rows, expected or {}):
        if not inapplicable(sampled, rubric):
            item = _item("score", rubric, run.id, (sampled,))
            items.setdefault(item.unit, item)
    return tuple(items.values())


def pair_items(
    run: Run, rubric: Rubric, against: Run | None = None, expected: Mapping[str, Expectation] | None = None
) -> tuple[Item, ...]:
    """Every pair of different drafts for one task and sample: of the variants of a run, or of two runs."""
    items: dict[str, Item] = {}
    mine = _by_place(run, rubric, expected or {})
    theirs = None if against is None else _by_place(against, rubric, expected or {})
    for place, here in mine.items():
        pairs = combinations(here, 2) if theirs is None else product(here, theirs.get(place, ()))
        for a, b in pairs:
            item = _item("pair", rubric, run.id, (a, b))
            if len(set(item.drafts)) == 2 and brief_sha256(a.case.brief) == brief_sha256(b.case.brief):
                items.setdefault(item.unit, item)
    return tuple(items.values())


def samples_of(rows: Iterable[Row], expected: Mapping[str, Expectation]) -> Iterable[Sampled]:
    """The answered rows as a judge sees them; `expected` adds what the suite knows of each case."""
    for row in rows:
        if row.draft is None or row.draft.copy is None:
            continue
        case = Case(
            id=row.case_id, brief=row.draft.brief, expect=expected.get(row.case_id, Expectation()), tags=row.tags
        )
        yield Sampled(case=case, variant=row.variant, sample=row.sample, draft=row.draft, context=row.draft.context)


def shuffled(items: Sequence[Item], by: str) -> tuple[Item, ...]:
    """The items in an order of this person's own, the same every time, so that resuming goes on where they stopped."""
    return tuple(sorted(items, key=lambda item: _digest("order", by, item.unit)))


def as_shown(item: Item, by: str) -> tuple[Sampled, ...]:
    """The drafts in the order this person sees them; which of a pair comes first is a coin toss of their own."""
    turned = item.kind == "pair" and int(_digest("side", by, item.unit)[:8], 16) % 2 == 1
    return item.samples[::-1] if turned else item.samples


def brief_sha256(brief: Brief) -> str:
    """Identifies the task, whenever and with whatever seed it was done."""
    plain = {name: value for name, value in to_plain(brief).items() if name not in _NOT_THE_TASK}
    return _digest(json.dumps(plain, ensure_ascii=True, sort_keys=True))


def _by_place(run: Run, rubric: Rubric, expected: Mapping[str, Expectation]) -> dict[tuple[str, int], list[Sampled]]:
    found: dict[tuple[str, int], list[Sampled]] = {}
    for sampled in samples_of(run.rows, expected):
        if not inapplicable(sampled, rubric):
            found.setdefault((sampled.case.id, sampled.sample), []).append(sampled)
    return found


def _item(kind: Kind, rubric: Rubric, run: str, samples: Sequence[Sampled]) -> Item:
    hashed = sorted(((_sha(sampled), sampled) for sampled in samples), key=lambda pair: pair[0])
    drafts = tuple(sha for sha, _ in hashed)
    unit = _digest(kind, rubric.id, rubric.version, brief_sha256(samples[0].case.brief), *drafts)
    return Item(unit=unit, kind=kind, rubric=rubric, run=run, samples=tuple(one for _, one in hashed), drafts=drafts)


def _sha(sampled: Sampled) -> str:
    assert sampled.draft.copy is not None
    return copy_sha256(sampled.draft.copy)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
