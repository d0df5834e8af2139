"""One metric condition on one variant: a level, or a change against the baseline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from evals.gate_language import Condition
from evals.gate_values import Check, Offender, Verdict
from evals.stats.direction import is_amount
from evals.stats.pairing import Floats, Paired, Table, case_ids, pair
from evals.stats.resample import FEW, intervals
from evals.stats.values import Interval
from knowledge_base.errors import UnknownIdError, UsageError

MAX_MISSING = 0.1
"""With more cases than this share measured on one side only, the pairs that remain are no fair sample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    variant: str
    new: Table
    old: Table | None
    advisory: Mapping[str, str]
    higher: Callable[[str], bool | None]
    unjudged: Mapping[str, str]
    """Scorer -> why no change of it against the baseline says anything, Chinese."""
    resamples: int
    seed: int


def check_level(condition: Condition, sides: Sides) -> Check:
    """The mean over cases against a limit; cases without a figure are counted, never zeros."""
    scorer = find_scorer(condition, sides)
    both = _paired(condition, scorer, sides.new, sides.new)
    if blocked := _blocked(condition, sides, scorer, both, 0):
        return blocked
    mean = float(both.b.mean())
    interval = _interval(both.b - 0.5, condition, sides, both.proportion)
    if interval:
        interval = Interval(interval.low + 0.5, interval.high + 0.5, interval.level, interval.method)
        if both.proportion:
            interval = Interval(max(0.0, interval.low), min(1.0, interval.high), interval.level, interval.method)
    verdict = _verdict(condition, mean, interval, both.b)
    bad = [(place, value) for place, value in enumerate(both.b) if condition.hit(float(value))]
    bad.sort(key=lambda found: (found[1] if condition.op[0] == "<" else -found[1], both.case_ids[found[0]]))
    name = _title(condition, scorer)
    return Check(
        condition=condition.text,
        variant=sides.variant,
        verdict=verdict,
        reason=f"{name} = {number(mean)}{_span(interval)}，n = {both.a.size}" + _without(len(both.missing)),
        n=int(both.a.size),
        missing=len(both.missing),
        value=mean,
        interval=interval,
        cases=tuple(Offender(both.case_ids[place], f"{name} {number(float(value))}") for place, value in bad),
    )


def check_change(condition: Condition, sides: Sides) -> Check:
    """Non-inferiority: the drop (or rise) against the baseline, paired by case, against a margin.

    Where not one case changed for the worse there is nothing to block, and a margin of 0 or more is kept; otherwise no
    unchanged prompt could ever pass `drop > 0`. The reason then says how many such cases could still be hidden.
    """
    scorer = find_scorer(condition, sides)
    sign = -1.0 if condition.kind == "drop" else 1.0
    if sides.higher(scorer) is (sign > 0) and scorer not in sides.advisory:
        better, other = ("rise", "低") if sign < 0 else ("drop", "高")
        raise UsageError(
            f"条件「{condition.text}」：{scorer} 越{other}越好，这样写拦的是变好", hint=f"拦变差请写 {better}"
        )
    if sides.old is None:
        why = f"基线里没有方案「{sides.variant}」，无从比较"
        return Check(condition=condition.text, variant=sides.variant, verdict="inconclusive", reason=why)
    if why := sides.unjudged.get(scorer, ""):
        why = f"{scorer} 不能用来拦：{why}"
        return Check(condition=condition.text, variant=sides.variant, verdict="inconclusive", reason=why)
    both = _paired(condition, scorer, sides.old, sides.new)
    lone = [one for one in both.missing if one.side != "both"]
    if blocked := _blocked(condition, sides, scorer, both, len(lone)):
        return blocked
    change = both.difference * sign
    mean, name = float(change.mean()), _title(condition, scorer)
    interval = _interval(change, condition, sides, both.proportion)
    verdict = _verdict(condition, mean, interval, change)
    verb = "下降" if sign < 0 else "上升"
    size = f"n = {change.size}{_without(len(lone))}"
    reason = f"{name} {verb} {number(mean)}{_span(interval)}，{size}"
    if condition.op[0] == ">" and condition.bound >= 0 and not condition.hit(0.0) and not np.any(change > 0):
        verdict = "ok"
        hidden = 1 - 0.05 ** (1 / change.size)
        reason = f"{name} 没有一个用例变差，{size}（换一批用例，最多仍可能有 {hidden:.0%} 会变差）"
    if verdict == "ok" and len(lone) > MAX_MISSING * (len(lone) + change.size):
        verdict = "inconclusive"
        reason += "；缺得太多，剩下的说明不了整体"
    worse = sorted(np.flatnonzero(change > 0), key=lambda place: (-change[place], both.case_ids[place]))
    return Check(
        condition=condition.text,
        variant=sides.variant,
        verdict=verdict,
        reason=reason,
        n=int(change.size),
        missing=len(lone),
        value=mean,
        interval=interval,
        cases=(
            *(
                Offender(both.case_ids[at], f"{name} {number(float(both.a[at]))} → {number(float(both.b[at]))}")
                for at in worse
            ),
            *(Offender(one.case_id, f"没有配上对：{one.reason}") for one in lone),
        ),
    )


def find_scorer(condition: Condition, sides: Sides) -> str:
    """The scorer of that name, or the only one whose name begins with it and a dot."""
    known = sides.new.scorers | (sides.old.scorers if sides.old else set())
    if condition.metric in known or not known:
        return condition.metric
    family = sorted(name for name in known if name.startswith(condition.metric + "."))
    if not family:
        raise UnknownIdError(
            "指标", condition.metric, tuple(get_close_matches(condition.metric, sorted(known), 5, 0.3))
        )
    if len(family) > 1:
        raise UsageError(
            f"条件「{condition.text}」：{condition.metric} 有好几项", hint=f"写明哪一项：{'、'.join(family)}"
        )
    return family[0]


def _paired(condition: Condition, scorer: str, a: Table, b: Table) -> Paired:
    verdicts = condition.aggregate == "pass"
    return pair(a, b, scorer, ids=case_ids(a, b), verdicts=verdicts, amount=not verdicts and is_amount(scorer))


def number(value: float) -> str:
    """Four digits, so that .9796 does not read as .98."""
    return f"{value:.4g}" if abs(value) >= 1e-9 else "0"


def _blocked(condition: Condition, sides: Sides, scorer: str, both: Paired, lone: int) -> Check | None:
    """Inconclusive before any figure is looked at."""
    why = sides.advisory.get(scorer, "")
    if why:
        why = f"{scorer} 不能用来拦：{why}"
    elif not both.a.size:
        why = f"{scorer} 没有一个用例有分" if sides.old is None else f"{scorer} 没有一个用例两边都有分"
    if not why:
        return None
    cases = tuple(Offender(one.case_id, one.reason) for one in both.missing if one.side != "both")
    return Check(
        condition=condition.text,
        variant=sides.variant,
        verdict="inconclusive",
        reason=why,
        n=int(both.a.size),
        missing=lone,
        cases=cases,
    )


def _interval(values: Floats, condition: Condition, sides: Sides, proportion: bool) -> Interval | None:
    if condition.confidence is None:
        return None
    found = intervals(
        values[:, None],
        proportion=[proportion],
        resamples=sides.resamples,
        seed=sides.seed,
        level=condition.confidence,
    )
    return found[0]


def _verdict(condition: Condition, mean: float, interval: Interval | None, values: Floats) -> Verdict:
    """Without (95%) the plain figure decides; with it, both ends have to lie on one side of the bound."""
    if condition.confidence is None or (interval is None and values.size >= FEW):
        # No interval of six cases or more: every case says exactly the same.
        return "regression" if condition.hit(mean) else "ok"
    if interval is None:
        return "inconclusive"
    ends = {condition.hit(interval.low), condition.hit(interval.high)}
    return "inconclusive" if len(ends) == 2 else "regression" if ends == {True} else "ok"


def _title(condition: Condition, scorer: str) -> str:
    return f"{scorer} 通过率" if condition.aggregate == "pass" else scorer


def _span(interval: Interval | None) -> str:
    return f"（{100 * interval.level:.3g}% 区间 {number(interval.low)} ~ {number(interval.high)}）" if interval else ""


def _without(missing: int) -> str:
    return f"，另有 {missing} 个用例没有分" if missing else ""
