"""One `wenan eval agreement`: labels and runs in, figures out, calibrations kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from evals.agreement_compare import AgainstPeople, People, against_people, people
from evals.agreement_run import Opinions, ask, stored
from evals.database import EvalsDb
from evals.judges.calibration import Calibration, Calibrations, figures, fingerprint
from evals.judges.rubric import Rubric, load_rubric
from evals.judges.scorers import JudgeScorer
from evals.judging import open_judges
from evals.label_items import Item, pair_items, score_items
from evals.label_source import expectations
from evals.label_store import Kind, Label
from evals.records import Run
from knowledge_base.errors import BadInputError
from knowledge_base.workspace import Workspace


@dataclass
class Found:
    """What came of it."""

    people: list[People] = field(default_factory=list)
    judges: list[tuple[AgainstPeople, str]] = field(default_factory=list)
    """Each with the reason for which it only advises."""
    measured: list[Calibration] = field(default_factory=list)
    errors: int = 0
    """Questions that a model failed to answer."""
    asked: int = 0


def all_people(labels: Sequence[Label], workspace: Workspace) -> list[People]:
    """A summary for every rubric that anybody labelled by, in its present version."""
    kinds = dict.fromkeys((label.rubric, label.kind) for label in labels)
    found = []
    for name, kind in kinds:
        try:
            rubric = load_rubric(name, workspace)
        except BadInputError:
            continue  # the rubric is gone; its labels stay
        summary = people(labels, rubric, kind)
        if summary.labels or summary.skipped:
            found.append(summary)
    return found


def labelled_items(
    runs: Sequence[Run], rubric: Rubric, kind: Kind, labels: Sequence[Label], workspace: Workspace
) -> tuple[Item, ...]:
    """The things in these runs that somebody labelled by this rubric, each once."""
    wanted = {label.unit for label in labels}
    items: dict[str, Item] = {}
    for i, run in enumerate(runs):
        expected = expectations(run, workspace)
        if kind == "score":
            found = score_items(run, rubric, expected)
        else:
            found = pair_items(run, rubric, expected=expected)
            for other in runs[i + 1 :]:
                found += pair_items(run, rubric, other, expected)
        for item in found:
            if item.unit in wanted:
                items.setdefault(item.unit, item)
    return tuple(items.values())


async def measure(
    judges: Sequence[JudgeScorer],
    runs: Sequence[Run],
    labels: Sequence[Label],
    workspace: Workspace,
    *,
    repeats: int,
    concurrency: int,
    tick: Callable[[], None] = lambda: None,
) -> Found:
    """Asks each judge about everything labelled and compares. Raises BadInputError when nothing is labelled."""
    found = Found()
    for scorer in judges:
        kind: Kind = "pair" if scorer.kind == "pair" else "score"
        items = labelled_items(runs, scorer.rubric, kind, labels, workspace)
        if not items:
            how = "--pairs " if scorer.kind == "pair" else ""
            raise BadInputError(
                f"还没有按“{scorer.rubric.name}”标过这些评测里的文案",
                hint=f"先标：wenan eval label {runs[0].id if runs else ''} {how}--scores {scorer.rubric.id}。",
            )
        opinions = await ask(scorer, items, repeats=repeats, concurrency=concurrency, tick=tick)
        answers = [one for said in opinions.values() for one in said]
        found.asked += len(answers)
        found.errors += sum(one.value is None for one in answers)
        _add(found, scorer.name, scorer, scorer.models, items, labels, opinions, None)
        if len(scorer.judges) > 1:
            for i, (name, model) in enumerate(zip(scorer.members, scorer.models, strict=True)):
                _add(found, name, scorer, (model,), items, labels, opinions, i)
    return found


def measure_stored(run: Run, labels: Sequence[Label], workspace: Workspace) -> Found:
    """The same from the scores that a run kept, for its rubric judges; asks nobody."""
    found = Found()
    for name, about in dict(run.settings.get("judges") or {}).items():
        if about.get("kind") != "rubric" or name.endswith((".planted", ".disagreement")):
            continue
        rubric = load_rubric(str(about["rubric"]), workspace)
        if rubric.version != about.get("rubric_version"):
            continue
        rubric = replace(rubric, kappa=float(about.get("declared", rubric.kappa)))
        items = labelled_items((run,), rubric, "score", labels, workspace)
        opinions = stored(run, items, name, rubric)
        if opinions:
            models = tuple(map(str, about.get("models", ())))
            judge = against_people(name, models, items, labels, opinions)
            _keep(found, judge, str(about["fingerprint"]), rubric)
    return found


def keep(found: Found, workspace: Workspace, db: EvalsDb, runs: Sequence[Run]) -> None:
    """Writes the calibrations, and what they mean into the settings of the runs that these judges scored."""
    calibrations = Calibrations.open(workspace)
    calibrations.put(*found.measured)
    for run in runs:
        judges = dict(run.settings.get("judges") or {})
        fresh = {name: _refreshed(about, calibrations, workspace) for name, about in judges.items()}
        if fresh != judges:
            db.update_settings(run.id, {**run.settings, "judges": fresh})


def _refreshed(about: Any, calibrations: Calibrations, workspace: Workspace) -> Any:
    if not isinstance(about, dict) or "fingerprint" not in about:
        return about
    rubric = load_rubric(str(about["rubric"]), workspace)
    rubric = replace(rubric, kappa=float(about.get("declared", rubric.kappa)))
    return {**about, **figures(calibrations.of(str(about["fingerprint"])), rubric)}


def _add(
    found: Found,
    name: str,
    scorer: JudgeScorer,
    models: Sequence[str],
    items: Sequence[Item],
    labels: Sequence[Label],
    opinions: Opinions,
    member: int | None,
) -> None:
    judge = against_people(name, models, items, labels, opinions, member=member)
    _keep(found, judge, fingerprint(scorer, models), scorer.rubric)


def _keep(found: Found, judge: AgainstPeople, hashed: str, rubric: Rubric) -> None:
    measured = Calibration(
        fingerprint=hashed,
        judge=judge.judge,
        rubric=rubric.id,
        models=judge.models,
        kappa=judge.whole.kappa,
        kappa_low=judge.whole.low,
        kappa_high=judge.whole.high,
        labels=judge.whole.n,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    found.measured.append(measured)
    found.judges.append((judge, str(figures(measured, rubric)["caution"])))


__all__ = ["Found", "all_people", "keep", "measure", "measure_stored", "open_judges"]
