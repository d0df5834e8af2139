"""Distinctness: copies and repeated openings within a group are told; other groups and other cases do not matter."""

from __future__ import annotations

from collections.abc import Sequence

from evals.records import Sampled, Score
from evals.scorers.distinctness import Distinctness
from tests.evals.scorers.answers import moments

ONE = "图书馆没热水。撕一条，冷水 3 秒化开。"
TWO = "娃睡着的二十分钟，不想烧水吵醒她。"
THREE = "下午四点，稿子第七版，喝口苦的。"


def run(texts: Sequence[str], scorer: Distinctness | None = None, group: str = "g") -> list[dict[str, Score]]:
    rows = [moments(text, case=f"c{i}", group=group) for i, text in enumerate(texts)]
    found = (scorer or Distinctness()).score_group(rows)
    return [{score.scorer: score for score in found.get((row.case.id, row.sample), ())} for row in rows]


def test_copies_are_found() -> None:
    same, again, other = run([ONE, ONE, TWO])
    assert same["distinct.jaccard"].value == same["distinct.self_bleu"].value == 1.0
    assert "c1" in same["distinct.jaccard"].explanation
    assert again["distinct.opening"].value == 0.0
    assert other["distinct.opening"].value == 1.0
    assert (other["distinct.jaccard"].value or 0) < 0.1


def test_the_same_opening_is_found_though_the_rest_differs() -> None:
    first, second, third = run([ONE, "图书馆没热水，排队要十分钟，冲不了。", THREE])
    assert first["distinct.opening"].passed is False
    assert second["distinct.opening"].evidence == (("text", 0, 8),)
    assert third["distinct.opening"].passed is True


def test_different_texts_are_distinct() -> None:
    for found in run([ONE, TWO, THREE]):
        assert (found["distinct.self_bleu"].value or 0) < 0.1
        assert found["distinct.opening"].passed


def test_groups_are_apart_and_a_text_alone_has_nothing_to_say() -> None:
    assert run([ONE, ONE], group="") == [{}, {}]
    rows = [moments(ONE, case="a", group="x"), moments(ONE, case="b", group="y")]
    assert Distinctness().score_group(rows) == {}


def test_samples_of_one_case_are_compared() -> None:
    rows = [moments(ONE, case="a", sample_number=n) for n in range(2)]
    found = Distinctness().score_group(rows)
    assert {score.value for score in found["a", 1] if score.scorer == "distinct.self_bleu"} == {1.0}


def test_together_brings_a_group_and_a_case_under_one_key() -> None:
    def row(case: str, group: str, number: int = 0) -> Sampled:
        return moments(ONE, case=case, group=group, sample_number=number)

    scorer = Distinctness()
    assert scorer.together(row("a", "g")) == scorer.together(row("b", "g"))
    assert scorer.together(row("a", "", 0)) == scorer.together(row("a", "", 1))
    assert len({scorer.together(row(f"c{i}", "")) for i in range(1000)}) <= 32


def test_an_embedding_is_used_where_one_is_configured() -> None:
    def embed(texts: Sequence[str]) -> list[list[float]]:
        return [[1.0, 0.0] if "水" in text else [0.0, 1.0] for text in texts]

    first, _second, third = run([ONE, TWO, THREE], Distinctness(embed))
    assert first["distinct.embedding"].value == 1.0
    assert third["distinct.embedding"].value == 0.0
    assert "distinct.embedding" not in run([ONE, TWO])[0]


def test_a_draft_without_copy_is_named_and_the_rest_compared() -> None:
    from tests.evals.scorers.answers import with_copy

    rows = [moments(ONE, case="a", group="g"), moments(TWO, case="b", group="g"), moments(TWO, case="c", group="g")]
    rows[2] = with_copy(rows[2], None)
    found = Distinctness().score_group(rows)
    assert found["c", 0][0].value is None
    assert found["a", 0][0].value is not None
