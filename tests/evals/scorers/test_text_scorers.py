"""Readability, machine flavour, hook, structure, brand voice, length and likeness to the past, on good and bad copy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.context import PastDraft
from agent.copies import MomentsCopy
from evals.records import Expectation, Score
from evals.scorers.ai_flavour import AiFlavour, find
from evals.scorers.hook import REACH, Hook, cut
from evals.scorers.length import Length
from evals.scorers.past import Past
from evals.scorers.readability import Readability, is_common
from evals.scorers.structure import Structure
from evals.scorers.voice import Voice
from knowledge_base.rules import wechat_length
from tests.evals.scorers.answers import (
    BAD_ARTICLE,
    GOOD_ARTICLE,
    article,
    brief_for,
    context_for,
    coupon,
    moments,
    reply,
    sampled,
    scores,
)  # fmt: skip

GOOD = "图书馆没热水，早八又快到了。撕一条，冷水 3 秒化开。"
BAD = "在这个快节奏的时代，甄选极致好咖啡，给自己一份仪式感，开启美好生活！"


def one(scorer: object, row: object) -> Score:
    (found,) = scorer.score(row)  # type: ignore[attr-defined]
    assert isinstance(found, Score)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "首先，看配料。", "其次，它很轻。", "总之，值得一试。", "不仅好喝，更是一种态度。", "不只是咖啡，更是生活。",
        "在这个快节奏的时代，你需要它。", "随着生活水平的提高，人们更讲究。", "让每一天成为享受。", "每一口都是享受。",
        "从清晨到日暮，从办公室到家。", "值得一提的是，它很轻。", "给自己一份仪式感。", "匠心甄选。", "姐妹们，冲。",
        "无论是上班还是出游都能喝。", "你还在为早起烦恼吗？", "感谢您的咨询，祝您愉快。", "打工人必备。",
        "不是咖啡，而是态度。", "开启美好的一天新旅程。", "现代女性的选择。",
    ],
)  # fmt: skip
def test_set_phrases_are_found_with_their_place(text: str) -> None:
    hits = find("text", text)
    assert hits, text
    for hit in hits:
        _, start, end = hit.span
        assert text[start:end] == hit.text


@pytest.mark.parametrize(
    "text",
    [
        GOOD, "凌晨两点的值班室，饭还是热的。", "最后一屉笼布洗完，手是紧的。", "配料表打头的是燕麦片。",
        "您坚果过敏就别买了。", "从云南到武汉，路上走了三天。", "他首先看的是价钱。",
        "每天 16 点前付款的订单当天发出。",
        "一卷 60 撕，放不放玄关你自己定。", "不是摔坏的都管。",
    ],
)  # fmt: skip
def test_plain_speech_is_let_pass(text: str) -> None:
    assert find("text", text) == []


def test_ai_flavour_counts_per_hundred_and_spares_the_brands_own_words() -> None:
    good, bad = one(AiFlavour(), moments(GOOD)), one(AiFlavour(), moments(BAD))
    assert (good.value, good.passed) == (0.0, True)
    assert (bad.value or 0) >= 4
    assert bad.passed is False
    assert "空词" in bad.explanation
    row = moments("匠心")
    brand = row.context.brand
    assert brand is not None
    mine = replace(row, context=replace(row.context, brand=replace(brand, words_use=("匠心",))))
    assert one(AiFlavour(), mine).value == 0.0
    long = one(AiFlavour(), moments(GOOD * 10 + "首先，喝一口。", form="post"))
    assert 0 < (long.value or 0) < 1


def test_readability_of_short_and_of_breathless_sentences() -> None:
    good = scores(Readability(), moments(GOOD))
    assert good["readability.long"].value == 0.0
    assert 5 <= (good["readability.sentence"].value or 0) <= 15
    text = (
        "这款咖啡采用来自云南保山的精品咖啡豆经过中度烘焙以及低温冻干工艺制作而成并且每一条都经过严格检测确保品质稳定"
    )
    bad = scores(Readability(), moments(text, form="post"))
    assert bad["readability.long"].value == 1.0
    assert bad["readability.long"].evidence == (("text", 0, len(text)),)


def test_rare_characters_are_shown_but_not_the_products_own() -> None:
    found = scores(Readability(), moments("氤氲馥郁，齿颊留芳，旖旎缱绻。"))["readability.rare"]
    assert found.passed is False
    assert {"氤", "氲", "馥"} <= {"氤氲馥郁，齿颊留芳，旖旎缱绻。"[a:b] for _, a, b in found.evidence}
    assert scores(Readability(), moments("焖五分钟。", product="p-porridge"))["readability.rare"].value == 0.0
    assert is_common("图书馆没热水 abc😀")
    assert not is_common("饕餮")
    assert not is_common("龘")


def test_rhythm_is_zero_for_even_sentences() -> None:
    assert scores(Readability(), moments("冷水三秒。热水也行。"))["readability.rhythm"].value == 0.0
    assert (scores(Readability(), moments("早八。图书馆没热水，撕一条就走。"))["readability.rhythm"].value or 0) > 0.4


@pytest.mark.parametrize(
    "text",
    [
        GOOD, "晚上十一点，孩子睡了，你才想起今天还没喝水。", "下午四点，稿子第七版。0 蔗糖，苦得清醒点。",
        "房东不让打孔。这个贴上去，挂 3 公斤。", "早上七点，图书馆门口排着队。",
    ],
)  # fmt: skip
def test_good_hooks_pass(text: str) -> None:
    found = one(Hook(), moments(text))
    assert found.passed, found
    assert found.evidence


@pytest.mark.parametrize(
    "text", [BAD, "现代都市女性面临诸多压力。", "精选好物，品质之选。", "匠心臻选，值得拥有。", "！！！", ""]
)
def test_generic_hooks_fail(text: str) -> None:
    assert (one(Hook(), moments(text)).value or 0.0) <= 0.2


def test_a_hook_counts_only_within_reach() -> None:
    late = "精选好物品质之选" * 8 + GOOD
    assert (one(Hook(), moments(late, form="post")).value or 0) < (one(Hook(), moments(GOOD, form="post")).value or 0)


def test_an_articles_hook_is_its_title_and_digest_or_else_the_body() -> None:
    assert one(Hook(), article()).passed
    assert not one(Hook(), article(BAD_ARTICLE)).passed
    bare = replace(GOOD_ARTICLE, digest="")
    assert one(Hook(), article(bare)).passed


@pytest.mark.parametrize("text", ["冷水😀" * 40, "水" * 200, "👩‍👩‍👧" * 60, "短", ""])
def test_cut_keeps_at_most_the_length(text: str) -> None:
    start = cut(text, REACH)
    assert text.startswith(start)
    assert wechat_length(start) <= REACH
    assert start == text or wechat_length(start) >= REACH - 1


def test_structure_of_articles() -> None:
    assert one(Structure(), article()).value == 1.0
    bad = one(Structure(), article(BAD_ARTICLE))
    assert (bad.value or 0) <= 0.25
    for missing in ("标题", "摘要", "行动"):
        assert missing in bad.explanation
    lost = one(Structure(), article(replace(GOOD_ARTICLE, cta="")))
    assert (lost.value, lost.passed) == (0.8, False)


def test_structure_of_moments() -> None:
    assert one(Structure(), moments(GOOD)).value == 1.0
    assert one(Structure(), moments(GOOD, link_text="")).passed is False
    assert one(Structure(), moments(GOOD + "\n想要的跟我说一声。", form="post")).value == 1.0
    assert one(Structure(), moments(GOOD, form="post")).passed is False
    assert one(Structure(), moments(GOOD, cta="立即购买", link_text="立即购买")).value == 1.0
    assert one(Structure(), moments(GOOD, cta="立即购买", link_text="了解更多")).passed is False


def test_the_action_must_lead_somewhere() -> None:
    promised = one(Structure(), moments(GOOD + "先领券再买。"))
    assert promised.passed is False
    assert "券" in promised.explanation
    brief, context = brief_for("ad", "p-cup", coupon="c-winter"), context_for("p-cup", coupon=coupon("c-winter"))

    def told(text: str) -> Score:
        return one(Structure(), sampled(MomentsCopy(text=text, link_text="去逛逛"), brief, context))

    assert told("单手保温杯，入冬满 129 减 15。").passed
    assert told("单手保温杯，用入冬满减。").passed
    assert told("单手保温杯，倒过来不漏。").passed is False
    bare = sampled(MomentsCopy(text="去小程序看看。"), brief_for("post"), replace(context_for("", ""), link=None))
    assert "小程序" in one(Structure(), bare).explanation


def test_voice() -> None:
    good = scores(Voice(), moments("图书馆没热水，你撕一条，冷水 3 秒化开。够用，顺手。", form="post"))
    assert good["voice.words"].value == 1.0
    assert (good["voice.avoid"].value, good["voice.address"].value) == (0.0, 1.0)
    assert (good["voice.rhythm"].value or 0) > 0.8
    bad = scores(Voice(), moments("甄选极致好物，提神醒脑，您值得拥有的美好生活就在这里等待着您来细细品味和感受吧"))
    assert (bad["voice.avoid"].value or 0) >= 4
    assert {"甄选", "极致", "提神醒脑"} <= set(bad["voice.avoid"].explanation.partition("：")[2].split("、"))
    assert (bad["voice.words"].value, bad["voice.address"].value) == (0.0, 0.0)
    assert (bad["voice.rhythm"].value or 0) < 0.5


def test_voice_lets_the_denied_and_the_quoted_pass() -> None:
    found = scores(Voice(), moments("我们不说提神醒脑。“您这个苦吗？”你试试就知道。", form="post"))
    assert found["voice.avoid"].value == 0.0
    assert found["voice.address"].value == 1.0


def test_replies_call_the_reader_politely() -> None:
    assert scores(Voice(), reply("您好，能开。", "能开发票吗"))["voice.address"].value == 1.0
    assert scores(Voice(), reply("你好，能开。", "能开发票吗"))["voice.address"].value == 0.0


def test_without_a_brand_there_is_no_voice() -> None:
    row = moments(GOOD)
    assert Voice().score(replace(row, context=replace(row.context, brand=None))) == ()


def test_length_fits_or_falls_off() -> None:
    assert scores(Length(), moments(GOOD))["length.fit"].value == 1.0
    long = scores(Length(), moments("水" * 80))
    assert (long["length"].value, long["length.fit"].value) == (80.0, 0.5)
    short = scores(Length(), article())["length.fit"]
    assert 0.4 < (short.value or 0) < 0.8
    assert "300" in short.explanation


def test_past_drafts() -> None:
    row = moments(GOOD)
    assert Past().score(row) == ()
    again = replace(
        row, context=replace(row.context, past=(PastDraft(id="d_1", text="手是紧的。"), PastDraft(id="d_2", text=GOOD)))
    )
    found = one(Past(), again)
    assert (found.value, found.passed) == (1.0, False)
    assert "d_2" in found.explanation
    fresh = replace(row, context=replace(row.context, past=(PastDraft(id="d_1", text="收摊洗完笼布，手是紧的。"),)))
    assert (one(Past(), fresh).value or 0) < 0.05


def test_expectations_do_not_touch_these() -> None:
    assert one(Hook(), moments(GOOD, expect=Expectation(forbidden=("水",)))) == one(Hook(), moments(GOOD))
