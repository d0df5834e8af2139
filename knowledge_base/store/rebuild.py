"""Makes the derived index anew from the truth, and moves the truth to another embedder when the settings changed."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge_base.embedding import Embedder
from knowledge_base.store import lexical, vectors
from knowledge_base.store.catalog import Catalog
from knowledge_base.store.chroma import Truth
from knowledge_base.store.snapshot import CATALOG, LEXICAL, VECTORS
from knowledge_base.store.state import STATE, State, new_name, write_state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knowledge_base.embedding import Matrix
    from knowledge_base.store.entry import Entry

log = logging.getLogger("wenan.knowledge_base")


def rebuild(root: Path, truth: Truth, embedder: Embedder) -> State:
    """A clean index in a new folder under `root`. The lock must be held. Loses nothing: only derived files go."""
    _adopt(truth, embedder)
    total = truth.count()
    if total:
        log.warning("本地索引缺失或过期，正从 Chroma 重建（%d 条）……", total)
    folder = root / new_name()
    folder.mkdir(parents=True)
    catalog = Catalog(folder / CATALOG)
    try:
        lexical.add(folder / LEXICAL, [])
        (folder / VECTORS).touch()
        version = truth.version() or new_name()
        count = 0
        for entries, matrix in truth.pages():
            count = _derive(folder, catalog, entries, matrix, count, keep_vectors=not truth.url)
        for entries, _ in truth.pages(of="removed"):
            catalog.commit(removed=entries)
        meta = {"version": version, "rows": str(count), "dimension": str(embedder.dimension)}
        catalog.commit(meta=meta)
    finally:
        catalog.close()
    truth.set_version(version)
    state = State(version=version, folder=folder.name, embedder=embedder.name, clean=True)
    write_state(root / STATE, state)
    _sweep(root, keep=folder.name)
    return state


def _derive(
    folder: Path, catalog: Catalog, entries: Sequence[Entry], matrix: Matrix, count: int, *, keep_vectors: bool
) -> int:
    put = list(enumerate(entries, count))
    if keep_vectors:
        vectors.append(folder / VECTORS, count, matrix)
    lexical.add(folder / LEXICAL, put)
    catalog.commit(put=put)
    return count + len(put)


def _adopt(truth: Truth, embedder: Embedder) -> None:
    """Takes over the records another embedder left: their collections exist until every record has a new vector."""
    for other in truth.others():
        log.warning("换了向量模型，正用 %s 重新计算 %d 条记录的向量……", embedder.name, other.count())
        truth.mark_copying(True)
        for which in ("live", "removed"):
            for entries, _ in other.pages(of=which):
                truth.put(entries, embedder.embed([entry.text for entry in entries]), into=which)
        truth.mark_copying(False)
        # The version moves with the records: whoever knew the old one must look again.
        truth.set_version(new_name())
        other.drop()


def _sweep(root: Path, keep: str) -> None:
    # Best effort: on Windows a folder another process still reads stays until the next rebuild.
    for old in root.iterdir():
        if old.is_dir() and old.name != keep:
            shutil.rmtree(old, ignore_errors=True)
