"""Two variants, paired by case: is the difference real, and which cases make it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from evals.records import Run
from evals.stats.clock import TIMED, timing_caution, untimed
from evals.stats.counts import arms, require_complete
from evals.stats.direction import direction
from evals.stats.judges import advisory
from evals.stats.measure import Options, measure
from evals.stats.pairing import Table, case_ids, table, unanswered
from evals.stats.rank import rank
from evals.stats.values import Arm, Comparison, Ranking
from knowledge_base.errors import UnknownIdError, UsageError

RESAMPLES = 10_000
BY = ("tag", "persona")


def compare(
    run_a: Run,
    run_b: Run | None = None,
    *,
    variant_a: str | None = None,
    variant_b: str | None = None,
    scorers: Sequence[str] = (),
    by: Sequence[str] = BY,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = 0.95,
    higher_is_better: Mapping[str, bool | None] | None = None,
) -> Comparison:
    """b against the baseline a; without `run_b`, two variants of one run.

    Variants go by `Variant.name` and may be left out where only one pair is possible. `scorers` empty means all of
    both sides. Raises UsageError for an ambiguous choice, BadInputError for an incomplete run or a value not finite.
    """
    pairs = arm_pairs(run_a, run_b)
    if variant_a or variant_b or len(pairs) != 1:
        pairs = [_chosen(run_a, run_b, variant_a, variant_b)]
    left, right = pairs[0]
    a, b = table(run_a, left.variant), table(run_b or run_a, right.variant)
    names = list(scorers) or sorted(a.scorers | b.scorers)
    known = a.scorers | b.scorers
    for name in names:
        if name not in known:
            raise UnknownIdError("评分器", name, tuple(get_close_matches(name, sorted(known), 5, 0.3)))
    options = Options(
        higher=direction(higher_is_better, run_a, run_b),
        advisory={**advisory(run_a), **(advisory(run_b) if run_b else {})},
        unjudged={TIMED: why} if (why := untimed(left.variant, right.variant)) else {},
        cautions={TIMED: timing_caution(run_a, run_b)},
        by=by,
        resamples=resamples,
        seed=seed,
        level=level,
    )
    return Comparison(
        a=left,
        b=right,
        scorers=measure(a, b, names, options),
        missing=unanswered(a, b, case_ids(a, b)),
        notes=_notes(run_a, run_b, left, right, a, b),
        resamples=resamples,
        seed=seed,
        level=level,
    )


def compare_all(run_a: Run, run_b: Run | None = None, **options: object) -> tuple[Comparison, ...]:
    """Variants of equal name, or the only ones; within one run, each against the first. `options` as of `compare`."""
    pairs = arm_pairs(run_a, run_b)
    if not pairs:
        _chosen(run_a, run_b, None, None)
    return tuple(
        compare(run_a, run_b, variant_a=a.variant.name, variant_b=b.variant.name, **options)  # type: ignore[arg-type]
        for a, b in pairs
    )


def rankings(
    run: Run,
    scorers: Sequence[str] = (),
    *,
    seed: int = 0,
    level: float = 0.95,
    higher_is_better: Mapping[str, bool | None] | None = None,
) -> tuple[Ranking, ...]:
    """Bradley-Terry over the variants of one run, a ranking a scorer that has a better end."""
    require_complete(run)
    tables = {arm.variant.name: table(run, arm.variant) for arm in arms(run)}
    if len(tables) < 3:
        return ()
    higher = direction(higher_is_better, run)
    names = list(scorers) or sorted(set().union(*(one.scorers for one in tables.values())))
    if untimed(*(arm.variant for arm in arms(run))):
        names = [name for name in names if name != TIMED]
    ends = [(name, higher(name)) for name in names]
    return tuple(rank(tables, name, higher_is_better=up, seed=seed, level=level) for name, up in ends if up is not None)


def arm_pairs(run_a: Run, run_b: Run | None) -> list[tuple[Arm, Arm]]:
    """What can be compared without being told: see `compare_all`. Raises BadInputError for an incomplete run."""
    require_complete(run_a)
    left = arms(run_a)
    if run_b is None:
        return [(left[0], other) for other in left[1:]]
    require_complete(run_b)
    right = arms(run_b)
    if len(left) == len(right) == 1:
        return [(left[0], right[0])]
    named = {arm.variant: arm for arm in right}
    return [(arm, named[arm.variant]) for arm in left if arm.variant in named]


def _chosen(run_a: Run, run_b: Run | None, variant_a: str | None, variant_b: str | None) -> tuple[Arm, Arm]:
    left, right = arms(run_a), arms(run_b or run_a)
    if not variant_a or not variant_b:
        if len(left) == 1 and run_b:
            variant_a = variant_a or left[0].variant.name
        if len(right) == 1 and run_b:
            variant_b = variant_b or right[0].variant.name
    if not variant_a or not variant_b:
        listed = "；".join(dict.fromkeys(arm.variant.name for arm in (*left, *right)))
        few = run_b is None and len(left) < 2
        raise UsageError(
            f"评测 {run_a.id} 只有一个方案，没有可比的" if few else f"要比哪两个方案？现有：{listed}",
            hint="再给一个评测编号：wenan eval compare A B" if few else "用 --a 和 --b 指明，例如 --a '默认 × offline'",
        )
    return _arm(left, variant_a), _arm(right, variant_b)


def _arm(found: Sequence[Arm], name: str) -> Arm:
    arm = next((one for one in found if one.variant.name == name), None)
    if arm is None:
        raise UnknownIdError("方案", name, tuple(one.variant.name for one in found))
    return arm


def _notes(run_a: Run, run_b: Run | None, left: Arm, right: Arm, a: Table, b: Table) -> tuple[str, ...]:
    notes = []
    if run_b and run_a.suite_sha256 != run_b.suite_sha256:
        notes.append("两次评测用的评测集内容不同：同名用例可能已经改过，只按用例编号配对")
    for title, arm in (("基线", left), ("新的", right)):
        if arm.errors:
            kinds = "、".join(f"{kind}×{times}" for kind, times in arm.errors.items())
            notes.append(f"{title}有 {sum(arm.errors.values())} / {arm.planned} 条出错（{kinds}），不计分，也不算 0 分")
    counts = [
        {sum(row.outcome == "scored" for row in case.rows) for case in one.cases.values()} - {0} for one in (a, b)
    ]
    if counts[0] != counts[1] and counts[0] and counts[1]:
        notes.append("两边每个用例的样本数不同：先在用例内取平均，再比")
    return tuple(notes)
