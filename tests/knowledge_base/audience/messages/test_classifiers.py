"""Sentiment and intent, untrained and trained."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

from knowledge_base.audience.messages.labelled import read_labelled, without_rare
from knowledge_base.audience.messages.labels import RISK, TASKS, UNKNOWN, Task, canonical, examples
from knowledge_base.audience.messages.scores import threshold_for
from knowledge_base.audience.messages.trained import load, train
from knowledge_base.audience.messages.untrained import ExampleClassifier
from knowledge_base.embedders.usem3 import UseEmbedder
from knowledge_base.embedding import ToyEmbedder
from knowledge_base.errors import BadInputError


@pytest.fixture(scope="module")
def classifiers() -> dict[Task, ExampleClassifier]:
    embedder = UseEmbedder()
    return {task: ExampleClassifier(task, embedder) for task in TASKS}


@pytest.mark.parametrize("task", TASKS)
def test_examples_are_many_and_distinct(task: Task) -> None:
    shown = examples(task)
    assert min(Counter(shown.answers).values()) >= 15
    assert len(set(shown.texts)) == len(shown.texts)
    assert set(shown.answers) == set(shown.labels)


@pytest.mark.parametrize(
    ("task", "text", "label"),
    [
        ("intent", "这款现在打几折呀", "price"),
        ("intent", "包裹三天没有更新了", "logistics"),
        ("intent", "我怀孕五个月能用吗", RISK),
        ("intent", "我想把它退了，怎么弄", "returns"),
        ("sentiment", "特别好用，下次还来买", "positive"),
        ("sentiment", "东西太差，后悔死了", "negative"),
    ],
)
def test_untrained(classifiers: dict[Task, ExampleClassifier], task: Task, text: str, label: str) -> None:
    assert classifiers[task].judge([text])[0].label == label


def test_abstains_on_what_is_like_nothing(classifiers: dict[Task, ExampleClassifier]) -> None:
    said = classifiers["intent"].judge(["xq zzv 8812", "…"])
    assert {one.label for one in said} <= {UNKNOWN, "other"}
    assert classifiers["intent"].judge([]) == []


def labelled() -> tuple[list[str], list[str]]:
    good = [f"第{i}次买，很好用，喜欢" for i in range(40)]
    bad = [f"第{i}次买，坏了，失望" for i in range(40)]
    return good + bad, ["positive"] * 40 + ["negative"] * 40


def test_trained_survives_its_file(tmp_path: Path) -> None:
    model = train("sentiment", *labelled(), data="标注.csv")
    path = tmp_path / "models" / "m.npz"
    model.save(path)
    again = load(path)
    assert again is not None
    assert again.card == model.card
    assert model.card.used
    texts = ["很好用", "坏了", "喜欢但是坏了"]
    np.testing.assert_allclose(again.probabilities(texts), model.probabilities(texts))
    assert [one.best for one in again.judge(texts[:2])] == ["positive", "negative"]


def test_a_model_that_learnt_nothing_is_not_used() -> None:
    texts, _ = labelled()
    model = train("sentiment", texts, ["positive", "positive", "negative", "positive"] * 20, data="乱标.csv")
    assert not model.card.used


@pytest.mark.parametrize(
    ("labels", "word"),
    [(["a"] * 60, "只有一种标签"), (["a"] * 58 + ["b"] * 2, "b"), (["a", "b"] * 10, "只有 20 条")],
    ids=["one label", "rare label", "few rows"],
)
def test_too_little(labels: list[str], word: str) -> None:
    with pytest.raises(BadInputError, match=word):
        train("sentiment", [f"第{i}句" for i in range(len(labels))], labels, data="x")


def test_damaged_file(tmp_path: Path) -> None:
    (tmp_path / "m.npz").write_bytes(b"PK\x03\x04 not a zip")
    with pytest.raises(BadInputError, match="坏了"):
        load(tmp_path / "m.npz")
    assert load(tmp_path / "absent.npz") is None


def test_labels_people_write() -> None:
    assert [canonical("sentiment", word) for word in ("1", "0", "好评", "x")] == [
        "positive",
        "negative",
        "positive",
        "x",
    ]
    assert canonical("intent", "投诉抱怨") == "complaint"


def test_threshold_reaches_its_target() -> None:
    probabilities = np.array([[0.9, 0.1], [0.55, 0.45], [0.52, 0.48], [0.8, 0.2]])
    assert threshold_for(probabilities, np.array([True, False, False, True]), 1.0) == 0.6
    assert threshold_for(probabilities, np.array([True, True, False, True]), 1.0) == 0.55


def test_the_embedder_is_a_part_that_can_be_changed() -> None:
    assert ExampleClassifier("intent", ToyEmbedder()).card.scores["accuracy"] > 0.2


def test_columns_marks_and_rare_labels(tmp_path: Path) -> None:
    path = tmp_path / "stars.csv"
    path.write_text("留言,打几分,星\n好吃,x,5\n一般,x,3\n难吃,x,1.5\n,x,2\n", encoding="gbk")
    assert read_labelled(path, "sentiment", label="星") == (
        ["好吃", "一般", "难吃"],
        ["positive", "neutral", "negative"],
    )
    with pytest.raises(BadInputError) as caught:
        read_labelled(path, "sentiment")
    assert "--label" in str(caught.value.hint)
    assert without_rare(["a", "b", "c"], ["x", "x", "y"], 2) == (["a", "b"], ["x", "x"], ["y"])
