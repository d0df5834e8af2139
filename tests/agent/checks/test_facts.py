"""The fact lock: true copy passes, every planted error is caught, and the ledger names each proof."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.checks.facts import check_facts, ledger
from agent.context import Context
from knowledge_base.records import Passage, Policy, Product
from tests.agent.checks.planted import Planted, planted
from tests.agent.checks.shelf import (
    COFFEE,
    COUPON,
    CREAM,
    LAMP,
    POLICIES,
    PRODUCTS,
    moments,
    post_brief,
    shelf_context,
)

ERRORS = tuple(error for product in PRODUCTS for error in planted(product, PRODUCTS))


def texts(text: str, context: Context, *products: str) -> list[str]:
    return [f.text for f in check_facts(moments(text), post_brief(*(products or ("p-coffee",))), context)]


def test_planted_errors_are_caught_and_the_true_sentences_pass() -> None:
    assert len(ERRORS) > 1000
    missed = [e for e in ERRORS if not texts(e.wrong, shelf_context(e.product), e.product.id)]
    flagged = {e.true for e in ERRORS if texts(e.true, shelf_context(e.product), e.product.id)}
    assert len(missed) <= len(ERRORS) * 0.02, missed[:10]
    assert not flagged


@given(st.sampled_from(ERRORS))
@settings(max_examples=200)
def test_a_changed_figure_flips_the_verdict_unless_the_new_one_is_proved(error: Planted) -> None:
    context, brief = shelf_context(error.product), post_brief(error.product.id)
    before = {e.claim.text for e in ledger(moments(error.true), brief, context)}
    for entry in ledger(moments(error.wrong), brief, context):
        if entry.claim.text not in before and entry.verdict != "unsupported":
            assert entry.fact is not None
            assert entry.how or set(entry.claim.values) <= set(entry.fact.claim.values) or entry.claim.bound != "exact"


TRUE = [
    "六十九元二十四条",
    "¥69，24 条",
    "到手69",
    "净含量 0.048 公斤",
    "保质期一年半",
    "每条不到 3 块钱",
    "两盒 138 元",
    "第二件半价",
    "活动到 11 月 11 日",
    "11.1-11.11 第二件半价",
    "2026年3月送检，报告编号SGS-2026-0317",
    "每 100 克含糖 0.3 克",
    "零蔗糖添加",
    "零下四十度冻干三十六个小时",
    "会员到手五十九",
    "两小时内喝完",
]


@pytest.mark.parametrize("text", TRUE)
def test_true_figures_pass_however_they_are_written(text: str) -> None:
    assert texts(text, shelf_context(COFFEE)) == []


WRONG = [
    ("冷水 5 秒化开", "5 秒", "3 秒"),
    ("每 100g 含糖 3g", "3g", "0.3g"),
    ("只要 59.9 元", "59.9 元", ""),
    ("立减 69 元", "69 元", ""),
    ("满 69 减 20", "满 69 减 20", ""),
    ("保质期 24 个月", "24 个月", "18 个月"),
    ("活动到 11 月 21 日", "11 月 21 日", ""),
    ("报告编号 SGS-2026-0318", "SGS-2026-0318", ""),
    ("0 脂肪", "0 脂肪", ""),
    ("三盒 199 元", "199 元", ""),
]


@pytest.mark.parametrize(("text", "said", "true"), WRONG, ids=[w[0] for w in WRONG])
def test_wrong_figures_are_named_with_the_nearest_true_one(text: str, said: str, true: str) -> None:
    findings = check_facts(moments(text), post_brief("p-coffee"), shelf_context(COFFEE))
    assert [f.text for f in findings] == [said]
    assert findings[0].severity == "block"
    assert findings[0].status == "unsupported"
    assert text[findings[0].start : findings[0].end] == said
    if true:
        assert true in findings[0].message


def test_another_products_figure_proves_nothing_unless_it_is_named() -> None:
    both = shelf_context(COFFEE, CREAM)
    assert texts("只要 168 元", both, "p-coffee") == ["168 元"]
    assert texts("澄屿面霜 168 元", both, "p-coffee") == []
    assert texts("澄屿面霜先抹开。只要 168 元。", both, "p-coffee") == []
    assert texts("澄屿面霜只要 69 元", both, "p-coffee") == ["69 元"]


def test_coupons_policies_and_passages_prove_what_they_say() -> None:
    context = shelf_context(COFFEE, coupon=COUPON, policies=POLICIES)
    assert texts("满 99 减 20，两盒券后 118 元，3-5 天送达，满 59 包邮", context) == []
    assert texts("满 99 减 20，券后 49 元", context) == ["49 元"]  # one box does not reach the threshold
    assert texts("满 99 减 30", context) == ["满 99 减 30"]
    stale = replace(POLICIES[0], end=date(2026, 1, 1))
    assert texts("3-5 天送达", shelf_context(COFFEE, policies=(stale,))) == ["3-5 天"]
    elsewhere = Policy(id="f-lamp", question="多久？", answer="48 小时内发货", products=("p-lamp",))
    assert texts("48 小时内发货", shelf_context(COFFEE, policies=(elsewhere,))) == ["48 小时内"] or texts(
        "48 小时内发货", shelf_context(COFFEE, policies=(elsewhere,))
    ) == ["48 小时"]
    own = Passage(id="g-1", text="山醒的豆子在海拔 1600 米采摘", product="p-coffee")
    assert texts("豆子在海拔 1600 米采摘", replace(shelf_context(COFFEE), passages=(own,))) == []


def test_what_must_not_be_said_proves_nothing() -> None:
    product = replace(COFFEE, do_not_say=("7 天瘦 5 斤",))
    assert texts("7 天瘦 5 斤", shelf_context(product))


def test_the_ledger_names_the_proof_of_each_claim() -> None:
    entries = ledger(
        moments("冷水 3 秒化开，两盒 138 元，编号 SGS-2026-0317，9 折。"), post_brief("p-coffee"), shelf_context(COFFEE)
    )
    seen = [(e.claim.text, e.verdict, e.fact.where if e.fact else "", e.how) for e in entries]
    assert ("3 秒", "supported", "卖点", "") in seen
    assert ("138 元", "derived", "价格", "69 × 2") in seen
    assert ("SGS-2026-0317", "supported", "证明 第三方检测报告", "") in seen
    assert [s[:2] for s in seen][-1] == ("9 折", "unsupported")
    assert all(e.subject == "p-coffee" and e.field == "text" for e in entries)


@given(st.sampled_from(PRODUCTS), st.integers(min_value=1, max_value=9999))
def test_only_the_true_price_passes(product: Product, price: int) -> None:
    found = texts(f"{product.name}，到手 {price} 元。", shelf_context(product), product.id)
    true = {product.price} | {offer.price for offer in product.promotions}
    assert (not found) == (Decimal(price) in true)


def test_a_lamp_is_no_coffee() -> None:
    assert texts("充满可用 40 小时", shelf_context(LAMP), "p-lamp") == []
    assert texts("充满可用 40 小时", shelf_context(COFFEE)) == ["40 小时"]
