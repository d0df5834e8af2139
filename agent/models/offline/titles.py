"""Title candidates of different types, and the digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.models.offline.choose import matched_doubts
from agent.models.offline.similar import bare

if TYPE_CHECKING:
    from agent.models.offline.article import Draft

TYPES = ("场景", "利益", "疑问", "反差", "人物", "清单")
TITLE_LIMIT = 32
DIGEST_LIMIT = 54
CANDIDATES = 5
LIST_FROM = 2
"""Fewest questions that make a list title worth its number."""


def titles(draft: Draft, asked: int) -> list[dict[str, str]]:
    """Up to five titles, each of another type, the most telling types first."""
    limit = min(draft.job.spec.number("标题上限") or TITLE_LIMIT, TITLE_LIMIT)
    question = _question(draft)
    count = str(asked) if asked >= LIST_FROM else ""
    found: list[dict[str, str]] = []
    for kind in TYPES:
        options = [
            v.text
            for v in draft.patterns.variants("article/titles", draft.slots | {"q": question, "count": count})
            if v.group == kind and len(bare(v.text)) <= limit and draft.job.guard.lets_pass(v.text)
        ]
        options = [text for text in options if all(text != taken["text"] for taken in found)]
        if options:
            found.append({"type": kind, "text": draft.rng.choice(options)})
    return found[:CANDIDATES]


def digest(draft: Draft, title: str) -> str:
    """What the card shows under the title: a step further, never the title again."""
    limit = min(draft.job.spec.number("摘要露出") or DIGEST_LIMIT, draft.job.spec.number("摘要上限") or DIGEST_LIMIT)
    slots = draft.slots | {"q": _question(draft).rstrip("？") + "？" if _question(draft) else ""}
    options = [
        v.text
        for v in draft.patterns.variants("article/digest", slots)
        if len(bare(v.text)) <= limit and draft.job.guard.lets_pass(v.text)
    ]
    head = bare(title)[:8]
    fresh = [text for text in options if head not in bare(text)] or options
    return draft.rng.choice(fresh) if fresh else ""


def _question(draft: Draft) -> str:
    """A doubt that the article answers, short enough for a title; the persona's own first."""
    job = draft.job
    doubts = [doubt for doubt, _ in matched_doubts(job.reader, job.goods) if len(doubt) <= 14]
    if not doubts:
        doubts = [answer.question for answer in job.goods.answers if len(answer.question) <= 14]
    return doubts[draft.job.turn % len(doubts)] if doubts else ""
