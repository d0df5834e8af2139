"""Which processes work on campaigns. Each holds a lock that the system lets go when it dies, however it dies."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from knowledge_base.workspace import Workspace


@contextmanager
def owning(workspace: Workspace) -> Iterator[str]:
    """A fresh owner's name, alive as long as the block runs."""
    folder = _folder(workspace)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{socket.gethostname()[:20]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    path = folder / f"{name}.lock"
    with FileLock(path):
        yield name
    with suppress(OSError):
        path.unlink()


def is_alive(workspace: Workspace, owner: str) -> bool:
    """Whether the process of that name still runs."""
    path = _folder(workspace) / f"{owner}.lock"
    if not owner or not path.is_file():
        return False
    try:
        with FileLock(path, timeout=0):
            pass
    except Timeout:
        return True
    with suppress(OSError):
        path.unlink()
    return False


def _folder(workspace: Workspace) -> Path:
    return workspace.data / "owners"
