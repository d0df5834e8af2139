"""Orders of each day and the days to come, as plain JSON values."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from knowledge_base.audience.forecast import TooShort, forecast
from knowledge_base.errors import BadInputError

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore

ZONE = "Asia/Shanghai"
SHOWN_DAYS = 56
"""Days of history kept beside a forecast, for a chart."""


def forecast_report(store: AudienceStore, item: str, days: int) -> dict[str, Any]:
    """`item`: empty for the whole shop. `forecast` is null, with a `reason`, when the history is too short.

    Raises BadInputError without orders.
    """
    orders = store.orders().drop_nulls(["time"])
    orders = orders.filter(pl.col("item") == item) if item else orders
    day = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(ZONE).dt.date().alias("day")
    # Without a number, what one person paid for in one moment is an order.
    order = pl.coalesce(pl.col("order"), pl.format("{} {}", "user", "time"))
    counted = orders.group_by(day).agg(order.n_unique().alias("n")).sort("day").collect()
    if counted.height == 0:
        raise BadInputError(f"没有{f'「{item}」的' if item else ''}订单", hint="先导入订单；商品写订单里的商品编号。")
    # The last day is as a rule cut short by the export, and would look like a fall.
    full = counted.upsample("day", every="1d").with_columns(pl.col("n").fill_null(0))[:-1]
    found = forecast([float(one) for one in full["n"]], days)
    last = counted["day"][-1]
    body: dict[str, Any] = {
        "item": item, "history": [[str(one), int(n)] for one, n in full.tail(SHOWN_DAYS).iter_rows()],
        "days": [str(last + timedelta(days=ahead)) for ahead in range(days)],
    }  # fmt: skip
    if isinstance(found, TooShort):
        return {**body, "forecast": None, "reason": found.reason}
    return {**body, "forecast": {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(found).items()}}
