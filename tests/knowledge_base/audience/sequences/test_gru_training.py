"""Learning with torch: exported weights say what torch says, training repeats itself, the network wins if it can."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from knowledge_base.audience.sequences import gru_training
from knowledge_base.audience.sequences.choose import train_next
from knowledge_base.audience.sequences.recent import UNSEEN
from knowledge_base.audience.sequences.steps import END, OWN, steps
from tests.knowledge_base.audience.sequences.walks import events, first_order, long_memory

pytestmark = pytest.mark.skipif(find_spec("torch") is None, reason='needs torch: pip install "wenan[deep]"')


def test_exported_weights_say_what_torch_says() -> None:
    torch = pytest.importorskip("torch")
    found = steps(long_memory(20))
    run = gru_training._Run(torch, found, np.arange(len(found)))
    run.all_passes(np.arange(len(found)), 5, np.random.default_rng(0))
    gru = run.export()
    rows = np.flatnonzero(found.users == 0)
    with torch.no_grad():
        wanted = torch.softmax(run.logits(run.average, rows[:, None])[:, 0], dim=1).numpy()
    assert np.ptp(wanted, axis=0).max() > 0.1
    wanted = (1 - UNSEEN) * wanted + UNSEEN / wanted.shape[1]
    np.testing.assert_allclose(gru.predict_proba(found, rows), wanted, atol=1e-5, rtol=0)


def test_the_same_seed_learns_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    found = steps(first_order(40))
    state, threads = torch.random.get_rng_state(), torch.get_num_threads()
    one, two, other = (gru_training.learn(found, np.arange(len(found)), seed=seed) for seed in (1, 1, 2))
    for name, values in one.gru.arrays().items():
        np.testing.assert_array_equal(two.gru.arrays()[name], values)
    assert (other.gru.memory_table != one.gru.memory_table).any()
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.get_num_threads() == threads
    monkeypatch.setattr(gru_training, "MOST_STEPS", 300)
    few = gru_training.learn(found, np.arange(len(found)), passes=2)
    assert few.sampled
    assert few.steps <= 300
    assert few.passes == 2
    monkeypatch.setattr(gru_training, "MOST_READ", 300)
    assert gru_training.learn(found, np.arange(len(found)), passes=2).passes == 1


def test_all_at_one_moment_still_learns() -> None:
    pytest.importorskip("torch")
    found = steps(events([(f"u{person}", 0, one) for person in range(50) for one in ("阅读", "点击")]))
    found.following[found.following < 0] = END
    chances = gru_training.learn(found, np.arange(len(found))).gru.predict_proba(found, np.array([0, 1]))
    assert chances[0, OWN.index("点击")] > 0.9
    assert chances[1, END] > 0.9


def test_the_future_is_not_learnt_from() -> None:
    """Rows after those given, changed beyond recognition, leave the weights as they are."""
    pytest.importorskip("torch")
    found = steps(first_order(30))
    early = np.flatnonzero(found.moments < np.median(found.moments))
    later = np.setdiff1d(np.arange(len(found)), early)
    before = gru_training.learn(found, early).gru.arrays()
    found.recent[later], found.context[later], found.following[later] = OWN.index("评论"), 1e6, OWN.index("转发")
    for name, values in gru_training.learn(found, early).gru.arrays().items():
        np.testing.assert_array_equal(before[name], values)


def test_it_wins_where_something_long_ago_decides() -> None:
    pytest.importorskip("torch")
    found = steps(long_memory(150))
    chosen = train_next(found)
    assert chosen.kind == "gru"
    assert chosen.network_gains["二阶马尔可夫"].low > 0.1
    assert chosen.network_gains["梯度提升"].low > 0
    after_cart = np.flatnonzero(found.recent[:, 0] == OWN.index("加购"))
    best = chosen.predictor.predict_proba(found, after_cart).argmax(axis=1)
    assert (best == found.following[after_cart]).mean() > 0.95


def test_it_is_not_used_where_one_step_says_all() -> None:
    pytest.importorskip("torch")
    chosen = train_next(steps(first_order(200)))
    assert chosen.kind == "markov"
    assert chosen.network_gains["二阶马尔可夫"].low <= 0
    assert "没有用" in chosen.notes[0]
