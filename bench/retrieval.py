"""Quality of retrieval: `python -m bench retrieval`.

InsuranceQA-zh (research use) `valid` is what the weights were tuned on; its `test` split is not touched here unless
WENAN_BENCH_SPLIT says so. XQuAD-zh is a regression check, LCQMC a check of the embedder itself.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench import data
from knowledge_base.embedders.usem3 import UseEmbedder
from knowledge_base.records import Passage, Source
from knowledge_base.search import Scan, search
from knowledge_base.store import lexical, vectors
from knowledge_base.store.catalog import Catalog
from knowledge_base.store.entry import encode
from knowledge_base.store.filter import Filter
from knowledge_base.store.snapshot import CATALOG, LEXICAL, VECTORS, Snapshot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from knowledge_base.embedding import Matrix

CUT = 10
BIGRAM_BM25 = 0.203
"""nDCG@10 of character-pair BM25 alone on the validation questions: the better leg the target names."""
LCQMC_TARGET = 0.671


def main() -> None:
    embedder = UseEmbedder()
    embedding(embedder)
    split = os.environ.get("WENAN_BENCH_SPLIT", "valid")
    for name, ranking in ((f"insuranceqa-{split}", data.insuranceqa(split)), ("xquad-zh", data.xquad())):
        if ranking is None:
            print(f"{name}: data not found, skipped")
        else:
            quality(name, ranking, embedder)


def embedding(embedder: UseEmbedder) -> None:
    pairs = data.lcqmc()
    if pairs is None:
        print("lcqmc: data not found, skipped")
        return
    left, right = embedder.embed([pair[0] for pair in pairs]), embedder.embed([pair[1] for pair in pairs])
    found = spearman(np.einsum("ij,ij->i", left, right), np.asarray([pair[2] for pair in pairs], float))
    met = abs(found - LCQMC_TARGET) <= 0.005
    print(f"lcqmc test: Spearman {found:.4f} (target {LCQMC_TARGET} +- .005) {verdict(met)}")


def quality(name: str, ranking: data.Ranking, embedder: UseEmbedder) -> None:
    pool = cached_vectors(name.split("-")[0], ranking.pool, embedder)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        snapshot = indexed(Path(folder), ranking.pool, pool)
        dense = Scan(snapshot)
        legs: dict[str, list[float]] = {"lexical": [], "dense": [], "hybrid": []}
        started = time.perf_counter()
        for question, relevant in zip(ranking.questions, ranking.relevant, strict=True):
            words, _ = snapshot.lexical.top(question, Filter(), CUT)
            near, _ = dense.top(embedder.embed([question])[0], Filter(), CUT)
            fused = search(question, Filter(), CUT, snapshot, dense, embedder)
            legs["lexical"].append(ndcg(words.tolist(), relevant))
            legs["dense"].append(ndcg(near.tolist(), relevant))
            legs["hybrid"].append(ndcg([one.row for one in fused], relevant))
        taken = time.perf_counter() - started
        snapshot.catalog.close()
    means = {leg: float(np.mean(found)) for leg, found in legs.items()}
    best = max(means["lexical"], means["dense"])
    print(f"{name}: {len(ranking.questions)} questions, pool {len(ranking.pool)}, {taken:.0f} s")
    print("  nDCG@10 " + ", ".join(f"{leg} {mean:.4f}" for leg, mean in means.items()))
    gain = means["hybrid"] / best - 1
    print(f"  hybrid over its better leg: {gain:+.1%}")
    if name == "insuranceqa-valid":
        over = means["hybrid"] / BIGRAM_BM25 - 1
        print(f"  hybrid over character-pair BM25 {BIGRAM_BM25}: {over:+.1%} (target +3 %) {verdict(over >= 0.03)}")


def indexed(folder: Path, texts: Sequence[str], matrix: Matrix) -> Snapshot:
    """The derived index without Chroma: what a search reads, and nothing else."""
    source = Source("bench", sha256="-")
    entries = [encode(Passage(id=str(i), text=text, source=source)) for i, text in enumerate(texts)]
    numbered = list(enumerate(entries))
    vectors.append(folder / VECTORS, 0, matrix)
    lexical.add(folder / LEXICAL, numbered)
    catalog = Catalog(folder / CATALOG)
    meta = {"version": "bench", "rows": str(len(entries)), "dimension": str(matrix.shape[1])}
    catalog.commit(put=numbered, meta=meta)
    return Snapshot(folder, catalog)


def cached_vectors(name: str, texts: Sequence[str], embedder: UseEmbedder) -> Matrix:
    """Embedding the pool takes minutes; the vectors are kept beside the data, by embedder."""
    path = data.FETCHED / f"{name}-{embedder.name}.npy"
    if path.is_file():
        kept: Matrix = np.load(path)
        if len(kept) == len(texts):
            return kept
    matrix = embedder.embed(texts)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, matrix)
    return matrix


def ndcg(found: Iterable[int], relevant: frozenset[int]) -> float:
    """Binary gains, cut at CUT."""
    gained = sum(1 / np.log2(place + 2) for place, row in enumerate(list(found)[:CUT]) if row in relevant)
    return float(gained / sum(1 / np.log2(place + 2) for place in range(min(CUT, len(relevant)))))


def spearman(left: NDArray[np.float64] | Matrix, right: NDArray[np.float64]) -> float:
    """Pearson's correlation of mid-ranks."""
    return float(np.corrcoef(mid_ranks(left), mid_ranks(right))[0, 1])


def mid_ranks(values: NDArray[np.float64] | Matrix) -> NDArray[np.float64]:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: NDArray[np.float64] = (ends - (counts - 1) / 2)[places]
    return ranks


def verdict(met: bool) -> str:
    return "OK" if met else "MISSED"


if __name__ == "__main__":
    main()
