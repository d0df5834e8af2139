"""Which judges may decide: those whose agreement with people is known and good enough."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from evals.records import Run

KAPPA = 0.6
LABELS = 50


def advisory(run: Run) -> dict[str, str]:
    """Scorer -> why it may only advise. Scorers that are not judges are not in it.

    A judge is a scorer, or a family of scorers before a dot, that `run.settings["judges"]` names; or any judge.*.
    """
    known: Mapping[str, Any] = run.settings.get("judges") or {}
    scorers = {score.scorer for row in run.rows for score in row.scores}
    found = {}
    for scorer in sorted(scorers):
        entry = next((known[name] for name in prefixes(scorer) if name in known), None)
        if entry is None and scorer.split(".")[0] != "judge":
            continue
        if why := uncalibrated(entry):
            found[scorer] = why
    return found


def uncalibrated(entry: Any) -> str:
    """Why figures like {"kappa": .7, "labels": 80} do not make a judge that may decide; empty when they do.

    A rubric may ask for more than the floors here; then `advisory` and `caution` say so.
    """
    figures = entry if isinstance(entry, Mapping) else {}
    kappa, labels = figures.get("kappa"), figures.get("labels")
    if not isinstance(kappa, int | float) or not math.isfinite(kappa) or not isinstance(labels, int):
        return "评委没有和人对过标（wenan eval agreement），只供参考"
    if labels < LABELS:
        return f"评委只和 {labels} 条人工标注对过，不到 {LABELS} 条，只供参考"
    if kappa < KAPPA:
        return f"评委和人的一致性 κ = {kappa:.2f}，低于 {KAPPA}，只供参考"
    return str(figures.get("caution") or "") if figures.get("advisory") else ""


def prefixes(scorer: str) -> Iterable[str]:
    """The name itself, then what stands before its last dot, and so on: judge.tone.warmth, judge.tone, judge."""
    parts = scorer.split(".")
    return (".".join(parts[:size]) for size in range(len(parts), 0, -1))
