"""One comparison's figures: every scorer of two tables, their slices, and Holm over them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evals.stats.direction import is_amount
from evals.stats.flaky import flakiness
from evals.stats.pairing import Paired, Table, case_ids, labels, pair
from evals.stats.power import power
from evals.stats.resample import intervals, sign_flip
from evals.stats.values import Interval, ScorerComparison, Slice, Verdict
from evals.stats.verdicts import changes, mcnemar_p, passes, wins

SIGNIFICANT = 0.05
SLICE_RESAMPLES = 2_000
"""Slices are looked at, not decided by; this many place a 95 % bound within half a point of its level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    higher: Callable[[str], bool | None]
    advisory: Mapping[str, str]
    unjudged: Mapping[str, str]
    """Scorer -> why no difference of it says anything of these two sides, Chinese."""
    cautions: Mapping[str, str]
    """Scorer -> what has to be known about its difference, Chinese."""
    by: Sequence[str]
    resamples: int
    seed: int
    level: float


def measure(a: Table, b: Table, scorers: Sequence[str], options: Options) -> tuple[ScorerComparison, ...]:
    """In the order of `scorers`."""
    ids = case_ids(a, b)
    values = {name: pair(a, b, name, ids=ids, amount=is_amount(name)) for name in scorers}
    judged = a.judged & b.judged
    rates = {name: pair(a, b, name, ids=ids if name in judged else (), verdicts=True) for name in scorers}
    wanted = [*values.values(), *rates.values()]
    found = _intervals(wanted, options, options.resamples)
    tested = _p_values(list(values.values()), options, options.resamples)
    slices = _slices(a, b, values, options)
    results = []
    for place, name in enumerate(scorers):
        p, method = tested[place]
        rate = rates[name]
        results.append(
            replace(
                _scorer(name, values[name], options, found[place], p, method),
                passes=passes(rate, found[len(scorers) + place]) if rate.case_ids else None,
                flakiness_a=flakiness(a, name, ids, options.level),
                flakiness_b=flakiness(b, name, ids, options.level),
                slices=slices[name],
            )
        )
    return _decide(results, options)


def _scorer(
    name: str, paired: Paired, options: Options, interval: Interval | None, p: float | None, method: str
) -> ScorerComparison:
    n, higher = len(paired.case_ids), options.higher(name)
    return ScorerComparison(
        scorer=name,
        higher_is_better=higher,
        n=n,
        missing=paired.missing,
        mean_a=float(paired.a.mean()) if n else None,
        mean_b=float(paired.b.mean()) if n else None,
        difference=float(paired.difference.mean()) if n else None,
        interval=interval,
        p_value=p,
        p_method=method,
        wins=wins(paired.difference if higher else -paired.difference, options.level)
        if n and higher is not None
        else None,
        power=power(paired),
        worse=changes(paired, better=False, higher_is_better=higher),
        better=changes(paired, better=True, higher_is_better=higher),
        changed=int(np.count_nonzero(paired.difference)),
        advisory=options.advisory.get(name, ""),
    )


def _decide(results: list[ScorerComparison], options: Options) -> tuple[ScorerComparison, ...]:
    """Holm over the scorers that could show anything: where every case ties, no test can alarm (Tarone 1990)."""
    results = [_unjudged(one, why) if (why := options.unjudged.get(one.scorer)) else one for one in results]
    open_ = [one for one in results if one.p_value is not None and one.changed]
    adjusted = dict(zip([one.scorer for one in open_], holm([one.p_value or 0.0 for one in open_]), strict=True))
    decided = []
    for one in results:
        if one.verdict == "unjudged":
            decided.append(one)
            continue
        p = None if one.p_value is None else adjusted.get(one.scorer, 1.0)
        verdict = _verdict(one, p)
        said = (_note(one, verdict, len(open_)), options.cautions.get(one.scorer, "") if one.changed else "")
        decided.append(replace(one, p_adjusted=p, verdict=verdict, note="；".join(filter(None, said))))
    return tuple(decided)


def _unjudged(one: ScorerComparison, why: str) -> ScorerComparison:
    """The figures without anything that reads like a decision."""
    return replace(
        one, p_value=None, p_method="", wins=None, power=None, worse=(), better=(), verdict="unjudged", note=why
    )


def _verdict(one: ScorerComparison, p: float | None) -> Verdict:
    if p is None or one.difference is None:
        return "none"
    if not one.changed:
        return "same"
    if p >= SIGNIFICANT or one.difference == 0:
        return "unclear"
    if one.higher_is_better is None:
        return "different"
    return "better" if (one.difference > 0) == one.higher_is_better else "worse"


def _note(one: ScorerComparison, verdict: Verdict, family: int) -> str:
    if not one.n:
        return "没法比，没有一个用例两边都有分"
    if one.n == 1:
        return "只有 1 个用例，估不出误差" if one.changed else "打平，但只有 1 个用例，说明不了什么"
    if verdict == "same":
        # With no case of n changed, the share of cases that would change is below this at 95 % (exact binomial).
        return f"打平，{one.n} 个用例没有一个变；换一批用例，最多仍可能有 {1 - 0.05 ** (1 / one.n):.0%} 会变"
    if one.interval is None:
        return "每个用例的差完全一样，估不出误差"
    if one.interval.method == "adjusted":
        return "有差别的用例太少，区间按保守办法放宽"
    if verdict == "unclear" and (one.p_value or 1) < SIGNIFICANT:
        return f"单看这一项像有差别，但一次看了 {family} 项，校正后还不能算数"
    return ""


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm-adjusted p (1979), in the same order.

    The same as statsmodels' multipletests, which takes two seconds to import and then 60 ms a call.
    """
    order = np.argsort(p_values)
    factors = np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(1, np.maximum.accumulate(np.asarray(p_values)[order] * factors))
    return [float(p) for p in adjusted]


def _intervals(wanted: Sequence[Paired], options: Options, resamples: int) -> list[Interval | None]:
    """Scorers over the same cases share one set of resamples; nothing else depends on what is asked together."""
    found: list[Interval | None] = [None] * len(wanted)
    for places in _grouped(wanted):
        columns = np.stack([wanted[place].difference for place in places], axis=1)
        proportion = [wanted[place].proportion for place in places]
        answers = intervals(columns, proportion=proportion, resamples=resamples, seed=options.seed, level=options.level)
        for place, answer in zip(places, answers, strict=True):
            found[place] = answer
    return found


def _p_values(wanted: Sequence[Paired], options: Options, resamples: int) -> list[tuple[float | None, str]]:
    """McNemar where both sides are plain pass or fail, else the sign-flip test; None without a case."""
    found: list[tuple[float | None, str]] = [(None, "")] * len(wanted)
    for places in _grouped(wanted):
        flips = []
        for place in places:
            one = wanted[place]
            if np.all(np.isin(one.a, (0, 1)) & np.isin(one.b, (0, 1))):
                gap = one.difference
                found[place] = (mcnemar_p(int(np.sum(gap > 0)), int(np.sum(gap < 0)))[1], "mcnemar mid-p")
            else:
                flips.append(place)
        if flips:
            columns = np.stack([wanted[place].difference for place in flips], axis=1)
            for place, (p, exact) in zip(
                flips, sign_flip(columns, resamples=resamples, seed=options.seed), strict=True
            ):
                found[place] = (p, "sign-flip exact" if exact else "sign-flip")
    return found


def _grouped(wanted: Sequence[Paired]) -> list[list[int]]:
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, one in enumerate(wanted):
        if one.case_ids:
            groups[one.case_ids].append(place)
    return list(groups.values())


def _slices(a: Table, b: Table, values: Mapping[str, Paired], options: Options) -> dict[str, tuple[Slice, ...]]:
    found: dict[str, list[Slice]] = {name: [] for name in values}
    ids = case_ids(a, b)
    resamples = min(options.resamples, SLICE_RESAMPLES)
    for kind in options.by:
        of_kind: dict[str, list[Slice]] = {name: [] for name in values}
        for label, places in labels(a, b, kind, ids).items():
            members = {ids[place] for place in places}
            parts = [_part(one, members) for one in values.values()]
            spans, tests = _intervals(parts, options, resamples), _p_values(parts, options, resamples)
            for name, part, span, (p, _) in zip(values, parts, spans, tests, strict=True):
                of_kind[name].append(_slice(kind, label, part, span, p))
        for name, slices in of_kind.items():
            ps = holm([one.p_value for one in slices if one.p_value is not None])
            found[name] += [replace(one, p_adjusted=ps.pop(0) if one.p_value is not None else None) for one in slices]
    return {name: tuple(slices) for name, slices in found.items()}


def _part(one: Paired, members: set[str]) -> Paired:
    mask = np.array([case_id in members for case_id in one.case_ids], dtype=bool)
    kept = tuple(case_id for case_id in one.case_ids if case_id in members)
    return Paired(
        kept, one.a[mask], one.b[mask], tuple(pair for pair in one.missing if pair.case_id in members), one.amount
    )


def _slice(kind: str, name: str, part: Paired, interval: Interval | None, p: float | None) -> Slice:
    n = len(part.case_ids)
    return Slice(
        kind=kind,
        name=name,
        n=n,
        missing=sum(pair.side != "both" for pair in part.missing),
        mean_a=float(part.a.mean()) if n else None,
        mean_b=float(part.b.mean()) if n else None,
        difference=float(part.difference.mean()) if n else None,
        interval=interval,
        p_value=p,
    )
