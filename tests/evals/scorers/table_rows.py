"""The tables of good and bad copy as scored rows: both brands' records, one scorer a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from agent.brief import Form
from agent.context import Context, TrackedLink
from agent.copies import ArticleCopy, Copy, MomentsCopy, ReplyCopy, Section
from evals.records import Expectation, Sampled, Score
from evals.scorers.persona_fit import PersonaFit
from evals.scorers.refusal import Refusal
from evals.scorers.reply import Reply
from evals.scorers.structure import Structure
from evals.suite import SHIPPED
from knowledge_base import sample
from knowledge_base.records import Source
from knowledge_base.schema import parse_record
from tests.agent.checks.shops import load
from tests.evals.scorers.answers import brief_for, sampled

TABLES = Path(__file__).parent / "tables"
FOLDERS = {"檐下集": sample.FOLDER, "苔米园艺": SHIPPED / "brands" / "taimi"}
LINK = TrackedLink(url="https://example.com/x", mini_appid="wx0000000000000000", mini_path="pages/index/index")


@dataclass(frozen=True, slots=True)
class Line:
    table: str
    half: str
    good: bool
    entry: dict[str, Any]

    @property
    def text(self) -> str:
        return str(self.entry["text"])


def lines(table: str, half: str) -> Iterator[Line]:
    found: Any = load(TABLES / f"{table}.yaml")
    for kind in ("good", "bad"):
        yield from (Line(table, half, kind == "good", entry) for entry in found[half][kind])


def halves(table: str) -> tuple[str, ...]:
    found: Any = load(TABLES / f"{table}.yaml")
    return tuple(found)


def verdict(line: Line) -> tuple[bool, str]:
    """Whether the scorer of the table lets the copy pass, and why."""
    score = JUDGES[line.table](line.entry)
    assert score.passed is not None, line
    return score.passed, score.explanation


@cache
def records(kind: Any, file: str) -> dict[str, Any]:
    made = {}
    for brand, folder in FOLDERS.items():
        data: Any = load(folder / f"{file}.yaml")
        for row in data if isinstance(data, list) else [data]:
            parsed = parse_record(kind, row, Source(file=f"{brand}/{file}.yaml"))
            made[parsed.id] = parsed
    return made


def _row(entry: dict[str, Any], form: Form, copy: Copy, **more: Any) -> Sampled:
    product = records("product", "products").get(entry.get("product", "p-coffee" if form in WRITTEN else ""))
    persona = records("persona", "personas").get(entry.get("for", ""))
    name = entry.get("brand") or (persona.brand if persona else product.brand if product else "檐下集")
    coupon = records("coupon", "coupons").get(entry.get("coupon", ""))
    context = Context(
        products=(replace(product, link=replace(product.link, mini_appid="", mini_path="")),) if product else (),
        persona=persona,
        brand=records("brand", "brand")[name],
        coupon=coupon,
        policies=tuple(records("policy", "policies")[id] for id in entry.get("know", ())),
        link=LINK if entry.get("mini", True) else replace(LINK, mini_appid="", mini_path=""),
    )
    brief = brief_for(
        form, product.id if product else "", persona.id if persona else "", message=entry.get("ask", ""),
        coupon=coupon.id if coupon else "",
    )  # fmt: skip
    return sampled(copy, replace(brief, brand=name), context, findings=(), **more)


WRITTEN = ("article", "ad", "post")


def _refusal(entry: dict[str, Any]) -> Score:
    row = _row(entry, "service", ReplyCopy(text=entry["text"]), expect=Expectation(refusal=entry["decline"]))
    return _one(Refusal().score(row), "refusal")


def _answers(entry: dict[str, Any]) -> Score:
    copy = ReplyCopy(text=entry["text"], handover=entry.get("handover", False))
    return _one(Reply().score(_row(entry, "service", copy)), "reply.answers")


def _structure(entry: dict[str, Any]) -> Score:
    form, text = entry["form"], entry["text"]
    copy: Copy = MomentsCopy(text=text, link_text=entry.get("link_text", "了解更多") if form == "ad" else "")
    if form == "article":
        title, digest, *told, cta = text.split("|")
        pairs = [section.split("：", 1) for section in told]
        copy = ArticleCopy(
            title=title, titles=(), digest=digest, sections=tuple(Section(a, b) for a, b in pairs), cta=cta
        )
    return _one(Structure().score(_row(entry, form, copy)), "structure")


def _persona(entry: dict[str, Any]) -> Score:
    row = _row(entry, "post", MomentsCopy(text=entry["text"]))
    found = PersonaFit(tuple(records("persona", "personas").values())).score_group([row])
    return _one(found[row.case.id, row.sample], "persona.fit")


def _one(found: tuple[Score, ...], name: str) -> Score:
    return next(score for score in found if score.scorer == name)


JUDGES = {"refusal": _refusal, "answers": _answers, "structure": _structure, "persona": _persona}
