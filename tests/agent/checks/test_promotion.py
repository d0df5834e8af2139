"""Offers and coupons against the day, the stock and the records."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from agent.brief import Brief
from agent.checks.promotion import check_promotion
from agent.context import Context
from tests.agent.checks.shelf import COFFEE, COUPON, LAMP, POLICIES, TODAY, moments, shelf_context

PLAIN = shelf_context(COFFEE)
WITH_COUPON = shelf_context(COFFEE, coupon=COUPON)


def rules(text: str, context: Context = PLAIN, today: date = TODAY, persona: str = "") -> set[str]:
    brief = Brief(channel="moments", form="post", today=today, products=("p-coffee",), persona=persona)
    findings = check_promotion(moments(text), brief, context)
    assert all(text[f.start : f.end] == f.text for f in findings)
    return {f.rule_id.removeprefix("promotion.") for f in findings if f.severity == "block"}


@pytest.mark.parametrize(
    ("text", "today", "expected"),
    [
        ("第二件半价，到 11 月 11 日。", date(2026, 11, 1), set()),
        ("第二件半价，到 11 月 11 日。", date(2026, 11, 11), set()),
        ("第二件半价，到 11 月 11 日。", date(2026, 10, 31), {"not_running"}),
        ("第二件半价，到 11 月 11 日。", date(2026, 11, 12), {"not_running"}),
        ("会员到手 59 元。", date(2026, 12, 2), set()),
        ("会员到手 59 元。", TODAY, {"not_running"}),
        ("一盒 69 元。", TODAY, set()),
    ],
)
def test_offers_only_on_their_days(text: str, today: date, expected: set[str]) -> None:
    assert rules(text, today=today) == expected


def test_a_price_that_also_stands_outside_the_offer_is_always_true() -> None:
    same = replace(COFFEE, promotions=(replace(COFFEE.promotions[1], price=COFFEE.price),))
    assert rules("一盒 69 元。", shelf_context(same)) == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("活动到 11 月 11 日，第二件半价。", set()),
        ("活动到 11 月 1 日，第二件半价。", {"date_role"}),
        ("11 月 1 日起第二件半价。", set()),
        ("11 月 11 日起第二件半价。", {"date_role"}),
    ],
)
def test_start_and_end_are_not_swapped(text: str, expected: set[str]) -> None:
    assert rules(text) == expected


@pytest.mark.parametrize(
    ("change", "text", "expected"),
    [
        ({}, "领券满 99 减 20。", set()),
        ({"end": date(2026, 11, 7)}, "领券满 99 减 20。", {"coupon_off"}),
        ({"start": date(2026, 11, 9)}, "领券满 99 减 20。", {"coupon_off"}),
        ({"stock": 0}, "领券满 99 减 20。", {"coupon_gone"}),
        ({"stock": 0}, "冷水 3 秒化开。", set()),
        ({"products": ("p-lamp",)}, "领券满 99 减 20。", {"coupon_product"}),
        ({"segments": ("u-mother",)}, "领券满 99 减 20。", {"coupon_segment"}),
        ({}, "领券，券码 SX20。", set()),
        ({}, "领券，券码 SX30。", {"coupon_code"}),
    ],
)
def test_coupons(change: dict[str, object], text: str, expected: set[str]) -> None:
    coupon = replace(COUPON, **change)  # type: ignore[arg-type]
    assert rules(text, replace(WITH_COUPON, coupon=coupon), persona="u-student") == expected


def test_a_cut_without_its_threshold_warns() -> None:
    brief = Brief(channel="moments", form="post", today=TODAY, products=("p-coffee",))
    findings = check_promotion(moments("领券立减 20 元。"), brief, WITH_COUPON)
    assert [(f.rule_id, f.severity) for f in findings] == [("promotion.coupon_threshold", "warn")]


@pytest.mark.parametrize(
    ("text", "today", "expected"),
    [
        ("限时第二件半价。", TODAY, {"hurry_undated"}),
        ("限时第二件半价，到 11 月 11 日。", TODAY, set()),
        ("最后一天，第二件半价。", TODAY, {"hurry_false"}),
        ("11 月 11 日，最后一天，第二件半价。", date(2026, 11, 11), set()),
        ("今晚截止，第二件半价，到 11 月 11 日。", TODAY, {"hurry_false"}),
        ("暑假最后一天，她在写作业。", TODAY, set()),
        ("考研倒计时三十天。", TODAY, set()),
    ],
)
def test_hurry_needs_a_date(text: str, today: date, expected: set[str]) -> None:
    assert rules(text, today=today) == expected


@pytest.mark.parametrize(
    ("text", "context", "expected"),
    [
        ("下单就送小样。", PLAIN, {"unsupported"}),
        ("全场包邮。", PLAIN, {"unsupported"}),
        ("满 59 元包邮。", shelf_context(COFFEE, policies=POLICIES), set()),
        ("这款不包邮。", PLAIN, set()),
        ("目前没有优惠券。", PLAIN, set()),
        ("领券再下单。", PLAIN, {"no_coupon"}),
        ("新客价更低。", shelf_context(LAMP), {"unsupported"}),
        ("抽奖送一盒。", PLAIN, {"unsupported"}),
    ],
)
def test_offers_that_no_record_has(text: str, context: Context, expected: set[str]) -> None:
    assert rules(text, context) == expected
