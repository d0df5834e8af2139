"""Answers for the scorers' tests: the sample brand's records with hand-written copy, good and bad."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from agent.brief import Brief, Form
from agent.checks import check
from agent.context import Context, TrackedLink
from agent.copies import ArticleCopy, Copy, MomentsCopy, ReplyCopy, Section, Title
from agent.draft import Attempt, Draft
from agent.finding import Finding
from evals.records import Case, Expectation, Sampled, Score, Variant
from knowledge_base import sample
from knowledge_base.records import Brand, Channel, Coupon, Persona, Policy, Product, Source
from knowledge_base.schema import parse_record
from tests.agent.checks.shops import load

TODAY = date(2026, 11, 22)
CHANNELS: dict[Form, Channel] = {
    "article": "article", "ad": "moments", "post": "moments", "service": "reply", "comment": "reply",
}  # fmt: skip


@cache
def records(kind: Any, file: str) -> tuple[Any, ...]:
    data = load(sample.FOLDER / f"{file}.yaml")
    rows = data if isinstance(data, list) else [data]
    return tuple(parse_record(kind, row, Source(file=f"{file}.yaml")) for row in rows)


def brand() -> Brand:
    found: Brand = records("brand", "brand")[0]
    return found


def personas() -> tuple[Persona, ...]:
    return records("persona", "personas")


def persona(id: str) -> Persona:
    return next(one for one in personas() if one.id == id)


def product(id: str) -> Product:
    found: Product = next(one for one in records("product", "products") if one.id == id)
    return found


def policies(*ids: str) -> tuple[Policy, ...]:
    return tuple(one for one in records("policy", "policies") if one.id in ids)


def coupon(id: str) -> Coupon:
    found: Coupon = next(one for one in records("coupon", "coupons") if one.id == id)
    return found


def context_for(product_id: str = "p-coffee", persona_id: str = "u-kaoyan", **more: Any) -> Context:
    link = TrackedLink(url="https://example.com/x", mini_appid="wx0000000000000000", mini_path="pages/index/index")
    return Context(
        products=(product(product_id),) if product_id else (),
        persona=persona(persona_id) if persona_id else None,
        brand=brand(),
        link=link,
        **more,
    )


def brief_for(form: Form, product_id: str = "", persona_id: str = "", **more: Any) -> Brief:
    return Brief(
        channel=CHANNELS[form], form=form, today=TODAY, brand="檐下集", persona=persona_id, origin="eval",
        products=(product_id,) if product_id else (), **more,
    )  # fmt: skip


def sampled(
    copy: Copy | None,
    brief: Brief,
    context: Context,
    *,
    expect: Expectation | None = None,
    findings: tuple[Finding, ...] | None = None,
    raw: str = "",
    case: str = "c1",
    sample_number: int = 0,
    attempt: dict[str, Any] | None = None,
    **more: Any,
) -> Sampled:
    """As the runner would hand it over: findings are those of the real checks unless given."""
    if findings is None:
        findings = check(copy, brief, context) if copy is not None else (UNPARSABLE,)
    made: dict[str, Any] = {
        "id": "a_1", "template_id": "moments/ad", "template_version": "1", "template_sha256": "", "prompt_sha256": "",
        "model": "offline", "raw": raw, "input_tokens": 100, "output_tokens": 20, "latency": 0.5,
        "cost": Decimal("0.01"),
    }  # fmt: skip
    draft = Draft(
        id="d_1", created_at=datetime(2026, 11, 22, tzinfo=UTC), brief=brief, context=context, copy=copy,
        findings=findings, attempts=(Attempt(**(made | (attempt or {}))),), model="offline", offline=True,
    )  # fmt: skip
    return Sampled(
        case=Case(id=case, brief=brief, expect=expect or Expectation(), **more),
        variant=Variant("", "offline"), sample=sample_number, draft=draft, context=context,
    )  # fmt: skip


UNPARSABLE = Finding(
    check="parse", rule_id="parse.none", severity="block", status="unparsable", message="答案里没有可用的文案。"
)


def moments(
    text: str, *, product: str = "p-coffee", persona: str = "u-kaoyan", form: Form = "ad", link_text: str = "了解更多",
    expect: Expectation | None = None, cta: str = "", **more: Any,
) -> Sampled:  # fmt: skip
    copy = MomentsCopy(text=text, link_text=link_text if form == "ad" else "")
    brief = brief_for(form, product, persona, cta=cta)
    return sampled(copy, brief, context_for(product, persona), expect=expect, **more)


def reply(
    text: str, message: str, *, handover: bool = False, cited: tuple[str, ...] = (), known: tuple[str, ...] = (),
    expect: Expectation | None = None, form: Form = "service", **more: Any,
) -> Sampled:  # fmt: skip
    copy = ReplyCopy(text=text, handover=handover, policies=cited)
    context = context_for("", "", policies=policies(*known))
    return sampled(copy, brief_for(form, message=message), context, expect=expect, **more)


GOOD_ARTICLE = ArticleCopy(
    title="图书馆没热水的早上",
    titles=(Title("场景", "图书馆没热水的早上"), Title("利益", "冷水 3 秒化开")),
    digest="早上七点，图书馆门口排着队，热水还没烧开。撕一条，冷水晃三下，早八前能喝上。",
    sections=(
        Section("", "早上七点，图书馆门口排着队。你把书包放下，热水房的灯还没亮。"),
        Section("排到了，热水也凉了", "热水房排队要十分钟。排到的时候，座位没了。\n\n有人干脆不喝，忍到中午。"),
        Section("冷水也能冲的一条", "冻干黑咖啡，2 克一条，冷水 3 秒化开。条长 9 厘米，塞得进笔袋，放在手边。"),
        Section("你可能要问的", "苦不苦？中度烘焙，偏苦。一条合多少钱？69 元 24 条，合每条约 2.9 元。够用，慢慢用。"),
    ),
    cta="想试的话，去看看冻干黑咖啡的详情。",
)
BAD_ARTICLE = ArticleCopy(
    title="",
    titles=(),
    digest="",
    sections=(
        Section(
            "",
            "在这个快节奏的时代，现代人的生活离不开咖啡。首先，我们甄选极致好豆，不仅提神醒脑，更是一种生活态度。"
            "其次，让每一个清晨成为治愈的仪式感。总之，您值得拥有。",
        ),
    ),
    cta="",
)


def article(
    copy: ArticleCopy = GOOD_ARTICLE, *, product: str = "p-coffee", persona: str = "u-kaoyan", **more: Any
) -> Sampled:
    return sampled(copy, brief_for("article", product, persona), context_for(product, persona), **more)


def scores(scorer: Any, row: Sampled) -> dict[str, Score]:
    """By name; asserts that no name comes twice and that evidence lies inside the fields."""
    found = scorer.score(row)
    assert len({one.scorer for one in found}) == len(found)
    return {one.scorer: one for one in found}


def with_copy(row: Sampled, copy: Copy | None) -> Sampled:
    return replace(row, draft=replace(row.draft, copy=copy))
