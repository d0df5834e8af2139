"""A rubric judge: one model puts one copy on a level of a rubric, with quotes that stand in the copy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.model import Model
from agent.prompting.template import library
from agent.tokens import TokenCounter
from evals.judges.ask import ATTEMPTS, ENDING, Fault, Line, UnusableError, background, inapplicable
from evals.judges.candidate import Candidate, candidate
from evals.judges.rubric import Rubric
from evals.records import Sampled
from knowledge_base.errors import ModelError
from knowledge_base.workspace import Workspace

TEMPLATE = "judge/rubric.j2"
REASON_CHARS = 120
MAX_QUOTES = 8
Span = tuple[str, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """What a judge said of one copy. `level` None means nothing was said that counts; `why` tells the reason."""

    level: int | None
    fault: Fault = ""
    why: str = ""
    reason: str = ""
    """In the judge's words, cut to one line."""
    evidence: tuple[Span, ...] = ()
    planted: int = 0
    """Sentences in the copy that were addressed to the judge; hidden from it."""
    chars: int = 0
    """Length of the copy as shown."""


class RubricJudge:
    """One model with one rubric. Give it any `Model`; wrap that in the cassette to keep its answers."""

    def __init__(self, rubric: Rubric, model: Model, *, workspace: Workspace, count: TokenCounter) -> None:
        self.rubric = rubric
        self.line = Line(model, count)
        self.template = library(workspace.templates).load(TEMPLATE)

    @property
    def model_name(self) -> str:
        return self.line.model.name

    async def grade(self, sampled: Sampled, *, repeat: int = 0) -> Grade:
        """The grade of a copy. `repeat` numbers independent answers to the same question.

        A failure of the model is a Grade without a level; only what ends the whole run is raised (ask.ENDING).
        """
        if why := inapplicable(sampled, self.rubric):
            return Grade(level=None, fault="inapplicable", why=why)
        assert sampled.draft.copy is not None
        shown = candidate(sampled.draft.copy)
        if not any(origin >= 0 for part in shown.parts for origin in part.dense[1]):
            why = "文案里只有写给评委的话" if shown.planted else "文案是空的"
            return Grade(level=None, fault="inapplicable", why=why, planted=len(shown.planted))
        values = {**background(sampled, self.rubric), "parts": shown.parts}
        return await self._asked(values, shown, repeat)

    async def _asked(self, values: Mapping[str, Any], shown: Candidate, repeat: int) -> Grade:
        last: UnusableError | None = None
        for attempt in range(ATTEMPTS):
            try:
                answer = await self.line.ask(
                    self.template,
                    values,
                    (shown,),
                    sample=repeat * ATTEMPTS + attempt,
                    again=last.again if last else "",
                )
                return read_grade(answer, shown, self.rubric)
            except UnusableError as error:
                last = error
            except ENDING:
                raise
            except ModelError as error:
                return _none("error", f"{type(error).__name__}：{error.message}", shown)
        assert last is not None
        return _none(last.fault, str(last), shown)


def read_grade(answer: Mapping[str, Any], shown: Candidate, rubric: Rubric) -> Grade:
    """The grade in an answer. Raises UnusableError for one without a level of the rubric or a quote."""
    level = read_level(answer.get("level"), rubric)
    items = answer.get("evidence")
    quotes = [item.get("quote") for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    if not quotes or len(quotes) > MAX_QUOTES:
        raise UnusableError(
            "void", "评委没有引文案原文" if not quotes else "评委引得太多", "evidence 要有 1 到 3 处文案原文"
        )
    return Grade(
        level=level,
        reason=one_line(answer.get("reason")),
        evidence=tuple(verbatim(quote, shown) for quote in quotes),
        planted=len(shown.planted),
        chars=shown.chars,
    )


def read_level(said: Any, rubric: Rubric) -> int:
    """Raises UnusableError unless `said` is exactly one of the rubric's values, as a number or its digits."""
    values = {str(value): value for value in rubric.values}
    number = int(said) if isinstance(said, float) and said.is_integer() else said
    if isinstance(number, bool) or not isinstance(number, int | str) or str(number).strip() not in values:
        wanted = "、".join(values)
        raise UnusableError("unparsable", "评委给的不是量表里的档位", f"level 只能是 {wanted} 里的一个数")
    return values[str(number).strip()]


def verbatim(quote: Any, shown: Candidate) -> Span:
    """Where a quote stands. Raises UnusableError when it is not in the copy word for word."""
    span = shown.find(quote) if isinstance(quote, str) else None
    if span is None:
        said = one_line(quote, 30)
        raise UnusableError("void", f"评委引的“{said}”不是文案原文", "引文不是文案原文，或引了不是文案的字")
    return span


def one_line(said: Any, most: int = REASON_CHARS) -> str:
    text = " ".join(said.split()) if isinstance(said, str) else ""
    return text if len(text) <= most else text[: most - 1] + "…"


def _none(fault: Fault, why: str, shown: Candidate) -> Grade:
    return Grade(level=None, fault=fault, why=why, planted=len(shown.planted), chars=shown.chars)
