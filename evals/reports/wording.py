"""Sentences and cells that several formats share."""

from __future__ import annotations

from evals.gate_values import Verdict as GateVerdict
from evals.reports.differences import VERDICT_NAMES, Difference
from evals.reports.figures import figure, p_value, percent, share
from evals.reports.report import Report
from evals.reports.scorer_info import ScorerInfo
from evals.reports.summary import Cell, Totals
from evals.stats.values import Interval

HEADLINE_SCORERS = 3
GATE_NAMES: dict[GateVerdict, str] = {
    "ok": "过关",
    "regression": "退步，不过关",
    "inconclusive": "看不出来，证据不够",
    "infrastructure": "没跑完整，不能下结论",
}


def cell_text(cell: Cell) -> str:
    """Mean with its n, e.g. 0.982（n=30）; a scorer that only passes or fails shows its share."""
    if not cell.n:
        return f"—（n=0{_gaps(cell)}）"
    return f"{figure(cell.mean)}（n={cell.n}{_gaps(cell)}）"


def passed_text(cell: Cell, *, whole: bool) -> str:
    """28/30，93.3 %; empty when the scorer only measures. No percentage over rows that are missing or in error."""
    if not cell.judged:
        return ""
    rate = f"，{percent(cell.passed, cell.judged)}" if whole and not cell.errored else ""
    return f"{cell.passed}/{cell.judged}{rate}"


def _gaps(cell: Cell) -> str:
    return f"，无值 {cell.missing}" if cell.missing else ""


def totals_text(totals: Totals, *, whole: bool) -> str:
    """What became of an arm's rows. A percentage needs every row: none is given over missing or failed calls."""
    seen = totals.verdicts
    judged = seen["pass"] + seen["fail"]
    parts = []
    if judged:
        rate = f"（{percent(seen['pass'], judged)}）" if whole and not seen["error"] else ""
        parts.append(f"通过 {seen['pass']}/{judged}{rate}")
    if seen["fail"]:
        parts.append(f"未过 {seen['fail']}")
    if seen["measured"]:
        parts.append(f"只有分数 {seen['measured']}")
    if seen["error"]:
        parts.append(f"出错 {seen['error']}")
    return "，".join(parts) or "没有结果"


def interval_text(interval: Interval | None) -> str:
    if interval is None:
        return "—"
    return f"[{figure(interval.low, signed=True)}, {figure(interval.high, signed=True)}]"


def direction(info: ScorerInfo) -> str:
    """Arrow beside a scorer's name: which end is better."""
    return "" if info.higher_is_better is None else "↑" if info.higher_is_better else "↓"


def difference_cells(one: Difference) -> tuple[str, ...]:
    """n, both means, difference, interval, win rate with interval, adjusted p, verdict."""
    found, win = one.found, share(one.win_rate)
    if one.win_interval is not None:
        win += f" [{share(one.win_interval.low)}, {share(one.win_interval.high)}]"
    return (
        f"{found.n}" + (f"（缺 {one.missing}）" if one.missing else ""),
        figure(found.mean_a),
        figure(found.mean_b),
        figure(found.difference, signed=True),
        interval_text(found.interval),
        win,
        p_value(found.p_adjusted),
        VERDICT_NAMES[one.verdict],
    )


DIFFERENCE_HEAD = ("成对用例", "对照均值", "均值", "差", "95% 区间", "胜率 [95% 区间]", "p（校正后）", "结论")


def gate_text(report: Report) -> str:
    """The gate's verdict, empty without a gate."""
    if report.gate is None:
        return ""
    return GATE_NAMES[report.gate.verdict]


def gate_reasons(report: Report) -> list[str]:
    """A line for each check that did not pass, then the gate's own notes."""
    if report.gate is None:
        return []
    bad = [check for check in report.gate.checks if check.verdict != "ok"]
    several = len({check.variant for check in bad}) > 1
    said = [f"{check.condition}{f'（{check.variant}）' if several else ''}：{check.reason}" for check in bad]
    return [*said, *report.gate.notes]


def headline(report: Report) -> str:
    """The one sentence a boss reads. It never says more than the figures can."""
    own, labels = report.standing, {info.name: info.label for info in report.infos}
    if not own.complete:
        return f"还没跑完：{own.counts}。先补跑，再看结论。"
    if not own.scored:
        return f"{own.planned} 行全部没有分数，看不出任何东西。"
    if report.differences:
        return _compared(report, labels)
    parts = [f"{arm.label}：{totals_text(report.totals[arm.key], whole=True)}" for arm in report.arms]
    return "；".join(parts) + "。"


def _compared(report: Report, labels: dict[str, str]) -> str:
    sentences = []
    arms = {arm.key: arm for arm in report.arms}
    # What a draft cost is no reason to call it better.
    telling = {info.name for info in report.infos if not info.caution and info.tier != "cost"}
    for key in dict.fromkeys(one.arm for one in report.differences):
        mine = [one for one in report.differences if one.arm == key and one.scorer in telling]
        better = [one for one in mine if one.verdict == "better"]
        worse = [one for one in mine if one.verdict == "worse"]
        name = f"{key}（{arms[key].label}）" if key in arms else key
        said = [_named("更差", worse, labels), _named("更好", better, labels)]
        told = "；".join(part for part in said if part)
        n = max((one.found.n for one in mine), default=0)
        sentences.append(f"{name}比 {mine[0].reference if mine else 'A'} " + (told or f"看不出差别（{n} 例成对）"))
    return "；".join(sentences) + "。"


def _named(word: str, found: list[Difference], labels: dict[str, str]) -> str:
    if not found:
        return ""
    shown = [
        f"{labels.get(one.scorer, one.scorer)} {figure(one.found.difference, signed=True)}（n={one.found.n}）"
        for one in found[:HEADLINE_SCORERS]
    ]
    more = f"等 {len(found)} 项" if len(found) > HEADLINE_SCORERS else ""
    return f"{word}：{'、'.join(shown)}{more}"


def unpaired_notes(report: Report) -> list[str]:
    """One line for each arm that lacks partners."""
    references = {arm.key: arm.reference for arm in report.arms}
    return [
        f"{key} 与 {references[key]} 有 {n} 对凑不齐（一边出错或没有结果），没有参加比较。"
        for key, n in report.unpaired.items()
        if n
    ]


def judge_notes(report: Report) -> list[str]:
    """One line for each judge that only advises."""
    return [f"评委 {info.label}：{info.caution}。" for info in report.infos if info.caution]
