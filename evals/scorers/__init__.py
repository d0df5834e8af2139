"""Deterministic scorers, one idea a file: each looks at one answer, or at one variant's answers together."""

from __future__ import annotations

from evals.scorers.port import AnyScorer, Embed, GroupScorer, Key, Scorer, key_of
from evals.scorers.registry import ABOUT, HIGHER_IS_BETTER, REGISTRY, About, Options, about, scorers_for

__all__ = [
    "ABOUT",
    "HIGHER_IS_BETTER",
    "REGISTRY",
    "About",
    "AnyScorer",
    "Embed",
    "GroupScorer",
    "Key",
    "Options",
    "Scorer",
    "about",
    "key_of",
    "scorers_for",
]
