"""The offline writer on the shipped sample brand through the real prompts, parser and checks."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml

from agent.brief import Brief, Form
from agent.checks import check
from agent.context import Context
from agent.copies import Copy, MomentsCopy, fields, plain_text
from agent.finding import blocking
from agent.model import Request
from agent.models.offline import OfflineModel
from agent.parse import parse
from agent.render import render
from agent.tokens import EstimateCounter
from knowledge_base.records import Brand, Channel, Persona, Policy, Product, Source
from knowledge_base.schema import parse_record
from knowledge_base.workspace import SHIPPED_TEMPLATES, Workspace
from tests.agent.offline_blocks import likeness

SAMPLE = SHIPPED_TEMPLATES.parent / "knowledge_base" / "sample"
TODAY = date(2026, 11, 22)
MODEL = OfflineModel()
UNFILLED = re.compile(r"\{\{|\}\}|None|\0|（）|“”|[，。：；、][，。：；、]|⏎|\[\[|\]\]")
WORKSPACE = Workspace(Path("nowhere"))
CHANNELS: dict[Form, Channel] = {
    "ad": "moments",
    "post": "moments",
    "article": "article",
    "service": "reply",
    "comment": "reply",
}


@cache
def records(kind: str) -> tuple[object, ...]:
    name = {"product": "products", "persona": "personas", "policy": "policies", "brand": "brand"}[kind]
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data = yaml.load((SAMPLE / f"{name}.yaml").read_text(encoding="utf-8"), Loader=loader)
    rows = data if isinstance(data, list) else [data]
    return tuple(parse_record(kind, row, Source(file=f"{name}.yaml")) for row in rows)  # type: ignore[arg-type]


PRODUCTS = [p for p in records("product") if isinstance(p, Product)]
PERSONAS = [p for p in records("persona") if isinstance(p, Persona)]
POLICIES = [p for p in records("policy") if isinstance(p, Policy)]
BRAND = next(b for b in records("brand") if isinstance(b, Brand))


def drafts(form: Form, product: Product, persona: Persona, seeds: range, format: str = "") -> list[Copy]:
    """Drafts of one job over several seeds; fails on any blocking finding."""
    brief = Brief(
        channel=CHANNELS[form],
        form=form,
        format=format,
        today=TODAY,
        brand=BRAND.id,
        products=(product.id,),
        persona=persona.id,
    )
    after_sale = tuple(p for p in POLICIES if p.id in ("pol-return", "pol-ship-time")) if form == "article" else ()
    context = Context(products=(product,), persona=persona, brand=BRAND, policies=after_sale)
    prompt = render(None, brief, context, workspace=WORKSPACE, count=EstimateCounter())
    found = []
    for seed in seeds:
        request = Request(messages=prompt.messages, blocks=prompt.blocks, schema=prompt.schema, seed=seed)
        copy, findings = parse(asyncio.run(MODEL.complete(request)).text, brief)
        assert copy is not None, findings
        stuck = blocking((*findings, *check(copy, replace(brief, seed=seed), context)))
        assert not stuck, [(f.rule_id, f.text, plain_text(copy)) for f in stuck]
        for name, text in fields(copy).items():
            assert not UNFILLED.search(text), (name, text)
        found.append(copy)
    return found


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda p: p.id)
def test_every_ad_of_every_persona_passes_and_differs(product: Product) -> None:
    for n, persona in enumerate(PERSONAS):
        format = ("", "card-16x9", "showcase", "card-450")[n % 4]
        texts = [plain_text(copy) for copy in drafts("ad", product, persona, range(10), format)]
        assert len(set(texts)) == 10
        assert likeness(texts) <= 0.6
        assert not any(persona.name in text for text in texts)


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda p: p.id)
def test_every_post_passes_and_differs(product: Product) -> None:
    for persona in PERSONAS[::2]:
        copies = drafts("post", product, persona, range(10))
        texts = [plain_text(copy) for copy in copies]
        assert len(set(texts)) == 10
        assert likeness(texts) <= 0.6
        assert all(isinstance(copy, MomentsCopy) and not copy.link_text for copy in copies)


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda p: p.id)
def test_every_article_passes(product: Product) -> None:
    for n, persona in enumerate(PERSONAS):
        for copy in drafts("article", product, persona, range(n, n + 1)):
            assert 250 <= len(plain_text(copy)) <= 1500
            assert persona.name not in plain_text(copy)


def test_personas_of_one_product_get_angles_and_words_of_their_own() -> None:
    coffee = next(p for p in PRODUCTS if p.id == "p-coffee")
    first = {p.id: drafts("ad", coffee, p, range(1))[0] for p in PERSONAS}
    texts = [plain_text(copy) for copy in first.values()]
    assert len(set(texts)) == len(PERSONAS)
    assert likeness(texts) <= 0.6
    assert len({copy.angle for copy in first.values() if isinstance(copy, MomentsCopy)}) >= 5


def test_facts_are_cited_to_the_product() -> None:
    cup = next(p for p in PRODUCTS if p.id == "p-cup")
    cited = [c for copy in drafts("post", cup, PERSONAS[1], range(6)) for c in copy.citations]
    assert cited
    assert {citation.id for citation in cited} == {"p-cup"}


@pytest.mark.parametrize("form", ["ad", "post"])
@pytest.mark.parametrize(
    ("persona", "foreign"),
    [
        ("u-teacher", "下班|加班|出租屋|图书馆|早八|工位|夜班|甲方|摊|后备箱|夜奶"),
        ("u-kaoyan", "下班|加班|退休|孙子|夜奶|摊|后备箱|甲方|护士站"),
        ("u-nurse", "图书馆|早八|退休|孙子|夜奶|早市|后备箱|甲方"),
    ],
)
def test_nobody_is_told_of_another_life(form: Form, persona: str, foreign: str) -> None:
    reader = next(one for one in PERSONAS if one.id == persona)
    for product in PRODUCTS[:5]:
        for copy in drafts(form, product, reader, range(6)):
            assert not re.search(foreign, plain_text(copy)), plain_text(copy)
