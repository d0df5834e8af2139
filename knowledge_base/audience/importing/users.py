"""The list of users: profiles, and what each person agreed to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from knowledge_base.audience.importing import times, words
from knowledge_base.audience.importing.events import first_true
from knowledge_base.audience.importing.numbers import number
from knowledge_base.audience.importing.people import FATE_REASONS, crowd, fate_of, tally_drops
from knowledge_base.audience.importing.report import Tally
from knowledge_base.audience.importing.rows import RowRules, stripped
from knowledge_base.audience.schemas import SCHEMAS

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore

MAX_AGE = 120


@dataclass(frozen=True, slots=True)
class CleanUsers:
    frame: pl.DataFrame
    """Rows of the users table."""
    answers: pl.DataFrame
    """user, granted: what the file says of consent."""


def clean_users(
    store: AudienceStore,
    raw: pl.DataFrame,
    kept: tuple[str, ...],
    answers: pl.Series | None,
    rules: RowRules,
    tally: Tally,
) -> CleanUsers:
    """`kept`: further columns, kept as they are. `answers`: each row's consent, null where it does not say.

    Of several rows of a person the last counts.
    """
    people = crowd(store, raw["user"], assume=rules.assume)
    said = answers if answers is not None else pl.Series("granted", [None] * raw.height, dtype=pl.Boolean)
    frame = raw.with_columns(people.codes.alias("code"), fate_of(people), said.alias("granted"))
    frame = frame.with_columns(
        fate=pl.when(pl.col("fate") == 1).then(1).when(pl.col("granted")).then(0).when(~pl.col("granted")).then(2)
        .otherwise(pl.col("fate"))
    )  # fmt: skip
    last = frame["code"].is_null() | frame.select(pl.col("code").reverse().is_first_distinct().reverse())["code"]
    tests = [pl.col("code").is_null(), ~pl.lit(last), *(pl.col("fate") == fate for fate in FATE_REASONS)]
    frame = frame.with_columns(why=first_true(tuple(tests)), shown=pl.lit(None, pl.String))
    tally_drops(tally, frame, people, ("no_user", "duplicate", *FATE_REASONS.values()))
    asked = frame.filter(pl.col("code").is_not_null() & last & pl.col("granted").is_not_null() & (pl.col("fate") != 1))
    good = frame.filter(pl.col("why").is_null())
    good = good.with_columns(people.users(good["code"]))
    table = _profile(good, kept, rules, tally)
    tally.rows, tally.kept, tally.users = tally.rows + raw.height, tally.kept + table.height, tally.users + table.height
    names = [name for name in table.columns if name != "user"]
    tally.add(tally.missing, {name: table[name].null_count() for name in names})
    return CleanUsers(table, asked.select(people.users(asked["code"]), "granted"))


def _profile(good: pl.DataFrame, kept: tuple[str, ...], rules: RowRules, tally: Tally) -> pl.DataFrame:
    age, odd_ages = number(good, "age", most=MAX_AGE)
    columns: list[pl.Series | pl.Expr] = [pl.col("user"), age]
    for name in ("region", "city", "tags"):
        columns.append(stripped(name, good))
    columns.append(_gender(good, tally))
    joined = times.parsed(pl.col("joined"), rules.forms, rules.timezone) if "joined" in good.columns else None
    columns.append(
        pl.lit(None, SCHEMAS["users"]["joined"]).alias("joined") if joined is None else joined.alias("joined")
    )
    columns.append(_birthday(good))
    table = good.select(*columns, *(stripped(name, good) for name in kept))
    tally.add(tally.repaired, {"年龄看不懂或不可能": odd_ages})
    if joined is not None:
        tally.add(tally.repaired, {"加入时间看不懂": table["joined"].null_count() - good["joined"].null_count()})
    table = table.with_columns(pl.col("tags").str.replace_all(r"\s*[,，、;；|/]\s*", "|"))
    return table.select(*SCHEMAS["users"], *kept)


def _gender(good: pl.DataFrame, tally: Tally) -> pl.Series:
    if "gender" not in good.columns:
        return pl.Series("gender", [None] * good.height, dtype=pl.String)
    known = {word: words.genders().get(words.word_key(word)) for word in good["gender"].drop_nulls().unique()}
    unknown = [word for word, meaning in known.items() if meaning is None]
    tally.add(tally.repaired, {"性别看不懂": int(good["gender"].is_in(unknown).sum())})
    return good["gender"].replace_strict(known, default=None, return_dtype=pl.String)


def _birthday(good: pl.DataFrame) -> pl.Expr:
    """Month and day; the year would tell more of a person than greeting them needs."""
    if "birthday" not in good.columns:
        return pl.lit(None, pl.String).alias("birthday")
    parts = pl.col("birthday").str.extract_groups(r"(?:\d{4}\D?)?(\d{1,2})\D(\d{1,2})\D?(?:\s.*)?$")
    digits = pl.col("birthday").str.extract_groups(r"^\d{4}(\d{2})(\d{2})$")
    month, day = (pl.coalesce(parts.struct[place], digits.struct[place]).str.zfill(2) for place in (0, 1))
    text = month + "-" + day
    return (
        pl.when(pl.format("2000-{}", text).str.to_date("%Y-%m-%d", strict=False).is_not_null())
        .then(text)
        .alias("birthday")
    )


def consent_answers(raw: pl.DataFrame, purpose: str, column: str) -> tuple[pl.Series | None, list[str]]:
    """Each row's yes (True), no (False) or silence (null) to a purpose, and words that could not be understood.

    `column` is the name the file gives its consent column: 同意推荐 says nothing of 营销.
    """
    named, every = words.purposes()
    about = [one for one in named if one in column]
    listed: pl.Series | None = None
    if "purpose" in raw.columns:
        said = {text: _covers(text, purpose, every) for text in raw["purpose"].drop_nulls().unique()}
        listed = raw["purpose"].replace_strict(said, default=None, return_dtype=pl.Boolean)
    if "consent" not in raw.columns or (about and purpose not in about):
        return listed, []
    strange: list[str] = []
    meaning: dict[str, bool | None] = {}
    for text in raw["consent"].drop_nulls().unique():
        meaning[text] = words.answers().get(words.word_key(text))
        if meaning[text] is None and any(one in text for one in (*named, purpose)):
            meaning[text] = _covers(text, purpose, every)
        if meaning[text] is None:
            strange.append(text)
    answer = raw["consent"].replace_strict(meaning, default=None, return_dtype=pl.Boolean)
    if listed is None:
        return answer, strange
    # A yes counts for the purposes listed beside it; a no counts for all.
    both = pl.DataFrame({"answer": answer, "listed": listed})
    return both.select((pl.col("answer") & pl.col("listed")).alias("granted"))["granted"], strange


def _covers(text: str, purpose: str, every: frozenset[str]) -> bool:
    parts = {words.word_key(part) for part in re.split(r"[|、,，;；/]", text)}
    return words.word_key(purpose) in parts or bool(parts & every)
