"""The derived lexical index: BM25 (k1 1.2, b .75) over characters and over pairs, in tantivy, the two scores added.

Each of the two is its own field with its own lengths and document frequencies: one mixed field scores lower (.208
against .222 nDCG@10 on InsuranceQA-zh validation questions).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge_base.errors import StorageError
from knowledge_base.store.entry import Entry
from knowledge_base.store.filter import Filter
from knowledge_base.store.tokens import terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.int64]
    Scores = NDArray[np.float32]

HEAP = 48_000_000
"""Bytes the writer buffers before it spills a segment."""
FIELDS = ("ones", "pairs")
MAX_TERMS = 256
"""Distinct terms of a query that count, per field. A whole article as the query would otherwise take seconds."""


def add(folder: Path, put: Sequence[tuple[int, Entry]], drop: Iterable[int] = ()) -> None:
    """Indexes `put` (row, entry), forgets the rows `drop`, and commits. Raises StorageError when the disk refuses."""
    import tantivy

    folder.mkdir(parents=True, exist_ok=True)
    try:
        index = tantivy.Index(_schema(), path=str(folder))
        writer = index.writer(HEAP, 1)
        for row in drop:
            writer.delete_documents_by_term("row", row)
        for row, entry in put:
            writer.add_document(_document(row, entry))
        writer.commit()
        writer.wait_merging_threads()
    except (ValueError, OSError) as error:
        raise StorageError(f"全文索引写不进去：{error}", hint="检查磁盘空间和文件权限后重试。") from error


def discard(folder: Path) -> None:
    """Best effort: a file another process still maps stays behind and goes with the next rebuild."""
    shutil.rmtree(folder, ignore_errors=True)


class Lexical:
    """The index as it was when opened."""

    def __init__(self, folder: Path) -> None:
        """Raises StorageError when there is no readable index."""
        import tantivy

        try:
            self._index = tantivy.Index.open(str(folder))
            self._searcher = self._index.searcher()
        except (ValueError, OSError) as error:
            raise StorageError(f"全文索引坏了：{folder}", hint="删掉 .wenan/index 文件夹，下次会自动重建。") from error

    def top(self, query: str, filter: Filter, k: int) -> tuple[Rows, Scores]:
        """The `k` best as (rows, BM25 scores), best first; only what shares a term with the query."""
        import numpy as np

        built = self._build(query, filter)
        if built is None or k < 1:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        hits = self._searcher.search(built, k, count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        found, scores = np.asarray(rows, np.int64), np.asarray([score for score, _ in hits], np.float32)
        # tantivy orders equal scores by place in its segments, which merging changes; rows stay.
        order = np.lexsort((found, -scores))
        return found[order], scores[order]

    def _build(self, query: str, filter: Filter) -> Any:
        from tantivy import Occur, Query

        schema = self._index.schema
        should = [
            # Each distinct term once: counting repeats in the question scored a little lower.
            (Occur.Should, Query.term_query(schema, field, term, index_option="freq"))
            for field, found in zip(FIELDS, terms(query), strict=True)
            for term in list(dict.fromkeys(found))[:MAX_TERMS]
        ]
        if not should:
            return None
        must = [(Occur.Must, Query.const_score_query(one, 0.0)) for one in _conditions(schema, filter)]
        wanted = Query.boolean_query(should)
        return Query.boolean_query([(Occur.Must, wanted), *must]) if must else wanted


def _schema() -> Any:
    from tantivy import SchemaBuilder

    builder = SchemaBuilder()
    # Integer, not unsigned: deleting by term silently matches no unsigned value (tantivy-py 0.27).
    builder.add_integer_field("row", indexed=True, fast=True)
    for field in FIELDS:
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
    for field in ("kind", "brand", "category"):
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    for field in ("valid_from", "valid_until"):
        builder.add_integer_field(field, indexed=True, fast=True)
    return builder.build()


def _document(row: int, entry: Entry) -> Any:
    from tantivy import Document

    document = Document()
    document.add_integer("row", row)
    for field, found in zip(FIELDS, terms(entry.text), strict=True):
        document.add_text(field, " ".join(found))
    document.add_text("kind", entry.kind)
    document.add_text("brand", entry.brand)
    document.add_text("category", entry.category)
    document.add_integer("valid_from", entry.valid_from)
    document.add_integer("valid_until", entry.valid_until)
    return document


def _conditions(schema: Any, filter: Filter) -> list[Any]:
    from tantivy import FieldType, Occur, Query

    found = []
    for field, operator, value in filter.conditions():
        if operator in ("in", "eq"):
            values = value if operator == "in" else (value,)
            terms = [(Occur.Should, Query.term_query(schema, field, one, index_option="basic")) for one in values]
            found.append(Query.boolean_query(terms))
        else:
            low, high = (0, value) if operator == "le" else (value, 2**62)
            found.append(Query.range_query(schema, field, FieldType.Integer, low, high))
    return found
