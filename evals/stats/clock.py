"""Seconds that are no property of a variant: what the offline writer takes is what this machine was doing meanwhile."""

from __future__ import annotations

from evals.records import Run, Variant

TIMED = "latency"
OFFLINE = "offline"
"""Its answers come from a template on this machine; every other model's seconds are those of its endpoint, kept with
the recording, so that a replay shows what the endpoint took."""


def untimed(*variants: Variant) -> str:
    """Why the seconds of these variants cannot be told apart, Chinese; empty where they can."""
    if any(variant.model == OFFLINE for variant in variants):
        return "离线写手的用时只说明这台机器当时忙不忙，不下结论"
    return ""


def timing_caution(run_a: Run, run_b: Run | None) -> str:
    """What a reader of compared seconds has to know, Chinese; empty where both sides were asked side by side."""
    if run_b is None or run_a.id == run_b.id:
        return ""
    return "两次评测不是同时问的（录音记的是当初问的用时），接口忙闲也算在差里；要只比方案，放在同一次评测里跑"
