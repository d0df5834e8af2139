"""One writer at a time: imports and deletions wait for each other, also across processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from knowledge_base.errors import StorageError

LOCK_NAME = "audience.lock"
LOCK_SECONDS = 10.0


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Holds the workspace's audience data; `data` is the hidden folder. Raises StorageError after ten seconds."""
    data.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(data / LOCK_NAME, timeout=LOCK_SECONDS):
            yield
    except Timeout as error:
        raise StorageError("另一个 wenan 正在导入或删除人群数据", hint="等它结束再试。") from error
