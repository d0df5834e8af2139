"""Messages and profile: how often somebody writes, how, and how long they have been with the shop."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from knowledge_base.audience.schemas import TIME

QUESTION = r"[?？]|吗|呢|怎么|多少|什么"


def words(messages: pl.LazyFrame, cutoff: datetime) -> pl.DataFrame:
    """One row a writer."""
    end = pl.lit(cutoff, TIME)
    age = (end - pl.col("time")).dt.total_seconds() / 86_400
    mine = messages.filter((pl.col("time") < end) & (pl.col("role") == "customer"))
    return (
        mine.group_by("user")
        .agg(
            messages=pl.len().cast(pl.Float64),
            messages_30d=(age < 30).sum().cast(pl.Float64),
            message_chars=pl.col("text").str.len_chars().mean(),
            question_share=pl.col("text").str.contains(QUESTION).mean(),
            message_recency_days=age.min(),
        )
        .collect()
    )


def profile(users: pl.LazyFrame, cutoff: datetime) -> pl.DataFrame:
    """One row a person of the list of users who had joined by the cut-off, or of whom nobody knows when."""
    end = pl.lit(cutoff, TIME)
    there = users.filter(pl.col("joined").is_null() | (pl.col("joined") < end))
    tags = pl.col("tags").str.split("|").list.len().fill_null(0).cast(pl.Float64)
    tenure = (end - pl.col("joined")).dt.total_seconds() / 86_400
    return there.select("user", tenure_days=tenure, tags_count=tags).collect()
