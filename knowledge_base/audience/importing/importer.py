"""One file of an export -> the store: read, cleaned bucket by bucket, written, and recorded in one step.

A file larger than `IN_MEMORY` first becomes a Parquet file on disk, and is then cleaned in buckets that hold all rows
of their people, so that memory stays the same for ten thousand rows and for ten million.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import uuid_utils

from knowledge_base.audience.importing.columns import Mapped, map_columns
from knowledge_base.audience.importing.events import WORDS
from knowledge_base.audience.importing.options import ImportOptions
from knowledge_base.audience.importing.reading import ROW, explained, scan
from knowledge_base.audience.importing.report import ImportReport, Tally
from knowledge_base.audience.importing.tables import Cleaner, cleaner
from knowledge_base.audience.lock import alone
from knowledge_base.audience.privacy.consent import last_changes
from knowledge_base.audience.store import Import, now
from knowledge_base.errors import UsageError
from knowledge_base.ingest.encoding import CHUNK
from knowledge_base.ingest.guard import open_binary

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore, Part

IN_MEMORY = 256 * 1024 * 1024
"""Bytes of a text file, up to which it is cleaned in one piece; it takes about four times as much memory."""
BUCKET_ROWS = 1_500_000
RECORDS, ASSUMED = "同意记录", "默认同意"


def import_file(store: AudienceStore, path: Path, options: ImportOptions | None = None) -> ImportReport:
    """Reads one file. The same file with the same options again changes nothing and says so.

    Raises BadInputError for what cannot be read, and StorageError when another import is running.
    """
    wish = options or ImportOptions(purpose=store.purpose)
    started = time.perf_counter()
    with alone(store.workspace.data):
        # Only a store with imports can have had this file before; where it has none, hashing can wait.
        digest = _digest(path) if store.imports() else ""
        earlier = _earlier(store, digest, wish) if digest else None
        if earlier is not None:
            return earlier
        with _scratch(store) as scratch:
            return _import(store, path, wish, digest, scratch, started)


def import_files(
    store: AudienceStore, paths: Sequence[Path], options: ImportOptions | None = None
) -> Iterator[ImportReport]:
    """Files in the order that respects consent: lists of users first, since they say who may be in.

    Of several files each takes the column choices that name a column it has; one that no file has is a UsageError.
    """
    wish = options or ImportOptions(purpose=store.purpose)
    columns: dict[Path, list[str]] = {}
    for path in paths:
        with explained(path), _scratch(store) as scratch:
            columns[path] = _columns(scan(path, scratch, header=wish.header))
    unused = set(wish.columns) - {name for names in columns.values() for name in names}
    if unused:
        raise UsageError(f"--map {sorted(unused)[0]}=…：没有文件有这一列")
    plans: list[tuple[bool, Path, ImportOptions]] = []
    for path, names in columns.items():
        mine = {column: field for column, field in wish.columns.items() if column in names}
        mapped = map_columns(names, path, kind=wish.kind, chosen=mine, every=wish.every)
        plans.append((mapped.kind != "users", path, replace(wish, columns=mine)))
    for _, path, own in sorted(plans, key=lambda plan: plan[0]):
        yield import_file(store, path, own)


def _import(
    store: AudienceStore, path: Path, wish: ImportOptions, digest: str, scratch: Path, started: float
) -> ImportReport:
    import_id = uuid_utils.uuid7().hex
    with explained(path):
        frame = scan(path, scratch, header=wish.header, repeated=lambda names: _repeated(names, path, wish))
        mapped = _mapped(_columns(frame), path, wish)
        staged = _staged(frame, mapped, path, scratch)
        if mapped.kind == "events" and "action" not in mapped.used:
            staged = staged.with_columns(pl.lit(wish.every).alias("action"))
        rows = int(staged.select(pl.len()).collect().item())
    tally = Tally()
    parts: list[Part] = []
    other = ThreadPoolExecutor(1)
    try:
        # Beside the cleaning, much of which is one core's work; hashing leaves Python free.
        hashed = other.submit(lambda: digest or _digest(path))
        work = cleaner(store, staged, mapped, wish)
        for bucket in _buckets(staged, rows):
            clean = work.clean(bucket, tally)
            if clean.height:
                parts.append(store.write_part(mapped.kind, clean, import_id))
        replaced = store.paths("users") if mapped.kind == "users" and parts else []
        withdrawn = work.finish(path.name)
        report = _report(path, wish, mapped, tally, work, time.perf_counter() - started)
        report = replace(report, withdrawn=withdrawn)
        done = Import(
            id=import_id,
            file=path.name,
            sha256=hashed.result(),
            kind=mapped.kind,
            purpose=store.purpose,
            basis=report.basis,
            at=now(),
            options=wish.as_json(),
            report=asdict(report),
        )
        store.record(parts, replaced=replaced, done=done)
    except BaseException:
        for part in parts:
            part.path.unlink(missing_ok=True)
        raise
    finally:
        other.shutdown()
    return report


def _columns(frame: pl.LazyFrame) -> list[str]:
    return [name for name in frame.collect_schema().names() if name != ROW]


def _mapped(names: Sequence[str], path: Path, wish: ImportOptions) -> Mapped:
    return map_columns(names, path, kind=wish.kind, chosen=wish.columns, every=wish.every)


def _repeated(names: Sequence[str], path: Path, wish: ImportOptions) -> Collection[str]:
    """Columns of an events file that hold few different words, while they stay in memory."""
    mapped = _mapped(names, path, wish)
    fields = ("action", *WORDS) if mapped.kind == "events" and path.stat().st_size <= IN_MEMORY else ()
    return {mapped.used[field] for field in fields if field in mapped.used}


def _staged(frame: pl.LazyFrame, mapped: Mapped, path: Path, scratch: Path) -> pl.LazyFrame:
    """Only the columns that are wanted, named as fields; in memory, or on disk where that would be too much."""
    wanted = [pl.col(column).alias(field) for field, column in mapped.used.items()]
    narrow = frame.select(pl.col(ROW).alias("row"), *wanted, *(pl.col(name) for name in mapped.kept))
    weight = path.stat().st_size * (4 if path.suffix.lower() == ".parquet" else 1)
    if weight <= IN_MEMORY:
        return narrow.collect().lazy()
    scratch.mkdir(parents=True, exist_ok=True)
    staging = scratch / "staging.parquet"
    narrow.sink_parquet(staging, compression="lz4", maintain_order=False)
    return pl.scan_parquet(staging)


def _buckets(staged: pl.LazyFrame, rows: int) -> Iterator[pl.DataFrame]:
    count = -(-rows // BUCKET_ROWS) if rows > BUCKET_ROWS else 1
    for number in range(count):
        mine = staged if count == 1 else staged.filter(pl.col("user").hash() % count == number)
        bucket = mine.collect(engine="streaming" if count > 1 else "auto")
        if bucket.height:
            yield bucket
    if count > 1:
        # A null hashes to null and falls into no bucket.
        nobody = staged.filter(pl.col("user").is_null()).collect()
        if nobody.height:
            yield nobody


def _report(
    path: Path, wish: ImportOptions, mapped: Mapped, tally: Tally, work: Cleaner, seconds: float
) -> ImportReport:
    return ImportReport(
        file=path.name,
        kind=mapped.kind,
        purpose=wish.purpose,
        basis=f"{ASSUMED}：{wish.assume}" if wish.assume else RECORDS,
        rows=tally.rows,
        kept=tally.kept,
        users=tally.users,
        dropped={str(reason): count for reason, count in tally.dropped.items()},
        examples={str(reason): shown for reason, shown in tally.examples.items()},
        changes=work.changes,
        missing=tally.missing,
        repaired=tally.repaired,
        bots=tally.bots,
        columns=dict(mapped.used),
        personal=[*mapped.personal, *work.personal],
        ignored=list(mapped.ignored),
        notes=[*work.notes, *tally.notes],
        seconds=round(seconds, 3),
    )


def _earlier(store: AudienceStore, digest: str, wish: ImportOptions) -> ImportReport | None:
    """The report of the same import, unless people it left out may be in by now."""
    same = [
        one
        for one in store.imports()
        if one.sha256 == digest and one.purpose == store.purpose and one.options == wish.as_json()
    ]
    if not same:
        return None
    last = same[-1]
    answered, readmitted = last_changes(store)
    left_out = any(last.report["dropped"].get(reason) for reason in ("unasked", "refused", "forgotten"))
    if readmitted > last.at.isoformat() or (left_out and answered > last.at.isoformat()):
        return None
    return ImportReport(**{**last.report, "already": True})


def _digest(path: Path) -> str:
    total = hashlib.sha256()
    with open_binary(path, str(path)) as file:
        while piece := file.read(CHUNK):
            total.update(piece)
    return total.hexdigest()


@contextmanager
def _scratch(store: AudienceStore) -> Iterator[Path]:
    """A folder for copies that hold original ids: gone when the work is done, or has failed."""
    folder = store.folder / f"scratch-{uuid_utils.uuid7().hex}"
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
