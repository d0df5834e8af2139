"""Scene figures are left alone; figures said of a product are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.brief import Brief
from agent.checks.facts import check_facts
from agent.copies import ReplyCopy
from knowledge_base.records import Product
from tests.agent.checks.shelf import COFFEE, PRODUCTS, TODAY, moments, post_brief, shelf_context

HERE = Path(__file__).parent
TUNED = tuple((HERE / "scene_sentences.txt").read_text(encoding="utf-8").split("\n")[:-1])
HELD_OUT = tuple((HERE / "scene_sentences_heldout.txt").read_text(encoding="utf-8").split("\n")[:-1])
"""Written before the code and never looked at while tuning it."""


def blocked(lines: tuple[str, ...], product: Product) -> list[str]:
    context = shelf_context(product)
    return [line for line in lines if check_facts(moments(line), post_brief(product.id), context)]


def test_there_are_two_hundred_different_scenes() -> None:
    assert len(TUNED) == 140
    assert len(HELD_OUT) == 60
    assert len(set(TUNED + HELD_OUT)) == 200


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda p: p.id)
def test_at_most_two_percent_of_scenes_are_blocked(product: Product) -> None:
    assert len(blocked(TUNED + HELD_OUT, product)) <= 4


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda p: p.id)
def test_so_are_the_held_out_ones(product: Product) -> None:
    assert len(blocked(HELD_OUT, product)) <= 2


NON_CLAIMS = {
    "clock": "晚上十一点，22:30，早八，七点三刻",
    "age": "三岁的娃，30+的人，二十五六岁，奔四",
    "household": "一家三口，两个孩子，四口之家",
    "ordinal": "第七版，第一次，第三天，头一回",
    "floor and line": "六楼没电梯，4号线换10号线，3号楼302",
    "idiom": "一口气，三分钟热度，百分百投入，一心一意，七上八下，两三下，十有八九，三下五除二，一年到头",
    "height": "闺女都一米六了",
    "article": "撕一条，冲一杯，喝半杯",
    "generation": "90后，00后",
    "scene duration": "娃睡着的二十分钟",
    "question": "顾客问：“这个能放三天吗？”",
}


@pytest.mark.parametrize("text", NON_CLAIMS.values(), ids=NON_CLAIMS)
@pytest.mark.parametrize("product", PRODUCTS, ids=lambda p: p.id)
def test_table_of_non_claims(text: str, product: Product) -> None:
    assert blocked((text,), product) == []


INVENTED = [
    "它一天能用三次，三天就能看见变化。",
    "送礼盒两件套只要 39 元。",
    "98% 的用户都回购了。",
    "已经卖出 50 万盒。",
    "七天见效，无效退款。",
    "每条只要 1.5 元。",
    "买三送一，今晚截止。",
    "限时 3 折。",
    "5 分钟速干。",
    "含 20 克蛋白质。",
    "获得 12 项专利。",
    "全国 300 家门店都有。",
    "用了 28 天，细纹淡了 40%。",
    "48 小时内发货。",
    "15 天无理由退换。",
    "12 个月质保。",
    "500ml 大瓶装。",
    "咖啡因含量 120 毫克。",
    "零脂肪零卡。",
    "检测报告编号 SGS-2026-9999。",
    "满 199 减 50。",
    "第二件 0 元。",
    "SPF30 PA++。",
    "专柜价 399。",
    "9.9 元包邮。",
    "通过 ISO 9001 认证。",
    "2020 年上市。",
    "热线 400-123-4567。",
]


@pytest.mark.parametrize("text", INVENTED)
@pytest.mark.parametrize("product", PRODUCTS, ids=lambda p: p.id)
def test_invented_figures_are_blocked(text: str, product: Product) -> None:
    assert blocked((text,), product) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "图书馆没热水？撕一条，冷水晃三下，早八前能喝上。",
        "娃睡着的二十分钟，冷水冲一杯，不吵醒任何人。",
        "下午四点，稿子第七版。0 蔗糖，苦得清醒点。",
        "室友三点才睡，我撕一条山醒黑咖，二十分钟的午休不浪费。",
        "高铁两个半小时，一条咖啡一瓶水就够了。",
        "想要无坚果的零食，我帮您看看别的？",
        "便利店的咖啡十五块一杯，她算了算。",
    ],
)
def test_scenes_that_name_the_product_pass_too(text: str) -> None:
    assert blocked((text,), COFFEE) == []


def test_a_figure_the_customer_brought_is_an_echo_but_never_a_price() -> None:
    brief = Brief(
        channel="reply",
        form="service",
        today=TODAY,
        products=("p-coffee",),
        message="我 3 个人喝，买 5 盒能 50 元一盒吗？",
    )
    context = shelf_context(COFFEE)
    assert check_facts(ReplyCopy(text="您家 3 个人喝，5 盒够了。"), brief, context) == ()
    assert check_facts(ReplyCopy(text="可以，50 元一盒。"), brief, context) != ()
