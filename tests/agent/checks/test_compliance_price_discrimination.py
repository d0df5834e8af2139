"""One product, several personas, several prices: when that is price discrimination and when it is not."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.checks.compliance.price_discrimination import RULE_ID, Offer, price_discrimination


def offer(persona: str, price: str, terms: str = "", product: str = "云雾咖啡") -> Offer:
    return Offer(product=product, persona=persona, price=Decimal(price), terms=terms)


@pytest.mark.parametrize(
    ("cheap", "severity"),
    [
        pytest.param("", "block", id="no condition"),
        pytest.param("按消费记录给的价", "block", id="by what they bought"),
        pytest.param("老客价，看画像", "block", id="by profile"),
        pytest.param("苹果手机专享", "block", id="by phone"),
        pytest.param("朋友价", "warn", id="a condition nobody can check"),
        pytest.param("首单立减，每人一次", None, id="first order"),
        pytest.param("凭学生证", None, id="student card"),
        pytest.param("买 2 件以上，第二件半价", None, id="second piece"),
        pytest.param("11月22日至30日，人人可领券", None, id="dated coupon for everyone"),
    ],
)
def test_the_condition_of_the_lower_price_decides(cheap: str, severity: str | None) -> None:
    found = price_discrimination([offer("备考研究生", "59", cheap), offer("新手妈妈", "69")])
    assert [f.severity for f in found] == ([severity] if severity else [])


def test_the_finding_names_product_people_and_prices() -> None:
    (found,) = price_discrimination([offer("备考研究生", "59.00"), offer("新手妈妈", "69.50")])
    assert found.rule_id == RULE_ID
    assert all(part in found.message for part in ("云雾咖啡", "备考研究生", "新手妈妈", "59 元", "69.5 元"))
    assert "电子商务法" in found.law


def test_a_personal_condition_on_the_dearer_price_counts() -> None:
    (found,) = price_discrimination([offer("新客", "59"), offer("老客", "69", "老客户续费价")])
    assert found.severity == "block"


def test_products_are_compared_with_themselves() -> None:
    assert not price_discrimination([offer("甲", "59"), offer("乙", "69", product="燕麦脆")])


def test_the_same_persona_may_see_two_prices() -> None:
    assert not price_discrimination([offer("甲", "59"), offer("甲", "69")])


@given(st.lists(st.tuples(st.sampled_from("甲乙丙"), st.sampled_from("茶米"), st.integers(1, 99))))
def test_equal_prices_never_count_and_dearest_always_do(rows: list[tuple[str, str, int]]) -> None:
    offers = [offer(who, str(price), product=what) for who, what, price in rows]
    found = price_discrimination(offers)
    level = [Offer(product=o.product, persona=o.persona, price=Decimal(1)) for o in offers]
    assert not price_discrimination(level)
    dearer = [
        o
        for o in offers
        if any(c.product == o.product and c.persona != o.persona and c.price < o.price for c in offers)
    ]
    assert len(found) == len(dearer)
