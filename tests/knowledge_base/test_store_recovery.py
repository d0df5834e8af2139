"""Whatever dies at whatever point: the next process has a whole index again, and no record is lost."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from knowledge_base.base import KnowledgeBase
from knowledge_base.embedding import ToyEmbedder
from knowledge_base.errors import StorageError
from knowledge_base.store import lexical, vectors, writing
from knowledge_base.store.catalog import Catalog
from knowledge_base.store.chroma import Truth
from knowledge_base.store.state import exclusive
from tests.knowledge_base.shelf import opened, product, shelf

ROOT = Path(__file__).resolve().parents[2]


class Died(BaseException):
    """Stands for the power going off: nothing in the product catches it."""


def dies(original: Callable[..., Any], *, before: bool, on_call: int = 1) -> Callable[..., Any]:
    calls = 0

    def run(*args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if before and calls == on_call:
            raise Died
        result = original(*args, **options)
        if calls == on_call:
            raise Died
        return result

    return run


STEPS: list[tuple[Any, str, int]] = [
    (writing, "write_state", 1),
    (Truth, "put", 1),
    (vectors, "append", 1),
    (lexical, "add", 1),
    (Catalog, "commit", 1),
    (Truth, "set_version", 1),
    (writing, "write_state", 2),
]


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("change", ["add", "change", "remove", "restore"])
@pytest.mark.parametrize(("where", "name", "call"), STEPS, ids=[f"{name}-{call}" for _, name, call in STEPS])
def test_every_step_may_be_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: Any, name: str, call: int, change: str, before: bool
) -> None:
    changes: dict[str, Callable[[KnowledgeBase], object]] = {
        "add": lambda kb: kb.upsert([product(50)]),
        "change": lambda kb: kb.upsert([product(0, name="燕麦奶")]),
        "remove": lambda kb: kb.remove(["p0"]),
        "restore": lambda kb: kb.restore(["p5"]),
    }
    with opened(tmp_path) as kb:
        kb.upsert([product(n) for n in range(6)])
        kb.remove(["p5"])
        with monkeypatch.context() as patch:
            patch.setattr(where, name, dies(getattr(where, name), before=before, on_call=call))
            try:
                changes[change](kb)
            except Died:
                died = True
            else:
                died = False
    assert died or name == "append"  # removing writes no vector
    with opened(tmp_path) as kb:
        live, gone = {record.id for record in kb.all()}, {record.id for record in kb.removed()}
        # The step that died may have happened or not, but nothing else may be missing and nothing doubled.
        assert live | gone >= {f"p{n}" for n in range(6)}
        assert live | gone <= {"p50", *(f"p{n}" for n in range(6))}
        assert {hit.record.id for hit in kb.search("咖啡 燕麦", k=50)} == live
        matches_chroma(kb, live)
        # And the change can simply be made again.
        changes[change](kb)
        assert {
            "add": kb.get("p50") is not None,
            "change": kb.search("燕麦奶", k=1)[0].record.id == "p0",
            "remove": kb.get("p0") is None,
            "restore": kb.get("p5") is not None,
        }[change]


def matches_chroma(kb: KnowledgeBase, live: set[str]) -> None:
    truth = kb._index.truth
    assert {entry.id for entries, _ in truth.pages() for entry in entries} == live
    truth.close()


def test_a_missing_index_is_rebuilt_with_a_note(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with opened(tmp_path) as kb:
        kb.upsert(shelf())
        kb.remove(["q1"])
        version = kb.version
    shutil.rmtree(tmp_path / ".wenan" / "index")
    embedder = ToyEmbedder()
    with opened(tmp_path, embedder) as kb:
        assert {record.id for record in kb.all()} == {record.id for record in shelf()} - {"q1"}
        assert [record.id for record in kb.removed()] == ["q1"]
        assert kb.version == version
    assert "正从 Chroma 重建" in caplog.text
    assert embedder.calls == []


def test_an_older_index_is_noticed(tmp_path: Path) -> None:
    index, kept = tmp_path / ".wenan" / "index", tmp_path / "old"
    with opened(tmp_path) as kb:
        kb.upsert([product(0)])
    shutil.copytree(index, kept)
    with opened(tmp_path) as kb:
        kb.upsert([product(1)])
    shutil.rmtree(index)
    shutil.move(kept, index)
    with opened(tmp_path) as kb:
        assert {hit.record.id for hit in kb.search("咖啡")} == {"p0", "p1"}


def test_an_older_chroma_is_noticed(tmp_path: Path) -> None:
    chroma, kept = tmp_path / ".wenan" / "chroma", tmp_path / "old"
    with opened(tmp_path) as kb:
        kb.upsert([product(0)])
    shutil.copytree(chroma, kept)
    with opened(tmp_path) as kb:
        kb.upsert([product(1)])
    shutil.rmtree(chroma)
    shutil.move(kept, chroma)
    with opened(tmp_path) as kb:
        assert [record.id for record in kb.all()] == ["p0"]


@pytest.mark.parametrize("part", ["vectors.f32", "lexical", "catalog.db"])
def test_a_missing_part_is_noticed(tmp_path: Path, part: str) -> None:
    with opened(tmp_path) as kb:
        kb.upsert([product(n) for n in range(3)])
    (found,) = (tmp_path / ".wenan" / "index").glob(f"*/{part}")
    shutil.rmtree(found) if found.is_dir() else found.unlink()
    with opened(tmp_path) as kb:
        assert len(kb.search("咖啡", k=9)) == 3


def test_another_embedder_takes_over_everything(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with opened(tmp_path) as kb:
        kb.upsert(shelf())
        kb.remove(["p3"])
    for dimension in (32, 16):
        with opened(tmp_path, ToyEmbedder(dimension)) as kb:
            # What needs no vectors does not wait for new ones.
            assert len(kb.all()) == len(shelf()) - 1
            assert kb.search("可以退货吗", k=1)[0].record.id == "q1"
            assert [record.id for record in kb.removed()] == ["p3"]
            assert kb._index.truth.others() == []
            kb._index.truth.close()
    with opened(tmp_path, ToyEmbedder(16)) as kb:
        assert kb.restore(["p3"]) == 1
        assert kb.search("可以退货吗", k=1)[0].record.id == "q1"
    assert caplog.text.count("换了向量模型") == 2


def test_an_unfinished_takeover_starts_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as kb:
        kb.upsert(shelf())
    with opened(tmp_path, ToyEmbedder(32)) as kb, monkeypatch.context() as patch:
        patch.setattr(Truth, "drop", dies(Truth.drop, before=True))
        patch.setattr(Truth, "mark_copying", dies(Truth.mark_copying, before=True, on_call=2))
        with pytest.raises(Died):
            kb.search("咖啡")
    # Back to the first embedder, which goes on alone and must not take the half copy for news.
    with opened(tmp_path) as kb:
        kb.upsert([product(0, name="燕麦奶")])
    shutil.rmtree(tmp_path / ".wenan" / "index")
    with opened(tmp_path) as kb:
        assert kb.search("燕麦奶", k=1)[0].record.id == "p0"
    with opened(tmp_path, ToyEmbedder(32)) as kb:
        assert kb.search("燕麦奶", k=1)[0].record.id == "p0"
        assert len(kb.all()) == len(shelf())


def test_many_dead_rows_are_cleared_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "SPARE_ROWS", 10)
    with opened(tmp_path) as kb:
        for n in range(12):
            kb.upsert([product(i, name=f"第 {n} 版 {i}") for i in range(4)])
        (file,) = (tmp_path / ".wenan" / "index").glob("*/vectors.f32")
        assert file.stat().st_size < 12 * 4 * 64 * 4
        assert {hit.record.id for hit in kb.search("第 11 版", k=9)} == {"p0", "p1", "p2", "p3"}


ADDER = """
import sys
from pathlib import Path
from tests.knowledge_base.shelf import opened, product
import knowledge_base.base
knowledge_base.base.BATCH = 20
first, kb = int(sys.argv[2]), opened(Path(sys.argv[1]))
kb.upsert([product(n) for n in range(first, first + 100)])
print("added", flush=True)
kb.close()
"""


def adder(folder: Path, first: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", ADDER, str(folder), str(first)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_processes_add_at_once_while_a_third_reads(tmp_path: Path) -> None:
    with opened(tmp_path) as kb:
        kb.upsert([product(0)])
        adders = [adder(tmp_path, 1), adder(tmp_path, 101)]
        seen = []
        while any(one.poll() is None for one in adders):
            hits = kb.search("冻干咖啡", k=300)
            assert len({hit.record.id for hit in hits}) == len(hits) >= 1
            seen.append(len(kb.all("product")))
        for one in adders:
            out, err = one.communicate()
            assert (one.returncode, out) == (0, "added\n"), err
        assert seen == sorted(seen)
        assert {record.id for record in kb.all()} == {f"p{n}" for n in range(201)}
        assert len(kb.search("冻干咖啡", k=300)) == 201


def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as kb:
        kb.upsert([product(0)])
        victim = adder(tmp_path, 1)
        deadline = time.monotonic() + 60
        while len(kb.all()) < 41 and victim.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        victim.kill()
        victim.communicate()
        live = {record.id for record in kb.all()}
        assert len(live) >= 41
        assert {hit.record.id for hit in kb.search("冻干咖啡", k=300)} == live
        matches_chroma(kb, live)


def test_threads_share_one_knowledge_base(tmp_path: Path) -> None:
    troubles: list[BaseException] = []
    with opened(tmp_path) as kb:
        kb.upsert(shelf())

        def read() -> None:
            try:
                for n in range(30):
                    assert kb.search(f"咖啡 {n}", k=3)
                    assert kb.get("q1") is not None
            except BaseException as trouble:
                troubles.append(trouble)

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for n in range(20, 24):
            kb.upsert([product(n)])
        for thread in threads:
            thread.join()
        assert troubles == []
        assert kb.get("p23") is not None


def test_a_busy_lock_is_explained(tmp_path: Path) -> None:
    with (
        exclusive(tmp_path / "lock"),
        pytest.raises(StorageError, match="另一个进程") as caught,
        exclusive(tmp_path / "lock", patience=0),
    ):
        pass
    assert caught.value.hint


def test_a_broken_catalogue_says_what_to_do(tmp_path: Path) -> None:
    with opened(tmp_path) as kb:
        kb.upsert([product(0)])
    (catalog,) = (tmp_path / ".wenan" / "index").glob("*/catalog.db")
    catalog.write_bytes(b"x" * 4096)
    with opened(tmp_path) as kb, pytest.raises(StorageError) as caught:
        kb.all()
    assert ".wenan/index" in caught.value.hint
