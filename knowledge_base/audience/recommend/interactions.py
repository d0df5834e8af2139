"""Who did what with which item, as a sparse matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from knowledge_base.audience.extra import missing

try:
    import numpy as np
    from scipy import sparse
except ModuleNotFoundError as error:
    raise missing("scipy") from error

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEIGHTS: Mapping[str, float] = {
    "阅读": 1.0, "点击": 1.0, "点赞": 2.0, "评论": 2.0, "收藏": 3.0, "转发": 3.0, "加购": 4.0, "购买": 5.0
}  # fmt: skip
"""How much an action says of interest; a choice, not a measurement. 未读 says nothing."""


@dataclass(frozen=True)
class Interactions:
    """`matrix` is float32 CSR of shape (users, items); a stored value is the strength of interest, over 0."""

    users: tuple[str, ...]
    items: tuple[str, ...]
    matrix: Any

    @cached_property
    def user_rows(self) -> dict[str, int]:
        return {user: row for row, user in enumerate(self.users)}

    @cached_property
    def item_columns(self) -> dict[str, int]:
        return {item: column for column, item in enumerate(self.items)}

    @cached_property
    def popularity(self) -> NDArray[np.float64]:
        """Users of each item, shape (items,)."""
        return np.bincount(self.matrix.indices, minlength=len(self.items)).astype(np.float64)

    @property
    def binary(self) -> Any:
        """The same with 1 for every interest."""
        ones = np.ones_like(self.matrix.data)
        return sparse.csr_matrix((ones, self.matrix.indices, self.matrix.indptr), shape=self.matrix.shape)


def from_triples(
    users: Sequence[str], items: Sequence[str], weights: Sequence[float], *, all_items: Sequence[str] = ()
) -> Interactions:
    """Weights of one pair are added. `all_items` come first and may have no user."""
    frame = pl.DataFrame({"user": users, "item": items, "weight": weights}, schema_overrides={"weight": pl.Float64})
    return _build(frame, tuple(all_items))


def weighed(events: pl.LazyFrame, orders: pl.LazyFrame | None = None) -> pl.LazyFrame:
    """user, item, time, weight of every event that says something, and of orders as 购买."""
    weight = pl.col("action").cast(pl.String).replace_strict(WEIGHTS, default=0.0).alias("weight")
    parts = [events.select("user", "item", "time", weight)]
    if orders is not None:
        parts.append(orders.select("user", "item", "time", pl.lit(WEIGHTS["购买"]).alias("weight")))
    return pl.concat(parts).filter(pl.col("item").is_not_null(), pl.col("time").is_not_null(), pl.col("weight") > 0)


def from_frames(events: pl.LazyFrame, orders: pl.LazyFrame | None = None) -> Interactions:
    """Repeats count less and less: log2(1 + sum of weights)."""
    summed = weighed(events, orders).group_by("user", "item").agg((1 + pl.col("weight").sum()).log(2).alias("weight"))
    return _build(summed.collect(), ())


def _build(frame: pl.DataFrame, first: tuple[str, ...]) -> Interactions:
    users = frame["user"].unique().sort().to_list()
    more = sorted(set(frame["item"].to_list()) - set(first))
    items = [*first, *more]
    rows = _places(frame["user"], users)
    columns = _places(frame["item"], items)
    weights = frame["weight"].to_numpy().astype(np.float32)
    matrix = sparse.csr_matrix((weights, (rows, columns)), shape=(len(users), len(items)), dtype=np.float32)
    matrix.sum_duplicates()
    return Interactions(tuple(users), tuple(items), matrix)


def _places(values: pl.Series, known: list[str]) -> NDArray[np.int64]:
    if not known:
        return np.zeros(0, np.int64)
    return values.replace_strict(known, list(range(len(known))), return_dtype=pl.Int64).to_numpy()
