"""Title candidates of different types, and the digest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agent.models.offline.choose import answers_for, matched_doubts
from agent.models.offline.doubts import limits
from agent.models.offline.similar import bare

if TYPE_CHECKING:
    from agent.models.offline.draft import Draft

TYPES = ("场景", "利益", "疑问", "反差", "人物", "清单")
TITLE_LIMIT = 32
SHOWN = 16
"""字 of a title that a card shows."""
DIGEST_LIMIT = 54
CANDIDATES = 5
LIST_FROM = 3
"""Fewest questions that make a list title worth its number."""


def titles(draft: Draft, asked: int) -> list[dict[str, str]]:
    """Up to five titles, each of another type, the most telling types first."""
    limit = min(draft.job.spec.number("标题上限") or TITLE_LIMIT, TITLE_LIMIT)
    shown = draft.job.spec.number("标题露出") or SHOWN
    count = str(asked) if asked >= LIST_FROM else ""
    slots = draft.slots | {"q": _question(draft), "count": count, "nf": "" if count else draft.slots.get("nf", "")}
    found: list[dict[str, str]] = []
    for kind in TYPES:
        options = [v.text for v in draft.patterns.variants("article/titles", slots, kind)]
        if not options:
            options = [v.text for v in draft.patterns.variants("article/titles", slots, f"{kind}兜底")]
        if kind == "反差" and limits(draft.job):
            options += [v.text for v in draft.patterns.variants("article/titles", slots, "限制")]
        options = [
            text
            for text in dict.fromkeys(options)
            if len(bare(text)) <= limit
            and draft.job.guard.lets_pass(text)
            and all(bare(text) != bare(taken["text"]) for taken in found)
        ]
        if options:
            best = max(_whole(text, shown) for text in options)
            found.append({"type": kind, "text": draft.rng.choice([t for t in options if _whole(t, shown) >= best])})
    return found[:CANDIDATES]


def _whole(text: str, shown: int) -> int:
    """How well a title reads on a card: 2 when all of it shows, 1 when it is cut between clauses' words, not in one."""
    plain = bare(text)
    if 5 <= len(plain) <= shown:
        return 2
    head = re.match(r"[^，。：？]+[，。：？]", plain)
    return 1 if head and 5 <= len(head.group()) <= shown + 1 else 0


def _fit(question: str) -> bool:
    """Short, and without a figure or a promise that would stand alone on a card."""
    return len(question) <= 14 and not re.search(r"[0-9一二三四五六七八九十]|一定|不会|[治护防]", question)


def digest(draft: Draft, title: str) -> str:
    """What the card shows under the title: a step further, never the title again."""
    limit = min(draft.job.spec.number("摘要露出") or DIGEST_LIMIT, draft.job.spec.number("摘要上限") or DIGEST_LIMIT)
    question = _question(draft)
    options = [
        v.text
        for v in draft.patterns.variants("article/digest", draft.slots | {"q": question})
        if len(bare(v.text)) <= limit and draft.job.guard.lets_pass(v.text)
    ]
    head = bare(title)[:6]
    fresh = [text for text in options if head not in bare(text)] or options
    return draft.rng.choice(fresh) if fresh else ""


def _question(draft: Draft) -> str:
    """A doubt that the article answers, short enough for a title; the persona's own first."""
    job = draft.job
    doubts = [doubt for doubt, _ in matched_doubts(job.reader, job.goods) if _fit(doubt)]
    if not doubts:
        doubts = [answer.question for answer in answers_for(job.reader, job.goods) if _fit(answer.question)]
    return doubts[job.turn % len(doubts)] if doubts else ""
