"""Keeps a Context inside a token budget. What is left out is recorded, never silent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from agent.context import Context, Cut
from agent.tokens import TokenCounter
from knowledge_base.records import Record
from knowledge_base.schema import search_text

# No tokenizer we know spends more than this many tokens on one character, so shorter texts need no counting.
TOKENS_PER_CHAR = 3


def fit(context: Context, budget: int, counter: TokenCounter) -> Context:
    """Drops the least useful parts until the records' texts hold at most `budget` tokens.

    Order of sacrifice: the worst passages, past drafts, exemplars, then policies from the worst up. Products, persona,
    brand and coupon are never dropped: copy without them would be about nothing. The cuts are in `context.cuts`.
    """
    texts = [search_text(record) for record in _records(context)] + [past.text for past in context.past]
    if sum(map(len, texts)) * TOKENS_PER_CHAR <= budget:
        return context
    used = sum(counter.count(text) for text in texts)
    cuts: list[Cut] = []
    passages, past = list(context.passages), list(context.past)
    exemplars, policies = list(context.exemplars), list(context.policies)
    for pile, what in ((passages, "资料段落"), (past, "旧稿"), (exemplars, "范文"), (policies, "政策")):
        while used > budget and pile:
            dropped = pile.pop()
            tokens = counter.count(dropped.text if not isinstance(dropped, Record) else search_text(dropped))
            used -= tokens
            cuts.append(Cut(dropped.id, what, tokens))
    return replace(
        context,
        passages=tuple(passages),
        past=tuple(past),
        exemplars=tuple(exemplars),
        policies=tuple(policies),
        cuts=(*context.cuts, *cuts),
    )


def _records(context: Context) -> Iterator[Record]:
    yield from context.products
    yield from (r for r in (context.persona, context.brand, context.coupon) if r is not None)
    yield from context.policies
    yield from context.passages
    yield from context.exemplars
