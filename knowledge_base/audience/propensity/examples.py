"""A frame of features as numbers: categories become 0/1 columns, times become days before the cut-off."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from knowledge_base.audience.ordering import by_content
from knowledge_base.errors import BadInputError

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]

MOST_LEVELS = 30
"""A text column with more different values than this is an id or free text, not a category."""
YES = dict.fromkeys(("是", "1", "yes", "y", "true", "t", "买", "买了", "成交"), 1.0)
NO = dict.fromkeys(("否", "0", "no", "n", "false", "f", "没买", "未买", "未成交"), 0.0)
"""Words for an outcome."""
ID_NAME = re.compile(r"(^|[\s_])(id|no|index|row|number|rownumber|unnamed.*)$|id$|号$|^(column_?\d*)?$")
"""Names of columns that only number rows."""
DAY_MICROSECONDS = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the matrix."""

    source: str
    """The frame's column it comes from."""
    level: str | None = None
    """The category that it marks with 1; None for numbers, yes/no and times."""
    time: bool = False
    """Days from this time to the cut-off; negative when the time is later than the cut-off."""

    @property
    def name(self) -> str:
        return self.source if self.level is None else f"{self.source}={self.level}"


@dataclass(frozen=True, slots=True)
class Encoding:
    """Frame -> matrix, the same way for training and for prediction."""

    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def matrix(self, frame: pl.DataFrame, when: Ints | None = None) -> Floats:
        """(rows, columns); NaN where a value is missing. `when`: each row's cut-off, microseconds since 1970.

        Raises BadInputError naming the columns that the frame lacks.
        """
        absent = sorted({column.source for column in self.columns} - set(frame.columns))
        if absent:
            raise BadInputError(f"缺少特征：{'、'.join(absent)}", hint="用和训练时同一个版本的特征。")
        out = np.empty((frame.height, len(self.columns)))
        for place, column in enumerate(self.columns):
            out[:, place] = _numbers(frame[column.source], column, when)
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """What a model learns from: one row a person and cut-off."""

    encoding: Encoding
    matrix: Floats
    outcome: Bools
    users: Ints
    """Numbers from 0, the same for rows of the same person."""
    when: Ints | None = None
    """Cut-off of each row, microseconds since 1970; None when the data have no time."""
    horizon: timedelta = timedelta(0)
    """How long after the cut-off the outcome was awaited."""
    left_out: tuple[tuple[str, str], ...] = ()
    """Columns that could not be used, with the reason, in Chinese."""

    def __len__(self) -> int:
        return len(self.outcome)

    @property
    def names(self) -> tuple[str, ...]:
        return self.encoding.names

    def rows(self, places: Ints) -> Examples:
        """Only these rows."""
        when = None if self.when is None else self.when[places]
        return replace(
            self, matrix=self.matrix[places], outcome=self.outcome[places], users=self.users[places], when=when
        )

    def in_order(self) -> Examples:
        """The same rows in an order that neither the export nor the pseudonyms' key decides."""
        more = [self.outcome.astype(np.int64), *([] if self.when is None else [self.when])]
        found = self.rows(by_content(self.matrix, more, self.users))
        # Numbers of people follow the rows, since they are drawn from, too.
        _, first, number = np.unique(found.users, return_index=True, return_inverse=True)
        return replace(found, users=np.argsort(np.argsort(first))[number])

    def without(self, sources: Collection[str]) -> Examples:
        """Without the columns that come from these columns of the frame; itself where there are none of them."""
        if not any(column.source in sources for column in self.encoding.columns):
            return self
        keep = [place for place, column in enumerate(self.encoding.columns) if column.source not in sources]
        encoding = Encoding(tuple(self.encoding.columns[place] for place in keep))
        return replace(self, encoding=encoding, matrix=np.ascontiguousarray(self.matrix[:, keep]))


def examples(
    frame: pl.DataFrame,
    *,
    outcome: str,
    user: str | None = "user",
    when: str | None = None,
    horizon: timedelta = timedelta(0),
    leave_out: Collection[str] = (),
) -> Examples:
    """All columns but `outcome`, `user`, `when` and `leave_out` as features.

    `outcome` is yes/no, 是/否 or 0/1 without gaps; `when` a column of times. Raises BadInputError when the outcome is
    something else or all the same.
    """
    yes = _outcome(frame, outcome)
    moments = None if when is None else frame[when].cast(pl.Datetime("us")).to_physical().to_numpy().astype(np.int64)
    columns, left_out = _columns(frame, {outcome, user, when, *leave_out})
    encoding = Encoding(columns)
    people = np.arange(frame.height) if user is None else frame[user].rank("dense").to_numpy().astype(np.int64) - 1
    return Examples(
        encoding=encoding,
        matrix=encoding.matrix(frame, moments),
        outcome=yes,
        users=people,
        when=moments,
        horizon=horizon,
        left_out=left_out,
    )


def _outcome(frame: pl.DataFrame, name: str) -> Bools:
    if name not in frame.columns:
        raise BadInputError("没有这一列", field=name)
    column = frame[name]
    if column.dtype in (pl.String, pl.Enum, pl.Categorical):
        column = column.cast(pl.String).str.strip_chars().str.to_lowercase()
        column = column.replace_strict(YES | NO, default=None, return_dtype=pl.Float64)
    if column.null_count() or not set(column.cast(pl.Float64).unique().to_list()) <= {0.0, 1.0}:
        raise BadInputError("结果只能是 是/否 或 0/1，且不能有空值", field=name)
    yes: Bools = column.cast(pl.Float64).to_numpy() == 1
    if yes.all() or not yes.any():
        raise BadInputError("所有人的结果都一样，学不出区别", field=name, hint="换一个时间段，或检查订单有没有导入。")
    return yes


def _columns(frame: pl.DataFrame, skip: set[str | None]) -> tuple[tuple[Column, ...], tuple[tuple[str, str], ...]]:
    columns: list[Column] = []
    left_out: list[tuple[str, str]] = []
    for name, kind in frame.schema.items():
        if name in skip:
            continue
        if frame[name].n_unique() < 2:
            left_out.append((name, "所有人都一样"))
        elif ID_NAME.search(name.strip().lower()) and frame[name].n_unique() == frame.height:
            left_out.append((name, "每行都不一样，是编号"))
        elif kind.is_numeric() or kind == pl.Boolean:
            columns.append(Column(name))
        elif kind.is_temporal() and kind not in (pl.Duration, pl.Time):
            columns.append(Column(name, time=True))
        elif kind in (pl.String, pl.Enum, pl.Categorical):
            levels = sorted(frame[name].cast(pl.String).drop_nulls().unique().to_list())
            if len(levels) > MOST_LEVELS:
                left_out.append((name, f"有 {len(levels)} 种不同的文字，像编号或原文，不是类别"))
            else:
                columns += [Column(name, level) for level in levels]
        else:
            left_out.append((name, f"类型 {kind} 不能当特征"))
    return tuple(columns), tuple(left_out)


def _numbers(column: pl.Series, wanted: Column, when: Ints | None) -> Floats:
    if wanted.level is not None:
        same = column.cast(pl.String) == wanted.level
        return same.fill_null(False).cast(pl.Float64).to_numpy()
    if wanted.time:
        moments = column.cast(pl.Datetime("us")).to_physical().cast(pl.Float64).fill_null(float("nan")).to_numpy()
        until = np.zeros(len(column)) if when is None else when.astype(float)
        days: Floats = (until - moments) / DAY_MICROSECONDS
        return days
    numbers = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    # An infinite ratio says no more than a missing one, and most models refuse it.
    return np.where(np.isfinite(numbers), numbers, np.nan)
