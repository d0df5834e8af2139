"""The knowledge that a suite writes from: the workspace's own, or named folders built once into a cache.

A named knowledge base is a pure function of its files, so its version is their hash: snapshots made on one machine are
good on another. The cache lies under `.wenan/evals/knowledge/<hash>` and may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge_base.errors import BadInputError
from knowledge_base.workspace import Workspace

if TYPE_CHECKING:
    from knowledge_base.base import KnowledgeBase

PATIENCE = 900.0
"""Seconds to wait while another process builds the same knowledge."""
ROOT = Path(__file__).resolve().parent.parent
_READING = ("agent/gather.py", "agent/options.py", "agent/context.py", "agent/brief.py", "knowledge_base")
"""Code that decides what a case's context is: a change of it makes old snapshots stale."""
_NOT_READING = frozenset({"rules", "brand_learn", "sample"})
"""Folders of knowledge_base/ that no context depends on."""


@dataclass(frozen=True, slots=True)
class Source:
    """Files that make a knowledge base; none for the workspace's own."""

    paths: tuple[tuple[Path, tuple[Path, ...]], ...] = ()
    """(root that stored names are relative to, files and folders below it)."""
    version: str = ""
    """Hash of names and contents; empty for the workspace, whose version is its knowledge base's."""

    @property
    def own(self) -> bool:
        return not self.paths


def knowledge_source(names: Sequence[str], suite: Path) -> Source:
    """What a suite's `knowledge` means; folders are relative to the suite's own. Raises BadInputError."""
    if "workspace" in names:
        if len(names) > 1:
            raise BadInputError("workspace 不能和别的资料混用", file=suite.name, field="knowledge", hint="只写一种。")
        return Source()
    parts = tuple(_part(name, suite) for name in names)
    return Source(parts, _version(parts))


def _part(name: str, suite: Path) -> tuple[Path, tuple[Path, ...]]:
    if name == "sample":
        from knowledge_base import sample

        return sample.FOLDER, sample.paths()
    folder = (suite.parent / name).resolve()
    if not folder.exists():
        raise BadInputError(
            f"没有资料文件夹「{name}」",
            file=suite.name,
            field="knowledge",
            hint="写 sample、workspace，或相对评测集文件的文件夹。",
        )
    return (folder if folder.is_dir() else folder.parent), (folder,)


def _version(parts: Sequence[tuple[Path, tuple[Path, ...]]]) -> str:
    digest = hashlib.sha256()
    for root, paths in parts:
        for path in paths:
            files = sorted(path.rglob("*")) if path.is_dir() else [path]
            for file in files:
                if file.is_file():
                    digest.update(f"{file.relative_to(root).as_posix()}\0".encode())
                    digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


@cache
def reading_version() -> str:
    """Hash of the code that gathers contexts, 16 hex digits."""
    digest = hashlib.sha256()
    for name in _READING:
        path = ROOT / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            if _NOT_READING.isdisjoint(file.relative_to(ROOT).parts):
                digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def open_knowledge(
    source: Source, workspace: Workspace, say: Callable[[str], None] = lambda _: None
) -> Iterator[KnowledgeBase]:
    """The knowledge base of a source, built first where the cache has none. `say` is told what takes time."""
    from knowledge_base.base import KnowledgeBase

    if source.own:
        kb = KnowledgeBase.open(workspace)
    else:
        kb = _local(Workspace(_built(source, workspace, say), workspace.config))
    try:
        yield kb
    finally:
        kb.close()


def _local(home: Workspace) -> KnowledgeBase:
    """Like `KnowledgeBase.open`, but never on the Chroma server that the workspace may use for its own records."""
    from knowledge_base.base import KnowledgeBase
    from knowledge_base.embedders import open_embedder
    from knowledge_base.embedders.cached import CachedEmbedder
    from knowledge_base.store.chroma import Truth
    from knowledge_base.store.index import Index

    embedder = open_embedder(home)
    truth = Truth(home.data / "chroma", "", embedder.name)
    queries = CachedEmbedder(embedder, home.data / "cache" / "queries.db")
    return KnowledgeBase(Index(home.data, truth, embedder), embedder, queries)


def _built(source: Source, workspace: Workspace, say: Callable[[str], None]) -> Path:
    from filelock import FileLock

    from knowledge_base.embedders import open_embedder
    from knowledge_base.ingest.add import add

    embedder = hashlib.sha256(open_embedder(workspace).name.encode()).hexdigest()[:6]
    cached = workspace.data / "evals" / "knowledge"
    # Short, because Chroma's own files below it are long and Windows allows 260 characters.
    home = cached / f"{source.version}-{reading_version()[:6]}-{embedder}"
    ready = home / "ready"
    if ready.is_file():
        return home
    cached.mkdir(parents=True, exist_ok=True)
    with FileLock(cached / f"{home.name}.lock", timeout=PATIENCE):
        if ready.is_file():
            return home
        # Half of it may stand there from a process that was killed.
        shutil.rmtree(home, ignore_errors=True)
        say("第一次用这份资料，先入库（只做一次）…")
        home.mkdir(parents=True)
        kb = _local(Workspace(home, workspace.config))
        try:
            for root, paths in source.paths:
                report = add(kb, paths, root=root)
                if report.bad:
                    first = report.bad[0]
                    raise BadInputError(
                        f"{first.reason}（这份资料共有 {len(report.bad)} 处问题）", file=first.file, row=first.row
                    )
        finally:
            kb.close()
        ready.write_text(source.version, encoding="utf-8")
    return home
