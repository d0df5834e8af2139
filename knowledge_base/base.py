"""The knowledge base: what we know, by id, by name, by filter and by search, and the only way to change it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, cast

from knowledge_base.codec import content_hash
from knowledge_base.embedders.cached import CachedEmbedder
from knowledge_base.embedding import Embedder
from knowledge_base.errors import BadInputError
from knowledge_base.hit import Hit
from knowledge_base.labels import KIND_LABELS
from knowledge_base.records import Brand, Kind, Record
from knowledge_base.resolve import resolve
from knowledge_base.search import Scan, Server, search
from knowledge_base.store.chroma import Truth
from knowledge_base.store.entry import Entry, encode
from knowledge_base.store.filter import Filter
from knowledge_base.store.index import Index
from knowledge_base.workspace import CONFIG_NAME, Workspace

if TYPE_CHECKING:
    from knowledge_base.embedding import Matrix
    from knowledge_base.store.snapshot import Snapshot

URL_VARIABLE = "WENAN_CHROMA_URL"
BATCH = 1000
"""Records embedded and written as one; each batch is complete in itself."""


@dataclass(frozen=True, slots=True)
class UpsertReport:
    """Ids, in the order given."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KbStats:
    counts: Mapping[str, int]
    """Records by kind; kinds without any are absent."""
    removed: int
    files: int
    version: str
    embedder: str
    place: str
    """Chroma's folder, or the server's URL."""

    @property
    def total(self) -> int:
        return sum(self.counts.values())


class KnowledgeBase:
    """Safe to share between threads. Other processes may use the same workspace; one of them writes at a time.

    Any method may first rebuild the local index from Chroma, with a note in the log, when it is missing or stale, and
    may raise StorageError when the disk or the server refuses.
    """

    def __init__(self, index: Index, embedder: Embedder, queries: Embedder) -> None:
        self._index, self._embedder, self._queries = index, embedder, queries

    @classmethod
    def open(cls, workspace: Workspace, *, embedder: Embedder | None = None) -> KnowledgeBase:
        """Cheap: touches no disk, loads neither Chroma nor a model. `embedder` overrides the workspace's setting."""
        from knowledge_base.embedders import open_embedder

        chosen = embedder or open_embedder(workspace)
        truth = Truth(workspace.data / "chroma", _url(workspace), chosen.name)
        queries = CachedEmbedder(chosen, workspace.data / "cache" / "queries.db")
        return cls(Index(workspace.data, truth, chosen), chosen, queries)

    @property
    def version(self) -> str:
        """Changes with every write; empty in a workspace that never held anything."""
        snapshot = self._read()
        return snapshot.version if snapshot else ""

    def get(self, id: str) -> Record | None:
        snapshot = self._read()
        return snapshot.catalog.get(id) if snapshot else None

    def all(self, kind: Kind | None = None, brand: str | None = None) -> tuple[Record, ...]:
        """In the order of their files. A brand's own and brandless ones with `brand` (its id or name)."""
        snapshot = self._read()
        if snapshot is None:
            return ()
        kinds = (kind,) if kind else ()
        return snapshot.catalog.records(Filter(kinds=kinds, brands=_spellings(snapshot, brand)))

    def resolve(self, kind: Kind, wanted: str) -> Record:
        """The record a person means by an id, a name, an alias or, for products, a description.

        Raises UnknownIdError with the nearest ids when there is none, or more than one fits.
        """
        return resolve(kind, wanted, self._read(), lambda text: self.search(text, k=5, kinds=(kind,)))

    def search(
        self,
        query: str,
        *,
        k: int = 5,
        kinds: Sequence[Kind] = (),
        brand: str | None = None,
        category: str | None = None,
        on: date | None = None,
    ) -> tuple[Hit, ...]:
        """The `k` best by fused score, best first. `brand` keeps brandless records; `on`, what is valid that day."""
        snapshot = self._index.snapshot()
        if snapshot is None or k < 1 or not query.strip():
            return ()
        filter = Filter(kinds=tuple(kinds), brands=_spellings(snapshot, brand), category=category, on=on)
        truth = self._index.truth
        dense = Server(snapshot, truth) if truth.url else Scan(snapshot)
        ranked = search(query, filter, k, snapshot, dense, self._queries)
        hits: list[Hit] = []
        for i in range(0, len(ranked), k):
            part = ranked[i : i + k]
            records = snapshot.catalog.by_rows(one.row for one in part)
            hits += [
                Hit(record=records[one.row], score=one.score, dense=one.dense, lexical=one.lexical)
                for one in part
                if one.row in records
            ]
            if len(hits) >= k:
                break
        return tuple(hits[:k])

    def upsert(self, records: Sequence[Record], *, progress: Callable[[int], None] | None = None) -> UpsertReport:
        """Adds new records and replaces changed ones, told apart by `source.sha256` (computed when empty).

        A record that only moved to another file or row counts as unchanged. Of several with one id the last counts.
        `progress` is told how many more records are done. Raises BadInputError, with nothing written, when an id
        already belongs to a record of another kind.
        """
        entries = list({record.id: encode(_stamped(record)) for record in records}.values())
        tell = progress or (lambda _: None)
        with self._index.writer() as writer:
            known = writer.catalog.stamps([entry.id for entry in entries])
            _refuse_other_kinds(entries, known)
            added = [entry for entry in entries if entry.id not in known]
            same = [entry for entry in entries if entry.id in known and known[entry.id][1] == entry.sha256]
            changed = [entry for entry in entries if entry.id in known and known[entry.id][1] != entry.sha256]
            moved = [entry for entry in same if known[entry.id][2:] != (entry.file, entry.row)]
            if moved:
                writer.move(moved)
            tell(len(records) - len(added) - len(changed))
            work = [*added, *changed]
            for part, matrix in _embedded(self._embedder, work):
                writer.put(part, matrix)
                tell(len(part))
        return UpsertReport(_ids(added), _ids(changed), _ids(same))

    def remove(self, ids: Iterable[str]) -> int:
        """Soft: `restore` brings them back. Unknown ids are ignored. Returns how many were removed."""
        wanted = list(dict.fromkeys(ids))
        if self._read() is None or not wanted:
            return 0
        with self._index.writer() as writer:
            return writer.remove(wanted)

    def restore(self, ids: Iterable[str]) -> int:
        """Returns how many came back; one that was added anew meanwhile is not overwritten."""
        wanted = list(dict.fromkeys(ids))
        if self._read() is None or not wanted:
            return 0
        with self._index.writer() as writer:
            return writer.restore(wanted)

    def removed(self) -> tuple[Record, ...]:
        snapshot = self._read()
        return snapshot.catalog.removed() if snapshot else ()

    def files(self) -> Mapping[str, tuple[str, ...]]:
        """Source file -> ids of its records, in their order. Records that came from no file are not among them."""
        snapshot = self._read()
        return snapshot.catalog.files() if snapshot else {}

    def stats(self) -> KbStats:
        snapshot = self._read()
        truth = self._index.truth
        return KbStats(
            counts=snapshot.catalog.counts() if snapshot else {},
            removed=len(self.removed()),
            files=len(self.files()),
            version=snapshot.version if snapshot else "",
            embedder=self._embedder.name,
            place=truth.url or str(truth.folder),
        )

    def close(self) -> None:
        self._index.close()

    def __enter__(self) -> KnowledgeBase:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self) -> Snapshot | None:
        return self._index.snapshot(same_embedder=False)


def _embedded(embedder: Embedder, entries: Sequence[Entry]) -> Iterator[tuple[Sequence[Entry], Matrix]]:
    """Batches with their vectors. The next one is embedded while the caller writes this one: both take their time."""
    parts = [entries[i : i + BATCH] for i in range(0, len(entries), BATCH)]
    if not parts:
        return
    with ThreadPoolExecutor(1, "embed") as pool:

        def begin(part: Sequence[Entry]) -> Future[Matrix]:
            return pool.submit(embedder.embed, [entry.text for entry in part])

        coming = begin(parts[0])
        for i, part in enumerate(parts):
            matrix = coming.result()
            if i + 1 < len(parts):
                coming = begin(parts[i + 1])
            yield part, matrix


def _url(workspace: Workspace) -> str:
    value = os.environ.get(URL_VARIABLE) or workspace.section("knowledge_base").get("chroma_url", "")
    if not isinstance(value, str):
        raise BadInputError("应当是文字", file=CONFIG_NAME, field="knowledge_base.chroma_url")
    return value.rstrip("/")


def _stamped(record: Record) -> Record:
    if record.source.sha256:
        return record
    return replace(record, source=replace(record.source, sha256=content_hash(record)))


def _refuse_other_kinds(entries: Sequence[Entry], known: Mapping[str, tuple[str, str, str, int]]) -> None:
    for entry in entries:
        if entry.id in known and known[entry.id][0] != entry.kind:
            kind, _, file, _ = known[entry.id]
            label = KIND_LABELS[cast(Kind, kind)]
            raise BadInputError(
                f"编号「{entry.id}」已经是一条{label}（{file}）",
                file=entry.file,
                row=entry.row or None,
                field="id",
                hint="编号在整个知识库里只能用一次；给其中一类加个前缀，例如 c-1。",
            )


def _spellings(snapshot: Snapshot, brand: str | None) -> tuple[str, ...] | None:
    """Products may name their brand by its id or by its name; either finds both."""
    if brand is None:
        return None
    brands = [record for record in snapshot.catalog.records(Filter(kinds=("brand",))) if isinstance(record, Brand)]
    same = [spelling for one in brands if brand in (one.id, one.name) for spelling in (one.id, one.name)]
    return tuple(dict.fromkeys((brand, *same)))


def _ids(entries: Sequence[Entry]) -> tuple[str, ...]:
    return tuple(entry.id for entry in entries)
