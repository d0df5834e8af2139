"""Recordings of what models said, in one SQLite file: `.wenan/cassettes/cassette.db`.

Filed by the hash of everything that shaped the answer (evals/cassette_key.py), with the model that said it and when.
Nothing expires. Texts of prompts are kept once each, however many recordings share them. A recording costs one insert.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

from agent.model import Completion, Message
from agent.models.keys import redact
from evals.cassette_key import Endpoint, KeyParts, text_sha
from evals.packing import pack_text, unpack_text
from evals.sqlite import Store
from knowledge_base.workspace import Workspace

STEPS: tuple[tuple[str, str], ...] = (
    (
        "texts, answers",
        """
        CREATE TABLE texts (
            sha256 TEXT PRIMARY KEY,
            blob BLOB NOT NULL                  -- deflated UTF-8
        ) WITHOUT ROWID;
        CREATE TABLE answers (
            key TEXT NOT NULL,
            scope TEXT NOT NULL,                -- empty, or the run that keeps its answers to itself
            run TEXT NOT NULL,                  -- the run that recorded it; empty when imported
            suite TEXT NOT NULL,
            case_id TEXT NOT NULL,              -- the case that asked first
            model TEXT NOT NULL,
            base_url TEXT NOT NULL,
            endpoint TEXT NOT NULL,             -- JSON: the profile's parameters
            parameters TEXT NOT NULL,           -- JSON: the request's own
            schema TEXT NOT NULL,
            sample INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            messages TEXT NOT NULL,             -- JSON: [[role, sha256], ...]
            said TEXT NOT NULL,                 -- the model as it called itself
            recorded_at TEXT NOT NULL,          -- UTC
            text BLOB NOT NULL,
            input_tokens INTEGER NOT NULL,
            output_tokens INTEGER NOT NULL,
            estimated INTEGER NOT NULL,
            cost TEXT,
            latency REAL NOT NULL,
            finish_reason TEXT NOT NULL,
            text_sha256 TEXT NOT NULL,
            PRIMARY KEY (key, scope)
        );
        CREATE INDEX answers_by_case ON answers(suite, case_id);
        """,
    ),
)
_COLUMNS = (
    "key, scope, run, suite, case_id, model, base_url, endpoint, parameters, schema, sample, attempt, messages, "
    "said, recorded_at, text, input_tokens, output_tokens, estimated, cost, latency, finish_reason, text_sha256"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One answer, the request it belongs to, who gave it and when."""

    parts: KeyParts
    completion: Completion
    suite: str
    case_id: str
    recorded_at: str
    run: str = ""

    @property
    def key(self) -> str:
        return self.parts.key


@dataclass(frozen=True, slots=True)
class Hit:
    completion: Completion
    run: str
    """The run that recorded it."""


class Cassette:
    """Open with `Cassette.open`, close when done. Raises StorageError when the file cannot be read or written."""

    def __init__(self, path: Path) -> None:
        self.store = Store(path, STEPS)
        self._known: set[str] = set()

    @classmethod
    def open(cls, workspace: Workspace) -> Self:
        return cls(workspace.data / "cassettes" / "cassette.db")

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(self, key: str, scope: str = "") -> Hit | None:
        query = (
            "SELECT text, said, input_tokens, output_tokens, estimated, cost, latency, finish_reason, run "
            "FROM answers WHERE key = ? AND scope = ?"
        )
        line = self.store.one(query, (key, scope))
        return None if line is None else Hit(_completion(line), line[8])

    async def add(self, recording: Recording, messages: Sequence[Message], scope: str = "") -> None:
        """Keeps an answer; returns when it is committed. A newer answer to the same request replaces the older."""
        await self._write(recording, messages, scope)

    def _write(self, recording: Recording, messages: Sequence[Message], scope: str) -> asyncio.Future[None]:
        new = [
            (sha, message.content)
            for (_, sha), message in zip(recording.parts.messages, messages, strict=True)
            if sha not in self._known
        ]
        if len(self._known) < 4096:
            # Of system messages, mostly; a prompt of its own is not worth remembering.
            self._known.update(
                sha for (role, sha), _ in zip(recording.parts.messages, messages, strict=True) if role == "system"
            )

        def work(connection: sqlite3.Connection) -> None:
            texts = [(sha, pack_text(redact(text))) for sha, text in new]
            connection.executemany("INSERT OR IGNORE INTO texts VALUES (?, ?)", texts)
            _put(connection, recording, scope)

        return self.store.aput(work)

    def said(self, keys: Sequence[str]) -> dict[str, str]:
        """Key -> sha256 of what was answered, for the shared recordings among `keys`."""
        query = f"SELECT key, text_sha256 FROM answers WHERE scope = '' AND key IN ({','.join('?' * len(keys))})"
        return dict(self.store.all(query, keys))

    def import_all(self, recordings: Sequence[tuple[Recording, Sequence[str]]]) -> int:
        """Adds recordings (each with its messages' texts) that are not there yet; returns how many."""
        added = 0

        def work(connection: sqlite3.Connection) -> None:
            nonlocal added
            for recording, texts in recordings:
                shas = [sha for _, sha in recording.parts.messages]
                connection.executemany(
                    "INSERT OR IGNORE INTO texts VALUES (?, ?)",
                    [(sha, pack_text(text)) for sha, text in zip(shas, texts, strict=True)],
                )
                added += _put(connection, recording, "", "INSERT OR IGNORE")

        self.store.put(work)
        return added

    def recordings(
        self, *, suite: str = "", case_id: str = "", keys: Collection[str] | None = None
    ) -> Iterator[Recording]:
        """Shared recordings, oldest key order, a few at a time."""
        where = "scope = ''"
        values: list[str] = []
        for name, value in (("suite", suite), ("case_id", case_id)):
            if value:
                where, values = f"{where} AND {name} = ?", [*values, value]
        last = ""
        query = f"SELECT {_COLUMNS} FROM answers WHERE {where} AND key > ? ORDER BY key LIMIT 200"
        while lines := self.store.all(query, (*values, last)):
            last = lines[-1][0]
            yield from (_recording(line) for line in lines if keys is None or line[0] in keys)

    def texts(self, recording: Recording) -> tuple[str, ...]:
        """The messages' contents; empty for one that was pruned."""
        found = []
        for _, sha in recording.parts.messages:
            line = self.store.one("SELECT blob FROM texts WHERE sha256 = ?", (sha,))
            found.append(unpack_text(line[0]) if line else "")
        return tuple(found)

    def remove(self, keys: Collection[str]) -> None:
        """Forgets recordings, and texts that no recording uses any more."""

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany("DELETE FROM answers WHERE key = ? AND scope = ''", [(key,) for key in keys])
            _sweep(connection)

        self.store.put(work)
        self._known.clear()

    def drop_scope(self, scope: str) -> None:
        """Forgets what a run kept to itself."""

        def work(connection: sqlite3.Connection) -> None:
            if connection.execute("DELETE FROM answers WHERE scope = ? AND scope != ''", (scope,)).rowcount:
                _sweep(connection)

        self.store.put(work)


def _sweep(connection: sqlite3.Connection) -> None:
    used = {sha for (text,) in connection.execute("SELECT messages FROM answers") for _, sha in json.loads(text)}
    gone = [(sha,) for (sha,) in connection.execute("SELECT sha256 FROM texts") if sha not in used]
    connection.executemany("DELETE FROM texts WHERE sha256 = ?", gone)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _put(connection: sqlite3.Connection, recording: Recording, scope: str, verb: str = "INSERT OR REPLACE") -> int:
    parts, said = recording.parts, recording.completion
    values = (
        parts.key,
        scope,
        recording.run,
        recording.suite,
        recording.case_id,
        parts.endpoint.model,
        parts.endpoint.base_url,
        parts.endpoint.parameters,
        parts.parameters,
        parts.schema,
        parts.sample,
        parts.attempt,
        json.dumps(parts.messages, separators=(",", ":")),
        said.model,
        recording.recorded_at,
        pack_text(redact(said.text)),
        said.input_tokens,
        said.output_tokens,
        said.estimated,
        None if said.cost is None else str(said.cost),
        said.latency,
        said.finish_reason,
        text_sha(said.text),
    )
    query = f"{verb} INTO answers ({_COLUMNS}) VALUES ({','.join('?' * len(values))})"
    return connection.execute(query, values).rowcount


def _completion(line: Sequence[Any]) -> Completion:
    text, said, input_tokens, output_tokens, estimated, cost, latency, finish_reason = line[:8]
    return Completion(
        text=unpack_text(text),
        model=said,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        estimated=bool(estimated),
        cost=None if cost is None else Decimal(cost),
        latency=latency,
        finish_reason=finish_reason,
    )


def _recording(line: Sequence[Any]) -> Recording:
    (_, _, run, suite, case_id, model, base_url, endpoint, parameters, schema, sample, attempt, messages) = line[:13]
    said, recorded_at, text, input_tokens, output_tokens, estimated, cost, latency, finish_reason = line[13:22]
    return Recording(
        parts=KeyParts(
            endpoint=Endpoint(model, base_url, endpoint),
            messages=tuple([(role, sha) for role, sha in json.loads(messages)]),
            parameters=parameters,
            schema=schema,
            sample=sample,
            attempt=attempt,
        ),
        completion=_completion((text, said, input_tokens, output_tokens, estimated, cost, latency, finish_reason)),
        suite=suite,
        case_id=case_id,
        recorded_at=recorded_at,
        run=run,
    )
