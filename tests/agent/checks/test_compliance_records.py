"""What records and the form of a text change: evidence, names, industry, severity; and the draft check."""

from __future__ import annotations

from datetime import date

import pytest

from agent.brief import Brief
from agent.checks.compliance import compliance, examine
from agent.context import Context
from agent.copies import ArticleCopy, MomentsCopy, Section
from agent.finding import Finding
from knowledge_base.records import Brand, Evidence, Product
from knowledge_base.rules.law import load_rules

BOOK = load_rules()


def severities(found: tuple[Finding, ...]) -> list[str]:
    return [f.severity for f in found]


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("全国销量第一", Evidence(name="销量第一认证证书", number="X-1", issuer="某研究院", issued=date(2026, 1, 5))),
        ("采用专利技术", Evidence(name="实用新型专利", number="ZL202320123456.7")),
        ("除菌率高达 99.9%", Evidence(name="检测报告", text="大肠杆菌除菌率 99.9%")),
        ("祛斑美白面霜", Evidence(name="特殊化妆品注册证", number="国妆特字 G20260001")),
    ],
)
def test_evidence_in_the_record_settles_it(text: str, evidence: Evidence) -> None:
    bare = Product(id="p-1", name="样品")
    proved = Product(id="p-1", name="样品", evidence=(evidence,))
    blocked = [f for f in examine(text, "ad", product=bare, book=BOOK) if f.severity == "block"]
    assert blocked
    assert all(f.status == "needs_evidence" and "补上" in f.message for f in blocked)
    settled = [f for f in examine(text, "ad", product=proved, book=BOOK) if f.rule_id == blocked[0].rule_id]
    assert severities(tuple(settled)) == ["info"]
    assert settled[0].evidence_ids == ("p-1",)


def test_a_registered_name_may_hold_the_word() -> None:
    product = Product(id="p-1", name="第一楼灌汤包", brand="第一楼")
    assert severities(examine("第一楼灌汤包，六只一笼", "ad", product=product, book=BOOK)) == ["info"]
    assert "block" in severities(examine("第一楼灌汤包，六只一笼", "ad", book=BOOK))


def test_no_name_excuses_a_medical_claim() -> None:
    product = Product(id="p-1", name="抗癌茶")
    assert "block" in severities(examine("抗癌茶，每天一杯", "ad", product=product, book=BOOK))


@pytest.mark.parametrize(
    ("form", "absolute", "medical"),
    [("ad", "block", "block"), ("article", "block", "block"), ("service", "warn", "block")],
)
def test_one_to_one_is_softer_except_for_false_cures(form: str, absolute: str, medical: str) -> None:
    assert severities(examine("顶级品质", form, book=BOOK)) == [absolute]
    assert severities(examine("药到病除", form, book=BOOK)) == [medical]


def test_an_industry_brings_its_own_rules() -> None:
    assert not examine("味道保证", "ad", book=BOOK)
    assert "block" in severities(examine("有效率 98%，保证安全", "ad", industry="drug", book=BOOK))
    food = Product(id="p-1", name="代餐粉", category="食品")
    assert examine("低糖高蛋白", "ad", product=food, book=BOOK)


def test_a_draft_is_checked_field_by_field() -> None:
    copy = ArticleCopy(
        title="全网最低价的咖啡",
        titles=(),
        digest="好喝",
        sections=(Section("顶级豆子", "每天一杯，降血糖。"),),
        cta="去逛逛",
    )
    brief = Brief(channel="article", form="article", today=date(2026, 11, 22))
    found = compliance(copy, brief, Context(brand=Brand(id="b", name="样品牌")))
    assert {f.field for f in found if f.severity == "block"} == {"title", "sections[0].heading", "sections[0].text"}
    assert all(f.check == "compliance" and f.law.startswith("《") for f in found)


def test_what_the_channel_check_says_is_not_said_twice() -> None:
    brief = Brief(channel="moments", form="ad", today=date(2026, 11, 22))
    assert not compliance(MomentsCopy(text="朋友圈里的那杯咖啡"), brief, Context())
    assert severities(examine("朋友圈里的那杯咖啡", "ad", book=BOOK)) == ["block"]


def test_a_rewrite_is_offered_and_is_clean_itself() -> None:
    offered = [(w, safe) for rule in BOOK.rules for w, safe in rule.rewrites.items() if safe]
    assert len(offered) >= 60
    for word, safe in offered:
        assert not [f for f in examine(safe, "ad", book=BOOK) if f.severity == "block"], (word, safe)
