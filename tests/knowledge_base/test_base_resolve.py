"""From what people type to the record they mean."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge_base.base import KnowledgeBase
from knowledge_base.errors import UnknownIdError
from knowledge_base.records import Persona, Product, Source
from tests.knowledge_base.shelf import opened

PRODUCTS = (
    Product(id="p-coffee", name="冻干黑咖啡", aliases=("黑咖啡", "速溶咖啡"), selling_points=("冷水 3 秒化开",)),
    Product(id="p-oat", name="燕麦奶", selling_points=("咖啡伴侣", "无蔗糖")),
    Product(id="p-cream-1", name="舒缓面霜", aliases=("面霜",), selling_points=("换季干痒也温和",)),
    Product(id="p-cream-2", name="紧致面霜", aliases=("面霜",), selling_points=("质地厚润",)),
    Product(id="P100", name="羊毛毯", source=Source("毯.csv", 1)),
)


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with opened(tmp_path) as kb:
        kb.upsert([*PRODUCTS, Persona(id="u-night", name="夜班护士"), Persona(id="u-mom", name="新手妈妈")])
        yield kb


@pytest.mark.parametrize(
    ("wanted", "id"),
    [
        ("p-coffee", "p-coffee"),
        (" p-coffee ", "p-coffee"),
        ("冻干黑咖啡", "p-coffee"),
        ("冻干 黑咖啡", "p-coffee"),
        ("速溶咖啡", "p-coffee"),
        ("那个冻干咖啡", "p-coffee"),
        ("冷水就能化开的咖啡", "p-coffee"),
        ("紧致霜", "p-cream-2"),
        ("p100", "P100"),
    ],
    ids=["id", "spaces", "name", "spaced name", "alias", "loose name", "description", "half a name", "case"],
)
def test_finds_products(kb: KnowledgeBase, wanted: str, id: str) -> None:
    assert kb.resolve("product", wanted).id == id


@pytest.mark.parametrize(
    ("wanted", "near"),
    [("p-cofee", "p-coffee"), ("面霜", "p-cream-1"), ("P10O", "P100")],
    ids=["typo", "ambiguous alias", "letter for digit"],
)
def test_suggests_the_nearest(kb: KnowledgeBase, wanted: str, near: str) -> None:
    with pytest.raises(UnknownIdError, match=wanted) as caught:
        kb.resolve("product", wanted)
    assert near in caught.value.near
    assert near in caught.value.hint


@pytest.mark.parametrize("wanted", ["", "  ", "量子力学导论"], ids=["empty", "blank", "nothing like it"])
def test_does_not_guess(kb: KnowledgeBase, wanted: str) -> None:
    with pytest.raises(UnknownIdError):
        kb.resolve("product", wanted)


def test_personas_by_name_but_not_by_description(kb: KnowledgeBase) -> None:
    assert kb.resolve("persona", "夜班护士").id == "u-night"
    with pytest.raises(UnknownIdError) as caught:
        kb.resolve("persona", "护士")
    assert caught.value.near == ("u-night",)


def test_an_id_of_another_kind_does_not_count(kb: KnowledgeBase) -> None:
    with pytest.raises(UnknownIdError):
        kb.resolve("persona", "p-coffee")


def test_an_empty_knowledge_base_knows_nothing(tmp_path: Path) -> None:
    with opened(tmp_path / "空") as kb, pytest.raises(UnknownIdError, match="商品") as caught:
        kb.resolve("product", "咖啡")
    assert caught.value.hint
