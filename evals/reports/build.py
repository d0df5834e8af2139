"""From stored runs to a report: the comparison and the gate are asked for only where they can be answered."""

from __future__ import annotations

from collections.abc import Sequence

from evals.compare import RESAMPLES, arm_pairs, compare_all, rankings
from evals.gate import gate
from evals.gate_values import GateResult
from evals.records import Run
from evals.reports.report import Report, prepare
from evals.reports.scorer_info import scorer_infos
from evals.reports.standing import standing
from evals.stats.values import Comparison, Ranking
from knowledge_base.errors import UsageError


def build(run: Run, baseline: Run | None = None, *, resamples: int = RESAMPLES, seed: int = 0) -> Report:
    """The whole report. What could not be compared or gated is said in its notices, never left out silently.

    Raises StorageError when a run contradicts itself.
    """
    runs = [one for one in (baseline, run) if one is not None]
    whole = all(standing(one).complete and one.rows for one in runs)
    higher = {info.name: info.higher_is_better is not False for info in scorer_infos(runs)}
    notes: list[str] = []
    comparisons: Sequence[Comparison] = ()
    if whole and (baseline is not None or len({row.variant for row in run.rows}) > 1):
        first, second = (baseline, run) if baseline is not None else (run, None)
        if arm_pairs(first, second):
            comparisons = compare_all(first, second, resamples=resamples, seed=seed, higher_is_better=higher)
        else:
            notes.append("基线和这次没有同名的方案，没法成对比较；用 wenan eval compare --a … --b … 指明要比哪两个。")
    elif not whole:
        notes.append("没跑完整，没有做比较，也没有过门禁。")
    decided = _gate(run, baseline, higher, resamples, seed, notes) if whole else None
    ranked = _ranked(run, seed) if whole else ()
    return prepare(run, baseline=baseline, comparisons=comparisons, rankings=ranked, gate=decided, notes=notes)


def _ranked(run: Run, seed: int) -> tuple[Ranking, ...]:
    """Of what speaks for quality and has a better end; one on which all cases tie ranks nobody."""
    ends = {
        i.name: i.higher_is_better
        for i in scorer_infos([run])
        if i.tier not in ("cost", "compliance") and not i.caution
    }
    names = [name for name, up in ends.items() if up is not None]
    found = rankings(run, names, seed=seed, higher_is_better=ends) if names else ()
    return tuple(one for one in found if one.places and any(place.decisive for place in one.places))


def _gate(
    run: Run, baseline: Run | None, higher: dict[str, bool], resamples: int, seed: int, notes: list[str]
) -> GateResult | None:
    """The suite's own conditions; None when it has none and nothing must pass."""
    conditions = [str(text) for text in run.settings.get("gates") or ()]
    must = any(row.must_pass or any(score.must_pass for score in row.scores) for row in run.rows)
    if not conditions and not must:
        return None
    try:
        return gate(run, baseline, conditions, resamples=resamples, seed=seed, higher_is_better=higher)
    except UsageError as error:
        notes.append(f"门禁没有算：{error.message}。{error.hint}")
        return None
