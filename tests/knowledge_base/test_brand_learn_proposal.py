"""What is measured: on the sample brand's articles, on small made-up texts, and on next to nothing."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.brand_learn.avoid import avoidance
from knowledge_base.brand_learn.cleaning import past_texts
from knowledge_base.brand_learn.habits import address, closings, emoji_use, openings, sign_off
from knowledge_base.brand_learn.proposal import Proposal, propose
from knowledge_base.brand_learn.texts import PastText, sentence_chars
from knowledge_base.brand_learn.words import distinctive_phrases
from knowledge_base.records import Channel
from knowledge_base.sample import FOLDER


def texts(*sources: str, channel: Channel = "article") -> list[PastText]:
    return [text for i, one in enumerate(sources) for text in past_texts(one, f"{i}.md", channel=channel)]


@cache
def sample() -> Proposal:
    files = sorted((FOLDER / "articles").glob("*.md"))
    return propose(texts(*(file.read_text(encoding="utf-8") for file in files)))


def test_the_sample_brand_is_recognised() -> None:
    proposal = sample()
    (tone,) = proposal.tones
    assert proposal.address == tone.address == "你"
    assert "早上七点，图书馆门口已经排了二十来个人。" in tone.openings
    assert tone.closings == ("用得上，就带一盒走。用不上，也没关系。",)
    assert proposal.measures[0].closings[0].count == 6
    assert 10 <= tone.sentence_chars <= 18
    assert tone.emoji == ()
    assert {"照实说", "放得下"} <= set(tone.favourite_words)
    assert not {"我们", "没有", "一个", "厘米", "编号"} & set(tone.favourite_words)
    assert {"产品", "甄选", "极致", "仪式感"} <= set(proposal.words_avoid)
    assert "开头先写时间和地点" in proposal.voice


def test_quotes_are_the_brands_own_and_carry_no_figure() -> None:
    (tone,) = sample().tones
    assert len(tone.quotes) == 4
    for quote in tone.quotes:
        sentence, place = quote.rstrip("）").split("（")
        number, line = place.split(".md:")
        source = sorted((FOLDER / "articles").glob("*.md"))[int(number)].read_text(encoding="utf-8").split("\n")
        assert sentence in source[int(line) - 1]
        assert not any(char.isdigit() for char in sentence)
        assert sentence not in (*tone.openings, *tone.closings)


def test_the_same_texts_give_the_same_proposal() -> None:
    sample.cache_clear()
    first = sample()
    sample.cache_clear()
    assert sample() == first


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("你来了。你坐。", "你"),
        ("您慢走。您坐。", "您"),
        ("姐妹们，今天下雨。你带伞了吗？", "姐妹"),
        ("亲，收到了。您稍等。", "亲"),
        ("母亲，来了。亲自做的。", ""),
        ("大家都缩着手。", ""),
        ("他说：“你来。”", ""),
        ("六点，灯亮了。", ""),
    ],
    ids=["你", "您", "vocative", "亲", "not a vocative", "not addressed", "quoted", "nobody"],
)
def test_address(source: str, word: str) -> None:
    assert address(texts(source, source + "又一篇。")).word == word


def test_variants_of_a_closing_count_as_one() -> None:
    found = closings(texts("开头。用得上就带一盒走。", "另一个。用得上就带一支走。", "雨停了。回家吧。"))
    assert [(habit.text, habit.count) for habit in found] == [("用得上就带一盒走。", 2), ("回家吧。", 1)]
    assert found[0].places == ("0.md:1", "1.md:1")


def test_a_sign_off_is_told_from_a_closing() -> None:
    same = "面馆｜汤是现熬的"
    found = texts(f"雨停了。回家吧。\n{same}", f"人来了。坐下吧。\n{same}", "没有落款。真没有。")
    signed = sign_off(found)
    assert signed is not None
    assert (signed.text, signed.count) == (same, 2)
    assert [habit.text for habit in closings(found, same)] == ["回家吧。", "坐下吧。", "真没有。"]


def test_credits_and_notes_are_no_closing() -> None:
    (text,) = texts("雨停了。回家吧。\n编辑：小林\n- END -\n阅读原文")
    assert closings([text])[0].text.endswith("回家吧。")


def test_emoji_are_counted_with_faces() -> None:
    found, rate = emoji_use(texts("下雨🌧🌧。", "[微笑]好。", "没有[图片]。", channel="moments"))
    assert dict(found) == {"🌧": 2, "[微笑]": 1}
    assert rate == 1.0


def test_channels_are_measured_apart() -> None:
    article = texts("早上六点，你来了。汤开了。" * 3)
    replies = texts("您好，能退。", "您好，能换。", channel="reply")
    proposal = propose([*article, *replies])
    assert {tone.channel: tone.address for tone in proposal.tones} == {"article": "你", "reply": "您"}
    assert "称呼读者：文章里用“你”，回复里用“您”" in proposal.voice


def test_words_need_enough_text_to_count_as_avoided() -> None:
    assert not avoidance(texts("六点，灯亮了。")).enough
    plenty = avoidance(texts("这东西顺手，甄选。" * 80, "那东西也顺手。" * 80))
    assert plenty.enough
    assert ("产品", "东西") in [(one.word, one.instead) for one in plenty.avoided]
    assert plenty.still_used == (("甄选", 80),)


def test_a_phrase_inside_a_longer_one_is_not_proposed() -> None:
    rest = "早上六点灯亮了，门口站着几位熟客，锅里水正开，案板撒过粉，窗外还飘细雨。"
    sources = [f"{rest}{start}葫芦娃酱香。{end}葫芦娃酱" for start, end in (("买", "抹"), ("送", "蘸"), ("抢", "舔"))]
    found = [phrase.text for phrase in distinctive_phrases(texts(*sources))]
    assert "葫芦娃酱" in found
    assert not {"葫芦", "芦娃", "娃酱", "葫芦娃", "芦娃酱"} & set(found)


@pytest.mark.parametrize(
    "source", ["嗯。", "灯亮了", "a", "2026", "六点，灯亮了。🌧"], ids=["one char", "open", "latin", "digits", "emoji"]
)
def test_one_sentence_is_enough_for_a_modest_proposal(source: str) -> None:
    proposal = propose(texts(source))
    (tone,) = proposal.tones
    assert tone.sentence_chars == sentence_chars(source)
    assert len(tone.openings) == 1
    assert tone.closings == ()
    assert proposal.words_use == proposal.words_avoid == ()


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(ValueError, match="no texts"):
        propose([])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet="灯亮了人来你您。！？\n，🌧“”a1#-> ", max_size=80), max_size=4))
def test_any_text_gives_a_proposal_or_nothing(sources: list[str]) -> None:
    found = texts(*sources, channel="moments")
    if found:
        proposal = propose(found)
        low, middle, high = proposal.measures[0].sentence_quartiles
        assert 0 < low <= middle <= high or proposal.measures[0].sentences == 1
        assert len(openings(found)) <= len(found)
