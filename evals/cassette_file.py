"""Recordings as text that can be committed: JSON lines in a stable order, each checked against its hash on import.

{"type": "text", "sha256": …, "text": …}          a prompt's message, once however many recordings share it; where a key
                                                  was blacked out of it, "shown" is the hash of what is left
{"type": "answer", "key": …, "model": …, …}       what a model said, which one and when
{"type": "context", "key": …, "value": …}         what a case leant on, so that a replay needs no retrieval
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from agent.codec import dumps
from agent.model import Completion
from evals.cassette import Cassette, Recording
from evals.cassette_key import Endpoint, KeyParts, canonical, text_sha
from evals.contexts import refs_of, write_records
from evals.database import EvalsDb
from evals.judging import ASKED_AS
from evals.packing import pack, unpack
from evals.snapshots import PERSONAS
from knowledge_base.errors import BadInputError

IMPORT_AT_ONCE = 200
_HINT = "录音不能手写或改动；重新导出一份，或去掉这一行。"


@dataclass(frozen=True, slots=True)
class Imported:
    answers: int
    """Recordings that were not there yet."""
    known: int
    contexts: int


def export_lines(cassette: Cassette, db: EvalsDb | None, suite: str = "") -> Iterator[str]:
    """Lines without their end: texts, answers, contexts, each sorted. `suite` empty means all.

    `db` adds contexts, and to a suite's recordings those that its runs found filed under another suite.
    """
    recordings = list(cassette.recordings(suite=suite))
    if suite and db is not None:
        recordings += _shared(cassette, db, suite)
    texts: dict[str, str] = {}
    for recording in recordings:
        shas = (sha for _, sha in recording.parts.messages)
        texts.update(zip(shas, cassette.texts(recording), strict=True))
    for sha in sorted(texts):
        shown = text_sha(texts[sha])
        blacked_out = {} if shown == sha else {"shown": shown}
        yield dumps({"type": "text", "sha256": sha, **blacked_out, "text": texts[sha]})
    for recording in sorted(recordings, key=lambda one: (one.suite, one.case_id, one.key)):
        yield dumps(_plain(recording))
    if db is not None and recordings:
        yield from _contexts(db, [suite] if suite else _asking(db))


def _asking(db: EvalsDb) -> list[str]:
    """Suites whose runs rest on recordings; what the offline writer needs is made anew at no cost."""
    query = "SELECT DISTINCT r.suite FROM runs r JOIN rows o ON o.run_id = r.id WHERE o.answers != '[]' ORDER BY 1"
    return [suite for (suite,) in db.store.all(query)]


def _shared(cassette: Cassette, db: EvalsDb, suite: str) -> Iterator[Recording]:
    """Recordings of other suites that this one's runs rest on: equal questions are asked once, whoever asks first.

    No row names what judges said, so of them all that others filed come along where this suite has judges.
    """
    runs = [db.head(line.id) for line in db.runs() if line.suite == suite]
    query = "SELECT DISTINCT o.answers FROM rows o JOIN runs r ON r.id = o.run_id WHERE r.suite = ?"
    used = {key for (text,) in db.store.all(query, (suite,)) for key, _ in json.loads(text)}
    judged = any(run.settings.get("judges") for run in runs)
    for recording in cassette.recordings():
        if recording.suite != suite and (recording.key in used or (judged and recording.case_id == ASKED_AS)):
            yield recording


def _contexts(db: EvalsDb, suites: Sequence[str]) -> Iterator[str]:
    query = (
        "WITH used AS (SELECT DISTINCT o.snapshot AS key FROM rows o JOIN runs r ON r.id = o.run_id "
        f"WHERE r.suite IN ({','.join('?' * len(suites))})) "
        "SELECT key, knowledge, made_at, blob FROM snapshots WHERE key IN (SELECT key FROM used) "
        f"OR key IN (SELECT '{PERSONAS}' || knowledge FROM snapshots WHERE key IN (SELECT key FROM used)) ORDER BY key"
    )
    contexts: list[dict[str, Any]] = []
    used: set[str] = set()
    for key, knowledge, made_at, blob in db.store.all(query, suites):
        value = unpack(blob)
        contexts.append({"type": "context", "key": key, "knowledge": knowledge, "made_at": made_at, "value": value})
        used.update(value["personas"] if "personas" in value else refs_of(value["context"]))
    for sha in sorted(used):
        line = db.store.one("SELECT blob FROM records WHERE sha256 = ?", (sha,))
        yield dumps({"type": "record", "sha256": sha, "value": unpack(line[0])})
    yield from map(dumps, contexts)


def import_file(path: Path, cassette: Cassette, db: EvalsDb) -> Imported:
    """Adds what a file holds; what is there already stays. Raises BadInputError naming the line of a bad one."""
    texts: dict[str, str] = {}
    waiting: list[tuple[Recording, Sequence[str]]] = []
    contexts: list[tuple[str, str, str, bytes]] = []
    records: dict[str, dict[str, Any]] = {}
    answers = added = 0
    for row, data in _lines(path):
        try:
            kind = data["type"]
            if kind == "text":
                if text_sha(data["text"]) != data.get("shown", data["sha256"]):
                    raise ValueError("内容和它的哈希对不上")
                texts[data["sha256"]] = data["text"]
            elif kind == "answer":
                recording = _recording(data)
                waiting.append((recording, [texts[sha] for _, sha in recording.parts.messages]))
                answers += 1
            elif kind == "context":
                contexts.append((data["key"], data["knowledge"], data["made_at"], pack(data["value"])))
            elif kind == "record":
                records[data["sha256"]] = data["value"]
            else:
                raise ValueError(f"不认识的 type：{kind}")
        except (KeyError, TypeError, ValueError, InvalidOperation) as error:
            why = f"缺少 {error}" if isinstance(error, KeyError) else str(error)
            raise BadInputError(f"不是一条录音：{why}", file=path.as_posix(), row=row, hint=_HINT) from error
        if len(waiting) >= IMPORT_AT_ONCE:
            added += cassette.import_all(waiting)
            waiting = []
    if waiting:
        added += cassette.import_all(waiting)
    if contexts:
        db.store.put(lambda connection: _write(connection, records, contexts))
    return Imported(added, answers - added, len(contexts))


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            for row, line in enumerate(file, 1):
                if not line.strip():
                    continue
                data = json.loads(line)
                if not isinstance(data, dict):
                    raise ValueError("应当是一个 JSON 对象")
                yield row, data
    except FileNotFoundError as error:
        raise BadInputError(
            "没有这个文件", file=path.as_posix(), hint="写 wenan eval cassette export 导出的文件。"
        ) from error
    except OSError as error:
        raise BadInputError(f"打不开：{error.strerror or error}", file=path.as_posix(), hint="检查路径。") from error
    except ValueError as error:
        raise BadInputError(f"不是录音文件：{error}", file=path.as_posix(), hint=_HINT) from error


def _plain(recording: Recording) -> dict[str, Any]:
    parts, said = recording.parts, recording.completion
    plain = {
        "type": "answer",
        "key": recording.key,
        "suite": recording.suite,
        "case": recording.case_id,
        "model": parts.endpoint.model,
        "base_url": parts.endpoint.base_url,
        "endpoint": parts.endpoint.parameters,
        "parameters": parts.parameters,
        "schema": parts.schema,
        "sample": parts.sample,
        "attempt": parts.attempt,
        "messages": [list(pair) for pair in parts.messages],
        "said": said.model,
        "recorded_at": recording.recorded_at,
        "text": said.text,
        "input_tokens": said.input_tokens,
        "output_tokens": said.output_tokens,
        "estimated": said.estimated,
        "cost": None if said.cost is None else str(said.cost),
        "latency": said.latency,
        "finish_reason": said.finish_reason,
    }
    return {**plain, "sha256": text_sha(canonical(plain))}


def _recording(data: dict[str, Any]) -> Recording:
    recording = Recording(
        parts=KeyParts(
            endpoint=Endpoint(str(data["model"]), str(data["base_url"]), str(data["endpoint"])),
            messages=tuple([(str(role), str(sha)) for role, sha in data["messages"]]),
            parameters=str(data["parameters"]),
            schema=str(data["schema"]),
            sample=int(data["sample"]),
            attempt=int(data["attempt"]),
        ),
        completion=Completion(
            text=str(data["text"]),
            model=str(data["said"]),
            input_tokens=int(data["input_tokens"]),
            output_tokens=int(data["output_tokens"]),
            estimated=bool(data["estimated"]),
            cost=None if data["cost"] is None else Decimal(data["cost"]),
            latency=float(data["latency"]),
            finish_reason=str(data["finish_reason"]),
        ),
        suite=str(data["suite"]),
        case_id=str(data["case"]),
        recorded_at=str(data["recorded_at"]),
    )
    if recording.key != data["key"]:
        raise ValueError("请求和它的 key 对不上")
    if text_sha(canonical({name: value for name, value in data.items() if name != "sha256"})) != data["sha256"]:
        raise ValueError("内容和它的哈希对不上")
    return recording


def _write(connection: Any, records: dict[str, dict[str, Any]], contexts: Sequence[Sequence[Any]]) -> None:
    write_records(connection, records)
    connection.executemany("INSERT OR IGNORE INTO snapshots VALUES (?, ?, ?, ?)", contexts)
