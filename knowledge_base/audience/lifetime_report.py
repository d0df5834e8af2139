"""BG/NBD on a shop's own orders: fitted on the earlier part, checked on the later, then fitted on everything."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from knowledge_base.audience import parts
from knowledge_base.audience.features.build import compute, default_cutoff
from knowledge_base.audience.lifetime import fit, hold_out
from knowledge_base.errors import BadInputError

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore

CHECK_SHARE = 0.3
COLUMNS = ("repeat_frequency", "repeat_recency_days", "repeat_age_days")
PREDICTIONS = "predictions/lifetime.parquet"
"""user, alive (0 to 1), purchases (expected in the next days)."""


def lifetime_report(store: AudienceStore, days: int) -> dict[str, Any]:
    """Plain JSON values; predictions are written only when the model fits and beats the naive rule."""
    end = default_cutoff(store)
    span = store.span()
    assert span is not None
    ahead = max(1, int((end - span[0]).days * CHECK_SHARE))
    split = end - timedelta(days=ahead)
    early = _customers(store, split)
    found = fit(*_numbers(early))
    later = _purchase_days(store, split, end)
    actual = early.join(later, on="user", how="left", maintain_order="left")["days"].fill_null(0)
    checked = hold_out(found, *_numbers(early), float(ahead), actual.to_numpy().astype(float))
    everybody = _customers(store, end)
    whole = fit(*_numbers(everybody))
    use = not found.problems and not whole.problems and checked.use
    path = store.folder / PREDICTIONS
    alive = whole.p_alive(*_numbers(everybody))
    purchases = whole.expected_purchases(float(days), *_numbers(everybody))
    if use:
        predicted = everybody.select("user").with_columns(alive=pl.Series(alive), purchases=pl.Series(purchases))
        parts.write(predicted.lazy(), path)
    else:
        path.unlink(missing_ok=True)
    return {
        "days": days, "unit": "天", **whole.as_dict(), "check": checked.as_dict(),
        "problems": list(dict.fromkeys((*found.problems, *whole.problems))), "use": use,
        "alive": float(alive.mean()), "purchases": float(purchases.sum()),
    }  # fmt: skip


def _customers(store: AudienceStore, cut_off: datetime) -> pl.DataFrame:
    """user and COLUMNS of those who had bought by then; whoever bought first that very day is not yet followed."""
    frame = compute(store, cut_off, names=COLUMNS).drop_nulls()
    found = frame.filter(pl.col("repeat_age_days") > 0)
    if not found.height:
        raise BadInputError("还没有人买过", hint="先导入订单。")
    return found


def _numbers(frame: pl.DataFrame) -> tuple[Any, Any, Any]:
    x, t_x, age = (frame[name].to_numpy().astype(float) for name in COLUMNS)
    return x, t_x.clip(max=age), age


def _purchase_days(store: AudienceStore, start: datetime, end: datetime) -> pl.DataFrame:
    """user, days: days with a purchase, as the model counts purchases."""
    within = pl.col("time").is_between(start, end, closed="left")
    orders = store.orders().filter(within).select("user", "time")
    if not store.orders().head(1).collect().height:
        orders = store.events().filter(within & (pl.col("action") == "购买")).select("user", "time")
    return orders.with_columns(pl.col("time").dt.date()).group_by("user").agg(days=pl.col("time").n_unique()).collect()
