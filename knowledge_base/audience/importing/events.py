"""Events: rows of text -> clean rows, and a tally of everything that was not."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from knowledge_base.audience.codes import encode
from knowledge_base.audience.importing import times
from knowledge_base.audience.importing.bots import PER_MINUTE, find_bots
from knowledge_base.audience.importing.numbers import number
from knowledge_base.audience.importing.people import FATE_REASONS, Crowd, fate_of, identify, tally_drops
from knowledge_base.audience.importing.report import Reason, Tally
from knowledge_base.audience.importing.tidy import Coded, blank, coded
from knowledge_base.audience.ordering import by_person_and_second
from knowledge_base.audience.privacy.consent import Fate, fates
from knowledge_base.audience.schemas import ACTION

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore

ORDER: tuple[Reason, ...] = (
    "no_user", "no_time", "bad_time", "ancient", "future", "unknown_action", "forgotten", "refused", "unasked",
)  # fmt: skip
WORDS = ("item", "category", "channel")
KEY = ("user", "time", "action", "item", "channel")
"""Equal in all of these and known to the second, two events are one, exported twice."""


@dataclass(frozen=True, slots=True)
class EventRules:
    """What is the same for all buckets of a file."""

    forms: tuple[str, ...]
    timezone: str
    now: datetime
    actions: Mapping[str, str]
    """Word of the file -> action; words not in it are unknown."""
    categories: Mapping[str, str]
    """Names to change."""
    assume: bool
    keep_bots: bool
    before: pl.Series
    """Hashes of the events that are already in the store, in this file's span of time."""


def key_hash(frame: pl.LazyFrame | pl.DataFrame, *, by_day: bool) -> pl.Series:
    """64 bits that stand for an event; of 10 million, two unequal ones share them with a chance of 3 in a million.

    `by_day`: times are only days, so two equal rows are two actions; the second of a day stands for a second one.
    """
    turn = [pl.int_range(pl.len()).over(KEY).alias("turn")] if by_day else []
    return frame.lazy().select(pl.struct(*KEY, *turn).hash().alias("key")).collect()["key"]


def clean_events(store: AudienceStore, raw: pl.DataFrame, rules: EventRules, tally: Tally) -> pl.DataFrame:
    """`raw`: row and the fields as text, all rows of the people in it.

    Returns rows of the events table, sorted by person and time: that is how features want to read them.
    """
    with ThreadPoolExecutor(1) as other:
        # Hashing is Python's work and the rest polars', which leaves Python free: both cores have something to do.
        identified = other.submit(identify, store.pseudonyms, raw["user"])
        frame, words, emptied = _read(raw, rules)
        codes, pseudonyms = identified.result()
    people = Crowd(codes, pseudonyms, fates(store, pseudonyms, assume=rules.assume))
    frame = frame.with_columns(codes.alias("code"), fate_of(people))
    keep = _usable(raw, frame, people, rules, tally)
    order = _order(frame, keep)
    # Gathered once, and every step from here on sees people and times in order.
    rows = frame.drop("fate")[order]
    twice = _repeated(raw, order, rows, people, words, rules, tally)
    wrong = twice | _bots(rows.select(user="code", time="at", action="kind"), ~twice, people, rules, tally)
    good = rows.filter(~wrong) if wrong.any() else rows
    tally.rows += raw.height
    tally.kept += good.height
    tally.users += good["code"].n_unique()
    tally.add(tally.repaired, {"价格看不懂或为负": emptied})
    tally.add(tally.missing, {name: good[name].null_count() for name in ("item", "category", "price", "channel")})
    texts = {"user": pl.lit(people.pseudonyms).gather("code")}
    texts |= {word.name: pl.lit(word.values).gather(word.name) for word in words.values()}
    return good.select("price", time="at", action="kind", **texts)


def _read(raw: pl.DataFrame, rules: EventRules) -> tuple[pl.DataFrame, dict[str, Coded], int]:
    """Times, actions, prices and coded words of all rows; the words; and how many prices were emptied."""
    price, emptied = number(raw, "price")
    codes, names = encode(raw["action"])
    known = names.replace_strict(list(rules.actions), list(rules.actions.values()), default=None, return_dtype=ACTION)
    words = coded(raw, WORDS, {"category": rules.categories})
    frame = raw.select(
        times.parsed(pl.col("time"), rules.forms, rules.timezone).alias("at"),
        known.gather(codes).alias("kind"),
        price,
        *(word.codes for word in words.values()),
    )
    # In one piece: taking rows from a file's many pieces costs three times as much.
    return frame.rechunk(), words, emptied


def _usable(raw: pl.DataFrame, frame: pl.DataFrame, people: Crowd, rules: EventRules, tally: Tally) -> pl.Series:
    """True for rows that say who did what when, of people who may be in; the reasons of the others are counted."""
    ancient, future = times.impossible(pl.col("at"), rules.now)
    # Nulls compare to null, so that one filling covers all that is missing.
    fine = ~ancient & ~future & pl.col("kind").is_not_null() & (pl.col("fate") == Fate.KEPT)
    keep = frame.select(fine.fill_null(False).alias("keep"))["keep"]
    if keep.all():
        return keep
    bad = pl.concat([raw.select("row", "time", "action"), frame.select("code", "fate", "at", "kind")], how="horizontal")
    bad = bad.filter(~keep)
    tests = (
        pl.col("code").is_null(),
        pl.col("at").is_null() & blank("time"),
        pl.col("at").is_null(),
        ancient,
        future,
        pl.col("kind").is_null(),
        *(pl.col("fate") == fate for fate in FATE_REASONS),
    )
    word = pl.col("action").cast(pl.String)
    wrong = pl.when(pl.col("why").is_in([2, 3, 4])).then("time").when(pl.col("why") == 5).then(word)
    bad = bad.with_columns(why=first_true(tests)).with_columns(shown=wrong.str.slice(0, 30))
    tally_drops(tally, bad, people, ORDER)
    return keep


def first_true(tests: tuple[pl.Expr, ...]) -> pl.Expr:
    """Place of the first test that holds; null when none does."""
    places = [pl.when(test).then(pl.lit(place, pl.UInt8)) for place, test in enumerate(tests)]
    return pl.coalesce(places)


def _order(frame: pl.DataFrame, keep: pl.Series) -> pl.Series:
    """Places of the kept rows by person and time."""
    rows = by_person_and_second(frame["code"].fill_null(0).to_numpy(), _seconds(frame), keep.arg_true().to_numpy())
    return pl.Series("place", rows.astype(np.uint32))


def _repeated(
    raw: pl.DataFrame,
    order: pl.Series,
    rows: pl.DataFrame,
    people: Crowd,
    words: Mapping[str, Coded],
    rules: EventRules,
    tally: Tally,
) -> pl.Series:
    """True for those of `rows` that are in the file twice, or in the store already; `order` has their places in it."""
    by_day = times.date_only(rules.forms)
    twice = np.zeros(len(order), dtype=bool)
    if by_day:
        tally.note("时间只到天或小时，其间相同的动作分不清是不是重复，全部保留；和以前导入的按次数对照")
    else:
        # Only what a person does within one second can be the same action twice.
        code, second = rows["code"].to_numpy(), _seconds(rows)
        same = (code[1:] == code[:-1]) & (second[1:] == second[:-1])
        near = np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))
        first = rows[near].select(pl.struct("code", "at", "kind", "item", "channel").is_first_distinct())
        twice[near] = ~first.to_series().to_numpy()
    found = pl.Series(twice)
    _tally(raw, order.filter(found), "duplicate", rows.filter(found), people, tally)
    if len(rules.before) and len(order):
        named = rows.select(
            people.users(rows["code"]),
            *(words[name].text(rows[name]) for name in ("item", "channel")),
            time="at",
            action="kind",
        )
        again = key_hash(named, by_day=by_day).is_in(rules.before.implode()) & ~found
        _tally(raw, order.filter(again), "again", rows.filter(again), people, tally)
        found = found | again
    return found


def _seconds(frame: pl.DataFrame) -> np.ndarray[Any, np.dtype[np.int64]]:
    return frame["at"].to_numpy().view(np.int64) // 1_000_000


def _tally(
    raw: pl.DataFrame, places: pl.Series, reason: Reason, rows: pl.DataFrame, people: Crowd, tally: Tally
) -> None:
    """`places` in the file, and the rows that stand there."""
    some = places.arg_sort().head(3)
    lines, names = places.gather(some), people.users(rows["code"].gather(some)).to_list()
    shown = zip(raw["row"].gather(lines).to_list(), names, raw["action"].gather(lines).to_list(), strict=True)
    tally.drop(reason, len(places), [f"第 {row} 行，用户 {user}：{action}" for row, user, action in shown])


def _bots(rows: pl.DataFrame, once: pl.Series, people: Crowd, rules: EventRules, tally: Tally) -> pl.Series:
    """True for the rows of programs, as far as those that are there `once` tell."""
    code = rows["user"].to_numpy()
    # A person's rows are counted in a moment; hardly anybody has enough of them to be looked at closely.
    busy = np.bincount(code[once.to_numpy()], minlength=len(people.pseudonyms)) > PER_MINUTE
    bots = find_bots(rows.filter(pl.Series(busy[code]) & once))
    codes = pl.Series([bot.user for bot in bots], dtype=pl.UInt32)
    found = list(zip(bots, people.users(codes).to_list(), strict=True))
    tally.bots += [{"user": name, "rows": bot.rows, "per_minute": bot.most} for bot, name in found]
    if rules.keep_bots and bots:
        tally.note("按 --keep-bots 的选择，像机器人的也保留了")
        codes, found = codes.clear(), []
    shown = [f"用户 {name}：{bot.rows} 次动作，最快一分钟 {bot.most} 次" for bot, name in found[:3]]
    tally.drop("bot", sum(bot.rows for bot, _ in found), shown)
    found_out = np.zeros(len(busy), dtype=bool)
    found_out[codes.to_numpy()] = True
    return pl.Series(found_out[code])
