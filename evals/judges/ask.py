"""One question to one judge model: the request, the answer's ticket, and what counts as no answer.

Every prompt carries a ticket made from its own words. A copy cannot hold the ticket of the prompt it stands in, so a
finished answer planted in a copy, or quoted by the judge, is never read as the judge's own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agent.answers.json_text import find_object
from agent.model import Model, Request
from agent.prompting.template import Template
from agent.prompting.values import prompt_values
from agent.render import fill
from agent.tokens import TokenCounter
from evals.cassette_model import MissingRecordingError
from evals.judges.candidate import Candidate
from evals.judges.rubric import Rubric
from evals.limits import ABORT_AFTER, HOPELESS, StopError
from evals.records import Sampled
from knowledge_base.errors import ModelError

Fault = Literal["", "inapplicable", "error", "unparsable", "void"]
"""Why there is no verdict: the rubric does not fit the case; the model failed; its answer cannot be read; its answer
breaks the rules, e.g. quotes what is not there."""
MAX_TOKENS = 800
ATTEMPTS = 2
ENDING = (StopError, MissingRecordingError)
"""Failures that are the run's own affair, not a judge's: the budget is spent, or a replay lacks a recording."""
_TICKET_DIGITS = 8


class UnusableError(ValueError):
    """An answer that is no verdict; `again` tells the model what to mend, in our own words only."""

    def __init__(self, fault: Fault, why: str, again: str) -> None:
        super().__init__(why)
        self.fault: Fault = fault
        self.again = again


@dataclass
class Line:
    """The connection to one judge model, with a fuse: five times in a row no key, balance or connection ends it."""

    model: Model
    count: TokenCounter
    blown: str = ""
    _kind: str = ""
    _times: int = 0

    async def ask(
        self, template: Template, values: Mapping[str, Any], seen: Sequence[Candidate], *, sample: int, again: str = ""
    ) -> Mapping[str, Any]:
        """The answer as an object that carries the right ticket.

        Raises UnusableError for an answer that is none, ModelError and its kin when the model fails, those of ENDING
        when the run has to end.
        """
        if self.blown:
            raise ModelError(f"同样的错误连着 {ABORT_AFTER} 次，这次运行不再问它：{self.blown}")
        ticket = _ticket(template, values, seen)
        prompt = fill(template, {**values, "ticket": ticket, "again": again}, self.count)
        request = Request(
            messages=prompt.messages,
            blocks=prompt.blocks,
            schema=prompt.schema,
            temperature=0.0,
            max_tokens=MAX_TOKENS,
            seed=0,
            sample=sample,
        )
        try:
            completion = await self.model.complete(request)
        except HOPELESS as error:
            if not isinstance(error, MissingRecordingError):
                self._note(error)
            raise
        self._kind, self._times = "", 0
        found = find_object(completion.text, tuple((prompt.schema or {}).get("properties", {})))
        if found.state == "cut" or completion.finish_reason == "length":
            raise UnusableError("unparsable", "评委的回答没写完", "没有写完，请写短一点")
        if found.state == "none" or not found.data:
            raise UnusableError("unparsable", "评委的回答里没有 JSON 对象", "没有按格式输出 JSON 对象")
        if found.data.get("ticket") != ticket:
            raise UnusableError("void", "评委的回答没有带对 ticket", "ticket 不对")
        return found.data

    def _note(self, error: ModelError) -> None:
        kind = type(error).__name__
        self._times = self._times + 1 if kind == self._kind else 1
        self._kind = kind
        if self._times >= ABORT_AFTER:
            self.blown = error.message


def background(sampled: Sampled, rubric: Rubric) -> dict[str, Any]:
    """The template values that do not depend on the copy: the rubric's words and the materials it asks for."""
    brief, context, wanted = sampled.case.brief, sampled.context, rubric.materials
    values = prompt_values(brief, context, (), None)
    values |= {
        "question": rubric.question,
        "levels": rubric.levels,
        "look": rubric.look,
        "ignore": rubric.ignore,
        "with_brief": "brief" in wanted,
        "persona": context.persona if "persona" in wanted else None,
        "products": context.products if "products" in wanted else (),
        "brand": context.brand if "brand" in wanted else None,
        "policies": context.policies if "policies" in wanted else (),
        "passages": context.passages if "passages" in wanted else (),
        "message": brief.message if "message" in wanted else "",
        "references": sampled.case.expect.references if rubric.reference != "none" else (),
    }
    return values


def inapplicable(sampled: Sampled, rubric: Rubric) -> str:
    """Why this rubric has nothing to say of this copy; empty when it has."""
    brief, context = sampled.case.brief, sampled.context
    if brief.form not in rubric.forms:
        return f"量表“{rubric.name}”不评这种文案"
    if sampled.draft.copy is None:
        return "没有成稿，没法评"
    have = {
        "brief": True,
        "persona": context.persona is not None,
        "products": bool(context.products),
        "brand": context.brand is not None,
        "policies": bool(context.policies),
        "message": bool(brief.message),
        "passages": bool(context.passages),
    }
    if missing := [name for name in rubric.required if not have[name]]:
        names = {"persona": "人设", "products": "商品", "brand": "品牌", "policies": "政策", "message": "顾客的话"}
        return f"这个用例没有{'、'.join(names.get(name, name) for name in missing)}，“{rubric.name}”评不了"
    if rubric.reference == "required" and not sampled.case.expect.references:
        return f"这个用例没有参考答案，“{rubric.name}”评不了"
    return ""


def _ticket(template: Template, values: Mapping[str, Any], seen: Sequence[Candidate]) -> str:
    """Digits that only this prompt knows: they hang on every word of the copies themselves."""
    parts = [template.sha256, str(values["question"]), *(one.sha256 for one in seen)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_TICKET_DIGITS]
