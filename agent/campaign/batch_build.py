"""The file of a batch: the first call of every unit, rendered as a run would render it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from agent.attempt import request_for
from agent.campaign.batch_book import Ask
from agent.campaign.batch_wire import ENDPOINT
from agent.campaign.budget import Reservation
from agent.campaign.rows import Claim
from agent.campaign.stop import BudgetSpentError
from agent.campaign.unit_work import Bench
from agent.fit import fit
from agent.ids import new_id
from agent.model import Request, prompt_sha256
from agent.models.openai_chat import OpenAIChat
from agent.render import render
from knowledge_base.errors import BadInputError

MOST_REQUESTS = 50_000
MOST_BYTES = 190_000_000
"""Of one file. OpenAI's Batch API takes 50,000 requests and 200 MB."""


@dataclass(frozen=True, slots=True)
class Built:
    """The lines of one file."""

    asks: tuple[Ask, ...]
    text: str
    reserved: Reservation
    """What the calls may cost; set aside in the run's meter until they are settled."""
    spent: BudgetSpentError | None = None
    """Why the file ends before the list does."""


async def build(claims: Sequence[Claim], bench: Bench, chat: OpenAIChat, *, most: int = MOST_REQUESTS) -> Built:
    """One file's worth of calls that nobody has answered yet; within the budget, at half its prices."""
    asks: list[Ask] = []
    lines: list[str] = []
    size, spent, reserved = 0, None, Reservation(0, Decimal(0))
    prices = bench.endpoints[0].prices
    halved = tuple(price / 2 if price is not None else None for price in prices)
    async for claim, slot, request in _calls(claims, bench):
        ask = Ask(new_id("a"), claim.key, slot, prompt_sha256(request.messages))
        line = json.dumps(
            {"custom_id": ask.attempt, "method": "POST", "url": ENDPOINT, "body": chat.body(request)},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        size += len(line.encode()) + 1
        if size > MOST_BYTES or len(asks) == most:
            break
        try:
            chars = sum(len(message.content) for message in request.messages)
            more = bench.meter.reserve(chars, (halved[0], halved[1]))
        except BudgetSpentError as error:
            spent = error
            break
        reserved = Reservation(reserved.tokens + more.tokens, reserved.cost + more.cost)
        asks.append(ask)
        lines.append(line + "\n")
    return Built(tuple(asks), "".join(lines), reserved, spent)


async def _calls(claims: Sequence[Claim], bench: Bench) -> AsyncIterator[tuple[Claim, str, Request]]:
    """(claim, slot, request) of each first call that has no answer; see `agent.campaign.unit_work`."""
    for claim in claims:
        for candidate in range(bench.plan.best_of):
            slot = f"{claim.round}.c{candidate}.0"
            if slot not in claim.answers:
                try:
                    request = await _request(claim, candidate, bench)
                except BadInputError:
                    # The knowledge base lost something since planning: the run fails the unit and says why.
                    break
                yield claim, slot, request


async def _request(claim: Claim, candidate: int, bench: Bench) -> Request:
    brief = claim.unit.brief()
    brief = replace(brief, seed=brief.seed + candidate)
    context = await bench.tools.contexts(brief, claim.draft_id if candidate == 0 else new_id("d"))
    fitted = fit(context, bench.tools.budget, bench.tools.counter)
    prompt = render(claim.unit.template or None, brief, fitted, workspace=bench.tools.workspace)
    return request_for(prompt, brief.seed, 0)
