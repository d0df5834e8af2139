"""Every scorer on copy that is missing, empty, huge or strange: no crash, no zero for what is missing, spans inside."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.brief import Form
from agent.context import Context, PastDraft, Retrieved
from agent.copies import ArticleCopy, Copy, MomentsCopy, ReplyCopy, Section, fields
from evals.records import Assertion, Expectation, Sampled, Score
from evals.scorers import ABOUT, REGISTRY, Options, scorers_for
from tests.evals.scorers.answers import brief_for, context_for, moments, personas, policies, sampled

EXPECT = Expectation(
    selling_points=("冷水 3 秒化开",),
    policies=("pol-invoice",),
    handover=False,
    refusal=False,
    forbidden=("全网最低",),
    references=("图书馆没热水，冷水三秒化开。",),
    relevant=("p-coffee",),
    assertions=(Assertion("contains", "咖啡"), Assertion("regex", "水+"), Assertion("length", 40)),
)
FORMS: tuple[Form, ...] = ("article", "ad", "post", "service", "comment")
IN_RANGE = {
    "spec", "compliance", "facts.precision", "facts.recall", "persona.fit", "distinct.jaccard", "distinct.self_bleu",
    "distinct.opening", "past.similarity", "readability.long", "readability.rare", "hook", "structure", "voice.words",
    "voice.rhythm", "voice.address", "reply.policies", "reply.grounded", "reply.handover", "reply.answers", "refusal",
    "injection", "retrieval.hit@1", "retrieval.hit@5", "retrieval.mrr", "retrieval.recall", "reference.rouge_l",
    "reference.chrf", "reference.bleu", "assertions", "length.fit",
}  # fmt: skip


def copy_of(form: Form, text: str) -> Copy:
    if form == "article":
        return ArticleCopy(
            title=text[:40], titles=(), digest=text[:60], sections=(Section(text[:20], text),), cta=text[:30]
        )
    if form in ("service", "comment"):
        return ReplyCopy(text=text)
    return MomentsCopy(text=text, link_text="了解更多" if form == "ad" else "")


def full_context(form: Form) -> Context:
    context = context_for("p-coffee", "u-kaoyan", past=(PastDraft(id="d_0", text="图书馆没热水"),))
    found = Retrieved(id="p-coffee", kind="product", score=1.0)
    return replace(context, policies=policies("pol-invoice"), retrieved=(found,))


def row(form: Form, text: str | None) -> Sampled:
    brief = brief_for(form, "p-coffee", "u-kaoyan", message="能开发票吗？" if form in ("service", "comment") else "")
    copy = None if text is None else copy_of(form, text)
    return sampled(copy, brief, full_context(form), expect=EXPECT, raw=text or "")


def all_scores(one: Sampled, form: Form) -> list[Score]:
    found: list[Score] = []
    other = replace(one, case=replace(one.case, id="c2"))
    for scorer in scorers_for((), forms={form}, options=Options(personas=personas())):
        single = getattr(scorer, "score", None)
        if single is not None:
            found += single(one)
        else:
            grouped: Any = scorer
            rows = [replace(r, case=replace(r.case, group="g")) for r in (one, other)]
            found += grouped.score_group(rows).get((one.case.id, one.sample), ())
    return found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "text",
    ["", "   \n\n", "😀😀🌧", "\ud800\udfff\ud801", "。！？", "a", "水" * 500, "\u200b\u0301", "null\0byte"],
    ids=["empty", "blank", "emoji", "surrogates", "marks", "letter", "run", "invisible", "nul"],
)
def test_strange_copy_is_scored_without_a_crash(form: Form, text: str) -> None:
    one = row(form, text)
    assert one.draft.copy is not None
    check_all(all_scores(one, form), fields(one.draft.copy))


@pytest.mark.parametrize("form", FORMS)
def test_no_copy_has_no_value_and_says_so(form: Form) -> None:
    one = row(form, None)
    found = {score.scorer: score for score in all_scores(one, form)}
    about_copy = set(found) - {
        "latency", "cost", "tokens", "attempts", "attempts.first_try", "retrieval.hit@1", "retrieval.hit@5",
        "retrieval.mrr", "retrieval.recall", "refusal", "assertions", "assert.contains", "assert.regex",
        "assert.length",
    }  # fmt: skip
    assert {"spec", "compliance", "facts.precision", "facts.recall", "injection", "length"} <= about_copy
    for name in about_copy:
        assert found[name].value is None, name
        assert found[name].passed is None, name
        assert found[name].explanation, name
    assert found["latency"].value == 0.5
    assert found["retrieval.mrr"].value == 1.0


@given(st.text(max_size=80), st.sampled_from(FORMS))
@settings(max_examples=60, deadline=None)
def test_any_text_keeps_the_promises(text: str, form: Form) -> None:
    one = row(form, text)
    assert one.draft.copy is not None
    check_all(all_scores(one, form), fields(one.draft.copy))


def check_all(found: list[Score], texts: dict[str, str]) -> None:
    names = [score.scorer for score in found]
    assert len(set(names)) == len(names)
    for score in found:
        assert score.scorer in ABOUT or score.scorer.startswith("assert."), score.scorer
        assert score.explanation, score.scorer
        assert "\n" not in score.explanation, score.scorer
        if score.value is not None:
            assert math.isfinite(score.value), score.scorer
            assert score.value >= 0 or score.scorer == "persona.margin", score.scorer
            assert score.value <= 1 or score.scorer not in IN_RANGE, score.scorer
        for name, start, end in score.evidence:
            assert name == "" or 0 <= start <= end <= len(texts[name]), score


@pytest.mark.parametrize("name", sorted(REGISTRY))
@pytest.mark.parametrize("body", ["图书馆没热水，撕一条，冷水 3 秒化开。首先，你值得拥有😀極致！\n", "😀", "水"])
def test_a_megabyte_comes_to_an_end(name: str, body: str) -> None:
    """Anything quadratic would take hours here; growth is printed by `python -m bench scorers`."""
    if name == "facts.precision":
        pytest.skip("the ledger is the agent's; bench/checks.py measures its growth")
    form: Form = "service" if name == "reply" else "article"
    brief = brief_for(form, "p-coffee", "u-kaoyan", message="能开发票吗？" if form == "service" else "")
    copy = copy_of(form, body * (1_000_000 // len(body.encode()) + 1))
    one = sampled(copy, brief, full_context(form), expect=EXPECT, findings=())
    (scorer,) = scorers_for((name,), forms={form}, options=Options(personas=personas()))
    single: Any = getattr(scorer, "score", None)
    grouped: Any = scorer
    found = single(one) if single is not None else grouped.score_group([one]).get((one.case.id, 0), ())
    check_all(list(found), fields(copy))


def test_moments_are_scored_with_at_least_ten_scorers() -> None:
    one = moments("图书馆没热水，早八又快到了。撕一条，冷水 3 秒化开。")
    values = [score for score in all_scores(one, "ad") if score.value is not None]
    assert len({score.scorer.partition(".")[0] for score in values}) >= 10
