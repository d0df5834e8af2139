"""Original ids -> pseudonyms, and who may be in: the first step of every kind of file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from knowledge_base.audience.codes import encode
from knowledge_base.audience.importing.report import Reason, Tally
from knowledge_base.audience.importing.tidy import tidied
from knowledge_base.audience.privacy.consent import Fate, fates

if TYPE_CHECKING:
    from knowledge_base.audience.privacy.pseudonyms import Pseudonyms
    from knowledge_base.audience.store import AudienceStore

FATE_REASONS: dict[Fate, Reason] = {Fate.FORGOTTEN: "forgotten", Fate.REFUSED: "refused", Fate.UNASKED: "unasked"}

DECIMAL, LOOK = r"^\d+\.0$", 20


@dataclass(frozen=True, slots=True)
class Crowd:
    """People of one bucket by number: `codes` one a row, the others one a person."""

    codes: pl.Series
    """UInt32, null where the row names nobody."""
    pseudonyms: pl.Series
    fates: pl.Series

    def users(self, codes: pl.Series) -> pl.Series:
        """Pseudonyms of rows."""
        return self.pseudonyms.gather(codes).rename("user")


def crowd(store: AudienceStore, users: pl.Series, *, assume: bool) -> Crowd:
    """`users`: original ids as the file has them, one a row. Numbers stand in for ids, since text is slow to group."""
    codes, pseudonyms = identify(store.pseudonyms, users)
    return Crowd(codes, pseudonyms, fates(store, pseudonyms, assume=assume))


def identify(key: Pseudonyms, users: pl.Series) -> tuple[pl.Series, pl.Series]:
    """(code of each row, pseudonym of each code). Touches nothing else, so that it may run beside other work."""
    codes, names = encode(users)
    tidy = _whole(names.to_frame("user").select(tidied("user"))["user"])
    if not tidy.equals(names, null_equal=True):
        again, tidy = encode(tidy)
        codes = again.gather(codes)
    return codes, pl.Series("user", key.of_bytes(tidy.cast(pl.Binary).to_list()), dtype=pl.String)


def _whole(names: pl.Series) -> pl.Series:
    """17850.0 is what spreadsheets make of the number 17850 in a column with gaps; other files have it right."""
    decimal = names.head(LOOK).str.contains(DECIMAL)
    if not decimal.any() or not names.str.contains(DECIMAL).all():
        return names
    return names.str.strip_suffix(".0")


def fate_of(people: Crowd) -> pl.Series:
    """Each row's `Fate`; null where the row names nobody."""
    return people.fates.gather(people.codes).rename("fate")


def tally_drops(tally: Tally, frame: pl.DataFrame, people: Crowd, order: tuple[Reason, ...]) -> None:
    """Counts the rows whose `why` (place in `order`) is set, with a few of them as examples.

    `frame` has why, row, shown (text of what is wrong), code.
    """
    bad = frame.filter(pl.col("why").is_not_null())
    if not bad.height:
        return
    for place, rows in sorted(bad.group_by("why").len().rows()):
        some = bad.filter(pl.col("why") == place).head(3)
        names = people.pseudonyms.gather(some["code"]).to_list() if some.height else []
        shown = [
            f"第 {row} 行" + (f"，用户 {name}" if name else "") + (f"：{text}" if text else "")
            for row, text, name in zip(some["row"].to_list(), some["shown"].to_list(), names, strict=True)
        ]
        tally.drop(order[place], rows, shown)
