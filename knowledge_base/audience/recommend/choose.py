"""Which recommender to use, decided on interest that came later than what it learnt from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from knowledge_base.audience.recommend.interactions import Interactions
from knowledge_base.audience.recommend.metrics import coverage, ndcg
from knowledge_base.audience.recommend.ranking import recommend
from knowledge_base.audience.recommend.scorers import Als, Content, Hybrid, ItemKnn, Popularity, Scorer, Scores

WEIGHTS = (0.25, 0.5, 0.75)
"""Tried for the second scorer of a hybrid."""
MOST_USERS = 2_000
"""Users that a choice is made on."""
CUT, SEED = 10, 7
LEAST_USERS = 20
"""With fewer to decide on, popularity is used: nothing else could be shown to beat it."""


@dataclass(frozen=True, slots=True)
class Choice:
    scorer: Scorer
    name: str
    scores: Mapping[str, float]
    """Name -> nDCG@10 on the validation users."""
    coverages: Mapping[str, float]
    """Name -> share of items shown to anybody."""
    users: int
    reason: str
    """Why this one, in Chinese."""


Builder = Callable[[Interactions], Scorer]


def choose(train: Interactions, later: Any, whole: Interactions, vectors: Scores | None = None) -> Choice:
    """The scorer with the best nDCG@10, built again on `whole`; a more complex one must beat every simpler one.

    `later`: CSR like `train.matrix`, the interest that followed and is new to the user. `whole` has the same items.
    """
    rows = np.flatnonzero((np.diff(later.indptr) > 0) & (np.diff(train.matrix.indptr) > 0))
    able = len(rows)
    if able > MOST_USERS:
        rows = np.sort(np.random.default_rng(SEED).choice(rows, MOST_USERS, replace=False))
    if len(rows) < LEAST_USERS:
        reason = f"能拿来检验的人只有 {len(rows)} 个（至少 {LEAST_USERS}），先用热门榜"
        return Choice(Popularity.of(whole), Popularity.name, {}, {}, len(rows), reason)
    history, truth = train.matrix[rows], later[rows]
    scores: dict[str, float] = {}
    coverages: dict[str, float] = {}

    def measure(name: str, scorer: Scorer) -> None:
        ranking = recommend(scorer, history, CUT, owned=history)
        scores[name] = float(np.nanmean(ndcg(ranking, truth)))
        coverages[name] = coverage(ranking, len(train.items))

    builders = _single(vectors)
    made = {name: build(train) for name, build in builders.items()}
    for name, scorer in made.items():
        measure(name, scorer)
    best, *others = sorted(scores, key=lambda name: -scores[name])
    for other in others:
        for weight in WEIGHTS:
            name = f"综合（{best} {1 - weight:g} + {other} {weight:g}）"
            measure(name, Hybrid([(1 - weight, made[best]), (weight, made[other])], name=name))
            builders[name] = _hybrid(builders[best], builders[other], weight, name)
    # Order is from simple to complex, and max keeps the first: a tie goes to the simpler one.
    winner = max(scores, key=lambda name: scores[name])
    drawn = f"（从 {able:,} 人里随机抽的）" if able > len(rows) else ""
    best_and_plain = f"{scores[winner]:.3f}，热门榜 {scores[Popularity.name]:.3f}"
    reason = f"{len(rows):,} 个人{drawn}后来的行为上 nDCG@{CUT} 最高：{best_and_plain}"
    return Choice(builders[winner](whole), winner, scores, coverages, len(rows), reason)


def _single(vectors: Scores | None) -> dict[str, Builder]:
    from importlib.util import find_spec

    builders: dict[str, Builder] = {Popularity.name: Popularity.of, ItemKnn.name: ItemKnn.of}
    if vectors is not None and vectors.any():
        builders[Content.name] = lambda seen: Content(vectors)
    if find_spec("implicit") is not None:
        builders[Als.name] = Als.of
    return builders


def _hybrid(first: Builder, second: Builder, weight: float, name: str) -> Builder:
    return lambda seen: Hybrid([(1 - weight, first(seen)), (weight, second(seen))], name=name)


def split_by_time(frame: Any, share: float = 0.2) -> tuple[Interactions, Any, Interactions]:
    """(before, later interest new to its user, everything) of a frame user, item, time, weight.

    The cut is the time after which `share` of the rows fall. All three have the same users and items.
    """
    import polars as pl

    from knowledge_base.audience.recommend.interactions import from_triples

    cut = frame["time"].quantile(1 - share, "nearest")
    items = frame["item"].unique().sort().to_list()

    def made(part: Any) -> Interactions:
        summed = part.group_by("user", "item").agg((1 + pl.col("weight").sum()).log(2).alias("weight"))
        return from_triples(
            summed["user"].to_list(), summed["item"].to_list(), summed["weight"].to_list(), all_items=items
        )

    whole = made(frame)
    before, after = made(frame.filter(pl.col("time") < cut)), made(frame.filter(pl.col("time") >= cut))
    train = Interactions(whole.users, whole.items, aligned(before, whole))
    later = aligned(after, whole)
    known = train.binary
    new = later - later.multiply(known)
    new.eliminate_zeros()
    return train, sparse.csr_matrix(new), whole


def aligned(part: Interactions, whole: Interactions) -> Any:
    """The matrix of `part` with the users of `whole`, CSR; items are the same already."""
    rows: NDArray[np.int64] = np.array([whole.user_rows[user] for user in part.users], np.int64)
    matrix = part.matrix.tocoo()
    return sparse.csr_matrix((matrix.data, (rows[matrix.row], matrix.col)), shape=whole.matrix.shape)
