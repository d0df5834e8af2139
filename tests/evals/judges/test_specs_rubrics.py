"""Rubrics as data and the short forms in which suites name judges."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.models.scripted import ScriptedModel
from agent.prompting.strict_schema import schema_problems
from agent.prompting.template import library
from evals.judges import judges_for, settings_for
from evals.judges.rubric import SHIPPED, load_rubric, rubric_names
from evals.judges.specs import JudgeSpec, parse_specs
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.workspace import SHIPPED_TEMPLATES, Workspace

RUBRICS = sorted(path.stem for path in SHIPPED.glob("*.yaml"))


@pytest.mark.parametrize("name", RUBRICS)
def test_shipped_rubrics_are_whole(name: str, workspace_dir: Path) -> None:
    rubric = load_rubric(name, Workspace(workspace_dir))
    assert len(rubric.levels) == 5
    assert len({level.text for level in rubric.levels}) == 5, "each level is described"
    assert all(len(level.text) >= 12 for level in rubric.levels)
    assert rubric.look
    assert rubric.forms
    assert 0 < rubric.kappa <= 1


def test_every_topic_of_taste_has_a_rubric() -> None:
    assert {"human_voice", "persona_fit", "hook", "selling_point", "desire", "reply_correct"} <= set(RUBRICS)


@pytest.mark.parametrize("name", ["judge/rubric.j2", "judge/pair.j2", "judge/entailment.j2"])
def test_judge_templates_ask_back_strict_json(name: str) -> None:
    template = library((SHIPPED_TEMPLATES,)).load(name)
    assert schema_problems(template.schema) == []
    assert set(template.matter.variables) == set(template.needs)


GOOD = "id: mine\nversion: '1'\nname: 我的\nquestion: 好吗？\nforms: [ad]\nlevels:\n"
GOOD += "  - {value: 0, name: 差, text: 不好。}\n  - {value: 1, name: 好, text: 好。}\n"
BROKEN = {
    "levels out of order": (GOOD.replace("value: 0", "value: 2"), "从差到好"),
    "one level": (GOOD.rsplit("  -", 1)[0], "至少要有 2 项"),
    "unknown field": (GOOD + "mood: 好\n", "没有这个字段"),
    "pass level that is none": (GOOD + "passes: 3\n", "passes"),
    "required but not a material": (GOOD + "required: [persona]\n", "materials"),
    "unknown form": (GOOD.replace("[ad]", "[poster]"), "只能是"),
    "empty text": (GOOD.replace("不好。", "' '"), "不能为空"),
    "another id": (GOOD.replace("id: mine", "id: yours"), "文件名"),
    "kappa above one": (GOOD + "kappa: 1.5\n", "不能大于"),
    "no YAML": ("levels: [", "YAML"),
}


@pytest.mark.parametrize(("text", "why"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_rubric_names_what_is_wrong(text: str, why: str, workspace_dir: Path) -> None:
    file = workspace_dir / "rubrics" / "mine.yaml"
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError, match=why) as caught:
        load_rubric("mine", Workspace(workspace_dir))
    assert "mine.yaml" in caught.value.message


def test_a_workspace_has_its_own_rubrics_and_may_replace_shipped_ones(workspace_dir: Path) -> None:
    workspace = Workspace(workspace_dir)
    (workspace_dir / "rubrics").mkdir()
    (workspace_dir / "rubrics" / "mine.yaml").write_text(GOOD, encoding="utf-8")
    (workspace_dir / "rubrics" / "hook.yaml").write_text(GOOD.replace("mine", "hook"), encoding="utf-8")
    assert "mine" in rubric_names(workspace)
    assert load_rubric("hook", workspace).name == "我的"
    assert load_rubric(str(workspace_dir / "rubrics" / "mine.yaml"), workspace).values == (0, 1)
    with pytest.raises(BadInputError, match="hok") as caught:
        load_rubric("hok", workspace)
    assert "hook" in caught.value.hint
    for path in ("../hook", "/etc/passwd", "hook\0"):
        with pytest.raises(BadInputError):
            load_rubric(path, workspace)


SPECS: dict[str, tuple[Any, JudgeSpec]] = {
    "rubric": ("hook", JudgeSpec(rubric="hook")),
    "model": ("hook@deepseek", JudgeSpec(rubric="hook", models=("deepseek",))),
    "model with a colon": ("hook@qwen:qwen-max", JudgeSpec(rubric="hook", models=("qwen:qwen-max",))),
    "panel": ("hook@a + b", JudgeSpec(rubric="hook", models=("a", "b"))),
    "pair": ("pair:hook@a", JudgeSpec(rubric="hook", models=("a",), kind="pair")),
    "named": ("我的=hook@a", JudgeSpec(rubric="hook", models=("a",), name="我的")),
    "named pair": ("p=pair:hook", JudgeSpec(rubric="hook", kind="pair", name="p")),
    "mapping": ({"rubric": "hook", "models": "a", "kappa": 0.7}, JudgeSpec(rubric="hook", models=("a",), kappa=0.7)),
}


@pytest.mark.parametrize(("written", "spec"), SPECS.values(), ids=SPECS.keys())
def test_specs(written: Any, spec: JudgeSpec) -> None:
    assert parse_specs([written]) == (spec,)


@pytest.mark.parametrize(
    "written", ["", "@a", "hook@", "hook@a+", "=hook", "x y=hook", 3, {"models": ["a"]}, {"rubric": "h", "mood": 1}]
)
def test_bad_specs(written: Any) -> None:
    with pytest.raises(BadInputError) as caught:
        parse_specs([written], file="s.yaml")
    assert "s.yaml" in caught.value.message
    assert caught.value.hint


def test_two_judges_need_two_names(workspace_dir: Path) -> None:
    with pytest.raises(BadInputError, match="都叫 hook"):
        parse_specs(["hook@a", "hook@b"])
    assert [spec.scorer for spec in parse_specs(["hook@a", "x=hook@b", "pair:hook@a"])] == ["hook", "x", "pair_hook"]


def test_judges_open_each_model_once(workspace_dir: Path) -> None:
    opened: list[str] = []

    def open_model(name: str) -> ScriptedModel:
        opened.append(name)
        return ScriptedModel(name=name)

    workspace = Workspace(workspace_dir)
    found = judges_for(["hook@a+b", "pair:desire@a"], open_model=open_model, workspace=workspace)
    assert [one.name for one in found] == ["judge.hook", "judge.pair_desire"]
    assert opened == ["a", "b"]
    settings = settings_for(found, workspace)
    assert settings["judges"]["judge.hook"]["advisory"] is True
    assert settings["judges"].keys() == settings["scorers"].keys()


def test_the_offline_writer_is_no_judge(workspace_dir: Path) -> None:
    workspace = Workspace(workspace_dir)
    for spec in ("hook", "hook@offline"):
        with pytest.raises(UsageError, match="不会评"):
            judges_for([spec], open_model=lambda name: ScriptedModel(name=name), workspace=workspace)
    named = Workspace(workspace_dir, {"eval": {"judge": "deepseek"}})
    (scorer,) = judges_for(["hook"], open_model=lambda name: ScriptedModel(name=name), workspace=named)
    assert scorer.models == ("deepseek",)
