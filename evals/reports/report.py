"""Everything a report says, gathered once and verified before any format is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evals.gate_values import GateResult
from evals.records import Run
from evals.reports.differences import Difference, Part, differences, parts
from evals.reports.scorer_info import TIER_NAMES, ScorerInfo, scorer_infos
from evals.reports.standing import Standing, standing
from evals.reports.summary import Arm, Cell, Totals, arms, cells, totals
from evals.reports.worst import Bad, worst
from evals.stats.values import Comparison, Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    run: Run
    baseline: Run | None
    standing: Standing
    notices: tuple[str, ...]
    """What has to be said before any figure; every format shows these first. Empty for a clean run."""
    arms: tuple[Arm, ...]
    infos: tuple[ScorerInfo, ...]
    cells: Mapping[tuple[str, str], Cell]
    """By (arm key, scorer name)."""
    totals: Mapping[str, Totals]
    """By arm key."""
    differences: tuple[Difference, ...]
    parts: tuple[Part, ...]
    rankings: tuple[Ranking, ...]
    """Bradley-Terry strengths where three or more variants of the run can be ranked."""
    gate: GateResult | None
    worst: tuple[Bad, ...]

    @property
    def advisory(self) -> frozenset[str]:
        """Judges that only advise; they pass and fail nothing."""
        return frozenset(info.name for info in self.infos if info.caution)

    @property
    def unpaired(self) -> Mapping[str, int]:
        """By arm key: rows here or at the arm's reference whose other half is missing or in error."""
        outcomes = {arm.key: {(r.case_id, r.sample): r.outcome for r in arm.rows} for arm in self.arms}
        found = {}
        for arm in self.arms:
            if arm.reference:
                mine, other = outcomes[arm.key], outcomes[arm.reference]
                keys = dict.fromkeys((*other, *mine))
                found[arm.key] = sum(not (mine.get(key) == other.get(key) == "scored") for key in keys)
        return found

    @property
    def lead(self) -> ScorerInfo | None:
        """The scorer that charts and the list of cases show first: of quality, with a better end, told apart if any."""
        decided = {one.scorer for one in self.differences if one.verdict in ("better", "worse")}
        fitting = [info for info in self.infos if info.higher_is_better is not None and not info.caution]
        flat = {info.name for info in fitting if self._flat(info)}
        ranked = sorted(fitting, key=lambda i: (i.tier != "quality", i.name not in decided, i.name in flat))
        return ranked[0] if ranked else next(iter(self.infos), None)

    def _flat(self, info: ScorerInfo) -> bool:
        """Every value of every arm is the same, so nothing can be seen in it."""
        return len({value for arm in self.arms for value in self.cells[arm.key, info.name].values}) < 2

    @property
    def persona_names(self) -> Mapping[str, str]:
        """Names by the id that the rows carry, where a draft's context knows them."""
        found = {}
        for row in self.run.rows:
            persona = row.draft.context.persona if row.draft is not None else None
            if persona is not None and persona.id == row.persona:
                found[row.persona] = persona.name
        return found

    def by_tier(self) -> list[tuple[str, list[ScorerInfo]]]:
        """(Chinese name of the tier, its scorers), empty tiers left out; compliance stands apart."""
        grouped = [(name, [i for i in self.infos if i.tier == tier]) for tier, name in TIER_NAMES.items()]
        return [(name, infos) for name, infos in grouped if infos]


def prepare(
    run: Run,
    *,
    baseline: Run | None = None,
    comparisons: Sequence[Comparison] = (),
    rankings: Sequence[Ranking] = (),
    gate: GateResult | None = None,
    notes: Sequence[str] = (),
) -> Report:
    """The report of a run, alone or against a baseline; `notes` join what is said before any figure.

    Raises StorageError when a run contradicts itself.
    """
    own = standing(run)
    notices = list(own.notices)
    if baseline is not None:
        notices += [f"基线：{notice}" for notice in standing(baseline).notices]
        if baseline.suite_sha256 != run.suite_sha256:
            notices.append("基线用的评测集和这次不是同一版：用例可能改过，只有编号相同的才成对比较。")
    infos = scorer_infos([one for one in (baseline, run) if one is not None])
    columns = arms(run, baseline)
    compared = differences(comparisons, columns, infos)
    notices += [note for one in comparisons for note in one.notes if "出错" not in note and "内容不同" not in note]
    found = cells(columns, infos)
    advisory = {info.name for info in infos if info.caution}
    notices += notes
    return Report(
        run=run,
        baseline=baseline,
        standing=own,
        notices=tuple(notices),
        arms=columns,
        infos=infos,
        cells=found,
        totals={arm.key: totals(arm, advisory) for arm in columns},
        differences=compared,
        parts=parts(compared),
        rankings=tuple(rankings),
        gate=gate,
        worst=worst(columns, infos, found) if columns else (),
    )
