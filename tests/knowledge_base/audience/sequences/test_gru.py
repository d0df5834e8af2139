"""The network without torch: its reckoning against a plain loop, its pieces of history, its choice, its file."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.audience import model_files
from knowledge_base.audience.sequences import files, gru, gru_training
from knowledge_base.audience.sequences.choose import train_next
from knowledge_base.audience.sequences.gru import Gru
from knowledge_base.audience.sequences.history import FIRST, GAP_MINUTES, REACH, gaps, numbers, pieces
from knowledge_base.audience.sequences.markov import Markov
from knowledge_base.audience.sequences.recent import UNSEEN
from knowledge_base.audience.sequences.steps import END, OWN, Steps, steps
from knowledge_base.errors import StorageError
from tests.knowledge_base.audience.sequences.hand_made import by_formula, knowing
from tests.knowledge_base.audience.sequences.walks import events, long_memory


def histories(lengths: list[int]) -> Steps:
    """People with so many actions each, waits from seconds to weeks."""
    rows: list[tuple[str, float, str]] = []
    for person, length in enumerate(lengths):
        minute = 0.0
        for place in range(length):
            rows.append((f"u{person:03}", minute, OWN[(place * place + person) % len(OWN)]))
            minute += 10 ** ((place * 7 + person) % 6 - 2)
    return steps(events(rows))


def plainly(network: Gru, found: Steps, row: int) -> list[float]:
    """P(next) after one row, by the formulas of gru.py, number by number."""
    size = len(network.memory_table)
    memory = [0.0] * size
    seen, waits = numbers(found), gaps(found)
    for at in range(int(np.flatnonzero(found.users == found.users[row])[0]), row + 1):
        given_, held = [], []
        for column in range(3 * size):
            value = float(network.action_table[found.recent[at, 0], column] + network.gap_table[waits[at], column])
            for place in range(seen.shape[1]):
                if not math.isnan(seen[at, place]):
                    scaled = (seen[at, place] - network.means[place]) / network.scales[place]
                    value += scaled * float(network.number_table[place, column])
            given_.append(value)
            kept = sum(memory[unit] * float(network.memory_table[unit, column]) for unit in range(size))
            held.append(kept + float(network.memory_bias[column]))
        after = []
        for unit in range(size):
            reset = 1 / (1 + math.exp(-(given_[unit] + held[unit])))
            update = 1 / (1 + math.exp(-(given_[size + unit] + held[size + unit])))
            new = math.tanh(given_[2 * size + unit] + reset * held[2 * size + unit])
            after.append((1 - update) * new + update * memory[unit])
        memory = after
    logits = [
        float(network.out_bias[c]) + sum(memory[unit] * float(network.out_table[unit, c]) for unit in range(size))
        for c in range(END + 1)
    ]
    total = sum(math.exp(one) for one in logits)
    return [(1 - UNSEEN) * math.exp(one) / total + UNSEEN / (END + 1) for one in logits]


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_reckons_as_a_plain_loop_does(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gru, "BATCH", batch)
    found, network = histories([5, 1, 17, 40, 2]), by_formula()
    places = np.array([64, 0, 4, 5, 22, 21, 22, 63])
    wanted = [plainly(network, found, int(row)) for row in places]
    np.testing.assert_allclose(network.predict_proba(found, places), wanted, atol=1e-6)
    assert len({tuple(np.round(one, 3)) for one in wanted}) == len(set(places.tolist()))  # the rows do differ


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 5 * REACH), min_size=1, max_size=3), st.integers(0, 2**32 - 1))
def test_every_row_is_answered_once_with_enough_behind_it(lengths: list[int], seed: int) -> None:
    found = histories(lengths)
    rng = np.random.default_rng(seed)
    places = np.flatnonzero(rng.random(len(found)) < rng.choice([0.01, 0.5, 1.0]))
    parts = pieces(found, places)
    assert (parts.end - parts.first <= 2 * REACH).all()
    answered = [row for own, end in zip(parts.own, parts.end, strict=True) for row in range(own, end)]
    assert len(answered) == len(set(answered))
    assert set(places) <= set(answered)
    begins = np.append(0, found.latest()[:-1] + 1)
    for first, end, own in zip(parts.first, parts.end, parts.own, strict=True):
        begin = begins[found.users[own]]
        assert found.users[first] == found.users[end - 1]
        assert first == begin or own - first == REACH
        assert end - 1 in places  # nothing is read in vain


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 4 * REACH), st.integers(1, 3 * REACH))
def test_what_comes_later_changes_nothing(length: int, more: int) -> None:
    whole, part, network = histories([length + more, 3]), histories([length]), by_formula()
    rows = np.arange(length)
    np.testing.assert_allclose(network.predict_proba(whole, rows), network.predict_proba(part, rows), atol=1e-6)


def test_waits_fall_into_their_buckets() -> None:
    found = steps(events([("a", 0, "阅读"), ("a", 0.05, "阅读"), ("a", 30.05, "阅读"), ("a", 90_000, "点赞")]))
    assert gaps(found).tolist() == [FIRST, 0, GAP_MINUTES.index(30) + 1, FIRST - 1]


def learnt(network: Gru, sampled: bool = False) -> gru_training.Learnt:
    return gru_training.Learnt(network, 7, 1_234, sampled)


@pytest.mark.parametrize("sampled", [False, True], ids=["all", "sampled"])
def test_a_network_that_knows_more_is_used(sampled: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gru_training, "installed", lambda: True)
    monkeypatch.setattr(gru_training, "learn", lambda *_, **__: learnt(knowing(), sampled))
    found = steps(long_memory(120, shortest=0, ends=0.1))
    chosen = train_next(found)
    assert chosen.kind == "gru"
    assert all(one.low > 0 for one in chosen.network_gains.values())
    assert set(chosen.network_gains) == {"二阶马尔可夫", "梯度提升"}
    assert "赢了，用它。损失比二阶马尔可夫少 0." in chosen.notes[0]
    assert [note for note in chosen.notes if "只学了抽出的一部分人：1,234 步" in note] == list(chosen.notes[1:])
    assert len(chosen.notes) == 1 + sampled
    path = tmp_path / "next.skops"
    again = files.load(path, files.save(chosen, path))
    wanted = chosen.predictor.predict_proba(found, found.latest())
    np.testing.assert_array_equal(again.predict_proba(found, found.latest()), wanted)
    assert wanted.shape == (120, END + 1)


def test_a_network_that_knows_less_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gru_training, "installed", lambda: True)
    monkeypatch.setattr(gru_training, "learn", lambda *_, **__: learnt(by_formula()))
    chosen = train_next(steps(long_memory(60, shortest=0, ends=0.1)))
    assert chosen.predictor.gru is None
    assert "没有用：没有肯定赢过二阶马尔可夫和梯度提升。损失比二阶马尔可夫多 " in chosen.notes[0]
    assert chosen.results[-1].name == "循环网络（GRU）"
    assert chosen.results[-1].loss.value > chosen.results[2].loss.value


def test_a_torch_that_does_not_load_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "torch.py").write_text("raise OSError('libtorch: cannot open\\nmore')", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.partition(".")[0] == "torch"]:
        monkeypatch.delitem(sys.modules, name)
    assert gru_training.installed()
    chosen = train_next(steps(long_memory(60)))
    assert chosen.predictor.gru is None
    assert chosen.notes == (
        '循环网络（GRU）没有试：torch 装了却载入不了（libtorch: cannot open）；安装：pip install "wenan[deep]"',
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"out_bias": np.zeros(3)}, {"memory_table": np.float32(1)}, {"means": np.array([0, 1, np.nan, 0])},
        {"scales": np.zeros(4)}, {"more": np.zeros(1)}, {"out_bias": np.array(["x"] * (END + 1))},
    ],
    ids=["shape", "scalar", "nan", "scale 0", "strange name", "text"],
)  # fmt: skip
def test_weights_that_do_not_fit_are_refused(changed: dict[str, object], tmp_path: Path) -> None:
    found = histories([30])
    markov = Markov.fit(found, np.arange(30))
    parts = {"markov": [markov.none, markov.one, markov.two], "estimator": None, "empty": None}
    path = tmp_path / "next.skops"
    old = files.load(path, model_files.write(parts, path))  # as written before there were networks
    assert old.kind == "markov"
    sha256 = model_files.write({**parts, "gru": {**by_formula().arrays(), **changed}}, path)
    with pytest.raises(StorageError, match="循环网络和这一版对不上"):
        files.load(path, sha256)
