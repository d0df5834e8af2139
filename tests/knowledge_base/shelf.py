"""Records and knowledge bases for the tests of this room's index."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from knowledge_base.base import KnowledgeBase
from knowledge_base.embedding import Embedder, ToyEmbedder
from knowledge_base.records import Brand, Coupon, Passage, Policy, Product, Record, Source
from knowledge_base.workspace import Workspace


def product(n: int, *, brand: str = "", name: str = "", points: Sequence[str] = (), file: str = "商品.csv") -> Product:
    return Product(
        id=f"p{n}",
        name=name or f"冻干咖啡 {n} 号",
        brand=brand,
        category=("食品", "护肤")[n % 2],
        selling_points=tuple(points) or (f"{n} 秒化开", "配料只有咖啡豆"),
        source=Source(file, n + 1),
    )


def shelf() -> list[Record]:
    """Two brands, brandless records, four kinds, some with dates."""
    return [
        Brand(id="yan", name="檐下集", voice=("像邻居说话",), source=Source("品牌.yaml", 1)),
        Brand(id="mu", name="木序", voice=("安静",), source=Source("品牌.yaml", 2)),
        *(product(n, brand=("檐下集", "mu", "")[n % 3]) for n in range(12)),
        Policy(id="q1", question="可以七天无理由退货吗", answer="未拆封可以退。", brand="yan", category="售后"),
        Policy(
            id="q2",
            question="双十一发货多久",
            answer="48 小时内发出。",
            start=date(2026, 11, 1),
            end=date(2026, 11, 12),
        ),
        Coupon(id="c1", name="满 99 减 10", start=date(2026, 11, 20), brand="mu"),
        Passage(id="s1", title="手册 > 清洁", text="先关电源，再用软布擦干净。", source=Source("手册.md", None)),
    ]


def opened(folder: Path, embedder: Embedder | None = None) -> KnowledgeBase:
    return KnowledgeBase.open(Workspace(folder), embedder=embedder or ToyEmbedder())
