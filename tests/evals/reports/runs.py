"""Realistic runs: the offline writer really drafts over the sample brand, and every figure comes from its drafts."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import product as pairs
from pathlib import Path
from typing import Any

import yaml

from agent.brief import Brief, Form
from agent.checks import ledger
from agent.context import Context
from agent.copies import fields, plain_text
from agent.draft import Draft
from agent.models.offline import OfflineModel
from agent.tokens import EstimateCounter
from agent.write import Tools, write_draft
from evals.records import Row, Run, Score, Variant
from knowledge_base import sample
from knowledge_base.records import Brand, Channel, Kind, Persona, Policy, Product, Record, Source
from knowledge_base.schema import parse_record
from knowledge_base.workspace import SHIPPED_TEMPLATES, Workspace

TODAY = date(2026, 11, 22)
CHANNELS: dict[Form, Channel] = {"ad": "moments", "post": "moments", "article": "article", "service": "reply"}
MESSAGES = ("能退货吗", "几天能到", "收到就碎了怎么办", "有没有香精", "多少钱", "我要投诉")
SCORERS = {
    "persona.fit": {"tier": "quality", "label": "人设贴合", "higher_is_better": True},
    "facts.precision": {"tier": "quality", "label": "事实准确率", "higher_is_better": True},
    "readability.sentence": {"tier": "quality", "label": "平均句长", "higher_is_better": False},
    "style.flavour": {"tier": "quality", "label": "套话", "higher_is_better": False},
    "compliance.blocking": {"tier": "compliance", "label": "必须改的问题", "higher_is_better": False},
}
OPENERS = ("首先", "总之", "不仅", "在这个")


@dataclass(frozen=True, slots=True)
class Job:
    id: str
    brief: Brief
    context: Context
    tags: tuple[str, ...]


@cache
def records(kind: Kind) -> tuple[Record, ...]:
    name = {"product": "products", "persona": "personas", "policy": "policies", "brand": "brand"}[kind]
    path = Path(sample.__file__).parent / f"{name}.yaml"
    data: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return tuple(
        parse_record(kind, row, Source(file=path.name)) for row in (data if isinstance(data, list) else [data])
    )


def jobs(form: Form, limit: int) -> list[Job]:
    """Products with personas, or customers' messages about products; seeds tell repetitions apart."""
    found: list[Job] = []
    brand = next(r for r in records("brand") if isinstance(r, Brand))
    products = [r for r in records("product") if isinstance(r, Product)]
    personas = [r for r in records("persona") if isinstance(r, Persona)]
    policies = tuple(r for r in records("policy") if isinstance(r, Policy))
    turn = 0
    while len(found) < limit:
        whom: Sequence[Persona | str] = MESSAGES if form == "service" else personas
        for thing, one in sorted(pairs(products, whom), key=lambda p: hashlib.md5(repr(p).encode()).digest()):
            if len(found) == limit:
                break
            persona = one if isinstance(one, Persona) else None
            message = one if isinstance(one, str) else ""
            brief = Brief(
                channel=CHANNELS[form], form=form, today=TODAY, brand=brand.id, products=(thing.id,),
                persona=persona.id if persona else "", message=message, seed=turn, origin="eval",
            )  # fmt: skip
            context = Context(
                products=(thing,), persona=persona, brand=brand, policies=policies if form == "service" else ()
            )
            about = persona.name if persona else message
            name = f"{form}-{len(found) + 1:03d} {thing.name} × {about}"
            found.append(Job(name, brief, context, (form, thing.category or "未分类")))
        turn += 1
    return found


def without_persona(folder: Path) -> Path:
    """A template with a planted fault: the reader is never described, so the copy cannot fit them."""
    source = (SHIPPED_TEMPLATES / "moments" / "post.j2").read_text(encoding="utf-8")
    path = folder / "post-没有人设.j2"
    path.write_text(
        source.replace('{% include "_shared/blocks/persona.j2" %}\n', "").replace('version: "1"', 'version: "2"'),
        encoding="utf-8",
    )
    return path


def write(todo: Sequence[Job], template: str | None) -> list[Draft]:
    """One draft a job, by the same `write_draft` as everything else."""
    contexts = {id(job.brief): job.context for job in todo}

    async def kept(brief: Brief, draft_id: str) -> Context:
        return contexts[id(brief)]

    tools = Tools(
        workspace=Workspace(Path("nowhere")), contexts=kept, model=OfflineModel(), counter=EstimateCounter(),
        template=template,
    )  # fmt: skip

    async def all_of_them() -> list[Draft]:
        return [await write_draft(job.brief, tools) for job in todo]

    return asyncio.run(all_of_them())


def bigrams(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


def scores(draft: Draft) -> tuple[Score, ...]:
    """What a handful of scorers would say; each value comes from the draft."""
    if draft.copy is None:
        return ()
    text = plain_text(draft.copy)
    claims = ledger(draft.copy, draft.brief, draft.context)
    proved = [claim for claim in claims if claim.verdict != "unsupported"]
    blocks = [f for f in draft.findings if f.severity == "block"]
    product = draft.context.products[0].name
    found = [
        Score("facts.precision", len(proved) / len(claims) if claims else None, None,
              f"{len(claims)} 处说法，{len(proved)} 处有依据" if claims else "没有可核对的说法",
              tuple((c.field, c.claim.start, c.claim.end) for c in claims if c.verdict == "unsupported")),
        Score("hook.chars", float(len(text.split("。")[0])), len(text.split("。")[0]) <= 54, "第一句的字数"),
        Score("readability.sentence", len(text) / max(1, text.count("。") + text.count("？")), None, "平均每句字数"),
        Score("style.flavour", float(sum(text.count(word) for word in OPENERS)),
              not any(word in text for word in OPENERS), "套话次数",
              tuple((name, at, at + len(word)) for name, part in fields(draft.copy).items()
                    for word in OPENERS if (at := part.find(word)) >= 0)),
        Score("compliance.blocking", float(len(blocks)), not blocks, f"{len(blocks)} 处必须改"),
        Score("assertion.contains", float(product in text), product in text, f"要提到「{product}」", (), True),
        Score("cost.chars", float(len(text)), None, "字数"),
    ]  # fmt: skip
    if draft.context.persona is not None:
        found.insert(0, _persona_fit(draft, text))
        grade = 1 + 4 * min(1.0, len(bigrams(text)) / 160)
        found.append(Score("judge.rubric", round(grade, 1), None, "像不像一个同事在说话"))
    return tuple(found)


def _persona_fit(draft: Draft, text: str) -> Score:
    """Nearer to its own reader than to any other: overlap of character pairs, own less the best other."""
    mine, marks = draft.context.persona, bigrams(text)

    def near(one: Persona) -> float:
        words = bigrams("".join((*one.needs, *one.pains, *one.scenes, *one.language, *one.objections)))
        return len(words & marks) / max(1, len(marks))

    assert mine is not None
    rival = max(near(r) for r in records("persona") if isinstance(r, Persona) and r.id != mine.id)
    value = near(mine) - rival
    return Score("persona.fit", value, value > 0, "离自己的人设比离别人近" if value > 0 else "不比别的人设更近")


def rows(todo: Sequence[Job], variant: Variant, template: str | None, sample: int = 0) -> Iterator[Row]:
    for job, draft in zip(todo, write(todo, template), strict=True):
        yield Row(
            key=hashlib.sha256(f"{job.id}|{variant.name}|{sample}".encode()).hexdigest(),
            case_id=job.id, variant=variant, sample=sample, outcome="scored", scores=scores(draft), draft=draft,
            input_tokens=sum(a.input_tokens for a in draft.attempts),
            output_tokens=sum(a.output_tokens for a in draft.attempts),
            cost=Decimal(sum(a.input_tokens + 4 * a.output_tokens for a in draft.attempts)) / 1_000_000,
            latency=sum(a.latency for a in draft.attempts), tags=job.tags,
            persona=job.context.persona.name if job.context.persona else "",
        )  # fmt: skip


def run_of(
    found: Sequence[Row], *, planned: int | None = None, id: str = "r_" + "0" * 32, suite: str = "朋友圈"
) -> Run:
    complete = planned is None or planned == len(found)
    return Run(
        id=id,
        suite=suite,
        suite_sha256="ab" * 32,
        started_at="2026-11-22T09:00:00+08:00",
        finished_at="2026-11-22T09:01:12+08:00" if complete else "",
        planned=len(found) if planned is None else planned,
        rows=tuple(found),
        settings={"samples": 1, "retrieval": "snapshot", "seed": 0, "program": "0.1.0", "scorers": SCORERS},
    )


def posts(folder: Path, cases: int = 12) -> Run:
    """Staff posts by the shipped template and by one that forgot the reader."""
    todo, faulty = jobs("post", cases), str(without_persona(folder))
    return run_of(
        [
            *rows(todo, Variant("moments/post@1", "offline"), None),
            *rows(todo, Variant(faulty, "offline"), faulty),
        ]
    )


def failed(row: Row, error: str = "RateLimitError：请求太多，重试 5 次后仍被拒绝") -> Row:
    """The same planned row, had the endpoint refused."""
    return replace(row, outcome="error", scores=(), error=error, draft=None, cost=None, latency=0.0)
