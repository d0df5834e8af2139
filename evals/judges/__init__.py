"""Models as judges of copy: rubrics, pairwise comparison, panels, and what people's labels say of their reliability."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.model import Model
    from evals.judges.scorers import JudgeScorer
    from knowledge_base.workspace import Workspace

__all__ = ["judges_for", "settings_for"]


def judges_for(
    written: Sequence[Any], *, open_model: Callable[[str], Model], workspace: Workspace, file: str = ""
) -> tuple[JudgeScorer, ...]:
    """The judges that a suite's `judges` describes (evals/judges/specs.py), each model opened through `open_model`.

    Raises BadInputError for one that means nothing, UsageError for a model that cannot judge.
    """
    from agent.tokens import default_counter
    from evals.judges.specs import open_judges, parse_specs

    specs = parse_specs(written, file=file)
    return open_judges(specs, workspace, open_model=open_model, count=default_counter())


def settings_for(scorers: Sequence[JudgeScorer], workspace: Workspace) -> Mapping[str, Mapping[str, Any]]:
    """What a run keeps of its judges: {"judges": how far each is to be trusted, "scorers": what each score is}."""
    from evals.judges.calibration import Calibrations
    from evals.judges.scorers import describe

    kept = Calibrations.open(workspace)
    judges = {name: about for scorer in scorers for name, about in kept.standing(scorer).items()}
    return {"judges": judges, "scorers": {name: about for one in scorers for name, about in describe(one).items()}}
