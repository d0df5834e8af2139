"""Judges against people and people against each other, from labels and opinions to figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median_low

from evals.agreement import Agreement, agreement, many
from evals.agreement_bias import (
    Consistency,
    LengthBias,
    Position,
    Share,
    consistency,
    length_bias,
    longer_preferred,
    position,
)
from evals.agreement_run import PAIR_VALUES, Opinions, lengths
from evals.judges.rubric import Rubric
from evals.label_items import Item
from evals.label_store import SKIP, TIE, Kind, Label

Ratings = Mapping[str, Mapping[str, str]]
"""Unit -> person -> value: a level's digits, or a, b, tie by the order of the drafts' hashes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """What people said of one rubric, and how far they agree: no judge can be expected to do better."""

    rubric: str
    kind: Kind
    units: int
    labels: int
    skipped: int
    by: tuple[tuple[str, int], ...]
    pairs: tuple[tuple[str, str, Agreement], ...]
    """Every two people with things in common."""
    fleiss: float | None
    """Fleiss' kappa over the things that all of three or more people rated; None otherwise."""
    fleiss_n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstPeople:
    """One judge, or a panel as a whole."""

    judge: str
    models: tuple[str, ...]
    whole: Agreement
    """Against the people's common opinion."""
    each: tuple[tuple[str, Agreement], ...]
    """Against every person."""
    unanswered: tuple[tuple[str, int], ...]
    """Labelled things without an opinion that counts, by reason."""
    repeats: Consistency
    length: LengthBias | None
    """Rubrics only."""
    longer: tuple[Share | None, Share | None] | None
    """Pairs only: how often the judge, and the people, prefer the longer one."""
    place: Position | None
    """Pairs only."""


def ratings(labels: Iterable[Label], rubric: Rubric, kind: Kind) -> tuple[Ratings, int]:
    """What people said by this version of a rubric, and how many skips were left out."""
    found: dict[str, dict[str, str]] = {}
    skipped = 0
    for label in labels:
        if (label.kind, label.rubric, label.rubric_version) != (kind, rubric.id, rubric.version):
            continue
        if label.value == SKIP:
            skipped += 1
        else:
            found.setdefault(label.unit, {})[label.by] = _plain(label)
    return found, skipped


def common(said: Iterable[str], kind: Kind) -> str:
    """The people's opinion: the median level, the lower of two; the majority's winner, else a tie."""
    values = list(said)
    if kind == "score":
        return str(median_low(map(int, values)))
    best, times = Counter(values).most_common(1)[0]
    return best if times * 2 > len(values) else TIE


def people(labels: Sequence[Label], rubric: Rubric, kind: Kind) -> People:
    said, skipped = ratings(labels, rubric, kind)
    cases = {label.unit: label.case_id for label in labels}
    counts = Counter(by for values in said.values() for by in values)
    pairs = []
    for a, b in combinations(sorted(counts), 2):
        both = [unit for unit, values in said.items() if a in values and b in values]
        if both:
            compared = _compare([said[u][a] for u in both], [said[u][b] for u in both], both, cases, rubric, kind)
            pairs.append((a, b, compared))
    whole = [[values[by] for by in sorted(counts)] for values in said.values() if len(values) == len(counts)]
    return People(
        rubric=rubric.id,
        kind=kind,
        units=len(said),
        labels=sum(counts.values()),
        skipped=skipped,
        by=tuple(counts.most_common()),
        pairs=tuple(pairs),
        fleiss=many(whole) if len(counts) > 2 else None,
        fleiss_n=len(whole) if len(counts) > 2 else 0,
    )


def against_people(
    name: str,
    models: Sequence[str],
    items: Sequence[Item],
    labels: Sequence[Label],
    opinions: Opinions,
    *,
    member: int | None = None,
) -> AgainstPeople:
    """A judge on everything that people labelled and it was asked about. `member`: one judge of a panel."""
    rubric, kind = items[0].rubric, items[0].kind
    said, _ = ratings(labels, rubric, kind)
    asked = [item for item in items if item.unit in said and item.unit in opinions]
    answers = {item.unit: _values(opinions, item.unit, member) for item in asked}
    answered = [item for item in asked if answers[item.unit][0] is not None]
    units = [item.unit for item in answered]
    cases = {item.unit: item.case_id for item in answered}
    judge = [str(answers[unit][0]) for unit in units]
    crowd = [common(said[unit].values(), kind) for unit in units]
    reasons = Counter(opinions[i.unit][0].why or "没有结果" for i in asked if answers[i.unit][0] is None)
    each = []
    for by in sorted({by for values in said.values() for by in values}):
        own = [i for i, unit in enumerate(units) if by in said[unit]]
        if own:
            a, b = [judge[i] for i in own], [said[units[i]][by] for i in own]
            each.append((by, _compare(a, b, [units[i] for i in own], cases, rubric, kind)))
    sizes = [lengths(item) for item in answered]
    pair = kind == "pair"
    results = [
        result
        for item in asked
        for opinion in opinions[item.unit]
        for i, result in enumerate(opinion.results)
        if member is None or i == member
    ]
    return AgainstPeople(
        judge=name,
        models=tuple(models),
        whole=_compare(judge, crowd, units, cases, rubric, kind),
        each=tuple(each),
        unanswered=tuple(reasons.most_common()),
        repeats=consistency([[v for v in answers[item.unit] if v is not None] for item in asked], not pair),
        length=None if pair else length_bias([s[0] for s in sizes], [*map(float, judge)], [*map(float, crowd)]),
        longer=_longer(sizes, judge, crowd) if pair else None,
        place=position(results) if pair else None,
    )


def _longer(
    sizes: Sequence[tuple[int, ...]], judge: Sequence[str], crowd: Sequence[str]
) -> tuple[Share | None, Share | None]:
    pairs = [(size[0], size[1]) for size in sizes]
    return longer_preferred(pairs, judge), longer_preferred(pairs, crowd)


def _compare(
    first: Sequence[str],
    second: Sequence[str],
    units: Sequence[str],
    cases: Mapping[str, str],
    rubric: Rubric,
    kind: Kind,
) -> Agreement:
    if kind == "pair":
        return agreement(first, second, PAIR_VALUES, cases=[cases[unit] for unit in units])
    levels = [*map(float, rubric.values)]
    return agreement(first, second, [*map(str, rubric.values)], levels=levels, cases=[cases[unit] for unit in units])


def _values(opinions: Opinions, unit: str, member: int | None) -> list[str | None]:
    return [one.value if member is None else one.members[member] for one in opinions[unit]]


def _plain(label: Label) -> str:
    if label.kind == "score" or label.value == TIE:
        return label.value
    return "a" if label.value == min(label.drafts) else "b"
