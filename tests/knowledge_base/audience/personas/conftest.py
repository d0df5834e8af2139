"""An invented shop with five segments, its features, and everything built from it; made once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    import polars as pl

    from knowledge_base.audience.personas.build import Built
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.records import Product

USERS = 500


class Shop(NamedTuple):
    store: AudienceStore
    members: pl.DataFrame
    """user, segment from 0."""
    built: Built
    products: dict[str, Product]
    """By item of the data."""


@pytest.fixture(scope="session")
def persona_shop(tmp_path_factory: pytest.TempPathFactory, sample_built: Path) -> Iterator[Shop]:
    """Read only: it is shared."""
    import polars as pl

    from knowledge_base.audience.personas.build import build, products_by_item
    from knowledge_base.audience.personas.segmenting import SEGMENTS, find_segments
    from knowledge_base.base import KnowledgeBase
    from knowledge_base.embedders import open_embedder
    from knowledge_base.workspace import Workspace
    from tests.knowledge_base.audience.shop_store import shop_store

    store = shop_store(tmp_path_factory.mktemp("personas"), USERS).store
    find_segments(store, method="kmeans", ks=(5,))
    sample = Workspace(sample_built)
    with KnowledgeBase.open(sample) as kb:
        records = kb.all()
    built = build(store, records, open_embedder(sample))
    yield Shop(store, pl.read_parquet(store.folder / SEGMENTS), built, products_by_item(store, records))
    store.close()
