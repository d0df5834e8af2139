"""Examples from any table of people and one outcome: for trying data of one's own before anything is imported."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl

from knowledge_base.audience.propensity.examples import Examples, examples
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.ingest.encoding import read_text

SEPARATORS = ",;\t|"
SAMPLE_CHARS = 20_000


def read_table(path: Path, outcome: str, *, user: str = "", when: str = "", days: int = 0) -> Examples:
    """csv (any usual separator and encoding) or parquet. `when`: column with the time a row's features are of; `days`:
    how long after it the outcome was awaited.

    Raises BadInputError for a file that cannot be read, UsageError for a column it does not have.
    """
    frame = _read(path)
    absent = [name for name in (outcome, user, when) if name and name not in frame.columns]
    if absent:
        raise UsageError(f"{path.name} 没有列 {'、'.join(absent)}", hint=f"有这些列：{'、'.join(frame.columns)}。")
    if when:
        frame = frame.with_columns(_time(frame[when]))
        if frame[when].null_count():
            raise BadInputError(
                "有读不懂的时间", file=path.name, field=when, hint="写成 2026-10-01 或 2026-10-01 08:30:00。"
            )
    return examples(frame, outcome=outcome, user=user or None, when=when or None, horizon=timedelta(days=days))


def _read(path: Path) -> pl.DataFrame:
    if not path.is_file():
        raise BadInputError("没有这个文件", file=str(path), hint="核对路径。")
    try:
        if path.suffix.lower() == ".parquet":
            return pl.read_parquet(path)
        text = read_text(path, str(path))
        first = text[:SAMPLE_CHARS].splitlines()[:1]
        counts = {sign: first[0].count(sign) for sign in SEPARATORS} if first else {",": 0}
        sign = max(counts, key=lambda one: counts[one])
        return pl.read_csv(
            text.encode(), separator=sign, infer_schema_length=None, null_values=["", "NA", "NaN", "null"]
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise BadInputError(f"读不了：{reason}", file=str(path), hint="存成第一行是列名的 csv 或 parquet。") from error


def _time(column: pl.Series) -> pl.Series:
    if column.dtype.is_temporal():
        return column.cast(pl.Datetime("us"))
    text = column.cast(pl.String)
    for pattern in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"):
        found = text.str.to_datetime(pattern, time_unit="us", strict=False)
        if found.null_count() <= column.null_count():
            return found
    return text.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us"))
