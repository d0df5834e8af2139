"""The report as one HTML file that requests nothing; its security policy names the hashes of its style and script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.reports.differences import VERDICT_NAMES, Verdict
from evals.reports.figures import clock, figure, p_value, seconds, share, yuan
from evals.reports.html import charts
from evals.reports.html.embed import Cases, safe_json
from evals.reports.html.prompts import PromptView
from evals.reports.report import Report
from evals.reports.scorer_info import COMPLIANCE_NOTE, ScorerInfo
from evals.reports.wording import (
    cell_text,
    direction,
    gate_reasons,
    gate_text,
    headline,
    interval_text,
    judge_notes,
    passed_text,
    totals_text,
    unpaired_notes,
)

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")
SCRIPTS = ("data.js", "list.js", "sheet.js", "main.js")
PARTS_SHOWN = 8
RANKS: dict[Verdict, int] = {"worse": 0, "better": 1, "changed": 2, "unclear": 3, "same": 4, "unjudged": 4, "none": 5}
FOLDED = 4
AI_LABEL = "文案由 AI 生成，仅供评测，发布前请人工核对"


def write_html(report: Report, prompts: Sequence[PromptView] = ()) -> str:
    """The page as text. Every text of cases, models and people is escaped or embedded as data."""
    style, script = _source("report.css"), "\n".join(_source(name) for name in SCRIPTS)
    cases = Cases(report)
    # Who wins is asked of what speaks for quality and has a better end.
    leading = {i.name for i in report.infos if i.tier != "cost" and i.higher_is_better is not None and not i.caution}
    page = _environment().get_template("report.html.j2")
    return page.render(
        report=report,
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'",
        headline=headline(report),
        gate=gate_text(report),
        reasons=gate_reasons(report),
        notes=[*unpaired_notes(report), *judge_notes(report)],
        compliance_note=COMPLIANCE_NOTE,
        ai_label=AI_LABEL,
        prompts=prompts,
        tables=_tables(report),
        distributions=_distributions(report),
        constant=[info.label for info in report.infos if _constant(report, info)],
        wins=charts.win_rates(
            [d for d in report.differences if d.scorer in leading],
            {info.name: info.label for info in report.infos},
        ),
        rankings=_rankings(report),
        trade=_trade(report),
        parts=_parts(report),
        settings=_settings(report),
        personas=report.persona_names,
        index=safe_json(cases.index()),
        details="\n".join(cases.details()),
        count=len(cases.rows),
        numbers={case_id: number for number, case_id in enumerate(cases.rows, 1)},
    )


def _tables(report: Report) -> list[dict[str, Any]]:
    """One a tier: a line a scorer, what differs first; what is the same on both sides is folded away."""
    found = []
    for tier, infos in report.by_tier():
        lines = []
        for info in infos:
            diffs = [one for one in report.differences if one.scorer == info.name]
            cells = [report.cells[arm.key, info.name] for arm in report.arms]
            rank = min((RANKS[one.verdict] for one in diffs), default=0)
            lines.append((rank, {"info": info, "cells": cells, "diffs": diffs}))
        ordered = [line for _, line in sorted(lines, key=lambda pair: pair[0])]
        shown = sum(rank < FOLDED for rank, _ in lines)
        found.append(
            {
                "tier": tier,
                "kind": infos[0].tier,
                "lines": ordered[:shown],
                "folded": ordered[shown:],
                "compared": any(line["diffs"] for line in ordered),
            }
        )
    return found


def _constant(report: Report, info: ScorerInfo) -> bool:
    """Every value of every arm is the same: a chart would show one bar."""
    found = [report.cells[arm.key, info.name] for arm in report.arms]
    return len({value for cell in found for value in cell.values}) == 1


def _distributions(report: Report) -> list[dict[str, Any]]:
    return [
        {"info": info, "chart": chart}
        for info in report.infos
        if not _constant(report, info)
        and (chart := charts.distribution(info, report.arms, [report.cells[arm.key, info.name] for arm in report.arms]))
    ]


RANKED = 6
"""Scorers whose ranking is drawn; the rest stand in the JSON report."""


def _rankings(report: Report) -> list[dict[str, Any]]:
    """What tells the variants apart first: the widest gap between best and worst."""
    known = {info.name: info for info in report.infos}
    keys = {arm.variant.name: (number, arm.key) for number, arm in enumerate(report.arms) if not arm.baseline}
    apart = sorted(report.rankings, key=lambda one: one.places[-1].strength - one.places[0].strength)
    return [
        {"ranking": one, "info": known[one.scorer], "chart": charts.strengths(one, keys), "keys": keys}
        for one in apart[:RANKED]
        if one.scorer in known
    ]


def _trade(report: Report) -> Any:
    return charts.cost_quality(report, report.lead) if report.lead else ""


def _parts(report: Report) -> list[dict[str, Any]]:
    """Breakdowns by scorer, personas before tags: proved differences first, then others, where any case differs."""
    names = {"persona": "人设", "tag": "标签"}
    decided = {one.scorer for one in report.differences if one.verdict in ("better", "worse", "changed")}
    found = []
    for info in sorted(report.infos, key=lambda info: info.name not in decided):
        mine = [part for part in report.parts if part.scorer == info.name and part.found.interval]
        if any(part.found.difference for part in mine):
            groups = [(label, [p for p in mine if p.found.kind == by]) for by, label in names.items()]
            found.append({"info": info, "groups": [g for g in groups if g[1]], "reach": charts.reach(mine)})
    return found[:PARTS_SHOWN]


def _settings(report: Report) -> list[tuple[str, str]]:
    run = report.run
    names = {"samples": "每例次数", "retrieval": "检索", "seed": "种子", "program": "程序版本", "attempts": "最多尝试"}
    said = [
        ("评测", run.id),
        ("评测集", f"{run.suite} · {run.suite_sha256[:12]}"),
        ("开始", clock(run.started_at)),
        ("结束", clock(run.finished_at) or "没有跑完"),
        ("基线", report.baseline.id if report.baseline else ""),
    ]
    hidden = {"scorers", "judges"}
    said += [(names.get(key, key), _short(value)) for key, value in run.settings.items() if key not in hidden]
    return [(name, value) for name, value in said if value]


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else safe_json(value) if isinstance(value, (dict, list)) else str(value)
    return text if len(text) <= 300 else f"{text[:300]}……"


def _source(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _environment() -> Environment:
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "clock": clock,
        "figure": figure,
        "interval": interval_text,
        "share": share,
        "p_value": p_value,
        "yuan": yuan,
        "seconds": seconds,
        "cell_text": cell_text,
        "passed_text": passed_text,
        "totals_text": totals_text,
        "direction": direction,
        "verdicts": VERDICT_NAMES,
        "forest": charts.forest,
        "reach": charts.reach,
        "arm_class": charts.arm_class,
    }
    return made
