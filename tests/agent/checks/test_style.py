"""Taste, the brand's words, similarity and the whole run."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.checks import CHECKS, check
from agent.checks.similarity import bigrams, check_similarity, jaccard
from agent.checks.style import check_style
from agent.context import Context, PastDraft
from agent.finding import Finding
from knowledge_base.records import ChannelTone
from tests.agent.checks.shelf import BRAND, COFFEE, PERSONA, ad_brief, moments, post_brief, shelf_context

CONTEXT = shelf_context(COFFEE)


def style(text: str, context: Context = CONTEXT) -> list[Finding]:
    found = list(check_style(moments(text), post_brief("p-coffee"), context))
    assert all(text[f.start : f.end] == f.text for f in found)
    return found


def rules(text: str, context: Context = CONTEXT) -> list[str]:
    return [f.rule_id.removeprefix("style.") for f in style(text, context)]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("首先，冷水就能冲。", "scaffold"),
        ("值得一提的是，它很苦。", "scaffold"),
        ("随着生活节奏的加快，人要喝咖啡。", "scaffold"),
        ("不仅好喝，更是态度。", "sentence"),
        ("让咖啡成为习惯。", "sentence"),
        ("每一口都是云南。", "sentence"),
        ("极致醇香。", "empty"),
        ("唤醒每一个清晨。", "empty"),
        ("姐妹们冲。", "intimacy"),
        ("好喝！真好喝！", "exclamation"),
        ("☕苦\n☕香\n☕快", "emoji_bullet"),
        ("它很苦。它很香。它很快。", "repeated_opening"),
    ],
)
def test_smells_warn(text: str, rule: str) -> None:
    assert rule in rules(text)
    assert all(f.severity == "warn" for f in style(text))


@pytest.mark.parametrize(
    "text",
    [
        "图书馆没热水？撕一条，冷水晃三下，早八前能喝上。",
        "娃睡着的二十分钟，冷水冲一杯，不吵醒任何人。",
        "下午四点，稿子第七版。0 蔗糖，苦得清醒点。",
        "这款含巴旦木和腰果，生产线也过坚果，您对坚果过敏就别买啦。想要无坚果的零食，我帮您看看别的？",
        "最后一口总是最苦的。",
        "从宿舍到图书馆，走十分钟。",
    ],
)
def test_human_copy_passes(text: str) -> None:
    assert rules(text) == []


def test_a_run_of_smells_blocks() -> None:
    text = "随着生活节奏的加快，不仅好喝更是态度，极致醇香，赋能每一天，家人们冲。"
    runs = [f for f in style(text) if f.rule_id == "style.ai_run"]
    assert [f.severity for f in runs] == ["block"]


def test_the_brands_own_words_are_voice() -> None:
    brand = replace(BRAND, words_use=("姐妹们",), words_avoid=("咖啡因",))
    context = replace(CONTEXT, brand=brand)
    assert rules("姐妹们，苦一点。", context) == []
    assert rules("咖啡因不多。", context) == ["brand_avoid"]


def test_do_not_say_blocks_but_denying_it_does_not() -> None:
    assert [(f.rule_id, f.severity) for f in style("一杯提神醒脑。")] == [("style.do_not_say", "block")]
    assert rules("我们不说提神醒脑。") == []
    assert rules("能提神醒脑吗？我们不这样说。") == []


def test_persona_aversions_warn() -> None:
    assert rules("打工人的一天。", replace(CONTEXT, persona=replace(PERSONA, avoid=("打工人",)))) == ["persona_avoid"]


def test_sentence_length_is_held_against_the_tone_bank() -> None:
    tone = ChannelTone(channel="moments", sentence_chars=8)
    context = replace(CONTEXT, brand=replace(BRAND, tones=(tone,)))
    long = "图书馆三楼的饮水机今天又坏了所以只好用凉水。"
    assert "sentence_length" in rules(long + "楼下便利店的热水壶前面已经排了十来个人。" + long[::-1], context)
    assert "sentence_length" not in rules("饮水机坏了。撕一条。晃三下。", context)


def test_similarity_names_the_draft() -> None:
    past = (PastDraft(id="d_1", text="下午四点，稿子第七版。"), PastDraft(id="d_2", text="图书馆没热水？撕一条。"))
    context = replace(CONTEXT, past=past)
    found = check_similarity(moments("图书馆没热水，撕一条！"), post_brief("p-coffee"), context)
    assert [(f.severity, f.evidence_ids) for f in found] == [("warn", ("d_2",))]
    assert check_similarity(moments("凌晨开门前喝一口。"), post_brief("p-coffee"), context) == ()


@given(st.text(max_size=60), st.text(max_size=60))
def test_jaccard_is_symmetric_and_bounded(a: str, b: str) -> None:
    assert jaccard(bigrams(a), bigrams(b)) == jaccard(bigrams(b), bigrams(a))
    assert 0.0 <= jaccard(bigrams(a), bigrams(b)) <= 1.0
    assert jaccard(bigrams(a), bigrams(a)) in (0.0, 1.0)


def test_check_runs_everything_gravest_first() -> None:
    copy = moments("冷水 5 秒化开，提神醒脑，极致！！", "了解更多")
    found = check(copy, ad_brief("p-coffee"), CONTEXT)
    order = [("block", "warn", "info").index(f.severity) for f in found]
    assert order == sorted(order)
    assert {f.check for f in found} >= {"spec", "facts", "style"}
    assert set(found) == {f for each in CHECKS for f in each(copy, ad_brief("p-coffee"), CONTEXT)}
