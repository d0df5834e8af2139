"""A measured tone, said in better words by a model. What does not hold up is dropped, and the measures stay."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.answers.json_text import find_object
from agent.model import Model, Request
from agent.prompting.template import library
from agent.render import fill
from agent.tokens import TokenCounter
from knowledge_base.brand_learn.proposal import Proposal
from knowledge_base.brand_learn.report import measured
from knowledge_base.brand_learn.texts import bigram_likeness, sentence_chars
from knowledge_base.workspace import Workspace

TEMPLATE = "brand/_phrase.j2"
ATTEMPTS = 2
FEWEST, MOST = 3, 5
MAX_CHARS = 40
MAX_ALIKE = 0.6
QUOTES = 6
MAX_TOKENS = 600

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_EMPTY = re.compile(r"高级|有温度|温暖|治愈|匠心|极致|质感|生活气息|调性|赋能|仪式感|美好")


async def phrase_voice(
    proposal: Proposal, model: Model, workspace: Workspace, count: TokenCounter, *, brand: str = ""
) -> tuple[str, ...]:
    """Three to five sentences for `voice`, or none when the model's answers do not hold up.

    Raises what the model raises (knowledge_base.errors.ModelError and its kin).
    """
    lines = tuple(line.strip() for line in measured(proposal))
    quotes = tuple(quote.rsplit("（", 1)[0] for tone in proposal.tones for quote in tone.quotes)[:QUOTES]
    known = "\n".join((*lines, *quotes))
    template = library(workspace.templates).load(TEMPLATE)
    problems: tuple[str, ...] = ()
    for _ in range(ATTEMPTS):
        values = {"brand": brand, "measures": lines, "quotes": quotes, "problems": problems}
        prompt = fill(template, values, count)
        request = Request(
            messages=prompt.messages, blocks=prompt.blocks, schema=prompt.schema, max_tokens=MAX_TOKENS, seed=0
        )
        said = _sentences((await model.complete(request)).text)
        problems = voice_problems(said, known)
        if not problems:
            return said
    return ()


def voice_problems(sentences: Sequence[str], known: str) -> tuple[str, ...]:
    """Why these sentences cannot stand as a brand's voice; empty when they can. `known` is all that was measured."""
    problems = []
    if not FEWEST <= len(sentences) <= MOST:
        problems.append(f"要 {FEWEST} 到 {MOST} 句，现在 {len(sentences)} 句")
    numbers = set(_NUMBER.findall(known))
    for sentence in sentences:
        if not 4 <= sentence_chars(sentence) <= MAX_CHARS:
            problems.append(f"长短不合适：{sentence[:60]}")
        if invented := [number for number in _NUMBER.findall(sentence) if number not in numbers]:
            problems.append(f"资料里没有 {'、'.join(invented)} 这个数：{sentence[:60]}")
        if empty := _EMPTY.search(sentence):
            problems.append(f"“{empty.group()}”谁都能套：{sentence[:60]}")
    pairs = [(one, other) for i, one in enumerate(sentences) for other in sentences[i + 1 :]]
    if any(bigram_likeness(one, other) > MAX_ALIKE for one, other in pairs):
        problems.append("有两句说的是一回事")
    return tuple(problems)


def _sentences(answer: str) -> tuple[str, ...]:
    voice = find_object(answer, ("voice",)).data.get("voice")
    if not isinstance(voice, list):
        return ()
    return tuple(text for item in voice if isinstance(item, str) and (text := " ".join(item.split()).rstrip("。；;")))
