"""What there is to label: each thing once, the same thing in every run, in a blind order of one's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from evals.judges.rubric import Rubric, load_rubric
from evals.label_items import as_shown, brief_sha256, pair_items, score_items, shuffled
from knowledge_base.workspace import Workspace
from tests.agent.drafts import moments_draft
from tests.evals.judges.label_helpers import TEXTS, one_variant, row, run_of, two_variants


def rubric(name: str = "human_voice") -> Rubric:
    return load_rubric(name, Workspace(Path.cwd()))


def test_every_different_draft_is_one_item() -> None:
    run = run_of([row("c1", TEXTS[0]), row("c1", TEXTS[0], sample=1), row("c2", TEXTS[1]), row("c3", TEXTS[0])])
    items = score_items(run, rubric())
    assert len(items) == 2, "the same words for the same task are judged once"
    assert [item.case_id for item in items] == ["c1", "c2"]


def test_what_failed_or_does_not_fit_is_no_item() -> None:
    broken = replace(row("c1", TEXTS[0]), draft=None, outcome="error", error="X：y")
    assert score_items(run_of([broken]), rubric()) == ()
    assert score_items(one_variant(), rubric("reply_correct")) == ()


def test_the_unit_does_not_hang_on_run_model_seed_or_day() -> None:
    here, there = one_variant(), run_of([row(f"x{i}", text, "other") for i, text in enumerate(TEXTS)], id="r_ffff")
    assert {i.unit for i in score_items(here, rubric())} == {i.unit for i in score_items(there, rubric())}
    brief = moments_draft().brief
    assert brief_sha256(brief) == brief_sha256(replace(brief, seed=7, variant=2, origin="eval"))
    assert brief_sha256(brief) != brief_sha256(replace(brief, persona="u-mama"))


def test_another_rubric_version_or_question_is_another_unit() -> None:
    run = one_variant()
    new = replace(rubric(), version="2")
    assert not {i.unit for i in score_items(run, rubric())} & {i.unit for i in score_items(run, new)}
    assert not {i.unit for i in score_items(run, rubric())} & {i.unit for i in score_items(run, rubric("hook"))}


def test_pairs_are_of_one_case_and_different() -> None:
    items = pair_items(two_variants(), rubric())
    assert len(items) == len(TEXTS)
    for item in items:
        assert item.samples[0].case.id == item.samples[1].case.id
        assert item.drafts == tuple(sorted(item.drafts))
    assert pair_items(run_of([row("c", TEXTS[0]), row("c", TEXTS[0], "n")]), rubric()) == ()


def test_pairs_of_two_runs_are_the_same_from_both_sides() -> None:
    a, b = one_variant(), run_of([row(f"c{i}", t + "真的。", "n") for i, t in enumerate(TEXTS)], id="r_b")
    there, back = pair_items(a, rubric(), b), pair_items(b, rubric(), a)
    assert len(there) == len(TEXTS)
    assert {item.unit for item in there} == {item.unit for item in back}


def test_each_person_has_an_order_of_their_own_and_keeps_it() -> None:
    items = score_items(one_variant([f"{text}{i}" for text in TEXTS for i in range(5)]), rubric())
    mine = [item.unit for item in shuffled(items, "张三")]
    assert mine == [item.unit for item in shuffled(items[::-1], "张三")]
    assert mine != [item.unit for item in items]
    assert mine != [item.unit for item in shuffled(items, "李四")]


def test_both_sides_come_first_about_as_often() -> None:
    items = pair_items(two_variants([f"{text}{i}" for text in TEXTS for i in range(25)]), rubric())
    turned = sum(as_shown(item, "张三")[0] is item.samples[1] for item in items)
    assert 30 < turned < 70
    longer = sum("早八" in str(as_shown(item, "张三")[0].draft.copy) for item in items)
    assert 30 < longer < 70, "the place says nothing about the variant"
