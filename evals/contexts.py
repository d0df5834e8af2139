"""Contexts as references to records kept once each: thousands of cases lean on the same few hundred records.

Records are decoded once and shared, so that what the checks remember of a record serves every case that holds it.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agent.codec import dumps, from_plain, to_plain
from agent.context import Context
from evals.packing import pack, unpack
from evals.sqlite import Store
from knowledge_base.codec import dump_record, load_record
from knowledge_base.records import Persona, Record

ONE = ("persona", "brand", "coupon")
MANY = ("products", "policies", "passages", "exemplars", "assets")
KEPT = 8192
"""Records and contexts held in memory."""
CONTEXTS_KEPT = 64
_EMPTY: dict[str, Any] = {**dict.fromkeys(ONE), **dict.fromkeys(MANY, ())}

RECORDS_TABLE = """
        CREATE TABLE records (
            sha256 TEXT PRIMARY KEY,
            blob BLOB NOT NULL                  -- deflated JSON with its kind
        ) WITHOUT ROWID;
"""


def plain_record(record: Record) -> tuple[str, dict[str, Any]]:
    """(hash, plain form)"""
    plain = dump_record(record)
    return hashlib.sha256(dumps(plain).encode("utf-8", "surrogatepass")).hexdigest()[:32], plain


def plain_context(context: Context) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The context with a hash for every record, and the records' plain forms by hash."""
    records: dict[str, dict[str, Any]] = {}

    def ref(record: Record) -> str:
        sha, plain = plain_record(record)
        records[sha] = plain
        return sha

    refs: dict[str, Any] = {}
    for name in ONE:
        record = getattr(context, name)
        refs[name] = None if record is None else ref(record)
    for name in MANY:
        refs[name] = [ref(record) for record in getattr(context, name)]
    rest = to_plain(replace(context, **_EMPTY))
    return {**{name: rest[name] for name in ("past", "link", "retrieved", "cuts", "kb_version")}, "refs": refs}, records


def refs_of(plain: Mapping[str, Any]) -> list[str]:
    """Hashes of the records that a plain context names."""
    refs = plain["refs"]
    return [sha for name in ONE if (sha := refs[name])] + [sha for name in MANY for sha in refs[name]]


def write_records(connection: sqlite3.Connection, records: Mapping[str, Mapping[str, Any]]) -> None:
    values = [(sha, pack(plain)) for sha, plain in records.items()]
    connection.executemany("INSERT OR IGNORE INTO records VALUES (?, ?)", values)


class Shelf:
    """Decodes snapshots; records that several share are one object."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._records: dict[str, Record] = {}
        self._contexts: dict[str, Context] = {}
        self._ahead: dict[str, bytes] = {}

    def context(self, key: str) -> Context | None:
        """The context of a snapshot by its key, the last few kept; None when there is no such snapshot."""
        found = self._contexts.get(key)
        if found is None:
            plain = self.snapshot(key)
            if plain is None:
                return None
            found = self.load(plain["context"])
            if len(self._contexts) >= CONTEXTS_KEPT:
                self._contexts.pop(next(iter(self._contexts)))
            self._contexts[key] = found
        return found

    def snapshot(self, key: str, ahead: Sequence[str] = ()) -> dict[str, Any] | None:
        """What is kept under a key; `ahead` names keys that will be wanted next and are read in the same query."""
        blob = self._ahead.pop(key, None)
        if blob is None:
            self._ahead.clear()
            keys = [key, *ahead]
            query = f"SELECT key, blob FROM snapshots WHERE key IN ({','.join('?' * len(keys))})"
            self._ahead.update(self._store.all(query, keys))
            blob = self._ahead.pop(key, None)
        if blob is None:
            return None
        plain: dict[str, Any] = unpack(blob)
        return plain

    def load(self, plain: Mapping[str, Any]) -> Context:
        """The context that `plain_context` wrote. Raises KeyError when one of its records is gone."""
        refs = plain["refs"]
        self._fetch([sha for sha in refs_of(plain) if sha not in self._records])
        records: Mapping[str, Any] = self._records
        values: dict[str, Any] = {name: records[refs[name]] if refs[name] else None for name in ONE}
        for name in MANY:
            values[name] = tuple([records[sha] for sha in refs[name]])
        rest = {name: value for name, value in plain.items() if name != "refs"}
        return replace(from_plain(Context, rest), **values)

    def personas(self, shas: Sequence[str]) -> tuple[Persona, ...]:
        self._fetch([sha for sha in shas if sha not in self._records])
        return tuple([found for sha in shas if isinstance(found := self._records[sha], Persona)])

    def _fetch(self, shas: list[str]) -> None:
        if len(self._records) + len(shas) > KEPT:
            self._records.clear()
        for sha in shas:
            line = self._store.one("SELECT blob FROM records WHERE sha256 = ?", (sha,))
            if line is None:
                raise KeyError(sha)
            plain = unpack(line[0])
            self._records[sha] = load_record(plain["kind"], plain)
