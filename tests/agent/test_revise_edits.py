"""Edits without a model leave out whole thoughts or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.revising.edits import MONEY, address, no_emoji, shorten, without


@pytest.mark.parametrize(
    ("text", "to", "expected"),
    [
        ("你要是怕苦，你别买", "您", "您要是怕苦，您别买"),
        ("您慢走", "你", "你慢走"),
        ("迷你装，你带着走", "您", "迷你装，您带着走"),
        ("你们都来", "您", "您都来"),
        ("没有称呼", "您", "没有称呼"),
    ],
)
def test_address(text: str, to: str, expected: str) -> None:
    assert address(text, to) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("好喝😀！", "好喝！"),
        ("😀 第一口\n第二口 ☕️", "第一口\n第二口"),
        ("[微笑]来了[不是表情]", "来了[不是表情]"),
        ("👨‍👩‍👧一家三口", "一家三口"),
        ("没有", "没有"),
        ("一行\n😀\n二行", "一行\n\n二行"),
    ],
)
def test_no_emoji(text: str, expected: str) -> None:
    assert no_emoji(text) == expected


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("一盒 24 条，69 元。不便宜也不贵，掰开算一杯不到 3 元。", None),
        ("图书馆没热水？撕一条，冷水晃三下，早八前能喝上。", "图书馆没热水？撕一条，冷水晃三下。"),
        ("饮水机坏了。她叹了口气。冷水 3 秒化开，不结块。", "饮水机坏了。冷水 3 秒化开，不结块。"),
        ("这款含巴旦木，过敏别买。要不看看别的？", "这款含巴旦木，过敏别买。"),
        ("咖啡（云南产的小粒种，烘得深一些）放书包里。", "咖啡放书包里。"),
    ],
)
def test_shorten(text: str, first: str | None) -> None:
    candidates = list(shorten(text, None))
    if first is not None:
        assert first in candidates
    assert all(len(one) < len(text) for one in candidates)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("满 99 减 20，限 11 月 30 日前。喜欢就来。", "限 11 月 30 日前"),
        ("这款含坚果。对坚果过敏的别买。别的口味有很多，都在店里。", "对坚果过敏的别买"),
        ("吃药期间先问医生。味道很好。真的很好。", "先问医生"),
    ],
)
def test_cautions_and_conditions_stay(text: str, kept: str) -> None:
    candidates = list(shorten(text, None))
    assert candidates
    assert all(kept in one for one in candidates)


def test_a_price_never_loses_its_conditions() -> None:
    offer = "两盒 118 元，按一单两盒结算，到 11 月 30 日。"
    assert all(offer in one or "118" not in one for one in shorten(f"配料只有咖啡豆。{offer}来一杯，不耽误。", None))


def test_a_figure_is_kept_or_nothing_is_offered() -> None:
    text = "饮水机坏了。她叹了口气。冷水 3 秒化开，不结块。"
    assert all(len(one) <= 14 for one in shorten(text, 14))
    assert list(shorten("短句。", 1)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一条 2 克，一盒 69 元。冷水就能冲。", "一条 2 克。冷水就能冲。"),
        ("69 元一盒，放书包里。冷水就能冲。", "冷水就能冲。"),
        ("不含糖。\n价格是 69 元。\n冷水能冲。", "不含糖。\n冷水能冲。"),
        ("一块饼干，配一杯。", None),
        ("69 元。", None),
    ],
    ids=["clause", "beginning", "line", "no price", "nothing left"],
)
def test_prices_go(text: str, expected: str | None) -> None:
    candidates = list(without(text, MONEY))
    assert (candidates[0] if candidates else None) == expected


@given(st.text(st.sampled_from("冷水三秒化开，。！？\n（）元69¥价格不贵 如果当时过敏但")))
def test_edits_only_ever_take_away(text: str) -> None:
    for candidate in (*shorten(text, None), *without(text, MONEY)):
        assert len(candidate) <= len(text)
        left = iter(text)
        assert all(char in left or char in "。！？" for char in candidate)
    assert not any(MONEY.search(one) for one in without(text, MONEY))
