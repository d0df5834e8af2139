"""The same promises with a real Chroma server on loopback: `chroma run`."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.codec import search_text
from knowledge_base.embedding import ToyEmbedder
from knowledge_base.errors import BadInputError, StorageError
from knowledge_base.records import Kind
from knowledge_base.store import index as index_module
from knowledge_base.store.chroma import Truth
from tests.knowledge_base.shelf import opened, product, shelf

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program = shutil.which("chroma", path=str(Path(sys.executable).parent)) or shutil.which("chroma")
    if program is None:
        pytest.skip("no chroma command")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("server")
    command = [program, "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the server did not start")


@pytest.fixture(autouse=True)
def _empty_server(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENAN_CHROMA_URL", server + "/")
    truth = Truth(Path(), server, "nobody")
    for other in truth.others():
        other.drop()
    truth.close()


def test_add_change_remove_restore(tmp_path: Path) -> None:
    with opened(tmp_path) as kb:
        assert kb.all() == ()
        assert len(kb.upsert(shelf()).added) == len(shelf())
        assert kb.upsert([product(0, name="燕麦奶")]).changed == ("p0",)
        assert kb.search("燕麦奶", k=1)[0].record.id == "p0"
        assert kb.remove(["q1"]) == 1
        assert "q1" not in {hit.record.id for hit in kb.search("可以退货吗", k=50)}
        assert kb.restore(["q1"]) == 1
        assert kb.search("可以退货吗", k=1)[0].record.id == "q1"
        assert kb.stats().place.startswith("http://127.0.0.1")
    assert not (tmp_path / ".wenan" / "chroma").exists()


@pytest.mark.parametrize("kinds", [(), ("product",), ("policy", "passage")], ids=["all", "one kind", "two kinds"])
@pytest.mark.parametrize("query", ["冻干咖啡 3 号", "可以退货吗", "zzz"])
def test_answers_equal_the_local_ones_and_brute_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, query: str, kinds: tuple[Kind, ...]
) -> None:
    with opened(tmp_path / "远") as kb:
        kb.upsert(shelf())
        remote = {hit.record.id: hit for hit in kb.search(query, k=50, kinds=kinds, brand="yan")}
    monkeypatch.delenv("WENAN_CHROMA_URL")
    with opened(tmp_path / "近") as kb:
        kb.upsert(shelf())
        local = {hit.record.id: hit for hit in kb.search(query, k=50, kinds=kinds, brand="yan")}
    assert remote.keys() == local.keys()
    vector = ToyEmbedder().embed([query])[0]
    for id, hit in remote.items():
        assert hit.score == pytest.approx(local[id].score, abs=1e-4)
        assert hit.dense is not None
        cosine = float(np.dot(ToyEmbedder().embed([search_text(hit.record)])[0], vector))
        assert hit.dense.score == pytest.approx(cosine, abs=1e-4)


def test_a_colleague_sees_what_was_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "SERVER_PATIENCE", 0.0)
    with opened(tmp_path / "甲") as ours, opened(tmp_path / "乙") as theirs:
        ours.upsert([product(0)])
        assert theirs.get("p0") is not None
        theirs.upsert([product(1), product(0, name="改过的咖啡")])
        assert ours.get("p1") is not None
        assert ours.search("改过的", k=1)[0].record.id == "p0"
        theirs.remove(["p0"])
        assert [record.id for record in ours.removed()] == ["p0"]
        assert ours.restore(["p0"]) == 1
        assert theirs.get("p0") is not None


def test_writes_that_cross_are_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another machine's write lands in the middle of ours: no file lock reaches that far."""
    monkeypatch.setattr(index_module, "SERVER_PATIENCE", 0.0)
    with opened(tmp_path / "甲") as ours, opened(tmp_path / "乙") as theirs:
        ours.upsert([product(0)])
        theirs.get("p0")
        truth = ours._index.truth
        put = truth.put
        monkeypatch.setattr(truth, "put", lambda *args, **options: (theirs.upsert([product(1)]), put(*args, **options)))
        ours.upsert([product(2)])
        assert {record.id for record in ours.all()} == {"p0", "p1", "p2"}
        assert {record.id for record in theirs.all()} == {"p0", "p1", "p2"}


def test_a_lost_index_is_rebuilt_from_the_server(tmp_path: Path) -> None:
    with opened(tmp_path) as kb:
        kb.upsert(shelf())
    shutil.rmtree(tmp_path / ".wenan")
    with opened(tmp_path) as kb:
        assert len(kb.all()) == len(shelf())


def test_an_unreachable_server_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENAN_CHROMA_URL", "http://127.0.0.1:9")
    with opened(tmp_path) as kb, pytest.raises(StorageError, match=r"http://127\.0\.0\.1:9") as caught:
        kb.get("p0")
    assert "chroma run" in caught.value.hint


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://x", "http://", "http://a:b"])
def test_a_nonsense_address_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("WENAN_CHROMA_URL", url)
    with opened(tmp_path) as kb, pytest.raises(BadInputError, match="地址"):
        kb.get("p0")
