"""A model names and words a card within its numbers; what it makes up is sent back, then dropped."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from agent.audience.persona_phrase import numbers, phrase_card, phrase_problems
from agent.models.scripted import ScriptedModel
from agent.tokens import EstimateCounter
from knowledge_base.audience.personas.card import Figure, PersonaCard, Statement
from knowledge_base.audience.personas.phrasing import reworded
from knowledge_base.workspace import Workspace

HOUR = Figure(what="16 点的动作占", here=0.39, elsewhere=0.0, n=388)
STATEMENTS = (
    Statement("name", "name", "工作日下午看食品、爱点赞"),
    Statement("who", "who", "工作日下午四点前后最活跃", (HOUR,)),
    Statement("scenes", "hour.1", "工作日下午四点", (HOUR,)),
    Statement("needs", "feature.like_rate.high", "几秒钟看完的短内容", (HOUR,)),
    Statement("channels", "channel.best", "朋友圈广告（18 点前后发）", (HOUR,)),
)
CARD = reworded(PersonaCard(id="segment:3", size=401, share=0.21, statements=STATEMENTS), {})
GOOD = {"name": "四点的抽屉", "hour.1": "工作日下午四点，手伸进抽屉"}


def answer(texts: dict[str, str]) -> str:
    rows = [{"key": key, "text": text} for key, text in texts.items() if key != "name"]
    return json.dumps({"name": texts.get("name", ""), "statements": rows}, ensure_ascii=False)


def ask(*script: str, workspace: Workspace) -> tuple[PersonaCard | None, ScriptedModel]:
    model = ScriptedModel(script)
    return asyncio.run(phrase_card(CARD, model, workspace, EstimateCounter())), model


@pytest.fixture
def workspace(workspace_dir: Path) -> Workspace:
    return Workspace.find(workspace_dir)


def test_a_sound_answer_is_taken_with_its_evidence(workspace: Workspace) -> None:
    card, model = ask(f"```json\n{answer(GOOD)}\n```", workspace=workspace)
    assert card is not None
    assert card.name == "四点的抽屉"
    assert [one.text for one in card.of("scenes")] == ["工作日下午四点，手伸进抽屉"]
    assert [one.figures for one in card.statements] == [one.figures for one in CARD.statements]
    assert any("「工作日下午四点，手伸进抽屉」16 点的动作占 39%" in one.text for one in card.of("evidence"))
    [block] = model.history[0].blocks
    assert "hour.1｜工作日下午四点｜16 点的动作占 39%，别人 0%，n=388" in block.text
    assert "channel.best" not in block.text
    assert model.history[0].schema is not None


def test_a_poor_answer_is_sent_back_once_with_its_faults(workspace: Workspace) -> None:
    card, model = ask(answer({**GOOD, "who": "九成都在下午来"}), answer(GOOD), workspace=workspace)
    assert card is not None
    assert "依据里没有 九 这个数" in {block.name: block.text for block in model.history[1].blocks}["findings"]


@pytest.mark.parametrize("bad", ["不知道", "{}", '{"name": "", "statements": "x"}', '{"name": 3, "statements": [1]}'])
def test_answers_that_never_hold_up_leave_the_card(bad: str, workspace: Workspace) -> None:
    card, model = ask(bad, bad, workspace=workspace)
    assert card is None
    assert model.left == 0


@pytest.mark.parametrize(
    ("texts", "fault"),
    [
        ({"hour.1": "工作日下午四点"}, "没有 name"),
        ({**GOOD, "hour.9": "周末上午"}, "没有 hour.9 这一行"),
        ({**GOOD, "channel.best": "朋友圈"}, "没有 channel.best 这一行"),
        ({**GOOD, "who": "401 个爱吃的人"}, "401"),
        ({**GOOD, "who": "下午三点前后最活跃"}, "三"),
        ({**GOOD, "who": "会吃的白领"}, "白领"),
        ({**GOOD, "who": "孩子睡着以后来"}, "孩子"),
        ({**GOOD, "who": "追求品质的人"}, "谁都能套"),
        ({**GOOD, "who": "长" * 41}, "40 字"),
        ({**GOOD, "name": "工作日下午四点前后的人们啊"}, "12 字"),
        ({**GOOD, "who": GOOD["hour.1"]}, "写得一样"),
        ({**GOOD, "who": "16 点 39% 的动作都在这里"}, ""),
        ({**GOOD, "feature.like_rate.high": "看完只要几秒"}, ""),
    ],
)
def test_what_cannot_stand(texts: dict[str, str], fault: str) -> None:
    problems = phrase_problems(CARD, texts)
    assert bool(problems) == bool(fault), problems
    assert not fault or any(fault in problem for problem in problems)


@pytest.mark.parametrize(
    ("text", "found"),
    [("下午四点，39% 的人", {"四", "39"}), ("一句话", set()), ("三成五、十二点", {"三", "十二"}), ("几秒钟", {"几"})],
)
def test_numbers_in_figures_and_characters(text: str, found: set[str]) -> None:
    assert numbers(text) == found
