"""All audience data of a workspace as one encrypted file, and back. A kill at any moment leaves one of the two whole.

`.wenan/audience.locked` decides: while it is there, the data are locked, and plain files beside it are leftovers of a
step that did not end; without it, an unfinished encrypted file is one. What is deleted is not overwritten: solid-state
disks keep copies that no program reaches.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from knowledge_base.audience.database import DATABASE_NAME, explained
from knowledge_base.audience.lock import alone
from knowledge_base.audience.privacy.sealed import SealedReader, SealingWriter
from knowledge_base.errors import StorageError, UsageError

FOLDER_NAME = "audience"
TRIGGERS_NAME = "audience-triggers.db"
TRIGGERS_LOCK = "audience-triggers.lock"
DATABASES = (DATABASE_NAME, TRIGGERS_NAME)
LOCKED_NAME = "audience.locked"
NEW_NAME, OPENING_NAME = "audience.locked.new", "audience.unlocking"


class LockedError(StorageError):
    """The data are encrypted."""


@dataclass(frozen=True, slots=True)
class Sealed:
    files: int
    size: int
    """Bytes of the plain files."""


def locked(data: Path) -> bool:
    """`data`: the hidden folder of the workspace."""
    return (data / LOCKED_NAME).is_file()


def need_unlocked(data: Path) -> None:
    """Raises LockedError while the data are locked."""
    if locked(data):
        left = "；上次没有锁完，原文还没清掉，先运行 wenan audience lock" if _leftovers(data) else ""
        raise LockedError(f"人群数据锁着，读不了{left}", hint="先运行 wenan audience unlock。")


def lock(data: Path, passphrase: str) -> Sealed:
    """Encrypts, reads everything back, and only then deletes the plain files. Raises UsageError, StorageError."""
    with _held(data) as cleared:
        if locked(data):
            done = "；上次没清掉的原文刚才清掉了" if cleared else ""
            raise UsageError(f"已经锁着了{done}", hint="要换口令，先 wenan audience unlock 再锁。")
        files = [path for path in _plain(data) if path.exists()]
        if not files:
            raise UsageError("还没有人群数据，没有可锁的", hint="先运行 wenan audience import。")
        _settle_databases(data)
        new = data / NEW_NAME
        with _owner_only(new) as target:
            writer = SealingWriter(target, passphrase)
            with tarfile.open(fileobj=writer, mode="w|", bufsize=1 << 16) as archive:
                for path in files:
                    archive.add(path, arcname=path.name, filter=_anonymous)
            writer.finish()
            target.flush()
            os.fsync(target.fileno())
        with new.open("rb") as source:
            found = _examine(source, passphrase)
        new.replace(data / LOCKED_NAME)
        _remove_plain(data)
    return found


def unlock(data: Path, passphrase: str) -> Sealed:
    """Raises UsageError when nothing is locked, WrongKeyError, StorageError; the encrypted file then stays."""
    with _held(data):
        if not locked(data):
            raise UsageError("没有锁着", hint="直接用就行。")
        opening = data / OPENING_NAME
        opening.mkdir(mode=0o700)
        with (data / LOCKED_NAME).open("rb") as source:
            reader = SealedReader(source, passphrase)
            with tarfile.open(fileobj=reader, mode="r|", bufsize=1 << 16) as archive:
                archive.extractall(opening, filter="data")
            reader.drain()
        files = [path for path in opening.rglob("*") if path.is_file()]
        found = Sealed(len(files), sum(path.stat().st_size for path in files))
        for path in opening.iterdir():
            path.replace(data / path.name)
        # From here on the plain files count.
        (data / LOCKED_NAME).unlink()
        shutil.rmtree(opening)
    return found


@contextmanager
def _held(data: Path) -> Iterator[bool]:
    """Alone with the data, after what an earlier step left behind is put in order: whether plain files were cleared."""
    from filelock import FileLock, Timeout

    if not data.is_dir():
        raise UsageError("这个工作区还没有人群数据", hint="换到有数据的工作区，或用 WENAN_HOME 指明。")
    with explained(data / LOCKED_NAME), alone(data):
        try:
            with FileLock(data / TRIGGERS_LOCK, timeout=0):
                shutil.rmtree(data / OPENING_NAME, ignore_errors=True)
                (data / NEW_NAME).unlink(missing_ok=True)
                cleared = locked(data) and _leftovers(data)
                if cleared:
                    _remove_plain(data)
                yield cleared
        except Timeout as error:
            raise StorageError("wenan audience watch 正在运行", hint="先停掉它再锁或解锁。") from error


def _plain(data: Path) -> list[Path]:
    return [data / FOLDER_NAME, *(data / name for name in DATABASES)]


def _leftovers(data: Path) -> bool:
    return any(path.exists() for path in _plain(data))


def _remove_plain(data: Path) -> None:
    if (data / FOLDER_NAME).is_dir():
        shutil.rmtree(data / FOLDER_NAME)
    for name in DATABASES:
        for tail in ("", "-wal", "-shm"):
            (data / (name + tail)).unlink(missing_ok=True)


def _settle_databases(data: Path) -> None:
    """Everything into the main files: what is left in a write-ahead log would be lost."""
    for name in DATABASES:
        path = data / name
        if path.is_file():
            with closing(sqlite3.connect(path, isolation_level=None)) as database:
                busy = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            if busy or (data / f"{name}-wal").exists():
                raise StorageError(f"另一个 wenan 正在用 {name}", hint="等它结束再锁。")


def _examine(source: IO[bytes], passphrase: str) -> Sealed:
    files = size = 0
    reader = SealedReader(source, passphrase)
    with tarfile.open(fileobj=reader, mode="r|", bufsize=1 << 16) as archive:
        for member in archive:
            if member.isfile():
                files, size = files + 1, size + member.size
    reader.drain()
    return Sealed(files, size)


@contextmanager
def _owner_only(path: Path) -> Iterator[IO[bytes]]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member
