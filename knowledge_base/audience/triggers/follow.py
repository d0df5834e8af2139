"""A growing file, line by line: rotated, cut short, half written.

It is open only while it is read, so that others may move it.

A file is known by its beginning. When the beginning at our path is another one, what we were reading was rotated away
or cut short: we look for it in the same folder under a longer name (events.jsonl.1), read it to its end, then every
newer one, then the new file. What was compressed or deleted meanwhile is lost, and said to be.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from knowledge_base.errors import BadInputError

CHUNK = 1 << 20
"""Bytes read at once; a line may not be longer."""
HEAD = 4096
"""Bytes of a file's beginning by which it is known."""


class Place(NamedTuple):
    """How far a stream was read: all whole lines before `offset`."""

    source: str
    offset: int
    lines: int
    """Lines before `offset`."""
    head: bytes
    """Hash of the file's first `head_size` bytes, all of them before `offset`."""
    head_size: int
    skipping: int = 0
    """1 inside a line too long to be one."""


@dataclass(slots=True)
class Chunk:
    """Some lines, and the place behind them."""

    lines: list[tuple[int, bytes]]
    """(number from 1 within its file, the line)."""
    place: Place | None
    """None for a stream that cannot be read again."""
    at_end: bool
    """Nothing more is there now."""
    notes: list[str] = field(default_factory=list)
    """What happened to the file, in Chinese."""
    too_long: list[int] = field(default_factory=list)
    """Numbers of lines that were skipped."""
    closed: bool = False
    """Nothing more will ever come."""


class Follower:
    """`read` gives what is new; the caller keeps `Chunk.place` and gives it back after a restart."""

    def __init__(self, path: Path, source: str, place: Place | None, *, from_start: bool) -> None:
        """Without a place, reading starts at the beginning, or at the present end of the file."""
        self._path, self._source = path, source
        self._queue: list[Path] = []
        """Rotated files that are still to be read, oldest first."""
        self._known = place is not None
        """Whether the file was there before: then it may be away for a moment."""
        self._place = place or (self._beginning(path) if from_start else self._end())

    @property
    def place(self) -> Place:
        """Where reading goes on."""
        return self._place

    def read(self, *, last: bool = False) -> Chunk:
        """The next whole lines. `last`: nobody will finish a line that has no end, so it counts if it is whole.

        Raises BadInputError when the file is not there, and no rotated one is left to read.
        """
        notes: list[str] = []
        path = self._queue[0] if self._queue else self._current(notes)
        try:
            chunk = self._read(path, final=last or bool(self._queue))
        except FileNotFoundError:
            if not self._known:
                raise _absent(self._path) from None
            chunk = Chunk([], self._place, True)
        except OSError as error:
            raise BadInputError(f"读不了：{error.strerror or error}", file=str(path), hint="检查权限。") from error
        self._known = True
        if self._queue and chunk.at_end:
            self._queue.pop(0)
            chunk.place = self._place = self._beginning(self._queue[0] if self._queue else self._path)
            chunk.at_end = False
        chunk.notes = notes
        return chunk

    def _current(self, notes: list[str]) -> Path:
        """The file to read from our place; finds rotated ones when it is not at our path any more."""
        try:
            if self._is_ours(self._path):
                return self._path
        except FileNotFoundError:
            # Between moving the old file and making the new one there is a moment without any.
            pass
        if not self._place.head_size:
            return self._path
        older = self._rotated()
        if older:
            self._queue = older
            notes.append(f"文件轮转了，先读完 {'、'.join(one.name for one in older)}")
            return older[0]
        if not self._path.exists():
            return self._path
        notes.append("文件换过或截断了，旧文件已找不到：没读到的部分可能丢了，从新文件开头读")
        self._place = self._beginning(self._path)
        return self._path

    def _is_ours(self, path: Path) -> bool:
        """Whether the file begins as the one we were reading did, and reaches to our place."""
        place = self._place
        with path.open("rb") as file:
            if file.seek(0, 2) < place.offset:
                return False
            file.seek(0)
            return _hash(file.read(place.head_size)) == place.head if place.head_size else True

    def _rotated(self) -> list[Path]:
        """The file we were reading under its new name, and those made after it, oldest first."""
        named = [one for one in self._path.parent.glob(_literal(self._path.name) + "?*") if one.is_file()]
        found = [one for one in named if self._matches(one)]
        if not found:
            return []
        ours = min(found, key=lambda one: one.stat().st_mtime_ns)
        since = ours.stat().st_mtime_ns
        newer = [one for one in named if one != ours and one.stat().st_mtime_ns > since and _plain(one)]
        return [ours, *sorted(newer, key=lambda one: one.stat().st_mtime_ns)]

    def _matches(self, path: Path) -> bool:
        try:
            return self._is_ours(path)
        except OSError:
            return False

    def _read(self, path: Path, *, final: bool) -> Chunk:
        place = self._place
        with path.open("rb") as file:
            file.seek(place.offset)
            data = file.read(CHUNK)
            more = bool(file.read(1)) if len(data) == CHUNK else False
            used, lines, skipping, too_long = _split(data, place, final=final and not more)
            offset = place.offset + used
            size, head = place.head_size, place.head
            if size < HEAD and offset > size:
                file.seek(0)
                size = min(HEAD, offset)
                head = _hash(file.read(size))
        count = place.lines + len(lines) + len(too_long)
        self._place = Place(self._source, offset, count, head, size, skipping)
        return Chunk(lines, self._place, not more and (used == len(data) or not lines), [], too_long)

    def _beginning(self, path: Path) -> Place:
        """Before a file's first line; it is known by what it holds already."""
        try:
            with path.open("rb") as file:
                head = file.read(HEAD)
        except OSError:
            head = b""
        return Place(self._source, 0, 0, _hash(head), len(head))

    def _end(self) -> Place:
        """Behind the last whole line of the file as it is; the beginning when there is no file yet."""
        try:
            with self._path.open("rb") as file:
                head, offset, lines, at = file.read(HEAD), 0, 0, 0
                file.seek(0)
                while piece := file.read(CHUNK):
                    lines += piece.count(b"\n")
                    if (cut := piece.rfind(b"\n")) >= 0:
                        offset = at + cut + 1
                    at += len(piece)
        except OSError:
            return self._beginning(self._path)
        size = min(HEAD, offset) if offset else len(head)
        return Place(self._source, offset, lines, _hash(head[:size]), size)


def _split(data: bytes, place: Place, *, final: bool) -> tuple[int, list[tuple[int, bytes]], int, list[int]]:
    """(bytes used, numbered lines, inside a long line, numbers of long lines that ended)."""
    number, at, skipping = place.lines, 0, place.skipping
    lines: list[tuple[int, bytes]] = []
    too_long: list[int] = []
    while (cut := data.find(b"\n", at)) >= 0:
        number += 1
        if skipping:
            too_long.append(number)
            skipping = 0
        else:
            lines.append((number, data[at:cut]))
        at = cut + 1
    rest = data[at:]
    if len(data) == CHUNK and not lines and not too_long:
        # A whole chunk without an end of line: skip until there is one.
        return len(data), lines, 1, too_long
    if skipping:
        return len(data), lines, 1, too_long
    if final and rest.strip() and _whole(rest):
        lines.append((number + 1, rest))
        at = len(data)
    return at, lines, 0, too_long


def _whole(rest: bytes) -> bool:
    """Half of a JSON object never ends in its closing brace at the right depth; the parser knows."""
    import json

    try:
        return isinstance(json.loads(rest), dict)
    except (ValueError, RecursionError):
        return False


def _hash(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


def _plain(path: Path) -> bool:
    """Not packed: those cannot be read line by line."""
    return path.suffix not in (".gz", ".zip", ".bz2", ".xz", ".zst")


def _literal(name: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)


def _absent(path: Path) -> BadInputError:
    return BadInputError("没有这个文件", file=str(path), hint="核对路径；从管道读写 -。")
