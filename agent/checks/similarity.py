"""Not the same post again: overlap with earlier drafts for the same product or persona."""

from __future__ import annotations

from functools import lru_cache

from agent.brief import Brief
from agent.context import Context
from agent.copies import Copy, plain_text
from agent.finding import Finding

LIMIT = 0.6
"""Jaccard overlap of character bigrams above which two texts read as the same."""


def check_similarity(copy: Copy, brief: Brief, context: Context) -> tuple[Finding, ...]:
    """A warning naming the most similar earlier draft, when it is too similar."""
    del brief
    if not context.past:
        return ()
    mine = bigrams(plain_text(copy))
    score, past = max(((jaccard(mine, bigrams(past.text)), past) for past in context.past), key=lambda pair: pair[0])
    if score <= LIMIT:
        return ()
    message = f"和草稿 {past.id} 有 {score:.0%} 相同（“{past.text[:16]}…”），换一个场景、角度或开头。"
    return (
        Finding(
            check="similarity",
            rule_id="similarity.past",
            severity="warn",
            status="violation",
            message=message,
            evidence_ids=(past.id,),
        ),
    )


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    """Shared share of two sets, 0 to 1; 0 when both are empty."""
    union = len(a | b)
    return len(a & b) / union if union else 0.0


@lru_cache(maxsize=1024)
def bigrams(text: str) -> frozenset[str]:
    """Character pairs of a text without spaces, marks and case."""
    letters = "".join(c for c in text.lower() if c.isalnum())
    return frozenset(letters[i : i + 2] for i in range(len(letters) - 1))
