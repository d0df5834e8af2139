"""The LangChain face of the knowledge base."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda
from pydantic import ValidationError

from knowledge_base.base import KnowledgeBase
from knowledge_base.retriever import KnowledgeRetriever
from tests.knowledge_base.shelf import opened, shelf


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with opened(tmp_path) as kb:
        kb.upsert(shelf())
        yield kb


def test_documents_say_what_they_are_and_who_found_them(kb: KnowledgeBase) -> None:
    (document,) = KnowledgeRetriever(kb=kb, k=1).invoke("未拆封可以退货吗")
    (hit,) = kb.search("未拆封可以退货吗", k=1)
    assert document.id == "q1"
    assert "未拆封可以退" in document.page_content
    metadata = document.metadata
    assert (metadata["kind"], metadata["brand"], metadata["category"]) == ("policy", "yan", "售后")
    assert metadata["score"] == hit.score
    assert metadata["legs"] == ["dense", "lexical"]
    assert hit.lexical is not None
    assert metadata["lexical_score"] == hit.lexical.score
    assert metadata["dense_rank"] == 1


def test_filters_reach_the_search(kb: KnowledgeBase) -> None:
    found = KnowledgeRetriever(kb=kb, k=50, kinds=("product",), brand="yan", category="食品").invoke("咖啡")
    assert {document.metadata["kind"] for document in found} == {"product"}
    assert {document.metadata["brand"] for document in found} == {"檐下集", ""}
    assert {document.metadata["category"] for document in found} == {"食品"}


def test_async_and_chains_give_the_same(kb: KnowledgeBase) -> None:
    retriever = KnowledgeRetriever(kb=kb, k=3)

    def titles(documents: list[Document]) -> list[str | None]:
        return [document.id for document in documents]

    chain = retriever | RunnableLambda(titles)
    wanted = [hit.record.id for hit in kb.search("冻干咖啡", k=3)]
    assert chain.invoke("冻干咖啡") == wanted
    assert asyncio.run(chain.ainvoke("冻干咖啡")) == wanted


def test_nonsense_settings_are_refused(kb: KnowledgeBase) -> None:
    with pytest.raises(ValidationError):
        KnowledgeRetriever(kb=kb, k=0)
