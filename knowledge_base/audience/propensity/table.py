"""Examples from any table of people and one outcome: for trying data of one's own before anything is imported."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

import polars as pl

from knowledge_base.audience.importing import times
from knowledge_base.audience.importing.reading import ROW, explained, scan
from knowledge_base.audience.propensity.examples import NO, YES, Examples, examples
from knowledge_base.errors import BadInputError, UsageError

GAPS = ("", "na", "nan", "null", "none", "n/a", "#n/a", "?")
"""Cells that say nothing. `unknown` is not among them: whoever wrote it meant a category."""
SURE = 0.98
"""Share of a column's cells that must read as numbers, or as times, for it to be one of them."""
SHOWN = 6
ZONE = "UTC"
"""Days between two times of a table are the same in any zone whose clocks never change."""


def read_table(
    path: Path, outcome: str, *, user: str = "", when: str = "", days: int = 0, positive: str = ""
) -> Examples:
    """Any file that import reads. `when`: column with the time a row's features are of; `days`: how long after it the
    outcome was awaited; `positive`: the value of the outcome that counts as yes, where it is no yes/no.

    Raises BadInputError for a file that cannot be read, UsageError for a column or value it does not have.
    """
    if not path.is_file():
        raise BadInputError("没有这个文件", file=str(path), hint="核对路径。")
    frame = _read(path)
    absent = [name for name in (outcome, user, when) if name and name not in frame.columns]
    if absent:
        raise UsageError(f"{path.name} 没有列 {'、'.join(absent)}", hint=f"有这些列：{'、'.join(frame.columns)}。")
    frame = frame.with_columns(_yes(frame[outcome], path, positive))
    typed = {name: _typed(frame[name]) for name in frame.columns if name not in (outcome, user)}
    if when and not typed[when].dtype.is_temporal():
        raise BadInputError(
            "有读不懂的时间", file=path.name, field=when, hint="写成 2026-10-01 或 2026-10-01 08:30:00。"
        )
    if when and typed[when].null_count():
        raise BadInputError("有空的时间", file=path.name, field=when, hint="补上，或删掉这些行。")
    frame = frame.with_columns(typed.values())
    return examples(frame, outcome=outcome, user=user or None, when=when or None, horizon=timedelta(days=days))


def _read(path: Path) -> pl.DataFrame:
    if path.suffix.lower() == ".parquet":
        with explained(path):
            return pl.read_parquet(path)
    with tempfile.TemporaryDirectory() as scratch, explained(path):
        frame = scan(path, Path(scratch)).drop(ROW).collect()
    text = frame.select(pl.all().str.strip_chars())
    empty = pl.all().str.to_lowercase().is_in(GAPS)
    return text.select(pl.when(~empty).then(pl.all()))


def _yes(column: pl.Series, path: Path, positive: str) -> pl.Series:
    """The outcome as true and false; as it is where that is what it holds."""
    if column.null_count():
        raise BadInputError(f"{column.null_count()} 行没有结果", file=path.name, field=column.name, hint="删掉这些行。")
    words = column.cast(pl.String)
    values = words.unique().sort().to_list()
    shown = "、".join(values[:SHOWN]) + ("…" if len(values) > SHOWN else "")
    if positive:
        if positive not in values:
            raise UsageError(f"--positive {positive}：{column.name} 里没有这个值", hint=f"有：{shown}。")
        return (words == positive).alias(column.name)
    numbers = words.cast(pl.Float64, strict=False)
    if not numbers.null_count() and set(numbers.to_list()) <= {-1.0, 0.0, 1.0} and numbers.n_unique() <= 2:
        return (numbers == 1.0).alias(column.name)
    known = YES | NO
    if all(value.lower() in known for value in values):
        return words.str.to_lowercase().is_in(list(YES)).alias(column.name)
    rest = "" if len(values) == 2 else "，其余都算“否”"
    raise BadInputError(
        f"结果只能是 是/否 或 0/1，这里是 {shown}",
        file=path.name,
        field=column.name,
        hint=f"用 --positive 写明哪个值算“是”{rest}，例如 --positive {values[-1]}；或换一列。",
    )


def _typed(column: pl.Series) -> pl.Series:
    """Text that is nearly all numbers as numbers, or nearly all times as times; a few odd cells become gaps."""
    there = len(column) - column.null_count()
    if column.dtype != pl.String or not there:
        return column
    numbers = column.cast(pl.Float64, strict=False)
    if numbers.count() < SURE * there:
        # 1,299.00 and 12%; a category that happens to hold some digits stays what it is.
        numbers = column.str.replace_all(r"[,，%¥￥$\s]", "").cast(pl.Float64, strict=False)
    if numbers.count() >= SURE * there:
        return numbers.alias(column.name)
    forms = times.formats(column.drop_nulls().head(times.SAMPLE))
    moments = column.to_frame("t").select(times.parsed(pl.col("t"), forms, ZONE).alias("t"))["t"] if forms else None
    if moments is not None and moments.count() >= SURE * there:
        return moments.alias(column.name)
    return column
