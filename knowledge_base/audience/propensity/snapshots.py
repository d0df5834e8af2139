"""Features as people stood at several past moments, and whether each bought in the days after: what training needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from knowledge_base.audience.fairness import allowed
from knowledge_base.audience.features.build import compute, default_cutoff
from knowledge_base.errors import BadInputError, UsageError

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore

DAYS = 14
"""How far ahead a purchase is looked for."""
MOST = 4
"""Moments; the last 30 % of their rows are the final check."""
OUTCOME, WHEN = "bought", "cut_off"


def cut_offs(store: AudienceStore, days: int) -> tuple[datetime, ...]:
    """Up to MOST moments `days` apart, earliest first; after each, `days` of data follow, before it as many lie.

    Raises BadInputError when the data are too short for one.
    """
    end = default_cutoff(store)
    span = store.span()
    assert span is not None
    step = timedelta(days=days)
    found = [end - step * number for number in range(1, MOST + 1) if end - step * (number + 1) >= span[0]]
    if not found:
        have = (span[1] - span[0]).days + 1
        raise BadInputError(
            f"行为数据只有 {have} 天，往后看 {days} 天至少要 {2 * days} 天", hint="用 --days 缩短，或导入更早的数据。"
        )
    return tuple(reversed(found))


def snapshots(store: AudienceStore, days: int, reasons: Mapping[str, str] | None = None) -> pl.DataFrame:
    """One row a person and moment: user, cut_off, bought, features. `reasons`: protected attribute -> why."""
    frames = []
    for moment in cut_offs(store, days):
        later = buyers(store, moment, moment + timedelta(days=days))
        frame = with_protected(compute(store, moment), store, reasons or {})
        bought = pl.col("user").is_in(later.implode())
        frames.append(frame.with_columns(pl.lit(moment, pl.Datetime("us")).alias(WHEN), bought.alias(OUTCOME)))
    joined = pl.concat(frames, how="diagonal_relaxed")
    # A category that was not there yet had no share; that is known, not missing.
    return joined.with_columns(pl.col(name).fill_null(0.0) for name in joined.columns if ":" in name)


def buyers(store: AudienceStore, start: datetime, end: datetime) -> pl.Series:
    """Who bought from `start` until before `end`, by orders or by purchase events."""
    within = pl.col("time").is_between(start, end, closed="left")
    ordered = store.orders().filter(within).select("user")
    seen = store.events().filter(within & (pl.col("action") == "购买")).select("user")
    return pl.concat([ordered, seen]).unique().sort("user").collect()["user"]


def with_protected(frame: pl.DataFrame, store: AudienceStore, reasons: Mapping[str, str]) -> pl.DataFrame:
    """Adds the protected attributes for which a reason is stated. Raises UsageError for one the users do not have."""
    if not reasons:
        return frame
    allowed(tuple(reasons), reasons)
    users = store.users()
    absent = [name for name in reasons if name not in users.collect_schema()]
    if absent:
        raise UsageError(f"用户表里没有 {'、'.join(absent)}", hint="可用的列见 wenan audience status。")
    profile = users.select("user", *reasons).collect()
    return frame.join(profile, on="user", how="left", maintain_order="left")


def stated(options: Sequence[str]) -> dict[str, str]:
    """`gender=理由` options -> attribute -> reason. Raises UsageError for one without a reason."""
    found = {}
    for option in options:
        name, sign, reason = option.partition("=")
        if not sign or not name.strip() or not reason.strip():
            raise UsageError(f"--use {option} 没有写理由", hint='写成 --use "gender=女装只有女款" 这样。')
        found[name.strip()] = reason.strip()
    return found
