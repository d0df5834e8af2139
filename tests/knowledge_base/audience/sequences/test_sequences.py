"""Next actions: steps from events, the chain's probabilities, and boosting only where it wins."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.audience.sequences import files, gru_training
from knowledge_base.audience.sequences.choose import train_next
from knowledge_base.audience.sequences.markov import Markov
from knowledge_base.audience.sequences.steps import CONTEXT, END, NAMES, OWN, START, Ints, Steps, steps
from knowledge_base.errors import BadInputError, StorageError
from tests.knowledge_base.audience.sequences.walks import events, walks


@pytest.fixture(autouse=True)
def without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same everywhere, torch or not."""
    monkeypatch.setattr(gru_training, "installed", lambda: False)


def everywhere(found: Steps) -> Ints:
    return np.arange(len(found))


def test_steps_know_visits_history_and_what_came_next() -> None:
    rows = [
        ("a", 0, "阅读"),
        ("a", 1, "点击"),
        ("a", 2, "加购"),
        ("a", 500, "阅读"),
        ("b", 3, "点赞"),
        ("b", 900, "阅读"),
    ]
    found = steps(events([*rows, ("a", 4, "未读")]))
    names = [[OWN[code] if code < END else "-" for code in row] for row in found.recent]
    following = [None if code < 0 else NAMES[code] for code in found.following]
    assert following == ["点击", "加购", "离开", "离开", "离开", None]
    assert names[2] == ["加购", "点击", "阅读", "-"]
    assert names[3] == ["阅读", "-", "-", "-"]
    context = dict(zip(CONTEXT, found.context[3], strict=True))
    assert [round(one, 3) for one in found.waited[[1, 3, 5]]] == [1, 498, 897]
    assert np.isnan(found.waited[[0, 4]]).all()
    assert found.latest().tolist() == [3, 5]
    assert found.column("第几步").tolist() == [0, 1, 2, 0, 0, 0]
    assert (context["第几步"], context["以前加购几次"], context["这次访问阅读"]) == (0, 1, 1)
    assert found.recent.max() == START


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 400), st.sampled_from(OWN)), min_size=1, max_size=40))
def test_chain_gives_probabilities(rows: list[tuple[str, float, str]]) -> None:
    found = steps(events(rows))
    for order in (0, 1, 2):
        chances = Markov.fit(found, everywhere(found)).predict_proba(found, everywhere(found), order)
        assert chances.sum(axis=1) == pytest.approx(1)
        assert (chances > 0).all()


def test_chain_learns_what_follows() -> None:
    found = steps(walks(60, {"阅读": ["点击"], "点击": ["加购"], "加购": ["阅读"]}))
    chances = Markov.fit(found, everywhere(found)).predict_proba(found, everywhere(found))
    reads = (found.recent[:, 0] == OWN.index("加购")) & (found.following != END)
    assert chances[reads, OWN.index("阅读")].min() > 0.7


def test_the_chain_stays_when_there_is_nothing_more_to_know() -> None:
    chosen = train_next(steps(walks(150, {"阅读": ["阅读", "点击"], "点击": ["阅读", "点击"]})))
    assert chosen.kind == "markov"
    assert chosen.predictor.recent is None
    assert chosen.gain.low <= 0


def test_without_torch_the_card_says_how_to_get_it() -> None:
    card = train_next(steps(walks(30, {"阅读": ["阅读", "点击"], "点击": ["阅读", "点击"]}))).as_dict()
    assert card["notes"] == ['循环网络（GRU）没有试：要用 torch，现在没有安装；安装：pip install "wenan[deep]"']
    assert card["network_gains"] == {}
    assert [one["name"] for one in card["results"]] == ["人人都做最常见的", "一阶马尔可夫", "二阶马尔可夫", "梯度提升"]


def test_boosting_is_used_where_history_matters(tmp_path: Path) -> None:
    found = steps(walks(150, {"阅读": ["点击"], "点击": ["阅读"]}, memory=True))
    chosen = train_next(found)
    assert chosen.kind == "boosting"
    loss = {result.name: result.loss.value for result in chosen.results}
    assert loss["梯度提升"] < loss["二阶马尔可夫"] < loss["人人都做最常见的"]
    path = tmp_path / "next.skops"
    again = files.load(path, files.save(chosen, path))
    for places in (everywhere(found), found.latest(), np.array([5, 5, 2])):
        wanted = chosen.predictor.predict_proba(found, places)
        np.testing.assert_array_equal(again.predict_proba(found, places), wanted)
    with pytest.raises(StorageError):
        files.load(path, hashlib.sha256(b"").hexdigest())


def test_too_little_is_refused() -> None:
    with pytest.raises(BadInputError, match="没有本人的动作"):
        steps(events([]))
    with pytest.raises(BadInputError, match="太少"):
        train_next(steps(events([("a", 0, "阅读"), ("a", 99, "阅读")])))
