"""`wenan audience personas` as people use it: build, edit, build again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from knowledge_base.base import KnowledgeBase
from knowledge_base.records import Persona
from knowledge_base.workspace import Workspace
from tests.conftest import Ran

FILE = Path("资料") / "人群画像.yaml"


def card(number: int) -> dict[str, Any]:
    found: dict[str, Any] = next(
        one for one in yaml.safe_load(FILE.read_text(encoding="utf-8")) if one["id"] == f"segment:{number}"
    )
    return found


def in_knowledge_base(id: str) -> Persona | None:
    with KnowledgeBase.open(Workspace.find()) as kb:
        found = kb.get(id)
    return found if isinstance(found, Persona) else None


def test_the_personas_are_in_the_file_and_in_the_knowledge_base(audience_dir: Path) -> None:
    cards = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    assert [one["id"] for one in cards] == [f"segment:{number}" for number in range(1, 6)]
    for one in cards:
        known = in_knowledge_base(one["id"])
        assert known is not None
        assert known.source.file == FILE.as_posix()
        assert known.brand == "檐下集"
        assert list(known.scenes) == one["scenes"]
        assert any(line.startswith("依据：") and "n=" in line for line in known.evidence)


def test_edits_stay_over_a_rebuild_and_reach_the_knowledge_base(audience_dir: Path, wenan: Callable[..., Ran]) -> None:
    before = card(1)
    scene = before["scenes"][0]
    text = FILE.read_text(encoding="utf-8")
    text = text.replace(f"- {scene}\n", f"- {scene}，风扇还开着  # 运营改的\n", 1)
    text = text.replace("  needs:\n", "  avoid: [宝宝们]\n  needs:\n  - 想要能放抽屉的\n", 1)
    FILE.write_text(text, encoding="utf-8")
    ran = wenan("audience", "personas")
    assert ran.code == 0, ran.err
    assert FILE.read_text(encoding="utf-8") == text
    known = in_knowledge_base("segment:1")
    assert known is not None
    assert known.scenes[0] == f"{scene}，风扇还开着"
    assert known.needs[0] == "想要能放抽屉的"
    assert known.avoid == ("宝宝们",)


def test_a_conflict_is_told_with_both_versions(audience_dir: Path, wenan: Callable[..., Ran]) -> None:
    """As if the last build had said another name and scene."""
    kept = audience_dir / ".wenan" / "audience" / "personas" / "cards.json"
    now = card(1)
    before = kept.read_text(encoding="utf-8")
    before = before.replace(now["name"], "从前的名字").replace(now["scenes"][0], "从前的场景")
    kept.write_text(before, encoding="utf-8")
    text = FILE.read_text(encoding="utf-8")
    text = text.replace(f"  name: {now['name']}\n", "  name: 夜猫子\n", 1)
    text = text.replace(f"  - {now['scenes'][0]}\n", "", 1)
    FILE.write_text(text, encoding="utf-8")
    ran = wenan("audience", "personas", "--format", "json")
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)["conflicts"]
    assert {"persona": "segment:1", "field": "name", "mine": "夜猫子", "ours": now["name"]} in told
    assert f"segment:1 称呼：你写的「夜猫子」，数据现在是「{now['name']}」；按你的" in ran.err
    assert f"segment:1 场景：你删掉了一句，数据现在是「{now['scenes'][0]}」；按你的" in ran.err
    assert card(1)["name"] == "夜猫子"


def test_a_deleted_card_stays_away_until_reset(audience_dir: Path, wenan: Callable[..., Ran]) -> None:
    cards = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    FILE.write_text(yaml.safe_dump(cards[1:], allow_unicode=True, sort_keys=False), encoding="utf-8")
    ran = wenan("audience", "personas")
    assert "你删掉的画像没有加回来：segment:1" in ran.err
    assert in_knowledge_base("segment:1") is None
    assert wenan("audience", "personas", "--reset", "1").code == 0
    assert in_knowledge_base("segment:1") is not None
    assert card(1)["scenes"] == cards[0]["scenes"]


def test_looking_writes_nothing(audience_dir: Path, wenan: Callable[..., Ran]) -> None:
    FILE.unlink()
    ran = wenan("audience", "personas", "--dry-run")
    assert ran.code == 0
    assert "segment:1" in ran.out
    assert not FILE.exists()


def test_another_file_is_remembered_and_may_wait_for_review(audience_dir: Path, wenan: Callable[..., Ran]) -> None:
    ran = wenan("audience", "personas", "--file", "我的/人群.yaml", "--no-add", "--reset", "segment:2")
    assert ran.code == 0, ran.err
    assert "wenan kb add 我的/人群.yaml" in ran.err
    assert wenan("audience", "personas").code == 0
    assert (audience_dir / "我的" / "人群.yaml").is_file()


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (("--reset", "9"), 2, "没有 segment:9"),
        (("--reset", "x"), 2, "不是人群编号"),
        (("--model", "offline"), 2, "--phrase"),
        (("--phrase", "--model", "offline"), 2, "要有一个模型"),
        (("--format", "xml"), 2, "没有格式"),
        (("--consent-purpose", "研究"), 3, "还没有数据"),
    ],
)
def test_wrong_options(
    audience_dir: Path, wenan: Callable[..., Ran], options: tuple[str, ...], code: int, says: str
) -> None:
    ran = wenan("audience", "personas", *options)
    assert (ran.code, says in ran.err) == (code, True), ran.err


def test_a_broken_file_is_not_overwritten(audience_dir: Path, wenan: Callable[..., Ran]) -> None:
    FILE.write_text("- id: [\n", encoding="utf-8")
    ran = wenan("audience", "personas")
    assert ran.code == 3
    assert "人群画像.yaml" in ran.err
    assert FILE.read_text(encoding="utf-8") == "- id: [\n"


def test_steps_that_are_missing_are_named(workspace_dir: Path, wenan: Callable[..., Ran]) -> None:
    ran = wenan("audience", "personas")
    assert ran.code == 3
    assert "wenan audience import" in ran.err


def test_without_segments(workspace_dir: Path, wenan: Callable[..., Ran]) -> None:
    from tests.knowledge_base.audience.shop_store import shop_store

    shop_store(workspace_dir, 60).store.close()
    ran = wenan("audience", "personas")
    assert ran.code == 3
    assert "wenan audience segments" in ran.err


def test_a_person_who_is_forgotten_is_in_nothing_that_was_kept(audience_dir: Path) -> None:
    import polars as pl

    from knowledge_base.audience.personas import keep
    from knowledge_base.audience.privacy.forget import forget
    from knowledge_base.audience.store import AudienceStore

    with AudienceStore.open(Workspace.find()) as store:
        members = keep.members(store.workspace.data)
        assert members is not None
        user = str(members["user"].max())
        assert forget(store, user).remaining == ()
        left = keep.members(store.workspace.data)
        assert left is not None
        assert left.height == members.height - 1
        assert left.filter(pl.col("user") == user).is_empty()


def test_a_model_renames_the_cards_it_has_words_for(audience_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import agent.models
    from agent.audience.persona_build import PersonaWish, make_personas
    from agent.models.scripted import ScriptedModel

    names = ["一号抽屉", "二号抽屉", "", "四号抽屉", "五号抽屉"]
    script = [json.dumps({"name": name, "statements": []}, ensure_ascii=False) for name in names]
    # Cards are asked about side by side, each once; the one without a name is asked again, and comes out as it was.
    model = ScriptedModel([*script, script[2]])
    monkeypatch.setattr(agent.models, "open_profile", lambda workspace, profile: model)
    (audience_dir / "wenan.toml").write_text('[models.m]\npreset = "deepseek"\n', encoding="utf-8")
    monkeypatch.setenv("DEEPSEEK_API_KEY", "x")
    before = card(3)["name"]
    said: list[str] = []
    make_personas(Workspace.find(), PersonaWish(purpose="营销", phrase=True, model="m"), said.append)
    assert [card(number)["name"] for number in range(1, 6)] == [*names[:2], before, *names[3:]]
    assert said == ["segment:3：模型写的没通过核对，用程序写的句子"]
