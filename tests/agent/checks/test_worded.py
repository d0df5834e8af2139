"""Claims in words: what counts as one, what proves it, and what is let pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from agent.brief import Brief
from agent.checks.facts import check_facts, ledger
from agent.checks.facts.claim import Spans
from agent.checks.facts.relative import relative_days
from agent.copies import MomentsCopy, ReplyCopy
from knowledge_base.records import Passage, Policy
from tests.agent.checks.shelf import COFFEE, COUPON, CREAM, LAMP, TODAY, moments, post_brief, shelf_context

CONTEXT = shelf_context(COFFEE)


def found(text: str, context: object = CONTEXT, product: str = "p-coffee") -> list[tuple[str, str, str]]:
    findings = check_facts(moments(text), post_brief(product), context)  # type: ignore[arg-type]
    return [(f.rule_id.removeprefix("facts.unsupported."), f.text, f.severity) for f in findings]


UNPROVED = {
    "award": ("荣获国际风味大奖。", "award"),
    "certificate": ("通过欧盟有机认证。", "certificate"),
    "report": ("有国家质检报告。", "certificate"),
    "ranking": ("销量全国第一。", "ranking"),
    "institution": ("与某大学食品学院联合研发。", "endorsement"),
    "expert": ("营养师推荐。", "endorsement"),
    "comparison": ("比同类产品更快化开。", "comparison"),
    "test": ("经临床试验，通过。", "test"),
    "guarantee": ("终身质保，假一赔十。", "guarantee"),
    "ingredient": ("里面加了菊粉。", "material"),
    "technical word alone": ("胶原蛋白，早晚一条。", "material"),
    "listed with a true one": ("配料：云南阿拉比卡咖啡豆和燕麦。", "material"),
    "lack": ("不含咖啡因。", "absence"),
    "origin": ("产自海南。", "origin"),
    "origin of a noun": ("埃塞俄比亚咖啡豆。", "origin"),
    "imported": ("进口豆子。", "origin"),
    "unlisted origin": ("产自青石岭。", "origin"),
    "process": ("深度烘焙。", "process"),
    "attribute": ("包装是可降解纸袋。", "attribute"),
    "grade": ("食品级标准。", "grade"),
}


@pytest.mark.parametrize(("text", "kind"), UNPROVED.values(), ids=UNPROVED)
def test_unproved_words_are_blocked(text: str, kind: str) -> None:
    assert (kind, "block") in [(k, s) for k, _, s in found(text)]


PROVED = {
    "origin": "云南的阿拉比卡咖啡豆。",
    "report": "有第三方检测报告。",
    "lack": "0 蔗糖添加。",
    "process": "零下 40 度真空冻干。",
    "ingredient": "用的是阿拉比卡咖啡豆。",
}


@pytest.mark.parametrize("text", PROVED.values(), ids=PROVED)
def test_proved_words_pass(text: str) -> None:
    assert found(text) == []


SILENT = {
    "negated award": "没得过奖。",
    "negated certificate": "我们没有有机认证。",
    "negated comparison": "不敢说比同类好。",
    "negated feature": "它不防水。",
    "question": "含蜂蜜吗？",
    "quoted question": "有人问“有没有益生菌？”",
    "allergy": "对坚果过敏的人别喝。",
    "what people do": "她往杯里兑蜂蜜。",
    "a person's prize": "他拿了一等奖学金。",
    "a person's paper": "体检报告出来了。",
    "a journey": "从云南回来的火车上。",
    "a doctor's word": "医生说的那句话，他记了很久。",
    "a first time": "第一次自己做饭。",
    "wish": "想要无坚果的零食？",
    "a bigger thing": "比麻将牌大一点。",
}


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT)
def test_scenes_denials_and_questions_claim_nothing(text: str) -> None:
    assert found(text) == []


def test_hedged_and_soft_claims_warn() -> None:
    assert [f[2] for f in found("据说拿过风味大奖。")] == ["warn"]
    assert found("今年的爆款。")[0][::2] == ("popularity", "warn")


def test_all_parts_of_a_claim_must_stand_in_one_record() -> None:
    cream = shelf_context(CREAM)
    assert found("角鲨烷 5%，烟酰胺 2%。", cream, "p-cream") == []
    assert [f[1] for f in found("角鲨烷 2%。", cream, "p-cream")] == ["2%"]
    assert found("32 名受试者连用 28 天。", cream, "p-cream") == []


def test_another_products_words_prove_nothing() -> None:
    both = shelf_context(COFFEE, CREAM)
    assert [f[1] for f in found("加了神经酰胺。", both)] == ["神经酰胺"]
    assert found("澄屿面霜加了神经酰胺。", both) == []


def test_a_passage_about_something_else_proves_nothing() -> None:
    brief = Brief(channel="article", form="article", today=TODAY, products=("p-coffee",))
    oats = Passage(id="g-1", title="手记 > 燕麦脆：为什么不甜", text="每 100 克含膳食纤维 8.2 克，用的是内蒙古燕麦。")
    own = replace(oats, title="手记 > 咖啡：为什么是它")
    for passage, count in ((oats, 4), (own, 0)):
        context = replace(CONTEXT, passages=(passage,))
        text = MomentsCopy(text="每 100 克含膳食纤维 8.2 克，内蒙古燕麦做的。")
        assert len(check_facts(text, brief, context)) == count


def test_a_reply_is_proved_by_the_policy_it_cites() -> None:
    policy = Policy(id="f-a", question="过敏怎么办？", answer="签收 30 天内凭照片可以退货。", products=("p-cream",))
    brief = Brief(channel="reply", form="service", today=TODAY, message="过敏了")
    text = "签收 30 天内凭照片可以退货。"
    cited = ReplyCopy(text=text, policies=("f-a",))
    assert check_facts(cited, brief, replace(CONTEXT, products=(), policies=(policy,))) == ()
    assert check_facts(cited, brief, replace(CONTEXT, policies=(policy,))) == ()
    asked_coffee = replace(brief, products=("p-coffee",))
    assert check_facts(ReplyCopy(text=text), asked_coffee, replace(CONTEXT, policies=(policy,))) != ()


def test_promises_rest_on_policies() -> None:
    policy = Policy(id="f-b", question="能退吗？", answer="签收后 7 天内无理由退货。")
    brief = Brief(channel="reply", form="service", today=TODAY, products=("p-coffee",))
    context = replace(CONTEXT, policies=(policy,))
    assert check_facts(ReplyCopy(text="签收后 7 天内无理由退货。"), brief, context) == ()
    assert check_facts(ReplyCopy(text="假一赔十。"), brief, context) != ()


PRICES = {
    "list price": ("69 元一盒。", []),
    "several for the price of one": ("两盒 69 元。", ["69 元"]),
    "two": ("两盒 138 元。", []),
    "coupon below its threshold": ("用券 49 元。", ["49 元"]),
    "coupon reached": ("两盒用券 118 元。", []),
    "each": ("一条不到 3 元。", []),
    "each of a price nobody said": ("每条 2.5 元。", ["2.5 元"]),
    "kilos and jin": ("净含量 0.048 公斤。", []),
}


@pytest.mark.parametrize(("text", "wrong"), PRICES.values(), ids=PRICES)
def test_prices(text: str, wrong: list[str]) -> None:
    assert [f[1] for f in found(text, shelf_context(COFFEE, coupon=COUPON))] == wrong


def test_a_discount_is_derived_from_prices_and_says_so() -> None:
    entries = ledger(moments("新客到手 139 元，8.3 折。"), post_brief("p-cream"), shelf_context(CREAM))
    assert [(e.claim.text, e.verdict, e.how) for e in entries][-1] == ("8.3 折", "derived", "139 ÷ 168")


DAYS = [
    ("活动到明天截止", "2026-11-09"),
    ("优惠到本周五", "2026-11-06"),
    ("优惠到下周五结束", "2026-11-13"),
    ("活动到月底", "2026-11-30"),
    ("到 20 号截止，第二件半价", "2026-11-20"),
    ("到 3 号截止，第二件半价", "2026-12-03"),
    ("活动从 1 号开始", "2026-11-01"),
]


@pytest.mark.parametrize(("text", "day"), DAYS, ids=[d[0] for d in DAYS])
def test_days_are_counted_from_today(text: str, day: str) -> None:
    assert [c.key for c in relative_days(text, Spans(text), date(2026, 11, 8))] == [day]


@pytest.mark.parametrize("text", ["明天还要早起", "12号线换乘", "周五晚上加班到十点", "20 号楼的优惠", ""])
def test_days_of_a_scene_are_no_claims(text: str) -> None:
    assert list(relative_days(text, Spans(text), TODAY)) == []


def test_an_offer_ends_on_the_day_the_copy_says() -> None:
    assert found("到 11 号截止，第二件半价。") == []
    assert [f[1] for f in found("到 15 号截止，第二件半价。")] == ["15 号"]


def test_experience_is_not_a_product_claim() -> None:
    assert found("喝了三年速溶，第一次不用找热水。") == []
    assert found("灯开了两年，灯罩都黄了，她没换。", shelf_context(LAMP), "p-lamp") == []
