"""A model's second opinion on a ledger: whether the sources entail each claim, with a verbatim quote or not at all.

Advice for a person: it never changes a verdict of the ledger. A quote that does not stand word for word in the source
it names, or that lacks a figure of the claim it is said to prove, makes the answer count as unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agent.answers.json_text import find_object
from agent.brief import Brief
from agent.checks.facts.evidence import Evidence
from agent.checks.facts.ledger import ClaimSupport
from agent.checks.facts.reading import (
    brand_evidence,
    coupon_evidence,
    passage_evidence,
    policy_evidence,
    product_evidence,
)
from agent.context import Context
from agent.copies import Copy, fields
from agent.model import Model, Request
from agent.prompting.template import library
from agent.render import fill
from agent.tokens import TokenCounter
from knowledge_base.workspace import Workspace

TEMPLATE = "judge/entailment.j2"
BATCH = 20
"""Claims asked about at once."""
MIN_QUOTE = 4
TOKENS_PER_CLAIM = 120
AROUND = 24
Verdict = Literal["entailed", "contradicted", "unknown"]
_FIGURE = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the model says of one claim."""

    verdict: Verdict
    quote: str = ""
    """Verbatim from the source; empty when unknown."""
    source: str = ""
    """Id of the record quoted."""
    why: str = ""
    """Chinese: why an answer did not count."""


@dataclass(frozen=True, slots=True)
class SourceText:
    id: str
    name: str
    lines: tuple[str, ...]

    @property
    def plain(self) -> str:
        return _plain("\n".join(self.lines))


async def second_opinion(
    entries: Sequence[ClaimSupport],
    copy: Copy,
    brief: Brief,
    context: Context,
    *,
    model: Model,
    workspace: Workspace,
    count: TokenCounter,
) -> tuple[Opinion, ...]:
    """One opinion an entry, in order. Raises ModelError and its kin when the model fails."""
    if not entries:
        return ()
    sources = source_texts(brief, context)
    texts = fields(copy)
    template = library(workspace.templates).load(TEMPLATE)
    opinions: list[Opinion] = []
    for start in range(0, len(entries), BATCH):
        part = entries[start : start + BATCH]
        claims = [f"{i}. {_shown(entry, texts)}" for i, entry in enumerate(part, 1)]
        prompt = fill(template, {"claims": claims, "sources": sources}, count)
        request = Request(
            messages=prompt.messages, blocks=prompt.blocks, schema=prompt.schema, temperature=0.0,
            max_tokens=TOKENS_PER_CLAIM * len(part) + 200, seed=0,
        )  # fmt: skip
        answer = find_object((await model.complete(request)).text, ("opinions",)).data
        opinions += [judged(entry, answer, i, sources) for i, entry in enumerate(part, 1)]
    return tuple(opinions)


def source_texts(brief: Brief, context: Context) -> tuple[SourceText, ...]:
    """Everything the draft may lean on, record by record."""
    records: list[Evidence] = [product_evidence(product) for product in context.products]
    records += [coupon_evidence(context.coupon)] if context.coupon else []
    records += [policy_evidence(policy) for policy in context.policies]
    records += [passage_evidence(passage) for passage in context.passages]
    records += [brand_evidence(context.brand)] if context.brand else []
    return tuple(SourceText(r.record_id, r.name, _lines(r)) for r in records)


def judged(entry: ClaimSupport, answer: Mapping[str, Any], number: int, sources: Sequence[SourceText]) -> Opinion:
    """The model's answer about claim `number`, unknown unless its quote holds up."""
    items = answer.get("opinions")
    rows = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    row = next((item for item in rows if item.get("claim") == number), None)
    if row is None:
        return Opinion("unknown", why="模型没有回答这一条")
    verdict = row.get("verdict")
    if verdict not in ("entailed", "contradicted"):
        return Opinion("unknown")
    quote, wanted = str(row.get("quote", "")).strip(), str(row.get("source", "")).strip()
    source = next((s for s in sources if s.id == wanted), None)
    if source is None:
        return Opinion("unknown", why=f"没有编号为“{wanted}”的资料")
    if len(_plain(quote)) < MIN_QUOTE or _plain(quote) not in source.plain:
        return Opinion("unknown", why="引的不是资料原文")
    if verdict == "entailed" and not set(_FIGURE.findall(entry.claim.text)) <= set(_FIGURE.findall(quote)):
        return Opinion("unknown", why="引的原文里没有这个数")
    return Opinion("entailed" if verdict == "entailed" else "contradicted", quote, source.id)


def _shown(entry: ClaimSupport, texts: Mapping[str, str]) -> str:
    text = texts[entry.field]
    around = text[max(0, entry.claim.start - AROUND) : entry.claim.end + AROUND]
    whose = f"（商品 {entry.subject}）" if entry.subject else ""
    return f"“{entry.claim.text}”{whose}，出自“{' '.join(around.split())}”"


def _lines(record: Evidence) -> tuple[str, ...]:
    """Each line once, with figures that stand in fields of their own."""
    own = (f"{fact.where}：{fact.quote}" for fact in record.facts if fact.claim.text == fact.quote)
    return tuple(dict.fromkeys((*own, *(line.quote for line in record.lines), *(f.quote for f in record.facts))))


def _plain(text: str) -> str:
    """Without spaces, for line breaks and indents are the template's."""
    return "".join(text.split())
