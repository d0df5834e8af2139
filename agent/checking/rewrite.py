"""Flagged sentences, and only those, rewritten by a model; each answer is checked again, at most LOOPS times."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.answers.json_text import find_object
from agent.finding import Finding
from agent.model import Model, Request
from agent.prompting.template import library
from agent.render import fill
from agent.tokens import TokenCounter
from knowledge_base.workspace import Workspace

TEMPLATE = "rewrite/_sentence.j2"
LOOPS = 2
MAX_TOKENS = 1500
_SENTENCE = re.compile(r"[^。！？!?\n]*[。！？!?]*\n?")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")

Examine = Callable[[str], Sequence[Finding]]


@dataclass(frozen=True, slots=True)
class Rewritten:
    text: str
    changed: int
    """Sentences replaced."""
    left: int
    """Flagged sentences that no answer mended; they stand as they were."""


async def rewrite(
    text: str, examine: Examine, model: Model, workspace: Workspace, count: TokenCounter, *, loops: int = LOOPS
) -> Rewritten:
    """The text with its blocked sentences rewritten where an answer passes. Raises what the model raises."""
    spans = _flagged(text, examine(text))
    if not spans:
        return Rewritten(text, 0, 0)
    template = library(workspace.templates).load(TEMPLATE)
    mended: dict[int, str] = {}
    problems: dict[int, str] = {}
    for _ in range(loops):
        open_ = [i for i in range(len(spans)) if i not in mended]
        if not open_:
            break
        items = tuple(_item(text, spans[i], examine) for i in open_)
        prompt = fill(template, {"items": items, "problems": tuple(problems[i] for i in open_ if i in problems)}, count)
        request = Request(
            messages=prompt.messages, blocks=prompt.blocks, schema=prompt.schema, max_tokens=MAX_TOKENS, seed=0
        )
        answers = _sentences((await model.complete(request)).text)
        for i, answer in zip(open_, answers, strict=False):
            original = text[slice(*spans[i])]
            problem = _problem(original.strip(), answer, examine)
            if problem:
                problems[i] = problem
            else:
                mended[i] = _dressed(original, answer)
    result = text
    for i in sorted(mended, reverse=True):
        start, end = spans[i]
        result = result[:start] + mended[i] + result[end:]
    return Rewritten(result, len(mended), len(spans) - len(mended))


def _flagged(text: str, findings: Sequence[Finding]) -> list[tuple[int, int]]:
    marks = [f.start for f in findings if f.severity == "block" and f.end > f.start]
    spans = []
    for m in _SENTENCE.finditer(text):
        if m.end() > m.start() and any(m.start() <= mark < m.end() for mark in marks):
            spans.append((m.start(), m.end()))
    return spans


def _item(text: str, span: tuple[int, int], examine: Examine) -> str:
    sentence = text[slice(*span)].strip()
    why = "；".join(dict.fromkeys(f.message for f in examine(sentence) if f.severity == "block"))
    return f"{sentence}（问题：{why}）"


def _problem(original: str, answer: str, examine: Examine) -> str:
    """Why an answer cannot stand; empty when it can."""
    if not answer.strip():
        return f"空句：原句“{original[:40]}”"
    if "\n" in answer.strip() or len(answer) > 2 * len(original) + 20:
        return f"改写得太长：{answer[:40]}"
    if invented := [n for n in _NUMBER.findall(answer) if n not in _NUMBER.findall(original)]:
        return f"多出了原句没有的数 {'、'.join(invented)}：{answer[:40]}"
    still = [f for f in examine(answer) if f.severity == "block"]
    return f"“{answer[:40]}”还有：{still[0].message}" if still else ""


def _dressed(original: str, answer: str) -> str:
    """The answer between the blanks and line end that the sentence had."""
    head = original[: len(original) - len(original.lstrip())]
    return head + answer.strip() + original[len(original.rstrip()) :]


def _sentences(answer: str) -> list[str]:
    found = find_object(answer, ("sentences",)).data.get("sentences")
    return [item if isinstance(item, str) else "" for item in found] if isinstance(found, list) else []
