"""Parsing answers: forgiving about form, never about content."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.brief import Brief, Form
from agent.copies import ArticleCopy, Citation, Copy, MomentsCopy, ReplyCopy, Section, Title
from agent.finding import Finding, blocking
from agent.parse import parse
from agent.prompting.sample import sample_brief

AD, POST, ARTICLE, SERVICE = (sample_brief(form) for form in ("ad", "post", "article", "service"))
FORMS: tuple[Form, ...] = ("article", "ad", "post", "service", "comment")

MOMENTS = {"angle": "给夜里喂奶的人", "text": "灯夹在床沿。", "link_text": "去逛逛", "image_brief": ["床沿的灯"]}
REPLY = {"intent": "问退货", "policies": ["q1"], "handover": False, "handover_reason": "", "text": "能退。"}
ANSWER: dict[str, Any] = {
    "angle": "夜里",
    "outline": ["进场", "怎么解决"],
    "titles": [{"type": "场景", "text": "凌晨三点"}, {"type": "疑问", "text": "灯会晃眼吗？"}],
    "title": "凌晨三点",
    "digest": "孩子没醒。",
    "sections": [{"heading": "", "text": "第一段。\n\n第二段。"}, {"heading": "夹住就行", "text": "86 克。"}],
    "cta": "去看看",
    "image_brief": ["第二节：灯"],
}


def says(answer: Any) -> str:
    return json.dumps(answer, ensure_ascii=False)


def rules(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(f.rule_id.removeprefix("parse."), f.severity) for f in findings]


def read(text: str, brief: Brief) -> Copy:
    copy, findings = parse(text, brief)
    assert copy is not None, findings
    return copy


def test_a_good_article() -> None:
    copy, findings = parse(says(ANSWER), ARTICLE)
    assert copy == ArticleCopy(
        title="凌晨三点",
        titles=(Title("场景", "凌晨三点"), Title("疑问", "灯会晃眼吗？")),
        digest="孩子没醒。",
        sections=(Section("", "第一段。\n\n第二段。"), Section("夹住就行", "86 克。")),
        cta="去看看",
        angle="夜里",
        outline=("进场", "怎么解决"),
        image_brief=("第二节：灯",),
    )
    assert findings == ()


def test_good_short_answers() -> None:
    assert parse(says(MOMENTS), AD) == (
        MomentsCopy(text="灯夹在床沿。", link_text="去逛逛", angle="给夜里喂奶的人", image_brief=("床沿的灯",)),
        (),
    )
    assert parse(says(REPLY), SERVICE) == (ReplyCopy(text="能退。", intent="问退货", policies=("q1",)), ())


WRAPPINGS = {
    "bare": "{}",
    "byte order mark": "\ufeff{}",
    "fence": "```json\n{}\n```",
    "fence without a language": "```\n{}\n```",
    "prose around": "好的，这是文案：\n{}\n希望您喜欢！{{完}}",
    "reasoning": '<think>先想想。{{"text": "草稿"}}</think>\n{}',
    "reasoning in capitals": "<THINK>想</THINK>{}",
    "reasoning twice": "<think>一</think><reasoning>二</reasoning>{}",
    "reasoning without its opening tag": "想了想。</think>{}",
    "an example first": '格式是 {{"text": "示例", "link_text": ""}}，答案是 {}',
    "a wrapper": '{{"moments": {}}}',
    "a list of one": "[{}]",
}


@pytest.mark.parametrize("wrapping", WRAPPINGS.values(), ids=WRAPPINGS.keys())
def test_an_answer_is_found_in_whatever_is_round_it(wrapping: str) -> None:
    copy, findings = parse(wrapping.format(says(MOMENTS)), AD)
    assert isinstance(copy, MomentsCopy)
    assert copy.text == "灯夹在床沿。"
    assert not blocking(findings)


BROKEN_JSON = {
    "trailing commas": '{"text": "好", "image_brief": ["图",],}',
    "full-width punctuation": "{“text”：“好”，“image_brief”：[“图”]}",
    "single quotes": "{'text': '好', 'image_brief': ['图']}",
    "a raw line break": '{"text": "好", "image_brief": ["图"], "angle": "一\n二"}',
    "unescaped quotes": '{"text": "好", "angle": "他说"行"，走了", "image_brief": ["图"]}',
    "python words": '{"text": "好", "image_brief": ["图"], "link_text": None, "x": True}',
    "a comma too many": '{"text": "好",, "image_brief": ["图"]}',
}


@pytest.mark.parametrize("text", BROKEN_JSON.values(), ids=BROKEN_JSON.keys())
def test_slightly_broken_json_is_read(text: str) -> None:
    copy, findings = parse(text, AD)
    assert isinstance(copy, MomentsCopy)
    assert (copy.text, copy.image_brief) == ("好", ("图",))
    assert not blocking(findings)


def test_repairs_decode_escapes() -> None:
    copy = read('{"text": "一\\n二\\u4e09\\ud83d\\ude00\\ud83d",}', AD)
    assert isinstance(copy, MomentsCopy)
    assert copy.text == "一\n二三😀\ufffd"


@pytest.mark.parametrize("form", FORMS)
def test_an_answer_cut_off_anywhere_gives_no_copy(form: Form) -> None:
    brief = sample_brief(form)
    whole = says({"article": ANSWER, "moments": MOMENTS, "reply": REPLY}[brief.channel])
    for end in range(1, len(whole)):
        copy, findings = parse(whole[:end], brief)
        assert copy is None
        assert rules(findings) == [("truncated", "block")]
    complete = json.dumps(next(iter(json.loads(whole))), ensure_ascii=False)[1:-1]
    assert complete in findings[0].message


def test_reasoning_without_end_gives_no_copy() -> None:
    assert rules(parse("<think>想着想着就", AD)[1]) == [("truncated", "block")]


def without(answer: dict[str, Any], *names: str, **changes: Any) -> str:
    return says({name: value for name, value in (answer | changes).items() if name not in names})


MISSING = {
    "article without text": (ARTICLE, without(ANSWER, "sections"), False, ["sections"]),
    "article with empty text": (
        ARTICLE,
        without(ANSWER, sections=[{"heading": "x", "text": " "}]),
        False,
        ["sections"],
    ),
    "article without any title": (ARTICLE, without(ANSWER, "title", "titles"), False, ["title"]),
    "article without the chosen title": (ARTICLE, without(ANSWER, "title"), True, ["title"]),
    "article without digest and cta": (ARTICLE, without(ANSWER, "digest", "cta"), True, ["digest", "cta"]),
    "section without text": (
        ARTICLE,
        without(ANSWER, sections=[{"text": "一"}, {"heading": "x"}]),
        True,
        ["sections[1].text"],
    ),
    "moments without text": (AD, without(MOMENTS, "text"), False, ["text"]),
    "moments with null": (AD, without(MOMENTS, text=None), False, ["text"]),
    "moments with a number for text": (AD, without(MOMENTS, text={"a": 1}), False, ["text"]),
    "moments without link": (AD, without(MOMENTS, "link_text"), True, ["link_text"]),
    "reply without handover": (SERVICE, without(REPLY, "handover"), True, ["handover"]),
    "reply with a strange handover": (SERVICE, without(REPLY, handover="也许"), True, ["handover"]),
    "an empty object": (AD, "{}", False, ["text"]),
}


@pytest.mark.parametrize(("brief", "text", "usable", "named"), MISSING.values(), ids=MISSING.keys())
def test_missing_fields_are_named(brief: Brief, text: str, usable: bool, named: list[str]) -> None:
    copy, findings = parse(text, brief)
    assert (copy is not None) == usable
    assert set(named) <= {f.field for f in findings}
    if not usable:
        assert blocking(findings)
        assert all(f.status == "unparsable" for f in findings)


def test_other_types_are_taken_where_the_meaning_is_plain() -> None:
    answer = {
        "title": 7,
        "titles": ["7", "3 个办法"],
        "sections": ["一", {"title": "二", "content": ["三", "四"]}],
        "digest": "d",
        "cta": "c",
        "outline": "一节",
        "image_brief": [{"节": "一", "拍": "灯"}],
    }
    copy = read(says(answer), ARTICLE)
    assert isinstance(copy, ArticleCopy)
    assert copy.title == "7"
    assert copy.titles == (Title("场景", "7"), Title("清单", "3 个办法"))
    assert copy.sections == (Section("", "一"), Section("二", "三\n\n四"))
    assert (copy.outline, copy.image_brief) == (("一节",), ("一：灯",))


@pytest.mark.parametrize("value", [True, "true", "是", 1, "需要"])
def test_yes_in_many_words(value: Any) -> None:
    copy = read(without(REPLY, handover=value), SERVICE)
    assert isinstance(copy, ReplyCopy)
    assert copy.handover


PARAGRAPHS = {
    "none": ("一\n二", "一\n\n二"),
    "right": ("一\n\n二", "一\n\n二"),
    "too many": ("一\n\n \n\n二\n", "一\n\n二"),
    "escaped twice": ("一\\n\\n二", "一\n\n二"),
    "windows": ("一\r\n\r\n二", "一\n\n二"),
    "a list inside": ("一\n\n甲\n乙", "一\n\n甲\n乙"),
}


@pytest.mark.parametrize(("written", "kept"), PARAGRAPHS.values(), ids=PARAGRAPHS.keys())
def test_paragraphs_are_parted_by_one_blank_line(written: str, kept: str) -> None:
    copy = read(without(ANSWER, sections=[{"heading": "", "text": written}]), ARTICLE)
    assert isinstance(copy, ArticleCopy)
    assert copy.sections[0].text == kept


def test_the_chosen_title_is_among_the_candidates() -> None:
    copy = read(without(ANSWER, title="你以为灯要亮"), ARTICLE)
    assert isinstance(copy, ArticleCopy)
    assert copy.titles[0] == Title("反差", "你以为灯要亮")


def test_plain_text_is_taken_for_short_forms_only() -> None:
    text = "以下是文案：\n凌晨三点，灯夹在床沿[[p1]]。"
    copy, findings = parse(text, AD)
    assert copy == MomentsCopy(text="凌晨三点，灯夹在床沿。", citations=(Citation("text", 10, "p1"),))
    assert rules(findings) == [("plain_text", "warn")]
    copy, findings = parse("能退，7 天内。", SERVICE)
    assert copy == ReplyCopy(text="能退，7 天内。")
    assert rules(findings) == [("plain_text", "warn"), ("missing", "warn")]
    assert rules(parse(text, ARTICLE)[1]) == [("not_json", "block")]


NOTHING = {
    "empty": ("", AD, "empty"),
    "blank": (" \n\t", SERVICE, "empty"),
    "only a fence": ("```json\n```", AD, "empty"),
    "only a marker": ("[[p1]]", POST, "not_json"),
    "a list": ("[1, 2]", AD, "not_json"),
    "refusal": ("抱歉，我无法为您生成这样的文案。", AD, "refusal"),
    "refusal of a machine": ("作为一个AI语言模型，我不能回答。", SERVICE, "refusal"),
}


@pytest.mark.parametrize(("text", "brief", "rule"), NOTHING.values(), ids=NOTHING.keys())
def test_answers_without_copy(text: str, brief: Brief, rule: str) -> None:
    copy, findings = parse(text, brief)
    assert copy is None
    assert rules(findings) == [(rule, "block")]


def test_a_reply_may_begin_with_sorry() -> None:
    assert isinstance(read("抱歉，这款不能空运。", SERVICE), ReplyCopy)


def test_half_a_marker_blocks() -> None:
    copy, findings = parse(without(MOMENTS, text="灯 86 克[[p1]，夹得住"), AD)
    assert copy is not None
    assert [(f.rule_id, f.severity, f.field, f.text) for f in findings] == [("parse.marker", "block", "text", "[[")]
