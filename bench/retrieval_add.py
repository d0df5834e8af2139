"""Speed of adding: `python -m bench retrieval_add`. 10,000 product rows, against doing the least by hand.

By hand: embed the same search texts and add them to a bare Chroma collection, 1,000 at a time. Ours, from the CSV file:
read, map and validate the rows, embed, add to Chroma with full metadata, keep catalogue, vector file and lexical
index.
The two take turns on the rows, so that neither gets the quieter half of the machine's time.
"""

from __future__ import annotations

import csv
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.retrieval import verdict
from knowledge_base.base import KnowledgeBase
from knowledge_base.codec import search_text
from knowledge_base.embedders.usem3 import UseEmbedder
from knowledge_base.ingest.add import add
from knowledge_base.workspace import Workspace

SIZE = 10_000
ROUNDS = 5
CHARS = 60
TARGET = 0.7


def main() -> None:
    embedder = UseEmbedder()
    embedder.embed(["热身"])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        files = [written(root / f"products-{n}.csv", n) for n in range(ROUNDS)]
        collection = bare_collection(root / "bare")
        ours = theirs = 0.0
        with KnowledgeBase.open(Workspace(root / "ours"), embedder=embedder) as kb:
            for path in files:
                before = {record.id for record in kb.all("product")}
                started = time.perf_counter()
                add(kb, [path], kind="product")
                ours += time.perf_counter() - started
                new = [record for record in kb.all("product") if record.id not in before]
                texts = [search_text(record) for record in new]
                started = time.perf_counter()
                by_hand(collection, embedder, [record.id for record in new], texts)
                theirs += time.perf_counter() - started
            assert len(kb.all("product")) == SIZE
    ratio = theirs / ours
    print(f"kb add: {SIZE / ours:.0f} rows/s, by hand {SIZE / theirs:.0f} rows/s,", end=" ")
    print(f"ratio {ratio:.2f} (target {TARGET}) {verdict(ratio >= TARGET)}")


def by_hand(collection: Any, embedder: UseEmbedder, ids: Sequence[str], texts: Sequence[str]) -> None:
    for i in range(0, len(ids), 1000):
        part = list(texts[i : i + 1000])
        collection.add(ids=list(ids[i : i + 1000]), embeddings=embedder.embed(part), documents=part)


def bare_collection(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False))
    return client.create_collection("bare", embedding_function=None)


def written(path: Path, part: int) -> Path:
    """A CSV of products whose search text is about CHARS characters of made-up Chinese."""
    random = np.random.default_rng(part)
    letters = np.asarray([chr(code) for code in range(0x4E00, 0x4E00 + 2000)])
    weights = 1 / np.arange(1, 2001)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["编号", "名称", "品牌", "价格", "卖点"])
        for i in range(SIZE // ROUNDS):
            line = "".join(random.choice(letters, CHARS, p=weights / weights.sum()))
            writer.writerow([f"p{part}-{i}", line[:12], f"牌{i % 9}", f"{i % 500 + 1}", line[12:]])
    return path


if __name__ == "__main__":
    main()
