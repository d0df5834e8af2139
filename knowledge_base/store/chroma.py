"""The truth: two Chroma collections (live and removed records), in the workspace's folder or on a server.

Every record is one item: its vector, its search text as document, and flat metadata that holds the filter fields and
the whole record as JSON, so that everything else can be derived from Chroma alone. Chroma's own embedding function is
never used (it downloads a model) and its telemetry is off.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from knowledge_base.errors import BadInputError, StorageError
from knowledge_base.store.entry import Entry, from_metadata
from knowledge_base.store.state import read_retrying, replace_text

if TYPE_CHECKING:
    from knowledge_base.embedding import Matrix

BATCH = 1000
"""Items a call; 5,000 more than doubled peak memory."""
SERVER_TIMEOUT = 60.0
"""Seconds of silence from a server. Chroma itself would wait for ever."""
LIVE = "wenan-live-"
COPYING = "wenan_copying"
VERSION_FILE = "wenan-version"
VERSION_KEY = "wenan_version"


class Truth:
    """Opens the client on first use, so that making one costs nothing. Safe to share between threads."""

    def __init__(self, folder: Path, url: str, embedder: str) -> None:
        """`url` empty: Chroma embedded in `folder`. Vectors of different embedders live in different collections."""
        self.folder, self.url = folder, url
        self._suffix = hashlib.sha256(embedder.encode()).hexdigest()[:12]
        self._client: Any = None
        self._collections: dict[str, Any] = {}
        self._lock = threading.RLock()

    def version(self) -> str:
        """Changes with every write; empty before the first. Local: read from a file, without importing Chroma."""
        if self.url:
            return str((self._collection("live", fresh=True).metadata or {}).get(VERSION_KEY, ""))
        try:
            return read_retrying(self.folder / VERSION_FILE)
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise StorageError(f"读不了 {self.folder}：{error}", hint="检查 .wenan 文件夹的权限。") from error

    def set_version(self, version: str) -> None:
        if self.url:
            with _translated(self.url):
                self._collection("live").modify(metadata={VERSION_KEY: version})
        else:
            replace_text(self.folder / VERSION_FILE, version)

    def exists(self) -> bool:
        """Whether there may be records; False lets a fresh workspace answer without starting Chroma."""
        return bool(self.url) or (self.folder / "chroma.sqlite3").is_file()

    def count(self) -> int:
        with _translated(self.url):
            return int(self._collection("live").count())

    def put(self, entries: Sequence[Entry], vectors: Matrix, *, into: str = "live") -> None:
        collection = self._collection(into)
        for i in range(0, len(entries), BATCH):
            part = entries[i : i + BATCH]
            with _translated(self.url):
                collection.upsert(
                    ids=[entry.id for entry in part],
                    embeddings=vectors[i : i + BATCH],
                    metadatas=[entry.metadata() for entry in part],
                    documents=[entry.text for entry in part],
                )

    def relabel(self, entries: Sequence[Entry]) -> None:
        """Writes the metadata alone; vectors and documents stay."""
        for i in range(0, len(entries), BATCH):
            part = entries[i : i + BATCH]
            with _translated(self.url):
                self._collection("live").update([e.id for e in part], metadatas=[e.metadata() for e in part])

    def delete(self, ids: Sequence[str], *, of: str = "live") -> None:
        for i in range(0, len(ids), BATCH):
            with _translated(self.url):
                self._collection(of).delete(list(ids[i : i + BATCH]))

    def fetch(self, ids: Sequence[str], *, of: str = "live") -> tuple[list[Entry], Matrix]:
        """Those that exist, in Chroma's order."""
        found = [self._get(of, ids=list(ids[i : i + BATCH])) for i in range(0, len(ids), BATCH)]
        return _joined(found)

    def pages(self, *, of: str = "live") -> Iterator[tuple[list[Entry], Matrix]]:
        """All items, BATCH at a time."""
        offset = 0
        while True:
            entries, vectors = self._get(of, limit=BATCH, offset=offset)
            if not entries:
                return
            yield entries, vectors
            offset += len(entries)

    def nearest(self, query: Any, k: int, where: dict[str, Any] | None) -> tuple[list[str], Any]:
        """(ids, cosines) by Chroma's approximate search, best first."""
        import numpy as np

        with _translated(self.url):
            found = self._collection("live").query(
                query_embeddings=[query], n_results=k, where=where, include=["distances"]
            )
        return list(found["ids"][0]), 1.0 - np.asarray(found["distances"][0], np.float32)

    def others(self) -> list[Truth]:
        """The same place under other embedders, where it holds records; half-made copies are not counted."""
        with self._lock, _translated(self.url):
            found = [one for one in self._open().list_collections() if one.name.startswith(LIVE)]
            return [
                self._sibling(one.name.removeprefix(LIVE))
                for one in found
                if one.name != LIVE + self._suffix and not (one.metadata or {}).get(COPYING)
            ]

    def mark_copying(self, copying: bool) -> None:
        """So that a copy which never got finished is not taken for the truth later."""
        with _translated(self.url):
            self._collection("live").modify(metadata={COPYING: copying})

    def drop(self) -> None:
        """Deletes the collections. Only for what has been copied."""
        with self._lock, _translated(self.url):
            client = self._open()
            for collection in client.list_collections():
                if collection.name in {f"wenan-{which}-{self._suffix}" for which in ("live", "removed")}:
                    client.delete_collection(collection.name)
            self._collections = {}

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                sessions = _sessions(self._client)
                self._client.close()
                # Chroma's own close leaves the connections to the server open.
                for session in sessions:
                    session.close()
            self._client = None
            self._collections = {}

    def _sibling(self, suffix: str) -> Truth:
        other = Truth(self.folder, self.url, "")
        other._suffix, other._client = suffix, self._client
        return other

    def _get(self, of: str, **options: Any) -> tuple[list[Entry], Matrix]:
        import numpy as np

        with _translated(self.url):
            found = self._collection(of).get(include=["metadatas", "documents", "embeddings"], **options)
        items = zip(found["ids"], found["documents"], found["metadatas"], strict=True)
        return [from_metadata(*item) for item in items], np.asarray(found["embeddings"], np.float32)

    def _collection(self, which: str, *, fresh: bool = False) -> Any:
        with self._lock:
            if fresh or which not in self._collections:
                with _translated(self.url):
                    self._collections[which] = self._open().get_or_create_collection(
                        f"wenan-{which}-{self._suffix}",
                        embedding_function=None,
                        configuration={"hnsw": {"space": "cosine"}},
                    )
            return self._collections[which]

    def _open(self) -> Any:
        if self._client is None:
            import chromadb
            from chromadb.config import Settings

            settings = Settings(anonymized_telemetry=False)
            if self.url:
                host, port, ssl = _address(self.url)
                self._client = chromadb.HttpClient(host=host, port=port, ssl=ssl, settings=settings)
                for session in _sessions(self._client):
                    session.timeout = SERVER_TIMEOUT
            else:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._client = chromadb.PersistentClient(str(self.folder), settings=settings)
        return self._client


def _sessions(client: Any) -> list[Any]:
    """The HTTP clients inside a server's client; none in an embedded one. Chroma offers no public way to them."""
    servers: list[Any] = [getattr(owner, "_server", None) for owner in (client, getattr(client, "_admin_client", None))]
    return [server._session for server in servers if hasattr(server, "_session")]


def _address(url: str) -> tuple[str, int, bool]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in ("http", "https") or not parts.hostname or port == -1:
        raise BadInputError(f"Chroma 地址「{url}」不对", hint="写成 http://127.0.0.1:8000 这样。")
    ssl = parts.scheme == "https"
    return parts.hostname, port or (443 if ssl else 8000), ssl


def _joined(found: list[tuple[list[Entry], Matrix]]) -> tuple[list[Entry], Matrix]:
    import numpy as np

    full = [(entries, vectors) for entries, vectors in found if entries]
    if not full:
        return [], np.zeros((0, 0), np.float32)
    return [entry for entries, _ in full for entry in entries], np.concatenate([vectors for _, vectors in full])


@contextmanager
def _translated(url: str) -> Iterator[None]:
    """Chroma's and its transport's exceptions as ours."""
    import chromadb.errors
    import httpx

    try:
        yield
    except (chromadb.errors.ChromaError, httpx.HTTPError, OSError) as error:
        raise _explained(url, error) from error
    except ValueError as error:
        # The HTTP client reports an unreachable or foreign server as a plain ValueError.
        if url:
            raise _explained(url, error) from error
        raise


def _explained(url: str, error: Exception) -> StorageError:
    if url:
        return StorageError(
            f"Chroma 服务器 {url} 用不了：{error}",
            hint="确认服务器开着（chroma run）、地址和版本对；或去掉 WENAN_CHROMA_URL，改用本机的库。",
        )
    return StorageError(f"Chroma 读写出错：{error}", hint="检查磁盘空间和 .wenan/chroma 的权限后重试。")
