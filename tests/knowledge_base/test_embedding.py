"""Every embedder keeps the port's promises; the query cache and the HTTP adapter keep their own."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import httpx2
import numpy as np
import pytest

from knowledge_base.embedders import open_embedder
from knowledge_base.embedders.cached import CachedEmbedder
from knowledge_base.embedders.openai import OpenAIEmbedder
from knowledge_base.embedders.usem3 import UseEmbedder
from knowledge_base.embedding import Embedder, ToyEmbedder
from knowledge_base.errors import BadInputError, ModelError
from knowledge_base.workspace import Workspace

TEXTS = ("换季干痒，敏感肌用什么", "冻干咖啡冷水能化开吗", "SPF50+", "", "冻干咖啡冷水能化开吗")


def endpoint(answer: Callable[[httpx2.Request], httpx2.Response], dimension: int = 3, batch: int = 2) -> OpenAIEmbedder:
    client = httpx2.Client(transport=httpx2.MockTransport(answer))
    return OpenAIEmbedder(
        model="bge", dimension=dimension, base_url="http://127.0.0.1:9/v1", batch=batch, http_client=client
    )


def lengths(request: httpx2.Request) -> httpx2.Response:
    """Answers in reverse order, as the protocol allows."""
    texts = json.loads(request.content)["input"]
    data = [
        {"object": "embedding", "index": i, "embedding": [float(len(text)), float(sum(map(ord, text)) % 97), 1.0]}
        for i, text in enumerate(texts)
    ]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return httpx2.Response(200, json={"object": "list", "model": "bge", "data": data[::-1], "usage": usage})


MAKERS: dict[str, Callable[[Path], Embedder]] = {
    "toy": lambda _: ToyEmbedder(),
    "cached": lambda folder: CachedEmbedder(ToyEmbedder(), folder / "缓存" / "queries.db"),
    "usem3": lambda _: UseEmbedder(),
    "openai": lambda _: endpoint(lengths),
}


@pytest.fixture(params=MAKERS)
def embedder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Embedder:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    return MAKERS[request.param](tmp_path)


def test_unit_vectors_of_the_promised_shape(embedder: Embedder) -> None:
    matrix = embedder.embed(TEXTS)
    assert matrix.shape == (len(TEXTS), embedder.dimension)
    assert matrix.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(matrix, axis=1), 1, rtol=1e-5)


def test_equal_texts_have_equal_vectors_whatever_stands_beside_them(embedder: Embedder) -> None:
    matrix = embedder.embed(TEXTS)
    np.testing.assert_allclose(matrix[1], matrix[4], atol=1e-5)
    np.testing.assert_allclose(embedder.embed([TEXTS[0]])[0], matrix[0], atol=1e-5)


def test_no_texts_make_an_empty_matrix(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_the_default_model_knows_paraphrases_from_other_topics() -> None:
    question, same, other = UseEmbedder().embed(["怎么申请退货", "我想退货该怎么办", "今天天气很好"])
    assert question @ same > question @ other + 0.2


class TestCache:
    def test_a_later_process_asks_nothing(self, tmp_path: Path) -> None:
        first, second = ToyEmbedder(), ToyEmbedder()
        one = CachedEmbedder(first, tmp_path / "q.db").embed(["甲", "乙", "甲"])
        two = CachedEmbedder(second, tmp_path / "q.db").embed(["乙", "甲"])
        assert first.calls == [("甲", "乙")]
        assert second.calls == []
        np.testing.assert_array_equal(one[[1, 0]], two)

    def test_another_model_shares_nothing(self, tmp_path: Path) -> None:
        CachedEmbedder(ToyEmbedder(64), tmp_path / "q.db").embed(["甲"])
        other = ToyEmbedder(32)
        assert CachedEmbedder(other, tmp_path / "q.db").embed(["甲"]).shape == (1, 32)
        assert other.calls == [("甲",)]

    def test_stays_bounded_and_drops_the_oldest(self, tmp_path: Path) -> None:
        path = tmp_path / "q.db"
        for i in range(50):
            CachedEmbedder(ToyEmbedder(), path, capacity=20).embed([f"问题{i}"])
        with sqlite3.connect(path) as db:
            (count,) = db.execute("SELECT count(*) FROM vector").fetchone()
        db.close()
        assert 18 <= count <= 20
        late = ToyEmbedder()
        CachedEmbedder(late, path).embed(["问题49"])
        assert late.calls == []

    @pytest.mark.parametrize("content", [b"not a database" * 100, b""], ids=["garbage", "empty"])
    def test_a_broken_file_only_costs_time(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "q.db"
        path.write_bytes(content)
        inner = ToyEmbedder()
        assert CachedEmbedder(inner, path).embed(["甲"]).shape == (1, 64)
        assert inner.calls == [("甲",)]


class TestEndpoint:
    @pytest.fixture(autouse=True)
    def _key(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-123456")

    def test_sends_batches_in_order(self) -> None:
        sizes = []

        def answer(request: httpx2.Request) -> httpx2.Response:
            sizes.append(len(json.loads(request.content)["input"]))
            return lengths(request)

        matrix = endpoint(answer).embed(["a", "bb", "ccc", "dddd", "eeeee"])
        assert sizes == [2, 2, 1]
        ratio = matrix[:, 0] / matrix[:, 2]
        np.testing.assert_allclose(ratio, [1, 2, 3, 4, 5], rtol=1e-4)

    @pytest.mark.parametrize(
        ("status", "words"),
        [(401, "密钥"), (404, "404"), (400, "400")],
        ids=["bad key", "wrong model or url", "bad request"],
    )
    def test_explains_failures(self, status: int, words: str) -> None:
        with pytest.raises(ModelError, match=words) as caught:
            endpoint(lambda _: httpx2.Response(status, json={"error": {"message": "no"}})).embed(["a"])
        assert caught.value.hint
        assert "sk-secret" not in f"{caught.value.message}{caught.value.hint}"

    def test_refuses_vectors_of_another_length(self) -> None:
        with pytest.raises(ModelError, match="返回 3 维"):
            endpoint(lengths, dimension=8).embed(["a"])

    def test_refuses_missing_vectors(self) -> None:
        def answer(request: httpx2.Request) -> httpx2.Response:
            body = json.loads(lengths(request).content)
            return httpx2.Response(200, json=body | {"data": body["data"][:1]})

        with pytest.raises(ModelError, match="只返回 1 条"):
            endpoint(answer).embed(["a", "b"])

    def test_names_the_missing_key(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("OPENAI_API_KEY")
        with pytest.raises(BadInputError, match="OPENAI_API_KEY"):
            endpoint(lengths).embed(["a"])


class TestSettings:
    def test_built_in_by_default(self, tmp_path: Path) -> None:
        assert open_embedder(Workspace(tmp_path)).name.startswith("usem3-")

    def test_endpoint_by_name(self, tmp_path: Path) -> None:
        section = {"embedder": "openai", "embedding": {"model": "text-embedding-v4", "dimension": 1024}}
        embedder = open_embedder(Workspace(tmp_path, {"knowledge_base": section}))
        assert (embedder.name, embedder.dimension) == ("openai-text-embedding-v4-1024", 1024)

    @pytest.mark.parametrize(
        ("section", "field"),
        [
            ({"embedder": "bert"}, "knowledge_base.embedder"),
            ({"embedder": "openai"}, "knowledge_base.embedding.model"),
            ({"embedder": "openai", "embedding": 3}, "knowledge_base.embedding"),
            ({"embedder": "openai", "embedding": {"model": "m"}}, "knowledge_base.embedding.dimension"),
            (
                {"embedder": "openai", "embedding": {"model": "m", "dimension": 8, "batch": "many"}},
                "knowledge_base.embedding.batch",
            ),
        ],
        ids=["unknown", "no model", "no table", "no dimension", "bad batch"],
    )
    def test_names_the_bad_field(self, tmp_path: Path, section: dict[str, object], field: str) -> None:
        with pytest.raises(BadInputError) as caught:
            open_embedder(Workspace(tmp_path, {"knowledge_base": section}))
        assert caught.value.field == field
