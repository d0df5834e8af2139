"""Forgetting a person reaches the journal: drafts in all versions, search, calls, campaign units; others stay."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from agent.ids import new_id
from agent.journal import JOURNAL_NAME, Journal
from agent.storage.erase import OWNED, drafts_of, erase
from knowledge_base.audience.privacy.pseudonyms import Pseudonyms
from knowledge_base.audience.store import AudienceStore
from knowledge_base.workspace import Workspace
from tests.agent.campaign.setup import rows
from tests.agent.campaign.test_recipients import mailing, write_people
from tests.agent.drafts import moments_draft
from tests.conftest import Ran

Wenan = Callable[..., Ran]
USER = "VIP-77120"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / JOURNAL_NAME


def journal_with(path: Path, *notes: str) -> list[str]:
    """Saves one draft a note, and returns their ids."""
    journal = Journal(path)
    ids = []
    for note in notes:
        draft = moments_draft(id=new_id("d"))
        draft = replace(draft, brief=replace(draft.brief, notes=note), attempts=())
        journal.save(draft)
        ids.append(draft.id)
    journal.close()
    return ids


def left(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as database:
        return {row[0] for row in database.execute("SELECT id FROM drafts")}


@pytest.mark.parametrize(
    ("note", "goes"),
    [
        ("给 VIP-77120 回访", True),
        ("用户VIP-77120，加购两小时", True),
        ("{VIP-77120}", True),
        ("给 VIP-771201 回访", False),
        ("给 XVIP-77120 回访", False),
        ("给 VIP-7712 回访", False),
        ("vip-77120", False),
    ],
)
def test_only_whole_words_mean_a_person(place: Path, note: str, goes: bool) -> None:
    one, other = journal_with(place, note, "谁都可以看")
    assert [row.id for row in drafts_of(place, (USER,), "", ())] == ([one] if goes else [])
    assert (erase(place, (USER,), "", ()) > 0) is goes
    assert left(place) == ({other} if goes else {one, other})
    assert erase(place, (USER,), "", ()) == 0


def test_every_version_and_the_search_index_go(place: Path) -> None:
    first, other = journal_with(place, f"给 {USER}", "别人")
    journal = Journal(place)
    child = moments_draft(id=new_id("d"), parent=first, version=2)
    child = replace(child, copy=replace(child.copy, text="孔雀蓝的杯子到货了"), attempts=())  # type: ignore[type-var]
    journal.save(child)
    journal.record_final(child.id, "孔雀蓝的杯子到货了，来看看")
    assert journal.search("孔雀蓝的杯子")
    journal.close()
    assert erase(place, (USER,), "", ()) > 0
    journal = Journal(place)
    assert journal.search("孔雀蓝的杯子") == ()
    assert [row.id for row in journal.list()] == [other]
    journal.close()
    # Nothing stays in free pages, in the index or in the write-ahead log.
    for file in place.parent.glob(f"{JOURNAL_NAME}*"):
        content = file.read_bytes()
        assert USER.encode() not in content
        assert "孔雀蓝".encode() not in content
    with closing(sqlite3.connect(place)) as database:
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        database.execute("INSERT INTO texts_index(texts_index) VALUES ('integrity-check')")


def test_a_known_draft_goes_without_naming_anybody(place: Path) -> None:
    one, other = journal_with(place, "没有名字", "没有名字")
    assert erase(place, (), "", (one,)) > 0
    assert left(place) == {other}


def test_ids_in_other_columns_and_escaped(place: Path) -> None:
    """A raw answer with half an emoji is kept ASCII-escaped: a Chinese id in it is escaped, too."""
    user = "会员甲乙丙丁"
    (one,) = journal_with(place, "谁都可以看")
    journal = Journal(place)
    draft = moments_draft(id=new_id("d"))
    attempt = replace(draft.attempts[0], id=new_id("a"), raw=f"\ud83d 写给{user}")
    journal.save(replace(draft, attempts=(attempt,)))
    journal.close()
    assert user.encode() not in place.read_bytes()
    assert erase(place, (user,), "", ()) > 0
    assert left(place) == {one}


def test_no_table_of_drafts_is_left_out(place: Path) -> None:
    """A later migration that keeps something for a draft must be told to `agent.storage.erase`."""
    journal_with(place, "谁都可以看")
    with closing(sqlite3.connect(place)) as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = {table: {row[1] for row in database.execute(f'PRAGMA table_info("{table}")')} for table in tables}
    assert {table for table, names in columns.items() if "draft_id" in names} == {*OWNED, "units"}


def test_forget_and_why_reach_the_journal(workspace_dir: Path, wenan: Wenan) -> None:
    (workspace_dir / ".wenan").mkdir()
    workspace = Workspace.find()
    pseudonym = Pseudonyms.of(workspace).of_id(USER)
    (workspace_dir / "行为.csv").write_text(
        "用户,时间,行为,商品\n" + "".join(f"{u},2026-11-0{d} 10:00,阅读,p1\n" for u in (USER, "B2") for d in (1, 2)),
        encoding="utf-8",
    )
    assert wenan("audience", "import", "行为.csv", "--assume-consent", "测试").code == 0
    path = workspace.data / JOURNAL_NAME
    by_name, by_pseudonym, other = journal_with(path, f"给 {USER} 回访", f"对象 {pseudonym}", "给所有人")
    told = wenan("audience", "why", USER)
    assert told.code == 0, told.err
    assert by_name in told.out
    assert by_pseudonym in told.out
    assert other not in told.out
    gone = wenan("audience", "forget", USER, "--yes")
    assert gone.code == 0, gone.err
    assert "稿件和活动" in gone.out
    assert "都找不到了" in gone.out
    assert left(path) == {other}
    for file in (workspace_dir / ".wenan").rglob("*"):
        if file.is_file() and file.name != "audience.lock":
            content = file.read_bytes()
            assert USER.encode() not in content, file
            assert pseudonym.encode() not in content, file
    with AudienceStore.open(workspace) as store:
        assert pseudonym not in set(store.events().collect()["user"])


def test_the_unit_of_a_recipient_goes(sample_dir: Path, wenan: Wenan) -> None:
    """One-to-one campaigns know people by a keyed hash of their id; the copy itself does not name them."""
    people = [
        [USER, "小雨", "1", "u-kaoyan", "A1", "西湖店", ""],
        ["0002", "阿强", "1", "u-kaoyan", "A2", "西湖店", ""],
    ]
    write_people(sample_dir, people)
    plan = mailing(sample_dir, one_to_one=True, uniqueness={"similarity": 1.0, "rewrites": 5})
    assert wenan("campaign", "run", str(plan)).code == 0
    whose = "SELECT json_extract(values_json, '$.recipient'), draft_id FROM units"
    before = rows(sample_dir, whose)
    assert len({recipient for recipient, _ in before}) == 2
    (sample_dir / "行为.csv").write_text(f"用户,时间,行为,商品\n{USER},2026-11-01 10:00,阅读,p1\n", encoding="utf-8")
    assert wenan("audience", "import", "行为.csv", "--assume-consent", "测试").code == 0
    told = wenan("audience", "why", USER)
    assert "（活动）" in told.out
    assert wenan("audience", "forget", USER, "--yes").code == 0
    after = rows(sample_dir, whose)
    assert len({recipient for recipient, _ in after}) == 1
    assert 0 < len(after) < len(before)
    assert {row[0] for row in rows(sample_dir, "SELECT id FROM drafts")} == {draft for _, draft in after}
    assert wenan("campaign", "status", "私信").code == 0
