"""`wenan eval agreement` and `label` over a run in the database, the judge on a loopback endpoint."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.copies import plain_text
from evals.database import EvalsDb
from evals.judges.calibration import Calibrations
from evals.judges.rubric import load_rubric
from evals.label_items import Item, pair_items, score_items
from evals.label_store import LabelStore
from evals.label_ui import label_of
from evals.records import Run, Score
from knowledge_base.workspace import Workspace
from tests.conftest import Ran
from tests.evals.judges.judge_server import configure, grading, judge_server, preferring
from tests.evals.judges.label_helpers import one_variant, row, run_of, store_run, two_variants

Wenan = Callable[..., Ran]
MANY = tuple(f"第 {i} 天，图书馆没热水，冷水{'晃' * (1 + i % 5)}一下。" for i in range(60))


def taste(text: str) -> int:
    """What the people of these tests think of a copy, and a good judge with them."""
    return text.count("晃")


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUDGE_KEY", "sk-test")


def text_of(item: Item, i: int = 0) -> str:
    copy = item.samples[i].draft.copy
    assert copy is not None
    return plain_text(copy)


def label_run(folder: Path, run: Run, value: Callable[[Item], str], *, by: str = "张三", pairs: bool = False) -> None:
    workspace = Workspace(folder)
    rubric = load_rubric("human_voice", workspace)
    items = pair_items(run, rubric) if pairs else score_items(run, rubric)
    LabelStore.open(workspace).add(*(label_of(item, value(item), by) for item in items))


def measured(ran: Ran) -> dict[str, Any]:
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


def test_a_good_judge_may_decide(workspace_dir: Path, wenan: Wenan) -> None:
    run = one_variant(MANY)
    store_run(Workspace(workspace_dir), run)
    label_run(workspace_dir, run, lambda item: str(taste(text_of(item))))
    with judge_server(grading(taste)) as (url, seen):
        configure(workspace_dir, url, "good")
        ran = wenan("eval", "agreement", "-j", "human_voice@good", "--repeat", "2", "-f", "json")
        (judge,) = measured(ran)["judges"]
        assert len(seen) == 120, "each thing is asked twice"
        again = measured(wenan("eval", "agreement", "-j", "human_voice@good", "--repeat", "2", "-f", "json"))
        assert len(seen) == 120, "answers are kept"
    assert again["judges"] == [judge]
    assert (judge["whole"]["n"], judge["whole"]["cases"], judge["whole"]["kappa"]) == (60, 60, 1.0)
    assert (judge["repeats"]["things"], judge["repeats"]["same"]) == (60, 60)
    assert judge["advisory"] is False


def test_a_judge_of_length_is_flagged_and_only_advises(workspace_dir: Path, wenan: Wenan) -> None:
    run = one_variant([text + "真的" * (i % 7) for i, text in enumerate(MANY)])
    store_run(Workspace(workspace_dir), run)
    label_run(workspace_dir, run, lambda item: str(taste(text_of(item))))
    with judge_server(grading(lambda text: min(5, max(1, (len(text) - 16) // 4)))) as (url, _):
        configure(workspace_dir, url, "long")
        ran = wenan("eval", "agreement", run.id, "--judge", "human_voice@long")
    assert ran.code == 0
    assert "评委比人更偏爱长的" in ran.out
    assert "只供参考：和人的一致性 κ" in ran.out
    assert not any(line.endswith("，只供参考") for line in ran.out.splitlines() if line.startswith("评委 "))
    assert "混淆矩阵" in ran.out


def test_few_labels_only_advise_however_good(workspace_dir: Path, wenan: Wenan) -> None:
    run = one_variant(MANY[:20])
    store_run(Workspace(workspace_dir), run)
    label_run(workspace_dir, run, lambda item: str(taste(text_of(item))))
    with judge_server(grading(taste)) as (url, _):
        configure(workspace_dir, url, "good")
        ran = wenan("eval", "agreement", "-j", "human_voice@good", "-f", "json")
    (judge,) = measured(ran)["judges"]
    assert (judge["whole"]["kappa"], judge["advisory"]) == (1.0, True)
    assert "再标 30 条" in ran.err


def test_a_failing_endpoint_leaves_things_out_and_is_no_low_grade(workspace_dir: Path, wenan: Wenan) -> None:
    run = one_variant(MANY[:20])
    store_run(Workspace(workspace_dir), run)
    label_run(workspace_dir, run, lambda item: str(taste(text_of(item))))
    good = grading(taste)

    def answer(system: str, user: str) -> str | int:
        return 500 if "第 3 天" in user else "随便" if "第 4 天" in user else good(system, user)

    with judge_server(answer) as (url, _):
        configure(workspace_dir, url, "flaky")
        (judge,) = measured(wenan("eval", "agreement", "-j", "human_voice@flaky", "-f", "json"))["judges"]
    assert (judge["whole"]["n"], judge["whole"]["kappa"]) == (18, 1.0)
    reasons = dict(judge["unanswered"])
    assert sum(reasons.values()) == 2
    assert any(reason.startswith("ServerTroubleError") for reason in reasons)


def test_a_dead_endpoint_exits_4(workspace_dir: Path, wenan: Wenan) -> None:
    run = one_variant(MANY[:4])
    store_run(Workspace(workspace_dir), run)
    label_run(workspace_dir, run, lambda item: "3")
    with judge_server(lambda system, user: 500) as (url, _):
        configure(workspace_dir, url, "dead")
        ran = wenan("eval", "agreement", "-j", "human_voice@dead")
    assert ran.code == 4
    assert "没有结果 4 条" in ran.out


def test_pairs_measure_place_and_length(workspace_dir: Path, wenan: Wenan) -> None:
    run = two_variants(MANY[:20])
    store_run(Workspace(workspace_dir), run)
    label_run(workspace_dir, run, lambda item: item.drafts[item.drafts.index(max(item.drafts))], pairs=True)
    with judge_server(preferring(lambda first, second: "甲")) as (url, seen):
        configure(workspace_dir, url, "first")
        ran = wenan("eval", "agreement", "-j", "pair:human_voice@first", "-f", "json")
        assert len(seen) == 40, "both orders"
    (judge,) = measured(ran)["judges"]
    assert (judge["place"]["pairs"], judge["place"]["swayed"]) == (20, 20)
    assert judge["place"]["first"]["k"] == 40
    assert judge["whole"]["second"] == [0.0, 0.0, 1.0]
    assert judge["whole"]["first"] == [0.0, 1.0, 0.0], "a judge of places has said nothing but ties"
    assert judge["advisory"] is True


def test_people_against_people_needs_no_judge(workspace_dir: Path, wenan: Wenan) -> None:
    run = one_variant(MANY[:20])
    store_run(Workspace(workspace_dir), run)
    for i, by in enumerate(("张三", "李四", "王五")):
        label_run(workspace_dir, run, lambda item, i=i: str(max(1, taste(text_of(item)) - (i == 2))), by=by)  # type: ignore[misc]
    ran = wenan("eval", "agreement")
    assert ran.code == 0
    assert "张三 对 李四：n=20（20 个用例），一致 100%" in ran.out
    assert "Fleiss κ" in ran.out
    assert "没有评委的结果" in ran.err


def test_a_run_with_stored_grades_is_measured_and_its_settings_follow(workspace_dir: Path, wenan: Wenan) -> None:
    workspace = Workspace(workspace_dir)
    about = {
        "kind": "rubric", "rubric": "human_voice", "rubric_version": "1", "models": ["m"], "fingerprint": "f" * 64,
        "declared": 0.6, "kappa": None, "kappa_low": None, "labels": 0, "advisory": True, "caution": "没有对过",
    }  # fmt: skip
    rows = [
        replace(row(f"c{i}", text), scores=(Score("judge.voice", float(taste(text))),)) for i, text in enumerate(MANY)
    ]
    run = replace(run_of(rows), settings={"judges": {"judge.voice": about, "judge.voice.planted": about}})
    store_run(workspace, run)
    label_run(workspace_dir, run, lambda item: str(taste(text_of(item))))
    (judge,) = measured(wenan("eval", "agreement", "last", "-f", "json"))["judges"]
    assert (judge["judge"], judge["whole"]["kappa"], judge["advisory"]) == ("judge.voice", 1.0, False)
    with EvalsDb.open(workspace) as db:
        kept = db.head(run.id).settings["judges"]
    assert kept["judge.voice"]["kappa"] == 1.0
    assert kept["judge.voice"]["labels"] == 60
    assert {one["advisory"] for one in kept.values()} == {False}
    assert Calibrations.open(workspace).of("f" * 64) is not None


def test_nothing_labelled_says_what_to_do(workspace_dir: Path, wenan: Wenan) -> None:
    ran = wenan("eval", "agreement")
    assert ran.code == 3
    assert "wenan eval label" in ran.err


def test_labelled_by_another_rubric_says_what_to_do(workspace_dir: Path, wenan: Wenan) -> None:
    run = one_variant(MANY[:4])
    store_run(Workspace(workspace_dir), run)
    label_run(workspace_dir, run, lambda item: "3")
    with judge_server(grading(taste)) as (url, seen):
        configure(workspace_dir, url, "good")
        ran = wenan("eval", "agreement", "-j", "hook@good")
    assert ran.code == 3
    assert "--scores hook" in ran.err
    assert seen == []


LABEL: dict[str, tuple[tuple[str, ...], int, str]] = {
    "no run": (("nothing",), 3, "没有跑过评测集"),
    "no terminal": (("小套",), 2, "--export"),
    "no such rubric": (("小套", "--scores", "hok"), 3, "hook"),
    "nothing to pair": (("小套", "--pairs"), 3, "--against"),
    "against without pairs": (("小套", "--against", "last"), 2, "--pairs"),
    "both ways": (("小套", "--export", "a.csv", "--import", "a.csv"), 2, "不能一起用"),
}


@pytest.mark.parametrize(("args", "code", "said"), LABEL.values(), ids=LABEL.keys())
def test_label_says_what_is_wrong(
    args: tuple[str, ...], code: int, said: str, workspace_dir: Path, wenan: Wenan
) -> None:
    store_run(Workspace(workspace_dir), one_variant())
    ran = wenan("eval", "label", *args)
    assert ran.code == code
    assert said in ran.err


def test_label_by_sheet(workspace_dir: Path, wenan: Wenan) -> None:
    store_run(Workspace(workspace_dir), one_variant())
    assert wenan("eval", "label", "小套", "--export", "表.jsonl", "--by", "李四").code == 0
    rows = [json.loads(line) for line in Path("表.jsonl").read_text(encoding="utf-8").splitlines()]
    text = "".join(json.dumps({"unit": one["unit"], "value": 4}) + "\n" for one in rows)
    Path("表.jsonl").write_text(text, encoding="utf-8")
    ran = wenan("eval", "label", "--import", "表.jsonl", "--by", "李四")
    assert "导入 4 条（李四）" in ran.err
    assert {one.value for one in LabelStore.open(Workspace(workspace_dir)).read()} == {"4"}


def test_rubrics_are_listed(workspace_dir: Path, wenan: Wenan) -> None:
    ran = wenan("eval", "label", "--rubrics")
    assert "human_voice\t写得像人话" in ran.out
