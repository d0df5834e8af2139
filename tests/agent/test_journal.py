"""The journal keeps every draft whole, finds it again, and explains trouble in Chinese."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from agent.draft import Draft
from agent.ids import handle, new_id
from agent.journal import Journal
from agent.storage import connection, migrations
from agent.storage.connection import explain, explained
from agent.storage.queries import Filters
from knowledge_base.errors import BadInputError, StorageError, UnknownIdError
from knowledge_base.workspace import Workspace
from tests.agent.drafts import DRAFTS, MOMENTS, WARNING, article_draft, moments_draft, reply_draft


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal.open(Workspace(tmp_path))) as opened:
        yield opened


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DRAFTS)
def test_any_draft_comes_back_as_it_went_in(journal: Journal, draft: Draft) -> None:
    """Only what SQLite cannot hold in a plain column, half an emoji in an id, is put right first."""
    attempts = tuple(
        replace(
            a, id=new_id("a"), template_id="t", template_version="1", template_sha256="x", prompt_sha256="y", model="m"
        )
        for a in draft.attempts
    )
    draft = replace(draft, id=new_id("d"), parent="", attempts=attempts, model="m", version=draft.version % 2**31)
    journal.save(draft)
    assert journal.get(draft.id) == draft


def test_it_is_still_there_after_closing(tmp_path: Path) -> None:
    draft = article_draft()
    with closing(Journal.open(Workspace(tmp_path))) as journal:
        journal.save(draft)
        journal.close()
    with closing(Journal.open(Workspace(tmp_path))) as journal:
        assert journal.get("last") == draft


def test_a_draft_is_kept_whole_or_not_at_all(journal: Journal) -> None:
    first = moments_draft()
    clash = moments_draft(attempts=(moments_draft().attempts[0], replace(first.attempts[0], id=first.attempts[0].id)))
    journal.save(first)
    with pytest.raises(sqlite3.IntegrityError):
        journal.save(first)
    twice = replace(clash, parent="d_missing")
    with pytest.raises(sqlite3.IntegrityError):
        journal.save(twice)
    assert [row.id for row in journal.list()] == [first.id]


def test_many_threads_and_tasks_share_one_journal(journal: Journal) -> None:
    drafts = [moments_draft() for _ in range(40)]
    threads = [threading.Thread(target=journal.save, args=(draft,)) for draft in drafts[:20]]
    for thread in threads:
        thread.start()

    async def rest() -> None:
        await asyncio.gather(*(journal.asave(draft) for draft in drafts[20:]))

    asyncio.run(rest())
    for thread in threads:
        thread.join()
    assert {row.id for row in journal.list()} == {draft.id for draft in drafts}


def test_two_journals_on_one_file_wait_for_each_other(tmp_path: Path) -> None:
    with closing(Journal.open(Workspace(tmp_path))) as one, closing(Journal.open(Workspace(tmp_path))) as two:
        threads = [threading.Thread(target=j.save, args=(moments_draft(),)) for j in (one, two) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(one.list()) == 20


def test_ids_may_be_shortened(journal: Journal) -> None:
    drafts = [moments_draft(id=f"d_{i:032x}") for i in (0xA111, 0xA222, 0xB222)]
    for draft in drafts:
        journal.save(draft)
    assert journal.find("last") == drafts[2].id
    assert journal.find("last~2") == drafts[0].id
    assert journal.find(handle(drafts[1].id)) == drafts[1].id
    assert journal.find(drafts[0].id[:32] + "1") == drafts[0].id
    assert journal.find(f" {drafts[0].id} ") == drafts[0].id


@pytest.mark.parametrize("wanted", ["last~9", "zzzz", "", "d_9", "%", "_", "中文", "last~x"])
def test_an_id_that_nothing_has_says_where_to_look(journal: Journal, wanted: str) -> None:
    journal.save(moments_draft(id=f"d_{1:032x}"))
    with pytest.raises(UnknownIdError) as caught:
        journal.get(wanted)
    assert "稿" in caught.value.hint


def test_an_id_that_several_have_lists_them(journal: Journal) -> None:
    drafts = [moments_draft(), moments_draft()]
    for draft in drafts:
        journal.save(draft)
    with pytest.raises(BadInputError, match="不止一篇") as caught:
        journal.find("d_")
    assert all(draft.id in caught.value.message for draft in drafts)


def test_lists_are_filtered(journal: Journal) -> None:
    article, ad, reply = article_draft(), moments_draft(), reply_draft()
    blocked = moments_draft(findings=(replace(WARNING, severity="block"),))
    broken = moments_draft(copy=None)
    for draft in (article, ad, reply, blocked, broken):
        journal.save(draft)
    journal.record_final(ad.id, "发出去的")

    def ids(filters: Filters) -> list[str]:
        return [row.id for row in journal.list(filters)]

    assert ids(Filters()) == [broken.id, blocked.id, reply.id, ad.id, article.id]
    assert ids(Filters(limit=2)) == [broken.id, blocked.id]
    assert ids(Filters(channel="article")) == [article.id]
    assert ids(Filters(channel="ad", status="ok")) == [ad.id]
    assert ids(Filters(status="blocked")) == [blocked.id]
    assert ids(Filters(status="unparsable")) == [broken.id]
    assert ids(Filters(status="final")) == [ad.id]
    assert ids(Filters(persona="kaoyan", product="coffee-01", channel="moments", status="ok")) == [ad.id]
    assert ids(Filters(product="coffee-01", channel="reply")) == [reply.id], "the product the customer meant"
    assert ids(Filters(persona="nobody")) == []
    assert ids(Filters(since=datetime.now(UTC) + timedelta(hours=1))) == []
    assert len(ids(Filters(since=datetime.now(UTC) - timedelta(hours=1)))) == 5


def test_a_row_says_what_a_list_needs(journal: Journal) -> None:
    draft = moments_draft(offline=False, attempts=(replace(moments_draft().attempts[0], cost=Decimal("0.10")),))
    journal.save(draft)
    row = journal.list()[0]
    assert (row.headline, row.status, row.tokens, row.cost, row.products) == (
        MOMENTS.text, "ok", 960, Decimal("0.10"), ("coffee-01",),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("图书馆没热水", {"article", "ad"}),
        ("热水", {"article", "ad"}),
        ("苦", {"article"}),
        ("没热水 晃三下", {"ad"}),
        ("没热水 巴旦木", set()),
        ("巴旦木", {"reply"}),
        ('"', set()),
        ("%", set()),
        ("过敏就别买", {"reply"}),
        ("NEAR(a b)", set()),
        ("", set()),
        ("发出去的那一版", {"reply"}),
    ],
)
@pytest.mark.parametrize("indexed", [True, False], ids=["trigram", "like"])
def test_search(tmp_path: Path, text: str, found: set[str], indexed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not indexed:
        monkeypatch.setattr(connection, "open_search_index", lambda _: False)
    with closing(Journal.open(Workspace(tmp_path))) as journal:
        for draft in (article_draft(), moments_draft(), reply_draft()):
            journal.save(draft)
        journal.record_final("last", "发出去的那一版")
        assert {"ad" if row.form == "ad" else row.channel for row in journal.search(text)} == found


def test_the_search_index_catches_up(tmp_path: Path) -> None:
    """A journal written where SQLite has no trigram tokenizer is searchable where it has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "open_search_index", lambda _: False)
        with closing(Journal.open(Workspace(tmp_path))) as journal:
            journal.save(reply_draft())
    with closing(Journal.open(Workspace(tmp_path))) as journal:
        journal.save(moments_draft())
        assert len(journal.search("巴旦木")) == len(journal.search("图书馆")) == 1


def test_past_drafts_are_the_nearest_kin_first(journal: Journal) -> None:
    def written(product: str, persona: str, text: str) -> Draft:
        base = moments_draft(copy=replace(MOMENTS, text=text))
        draft = replace(base, brief=replace(base.brief, products=(product,), persona=persona))
        journal.save(draft)
        return draft

    both, _, _ = written("p1", "a", "都一样"), written("p1", "b", "同商品"), written("p2", "a", "同人设")
    written("p2", "b", "无关")
    assert [past.text for past in journal.past("p1", "a", 9)] == ["都一样", "同商品", "同人设"]
    assert [past.text for past in journal.past("p1", "a", 2)] == ["都一样", "同商品"]
    assert [past.text for past in journal.past("", "a", 9)] == ["同人设", "都一样"]
    assert journal.past("", "", 9) == ()
    journal.save(
        replace(both, id=new_id("d"), attempts=(), parent=both.id, version=2, copy=replace(MOMENTS, text="改过"))
    )
    assert [past.text for past in journal.past("p1", "a", 1)] == ["改过"], "a revision stands for what it revised"
    journal.record_final("last", "发出去的")
    assert [past.text for past in journal.past("p1", "a", 1)] == ["发出去的"]
    journal.save(moments_draft(copy=None))
    assert all(past.text for past in journal.past("coffee-01", "kaoyan", 9))


def test_versions_are_one_family(journal: Journal) -> None:
    first = moments_draft()
    second = moments_draft(parent=first.id, version=2)
    third, aside = moments_draft(parent=second.id, version=3), moments_draft(parent=first.id, version=2)
    for draft in (first, second, third, aside, moments_draft()):
        journal.save(draft)
    for draft in (first, second, third, aside):
        assert [row.id for row in journal.versions(draft.id)] == [first.id, second.id, third.id, aside.id]


def test_finals_are_kept_in_order(journal: Journal) -> None:
    draft = moments_draft()
    journal.save(draft)
    journal.record_final(draft.id, "第一版")
    journal.record_final("last", "第二版\n换行")
    assert [final.text for final in journal.finals(draft.id)] == ["第一版", "第二版\n换行"]
    assert journal.list()[0].finals == 2


def test_personal_data_is_hidden_before_it_is_stored(tmp_path: Path) -> None:
    phone = "13800001111"
    draft = reply_draft()
    draft = replace(
        draft,
        brief=replace(draft.brief, message=f"打我 {phone}", history=(replace(draft.brief.history[0], text=phone),)),
        attempts=(replace(draft.attempts[0], raw=f'{{"text": "{phone}"}}'),),
    )
    workspace = Workspace(tmp_path)
    with closing(Journal.open(workspace, redact=lambda text: text.replace(phone, "〔手机号1〕"))) as journal:
        journal.save(draft)
        kept = journal.get("last")
    assert kept.brief.message == "打我 〔手机号1〕"
    assert not [f.name for f in workspace.data.iterdir() if phone.encode() in f.read_bytes()]


def test_the_file_is_wal_with_foreign_keys(journal: Journal) -> None:
    with closing(sqlite3.connect(journal.path)) as raw:
        assert raw.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert raw.execute("PRAGMA user_version").fetchone()[0] == len(migrations.STEPS)
        assert raw.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_two_processes_may_create_it_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from agent.journal import Journal\n"
        "from knowledge_base.workspace import Workspace\n"
        "Journal.open(Workspace(Path(sys.argv[1]))).close()"
    )
    root = Path(__file__).parents[2]
    started = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=root) for _ in range(3)]
    assert [process.wait() for process in started] == [0, 0, 0]


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    with closing(Journal.open(Workspace(tmp_path))) as journal, closing(sqlite3.connect(journal.path)) as raw:
        raw.execute(f"PRAGMA user_version = {len(migrations.STEPS) + 1}")
    with pytest.raises(StorageError, match="更新版本"):
        Journal.open(Workspace(tmp_path))


def test_a_damaged_file_is_explained(tmp_path: Path) -> None:
    path = tmp_path / ".wenan" / "journal.db"
    path.parent.mkdir()
    path.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StorageError, match="损坏") as caught:
        Journal.open(Workspace(tmp_path))
    assert caught.value.exit_code == 5


def test_a_file_where_the_folder_should_be_is_explained(tmp_path: Path) -> None:
    (tmp_path / ".wenan").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match="打不开"):
        Journal.open(Workspace(tmp_path))


def test_a_full_disk_is_explained_and_loses_nothing(journal: Journal) -> None:
    """SQLite's own page limit stands in for the disk."""
    journal.save(moments_draft())
    journal._run(lambda: journal._connection.execute("PRAGMA max_page_count = 1"))
    with pytest.raises(StorageError, match="磁盘满了"):
        fill(journal)
    journal._run(lambda: journal._connection.execute("PRAGMA max_page_count = 1000000"))
    before = len(journal.list())
    journal.save(moments_draft())
    assert len(journal.list()) == before + 1


def fill(journal: Journal) -> None:
    for _ in range(200):
        journal.save(article_draft())


def test_another_writer_that_never_ends_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.05)
    with closing(Journal.open(Workspace(tmp_path))) as journal:
        with closing(sqlite3.connect(journal.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageError, match="占用"):
                journal.save(moments_draft())
        journal.save(moments_draft())


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("SQLITE_READONLY_DIRECTORY", "只读"),
        ("SQLITE_IOERR_LOCK", "网络共享盘"),
        ("SQLITE_FULL", "磁盘满了"),
        ("SQLITE_CANTOPEN", "网络共享盘"),
    ],
)
def test_sqlite_codes_are_explained(code: str, message: str) -> None:
    error = sqlite3.OperationalError("x")
    error.sqlite_errorname = code
    explained_error = explain(error, Path("j.db"))
    assert isinstance(explained_error, StorageError)
    assert message in explained_error.message + explained_error.hint


def test_bugs_keep_their_own_error() -> None:
    with pytest.raises(sqlite3.OperationalError), explained(Path("j.db")), closing(sqlite3.connect(":memory:")) as raw:
        raw.execute("SELECT nonsense FROM nowhere")
