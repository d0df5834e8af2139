"""The table of all people's features, filled in piece by piece, and put in order at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import numpy as np
import polars as pl

from knowledge_base.audience.codes import encode
from knowledge_base.audience.features.log import Columns, Floats, Ints


class Sheet:
    """Several threads may put numbers of different people at the same time."""

    def __init__(
        self, groups: Sequence[pl.Series], *, wanted: Callable[[str], bool], zero: Callable[[str], bool]
    ) -> None:
        """`groups`: pseudonyms, different ones within each group; together they are everybody.

        `wanted`: which columns to keep of those put; `zero`: in which of them nothing measured means nought, not null.
        """
        codes, self._people = encode(pl.concat(groups)) if any(map(len, groups[1:])) else (None, groups[0])
        ends = np.cumsum([len(group) for group in groups])
        rows = np.arange(len(self._people)) if codes is None else codes.to_numpy()
        self.places: list[Ints] = np.split(rows, ends[:-1])
        """Of each group, the rows of its people; those of the first group are 0, 1, 2 and so on."""
        self._wanted, self._zero = wanted, zero
        self._columns: dict[str, Floats] = {}
        self._lock = Lock()

    @property
    def names(self) -> list[str]:
        return list(self._columns)

    def put(self, columns: Columns, rows: Ints | slice) -> None:
        """Numbers of the people in these rows, none twice. A slice is ten times as fast as scattered rows."""
        mine = [name for name in columns if self._wanted(name)]
        with self._lock:
            self._make([name for name in mine if name not in self._columns])
        for name in mine:
            self._columns[name][rows] = columns[name]

    def frame(self, names: Sequence[str], pool: ThreadPoolExecutor) -> pl.DataFrame:
        """`user` and these columns, sorted by user; null where there is nothing to measure. Call it once."""
        order = self._people.arg_sort()
        places = order.to_numpy().astype(np.intp)

        def in_order(mine: Sequence[str]) -> None:
            # In place: a second copy of all columns would be their size again in fresh memory.
            spare = np.empty(len(places))
            for name in mine:
                np.take(self._columns[name], places, out=spare, mode="clip")
                self._columns[name][:] = spare

        list(pool.map(in_order, (names[::2], names[1::2])))
        people = self._people.gather(order).rename("user")
        table = pl.DataFrame([people, *(pl.Series(name, self._columns[name]) for name in names)])
        return table.with_columns(pl.col(name).fill_nan(None) for name in names if not self._zero(name))

    def _make(self, names: Sequence[str]) -> None:
        # Side by side: numpy asks for large pages for large arrays, and a page costs about the same whatever its size.
        block = np.empty((len(names), len(self._people)))
        for name, column in zip(names, block, strict=True):
            column.fill(0.0 if self._zero(name) else np.nan)
            self._columns[name] = column
