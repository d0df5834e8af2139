"""Scorers as a campaign's best-of uses them: one number each for a draft, the more the better."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from agent.brief import Form
from agent.draft import Draft
from evals.records import Case, Sampled, Score, Variant
from evals.scorers.port import AnyScorer, key_of
from evals.scorers.python import is_python
from evals.scorers.registry import ABOUT, Options, scorers_for
from knowledge_base.base import KnowledgeBase
from knowledge_base.errors import BadInputError
from knowledge_base.records import Persona

FORMS: tuple[Form, ...] = ("article", "ad", "post")


def rater(names: Sequence[str], kb: KnowledgeBase) -> Callable[[Sequence[Draft]], list[tuple[float | None, ...]]]:
    """Rates drafts by each name: a scorer (the mean of its scores that have a better end) or one of its scores.

    Raises BadInputError for an unknown name, and for scores that cannot say which of two drafts is better.
    """
    options = Options(personas=tuple(one for one in kb.all("persona") if isinstance(one, Persona)))
    asked = [(name, _scorer(name, options)) for name in names]

    def rate(drafts: Sequence[Draft]) -> list[tuple[float | None, ...]]:
        rows = [_sampled(draft, number) for number, draft in enumerate(drafts)]
        columns = [[_worth(name, scores) for scores in _scores(scorer, rows)] for name, scorer in asked]
        return [*zip(*columns, strict=True)]

    return rate


def _scorer(name: str, options: Options) -> AnyScorer:
    if name in ABOUT and ABOUT[name].higher_is_better is None:
        raise BadInputError(f"评分「{name}」没有高低好坏", hint="换一个有好坏的，如 persona.fit、facts.precision。")
    return scorers_for([name], forms=FORMS, options=options)[0]


def _sampled(draft: Draft, number: int) -> Sampled:
    case = Case(id=draft.id, brief=draft.brief)
    return Sampled(case=case, variant=Variant("", draft.model), sample=number, draft=draft, context=draft.context)


def _scores(scorer: AnyScorer, rows: Sequence[Sampled]) -> list[tuple[Score, ...]]:
    each: Any = scorer
    if hasattr(scorer, "score"):
        return [each.score(row) for row in rows]
    together = each.score_group(rows)
    return [together.get(key_of(row), ()) for row in rows]


def _worth(name: str, scores: Sequence[Score]) -> float | None:
    found = []
    for score in scores:
        about = ABOUT.get(score.scorer)
        better = True if about is None and is_python(name) else about.higher_is_better if about else None
        if score.value is None or better is None or (name in ABOUT and score.scorer != name):
            continue
        found.append(score.value if better else -score.value)
    return sum(found) / len(found) if found else None
