"""Forbidden elements: each is seen, pointed at and mended; look-alikes pass."""

from __future__ import annotations

import pytest

from agent.checks.elements import find_elements
from agent.finding import Finding
from knowledge_base.records import Product
from knowledge_base.rules import ChannelSpec, all_specs, channel_spec
from tests.agent.checks.shelf import COFFEE, shelf_context

AD = channel_spec("moments", "ad")
BRANDED = Product(id="p", name="Yanbao 燕宝麦片", brand="Yanbao")


def found(text: str, spec: ChannelSpec = AD) -> list[Finding]:
    return list(find_elements("text", text, spec, shelf_context(COFFEE, BRANDED)))


SEEN = [
    ("url", "详见 https://a.cn/x?y=1", "https://a.cn/x?y=1", ""),
    ("url", "搜 shop.example.com 看看", "shop.example.com", ""),
    ("phone", "拨 138-0013-8000", "138-0013-8000", ""),
    ("phone", "热线 400-800-1234", "400-800-1234", ""),
    ("kaomoji", "好喝(^_^)", "(^_^)", ""),
    ("kaomoji", "好喝（╯▽╰）", "（╯▽╰）", ""),
    ("kaomoji", "好喝 :)", ":)", ""),
    ("symbols", "好喝！！！", "！！！", ""),
    ("symbols", "★★好喝", "★★", ""),
    ("symbols", "好喝~~", "~~", ""),
    ("dash", "咖啡——好喝", "——", "，"),
    ("dash", "3—5 秒", "—", "~"),
    ("ellipsis", "等……再等……", "……", "。"),
    ("ellipsis", "等...再说", "...", "……"),
    ("mixed_width", "好喝,真的", ",", "，"),
    ("mixed_width", "好喝!", "!", "！"),
    ("mixed_width", "２克一条", "２", "2"),
    ("traditional", "國民咖啡", "國", "国"),
    ("foreign", "so 好喝", "so", ""),
    ("foreign", "zhen 好喝", "zhen", ""),
    ("function_words", "刷朋友圈的时候", "朋友圈", ""),
    ("function_words", "加微信", "微信", ""),
    ("click_prompt", "点击查看详情", "点击查看详情", ""),
    ("click_prompt", "戳开看一看", "戳开看一看", ""),
    ("click_prompt", "扫一扫下单", "扫一扫下单", ""),
    ("inducement", "集满 20 个赞换一盒", "集满 20 个赞", ""),
    ("inducement", "转发本条领券", "转发本条领券", ""),
]


@pytest.mark.parametrize(("element", "text", "said", "rewrite"), SEEN, ids=[f"{s[0]}:{s[1]}" for s in SEEN])
def test_seen(element: str, text: str, said: str, rewrite: str) -> None:
    hits = [f for f in found(text) if f.rule_id.endswith(f".{element}")]
    assert said in [f.text for f in hits]
    hit = next(f for f in hits if f.text == said)
    assert text[hit.start : hit.end] == said
    assert hit.severity == "block"
    assert hit.rewrite == rewrite


LOOK_ALIKES = [
    "早上 7:30，冷水 3 秒化开。",
    "著名的乾坤，瞭望一眼。",
    "维生素C，T恤，SPF50+，2700K，48g，60mg",
    "Yanbao 燕宝麦片，真香。",
    "“够苦吗？”她问。",
    "等……算了。",
    "点一盏灯，点外卖，一点点甜",
    "助力每个早晨，分享给室友一条",
    "关注肌肤，评分不高",
    "1.5 升，3.14",
    "说完（真的），走了。",
]


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_look_alikes_pass(text: str) -> None:
    assert [(f.rule_id, f.text) for f in found(text)] == []


@pytest.mark.parametrize("spec", all_specs(), ids=lambda spec: spec.id)
def test_every_forbidden_element_of_every_format_has_a_detector(spec: ChannelSpec) -> None:
    assert found("平平常常一句话。", spec) == []
