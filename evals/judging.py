"""The judges of a suite: their models behind the run's cassette, and the pass that lays variants side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from agent.model import Model
from agent.models.profiles import resolve_profile
from evals.arms import Arm
from evals.cassette_model import Recorder
from evals.database import EvalsDb
from evals.records import Sampled
from evals.suite import Suite
from evals.together import sampled_of
from knowledge_base.workspace import Workspace

if TYPE_CHECKING:
    from evals.judges.scorers import JudgeScorer

ASKED_AS = "评委"
"""The case that recordings of judges are filed under: their questions name the copy, not the case."""


@dataclass(frozen=True)
class Judging:
    judges: tuple[JudgeScorer, ...] = ()
    arms: list[Arm] = field(default_factory=list)
    settings: Mapping[str, Any] = field(default_factory=dict)
    """For `Run.settings`: `judges` says how far each is to be trusted, `scorers` what each score is."""

    @property
    def single(self) -> tuple[JudgeScorer, ...]:
        """Judges of one draft."""
        return tuple(judge for judge in self.judges if judge.kind != "pair")

    @property
    def pairs(self) -> tuple[JudgeScorer, ...]:
        """Judges that need the other variants' drafts."""
        return tuple(judge for judge in self.judges if judge.kind == "pair")


def open_judges(
    written: Sequence[Any], workspace: Workspace, recorder: Recorder, concurrency: int, *, file: str = ""
) -> Judging:
    """The judges that a suite's `judges` describes. Raises BadInputError for one that means nothing."""
    if not written:
        return Judging()
    from evals.judges import judges_for, settings_for

    arms: dict[str, Arm] = {}

    def open_model(name: str) -> Model:
        if name not in arms:
            arms[name] = Arm(resolve_profile(workspace, name), workspace, concurrency)
        return arms[name].model_for(recorder, ASKED_AS, 0)

    judges = judges_for(written, open_model=open_model, workspace=workspace, file=file)
    return Judging(
        judges=tuple(judges),
        arms=list(arms.values()),
        settings={name: dict(about) for name, about in settings_for(judges, workspace).items()},
    )


async def judge_pairs(db: EvalsDb, run_id: str, judging: Judging, suite: Suite) -> None:
    """Asks the pairwise judges about each case's variants, sample by sample, and adds their scores to the rows.

    What they said before is in the cassette, so that doing this again after a kill asks nothing twice.
    """
    if not judging.pairs:
        return
    cases = {case.id: case for case in suite.cases}
    stored = db.rows(run_id, where="outcome = 'scored'")
    for case_id, members in groupby(stored, key=lambda kept: kept.row.case_id):
        by_sample: dict[int, list[tuple[int, Sampled]]] = {}
        for kept in members:
            if (one := sampled_of(kept.row, cases[case_id])) is not None:
                by_sample.setdefault(kept.row.sample, []).append((kept.ordinal, one))
        for answers in by_sample.values():
            for ordinal, sampled in answers:
                others: Sequence[Sampled] = [other for place, other in answers if place != ordinal]
                for judge in judging.pairs:
                    db.add_scores(run_id, [(ordinal, await judge.score(sampled, others=others))])
