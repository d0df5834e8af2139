"""Orders and messages: rows of text -> clean rows, and a tally of everything that was not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from knowledge_base.audience.importing import times, words
from knowledge_base.audience.importing.events import first_true
from knowledge_base.audience.importing.numbers import number
from knowledge_base.audience.importing.people import FATE_REASONS, crowd, fate_of, tally_drops
from knowledge_base.audience.importing.report import Reason, Tally
from knowledge_base.audience.importing.tidy import blank, tidied
from knowledge_base.audience.privacy.texts import hide
from knowledge_base.audience.schemas import ROLE, SCHEMAS, Table

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore

ORDER: tuple[Reason, ...] = (
    "no_user", "no_time", "bad_time", "ancient", "future", "no_text", "returned", "forgotten", "refused", "unasked",
)  # fmt: skip


NEGATIVE = r"^\s*-\s*\d"


@dataclass(frozen=True, slots=True)
class RowRules:
    """What is the same for all buckets of a file of orders or messages."""

    forms: tuple[str, ...]
    timezone: str
    now: datetime
    assume: bool
    before: pl.Series
    """Hashes of the rows that are already in the store."""


def row_hash(frame: pl.LazyFrame | pl.DataFrame, table: Table) -> pl.Series:
    """64 bits that stand for a whole row."""
    return frame.lazy().select(pl.struct(list(SCHEMAS[table])).hash().alias("key")).collect()["key"]


def clean_orders(store: AudienceStore, raw: pl.DataFrame, rules: RowRules, tally: Tally) -> pl.DataFrame:
    """Rows of the orders table; the same order with the same item, time, quantity and amount is one line."""

    def extra(good: pl.DataFrame) -> pl.DataFrame:
        quantity, strange = number(good, "quantity", least=0, most=1e6)
        amount, odd = number(good, "amount")
        if "amount" not in good.columns and "price" in good.columns:
            price, odd = number(good, "price")
            amount = (price * quantity.fill_null(1)).alias("amount")
        tally.add(tally.repaired, {"数量看不懂或为负": strange, "金额看不懂或为负": odd})
        counted = quantity.fill_null(1).round(0).cast(pl.Int64)
        return good.with_columns(counted, amount, *(stripped(name, good) for name in ("order", "item")))

    return _rows(store, "orders", raw, rules, tally, extra)


def clean_messages(store: AudienceStore, raw: pl.DataFrame, rules: RowRules, tally: Tally) -> pl.DataFrame:
    """Rows of the messages table; personal data in texts are hidden, who does not say his role is a customer."""

    def extra(good: pl.DataFrame) -> pl.DataFrame:
        text, hidden = hide(good["text"])
        tally.add(tally.repaired, {"内容里藏起的个人信息": hidden})
        role = pl.lit("customer", ROLE).alias("role")
        if "role" in good.columns:
            roles = words.roles()
            named = good["role"].map_elements(
                lambda word: roles.get(words.word_key(word), "customer"), return_dtype=pl.String
            )
            role = pl.lit(named.fill_null("customer").cast(ROLE)).alias("role")
        return good.with_columns(
            text.alias("text"), role, *(stripped(name, good) for name in ("channel", "item", "session"))
        )

    return _rows(store, "messages", raw, rules, tally, extra)


def _rows(
    store: AudienceStore,
    table: Table,
    raw: pl.DataFrame,
    rules: RowRules,
    tally: Tally,
    extra: Callable[[pl.DataFrame], pl.DataFrame],
) -> pl.DataFrame:
    people = crowd(store, raw["user"], assume=rules.assume)
    frame = raw.with_columns(
        people.codes.alias("code"), fate_of(people), at=times.parsed(pl.col("time"), rules.forms, rules.timezone)
    )
    ancient, future = times.impossible(pl.col("at"), rules.now)
    returned = pl.col("quantity").str.contains(NEGATIVE) if "quantity" in raw.columns else pl.lit(False)
    empty = pl.col("text").str.strip_chars().fill_null("") == "" if table == "messages" else pl.lit(False)
    frame = frame.with_columns(
        why=first_true(
            (
                pl.col("code").is_null(),
                pl.col("at").is_null() & blank("time"),
                pl.col("at").is_null(),
                ancient,
                future,
                empty,
                returned,
                *(pl.col("fate") == fate for fate in FATE_REASONS),
            )
        )
    )
    wrong = pl.when(pl.col("why").is_in([2, 3, 4])).then("time").str.slice(0, 30)
    tally_drops(tally, frame.with_columns(shown=wrong), people, ORDER)
    good = frame.filter(pl.col("why").is_null())
    good = extra(good.with_columns(people.users(good["code"]), time="at"))
    columns = [
        pl.col(name).cast(kind) if name in good.columns else pl.lit(None, kind).alias(name)
        for name, kind in SCHEMAS[table].items()
    ]
    good = good.select("row", *columns)
    good = _distinct(good, table, rules, tally)
    tally.rows += raw.height
    tally.kept += good.height
    tally.users += good["user"].n_unique()
    tally.add(tally.missing, {name: good[name].null_count() for name in SCHEMAS[table] if name not in ("user", "time")})
    return good.drop("row")


def _distinct(good: pl.DataFrame, table: Table, rules: RowRules, tally: Tally) -> pl.DataFrame:
    key = row_hash(good, table)
    known = key.is_in(rules.before.implode())
    once = key.is_first_distinct()
    if table == "orders" and times.date_only(rules.forms) and good["order"].is_null().all():
        # Two lines of a day may well be two purchases.
        tally.note("没有订单号、时间只到天，一样的两行分不清是不是重复，全部保留；和以前导入的一样的不再导入")
        once = pl.Series([True] * good.height, dtype=pl.Boolean)
    reasons: tuple[tuple[Reason, pl.Series], ...] = (("duplicate", once), ("again", ~known))
    keep = pl.Series([True] * good.height, dtype=pl.Boolean)
    for reason, fine in reasons:
        wrong = good.filter(keep & ~fine)
        shown = [f"第 {row} 行，用户 {user}" for row, user in wrong.head(3).select("row", "user").rows()]
        tally.drop(reason, wrong.height, shown)
        keep = keep & fine
    return good.filter(keep)


def stripped(name: str, frame: pl.DataFrame) -> pl.Expr:
    """A column as it should be, null throughout when the file does not have it."""
    return tidied(name) if name in frame.columns else pl.lit(None, pl.String).alias(name)
