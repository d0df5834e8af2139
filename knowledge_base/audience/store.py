"""The door to a workspace's audience data: four tables as lazy polars frames, kept as Parquet, for one purpose.

    store = AudienceStore.open(Workspace.find())
    store.events().filter(pl.col("action") == "购买").group_by("user").len().collect()

Everybody in it agreed to the purpose, or is there on a stated assumption that `imports()` shows. Users are pseudonyms.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import polars as pl
import uuid_utils

from knowledge_base.audience import parts
from knowledge_base.audience.database import DATABASE_NAME, connect, explained, transaction
from knowledge_base.audience.privacy.lockbox import need_unlocked
from knowledge_base.audience.schemas import TABLES, TIME, Table, empty

if TYPE_CHECKING:
    from knowledge_base.audience.privacy.forget import ForgetReport
    from knowledge_base.audience.privacy.pseudonyms import Pseudonyms
    from knowledge_base.workspace import Workspace

FOLDER_NAME = "audience"
DEFAULT_PURPOSE = "营销"


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One file that went in."""

    id: str
    file: str
    sha256: str
    kind: Table
    purpose: str
    basis: str
    """Why these people may be in: `同意记录`, or the reason given with --assume-consent."""
    at: datetime
    options: Mapping[str, Any]
    report: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One Parquet file of a table."""

    path: Path
    table: Table
    import_id: str
    rows: int
    first: str | None
    last: str | None
    """ISO times of its first and last row, UTC without a zone."""


class AudienceStore:
    """Open with `AudienceStore.open`; close when done, or use `with`."""

    def __init__(self, workspace: Workspace, purpose: str) -> None:
        self.workspace, self.purpose = workspace, purpose
        self.folder: Path = workspace.data / FOLDER_NAME
        """Tables, one folder each; other rooms keep their own files in further folders of it.

        Any Parquet file here with a column `user` loses a person's rows when that person is forgotten.
        """
        self.path = workspace.data / DATABASE_NAME
        self._connection: sqlite3.Connection | None = None

    @classmethod
    def open(cls, workspace: Workspace, purpose: str = DEFAULT_PURPOSE) -> Self:
        """The workspace's data for one purpose. Reading creates nothing.

        Raises MissingExtraError without polars, LockedError while the data are encrypted.
        """
        need_unlocked(workspace.data)
        return cls(workspace, purpose)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """May be called twice; the next use opens the database again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def exists(self) -> bool:
        """Whether any data was imported for this purpose."""
        return self.path.is_file() and any(self.paths(table) for table in TABLES)

    @property
    def database(self) -> sqlite3.Connection:
        """audience.db, created when it is not there."""
        if self._connection is None:
            self._connection = connect(self.path)
        return self._connection

    @cached_property
    def pseudonyms(self) -> Pseudonyms:
        """Original id -> pseudonym, under this workspace's key."""
        from knowledge_base.audience.privacy.pseudonyms import Pseudonyms

        return Pseudonyms.of(self.workspace)

    def events(self) -> pl.LazyFrame:
        """user, time (UTC), action, item, category, price (元), channel; in no promised order."""
        return self.read("events")

    def users(self) -> pl.LazyFrame:
        """One row a person: user, gender, age, region, city, joined, birthday, tags, and whatever else the shop has."""
        return self.read("users")

    def orders(self) -> pl.LazyFrame:
        """One row an order's item: user, order, time (UTC), item, quantity, amount (元)."""
        return self.read("orders")

    def messages(self) -> pl.LazyFrame:
        """user, time (UTC), text (personal data hidden), channel, item, role (customer, staff), session."""
        return self.read("messages")

    def read(self, table: Table) -> pl.LazyFrame:
        """A table's rows; no rows, with the right columns, when nothing was imported."""
        paths = self.paths(table)
        return parts.scan(paths) if paths else empty(table)

    def put_events(self, frame: pl.LazyFrame | pl.DataFrame) -> int:
        """`put` for events."""
        return self.put("events", frame)

    def put_users(self, frame: pl.LazyFrame | pl.DataFrame) -> int:
        """`put` for users: a row replaces the earlier row of the same person."""
        return self.put("users", frame)

    def put_orders(self, frame: pl.LazyFrame | pl.DataFrame) -> int:
        """`put` for orders."""
        return self.put("orders", frame)

    def put_messages(self, frame: pl.LazyFrame | pl.DataFrame) -> int:
        """`put` for messages."""
        return self.put("messages", frame)

    def put(self, table: Table, frame: pl.LazyFrame | pl.DataFrame, *, import_id: str = "直接写入") -> int:
        """Adds clean, pseudonymous rows as they are and returns how many; columns not given are null.

        Consent, cleaning and pseudonyms are `importing`'s work: this trusts its caller. Memory does not grow with rows.
        """
        old = self.paths(table) if table == "users" else []
        part = self.write_part(table, frame, import_id)
        self.record([part], replaced=old)
        return part.rows

    def write_part(self, table: Table, frame: pl.LazyFrame | pl.DataFrame, import_id: str = "") -> Part:
        """Writes rows into a file that belongs to nothing until `record` is told of it."""
        new = parts.conform(frame.lazy(), table)
        old = self.paths(table) if table == "users" else []
        if old:
            before = parts.scan(old).join(new.select("user"), on="user", how="anti")
            new = pl.concat([before, new], how="diagonal_relaxed")
        path = self.folder / table / f"{uuid_utils.uuid7().hex}.parquet"
        rows = parts.write(new, path)
        # Asked of what is in memory where it is: reading the file again takes a tenth of the time of writing it.
        first, last = _span(frame if isinstance(frame, pl.DataFrame) else pl.scan_parquet(path))
        return Part(path, table, import_id, rows, first, last)

    def record(self, new: Sequence[Part], *, replaced: Sequence[Path] = (), done: Import | None = None) -> None:
        """Makes files part of the store, in the place of others, together with the import they come from."""
        with explained(self.path), transaction(self.database) as database:
            for path in replaced:
                database.execute("DELETE FROM parts WHERE path = ?", (path.relative_to(self.folder).as_posix(),))
            for part in new:
                name = part.path.relative_to(self.folder).as_posix()
                values = (name, part.table, self.purpose, part.import_id, part.rows, part.first, part.last)
                database.execute("INSERT INTO parts VALUES (?, ?, ?, ?, ?, ?, ?)", values)
            if done is not None:
                database.execute("INSERT INTO imports VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", _import_values(done))
        for path in replaced:
            path.unlink(missing_ok=True)

    def span(self) -> tuple[datetime, datetime] | None:
        """UTC times of the first and the last event, of orders where there are no events; None without either."""
        query = "SELECT MIN(first), MAX(last) FROM parts WHERE kind = ? AND purpose = ? AND rows > 0"
        for kind in ("events", "orders") if self.path.is_file() else ():
            first, last = self.database.execute(query, (kind, self.purpose)).fetchone()
            if first:
                return datetime.fromisoformat(first), datetime.fromisoformat(last)
        return None

    def counts(self) -> dict[Table, int]:
        """Rows of each table."""
        return {table: int(self.read(table).select(pl.len()).collect().item()) for table in TABLES}

    def imports(self) -> tuple[Import, ...]:
        """Everything that was imported for any purpose, oldest first."""
        if not self.path.is_file():
            return ()
        return tuple(_import(row) for row in self.database.execute("SELECT * FROM imports ORDER BY at, id"))

    def save_card(self, name: str, body: Mapping[str, Any]) -> None:
        """Keeps a model's card (plain JSON values: data, date, scores) under a name, in place of an older one."""
        query = "INSERT OR REPLACE INTO cards VALUES (?, ?, ?)"
        with explained(self.path):
            self.database.execute(query, (name, now().isoformat(), json.dumps(body, ensure_ascii=False)))

    def cards(self) -> dict[str, dict[str, Any]]:
        """Name -> card, with the time it was saved under `at`."""
        if not self.path.is_file():
            return {}
        rows = self.database.execute("SELECT name, at, body FROM cards ORDER BY name")
        return {row["name"]: {"at": row["at"], **json.loads(row["body"])} for row in rows}

    def save_report(self, name: str, body: Mapping[str, Any]) -> None:
        """Keeps a report beside the earlier ones of the same name."""
        query = "INSERT OR REPLACE INTO reports VALUES (?, ?, ?)"
        with explained(self.path):
            self.database.execute(query, (name, now().isoformat(), json.dumps(body, ensure_ascii=False)))

    def report(self, name: str) -> dict[str, Any] | None:
        """The newest report of a name."""
        query = "SELECT body FROM reports WHERE name = ? ORDER BY at DESC LIMIT 1"
        row = self.database.execute(query, (name,)).fetchone() if self.path.is_file() else None
        return dict(json.loads(row["body"])) if row else None

    def forget(self, user: str) -> ForgetReport:
        """Removes a person, named by original id or pseudonym, from everything here, and proves it."""
        from knowledge_base.audience.privacy.forget import forget

        return forget(self, user)

    def paths(self, table: Table) -> list[Path]:
        """The Parquet files of a table."""
        if not self.path.is_file():
            return []
        query = "SELECT path FROM parts WHERE kind = ? AND purpose = ? ORDER BY path"
        return [self.folder / row["path"] for row in self.database.execute(query, (table, self.purpose))]


def now() -> datetime:
    """The present, UTC."""
    return datetime.now(UTC)


def _span(rows: pl.LazyFrame | pl.DataFrame) -> tuple[str | None, str | None]:
    # A list of users may have a column of that name, whatever it holds.
    if rows.collect_schema().get("time") != TIME:
        return None, None
    edges = rows.lazy().select(pl.col("time").min().alias("first"), pl.col("time").max().alias("last"))
    first, last = edges.collect().row(0)
    return first.isoformat() if first else None, last.isoformat() if last else None


def _import_values(done: Import) -> tuple[str, ...]:
    options, report = (json.dumps(value, ensure_ascii=False) for value in (done.options, done.report))
    at = done.at.isoformat()
    return done.id, done.file, done.sha256, done.kind, done.purpose, options, done.basis, at, report


def _import(row: sqlite3.Row) -> Import:
    return Import(
        id=row["id"],
        file=row["file"],
        sha256=row["sha256"],
        kind=row["kind"],
        purpose=row["purpose"],
        basis=row["basis"],
        at=datetime.fromisoformat(row["at"]),
        options=json.loads(row["options"]),
        report=json.loads(row["report"]),
    )
