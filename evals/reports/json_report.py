"""The whole report for programs."""

from __future__ import annotations

from typing import Any

from agent.codec import dumps, to_plain
from agent.copies import plain_text
from evals.records import Row
from evals.reports.outcomes import must_failures, verdict
from evals.reports.report import Report

FORMAT = 1
"""Raised when a field changes its meaning or goes."""


def as_json(report: Report) -> str:
    """One object: `complete` and `notices` first, then figures, differences, gate and every row."""
    run, own = report.run, report.standing
    data: dict[str, Any] = {
        "format": FORMAT,
        "complete": own.complete,
        "clean": own.clean,
        "notices": list(report.notices),
        "planned": own.planned,
        "scored": own.scored,
        "errored": own.errored,
        "missing": own.missing,
        "errors": dict(own.errors),
        "run": {
            "id": run.id,
            "suite": run.suite,
            "suite_sha256": run.suite_sha256,
            "started_at": run.started_at,
            "finished_at": run.finished_at,
            "settings": _plain(run.settings),
        },
        "baseline": report.baseline.id if report.baseline else None,
        "gate": _gate(report),
        "arms": [
            {
                "key": arm.key,
                "label": arm.label,
                "run": arm.run_id,
                "prompt": arm.variant.prompt,
                "model": arm.variant.model,
                "baseline": arm.baseline,
                "unpaired": report.unpaired.get(arm.key),
                **_plain(to_plain(report.totals[arm.key])),
                "scorers": {info.name: _cell(report, arm.key, info.name) for info in report.infos},
            }
            for arm in report.arms
        ],
        "scorers": to_plain(report.infos),
        "differences": to_plain(report.differences),
        "parts": to_plain(report.parts),
        "rankings": to_plain(report.rankings),
        "worst": to_plain(report.worst),
        "rows": [_row(row, arm.key, report) for arm in report.arms for row in arm.rows],
    }
    return dumps(data)


def _gate(report: Report) -> dict[str, Any] | None:
    if report.gate is None:
        return None
    plain: dict[str, Any] = to_plain(report.gate)
    return {"verdict": report.gate.verdict, "exit_code": report.gate.exit_code, **plain}


def _cell(report: Report, arm: str, scorer: str) -> dict[str, Any]:
    plain: dict[str, Any] = to_plain(report.cells[arm, scorer])
    del plain["values"]
    return plain


def _row(row: Row, arm: str, report: Report) -> dict[str, Any]:
    draft = row.draft
    return {
        "key": row.key,
        "arm": arm,
        "case": row.case_id,
        "sample": row.sample,
        "outcome": row.outcome,
        "verdict": verdict(row, report.advisory),
        "must_failures": [score.scorer for score in must_failures(row, report.advisory)],
        "error": row.error,
        "scores": to_plain(row.scores),
        "tags": list(row.tags),
        "persona": row.persona,
        "input_tokens": row.input_tokens,
        "output_tokens": row.output_tokens,
        "cost": to_plain(row.cost),
        "latency": row.latency,
        "text": plain_text(draft.copy) if draft is not None and draft.copy is not None else None,
        "findings": to_plain(draft.findings) if draft is not None else [],
    }


def _plain(value: Any) -> Any:
    """Mappings and sequences of plain values; anything else by its text, so that a setting never breaks a report."""
    if isinstance(value, dict) or hasattr(value, "items"):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
