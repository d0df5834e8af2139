"""Labels on disk: append-only, last one counts, withdrawn ones do not, nothing is lost by a crash."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest

from evals.label_store import Label, LabelStore, new_label
from knowledge_base.errors import BadInputError


def label(unit: str = "u1", value: str = "4", by: str = "张三", **changes: str) -> Label:
    values = {"kind": "score", "rubric": "hook", "rubric_version": "1", "case_id": "c1", "run": "r_1"}
    return new_label(unit=unit, value=value, by=by, drafts=("d" * 64,), **(values | changes))


def test_what_is_added_is_read(tmp_path: Path) -> None:
    store = LabelStore(tmp_path / "新" / "labels.jsonl")
    assert store.read() == ()
    one, two = label(), label("u2", "tie", kind="pair")
    store.add(one)
    store.add(two)
    assert LabelStore(store.path).read() == (one, two)


def test_a_persons_last_label_counts(tmp_path: Path) -> None:
    store = LabelStore(tmp_path / "labels.jsonl")
    first, last, other = label(value="1"), label(value="5"), label(value="2", by="李四")
    store.add(first, other, last)
    assert {(one.by, one.value) for one in store.read()} == {("张三", "5"), ("李四", "2")}
    assert len(store.path.read_text(encoding="utf-8").splitlines()) == 3, "nothing is overwritten"


def test_a_withdrawn_label_gives_back_the_one_before(tmp_path: Path) -> None:
    store = LabelStore(tmp_path / "labels.jsonl")
    first, last = label(value="1"), label(value="5")
    store.add(first, last)
    store.withdraw(last.id, "张三")
    assert store.read() == (first,)
    store.withdraw(first.id, "张三")
    assert store.read() == ()


@pytest.mark.parametrize("cut", [1, 10, 60])
def test_a_line_cut_short_is_ignored_and_the_next_one_whole(cut: int, tmp_path: Path) -> None:
    store = LabelStore(tmp_path / "labels.jsonl")
    one, two, three = label(), label("u2"), label("u3")
    store.add(one, two)
    store.path.write_bytes(store.path.read_bytes()[:-cut])
    assert store.read() == (one,)
    store.add(three)
    assert store.read() == (one, three)


@pytest.mark.parametrize("line", ["{}", "[]", "3", "好", '{"label": {"id": 1}}'])
def test_a_line_that_is_no_label_is_named(line: str, tmp_path: Path) -> None:
    store = LabelStore(tmp_path / "labels.jsonl")
    store.add(label())
    with store.path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    store.add(label("u2"))
    with pytest.raises(BadInputError) as caught:
        store.read()
    assert caught.value.row == 2


def _many(path: str, by: str) -> None:
    store = LabelStore(Path(path))
    for i in range(20):
        store.add(label(f"u{i}", by=by))


def test_two_people_may_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_many, args=(str(path), by)) for by in ("张三", "李四")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert len(LabelStore(path).read()) == 40
    assert all(json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
