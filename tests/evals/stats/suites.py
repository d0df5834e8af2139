"""Runs built in code: one line a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evals.records import Row, Run, Score, Variant

OFFLINE = Variant("", "offline")


def row(case_id: str, *scores: Score, sample: int = 0, error: str = "", variant: Variant = OFFLINE, **rest: Any) -> Row:
    return Row(
        key=f"{case_id}-{variant.name}-{sample}",
        case_id=case_id,
        variant=variant,
        sample=sample,
        outcome="error" if error else "scored",
        scores=() if error else scores,
        error=error,
        **rest,
    )


def run(id: str, rows: Sequence[Row], *, sha: str = "s", planned: int | None = None, **settings: Any) -> Run:
    return Run(
        id=id,
        suite="suite",
        suite_sha256=sha,
        started_at="2026-11-22T08:00:00",
        finished_at="2026-11-22T08:01:00",
        planned=len(rows) if planned is None else planned,
        rows=tuple(rows),
        settings=settings,
    )


def valued(id: str, values: Mapping[str, Sequence[float | None]] | Sequence[float | None], name: str = "m") -> Run:
    """Case -> one value a sample; a plain sequence is one sample a case, c0, c1, ..."""
    cases = values if isinstance(values, Mapping) else {f"c{at}": [value] for at, value in enumerate(values)}
    return run(
        id,
        [
            row(case_id, Score(name, value, explanation="" if value is not None else "没有可核对的说法"), sample=sample)
            for case_id, samples in cases.items()
            for sample, value in enumerate(samples)
        ],
    )


def passed(id: str, verdicts: Mapping[str, Sequence[bool]], name: str = "m") -> Run:
    return run(
        id,
        [
            row(case_id, Score(name, float(verdict), verdict), sample=sample)
            for case_id, samples in verdicts.items()
            for sample, verdict in enumerate(samples)
        ],
    )
