"""Recommendation: MovieLens 100k, ua split, rating >= 4, nDCG@10, all training items hidden; and users a second.

Neighbours and shrinkage of item-kNN are chosen on ten ratings a user drawn from the training part, as `ua` itself was
made; the test part is asked once, for what was chosen.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np

from bench.data import shared
from knowledge_base.audience.recommend.interactions import Interactions, from_triples
from knowledge_base.audience.recommend.metrics import coverage, ndcg
from knowledge_base.audience.recommend.ranking import recommend
from knowledge_base.audience.recommend.scorers import NEIGHBOURS, SHRINKAGE, Als, ItemKnn, Popularity, Scorer

WANTED = {"popularity": 0.133, "item-kNN": 0.233}
USERS_A_SECOND = 5_000
DRAWS, HELD_OUT = 3, 10


def main() -> None:
    folder = shared() / "ml100k"
    if not folder.is_dir():
        print("skipped: no ml100k")
        return
    base, test = (np.loadtxt(folder / name, dtype=int, delimiter="\t") for name in ("ua.base", "ua.test"))
    items = tuple(sorted({str(item) for item in (*base[:, 1], *test[:, 1])}))
    seen, liked = _made(base, items), _made(base[base[:, 2] >= 4], items)
    truth = _made(test[test[:, 2] >= 4], items)
    neighbours, shrinkage, checked = _chosen(base, items)
    print(
        f"item-kNN by validation on the training part: {neighbours} neighbours, shrinkage {shrinkage:g} "
        f"(nDCG@10 {checked:.4f} there); the product has {NEIGHBOURS} and {SHRINKAGE:g}"
    )
    runs: list[tuple[str, Scorer, Interactions]] = [
        ("popularity", Popularity.of(seen), seen),
        ("item-kNN, plain cosine (reference)", ItemKnn.of(seen, neighbours=len(items), shrinkage=0), seen),
        ("item-kNN", ItemKnn.of(liked, neighbours=neighbours, shrinkage=shrinkage), liked),
        ("ALS", Als.of(liked), liked),
    ]
    for name, scorer, source in runs:
        found = recommend(scorer, _of(source, truth), 10, owned=_of(seen, truth))
        score = float(np.nanmean(ndcg(found, truth.matrix)))
        wanted = f" (wanted {WANTED[name]})" if name in WANTED else ""
        print(f"{name}: nDCG@10 {score:.4f}{wanted}, coverage {coverage(found, len(items)):.2f}")
    history, owned, best = _of(liked, truth), _of(seen, truth), 0.0
    for _ in range(5):
        start = perf_counter()
        recommend(runs[2][1], history, 10, owned=owned)
        best = max(best, history.shape[0] / (perf_counter() - start))
    print(f"item-kNN: {best:,.0f} users/s (wanted {USERS_A_SECOND:,}), {len(items):,} items, best of 5")


def _chosen(base: Any, items: tuple[str, ...]) -> tuple[int, float, float]:
    """(neighbours, shrinkage, their mean nDCG@10 on ratings held out of `base`)."""
    found: dict[tuple[int, float], list[float]] = {}
    for seed in range(DRAWS):
        held = _held_out(base[:, 0], seed)
        train, rest = base[~held], base[held]
        seen, liked = _made(train, items), _made(train[train[:, 2] >= 4], items)
        wanted = _made(rest[rest[:, 2] >= 4], items)
        rows = [row for row, user in enumerate(wanted.users) if user in liked.user_rows]
        truth = Interactions(tuple(wanted.users[row] for row in rows), wanted.items, wanted.matrix[rows])
        history, owned = _of(liked, truth), _of(seen, truth)
        for neighbours in (20, 50, 100, 200, len(items)):
            for shrinkage in (0.0, 5.0, 10.0, 20.0, 50.0, 100.0):
                scorer = ItemKnn.of(liked, neighbours=neighbours, shrinkage=shrinkage)
                ranking = recommend(scorer, history, 10, owned=owned)
                found.setdefault((neighbours, shrinkage), []).append(float(np.nanmean(ndcg(ranking, truth.matrix))))
    best = max(found, key=lambda one: float(np.mean(found[one])))
    return *best, float(np.mean(found[best]))


def _held_out(users: Any, seed: int) -> Any:
    """True for ten rows of each user, drawn by `seed`."""
    order = np.random.default_rng(seed).permutation(len(users))
    held = np.zeros(len(users), bool)
    taken: dict[int, int] = {}
    for row in order:
        count = taken.get(users[row], 0)
        if count < HELD_OUT:
            held[row], taken[users[row]] = True, count + 1
    return held


def _made(rows: Any, items: tuple[str, ...]) -> Interactions:
    users = [f"{user:04}" for user in rows[:, 0]]
    return from_triples(users, [str(item) for item in rows[:, 1]], [1.0] * len(rows), all_items=items)


def _of(source: Interactions, truth: Interactions) -> Any:
    return source.matrix[[source.user_rows[user] for user in truth.users]]
