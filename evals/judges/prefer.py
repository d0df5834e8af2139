"""A pairwise judge: which of two copies for the same task is better, asked in both orders.

The same copy must win from both places; when the place decides, the result is a tie. A failure in either order is no
result at all, never a tie.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agent.model import Model
from agent.prompting.template import library
from agent.tokens import TokenCounter
from evals.judges.ask import ATTEMPTS, ENDING, Fault, Line, UnusableError, background, inapplicable
from evals.judges.candidate import Candidate, candidate, copy_sha256
from evals.judges.grade import Span, one_line, verbatim
from evals.judges.rubric import Rubric
from evals.records import Sampled
from knowledge_base.errors import ModelError
from knowledge_base.workspace import Workspace

TEMPLATE = "judge/pair.j2"
Winner = Literal["a", "b", "tie"]
_SAID: dict[str, Literal["first", "second", "tie"]] = {"甲": "first", "乙": "second", "平": "tie"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One answer in one order."""

    choice: Literal["first", "second", "tie"]
    """By place, not by copy."""
    reason: str
    first: Span
    second: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """What a judge said of copies a and b. `winner` None means nothing was said that counts."""

    winner: Winner | None
    fault: Fault = ""
    why: str = ""
    forward: Vote | None = None
    """a shown first."""
    backward: Vote | None = None
    """b shown first."""
    evidence: tuple[Span, ...] = ()
    """Spans in a."""
    planted: tuple[int, int] = (0, 0)
    """Sentences in a and in b that were addressed to the judge."""

    @property
    def swayed(self) -> bool:
        """Whether the place decided: the two orders named different winners, or only one named any."""
        if self.forward is None or self.backward is None:
            return False
        return _of(self.forward, forward=True) != _of(self.backward, forward=False)

    def turned(self) -> Preference:
        """The same result with a and b exchanged."""
        winner: Winner | None = {"a": "b", "b": "a", "tie": "tie"}.get(self.winner or "")  # type: ignore[assignment]
        evidence = () if self.backward is None else (self.backward.first,)
        if self.forward is not None:
            evidence = tuple(dict.fromkeys((*evidence, self.forward.second)))
        return Preference(
            winner=winner,
            fault=self.fault,
            why=self.why,
            forward=self.backward,
            backward=self.forward,
            evidence=evidence,
            planted=self.planted[::-1],
        )


class PairJudge:
    """One model that compares by one rubric. Give it any `Model`."""

    def __init__(self, rubric: Rubric, model: Model, *, workspace: Workspace, count: TokenCounter) -> None:
        self.rubric = rubric
        self.line = Line(model, count)
        self.template = library(workspace.templates).load(TEMPLATE)

    @property
    def model_name(self) -> str:
        return self.line.model.name

    async def compare(self, a: Sampled, b: Sampled, *, repeat: int = 0) -> Preference:
        """Which is better, a or b, both of the same case. Raises only what ends the whole run (ask.ENDING).

        The questions do not depend on which copy is called a, so both calls are answered from the cassette.
        """
        if a.case.id != b.case.id:
            raise ValueError(f"a pair must answer one case: {a.case.id} and {b.case.id}")
        if why := inapplicable(a, self.rubric) or inapplicable(b, self.rubric):
            return Preference(winner=None, fault="inapplicable", why=why)
        assert a.draft.copy is not None
        assert b.draft.copy is not None
        if copy_sha256(b.draft.copy) < copy_sha256(a.draft.copy):
            return (await self._both(b, a, repeat)).turned()
        return await self._both(a, b, repeat)

    async def _both(self, a: Sampled, b: Sampled, repeat: int) -> Preference:
        assert a.draft.copy is not None
        assert b.draft.copy is not None
        one, two = candidate(a.draft.copy), candidate(b.draft.copy)
        count = (len(one.planted), len(two.planted))
        if one.sha256 == two.sha256:
            return Preference(winner="tie", why="两篇一个字不差", planted=count)
        if not one.chars or not two.chars:
            return Preference(winner=None, fault="inapplicable", why="有一篇是空的", planted=count)
        values = background(a, self.rubric)
        forward = await self._vote(values, one, two, repeat)
        if isinstance(forward, Preference):
            return forward
        backward = await self._vote(values, two, one, repeat)
        if isinstance(backward, Preference):
            return backward
        there, back = _of(forward, forward=True), _of(backward, forward=False)
        agreed = there == back
        return Preference(
            winner=there if agreed else "tie",
            why=forward.reason if agreed else f"换了先后结论就变，算平：先是{forward.reason or '无理由'}",
            forward=forward,
            backward=backward,
            evidence=tuple(dict.fromkeys((forward.first, backward.second))),
            planted=count,
        )

    async def _vote(
        self, values: Mapping[str, Any], first: Candidate, second: Candidate, repeat: int
    ) -> Vote | Preference:
        last: UnusableError | None = None
        shown = {**values, "first": first.parts, "second": second.parts}
        for attempt in range(ATTEMPTS):
            sample, again = repeat * ATTEMPTS + attempt, last.again if last else ""
            try:
                answer = await self.line.ask(self.template, shown, (first, second), sample=sample, again=again)
                return read_vote(answer, first, second)
            except UnusableError as error:
                last = error
            except ENDING:
                raise
            except ModelError as error:
                return Preference(winner=None, fault="error", why=f"{type(error).__name__}：{error.message}")
        assert last is not None
        return Preference(winner=None, fault=last.fault, why=str(last))


def read_vote(answer: Mapping[str, Any], first: Candidate, second: Candidate) -> Vote:
    """The vote in an answer. Raises UnusableError without a choice or without a verbatim quote of each copy."""
    said = answer.get("better")
    choice = _SAID.get(said.strip()) if isinstance(said, str) else None
    if choice is None:
        raise UnusableError("unparsable", "评委没有说甲、乙还是平", "better 只能是 甲、乙、平 里的一个")
    return Vote(
        choice=choice,
        reason=one_line(answer.get("reason")),
        first=verbatim(answer.get("first_quote"), first),
        second=verbatim(answer.get("second_quote"), second),
    )


def _of(vote: Vote, *, forward: bool) -> Winner:
    if vote.choice == "tie":
        return "tie"
    return "a" if (vote.choice == "first") == forward else "b"
