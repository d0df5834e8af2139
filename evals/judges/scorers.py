"""Judges as scorers of the lab: each draft gets scores of tier `judge`, missing where no verdict counts.

judge.NAME              a rubric's level (median over a panel), or the share of wins over the other variants
judge.NAME.planted      1 when the copy holds words addressed to the judge, else 0
judge.NAME.disagreement levels between the panel's judges, or share of dissenters; panels only
judge.NAME.MODEL        one judge of a panel
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from evals.judges.grade import Grade, RubricJudge
from evals.judges.panel import dissent, majority, middle, spread
from evals.judges.prefer import PairJudge, Preference
from evals.judges.rubric import Rubric
from evals.records import Sampled, Score, Tier

PREFIX = "judge."
_WORTH = {"a": 1.0, "tie": 0.5, "b": 0.0}


class AsyncScorer(Protocol):
    """A scorer that has to wait for somebody. `others`: the other variants' answers to the same case and sample."""

    @property
    def name(self) -> str: ...
    @property
    def tier(self) -> Tier: ...

    async def score(self, sampled: Sampled, *, others: Sequence[Sampled] = ()) -> tuple[Score, ...]: ...


class RubricScorer:
    """One rubric, one judge or a panel of them."""

    tier: Tier = "judge"
    kind: Literal["rubric", "pair"] = "rubric"
    needs_others = False

    def __init__(self, name: str, judges: Sequence[RubricJudge]) -> None:
        if not judges:
            raise ValueError("a scorer needs a judge")
        self.name = PREFIX + name
        self.judges = tuple(judges)
        self.members = member_names(self.name, self.models)

    @property
    def rubric(self) -> Rubric:
        return self.judges[0].rubric

    @property
    def models(self) -> tuple[str, ...]:
        return tuple(judge.model_name for judge in self.judges)

    async def score(self, sampled: Sampled, *, others: Sequence[Sampled] = ()) -> tuple[Score, ...]:
        """Scores of one draft; a model's failure is a score without a value."""
        grades = await self.grades(sampled)
        return (*self._levels(grades), *_planted(self.name, max(grade.planted for grade in grades)))

    async def grades(self, sampled: Sampled, *, repeat: int = 0) -> tuple[Grade, ...]:
        """Each judge's grade, in the panel's order."""
        return tuple(await asyncio.gather(*(judge.grade(sampled, repeat=repeat) for judge in self.judges)))

    def _levels(self, grades: Sequence[Grade]) -> tuple[Score, ...]:
        if len(grades) == 1:
            return (self._one(self.name, grades[0]),)
        value, how = middle(grades)
        levels = [grade.level for grade in grades if grade.level is not None]
        evidence = tuple(dict.fromkeys(span for grade in grades for span in grade.evidence))
        scores = [Score(self.name, value, self._passed(value), how, evidence)]
        if len(levels) > 1:
            scores.append(Score(f"{self.name}.disagreement", float(spread(levels)), None, how))
        scores += [self._one(name, grade) for name, grade in zip(self.members, grades, strict=True)]
        return tuple(scores)

    def _one(self, name: str, grade: Grade) -> Score:
        if grade.level is None:
            return Score(name, None, None, grade.why)
        level = self.rubric.level(grade.level)
        said = f"{level.value} {level.name}：{grade.reason}" if grade.reason else f"{level.value} {level.name}"
        return Score(name, float(grade.level), self._passed(grade.level), said, grade.evidence)

    def _passed(self, value: float | None) -> bool | None:
        return None if value is None or self.rubric.passes is None else value >= self.rubric.passes


class PairScorer:
    """How often a draft beats the other variants' drafts of the same case: 1 all, 0 none, ties half."""

    tier: Tier = "judge"
    kind: Literal["rubric", "pair"] = "pair"
    needs_others = True
    """Can only be asked when the other variants' drafts are there."""

    def __init__(self, name: str, judges: Sequence[PairJudge]) -> None:
        if not judges:
            raise ValueError("a scorer needs a judge")
        self.name = PREFIX + name
        self.judges = tuple(judges)
        self.members = member_names(self.name, self.models)

    @property
    def rubric(self) -> Rubric:
        return self.judges[0].rubric

    @property
    def models(self) -> tuple[str, ...]:
        return tuple(judge.model_name for judge in self.judges)

    async def score(self, sampled: Sampled, *, others: Sequence[Sampled] = ()) -> tuple[Score, ...]:
        """Scores of one draft against `others`; a model's failure is a score without a value."""
        if not others:
            return (Score(self.name, None, None, "只有一个变体，没有可比的"),)
        rounds = [await self.compare(sampled, other) for other in others]
        results = [majority(panel) for panel in rounds]
        winners = [winner for winner, _ in results if winner is not None]
        wins, ties, losses = (winners.count(one) for one in ("a", "tie", "b"))
        flag = _planted(self.name, max(one.planted[0] for panel in rounds for one in panel))
        if not winners:
            return (Score(self.name, None, None, "；".join(dict.fromkeys(why for _, why in results))), *flag)
        said = f"胜 {wins} 平 {ties} 负 {losses}"
        if len(winners) < len(others):
            said += f"，{len(others) - len(winners)} 场没有结果"
        if swayed := sum(one.swayed for panel in rounds for one in panel):
            said += f"，{swayed} 次换了先后结论就变"
        if len(others) == 1 and len(self.judges) == 1 and rounds[0][0].why:
            said += f"：{rounds[0][0].why}"
        evidence = tuple(dict.fromkeys(span for panel in rounds for one in panel for span in one.evidence))
        scores = [Score(self.name, sum(_WORTH[one] for one in winners) / len(winners), None, said, evidence)]
        if len(self.judges) > 1:
            scores += self._panel(rounds)
        return (*scores, *flag)

    async def compare(self, a: Sampled, b: Sampled, *, repeat: int = 0) -> tuple[Preference, ...]:
        """Each judge's result, in the panel's order."""
        return tuple(await asyncio.gather(*(judge.compare(a, b, repeat=repeat) for judge in self.judges)))

    def _panel(self, rounds: Sequence[Sequence[Preference]]) -> list[Score]:
        spoken = [[one.winner for one in panel if one.winner is not None] for panel in rounds]
        shares = [dissent(winners) for winners in spoken if len(winners) > 1]
        scores = []
        if shares:
            scores.append(
                Score(f"{self.name}.disagreement", sum(shares) / len(shares), None, "和多数不同的评委所占的份")
            )
        for i, name in enumerate(self.members):
            said = [_WORTH[winner] for panel in rounds if (winner := panel[i].winner) is not None]
            why = f"{len(said)} 场" if said else "；".join(dict.fromkeys(panel[i].why for panel in rounds))
            scores.append(Score(name, sum(said) / len(said) if said else None, None, why))
        return scores


JudgeScorer = RubricScorer | PairScorer


def member_names(name: str, models: Sequence[str]) -> tuple[str, ...]:
    """A score name for each judge of a panel; dots in model names would read as levels of the name."""
    plain = [model.replace(".", "_") for model in models]
    return tuple(
        f"{name}.{model}" if plain.count(model) == 1 else f"{name}.{model}#{plain[: i + 1].count(model)}"
        for i, model in enumerate(plain)
    )


def describe(scorer: JudgeScorer) -> Mapping[str, Mapping[str, Any]]:
    """For `Run.settings["scorers"]`: tier, Chinese label and direction of every score a judge may give."""
    label = scorer.rubric.name + ("（两两比）" if scorer.kind == "pair" else "")
    about: dict[str, Mapping[str, Any]] = {scorer.name: _about(label, True)}
    about[f"{scorer.name}.planted"] = _about(f"{label}：有写给评委的话", False)
    if len(scorer.judges) > 1:
        about[f"{scorer.name}.disagreement"] = _about(f"{label}：评委分歧", None)
        for name, model in zip(scorer.members, scorer.models, strict=True):
            about[name] = _about(f"{label}（{model}）", True)
    return about


def _about(label: str, higher_is_better: bool | None) -> Mapping[str, Any]:
    return {"tier": "judge", "label": label, "higher_is_better": higher_is_better}


def _planted(name: str, sentences: int) -> tuple[Score, ...]:
    """Only where there is something to flag: ordinary runs are not told of it for every judge."""
    if not sentences:
        return ()
    return (Score(f"{name}.planted", 1.0, False, f"文案里有 {sentences} 句写给评委的话，没有给评委看"),)
