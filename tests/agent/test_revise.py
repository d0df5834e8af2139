"""Revisions change what was asked, keep the rest byte for byte, are checked again and remember where they came from."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.checks import check
from agent.copies import ArticleCopy, Copy, MomentsCopy, ReplyCopy, fields
from agent.draft import Draft
from agent.finding import Finding, blocking
from agent.models.scripted import ScriptedModel
from agent.revise import Revision, revise
from agent.revising.ask import Ask
from agent.revising.parts import all_parts, read
from agent.tokens import EstimateCounter
from agent.word_diff import as_plain
from knowledge_base.errors import BadInputError, UsageError, WenanError
from knowledge_base.workspace import Workspace
from tests.agent.drafts import ARTICLE, MOMENTS, article_draft, moments_draft, reply_draft


def run(draft: Draft, said: str, *answers: str, part: str = "", offline: bool = True, **options: Any) -> Revision:
    model = options.pop("model", None) or ScriptedModel(answers, name="offline" if offline else "真模型")
    ask = Ask(workspace=Workspace(Path("/nowhere")), model=model, counter=EstimateCounter())

    def checked(copy: Copy) -> tuple[Finding, ...]:
        return check(copy, draft.brief, draft.context)

    return asyncio.run(revise(draft, said, part, ask, options.pop("check", checked)))


def says(text: str) -> str:
    return json.dumps({"text": text}, ensure_ascii=False)


def changed_fields(before: Draft, after: Draft) -> dict[str, str]:
    assert before.copy is not None
    assert after.copy is not None
    old, new = fields(before.copy), fields(after.copy)
    return {name: new.get(name, "") for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


@pytest.mark.parametrize(
    ("said", "part", "field", "expected"),
    [
        ("第三段短一点，别提价格", "", "sections[1].text", "不含蔗糖，第一口是苦的😀。你要是怕苦，别买。"),
        ("第二段短一点", "", "sections[0].text", None),
        ("短一点", "digest", "digest", None),
        ("把“闭馆”改成“关门”", "", "digest", "关门前两小时，饮水机坏了。她撕开一条，冷水晃了三下。"),
        ("去掉表情", "", "sections[1].text", None),
        ("换个疑问型的标题", "", "title", "没热水，咖啡怎么冲？"),
        ("标题换一个", "", "title", "69 元 24 条，一杯不到 3 元"),
        ("结尾改成“先放一盒在书包里。”", "", "cta", "先放一盒在书包里。"),
        ("删掉第二段", "", "sections[0].text", "晚上八点，图书馆三楼的饮水机又坏了。"),
        ("删掉第二个小标题", "", "sections[1].heading", ""),
    ],
)
def test_offline_edits_touch_one_field(said: str, part: str, field: str, expected: str | None) -> None:
    draft = article_draft()
    revision = run(draft, said, part=part)
    changed = changed_fields(draft, revision.draft)
    assert [name for name in changed if not name.startswith("titles[")] == [field]
    if expected is not None:
        assert changed[field].endswith(expected)
    assert [name for name, _ in revision.changes] == [field]
    assert revision.draft.offline


def test_a_wish_that_is_already_met_does_not_stop_the_others() -> None:
    draft = article_draft()
    revision = run(draft, "第二段短一点，别提价格，不要表情")
    assert changed_fields(draft, revision.draft).keys() == {"sections[0].text"}


def test_what_must_go_may_already_make_it_short_enough() -> None:
    draft = moments_draft(copy=replace(MOMENTS, text="冷水能冲。一盒 69 元，三盒更划算。放书包里。"))
    after = run(draft, "短一点，别提价格", check=lambda _: ()).draft
    assert isinstance(after.copy, MomentsCopy)
    assert after.copy.text == "冷水能冲。放书包里。"


def test_a_revision_is_a_new_version_with_its_own_link() -> None:
    draft = moments_draft()
    after = run(draft, "把“早八前”改成“第一节课前”").draft
    assert (after.parent, after.version, after.id != draft.id) == (draft.id, 2, True)
    assert after.context.link is not None
    assert after.id in after.context.link.url
    assert "把“早八前”改成“第一节课前”" in after.brief.notes
    assert after.attempts == ()
    again = run(after, "称呼改成您", check=lambda _: ()) if "你" in MOMENTS.text else run(after, "删掉“一条”")
    assert (again.draft.parent, again.draft.version) == (after.id, 3)
    assert len(again.draft.brief.notes.splitlines()) == 2


def test_everything_is_checked_again() -> None:
    revision = run(moments_draft(), "把“冷水晃三下”改成“99 元三盒，冷水晃三下”")
    assert blocking(revision.draft.findings), "an invented price"
    assert "99" in as_plain(revision.changes[0][1])


def test_leaving_out_never_adds_a_blocking_finding() -> None:
    """The gentlest cut that the checks accept wins, not the first one."""
    draft = moments_draft(copy=replace(MOMENTS, text="冷水能冲。真的能冲。放书包里。"), findings=())
    refused: list[str] = []

    def picky(copy: Copy) -> tuple[Finding, ...]:
        text = fields(copy)["text"]
        if "真的" not in text:
            refused.append(text)
            return (Finding(check="x", rule_id="x", severity="block", status="violation", message="x"),)
        return ()

    revision = run(draft, "短一点", check=picky)
    assert isinstance(revision.draft.copy, MomentsCopy)
    assert revision.draft.copy.text == "冷水能冲。真的能冲。"


@pytest.mark.parametrize(
    ("draft", "said", "part", "error", "message"),
    [
        (article_draft(), "第二段写得更有画面感", "", BadInputError, "看不懂"),
        (article_draft(), "短一点", "", UsageError, "没说改哪一部分"),
        (article_draft(), "第九段短一点", "", UsageError, "没有「p9」"),
        (article_draft(), "短一点", "p0", UsageError, "没有「p0」"),
        (article_draft(), "   ", "", BadInputError, "没说要改什么"),
        (article_draft(), "标题换一个人物型", "", BadInputError, "没有别的人物标题"),
        (article_draft(), "标题用第9个", "", BadInputError, "只有 3 个"),
        (article_draft(), "删掉标题", "", BadInputError, "没有"),
        (moments_draft(), "把“没有的词”改成“别的”", "", BadInputError, "没有找到"),
        (moments_draft(), "别提价格", "", BadInputError, "没有价格"),
        (moments_draft(), "去掉表情", "", BadInputError, "没有表情"),
        (moments_draft(), "别提饮水机", "", BadInputError, "没有提到"),
        (moments_draft(), "控制在2字以内", "", BadInputError, "2 字以内"),
        (moments_draft(), "删掉第一段", "", BadInputError, "没有正文"),
        (moments_draft(copy=None), "短一点", "", BadInputError, "没有写成"),
    ],
)
def test_what_cannot_be_done_is_said_with_a_next_step(
    draft: Draft, said: str, part: str, error: type[WenanError], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        run(draft, said, part=part)
    assert caught.value.hint


def test_short_copy_ends_with_its_last_line() -> None:
    draft = moments_draft(copy=replace(MOMENTS, text="第一行。\n第二行，要的说一声。"))
    after = run(draft, "结尾改成“要的敲我。”").draft
    assert isinstance(after.copy, MomentsCopy)
    assert after.copy.text == "第一行。\n要的敲我。"


def test_a_model_is_asked_for_one_part_and_cannot_touch_another() -> None:
    draft = article_draft(offline=False)
    answer = json.dumps(
        {"text": "她有半瓶凉水。冷水 3 秒化开[[coffee-01]]，够了。", "title": "我想改标题"}, ensure_ascii=False
    )
    model = ScriptedModel([answer], name="真模型")
    revision = run(draft, "第二段写得更有画面感", model=model, offline=False)
    assert changed_fields(draft, revision.draft).keys() == {"sections[0].text"}
    assert isinstance(revision.draft.copy, ArticleCopy)
    assert read(revision.draft.copy, all_parts(revision.draft.copy)["p2"]) == "她有半瓶凉水。冷水 3 秒化开，够了。"
    asked = "\n".join(message.content for message in model.history[0].messages)
    assert "备注：第二段写得更有画面感" in asked
    assert read(ARTICLE, all_parts(ARTICLE)["p2"]) in asked
    assert revision.draft.model == "真模型"
    assert [attempt.template_id for attempt in revision.draft.attempts] == ["revise/article"]
    assert model.history[0].schema == {**(model.history[0].schema or {}), "required": ["text"]}


def test_blocking_findings_go_back_to_the_model() -> None:
    draft = moments_draft()
    model = ScriptedModel([says("只要 19 元，冷水晃三下。"), says("撕一条，冷水晃三下。")], name="真模型")
    revision = run(draft, "写得更像人话", model=model, offline=False)
    assert revision.draft.copy == replace(MOMENTS, text="撕一条，冷水晃三下。", citations=())
    assert len(revision.draft.attempts) == 2
    assert blocking(revision.draft.attempts[0].findings)
    assert any("19" in message.content for message in model.history[1].messages)
    assert not revision.draft.offline, "the whole text is the model's own now"


def test_a_model_that_never_answers_leaves_a_trail_and_no_copy() -> None:
    model = ScriptedModel(["好的！", says(""), says(MOMENTS.text)], name="真模型")
    revision = run(moments_draft(), "写得更像人话", model=model, offline=False)
    assert revision.draft.copy is None
    assert blocking(revision.draft.findings)
    assert len(revision.draft.attempts) == 3
    assert revision.changes == ()


def test_exact_edits_cost_no_call_even_with_a_model() -> None:
    model = ScriptedModel([], name="真模型")
    draft = moments_draft()
    assert run(draft, "把“三下”改成“几下”", model=model, offline=False).draft.attempts == ()
    assert model.history == []


def test_offline_rewrites_come_from_another_seed() -> None:
    def whole(text: str) -> str:
        return json.dumps({"angle": "x", "text": text, "link_text": "去逛逛", "image_brief": []}, ensure_ascii=False)

    model = ScriptedModel([whole(MOMENTS.text), whole("只要 9 元！"), whole("冷水晃三下就好。")], name="offline")
    draft = moments_draft()
    revision = run(draft, "换个写法", model=model)
    assert fields(revision.draft.copy or MOMENTS)["text"] == "冷水晃三下就好。"
    assert len({request.seed for request in model.history}) == 3
    assert revision.draft.offline


def test_a_reply_keeps_its_decision() -> None:
    draft = reply_draft()
    after = run(draft, "把“啦”改成“了”").draft
    assert draft.copy is not None
    assert after.copy is not None
    assert isinstance(after.copy, ReplyCopy)
    assert replace(after.copy, text=fields(draft.copy)["text"]) == draft.copy
