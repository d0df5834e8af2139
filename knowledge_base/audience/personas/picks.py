"""Which products suit a segment: the recommender's lists for its people, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from knowledge_base.audience.personas.interests import Interest

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.embedding import Embedder
    from knowledge_base.records import Product

MOST_PEOPLE = 2_000
"""People of a segment whose lists are made; a share needs no more."""
SEED = 7
KEPT = 10
"""Products kept for each segment, so that one can be left out later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """One product for one segment."""

    item: str
    people: int
    """Of `asked`, to whom it is the first recommendation; never fewer than k."""
    asked: int
    """People whose lists were made."""
    share: float
    seen_here: float
    """Share of the segment that looked at it."""
    seen_elsewhere: float
    bought_here: float


def picks(
    store: AudienceStore,
    members: pl.DataFrame,
    interest: Mapping[int, tuple[Interest, ...]],
    products: Mapping[str, Product],
    embedder: Embedder,
    *,
    k: int,
) -> tuple[dict[int, tuple[Pick, ...]], str]:
    """(Segment -> products, best first; which recommender and why). `members`: user, segment from 0.

    The recommender is the one that `choose` finds best on later behaviour. Only products of the knowledge base are
    picked, and what a person has bought does not count for them.
    """
    import numpy as np

    from knowledge_base.audience.recommend.catalogue import item_vectors
    from knowledge_base.audience.recommend.choose import choose, split_by_time
    from knowledge_base.audience.recommend.interactions import weighed
    from knowledge_base.audience.recommend.recommender import Recommender

    inside = members.filter(pl.col("segment") >= 0)
    frame = weighed(store.events(), store.orders()).collect()
    frame = frame.join(inside.select("user"), on="user", how="semi")
    if not frame.height:
        return {}, "行为里没有商品，没有推荐"
    train, later, whole = split_by_time(frame)
    pairs = store.events().select("item", "category").drop_nulls().unique("item").collect()
    vectors = item_vectors(whole.items, products, dict(pairs.iter_rows()), embedder)
    choice = choose(train, later, whole, vectors)
    unknown = {item: "知识库里没有" for item in whole.items if item not in products}
    # Variety within one list is no use here: the best for most people is wanted.
    recommender = Recommender(whole, choice, unknown)
    bought = _bought(store, whole)
    rng = np.random.default_rng(SEED)
    found: dict[int, tuple[Pick, ...]] = {}
    for segment, part in sorted(inside.group_by("segment"), key=lambda one: one[0]):
        users = sorted(set(part["user"].to_list()) & whole.user_rows.keys())
        if len(users) > MOST_PEOPLE:
            users = [users[i] for i in np.sort(rng.choice(len(users), MOST_PEOPLE, replace=False))]
        if len(users) < k:
            continue
        lists = recommender.for_users(users, 1, owned=bought)
        number = int(str(segment[0]))
        found[number] = _counted(lists, len(users), interest.get(number, ()), k)
    return found, f"{choice.name}：{choice.reason}"


def _counted(lists: Any, asked: int, interest: tuple[Interest, ...], k: int) -> tuple[Pick, ...]:
    seen = {one.value: one for one in interest}
    people = Counter(each.item for one in lists for each in one)
    rows = []
    for item in sorted(people, key=lambda one: (-people[one], one)):
        if people[item] < k:
            continue
        known = seen.get(item)
        rows.append(
            Pick(
                item=item,
                people=people[item],
                asked=asked,
                share=people[item] / asked,
                seen_here=known.here if known else 0.0,
                seen_elsewhere=known.elsewhere if known else 0.0,
                bought_here=known.buyers_here if known else 0.0,
            )
        )
    return tuple(rows[:KEPT])


def _bought(store: AudienceStore, whole: Any) -> Any:
    from knowledge_base.audience.recommend.choose import aligned
    from knowledge_base.audience.recommend.interactions import from_triples

    orders = store.orders().select("user", "item").drop_nulls()
    events = store.events().filter(pl.col("action").cast(pl.String) == "购买").select("user", "item").drop_nulls()
    pairs = pl.concat([orders, events]).unique().collect()
    pairs = pairs.filter(pl.col("item").is_in(list(whole.items)), pl.col("user").is_in(list(whole.users)))
    part = from_triples(pairs["user"].to_list(), pairs["item"].to_list(), [1.0] * pairs.height, all_items=whole.items)
    return aligned(part, whole)
