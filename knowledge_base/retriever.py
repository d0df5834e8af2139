"""The knowledge base as a LangChain retriever, so that it plugs into anyone's chain.

The product's own spine does not go through LangChain; it calls `KnowledgeBase.search`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from knowledge_base.base import KnowledgeBase
from knowledge_base.codec import record_name, search_text
from knowledge_base.hit import Hit
from knowledge_base.records import Kind


class KnowledgeRetriever(BaseRetriever):
    """`invoke(query)` and `ainvoke(query)` (in a worker thread) return Documents, best first.

    A Document's id is the record's id, its content what the record is found by, and its metadata: kind, name, brand,
    category, score (fused, 0 to 1), dense_rank, dense_score (cosine), lexical_rank, lexical_score (BM25), legs (the
    names of the legs that found it), file and row of the source. Ranks and scores of a leg that did not find it are
    absent.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    kb: KnowledgeBase
    k: int = Field(default=5, ge=1)
    kinds: tuple[Kind, ...] = ()
    brand: str | None = None
    category: str | None = None
    on: date | None = None
    """Keeps what is valid on this day."""

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        hits = self.kb.search(query, k=self.k, kinds=self.kinds, brand=self.brand, category=self.category, on=self.on)
        return [as_document(hit) for hit in hits]


def as_document(hit: Hit) -> Document:
    """See `KnowledgeRetriever`."""
    record = hit.record
    metadata: dict[str, Any] = {
        "kind": record.kind,
        "name": record_name(record),
        "brand": getattr(record, "brand", ""),
        "category": getattr(record, "category", ""),
        "score": hit.score,
        "legs": [name for name, leg in (("dense", hit.dense), ("lexical", hit.lexical)) if leg],
        "file": record.source.file,
        "row": record.source.row,
    }
    for name, leg in (("dense", hit.dense), ("lexical", hit.lexical)):
        if leg is not None:
            metadata |= {f"{name}_rank": leg.rank, f"{name}_score": leg.score}
    return Document(id=record.id, page_content=search_text(record), metadata=metadata)
