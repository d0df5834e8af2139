"""`wenan audience watch` as a shop runs it: on the sample brand, with the offline writer."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("polars")

from agent.audience.watch.drafts import draft_id
from agent.draft import Draft
from agent.ids import is_id
from agent.journal import Journal
from agent.review.standing import standing
from knowledge_base.audience.privacy.pseudonyms import Pseudonyms
from knowledge_base.audience.store import AudienceStore
from knowledge_base.audience.triggers.database import only_watcher
from knowledge_base.audience.triggers.rules import Hit, hit_id
from knowledge_base.workspace import Workspace

NOON = "2026-11-22T12:00"
Run = Callable[..., Any]


def line(user: str, time: str, action: str, item: str = "p-coffee", **more: Any) -> str:
    row = {"用户ID": user, "时间": f"2026-11-{time}", "行为": action, "商品ID": item, **more}
    return json.dumps(row, ensure_ascii=False) + "\n"


CART = line("a", "21 14:00:00", "加购")
STREAM = [
    CART,
    line("b", "21 14:00:00", "加购", "p-oat"),
    line("b", "21 15:00:00", "购买", "p-oat"),
    line("d", "21 17:00:00", "加购", "p-nobody-knows"),
    "坏行\n",
]
COMPLAINT = line("c", "21 16:30:00", "评论", "p-cup", 内容="盖子漏水，太差了，我要退货，电话13800001111")
"""Only where it is needed: to tell a complaint, the classifier has to be loaded."""


@pytest.fixture
def log(sample_dir: Path) -> Path:
    path = sample_dir / "events.jsonl"
    path.write_text("".join(STREAM), encoding="utf-8")
    return path


def watch(wenan: Run, *args: str) -> list[dict[str, Any]]:
    """One run over the file to its end; what it said as JSON."""
    ran = wenan(
        "audience", "watch", "events.jsonl", "--once", "--json", "--now", NOON, "--assume-consent", "测试", *args
    )
    assert ran.code == 0, ran.err
    return [json.loads(one) for one in ran.out.splitlines()]


def drafts(folder: Path) -> list[Draft]:
    with closing(Journal.open(Workspace(folder))) as journal:
        return [journal.get(row.id) for row in journal.list()]


def append(path: Path, *lines: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.writelines(lines)


def test_hits_become_drafts_that_wait_for_review(log: Path, wenan: Run) -> None:
    append(log, COMPLAINT)
    *hits, summary = watch(wenan)
    assert [(hit["rule"], hit["item"], hit["status"]) for hit in hits] == [
        ("cart-2h", "p-coffee", "drafted"),
        ("complaint", "p-cup", "drafted"),
        ("cart-2h", "p-nobody-knows", "failed"),
    ]
    assert "不在知识库" in hits[2]["reason"]
    assert summary["type"] == "summary"
    assert (summary["events"], summary["bad"], summary["cancelled"], summary["waiting"]) == (5, 1, 1, 0)
    found = {draft.id: draft for draft in drafts(log.parent)}
    assert set(found) == {hits[0]["draft"], hits[1]["draft"]}
    cart, answer = found[hits[0]["draft"]], found[hits[1]["draft"]]
    assert (cart.brief.origin, cart.brief.form, cart.brief.products) == ("trigger", "post", ("p-coffee",))
    assert cart.brief.today.isoformat() == "2026-11-21"
    assert (answer.brief.form, answer.brief.channel) == ("comment", "reply")
    assert "漏水" in answer.brief.message
    assert cart.copy is not None
    assert answer.copy is not None
    assert not standing(cart, ()).approved
    # Nothing that names a person is anywhere: not the id, not the phone number.
    user = Pseudonyms.of(Workspace(log.parent)).of_id("a")
    assert hits[0]["user"] == user
    for path in (log.parent / ".wenan").glob("*.db*"):
        assert b"13800001111" not in path.read_bytes()
    assert user not in json.dumps([draft.brief.notes for draft in found.values()])


def test_again_and_from_the_start_nothing_twice(log: Path, wenan: Run) -> None:
    watch(wenan)
    before = drafts(log.parent)
    assert [row["type"] for row in watch(wenan)] == ["summary"]
    assert [row["type"] for row in watch(wenan, "--from-start")] == ["summary"]
    assert [row["type"] for row in watch(wenan, "--reset")] == ["summary"]
    assert drafts(log.parent) == before


def test_a_dry_run_writes_nothing_and_moves_nothing(log: Path, wenan: Run) -> None:
    dry = watch(wenan, "--dry-run")
    assert [row["status"] for row in dry[:-1]] == ["dry"] * 2
    assert not (log.parent / ".wenan" / "audience-triggers.db").exists()
    assert drafts(log.parent) == []
    assert [row["id"] for row in watch(wenan)[:-1]] == [row["id"] for row in dry[:-1]]


def test_bought_afterwards_the_draft_is_turned_down(log: Path, wenan: Run) -> None:
    first = watch(wenan)[0]
    append(log, line("a", "21 20:00:00", "购买"))
    said = watch(wenan)
    assert [(row["type"], row.get("draft")) for row in said[:-1]] == [("withdrawn", first["draft"])]
    with closing(Journal.open(Workspace(log.parent))) as journal:
        draft, reviews = journal.get(first["draft"]), journal.reviews(first["draft"])
        assert [(one.verdict, one.role) for one in reviews] == [("reject", "触发")]
        assert standing(draft, reviews).refused
    watch(wenan, "--from-start")
    with closing(Journal.open(Workspace(log.parent))) as journal:
        assert len(journal.reviews(first["draft"])) == 1


def test_without_consent_no_hit(log: Path, wenan: Run) -> None:
    ran = wenan("audience", "watch", "events.jsonl", "--once", "--json", "--now", NOON)
    (summary,) = [json.loads(one) for one in ran.out.splitlines()]
    assert (summary["hits"], summary["no_consent"]) == (0, 4)
    with AudienceStore.open(Workspace(log.parent)) as store:
        user = store.pseudonyms.of_id("a")
        store.database.execute("INSERT INTO consent VALUES (?, '营销', 1, '', '')", (user,))
    ran = wenan("audience", "watch", "events.jsonl", "--once", "--json", "--now", NOON, "--reset")
    assert [json.loads(one)["user"] for one in ran.out.splitlines()[:-1]] == [user]


def test_old_hits_are_not_worth_a_draft(log: Path, wenan: Run) -> None:
    ran = wenan(
        "audience", "watch", "events.jsonl", "--once", "--json", "--now", "2026-12-25T12:00", "--assume-consent", "x"
    )
    rows = [json.loads(one) for one in ran.out.splitlines()]
    status = {(row["rule"], row["item"]): row["status"] for row in rows[:-1]}
    assert status["cart-2h", "p-coffee"] == "expired"
    assert status["asleep-30", "p-coffee"] == "drafted"


def test_no_more_drafts_than_asked_and_the_rest_next_time(log: Path, wenan: Run) -> None:
    *hits, summary = watch(wenan, "--max-drafts", "1")
    assert ([hit["status"] for hit in hits], summary["waiting"]) == (["drafted"], 1)
    assert [hit["status"] for hit in watch(wenan)[:-1]] == ["failed"]


def test_a_draft_kept_just_before_a_crash_is_found_again(log: Path, wenan: Run) -> None:
    """The process died after the journal kept the draft and before that was noted."""
    import sqlite3

    watch(wenan)
    before = drafts(log.parent)
    path = log.parent / ".wenan" / "audience-triggers.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE hits SET status = 'new', draft = '' WHERE status = 'drafted'")
    append(log, line("a", "21 20:00:00", "购买"))
    rows = watch(wenan)
    assert [row["type"] for row in rows] == ["withdrawn", "summary"]
    assert drafts(log.parent) == before


def test_personas_and_products_of_segments(log: Path, wenan: Run, tmp_path: Path) -> None:
    """Who is in a segment is written to as its persona; asleep without an article, of what the segment likes."""
    import polars as pl

    from knowledge_base.audience.personas import keep

    card = tmp_path / "personas.yaml"
    card.write_text("- id: 'segment:1'\n  name: 备考的人\n  who: 24 岁\n  scenes: [图书馆没热水]\n", encoding="utf-8")
    assert wenan("kb", "add", str(card)).code == 0
    workspace = Workspace(log.parent)
    user = Pseudonyms.of(workspace).of_id("z")
    folder = workspace.data / keep.FOLDER
    keep.save(
        workspace.data,
        keep.Kept(at="2026-11-20T00:00:00", file="x.yaml", picks={"segment:1": ({"item": "gone"}, {"item": "p-lamp"})}),
    )
    pl.DataFrame({"user": [user], "number": [1]}).write_parquet(folder / keep.MEMBERS)
    log.write_text(json.dumps({"user": "z", "time": "2026-10-22 12:00:00", "action": "read"}) + "\n", encoding="utf-8")
    (hit, _) = watch(wenan)
    (draft,) = drafts(log.parent)
    assert (hit["rule"], hit["item"]) == ("asleep-30", None)
    assert (draft.brief.persona, draft.brief.products) == ("segment:1", ("p-lamp",))


def test_only_one_watcher_but_dry_runs_may(log: Path, wenan: Run) -> None:
    with only_watcher(log.parent / ".wenan"):
        ran = wenan("audience", "watch", "events.jsonl", "--once")
        assert (ran.code, "另一个" in ran.err) == (5, True)
        assert watch(wenan, "--dry-run")


def test_from_a_pipe(log: Path, wenan: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO("".join(STREAM).encode())

    monkeypatch.setattr(sys, "stdin", Stdin)
    ran = wenan("audience", "watch", "-", "--json", "--now", NOON, "--assume-consent", "测试")
    assert [json.loads(one).get("status") for one in ran.out.splitlines()] == ["drafted", "failed", None]


def test_lines_for_people(log: Path, wenan: Run) -> None:
    ran = wenan("audience", "watch", "events.jsonl", "--once", "--now", NOON, "--assume-consent", "测试")
    first = ran.out.splitlines()[0].split("\t")
    assert (first[0], first[1], first[3], first[4]) == ("2026-11-21 16:00", "加购两小时没买", "p-coffee", "私聊")
    assert first[5].startswith("稿 ")
    assert "第 5 行：不是合格的 JSON" in ran.err
    assert "看不懂 1" in ran.err


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["没有.jsonl", "--once"], 3, "没有这个文件"),
        ([], 2, "没说看哪个文件"),
        (["events.jsonl", "--now", "中午"], 2, "看不懂"),
        (["events.jsonl", "--once", "--rules", "没有.yaml"], 3, "没有这个触发规则文件"),
    ],
)
def test_mistakes(args: list[str], code: int, said: str, log: Path, wenan: Run) -> None:
    ran = wenan("audience", "watch", *args)
    assert (ran.code, said in ran.err) == (code, True)


def test_the_shipped_rules_can_be_copied(log: Path, wenan: Run) -> None:
    ran = wenan("audience", "watch", "--show-rules")
    (log.parent / "我的.yaml").write_text(ran.out.replace("after: 2h", "after: 30d"), encoding="utf-8")
    append(log, line("e", "20 10:00:00", "阅读"), line("e", "20 11:00:00", "阅读"), line("e", "20 12:00:00", "阅读"))
    assert [hit["rule"] for hit in watch(wenan, "--rules", "我的.yaml")[:-1]] == ["look-3"]


def test_draft_ids_are_proper_and_follow_from_the_hit() -> None:
    ids = {
        draft_id(Hit(id=hit_id("r", f"u{i}", "p", i), rule="r", user=f"u{i}", item="p", since=i, at=10**15 + i))
        for i in range(500)
    }
    assert len(ids) == 500
    assert all(is_id(id) and id[14] == "7" and id[18] in "89ab" for id in ids)
    early = Hit(id=hit_id("r", "u", "p", 1), rule="r", user="u", item="p", since=1, at=10**15)
    late = Hit(id=hit_id("r", "u", "p", 1), rule="r", user="u", item="p", since=1, at=10**15 + 10**6)
    assert draft_id(early) < draft_id(late)
    assert draft_id(early) == draft_id(early)


def test_no_environment_is_left_behind() -> None:
    assert "WENAN_AUDIENCE_KEY" not in os.environ
