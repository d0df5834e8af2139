"""Drafts to test with: one of each form, and Hypothesis strategies for any draft at all."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from agent.brief import Brief, Turn
from agent.context import Context, Cut, PastDraft, Retrieved, TrackedLink
from agent.copies import ArticleCopy, Citation, Copy, MomentsCopy, ReplyCopy, Section, Title
from agent.draft import Attempt, Draft
from agent.finding import Finding
from agent.ids import new_id
from knowledge_base.hit import Leg
from knowledge_base.records import (
    Brand,
    Coupon,
    Evidence,
    Link,
    Passage,
    Persona,
    Policy,
    Product,
    Promotion,
    Source,
    Spec,
)

DAY = date(2026, 11, 22)
COFFEE = Product(
    id="coffee-01",
    name="冻干黑咖啡",
    brand="yunwu",
    category="食品",
    price=Decimal("69.00"),
    price_date=DAY,
    specs=(Spec("净含量", "48g"),),
    selling_points=("冷水 3 秒化开",),
    evidence=(Evidence("有机产品认证", "115OP1234567", "中绿华夏", DAY, "原料有机"),),
    promotions=(Promotion("双11", "第二件半价", DAY, DAY, Decimal("59.9")),),
    link=Link(url="https://shop.example.com/p/1?from=wx#detail", mini_appid="wx1", mini_path="pages/item"),
    source=Source("products.csv", 3, "abc"),
)
PERSONA = Persona(id="kaoyan", name="备考研究生", needs=("提神",), source=Source("p.yaml", 1, "x"))
BRAND = Brand(id="yunwu", name="云雾里", link=Link(url="https://shop.example.com/"))
POLICY = Policy(id="pol-1", question="坚果过敏能吃吗", answer="生产线也过坚果，过敏就别买。", handover=True)
CONTEXT = Context(
    products=(COFFEE,),
    persona=PERSONA,
    brand=BRAND,
    coupon=Coupon(id="c1", name="满 99 减 20", threshold=Decimal(99), amount=Decimal(20), stock=0),
    policies=(POLICY,),
    passages=(Passage(id="doc#1", text="云南保山豆", title="手册 > 原料"),),
    past=(PastDraft(id="d_1", text="旧稿"),),
    link=TrackedLink(url="https://shop.example.com/p/1?utm_content=d_1"),
    retrieved=(
        Retrieved(id="coffee-01", kind="product", score=1.0),
        Retrieved(id="doc#1", kind="passage", score=0.62, dense=Leg(2, 0.7), lexical=Leg(1, 9.5)),
    ),
    cuts=(Cut("doc#2", "资料", 120),),
    kb_version="v7",
)
ARTICLE = ArticleCopy(
    title="图书馆没热水，冷水三秒也能喝上咖啡",
    titles=(
        Title("场景", "图书馆没热水，冷水三秒也能喝上咖啡"),
        Title("利益", "69 元 24 条，一杯不到 3 元"),
        Title("疑问", "没热水，咖啡怎么冲？"),
    ),
    digest="闭馆前两小时，饮水机坏了。她撕开一条，冷水晃了三下。",
    sections=(
        Section(
            "", "晚上八点，图书馆三楼的饮水机又坏了。\n\n她手里有半瓶凉水，和一条 2 克的咖啡粉。冷水 3 秒化开，不结块。"
        ),
        Section(
            "一条多少钱，说清楚",
            "一盒 24 条，69 元。不便宜也不贵，掰开算一杯不到 3 元。\n\n不含蔗糖，第一口是苦的😀。你要是怕苦，别买。",
        ),
    ),
    cta="想试试的，先买一盒放书包里。",
    angle="备考研究生，图书馆，冷水也能冲",
    outline=("饮水机坏了", "价格"),
    image_brief=("第一节：书桌上的半瓶水",),
    citations=(Citation("sections[0].text", 46, "coffee-01"), Citation("sections[1].text", 12, "coffee-01")),
)
MOMENTS = MomentsCopy(
    text="图书馆没热水？撕一条，冷水晃三下，早八前能喝上。",
    link_text="去逛逛",
    citations=(Citation("text", 18, "coffee-01"),),
)
REPLY = ReplyCopy(
    text="这款含巴旦木和腰果，生产线也过坚果，您对坚果过敏就别买啦。想要无坚果的零食，我帮您看看别的？",
    intent="过敏",
    policies=("pol-1",),
)
WARNING = Finding(
    check="style",
    rule_id="style.empty",
    severity="warn",
    status="violation",
    message="空话。",
    field="text",
    start=0,
    end=3,
    text="图书馆",
)


def article_draft(**changes: Any) -> Draft:
    brief = Brief(
        channel="article", form="article", today=DAY, brand="yunwu", products=("coffee-01",), persona="kaoyan"
    )
    return replace(draft_of(ARTICLE, brief), **changes)


def moments_draft(**changes: Any) -> Draft:
    brief = Brief(
        channel="moments",
        form="ad",
        today=DAY,
        brand="yunwu",
        products=("coffee-01",),
        persona="kaoyan",
        goal="双11 预热",
    )
    return replace(draft_of(MOMENTS, brief, findings=(WARNING,)), **changes)


def reply_draft(**changes: Any) -> Draft:
    brief = Brief(
        channel="reply",
        form="service",
        today=DAY,
        brand="yunwu",
        message="我对坚果过敏能吃燕麦脆吗？",
        history=(Turn("customer", "在吗"),),
    )
    return replace(draft_of(REPLY, brief), **changes)


def draft_of(copy: Copy | None, brief: Brief, *, findings: tuple[Finding, ...] = (), offline: bool = True) -> Draft:
    return Draft(
        id=new_id("d"),
        created_at=datetime.now(UTC),
        brief=brief,
        context=CONTEXT,
        copy=copy,
        findings=findings,
        attempts=(
            Attempt(
                id=new_id("a"),
                template_id="moments/ad",
                template_version="1",
                template_sha256="t" * 64,
                prompt_sha256="p" * 64,
                model="offline",
                raw='{"text": "…"}',
                findings=findings,
                input_tokens=900,
                output_tokens=60,
                cost=None if offline else Decimal("0.0012"),
                latency=0.25,
            ),
        ),
        model="offline" if offline else "deepseek-chat",
        offline=offline,
    )


# Lone surrogates included: models do answer with half an emoji.
TEXTS = st.text(st.characters(codec=None), max_size=20)
LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXTS,
    int: st.integers(0, 2**40),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=0, max_value=10**6),
    date: st.dates(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    type(None): st.none(),
}


def any_of(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a type that drafts are made of."""
    if hint in LEAVES:
        return LEAVES[hint]
    if get_origin(hint) is tuple:
        return st.lists(any_of(get_args(hint)[0]), max_size=2).map(tuple)
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        kept = {one.name: any_of(hints[one.name]) for one in fields(hint)}
        return st.builds(cast(Any, hint), **kept)
    return st.one_of(*(any_of(option) for option in get_args(hint)))


DRAFTS = any_of(Draft)
