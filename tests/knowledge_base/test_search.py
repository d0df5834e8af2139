"""Fusion, and the whole hybrid search against a brute-force copy of its definition."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.codec import search_text
from knowledge_base.embedding import ToyEmbedder
from knowledge_base.records import Kind, Record
from knowledge_base.search import LEXICAL_WEIGHT, fuse
from knowledge_base.store.tokens import terms
from tests.knowledge_base.shelf import opened, product, shelf
from tests.knowledge_base.test_store_parts import bm25

LEGS = st.dictionaries(st.integers(0, 30), st.floats(0.01, 20), max_size=12)
COSINES = st.dictionaries(st.integers(0, 30), st.floats(-1, 1), max_size=12)


def arrays(leg: dict[int, float]) -> tuple[np.ndarray, np.ndarray]:
    best_first = sorted(leg.items(), key=lambda one: -one[1])
    return np.asarray([row for row, _ in best_first], np.int64), np.asarray([s for _, s in best_first], np.float32)


@given(LEGS, COSINES)
def test_fusion_keeps_every_candidate_once_with_scores_in_range(
    words: dict[int, float], near: dict[int, float]
) -> None:
    lexical = arrays(words)
    cosines = np.asarray([near.get(int(row), 0.25) for row in lexical[0]], np.float32)
    ranked = fuse(lexical, arrays(near), cosines)
    assert {one.row for one in ranked} == words.keys() | near.keys()
    assert len(ranked) == len(words.keys() | near.keys())
    for one in ranked:
        assert 0 <= one.score <= 1
        assert (one.lexical is not None) == (one.row in words)
        assert (one.dense is not None) == (one.row in near)
    assert [(-one.score, one.row) for one in ranked] == sorted((-one.score, one.row) for one in ranked)


@given(LEGS.filter(bool))
def test_with_equal_cosines_the_words_decide(words: dict[int, float]) -> None:
    lexical = arrays(words)
    ranked = fuse(lexical, arrays({}), np.full(len(words), 0.5, np.float32))
    scores = [words[one.row] for one in ranked]
    assert scores == sorted(scores, reverse=True) or np.allclose(scores, sorted(scores, reverse=True))
    assert ranked[0].score == pytest.approx(LEXICAL_WEIGHT + (1 - LEXICAL_WEIGHT) * 0.5)


def brute_force(query: str, records: list[Record], kinds: tuple[str, ...], k: int) -> list[tuple[str, float]]:
    """BM25 statistics come from all records; filters only choose among them."""
    embedder = ToyEmbedder()
    texts = [search_text(record) for record in records]
    documents = [terms(text) for text in texts]
    wanted = terms(query)
    words = np.asarray([bm25(wanted[i], [document[i] for document in documents]) for i in (0, 1)]).sum(axis=0)
    cosines = embedder.embed(texts) @ embedder.embed([query])[0]
    chosen = [i for i, record in enumerate(records) if not kinds or record.kind in kinds]
    best = max((words[i] for i in chosen), default=0.0) or 1.0
    scores = {i: LEXICAL_WEIGHT * words[i] / best + (1 - LEXICAL_WEIGHT) * max(cosines[i], 0) for i in chosen}
    order = sorted(chosen, key=lambda i: -scores[i])[:k]
    return [(records[i].id, float(scores[i])) for i in order]


@pytest.mark.parametrize("kinds", [(), ("product",), ("policy", "passage")], ids=["all", "one kind", "two kinds"])
@pytest.mark.parametrize("query", ["冻干咖啡 3 号", "可以退货吗", "先关电源", "zzz"])
def test_hybrid_search_equals_brute_force(tmp_path: Path, query: str, kinds: tuple[Kind, ...]) -> None:
    records = shelf()
    with opened(tmp_path) as kb:
        kb.upsert(records)
        found = [(hit.record.id, hit.score) for hit in kb.search(query, k=8, kinds=kinds)]
    wanted = brute_force(query, records, kinds, 8)
    assert [score for _, score in found] == pytest.approx([score for _, score in wanted], abs=1e-4)
    assert dict(found) == pytest.approx({id: score for id, score in wanted} | dict(found), abs=1e-4)


def test_rebuilt_and_grown_indexes_answer_alike(tmp_path: Path) -> None:
    """Changed, removed and restored records leave dead rows behind; a rebuilt index has none."""
    with opened(tmp_path) as kb:
        kb.upsert([product(n) for n in range(12)])
        kb.upsert([product(n, name=f"燕麦奶 {n}") for n in range(0, 12, 2)])
        kb.remove(["p1", "p3", "p5"])
        kb.restore(["p3"])
        asked = ("燕麦奶 4", "冻干咖啡", "豆子")
        grown = [[(hit.record.id, hit.dense) for hit in kb.search(query, k=20)] for query in asked]
        day = kb.search("冻干", k=20, kinds=("product",), on=date(2026, 1, 1))
    (tmp_path / ".wenan" / "index" / "state.json").unlink()
    with opened(tmp_path) as kb:
        fresh = [[(hit.record.id, hit.dense) for hit in kb.search(query, k=20)] for query in asked]
        assert {hit.record.id for hit in kb.search("冻干", k=20, kinds=("product",), on=date(2026, 1, 1))} == {
            hit.record.id for hit in day
        }
    for one, other in zip(grown, fresh, strict=True):
        assert {id: leg.score for id, leg in one if leg} == pytest.approx({id: leg.score for id, leg in other if leg})
