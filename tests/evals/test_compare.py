"""Comparing runs: pairing, missing pairs, errors apart, verdicts, degenerate runs."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from bench.eval_stats import family_alarm, synthetic_run
from evals.compare import compare, compare_all, rankings
from evals.compare_report import as_json, as_markdown, as_text, power_sentence
from evals.records import Run, Score, Variant
from evals.stats.values import Comparison, Power
from knowledge_base.errors import BadInputError, UnknownIdError, UsageError
from tests.evals.stats.suites import OFFLINE, passed, row, run, valued

UP: dict[str, bool | None] = {}


def between(a: Run, b: Run, **options: Any) -> Comparison:
    options = dict[str, Any](higher_is_better=UP, resamples=2_000) | options
    return compare(a, b, **options)


def test_the_difference_is_b_minus_a_over_paired_cases() -> None:
    one = between(valued("a", [0.2, 0.4, 0.6]), valued("b", [0.4, 0.5, 0.6])).scorers[0]
    assert one.n == 3
    assert one.mean_a == pytest.approx(0.4)
    assert one.mean_b == pytest.approx(0.5)
    assert one.difference == pytest.approx(0.1)
    assert one.wins is not None
    assert (one.wins.wins, one.wins.ties, one.wins.losses) == (2, 1, 0)


def test_cases_are_the_clusters_however_many_samples_they_have() -> None:
    """Ten copies of every sample are not ten times the evidence."""
    random = np.random.default_rng(0)
    values = {side: {f"c{at}": [float(random.normal())] for at in range(30)} for side in "ab"}
    once = between(valued("a", values["a"]), valued("b", values["b"])).scorers[0]
    ten = {side: {name: own * 10 for name, own in cases.items()} for side, cases in values.items()}
    often = between(valued("a", ten["a"]), valued("b", ten["b"])).scorers[0]
    assert once.interval is not None
    assert often.interval is not None
    assert often.n == 30
    assert often.p_value == pytest.approx(once.p_value)
    assert often.interval.high - often.interval.low == pytest.approx(once.interval.high - once.interval.low)


def test_unequal_samples_weigh_a_case_once() -> None:
    found = between(valued("a", {"x": [0.0], "y": [1.0] * 9}), valued("b", {"x": [1.0], "y": [1.0]}))
    assert found.scorers[0].mean_a == 0.5
    assert any("样本数不同" in note for note in found.notes)


def test_missing_pairs_are_listed_with_their_reason() -> None:
    a = run("a", [row("both", Score("m", 1.0)), row("only_a", Score("m", 1.0)), row("none", Score("m", 0.5))])
    b = run(
        "b",
        [
            row("both", Score("m", 1.0)),
            row("none", Score("m", None, explanation="没有价格可核对")),
            row("only_b", Score("m", 0.0)),
        ],
    )
    found = between(a, b)
    one = found.scorers[0]
    assert one.n == 1
    assert {pair.case_id: pair.side for pair in one.missing} == {"only_a": "b", "none": "b", "only_b": "a"}
    assert {pair.case_id for pair in found.missing} == {"only_a", "only_b"}
    text = as_text([found])
    assert "没有价格可核对" in text
    assert "only_a" in text
    assert "only_b" in text


def test_errors_are_no_zeros_and_are_counted_apart() -> None:
    a = valued("a", [1.0] * 10)
    rows = [
        *(row(f"c{at}", Score("m", 1.0)) for at in range(7)),
        *(row(f"c{at}", error="限流: 429") for at in (7, 8, 9)),
    ]
    found = between(a, run("b", rows))
    assert found.scorers[0].mean_b == 1.0
    assert found.b.errors == {"限流": 3}
    assert (found.b.planned, found.b.scored) == (10, 7)
    assert [pair.case_id for pair in found.missing] == ["c7", "c8", "c9"]
    text = as_text([found])
    assert "计划 10 条 = 有分 7 + 出错 3" in text
    assert "限流×3" in text


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e200])
def test_what_is_no_number_is_refused_by_name(value: float) -> None:
    with pytest.raises(BadInputError, match=r"评测 b .*c1.* m "):
        between(valued("a", [1.0, 1.0]), valued("b", [1.0, value]))


def test_unfinished_runs_are_not_compared() -> None:
    """469 of 500 rows are not "100 % passed"."""
    part = run("b", [row(f"c{at}", Score("m", 1.0)) for at in range(469)], planned=500)
    with pytest.raises(BadInputError, match="计划 500 条，只有 469 条") as caught:
        between(valued("a", [1.0]), part)
    assert "--resume b" in caught.value.hint


def test_doubled_rows_and_empty_runs_are_refused() -> None:
    twice = run("b", [row("c", Score("m", 1.0)), row("c", Score("m", 1.0))])
    with pytest.raises(BadInputError, match="两条结果"):
        between(valued("a", [1.0]), twice)
    with pytest.raises(BadInputError, match="没有任何结果"):
        between(run("a", []), valued("b", [1.0]))


def test_a_planted_change_is_found_in_the_scorer_that_has_it_and_in_no_other() -> None:
    a, b = synthetic_run("a", 120, 6, 1), synthetic_run("b", 120, 6, 2)
    rows = tuple(
        replace(
            one, scores=tuple(replace(s, value=(s.value or 0) - 0.1) if s.scorer == "s3" else s for s in one.scores)
        )
        for one in b.rows
    )
    found = between(a, replace(b, rows=rows))
    assert {one.scorer: one.verdict for one in found.scorers if one.verdict != "unclear"} == {"s3": "worse"}
    three = found.scorer("s3")
    assert three is not None
    assert three.interval is not None
    assert three.interval.low < -0.1 < three.interval.high


def test_two_runs_of_the_same_system_are_rarely_told_apart() -> None:
    """Over all scorers together: Holm holds the family to 5 %."""
    hits = sum(family_alarm(seed, n=30) for seed in range(40))
    assert stats.binomtest(hits, 40, 0.05, alternative="greater").pvalue > 0.001, hits


def test_direction_turns_the_verdict_the_wins_and_the_worse_cases() -> None:
    a, b = valued("a", [1.0 + at / 100 for at in range(40)]), valued("b", [2.0 + at / 90 for at in range(40)])
    up, down = between(a, b).scorers[0], between(a, b, higher_is_better={"m": False}).scorers[0]
    assert (up.verdict, down.verdict) == ("better", "worse")
    assert up.wins is not None
    assert down.wins is not None
    assert (up.wins.wins, down.wins.losses) == (40, 40)
    assert (len(up.worse), len(down.worse)) == (0, 40)


def test_where_neither_end_is_better_a_change_is_only_different() -> None:
    a, b = valued("a", [100.0 + at for at in range(30)]), valued("b", [120.0 + at * 1.1 for at in range(30)])
    found = between(a, b, higher_is_better={"m": None})
    one = found.scorers[0]
    assert (one.verdict, one.changed, one.wins, one.worse, one.better) == ("different", 30, None, (), ())
    assert "有差别" in as_text([found])
    assert compare(valued("a", [1.0], "length"), valued("b", [1.0], "length")).scorers[0].higher_is_better is None


def test_passes_are_mcnemar_and_name_the_cases() -> None:
    a = passed("a", {f"c{at}": [True] for at in range(20)})
    b = passed("b", {f"c{at}": [at >= 8] for at in range(20)})
    one = between(a, b).scorers[0]
    assert one.p_method == "mcnemar mid-p"
    assert one.p_value == pytest.approx(2 * 0.5**8 - 0.5**8)
    assert one.passes is not None
    assert one.passes.lost == tuple(f"c{at}" for at in range(8))
    assert one.verdict == "worse"


def test_holm_looks_over_the_scorers_and_ignores_those_where_everything_ties() -> None:
    random = np.random.default_rng(5)

    def many(id: str, shift: float) -> Run:
        return run(
            id,
            [
                row(
                    f"c{at}",
                    Score("real", float(random.normal(shift, 1))),
                    *(Score(f"tied{i}", 1.0) for i in range(50)),
                )
                for at in range(60)
            ],
        )

    found = between(many("a", 0), many("b", 0.6))
    real = found.scorer("real")
    assert real is not None
    assert real.p_adjusted == real.p_value
    assert {one.verdict for one in found.scorers} == {"same", real.verdict}


@pytest.mark.parametrize(
    ("a", "b", "verdict", "word"),
    [
        pytest.param([0.5] * 30, [0.5] * 30, "same", "10%", id="all tie"),
        pytest.param([0.5], [0.9], "unclear", "1 个用例", id="one case"),
        pytest.param([None] * 5, [None] * 5, "none", "没有一个用例", id="all missing"),
        pytest.param([1.0, 2.0], [None, None], "none", "没有一个用例", id="missing on one side"),
        pytest.param([5.0] * 9, [7.0] * 9, "better", "每个用例的差", id="constant shift of something unbounded"),
        pytest.param([1.0] * 30, [1.0] * 28 + [0.0] * 2, "unclear", "保守", id="two cases differ"),
    ],
)
def test_degenerate_runs(a: list[float | None], b: list[float | None], verdict: str, word: str) -> None:
    found = between(valued("a", a), valued("b", b))
    one = found.scorers[0]
    assert one.verdict == verdict
    assert word in one.note
    for text in (as_text([found]), as_markdown([found])):
        assert "nan" not in text.lower()
    json.dumps(as_json([found]), allow_nan=False)


def test_slices_have_their_own_n_and_count_what_lacks() -> None:
    a, b = synthetic_run("a", 40, 2, 1), synthetic_run("b", 40, 2, 2)
    b = replace(
        b,
        rows=tuple(
            replace(one, outcome="error", scores=(), error="超时: 60 秒") if one.case_id == "c0" else one
            for one in b.rows
        ),
    )
    slices = {(one.kind, one.name): one for one in between(a, b).scorers[1].slices}
    assert slices[("tag", "t0")].n == 7
    assert slices[("tag", "t0")].missing == 1
    assert sum(one.n for (kind, _), one in slices.items() if kind == "persona") == 39
    assert all(one.p_adjusted is None or one.p_adjusted >= (one.p_value or 0) for one in slices.values())
    assert between(a, b, by=()).scorers[1].slices == ()


def three(id: str = "r") -> Run:
    rows = [
        row(f"c{at}", Score("m", at % 7 + shift), variant=Variant(prompt, "offline"))
        for at in range(20)
        for prompt, shift in (("p@1", 0.0), ("p@2", 1.0), ("p@3", 2.0))
    ]
    return run(id, rows)


def test_variants_of_one_run_against_the_first_and_by_name() -> None:
    found = compare_all(three(), higher_is_better=UP, resamples=1_000)
    assert [(one.a.variant.prompt, one.b.variant.prompt) for one in found] == [("p@1", "p@2"), ("p@1", "p@3")]
    chosen = compare(three(), variant_a="p@3 × offline", variant_b="p@2 × offline", higher_is_better=UP)
    assert chosen.scorers[0].difference == -1
    with pytest.raises(UsageError, match=r"p@1 × offline；p@2"):
        compare(three(), higher_is_better=UP)
    with pytest.raises(UnknownIdError):
        compare(three(), variant_a="nobody", variant_b="p@2 × offline", higher_is_better=UP)
    with pytest.raises(UsageError, match="没有可比的"):
        compare_all(valued("a", [1.0]), higher_is_better=UP)


def test_variants_of_two_runs_pair_by_name() -> None:
    found = compare_all(three("a"), three("b"), higher_is_better=UP, resamples=1_000)
    assert [(one.a.variant, one.b.variant) for one in found] == [(v, v) for v in (one.a.variant for one in found)]
    assert len(found) == 3


def test_rankings_of_three_variants() -> None:
    [found] = rankings(three(), higher_is_better=UP)
    assert [place.name for place in found.places] == ["p@3 × offline", "p@2 × offline", "p@1 × offline"]
    assert rankings(valued("a", [1.0]), higher_is_better=UP) == ()
    assert "p@3 × offline" in as_text([], [found])


def test_uncalibrated_judges_are_marked() -> None:
    a, b = valued("a", [1.0, 2.0], "judge.tone"), valued("b", [2.0, 3.0], "judge.tone")
    found = between(a, b)
    assert "wenan eval agreement" in found.scorers[0].advisory
    assert "仅供参考" in as_text([found])


def test_another_suite_is_said_and_an_unknown_scorer_refused() -> None:
    a, b = valued("a", [1.0]), replace(valued("b", [1.0]), suite_sha256="other")
    assert any("评测集内容不同" in note for note in between(a, b).notes)
    with pytest.raises(UnknownIdError, match="nope"):
        between(a, b, scorers=["nope"])


def test_the_same_seed_the_same_answer() -> None:
    a, b = synthetic_run("a", 50, 4, 1, samples=2), synthetic_run("b", 50, 4, 2, samples=2)
    assert between(a, b, seed=3) == between(a, b, seed=3)
    assert between(a, b, seed=3) != between(a, b, seed=4)


def test_the_plan_reads_like_a_sentence() -> None:
    text = power_sentence(Power(n=30, detectable=0.12, target=0.05, needed=163))
    assert text == "30 个用例能看出 12 个百分点的差别；要看出 5 个点约需 160 个用例"
    assert "能看出 0.18 的差别" in power_sentence(Power(n=6, detectable=0.18, target=0.006, needed=3900))


def test_ids_from_files_cannot_break_a_report() -> None:
    nasty = "c|1\n\x1b[31m<script>"
    found = between(valued("a", {nasty: [1.0], "y": [1.0]}), valued("b", {nasty: [0.0], "z": [1.0]}))
    assert "\x1b" not in as_text([found])
    markdown = as_markdown([found])
    assert "<script>" not in markdown
    assert "\x1b" not in markdown
    assert OFFLINE.name in as_text([found])
