"""The report as tables for a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from evals.reports.differences import Difference
from evals.reports.figures import seconds, yuan
from evals.reports.report import Report
from evals.reports.scorer_info import COMPLIANCE_NOTE, ScorerInfo
from evals.reports.wording import (
    DIFFERENCE_HEAD,
    cell_text,
    difference_cells,
    direction,
    gate_reasons,
    gate_text,
    headline,
    judge_notes,
    passed_text,
    totals_text,
    unpaired_notes,
)

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

WORST_SHOWN = 5
VERDICT_STYLES = {"更好": "green", "更差": "red"}
PLAIN_WIDTH = 160
"""Columns when the text goes into a file or a pipe."""


def print_terminal(report: Report, console: Console) -> None:
    """Writes the report to a rich console; wide tables fold at its width."""
    for part in _parts(report):
        console.print(part, soft_wrap=False)


def as_terminal(report: Report, width: int = PLAIN_WIDTH) -> str:
    """The same as plain text, without colours."""
    from rich.console import Console

    buffer = io.StringIO()
    print_terminal(report, Console(file=buffer, width=width, highlight=False, color_system=None, emoji=False))
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def _parts(report: Report) -> Iterator[RenderableType]:
    from rich.text import Text

    run = report.run
    for notice in report.notices:
        yield Text(f"! {notice}", style="bold red" if "不完整" in notice else "yellow")
    yield Text.assemble((headline(report), "bold"))
    yield Text(f"{run.suite} · {run.id} · {run.started_at} · {report.standing.counts}", style="dim")
    if gate := gate_text(report):
        yield Text(f"门禁：{gate}", style="green" if report.gate and report.gate.verdict == "ok" else "bold red")
        for reason in gate_reasons(report):
            yield Text(f"  · {reason}")
    yield ""
    yield _arms(report)
    for tier, infos in report.by_tier():
        yield ""
        yield Text(f"{tier}（{len(infos)} 项）", style="bold cyan")
        if infos[0].tier == "compliance":
            yield Text(COMPLIANCE_NOTE, style="dim")
        yield _differences(report, infos) or _scores(report, infos)
    for note in (*unpaired_notes(report), *judge_notes(report)):
        yield Text(f"! {note}", style="yellow")
    yield from _worst(report)


def _arms(report: Report) -> Table:
    table = _table("", "变体", "行", "结果", "费用", "tokens", "耗时（中位 / 95%）")
    for arm in report.arms:
        totals = report.totals[arm.key]
        took = "—"
        if totals.latency_median is not None and totals.latency_p95 is not None:
            took = f"{seconds(totals.latency_median)} / {seconds(totals.latency_p95)}"
        table.add_row(
            arm.key,
            _text(arm.label),
            str(totals.rows),
            totals_text(totals, whole=report.standing.complete),
            f"{yuan(totals.cost)}（n={totals.priced}）" if totals.priced else yuan(None),
            f"{totals.tokens:,}",
            took,
        )
    return table


def _scores(report: Report, infos: list[ScorerInfo]) -> Table:
    table = _table("评分项", *(f"{arm.key} 均值" for arm in report.arms), *(f"{arm.key} 通过" for arm in report.arms))
    for info in infos:
        found = [report.cells[arm.key, info.name] for arm in report.arms]
        table.add_row(
            _text(_title(info)),
            *(cell_text(one) for one in found),
            *(passed_text(one, whole=report.standing.complete) or "—" for one in found),
        )
    return table


def _differences(report: Report, infos: list[ScorerInfo]) -> Table | None:
    names = {info.name: info for info in infos}
    mine = [one for one in report.differences if one.scorer in names]
    if not mine:
        return None
    table = _table("评分项", "比较", *DIFFERENCE_HEAD, "通过")
    for one in mine:
        *figures, verdict = difference_cells(one)
        style = VERDICT_STYLES.get(verdict, "dim")
        table.add_row(
            _text(_title(names[one.scorer])),
            f"{one.arm} − {one.reference}",
            *figures,
            f"[{style}]{verdict}[/]",
            _passes(report, one),
        )
    return table


def _worst(report: Report) -> Iterator[RenderableType]:
    from rich.text import Text

    if not report.worst:
        return
    yield ""
    yield Text("先看这几条", style="bold cyan")
    for bad in report.worst[:WORST_SHOWN]:
        yield Text(f"  {bad.case_id}（{bad.arm}）")
        for why in bad.why[:3]:
            yield Text(f"    {why}", style="dim")


def _passes(report: Report, one: Difference) -> str:
    found = [report.cells[key, one.scorer] for key in (one.reference, one.arm)]
    return " → ".join(f"{cell.passed}/{cell.judged}" for cell in found) if any(cell.judged for cell in found) else "—"


def _title(info: ScorerInfo) -> str:
    name = info.label if info.label == info.name else f"{info.label} {info.name}"
    return f"{name} {direction(info)}{'（只供参考）' if info.caution else ''}"


def _text(text: str) -> RenderableType:
    from rich.text import Text

    return Text(text)


def _table(*heads: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    return table
