"""What people do first when they come back: a chain of its own, used only where it beats what is commonest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.audience.sequences.returning import FEWEST, Returning, learn, returns
from knowledge_base.audience.sequences.steps import OWN, Steps, steps
from tests.knowledge_base.audience.sequences.walks import events

CODE = {name: code for code, name in enumerate(OWN)}


def visits(people: int, follows: dict[str, list[str]], seed: int = 0, count: int = 6) -> Steps:
    """Visits of two actions a day apart; what a visit ends with decides how the next one begins."""
    rng = np.random.default_rng(seed)
    rows: list[tuple[str, float, str]] = []
    for person in range(people):
        first = "阅读"
        for visit in range(count):
            last = str(rng.choice(list(follows)))
            at = visit * 1440.0 + float(rng.integers(0, 600))
            rows += [(f"u{person}", at, first), (f"u{person}", at + 1, last)]
            first = str(rng.choice(follows[last]))
    return steps(events(rows))


def test_returns_are_ends_of_visits_that_were_not_the_last() -> None:
    found = steps(events([("a", 0, "阅读"), ("a", 1, "加购"), ("a", 900, "点击"), ("b", 901, "阅读")]))
    assert returns(found).tolist() == [1]


@pytest.mark.parametrize(
    ("follows", "chained"),
    [({"收藏": ["阅读"], "加购": ["购买"]}, True), ({"收藏": ["阅读", "点击"], "加购": ["阅读", "点击"]}, False)],
    ids=["decides", "says nothing"],
)
def test_the_chain_is_used_only_where_it_wins(follows: dict[str, list[str]], chained: bool) -> None:
    found = visits(80, follows)
    known = learn(found, int(np.quantile(found.moments, 0.7)))
    assert known.returning is not None
    assert known.returning.chained == chained
    assert [one.name for one in known.results] == ["人人都做最常见的", "看上次最后做了什么"]
    chances = known.returning.predict_proba(np.array([CODE["加购"]]))
    assert OWN[int(chances.argmax())] in follows["加购"]


def test_few_or_no_returns() -> None:
    few = learn(visits(3, {"收藏": ["阅读"]}), 0)
    assert few.returning is not None
    assert not few.returning.chained
    assert few.results == ()
    assert learn(steps(events([("a", 0, "阅读"), ("a", 1, "点击")])), 0).returning is None
    assert FEWEST > 3


PAIRS = st.lists(st.tuples(st.integers(0, len(OWN) - 1), st.integers(0, len(OWN) - 1)), max_size=40)


@given(PAIRS, st.booleans())
def test_probabilities(pairs: list[tuple[int, int]], chained: bool) -> None:
    last, first = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    chances = Returning.fit(last, first, chained=chained).predict_proba(np.arange(len(OWN)))
    assert chances.shape == (len(OWN), len(OWN))
    assert chances.sum(axis=1) == pytest.approx(1)
    assert (chances > 0).all()
