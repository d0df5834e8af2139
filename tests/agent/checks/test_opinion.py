"""A model's second opinion counts only with a verbatim quote."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from agent.checks.facts import ledger
from agent.checks.facts.opinion import BATCH, Opinion, second_opinion
from agent.models.scripted import ScriptedModel
from agent.tokens import EstimateCounter
from knowledge_base.workspace import Workspace
from tests.agent.checks.shelf import COFFEE, moments, post_brief, shelf_context

CONTEXT, BRIEF = shelf_context(COFFEE), post_brief("p-coffee")
COPY = moments("冷水 5 秒化开。")


def ask(rows: object, copy: object = COPY) -> tuple[tuple[Opinion, ...], ScriptedModel]:
    model = ScriptedModel([json.dumps({"opinions": rows}, ensure_ascii=False)] * 5)
    entries = ledger(copy, BRIEF, CONTEXT)  # type: ignore[arg-type]
    opinions = asyncio.run(
        second_opinion(
            entries, copy, BRIEF, CONTEXT,  # type: ignore[arg-type]
            model=model, workspace=Workspace(Path("nowhere")), count=EstimateCounter(),
        )
    )  # fmt: skip
    return opinions, model


def row(verdict: str, quote: str, source: str = "p-coffee", claim: int = 1) -> dict[str, object]:
    return {"claim": claim, "verdict": verdict, "source": source, "quote": quote}


ANSWERS = {
    "contradicted with a quote": (row("contradicted", "冷水 3 秒化开"), "contradicted"),
    "spaces do not matter": (row("contradicted", "冷水3秒化开"), "contradicted"),
    "not the source's words": (row("contradicted", "冷水很快化开"), "unknown"),
    "too short to prove anything": (row("contradicted", "秒"), "unknown"),
    "another source": (row("contradicted", "冷水 3 秒化开", "p-lamp"), "unknown"),
    "entailed by a quote without the figure": (row("entailed", "冷水 3 秒化开"), "unknown"),
    "unknown needs no quote": (row("unknown", ""), "unknown"),
    "about another claim": (row("contradicted", "冷水 3 秒化开", claim=7), "unknown"),
    "a verdict that does not exist": (row("sure", "冷水 3 秒化开"), "unknown"),
}


@pytest.mark.parametrize(("answer", "verdict"), ANSWERS.values(), ids=ANSWERS)
def test_only_verbatim_quotes_count(answer: dict[str, object], verdict: str) -> None:
    (opinion,), _ = ask([answer])
    assert opinion.verdict == verdict
    assert bool(opinion.quote) == (verdict != "unknown")


@pytest.mark.parametrize("rows", [None, "no", [1, None], []])
def test_answers_that_are_no_list_of_opinions_count_as_unknown(rows: object) -> None:
    (opinion,), _ = ask(rows)
    assert opinion.verdict == "unknown"


def test_the_prompt_holds_claims_and_sources_fenced() -> None:
    _, model = ask([row("unknown", "")])
    (request,) = model.history
    assert {block.name for block in request.blocks} == {"source", "claims"}
    text = "".join(message.content for message in request.messages)
    assert "5 秒" in text
    assert "冷水 3 秒化开" in text
    assert "提神醒脑" not in text  # what must not be said is no source
    assert request.temperature == 0


def test_long_ledgers_are_asked_in_batches() -> None:
    many = moments("。".join(f"只要 {n} 元" for n in range(100, 100 + BATCH + 3)))
    opinions, model = ask([row("unknown", "")], many)
    assert len(model.history) == 2
    assert len(opinions) == BATCH + 3


def test_nothing_to_ask_asks_nothing() -> None:
    opinions, model = ask([], moments("图书馆没热水。"))
    assert opinions == ()
    assert model.history == []
