"""The spine: one brief in, one checked draft out; blocking findings travel into the next attempt."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from agent.brief import Brief
from agent.context import Context
from agent.draft import Draft
from agent.errors import RateLimitError
from agent.finding import blocking
from agent.fit import fit
from agent.journal import Journal
from agent.models.scripted import ScriptedModel
from agent.tokens import EstimateCounter, default_counter
from agent.write import Tools, context_budget, from_knowledge, write_draft
from knowledge_base.base import KnowledgeBase
from knowledge_base.errors import UnknownIdError
from knowledge_base.workspace import Workspace

BRIEF = Brief(
    channel="moments",
    form="ad",
    today=date(2026, 11, 22),
    brand="檐下集",
    products=("p-coffee",),
    persona="u-kaoyan",
    seed=1,
)


def answer(text: str) -> str:
    return json.dumps({"angle": "场景", "text": text, "link_text": "去逛逛", "image_brief": []}, ensure_ascii=False)


GOOD = answer("图书馆没热水？撕一条，冷水 3 秒化开[[p-coffee]]。")
WRONG_PRICE = answer("图书馆没热水？一盒只要 59 元[[p-coffee]]。")


@pytest.fixture
def tools(sample_dir: Path) -> Iterator[Tools]:
    workspace = Workspace(sample_dir)
    with closing(KnowledgeBase.open(workspace)) as kb, closing(Journal.open(workspace)) as journal:
        yield Tools(
            workspace=workspace,
            contexts=from_knowledge(kb, journal),
            model=ScriptedModel(),
            counter=default_counter(),
            journal=journal,
        )


def write(tools: Tools, *script: str | BaseException, brief: Brief = BRIEF) -> tuple[Draft, ScriptedModel]:
    model = ScriptedModel(script)
    return asyncio.run(write_draft(brief, replace(tools, model=model))), model


def test_a_good_answer_needs_one_attempt_and_is_kept(tools: Tools) -> None:
    draft, model = write(tools, GOOD)
    assert not blocking(draft.findings)
    assert (len(draft.attempts), len(model.history)) == (1, 1)
    assert draft.copy is not None
    assert "[[" not in str(draft.copy)
    assert tools.journal is not None
    assert tools.journal.get(draft.id) == draft


def test_a_blocking_finding_is_told_to_the_model(tools: Tools) -> None:
    draft, model = write(tools, WRONG_PRICE, GOOD)
    assert len(draft.attempts) == 2
    first, second = ("\n".join(m.content for m in request.messages) for request in model.history)
    assert "59 元" not in first
    assert "59 元" in second
    assert blocking(draft.attempts[0].findings)
    assert not blocking(draft.findings)


def test_what_remains_after_the_last_attempt_is_returned(tools: Tools) -> None:
    draft, _ = write(tools, *[WRONG_PRICE] * 3)
    assert len(draft.attempts) == 3
    (finding, *_) = blocking(draft.findings)
    assert "59" in finding.text


@pytest.mark.parametrize("garbage", ["", "对不起，我无法帮你写这条广告。", '{"angle": 3}', "\x00" * 50], ids=repr)
def test_an_answer_that_cannot_be_read_is_a_finding(tools: Tools, garbage: str) -> None:
    draft, _ = write(tools, *[garbage] * 3)
    assert blocking(draft.findings)
    assert len(draft.attempts) == 3


def test_a_failing_model_leaves_nothing_behind(tools: Tools) -> None:
    with pytest.raises(RateLimitError):
        write(tools, RateLimitError("太快了"))
    assert tools.journal is not None
    assert list(tools.journal.list()) == []


def test_an_unknown_id_costs_nothing(tools: Tools) -> None:
    model = ScriptedModel([GOOD])
    with pytest.raises(UnknownIdError):
        asyncio.run(write_draft(replace(BRIEF, products=("没有",)), replace(tools, model=model)))
    assert model.history == []


def test_the_context_says_where_everything_came_from(tools: Tools) -> None:
    draft, _ = write(tools, GOOD)
    named = {hit.id for hit in draft.context.retrieved if hit.score == 1.0 and hit.dense is None}
    assert {"p-coffee", "u-kaoyan", "檐下集"} <= named
    searched = [hit for hit in draft.context.retrieved if hit.kind == "passage"]
    assert searched
    assert all(hit.dense or hit.lexical for hit in searched)
    assert draft.context.link is not None
    assert draft.id in draft.context.link.url


def test_facts_cut_from_the_prompt_still_prove(tools: Tools) -> None:
    draft, model = write(replace(tools, budget=0), GOOD)
    assert draft.context.cuts
    assert not blocking(draft.findings)
    assert draft.context.passages
    assert not [block for block in model.history[0].blocks if block.name == "passage"]


def test_fit_keeps_plus_cuts_is_everything(tools: Tools) -> None:
    draft, _ = write(tools, GOOD)
    counter = EstimateCounter()
    for budget in (0, 300, 1200, 10**6):
        fitted = fit(draft.context, budget, counter)
        whole = draft.context
        assert droppable(fitted) | {cut.id for cut in fitted.cuts} == droppable(whole)
        assert fitted.products == whole.products
        assert fitted.persona == whole.persona


def droppable(context: Context) -> set[str]:
    ids = {record.id for record in context.passages} | {record.id for record in context.policies}
    return ids | {record.id for record in context.exemplars} | {past.id for past in context.past}


def test_fit_leaves_an_empty_context_alone() -> None:
    assert fit(Context(), 0, EstimateCounter()) == Context()


@pytest.mark.parametrize(("window", "budget"), [(None, 6000), (1_000_000, 6000), (8192, 1638), (0, 0)])
def test_small_windows_get_less_knowledge(window: int | None, budget: int) -> None:
    assert context_budget(window) == budget


def test_the_default_counter_is_tiktoken_without_a_network() -> None:
    counter = default_counter()
    assert counter.exact
    assert counter.count("图书馆没热水？撕一条，冷水晃三下") == 22


@pytest.mark.llm
def test_gibberish_of_a_real_model_is_caught(tools: Tools, sample_dir: Path) -> None:
    """A real llama.cpp server writes; its Chinese is nonsense, and no check may let it pass."""
    from agent.models import open_profile
    from tests.agent.llama_server import local_profile

    template = sample_dir / "prompts" / "moments" / "ad.j2"
    template.parent.mkdir(parents=True)
    template.write_text(SHORT_TEMPLATE, encoding="utf-8")
    profile = replace(local_profile(), context_window=2048, max_tokens=120)
    model = open_profile(tools.workspace, profile)

    async def run() -> Draft:
        try:
            return await write_draft(BRIEF, replace(tools, model=model, attempts=1))
        finally:
            await model.aclose()

    draft = asyncio.run(run())
    assert blocking(draft.findings)
    assert draft.attempts[0].output_tokens > 0


SHORT_TEMPLATE = """\
---
id: moments/ad
version: 1
channel: moments
form: ad
variables: [products]
schema: moments/schema.json
---
{% message "user" %}
Write one Chinese ad as JSON.
{% data "product", products[0].id %}
{% line "名称", products[0].name %}
{% enddata %}
{% endmessage %}
"""
