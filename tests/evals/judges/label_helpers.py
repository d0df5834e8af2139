"""Runs with drafts to label, in memory and in a workspace's database."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence

from agent.copies import MomentsCopy
from evals.database import EvalsDb
from evals.records import Row, Run, Variant
from evals.stored_rows import Kept
from knowledge_base.workspace import Workspace
from tests.agent.drafts import draft_of, moments_draft

TEXTS = (
    "图书馆没热水？撕一条，冷水晃三下。",
    "娃睡着的二十分钟，冷水冲一杯，不吵醒任何人。",
    "下午四点，稿子第七版。0 蔗糖，苦得清醒点。",
    "甄选云南好豆，极致醇香，唤醒每一个清晨！",
)


def row(case_id: str, text: str, model: str = "m", sample: int = 0) -> Row:
    brief = moments_draft().brief
    return Row(
        key=hashlib.sha256(f"{case_id}{model}{sample}".encode()).hexdigest(),
        case_id=case_id,
        variant=Variant("", model),
        sample=sample,
        outcome="scored",
        draft=draft_of(MomentsCopy(text=text), brief),
    )


def run_of(rows: Sequence[Row], id: str = "r_0123456789abcdef", suite: str = "小套") -> Run:
    return Run(
        id=id,
        suite=suite,
        suite_sha256="0" * 64,
        started_at="2026-11-22T08:00:00+00:00",
        finished_at="2026-11-22T08:01:00+00:00",
        planned=len(rows),
        rows=tuple(rows),
    )


def one_variant(texts: Sequence[str] = TEXTS) -> Run:
    return run_of([row(f"c{i}", text) for i, text in enumerate(texts)])


def two_variants(texts: Sequence[str] = TEXTS) -> Run:
    """The second variant says more."""
    rows = [row(f"c{i}", text) for i, text in enumerate(texts)]
    return run_of(rows + [row(f"c{i}", text + "早八前能喝上。", "n") for i, text in enumerate(texts)])


def store_run(workspace: Workspace, run: Run) -> None:
    async def add(db: EvalsDb) -> None:
        for i, one in enumerate(run.rows):
            await db.add_row(run.id, Kept(ordinal=i, row=one))

    with EvalsDb.open(workspace) as db:
        db.add_run(run)
        asyncio.run(add(db))
