"""Assertions: each kind both ways, with evidence; what cannot be decided has no value and never passes silently."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.copies import plain_text
from evals.records import Assertion, Expectation, Score
from evals.scorers.assertions import KINDS, Assertions
from evals.scorers.reference import Reference
from tests.evals.scorers.answers import article, brief_for, context_for, moments, sampled, scores

TEXT = "图书馆没热水，撕一条 Coffee，冷水 3 秒化开，69 元。"


def run(kind: str, value: Any = None, text: str = TEXT, raw: str = "", **more: Any) -> Score:
    expect = Expectation(assertions=(Assertion(kind, value, **more),))
    found = Assertions().score(moments(text, expect=expect, raw=raw))
    assert found[-1].scorer == "assertions"
    return found[0]


HOLDS: list[tuple[str, Any]] = [
    ("contains", "69 元"), ("icontains", "COFFEE"), ("contains-all", ["冷水", "69 元"]),
    ("contains-all", "冷水, 69 元"),
    ("contains-any", ["热汤", "冷水"]), ("icontains-all", ["coffee", "冷水"]), ("icontains-any", ["tea", "COFFEE"]),
    ("equals", TEXT), ("starts-with", "图书馆"), ("ends-with", "元。"), ("regex", r"\d+ 秒"), ("similar", TEXT),
    ("length", 60), ("length", [10, 60]), ("length", {"min": 10}), ("latency", 600), ("cost", 0.02),
]  # fmt: skip
FAILS: list[tuple[str, Any]] = [
    ("contains", "59 元"), ("contains", "coffee"), ("icontains", "tea"), ("contains-all", ["冷水", "59 元"]),
    ("contains-any", ["热汤", "奶茶"]), ("icontains-all", ["coffee", "tea"]), ("icontains-any", ["tea", "milk"]),
    ("equals", "图书馆"), ("starts-with", "热水"), ("ends-with", "元"), ("regex", r"\d+ 分钟"),
    ("similar", "收摊洗完笼布，手是紧的"), ("length", 10), ("length", [100, 200]), ("latency", 100), ("cost", 0.001),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), HOLDS)
def test_what_holds(kind: str, value: Any) -> None:
    found = run(kind, value)
    assert (found.scorer, found.value, found.passed) == (f"assert.{kind}", 1.0, True), found
    turned = run(f"not-{kind}", value)
    assert (turned.scorer, turned.value, turned.passed) == (f"assert.not-{kind}", 0.0, False)
    assert run(kind, value, negated=True).passed is False


@pytest.mark.parametrize(("kind", "value"), FAILS)
def test_what_does_not_hold(kind: str, value: Any) -> None:
    found = run(kind, value)
    assert found.passed is False
    assert (found.value or 0) < 0.5
    assert found.explanation
    assert run(f"not-{kind}", value).passed is True


def test_evidence_points_at_the_words() -> None:
    for kind, value in (("contains", "冷水"), ("icontains", "COFFEE"), ("regex", r"\d+ 秒")):
        ((field, start, end),) = run(kind, value).evidence
        assert field == "text"
        assert TEXT[start:end] in ("冷水", "Coffee", "3 秒")


@given(st.text("冷水iİıß３abc \ud800", max_size=20), st.text("iİıßcb", min_size=1, max_size=3))
@settings(deadline=None)
def test_icontains_spans_index_the_original(text: str, word: str) -> None:
    for name, start, end in run("icontains", word, text=text or "x").evidence:
        assert name == "text"
        assert 0 <= start < end <= len(text or "x")


@pytest.mark.parametrize(
    ("raw", "schema", "passed"),
    [
        ('{"a": 1}', None, True), ("[1]", None, True), ("图书馆", None, False), ('{"a": 1', None, False),
        ('{"a": 1}', {"type": "object", "required": ["a"]}, True), ('{"a": 1}', {"required": ["b"]}, False),
        ('{"a": 1}', '{"required": ["a"]}', True), ("[" * 100_000, None, False),
    ],
)  # fmt: skip
def test_is_json_looks_at_the_raw_answer(raw: str, schema: Any, passed: bool) -> None:
    assert run("is-json", schema, raw=raw).passed is passed


def test_json_in_a_fence_against_a_schema() -> None:
    raw = '好的：\n```json\n{"text": "冷水", "n": 3}\n```'
    assert run("contains-json", raw=raw).passed
    assert run("json-schema", {"properties": {"n": {"type": "integer"}}}, raw=raw).passed
    bad = run("json-schema", {"properties": {"n": {"type": "string"}}}, raw=raw)
    assert bad.passed is False
    assert "n" in bad.explanation
    assert run("contains-json", raw="没有").passed is False


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("regex", "("), ("regex", None), ("contains", None), ("contains", ""), ("contains-all", []), ("length", "许多"),
        ("length", {"max": 3, "unit": "字"}), ("latency", None), ("json-schema", None), ("json-schema", {"type": 3}),
        ("json-schema", "{"), ("json-schema", {"$ref": "https://example.com/schema.json"}), ("similar", None),
        ("javascript", "output.length"), ("llm-rubric", "好不好"),
    ],
)  # fmt: skip
def test_what_cannot_be_decided_has_no_value(kind: str, value: Any) -> None:
    found = run(kind, value, raw='{"a": 1}', must_pass=True)
    assert (found.value, found.passed, found.must_pass) == (None, None, True)
    assert found.explanation


def test_a_pattern_that_backtracks_has_no_verdict_and_does_not_hang() -> None:
    start = time.monotonic()
    found = run("regex", r"(a+)+$", text="a" * 40 + "b")
    assert found.passed in (None, False)
    if found.passed is None:
        assert "没跑完" in found.explanation
    assert time.monotonic() - start < 60


def test_the_share_leaves_the_undecided_out() -> None:
    wanted = (Assertion("contains", "冷水"), Assertion("contains", "热汤", must_pass=True), Assertion("regex", "("))
    found = scores(Assertions(), moments(TEXT, expect=Expectation(assertions=wanted)))
    assert set(found) == {"assert.contains", "assert.contains#2", "assert.regex", "assertions"}
    assert (found["assertions"].value, found["assertions"].passed) == (0.5, False)
    assert (found["assert.contains#2"].must_pass, found["assert.contains"].must_pass) == (True, False)
    some = (Assertion("contains", "冷水"), Assertion("regex", "("))
    assert scores(Assertions(), moments(TEXT, expect=Expectation(assertions=some)))["assertions"].passed is None


def test_kinds_that_judges_score_are_left_to_them() -> None:
    expect = Expectation(assertions=(Assertion("llm-rubric", "好"),))
    assert Assertions(judged_elsewhere={"llm-rubric"}).score(moments(TEXT, expect=expect)) == ()
    assert Assertions().score(moments(TEXT)) == ()


def test_without_copy_the_raw_answer_is_asserted() -> None:
    expect = Expectation(assertions=(Assertion("contains", "冷水"), Assertion("equals", "冷水三秒")))
    row = sampled(None, brief_for("ad"), context_for(), raw="冷水三秒", expect=expect)
    found = scores(Assertions(), row)
    assert found["assertions"].value == 1.0
    assert found["assert.contains"].evidence == ()


def test_an_article_is_searched_in_every_published_field() -> None:
    expect = Expectation(assertions=(Assertion("contains", "撕一条，冷水晃三下"), Assertion("not-contains", "利益")))
    found = scores(Assertions(), article(expect=expect))
    assert found["assertions"].value == 1.0
    assert found["assert.contains"].evidence[0][0] == "digest"


def test_similar_uses_the_embedding_where_there_is_one() -> None:
    def embed(texts: Sequence[str]) -> list[list[float]]:
        return [[1.0, 0.0] for _ in texts]

    expect = Expectation(assertions=(Assertion("similar", "全不一样", threshold=0.9),))
    assert Assertions(embed).score(moments(TEXT, expect=expect))[0].passed is True
    plain = Assertions().score(moments(TEXT, expect=expect))[0]
    assert plain.passed is False
    assert "没有配向量模型" in plain.explanation


def test_every_kind_has_a_test() -> None:
    assert set(KINDS) - {kind for kind, _ in HOLDS} == {"is-json", "contains-json", "json-schema", "is-refusal"}
    assert run("is-refusal", text="抱歉，我无法提供。").passed
    assert run("is-refusal").passed is False


def test_reference_metrics_of_a_draft() -> None:
    row = moments(TEXT, expect=Expectation(references=("完全两样的话", TEXT)))
    assert {name: one.value for name, one in scores(Reference(), row).items()} == {
        "reference.rouge_l": 1.0, "reference.chrf": 1.0, "reference.bleu": 1.0,
    }  # fmt: skip
    assert row.draft.copy is not None
    assert plain_text(row.draft.copy) == TEXT
    far = scores(Reference(), moments(TEXT, expect=Expectation(references=("收摊洗完笼布手是紧的",))))
    assert all((one.value or 0) < 0.2 for one in far.values())
    assert Reference().score(moments(TEXT)) == ()
