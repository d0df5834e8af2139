"""A breach of fairness is told by the plan and stops a run for segments; other plans go on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.campaign.fairness import need_fair, unfair
from agent.campaign.plan_file import CampaignPlan
from knowledge_base.audience.store import AudienceStore
from knowledge_base.errors import BadInputError
from knowledge_base.workspace import Workspace
from tests.conftest import Ran


def plan(personas: Any) -> CampaignPlan:
    return CampaignPlan.model_validate({"name": "甲", "channels": ["post"], "products": "all", "personas": personas})


def keep(folder: Path, *, blocks: bool, verdict: str = "breach", ratio: float = 0.41) -> Workspace:
    row = {"attribute": "region", "group": "西南", "ratio": {"value": ratio}, "verdict": verdict}
    report = {"what": "购买意向最高的 20%", "rows": [row], "policy": {"bound": 0.8}, "blocks": blocks}
    workspace = Workspace(folder)
    with AudienceStore.open(workspace) as store:
        store.save_report("fairness", report)
    return workspace


@pytest.mark.parametrize(
    ("personas", "told"),
    [("audience", True), (["segment:2"], True), ("all", False), (["备考研究生"], False)],
    ids=["all segments", "one segment", "all personas", "a persona"],
)
def test_only_plans_for_segments_are_held_to_it(tmp_path: Path, personas: Any, told: bool) -> None:
    workspace = keep(tmp_path, blocks=True)
    said = unfair(plan(personas), workspace)
    assert bool(said) is told
    if told:
        assert "地区“西南”被选中的比例只有最高那组的 41%，底线是 80%" in said[0]
        with pytest.raises(BadInputError, match="人群选得不公平"):
            need_fair(plan(personas), workspace)
    else:
        need_fair(plan(personas), workspace)


def test_what_is_only_reported_stops_nothing(tmp_path: Path) -> None:
    workspace = keep(tmp_path, blocks=False, ratio=0.9)
    assert "被看错的比例" in unfair(plan("audience"), workspace)[0]
    need_fair(plan("audience"), workspace)


def test_without_a_report_or_a_breach_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert unfair(plan("audience"), Workspace(tmp_path)) == ()
    assert not (tmp_path / ".wenan").exists()
    assert unfair(plan("audience"), keep(tmp_path, blocks=False, verdict="watch")) == ()


def test_run_stops_before_anything_is_spent(sample_dir: Path, wenan: Callable[..., Ran]) -> None:
    keep(sample_dir, blocks=True)
    person = sample_dir / "人群.yaml"
    person.write_text("- {kind: persona, id: 'segment:1', name: 夜里看食品}\n", encoding="utf-8")
    assert wenan("kb", "add", str(person)).code == 0
    text = "name: 乙\nchannels: [post]\nproducts: [p-oat]\npersonas: ['segment:1']\nmodel: offline\n"
    (sample_dir / "c.yaml").write_text(text, encoding="utf-8")
    planned = wenan("campaign", "plan", "c.yaml")
    assert planned.code == 0, planned.err
    assert "西南" in planned.out
    ran = wenan("campaign", "run", "c.yaml")
    assert ran.code == 3
    assert "人群选得不公平" in ran.err
    assert wenan("log", "list").out.count("\n") <= 1
