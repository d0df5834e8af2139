"""Which doubts an article answers and which limits it states. What nothing answers is left out."""

from __future__ import annotations

import re

from agent.models.offline.choose import answers_for, matched_doubts
from agent.models.offline.facts import Answer
from agent.models.offline.job import Job
from agent.models.offline.lines import ask, tidy

_LIMITING = re.compile(
    r"^(?:不能|不行|不建议|不管|不要|不敢|杯身不行|含.{1,6}，.{2,4}过敏)|请不要|都不建议|不防水|不能当"
)
_RETURNS = re.compile(r"退|换|质保|保修")
POLICIES = 1


def settled(job: Job, told: set[str]) -> list[Answer]:
    """Doubts with their answers, the persona's first. `told` holds answers that stand elsewhere in the article."""
    own = matched_doubts(job.reader, job.goods)
    known = [Answer(q, a.answer, a.id) for q, a in own if a.answer not in told]
    said = {a.answer for a in known} | told
    return known + [a for a in answers_for(job.reader, job.goods) if a.answer not in said]


def limits(job: Job) -> list[Answer]:
    """Honest answers that say for whom or what the product is not."""
    found = [
        a for a in job.goods.answers if a.printable and _LIMITING.search(a.answer) and job.guard.lets_pass(a.answer)
    ]
    return found if len(found) >= 2 else []


def after_sale(job: Job) -> list[Answer]:
    """Policies on returns and repair that an article may quote; those kept for people are left out."""
    return [p for p in policies_of(job) if _RETURNS.search(p.question)][:POLICIES]


def policies_of(job: Job) -> list[Answer]:
    """Every policy block as a question and its answer; hand-over policies left out."""
    found = []
    for fields in job.brief.every("policy"):
        if "是" in fields.one("转人工") or not fields.one("答"):
            continue
        found.append(Answer(ask(tidy(fields.one("问"))), tidy(fields.one("答")), fields.id))
    return found
