"""Recommendation: MovieLens 100k, ua split, rating >= 4, nDCG@10, all training items hidden; and users a second."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np

from bench.data import shared
from knowledge_base.audience.recommend.interactions import Interactions, from_triples
from knowledge_base.audience.recommend.metrics import coverage, ndcg
from knowledge_base.audience.recommend.ranking import recommend
from knowledge_base.audience.recommend.scorers import Als, ItemKnn, Popularity, Scorer

WANTED = {"popularity": 0.133, "item-kNN": 0.233}
USERS_A_SECOND = 5_000


def main() -> None:
    folder = shared() / "ml100k"
    if not folder.is_dir():
        print("skipped: no ml100k")
        return
    base, test = (np.loadtxt(folder / name, dtype=int, delimiter="\t") for name in ("ua.base", "ua.test"))
    items = tuple(sorted({str(item) for item in (*base[:, 1], *test[:, 1])}))
    seen, liked = _made(base, items), _made(base[base[:, 2] >= 4], items)
    truth = _made(test[test[:, 2] >= 4], items)
    runs: list[tuple[str, Scorer, Interactions]] = [
        ("popularity", Popularity.of(seen), seen),
        ("item-kNN, plain cosine (reference)", ItemKnn.of(seen, neighbours=len(items), shrinkage=0), seen),
        ("item-kNN", ItemKnn.of(liked), liked),
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


def _made(rows: Any, items: tuple[str, ...]) -> Interactions:
    users = [f"{user:04}" for user in rows[:, 0]]
    return from_triples(users, [str(item) for item in rows[:, 1]], [1.0] * len(rows), all_items=items)


def _of(source: Interactions, truth: Interactions) -> Any:
    return source.matrix[[source.user_rows[user] for user in truth.users]]
