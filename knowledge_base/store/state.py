"""Whether the derived index still matches the truth, and the lock that lets one process write at a time.

A writer marks the index unclean, changes the truth, changes the index, and marks it clean under a new version. So after
a crash at any point the mark says that the index may lie, and the next process rebuilds it from the truth.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from knowledge_base.errors import StorageError

log = logging.getLogger("wenan.knowledge_base")

STATE = "state.json"
PATIENCE = 900.0
"""Seconds a writer waits for another one; adding tens of thousands of records takes minutes."""
FIRST_NOTE = 2.0
"""Seconds of waiting before saying so."""


@dataclass(frozen=True, slots=True)
class State:
    version: str = ""
    """Of the truth this index was derived from; empty before the first."""
    folder: str = ""
    """Name of the index's folder beside the state file. Rebuilding makes a new one."""
    embedder: str = ""
    clean: bool = False


def read_state(path: Path) -> State:
    """An unclean State when there is none or it cannot be understood: both mean rebuild."""
    try:
        return State(**json.loads(read_retrying(path)))
    except (OSError, ValueError, TypeError):
        return State()


def write_state(path: Path, state: State) -> None:
    replace_text(path, json.dumps(asdict(state)))


def new_name() -> str:
    """For versions and folders: never used before."""
    return uuid.uuid4().hex[:16]


def read_retrying(path: Path) -> str:
    # Windows refuses to open a file for the moment in which another process replaces it.
    for _ in range(20):
        try:
            return path.read_text(encoding="utf-8")
        except PermissionError:
            time.sleep(0.01)
    return path.read_text(encoding="utf-8")


def replace_text(path: Path, text: str) -> None:
    """Atomically. Raises StorageError."""
    temporary = path.with_name(f"{path.name}.{new_name()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text, encoding="utf-8")
        for _ in range(20):
            try:
                temporary.replace(path)
                return
            except PermissionError:
                time.sleep(0.01)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StorageError(f"写不了 {path}：{error}", hint="检查磁盘空间和文件权限后重试。") from error


@contextmanager
def exclusive(path: Path, *, patience: float = PATIENCE) -> Iterator[None]:
    """Holds the lock file. Raises StorageError when another process keeps it for longer than `patience` seconds."""
    from filelock import FileLock, Timeout

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        try:
            lock.acquire(timeout=min(patience, FIRST_NOTE))
        except Timeout:
            if patience <= FIRST_NOTE:
                raise
            log.warning("另一个进程正在写知识库，等它写完……")
            lock.acquire(timeout=patience - FIRST_NOTE)
    except Timeout as error:
        raise StorageError("知识库正被另一个进程占用", hint="等那个进程结束，或关掉它，再试一次。") from error
    except OSError as error:
        raise StorageError(f"锁不住知识库：{error}", hint="检查 .wenan 文件夹的权限。") from error
    try:
        yield
    finally:
        lock.release()


def try_exclusive(path: Path) -> bool:
    """Whether nobody holds the lock right now."""
    try:
        with exclusive(path, patience=0):
            return True
    except StorageError:
        return False
