"""Scorers, ranking, rules, choice."""

# ruff: noqa: E402 - what needs an extra is imported after the check for it

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("scipy")
pytest.importorskip("polars")

from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from knowledge_base.audience.recommend.catalogue import excluded, for_persona
from knowledge_base.audience.recommend.causes import causes
from knowledge_base.audience.recommend.choose import Choice, choose
from knowledge_base.audience.recommend.interactions import Interactions, from_triples
from knowledge_base.audience.recommend.metrics import coverage, ndcg
from knowledge_base.audience.recommend.ranking import diversified, recommend, top
from knowledge_base.audience.recommend.recommender import Recommender
from knowledge_base.audience.recommend.scorers import CONFIDENCE, REGULARISATION, Als, Content, ItemKnn, Popularity
from knowledge_base.embedding import ToyEmbedder
from knowledge_base.records import Coupon, Persona, Product


def two_tastes(users: int = 60) -> tuple[list[str], list[str]]:
    """Even users like a*, odd ones b*; everybody misses one of theirs."""
    pairs = [(f"u{u:03}", f"{'ab'[u % 2]}{i}") for u in range(users) for i in range(6) if i != (u // 2) % 6]
    return [user for user, _ in pairs], [item for _, item in pairs]


def seen_by_two_tastes() -> Interactions:
    users, items = two_tastes()
    return from_triples(users, items, [1.0] * len(users))


def test_item_knn_finds_the_missing_one() -> None:
    seen = seen_by_two_tastes()
    ranking = recommend(ItemKnn.of(seen), seen.matrix, 1, owned=seen.matrix)
    wanted = [f"{'ab'[u % 2]}{(u // 2) % 6}" for u in range(60)]
    assert [seen.items[column] for column in ranking[:, 0]] == wanted


def test_choice_takes_what_wins_and_says_so() -> None:
    train = seen_by_two_tastes()
    later = sparse.csr_matrix(
        (np.ones(60), (range(60), [train.item_columns[f"{'ab'[u % 2]}{(u // 2) % 6}"] for u in range(60)])),
        shape=train.matrix.shape,
    )
    choice = choose(train, later, train)
    assert choice.scores[choice.name] == max(choice.scores.values()) > choice.scores["热门"]
    few = choose(train, sparse.csr_matrix(train.matrix.shape), train)
    assert few.name == "热门"


def test_excluded_and_owned_are_never_shown_and_every_one_says_why() -> None:
    seen = seen_by_two_tastes()
    choice = choose(seen, sparse.csr_matrix(seen.matrix.shape), seen)
    recommender = Recommender(seen, choice, {"a0": "缺货"})
    for user, row in zip(
        [*seen.users, "nobody"], recommender.for_users([*seen.users, "nobody"], 4, owned=seen.matrix), strict=True
    ):
        items = {one.item for one in row}
        owned = set() if user == "nobody" else {seen.items[c] for c in seen.matrix[seen.user_rows[user]].indices}
        assert not items & (owned | {"a0"})
        assert items
        assert all(one.reason for one in row)


@pytest.mark.parametrize(
    ("coupon", "reason"),
    [
        (Coupon(id="c", name="券", end=date(2026, 11, 21)), "过期"),
        (Coupon(id="c", name="券", start=date(2026, 11, 23)), "没开始"),
        (Coupon(id="c", name="券", stock=0), "领完"),
        (Coupon(id="c", name="券", segments=("x",)), "不发给"),
        (Coupon(id="c", name="券", end=date(2026, 11, 22), stock=1, amount=Decimal(5)), ""),
    ],
)
def test_rules_for_coupons(coupon: Coupon, reason: str) -> None:
    found = excluded([coupon], date(2026, 11, 22), segments=("y",))
    assert (reason in found[0].reason) if reason else not found


def test_persona_gets_what_meets_a_need() -> None:
    persona = Persona(id="p", name="p", needs=("冷水能冲开的咖啡",))
    products = [Product(id="1", name="护手霜"), Product(id="2", name="冷水冲咖啡")]
    (one,) = for_persona(persona, products, ToyEmbedder(), 1, allowed=lambda id: True)
    assert one.record.id == "2"
    assert "冷水能冲开的咖啡" in one.reason


def test_a_newcomer_gets_what_is_popular() -> None:
    seen = from_triples(["u", "v", "u"], ["z", "z", "a"], [1.0, 1.0, 1.0])
    choice = Choice(ItemKnn.of(seen), "看过也喜欢", {}, {}, 0, "")
    ((first, *_),) = Recommender(seen, choice).for_users(["nobody"], 2)
    assert first.item == "z"


def test_the_cause_is_the_strongest_pull_and_likeness_stands_in() -> None:
    """Against the definition, pair by pair."""
    rng = np.random.default_rng(0)
    history = sparse.random(40, 12, 0.3, format="csr", random_state=1, dtype=np.float32)
    seen = Interactions(tuple(f"u{u:02}" for u in range(40)), tuple("abcdefghijkl"), history)
    knn = ItemKnn.of(seen, neighbours=3)
    vectors = rng.normal(size=(12, 4)).astype(np.float32)
    ranking = rng.permuted(np.tile(np.arange(-1, 11), (40, 1)), axis=1)[:, :5]
    likeness, similarity = vectors @ vectors.T, knn.similarity.toarray()
    for user, row in enumerate(causes(history, ranking, knn, vectors)):
        mine = history[user].toarray()[0]
        for column, cause in zip(ranking[user], row, strict=True):
            people, content = mine * similarity[column], np.where(mine > 0, mine * likeness[column], -1)
            if column < 0 or not mine.any():
                assert cause is None
            elif people.max() > 0:
                assert cause == (people.argmax(), "people")
            else:
                assert cause == ((content.argmax(), "content") if content.max() > 0 else None)


def test_folding_in_solves_the_least_squares_of_each_user() -> None:
    rng = np.random.default_rng(2)
    factors = rng.normal(size=(9, 3)).astype(np.float32)
    history = sparse.random(300, 9, 0.2, format="csr", random_state=3, dtype=np.float32)
    found = Als(factors).scores(history)
    for user in (0, 1, 255, 256, 299):
        strength = history[user].toarray()[0]
        confidence = np.diag(1 + CONFIDENCE * strength)
        left = factors.T @ confidence @ factors + REGULARISATION * np.eye(3)
        wanted = np.linalg.solve(left, factors.T @ confidence @ (strength > 0))
        assert found[user] == pytest.approx(factors @ wanted, abs=1e-3)


def test_variety_drops_a_twin() -> None:
    vectors = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    ranking, scores = np.array([0, 1, 2]), np.array([3.0, 2.9, 2.0])
    assert diversified(ranking, scores, vectors, 2, 0.0) == [0, 1]
    assert diversified(ranking, scores, vectors, 2, 0.6) == [0, 2]


def test_ndcg_by_hand() -> None:
    truth = sparse.csr_matrix(np.array([[1, 0, 1], [0, 0, 0]]))
    found = ndcg(np.array([[1, 0], [0, 1]]), truth)
    assert found[0] == pytest.approx((1 / np.log2(3)) / (1 + 1 / np.log2(3)))
    assert np.isnan(found[1])
    assert coverage(np.array([[1, -1]]), 4) == 0.25


@given(st.lists(st.lists(st.integers(-3, 3), min_size=4, max_size=4), min_size=1, max_size=4), st.integers(1, 6))
def test_top_is_a_stable_sort(rows: list[list[int]], k: int) -> None:
    scores = np.array(rows, np.float32)
    assert top(scores, k).tolist() == np.argsort(-scores, axis=1, kind="stable")[:, :k].tolist()


def test_cold_items_by_content() -> None:
    vectors = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    seen = from_triples(["u"], ["x"], [1.0], all_items=("x", "new", "far"))
    assert recommend(Content(vectors), seen.matrix, 1, owned=seen.matrix)[0, 0] == 1
    assert recommend(Popularity.of(seen), seen.matrix, 1)[0, 0] == 0
