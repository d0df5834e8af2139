"""Statistics of the eval lab: coverage, false alarms and power by simulation; speed against scipy.stats."""

from __future__ import annotations

import math
import time
import tracemalloc
import warnings
from collections.abc import Callable
from functools import partial

import numpy as np
from scipy import stats

from bench.eval_stats_simulation import NULLS, SCENARIOS, Floats, Scenario, covered, differences, graded, passing
from evals.compare import compare
from evals.records import Row, Run, Score, Variant
from evals.stats.power import detectable, needed
from evals.stats.resample import intervals, sign_flip
from evals.stats.verdicts import mcnemar_p

SIZES = (30, 100, 500)
SUITES = 1_000
REFERENCE_SUITES = 300
RESAMPLES = 2_000
SEED = 20261122


def main() -> None:
    coverage(SUITES)
    alarms(SUITES)
    power(SUITES)
    speed()


def coverage(suites: int) -> None:
    """Ours against scipy's BCa and percentile and Student's t, which the choice was made from."""
    print(f"95% 区间的实际覆盖率，{suites} 个模拟评测集（scipy 的两列 {REFERENCE_SUITES} 个）")
    print("| 情形 | n | 本程序 | 其中放宽的 | t | 百分位 | BCa |\n| --- | --- | --- | --- | --- | --- | --- |")
    for scenario in SCENARIOS:
        for n in SIZES:
            found = differences(scenario, suites, n, SEED)
            share, wide = our_coverage(found, scenario)
            few = found[:, :REFERENCE_SUITES]
            others = [
                t_coverage(found, scenario.effect),
                *(scipy_coverage(few, scenario.effect, method) for method in ("percentile", "BCa")),
            ]
            cells = " | ".join(f"{100 * one:.1f}%" for one in (share, wide, *others))
            print(f"| {scenario.name} | {n} | {cells} |", flush=True)


def our_coverage(found: Floats, scenario: Scenario) -> tuple[float, float]:
    """Coverage, and the share of suites whose interval was widened because too few cases differ."""
    spans = intervals(
        found, proportion=[scenario.proportion] * found.shape[1], resamples=RESAMPLES, seed=SEED, level=0.95
    )
    low = np.array([one.low if one else math.inf for one in spans])
    high = np.array([one.high if one else -math.inf for one in spans])
    return covered(low, high, scenario.effect), sum(
        bool(one) and one.method == "adjusted" for one in spans if one
    ) / len(spans)


def t_coverage(found: Floats, truth: float) -> float:
    n = len(found)
    half = stats.t.ppf(0.975, n - 1) * found.std(axis=0, ddof=1) / math.sqrt(n)
    return covered(found.mean(axis=0) - half, found.mean(axis=0) + half, truth)


def scipy_coverage(found: Floats, truth: float, method: str) -> float:
    """Suites without any spread give NaN there, which does not cover."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        span = stats.bootstrap(
            (found.T,), np.mean, axis=-1, n_resamples=999, batch=20, method=method, rng=np.random.default_rng(SEED)
        ).confidence_interval
    return covered(span.low, span.high, truth)


def alarms(suites: int) -> None:
    """A/A: both sides are the same; how often p < 5 %, and is that significantly more than 5 %?"""
    print(f"\nA/A 误报率，{suites} 个模拟评测集；二项检验问的是“是否显著高于 5%”")
    print("| 情形 | n | 误报 | 二项检验 p |\n| --- | --- | --- | --- |")
    for scenario in NULLS:
        for n in SIZES:
            hits = rejected(differences(scenario, suites, n, SEED + 1), scenario)
            p = stats.binomtest(hits, suites, 0.05, alternative="greater").pvalue
            print(f"| {scenario.name} | {n} | {hits / suites:.1%} | {p:.3f} |", flush=True)
    pairs = suites // 4
    hits = sum(family_alarm(seed) for seed in range(pairs))
    p = stats.binomtest(hits, pairs, 0.05, alternative="greater").pvalue
    print(
        f"| 整次 compare，6 项评分里任何一项误报（Holm），{pairs} 次 | 60 | {hits / pairs:.1%} | {p:.3f} |", flush=True
    )


def family_alarm(seed: int, *, n: int = 60, scorers: int = 6) -> bool:
    """Whether a comparison of two runs of the same system calls any of its scorers better or worse."""
    a, b = (synthetic_run(f"r{side}", n, scorers, 2 * seed + side, samples=2) for side in (0, 1))
    found = compare(a, b, by=(), resamples=RESAMPLES, seed=seed, higher_is_better={})
    return any(one.verdict in ("better", "worse") for one in found.scorers)


def rejected(found: Floats, scenario: Scenario) -> int:
    """Suites with p < 5 %, by the test that `compare` takes for such scores."""
    if scenario.samples == 1 and np.all(np.isin(found, (-1, 0, 1))):
        ps = [mcnemar_p(int(np.sum(own > 0)), int(np.sum(own < 0)))[1] for own in found.T]
    else:
        ps = [p for p, _ in sign_flip(found, resamples=RESAMPLES, seed=SEED)]
    return sum(p < 0.05 for p in ps)


def power(suites: int) -> None:
    """Effects as large as we say the suite can show have to be found four times out of five."""
    print(f"\n功效：埋进“能看出的最小差别”，{suites} 个模拟评测集里找到了多少（应约 80%）")
    print("| 情形 | n | 埋入的差 | 找到 |\n| --- | --- | --- | --- |")
    for title, n, effect, scenario in planted():
        hits = rejected(differences(scenario, suites, n, SEED + 2), scenario)
        print(f"| {title} | {n} | {effect:.3f} | {hits / suites:.1%} |", flush=True)
    spread = 0.226
    print(
        f"\n例：差的标准差 {spread} 时，30 个用例能看出 {100 * detectable(30) * spread:.0f} 个百分点；"
        f"要看出 5 个点约需 {needed(0.05 / spread)} 个用例"
    )


def planted() -> list[tuple[str, int, float, Scenario]]:
    """Spread of the differences is measured on a large pilot, as a team would from an earlier run."""
    found = []
    for n in SIZES:
        spread = math.sqrt(0.1**2 + 2 * 0.12**2)
        effect = detectable(n) * spread
        found.append(("连续分", n, effect, Scenario("", graded(effect), effect)))
        effect = detectable(n) * math.sqrt(0.1**2 + 2 * 0.12**2 / 3)
        found.append(("连续分，3 个样本", n, effect, Scenario("", graded(effect), effect, samples=3)))
        effect = _passing_effect(n)
        found.append(("通过率，从 70% 起", n, effect, Scenario("", passing(0.7, 0.7 - effect), -effect)))
    return found


def _passing_effect(n: int) -> float:
    """The fixed point of "detectable at the spread that this very effect has"."""
    effect = 0.1
    for _ in range(20):
        pilot = differences(Scenario("", passing(0.7, 0.7 - effect), -effect), 200, 500, SEED + 3)
        effect = 0.5 * effect + 0.5 * detectable(n) * float(pilot.std())
        effect = min(effect, 0.65)
    return effect


def speed() -> None:
    """2,000 cases, 10 scorers, 10,000 resamples."""
    a, b = synthetic_run("r_a", 2_000, 10, 1), synthetic_run("r_b", 2_000, 10, 2)
    ours = partial(compare, a, b, by=(), higher_is_better={})
    compare(a, b, by=(), resamples=1_000, higher_is_better={})
    seconds, used = _best(ours), _best(ours, clock=time.process_time)
    sliced = _best(partial(compare, a, b, higher_is_better={}))
    tracemalloc.start()
    ours()
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    found = np.random.default_rng(0).normal(size=(2_000, 10))
    kernel = _best(lambda: intervals(found, proportion=[False] * 10, resamples=10_000, seed=0, level=0.95))
    flips = _best(lambda: sign_flip(found, resamples=10_000, seed=0))
    boot = _best(lambda: stats.bootstrap((found,), np.mean, n_resamples=10_000, batch=50, method="percentile"), times=1)
    flip = _best(
        lambda: stats.permutation_test(
            (found,), np.mean, permutation_type="samples", vectorized=True, n_resamples=1_000, batch=50, axis=0
        ),
        times=1,
    )
    print("\n速度：2000 个用例 × 10 项评分 × 10000 次重抽样")
    print(
        f"  compare 全套 {seconds:.2f} s，CPU {used:.2f} s（另按 8 个标签、4 个人设分开看 {sliced:.2f} s），"
        f"峰值内存 {peak:.0f} MiB"
    )
    print(f"  区间 {kernel:.2f} s，scipy.stats.bootstrap（百分位）{boot:.2f} s，{boot / kernel:.1f} 倍")
    print(
        f"  翻转检验 {flips:.2f} s，scipy.stats.permutation_test {10 * flip:.1f} s（按 1000 次折算），"
        f"{10 * flip / flips:.0f} 倍"
    )


def synthetic_run(id: str, cases: int, scorers: int, seed: int, *, samples: int = 1, shift: float = 0.0) -> Run:
    """A run in code: even scorers pass or fail, odd ones are graded; case difficulty is the same in every run."""
    base, random = np.random.default_rng(0).random((cases, scorers)), np.random.default_rng(seed)
    variant = Variant("", "offline")
    rows = []
    for place in range(cases):
        for sample in range(samples):
            values = np.clip(0.3 + 0.5 * base[place] + random.normal(shift, 0.1, scorers), 0, 1)
            scores = tuple(
                Score(f"s{at}", float(value)) if at % 2 else Score(f"s{at}", float(value > 0.5), bool(value > 0.5))
                for at, value in enumerate(values)
            )
            rows.append(
                Row(
                    key=f"{place}-{sample}",
                    case_id=f"c{place}",
                    variant=variant,
                    sample=sample,
                    outcome="scored",
                    scores=scores,
                    tags=(f"t{place % 5}", f"u{place % 3}"),
                    persona=f"p{place % 4}",
                )
            )
    return Run(
        id=id, suite="s", suite_sha256="0", started_at="", finished_at="", planned=len(rows), rows=tuple(rows)
    )  # fmt: skip


def _best(work: Callable[[], object], times: int = 3, clock: Callable[[], float] = time.perf_counter) -> float:
    taken = []
    for _ in range(times):
        start = clock()
        work()
        taken.append(clock() - start)
    return min(taken)


if __name__ == "__main__":
    main()
