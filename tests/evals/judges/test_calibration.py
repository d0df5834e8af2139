"""A judge may decide only when people agree with it, often enough; anything that changes it starts anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals.judges.calibration import MIN_LABELS, Calibration, Calibrations, figures, fingerprint
from evals.judges.grade import RubricJudge
from evals.judges.rubric import load_rubric
from evals.judges.scorers import PairScorer, RubricScorer
from evals.records import Row, Run, Score, Variant
from evals.stats.judges import advisory
from knowledge_base.errors import BadInputError
from knowledge_base.workspace import Workspace
from tests.evals.judges.judging import pair_judge, rubric_judge


def scorer(*models: str, rubric: str = "human_voice") -> RubricScorer:
    return RubricScorer("voice", [rubric_judge([], rubric, name=name)[0] for name in models or ("m",)])


def measured(of: RubricScorer, **changes: Any) -> Calibration:
    values: dict[str, Any] = {"kappa": 0.8, "kappa_low": 0.7, "kappa_high": 0.9, "labels": MIN_LABELS}
    values |= {"fingerprint": fingerprint(of, of.models), "judge": of.name, "rubric": "human_voice"}
    return Calibration(**{**values, "models": of.models, "at": "2026-11-22T08:00:00+00:00", **changes})


STANDING: dict[str, tuple[dict[str, Any], bool, str]] = {
    "good": ({}, False, ""),
    "exactly enough": ({"kappa": 0.6, "labels": 50}, False, ""),
    "too few labels": ({"labels": 49}, True, "49 条"),
    "kappa too low": ({"kappa": 0.59}, True, "κ = 0.59"),
    "kappa negative": ({"kappa": -0.2}, True, "κ = -0.20"),
    "kappa undefined": ({"kappa": None}, True, "算不出来"),
}


@pytest.mark.parametrize(("changes", "advises", "why"), STANDING.values(), ids=STANDING.keys())
def test_who_may_decide(changes: dict[str, Any], advises: bool, why: str, tmp_path: Path) -> None:
    judge = scorer()
    kept = Calibrations(tmp_path / "judges.json")
    kept.put(measured(judge, **changes))
    about = Calibrations(tmp_path / "judges.json").standing(judge)["judge.voice"]
    assert about["advisory"] is advises
    assert why in about["caution"]
    assert bool(about["caution"]) is advises


def test_never_measured_only_advises(tmp_path: Path) -> None:
    about = Calibrations(tmp_path / "judges.json").standing(scorer())["judge.voice"]
    assert (about["advisory"], about["kappa"], about["labels"]) == (True, None, 0)


def test_a_rubric_may_ask_for_more() -> None:
    judge = scorer()
    strict = replace(judge.rubric, kappa=0.85)
    assert figures(measured(judge), judge.rubric)["advisory"] is False
    assert figures(measured(judge), strict)["advisory"] is True
    lax = replace(judge.rubric, kappa=0.2)
    assert figures(measured(judge, kappa=0.5), lax)["advisory"] is True, "but never for less"


def test_a_change_of_rubric_prompt_or_model_starts_anew(workspace_dir: Path) -> None:
    base = scorer("m")
    known = fingerprint(base, base.models)
    assert fingerprint(scorer("m"), ("m",)) == known
    assert fingerprint(scorer("n"), ("n",)) != known
    assert fingerprint(scorer("m", rubric="hook"), ("m",)) != known
    pair = PairScorer("voice", [pair_judge([], name="m")[0]])
    assert fingerprint(pair, pair.models) != known  # another kind of question
    workspace = Workspace(workspace_dir)
    own = workspace_dir / "prompts" / "judge" / "rubric.j2"
    own.parent.mkdir(parents=True)
    shipped = base.judges[0].template.path.read_text(encoding="utf-8")
    own.write_text(shipped.replace("取低的一档", "取高的一档"), encoding="utf-8")
    line = base.judges[0].line
    changed = RubricJudge(load_rubric("human_voice", workspace), line.model, workspace=workspace, count=line.count)
    assert fingerprint(RubricScorer("voice", [changed]), ("m",)) != known


def test_a_panels_order_does_not_matter_and_members_stand_for_themselves(tmp_path: Path) -> None:
    panel = scorer("m", "n")
    assert fingerprint(panel, ("m", "n")) == fingerprint(panel, ("n", "m"))
    kept = Calibrations(tmp_path / "judges.json")
    kept.put(measured(scorer("m")))
    about = kept.standing(panel)
    assert about["judge.voice.m"]["advisory"] is False
    assert about["judge.voice.n"]["advisory"] is True
    assert about["judge.voice"]["advisory"] is True


def test_the_gate_reads_the_same_verdict(tmp_path: Path) -> None:
    """What is written into a run's settings is what evals/stats goes by."""
    judge = scorer()
    kept = Calibrations(tmp_path / "judges.json")
    row = Row(
        key="k", case_id="c", variant=Variant("", "m"), sample=0, outcome="scored", scores=(Score("judge.voice", 4.0),)
    )
    run = Run(
        id="r", suite="s", suite_sha256="", started_at="", finished_at="", planned=1, rows=(row,),
        settings={"judges": kept.standing(judge)},
    )  # fmt: skip
    assert "judge.voice" in advisory(run)
    kept.put(measured(judge))
    assert advisory(replace(run, settings={"judges": kept.standing(judge)})) == {}


@pytest.mark.parametrize("text", ["{", "[3]", '[{"judge": "x"}]', '{"a": 1}'])
def test_a_broken_file_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "judges.json").write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError, match=r"judges\.json"):
        Calibrations(tmp_path / "judges.json")
