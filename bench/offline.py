"""The offline writer on the sample brand: drafts a second, likeness of ten seeds, what the checks block."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import yaml

from agent.brief import Brief, Form
from agent.checks import check
from agent.context import Context
from agent.copies import plain_text
from agent.finding import blocking
from agent.model import Model, Prompt, Request
from agent.models.offline import OfflineModel
from agent.parse import parse
from agent.render import render
from agent.tokens import EstimateCounter
from knowledge_base import sample
from knowledge_base.records import Brand, Channel, Kind, Persona, Policy, Product, Record, Source
from knowledge_base.schema import parse_record
from knowledge_base.workspace import SHIPPED_TEMPLATES, Workspace

TODAY = date(2026, 11, 22)
SEEDS = 10
CHANNELS: dict[Form, Channel] = {"ad": "moments", "post": "moments", "article": "article", "service": "reply"}
MESSAGES = ("能退货吗", "几天能到", "收到就碎了怎么办", "孕妇能用吗", "能便宜点吗", "有没有香精", "多少钱", "我要投诉")
Job = tuple[Brief, Context, Prompt]


def main() -> None:
    workspace, count = Workspace(Path("nowhere")), EstimateCounter()
    for form in CHANNELS:
        jobs = [(b, c, render(None, b, c, workspace=workspace, count=count)) for b, c in _jobs(form)]
        model = OfflineModel()
        _writes(model, jobs[:1])  # compiles the templates: once a process, not once a job
        writing = _clock(lambda jobs=jobs, model=model: _writes(model, jobs))
        alike, blocked, drafts = _judged(jobs)
        print(
            f"{form:<8} {len(jobs) / writing:7.0f} drafts/s, {1000 * writing / len(jobs):5.2f} ms CPU a new job; "
            f"greatest Jaccard over {SEEDS} seeds {alike:.2f}; {blocked} of {drafts} blocked"
        )


def _records(kind: Kind) -> list[Record]:
    name = {"product": "products", "persona": "personas", "policy": "policies", "brand": "brand"}[kind]
    path = Path(sample.__file__).parent / f"{name}.yaml"
    data: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    rows = data if isinstance(data, list) else [data]
    return [parse_record(kind, row, Source(file=path.name)) for row in rows]


def _jobs(form: Form) -> list[tuple[Brief, Context]]:
    """Every product with every persona; for replies with every message."""
    brand = next(b for b in _records("brand") if isinstance(b, Brand))
    products = [p for p in _records("product") if isinstance(p, Product)]
    personas = [p for p in _records("persona") if isinstance(p, Persona)]
    policies = tuple(p for p in _records("policy") if isinstance(p, Policy))[:4]
    found = []
    for product in products:
        for i, persona in enumerate(personas):
            reply = form == "service"
            brief = Brief(
                channel=CHANNELS[form],
                form=form,
                today=TODAY,
                brand=brand.id,
                products=(product.id,),
                persona="" if reply else persona.id,
                message=MESSAGES[i % len(MESSAGES)] if reply else "",
            )
            context = Context(
                products=(product,),
                persona=None if reply else persona,
                brand=brand,
                policies=policies if form in ("service", "article") else (),
            )
            found.append((brief, context))
    return found


def _request(prompt: Prompt, seed: int) -> Request:
    return Request(messages=prompt.messages, blocks=prompt.blocks, schema=prompt.schema, seed=seed)


def _writes(model: Model, jobs: list[Job], seed: int = 0) -> list[str]:
    async def every() -> list[str]:
        return [(await model.complete(_request(prompt, seed))).text for _, _, prompt in jobs]

    return asyncio.run(every())


def _clock(run: Any) -> float:
    """CPU seconds of this process."""
    started = time.process_time()
    run()
    return time.process_time() - started


def _judged(jobs: list[Job]) -> tuple[float, int, int]:
    """(greatest likeness of two seeds of one job, drafts that a check blocks, drafts)."""
    model, alike, blocked = OfflineModel((SHIPPED_TEMPLATES,)), 0.0, 0
    rows = [_writes(model, jobs, seed) for seed in range(SEEDS)]
    for n, (brief, context, _) in enumerate(jobs):
        texts = []
        for seed in range(SEEDS):
            copy, findings = parse(rows[seed][n], brief)
            if copy is None or blocking((*findings, *check(copy, replace(brief, seed=seed), context))):
                blocked += 1
            texts.append(plain_text(copy) if copy is not None else "")
        if brief.channel == "moments":
            grams = [{text[i : i + 2] for i in range(len(text) - 1)} for text in map(_flat, texts)]
            alike = max([alike, *(len(a & b) / len(a | b) for a, b in combinations(grams, 2))])
    return alike, blocked, len(jobs) * SEEDS


def _flat(text: str) -> str:
    return "".join(text.split())


if __name__ == "__main__":
    main()
