"""Comparisons and rankings as text, Markdown and JSON. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

from rich.cells import cell_len

from agent.ids import handle
from evals.reports.figures import figure, p_value, share
from evals.stats.power import WANTED
from evals.stats.values import Arm, Comparison, Interval, MissingPair, Power, Ranking, ScorerComparison, Slice, Verdict

VERDICTS: dict[Verdict, str] = {
    "better": "变好",
    "worse": "变差",
    "different": "有差别",
    "unclear": "看不出差别",
    "same": "完全一样",
    "unjudged": "不下结论",
    "none": "没有数据",
}
ORDER: dict[Verdict, int] = {"worse": 0, "better": 1, "different": 2, "unclear": 3, "same": 4, "unjudged": 5, "none": 6}
HEAD = ("评分", "n", "缺", "基线", "新的", "差（95% 区间）", "p（校正后）", "胜/平/负", "结论")
SHOWN = 5
"""Cases named in a list before it says how many more there are; JSON has all."""


def as_text(found: Sequence[Comparison], rankings: Sequence[Ranking] = (), *, slices: bool = False) -> str:
    """For the terminal: aligned tables, then what needs a sentence."""
    return _document(found, rankings, slices=slices, table=_aligned, heading=lambda text: text, item="  ")


def as_markdown(found: Sequence[Comparison], rankings: Sequence[Ranking] = (), *, slices: bool = False) -> str:
    """The same as a Markdown fragment, e.g. for a pull request."""
    return _document(
        found, rankings, slices=slices, table=_pipes, heading=lambda text: f"### {safe(text)}\n", item="- "
    )


def as_json(found: Sequence[Comparison], rankings: Sequence[Ranking] = ()) -> dict[str, Any]:
    """Every figure, unrounded."""
    return {"comparisons": [plain(one) for one in found], "rankings": [plain(one) for one in rankings]}


def plain(value: Any) -> Any:
    """Dataclasses, tuples and mappings as JSON values."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(own) for name, own in asdict(value).items()}
    if isinstance(value, Mapping):
        return {str(key): plain(own) for key, own in value.items()}
    return [plain(own) for own in value] if isinstance(value, tuple | list) else value


def _document(
    found: Sequence[Comparison], rankings: Sequence[Ranking], *, slices: bool, table: Any, heading: Any, item: str
) -> str:
    markdown = table is _pipes
    blocks: list[str] = []
    for one in found:
        blocks.append(heading(f"{_name(one.b)}  对比基线  {_name(one.a)}"))
        blocks.append(_items([_arm("基线", one.a), _arm("新的", one.b), *one.notes], item, markdown))
        told = sorted((scorer for scorer in one.scorers if scorer.changed), key=lambda scorer: ORDER[scorer.verdict])
        if told:
            blocks.append(table(_head(one.level), [_row(scorer) for scorer in told]))
        blocks.append(_items(_quiet(one.scorers), item, markdown))
        blocks.append(_items(sentences(one), item, markdown))
        if slices:
            blocks += [
                heading(f"{scorer.scorer} 按标签和人设（只供找线索，p 已按片数校正）")
                + "\n"
                + table(
                    ("片", "n", "缺", "基线", "新的", "差（区间）", "p（校正后）"),
                    [_slice(part) for part in scorer.slices],
                )
                for scorer in told
                if scorer.slices
            ]
    apart = [one for one in rankings if any(place.decisive for place in one.places)]
    if level := [one.scorer for one in rankings if one not in apart]:
        blocks.append(_items([f"排不出先后，每个用例都打平或没有分：{'、'.join(level)}"], item, markdown))
    for ranking in apart:
        rows = [
            (place.name, figure(place.strength, signed=True), f"{figure(place.low)} ~ {figure(place.high)}",
             share(place.win_rate), str(place.decisive), str(place.ties))
            for place in ranking.places
        ]  # fmt: skip
        title = f"{ranking.scorer} 排名（Bradley-Terry，n = {ranking.cases} 个用例）{ranking.note}"
        blocks.append(heading(title) + "\n" + table(("方案", "强度", "95% 区间", "胜率", "分出胜负", "打平"), rows))
        blocks.append(_items([*_missing(ranking.scorer, ranking.missing)], item, markdown))
    return "\n\n".join(block.rstrip() for block in blocks if block.strip()) + "\n"


def sentences(one: Comparison) -> list[str]:
    """What the table cannot say: limits of the suite, cases that changed, flaky cases, missing pairs."""
    lines = [*_missing("整条用例", one.missing)]
    whole = {pair.case_id for pair in one.missing}
    for scorer in one.scorers:
        said = (scorer.advisory, scorer.note if scorer.changed else "")
        lines += [f"{scorer.scorer}：{text}" for text in said if text]
        if scorer.changed and scorer.power:
            lines.append(f"{scorer.scorer}：{power_sentence(scorer.power)}")
        lines += [text for text in (_worse(scorer), _lost(scorer), _flaky(scorer)) if text]
        lone = [pair for pair in scorer.missing if pair.side != "both" and pair.case_id not in whole]
        lines += _missing(scorer.scorer, lone)
    return lines


def _quiet(scorers: Sequence[ScorerComparison]) -> list[str]:
    """Scorers of which there is nothing to show, a line for each reason: all tie, or no data."""
    by_reason: dict[str, list[str]] = {}
    for one in scorers:
        if not one.changed:
            by_reason.setdefault(one.note, []).append(one.scorer)
    return [f"{len(names)} 项{note}：{'、'.join(names)}" for note, names in by_reason.items()]


def power_sentence(power: Power) -> str:
    """E.g. 30 个用例能看出 12 个百分点的差别；要看出 5 个点约需 170 个用例。"""
    if power.target == WANTED:
        seen, wanted = f"{100 * power.detectable:.2g} 个百分点", "5 个点"
    else:
        seen, wanted = f"{figure(power.detectable)} ", f"{figure(power.target)}（基线的 5%）"
    if power.needed <= power.n:
        return f"{power.n} 个用例能看出 {seen}的差别，够看出 {wanted}"
    rough = power.needed if power.needed < 100 else round(power.needed, 2 - len(str(power.needed)))
    return f"{power.n} 个用例能看出 {seen}的差别；要看出 {wanted}约需 {rough} 个用例"


def _arm(title: str, arm: Arm) -> str:
    bad = sum(arm.errors.values())
    return f"{title}：{_name(arm)}，{arm.cases} 个用例，计划 {arm.planned} 条 = 有分 {arm.scored} + 出错 {bad}"


def _name(arm: Arm) -> str:
    """With the id's end, which commands take too."""
    return f"{handle(arm.run_id)} · {arm.variant.name}"


def _head(level: float) -> tuple[str, ...]:
    return tuple(name.replace("95%", f"{level:.0%}") for name in HEAD)


def _row(one: ScorerComparison) -> tuple[str, ...]:
    arrow = {True: "", False: "（越低越好）", None: "（无所谓高低）"}[one.higher_is_better]
    won = f"{one.wins.wins}/{one.wins.ties}/{one.wins.losses}" if one.wins else "—"
    lone = sum(pair.side != "both" for pair in one.missing)
    return (
        one.scorer + arrow,
        str(one.n),
        str(lone),
        figure(one.mean_a),
        figure(one.mean_b),
        _difference(one.difference, one.interval),
        p_value(one.p_adjusted),
        won,
        VERDICTS[one.verdict] + ("（仅供参考）" if one.advisory else ""),
    )


def _slice(one: Slice) -> tuple[str, ...]:
    kind = "人设" if one.kind == "persona" else "标签"
    return (
        f"{kind} {one.name}",
        str(one.n),
        str(one.missing),
        figure(one.mean_a),
        figure(one.mean_b),
        _difference(one.difference, one.interval),
        p_value(one.p_adjusted),
    )


def _difference(value: float | None, interval: Interval | None) -> str:
    if value is None:
        return "—"
    return figure(value, signed=True) + (f"（{figure(interval.low)} ~ {figure(interval.high)}）" if interval else "")


def _worse(one: ScorerComparison) -> str:
    if one.verdict != "worse":
        return ""
    named = [f"{change.case_id} {figure(change.a)}→{figure(change.b)}" for change in one.worse]
    return f"{one.scorer} 变差的用例 {len(named)} 个：{_some(named)}"


def _lost(one: ScorerComparison) -> str:
    table = one.passes
    if not table or not (table.lost or table.gained):
        return ""
    text = f"{one.scorer} 原来过、现在不过 {len(table.lost)} 个" + (f"：{_some(table.lost)}" if table.lost else "")
    text += f"；原来不过、现在过 {len(table.gained)} 个（McNemar 中 p {p_value(table.p_mid)}）"
    return text + (f"；{len(table.undecided)} 个用例一半样本过，没有算进来" if table.undecided else "")


def _flaky(one: ScorerComparison) -> str:
    sides = [
        f"{title} {found.cases} 个里 {found.changed} 个"
        + (f"（{found.verdict_changed} 个时过时不过）" if found.verdict_changed else "")
        for title, found in (("基线", one.flakiness_a), ("新的", one.flakiness_b))
        if found
    ]
    moved = any(
        found and (found.changed if one.changed else found.verdict_changed)
        for found in (one.flakiness_a, one.flakiness_b)
    )
    return f"{one.scorer}：同一用例多答几次得分会变的，{'，'.join(sides)}" if moved else ""


def _missing(title: str, pairs: Sequence[MissingPair]) -> list[str]:
    """One line a reason."""
    by_reason: dict[str, list[str]] = {}
    for pair in pairs:
        by_reason.setdefault(pair.reason, []).append(pair.case_id)
    return [f"{title}：{len(ids)} 个用例没配上对，{reason}：{_some(ids)}" for reason, ids in by_reason.items()]


def _some(names: Sequence[str]) -> str:
    rest = len(names) - SHOWN
    return "、".join(names[:SHOWN]) + (f" 等 {len(names)} 个" if rest > 0 else "")


def _items(lines: Iterable[str], item: str, markdown: bool) -> str:
    return "\n".join(item + (safe(line) if markdown else flat(line)) for line in lines)


def _aligned(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [tuple(flat(cell) for cell in row) for row in (head, *rows)]
    widths = [max(cell_len(row[at]) for row in lines) for at in range(len(head))]
    return "\n".join(
        "  ".join(cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in lines
    )


def _pipes(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(safe(cell) for cell in row) + " |" for row in lines)


def flat(text: str) -> str:
    """One line, without control characters: ids and explanations come from files and models."""
    return "".join(char if char.isprintable() else " " for char in text)


def safe(text: str) -> str:
    """Markdown that shows as typed."""
    shown = flat(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{char}" if char in "\\|`*_[]!" else char for char in shown)
