"""A model says the measured voice in its own words, within what was measured."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.brand_commands import app, phrase
from agent.brand_phrasing import phrase_voice, voice_problems
from agent.models.scripted import ScriptedModel
from agent.tokens import EstimateCounter
from knowledge_base.brand_learn.cleaning import past_texts
from knowledge_base.brand_learn.proposal import Proposal, propose
from knowledge_base.console import err, out
from knowledge_base.errors import ModelError, UsageError
from knowledge_base.sample import FOLDER
from knowledge_base.workspace import Workspace

GOOD = ("开头写一个钟点和一个地方，人已经在动", "缺点照实说，放在卖点后面两句以内", "结尾轻轻放下，不催人买")


@cache
def proposal() -> Proposal:
    files = sorted((FOLDER / "articles").glob("*.md"))
    texts = [
        text for file in files for text in past_texts(file.read_text(encoding="utf-8"), file.name, channel="article")
    ]
    return propose(texts)


def answer(*sentences: str) -> str:
    return json.dumps({"voice": sentences}, ensure_ascii=False)


def ask(*script: str, workspace: Workspace) -> tuple[tuple[str, ...], ScriptedModel]:
    model = ScriptedModel(script)
    return asyncio.run(phrase_voice(proposal(), model, workspace, EstimateCounter(), brand="檐下集")), model


@pytest.fixture
def workspace(workspace_dir: Path) -> Workspace:
    return Workspace.find(workspace_dir)


def test_a_sound_answer_is_taken_and_rests_on_the_measures(workspace: Workspace) -> None:
    said, model = ask(f"好的：\n```json\n{answer(*GOOD)}\n```", workspace=workspace)
    assert said == GOOD
    blocks = {block.name: block.text for block in model.history[0].blocks}
    assert "照实说（5 篇 5 次）" in blocks["measures"]
    assert blocks["quotes"].count("\n- ") == 4
    assert model.history[0].schema is not None


def test_a_poor_answer_is_sent_back_once_with_its_faults(workspace: Workspace) -> None:
    said, model = ask(answer("文风温暖治愈", *GOOD[1:]), answer(*GOOD), workspace=workspace)
    assert said == GOOD
    assert "谁都能套" in {block.name: block.text for block in model.history[1].blocks}["findings"]


@pytest.mark.parametrize("bad", ["不知道", "{}", '{"voice": "一句"}', '{"voice": []}', '{"voice": [1, 2, 3]}'])
def test_answers_that_never_hold_up_leave_the_measures(bad: str, workspace: Workspace) -> None:
    said, model = ask(bad, bad, workspace=workspace)
    assert said == ()
    assert model.left == 0


@pytest.mark.parametrize(
    ("sentences", "fault"),
    [
        (GOOD[:2], "要 3 到 5 句"),
        ((*GOOD, *GOOD), "要 3 到 5 句"),
        ((*GOOD[:2], "句子平均 99 字左右"), "99"),
        ((*GOOD[:2], "长" * 41), "长短"),
        ((*GOOD[:2], "短"), "长短"),
        ((*GOOD[:2], GOOD[0] + "了"), "一回事"),
        ((*GOOD[:2], "有温度地说每件事"), "有温度"),
    ],
    ids=["few", "many", "invented number", "long", "short", "twice", "empty word"],
)
def test_faults_are_named(sentences: tuple[str, ...], fault: str) -> None:
    assert fault in "；".join(voice_problems(sentences, "中位数 15 字"))


def test_a_measured_number_may_be_repeated() -> None:
    assert voice_problems((*GOOD[:2], "一句话 15 字上下就断开"), "中位数 15 字") == ()


def test_without_a_model_the_measures_stand(workspace: Workspace) -> None:
    assert phrase(proposal(), workspace, None) == ()


def test_a_model_that_does_not_exist_is_told_when_named(workspace: Workspace) -> None:
    with pytest.raises((UsageError, ModelError)):
        phrase(proposal(), workspace, "没有这个模型")


def test_a_default_model_that_fails_does_not_stop_learning(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WENAN_MODEL", "deepseek")
    monkeypatch.delenv("DEEPSEEK_API_KEY", raising=False)
    err.cache_clear()
    assert phrase(proposal(), workspace, None) == ()


def test_the_command_group_learns_without_a_model(workspace: Workspace) -> None:
    for console in (out, err):
        console.cache_clear()
    result = CliRunner().invoke(app, ["learn", str(FOLDER / "articles")])
    assert result.exit_code == 0
    assert "称呼读者用“你”" in result.stdout
