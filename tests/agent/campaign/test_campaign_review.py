"""Reviewing: one key each, nobody's verdict overwritten, headless decisions by condition."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from agent.campaign.review_desk import Desk, as_editable, from_editable, is_open
from agent.campaign.review_loop import Round
from agent.campaign.review_store import Book, ChangedError
from agent.campaign.where import FIELDS, parse_where
from agent.copies import ArticleCopy, MomentsCopy, Section, Title
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.workspace import Workspace
from tests.agent.campaign.setup import rows, use_endpoint, write_plan
from tests.conftest import Ran

Wenan = Callable[..., Ran]


@dataclass
class Script:
    """A reviewer whose keys and lines are known beforehand."""

    keys: list[str]
    lines: list[str] = field(default_factory=list)
    change: Callable[[str], str | None] = lambda text: text
    between: Callable[[], None] = lambda: None

    def key(self) -> str:
        self.between()
        return self.keys.pop(0) if self.keys else ""

    def line(self, question: str) -> str:
        return self.lines.pop(0) if self.lines else ""

    def edit(self, text: str) -> str | None:
        return self.change(text)


@pytest.fixture
def ran(sample_dir: Path, wenan: Wenan) -> Path:
    """Eight drafts, all passed or waiting."""
    plan = write_plan(sample_dir, channels=["post"], products=["p-oat"], angles=["scene"], personas="all")
    assert wenan("campaign", "run", str(plan)).code == 0
    return sample_dir


@pytest.fixture
def desk(ran: Path) -> Iterator[Desk]:
    workspace = Workspace(ran)
    with Book(workspace) as book:
        yield Desk(book, book.campaign("试写")[1], workspace, "韩梅梅", "主管")


def sit(desk: Desk, script: Script, where: str = "") -> tuple[dict[str, int], str]:
    console = Console(file=io.StringIO(), width=100)
    counts = Round(desk, "试写", console, script, parse_where(where)).run()
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    return {kind: count for kind, count in counts.items() if count}, shown


def verdicts(folder: Path) -> list[tuple[str, str]]:
    return [(str(v), str(c)) for v, c in rows(folder, "SELECT verdict, comment FROM reviews ORDER BY id")]


def test_a_draft_is_shown_with_all_that_decides(desk: Desk) -> None:
    _, shown = sit(desk, Script(["q"]))
    for word in ("1 / 8", "坚果燕麦脆", "写给备考研究生", "事实", "p-oat", "AI 辅助生成", "a 通过", "离线模板"):
        assert word in shown, word


def test_one_key_each(ran: Path, desk: Desk) -> None:
    counts, shown = sit(desk, Script(["a", "r", "s", "x", "q"], ["太硬"]))
    assert counts == {"approve": 1, "reject": 1, "skip": 1}
    assert verdicts(ran) == [("approve", ""), ("reject", "太硬")]
    assert "没有这个键" in shown
    _, shown = sit(desk, Script(["q"]))
    assert "1 / 6" in shown


def test_a_rejection_needs_a_reason(ran: Path, desk: Desk) -> None:
    counts, shown = sit(desk, Script(["r", "q"], [""]))
    assert not counts
    assert "退回要写原因" in shown
    assert verdicts(ran) == []


def test_undo_keeps_the_trail_and_asks_again(ran: Path, desk: Desk) -> None:
    counts, _ = sit(desk, Script(["a", "u", "r", "q"], ["还是不行"]))
    assert counts == {"reject": 1}
    assert [v for v, _ in verdicts(ran)] == ["approve", "changes", "reject"]
    assert rows(ran, "SELECT count(DISTINCT draft_id) FROM reviews") == [(1,)]


def test_an_edit_is_checked_at_once_and_kept_as_a_version(ran: Path, desk: Desk) -> None:
    before = rows(ran, "SELECT draft_id FROM units ORDER BY number LIMIT 1")[0][0]
    script = Script(["e", "q"], change=lambda text: text.rstrip() + "\n全国最好的燕麦脆，国家级品质。\n")
    counts, shown = sit(desk, script)
    assert counts == {"edit": 1}
    assert "国家级" in shown
    after, state = rows(ran, "SELECT draft_id, state FROM units ORDER BY number LIMIT 1")[0]
    assert rows(ran, f"SELECT parent, version, status FROM drafts WHERE id = '{after}'") == [(before, 2, "blocked")]
    assert state == "needs_review"
    assert rows(ran, "SELECT count(*) FROM drafts") == [(9,)]


def test_approving_what_is_blocked_needs_a_reason(ran: Path, desk: Desk) -> None:
    change = lambda text: text.rstrip() + "\n国家级品质。\n"  # noqa: E731
    counts, shown = sit(desk, Script(["e", "a", "a", "q"], ["", "法务同意"], change))
    assert counts == {"edit": 1, "approve": 1}
    assert "处必须改的" in shown
    assert verdicts(ran) == [("approve", "法务同意")]


def test_undoing_an_edit_brings_the_draft_back(ran: Path, desk: Desk) -> None:
    before = rows(ran, "SELECT draft_id, state, reason FROM units ORDER BY number")
    sit(desk, Script(["e", "u", "q"], change=lambda text: text.rstrip() + "\n国家级品质。\n"))
    assert rows(ran, "SELECT draft_id, state, reason FROM units ORDER BY number") == before


def test_an_approval_does_not_cover_changed_words(desk: Desk) -> None:
    key = desk.book.keys("试写")[0]
    act = desk.decide(desk.book.entry(key), "approve")
    assert act.after.approved
    assert act.after.draft is not None
    copy = act.after.draft.copy
    assert isinstance(copy, MomentsCopy)
    edited = desk.edit(act.after, MomentsCopy(text=copy.text + "。"))
    assert not edited.after.approved
    assert is_open(edited.after, "主管")
    assert desk.undo(edited).key == key
    assert desk.book.entry(key).approved


def test_a_rewrite_goes_through_the_ledger(ran: Path, desk: Desk) -> None:
    attempts = rows(ran, "SELECT count(*) FROM attempts")[0][0]
    before = rows(ran, "SELECT draft_id FROM units ORDER BY number LIMIT 1")[0][0]
    counts, _ = sit(desk, Script(["g", "q"], ["短一点，13800138000 说的"]))
    assert counts == {"rewrite": 1}
    after, round, owner = rows(ran, "SELECT draft_id, round, owner FROM units ORDER BY number LIMIT 1")[0]
    assert (after != before, round, owner) == (True, 1, "")
    assert rows(ran, "SELECT count(*) FROM attempts")[0][0] > attempts
    brief, parent, version = rows(ran, f"SELECT brief, parent, version FROM drafts WHERE id = '{after}'")[0]
    assert (parent, version) == (before, 2), "the journal tells what it replaced"
    assert "审阅意见" in brief
    assert "13800138000" not in brief


def test_a_rewrite_that_fails_leaves_the_draft(sample_dir: Path, wenan: Wenan, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = write_plan(sample_dir, channels=["post"], products=["p-oat"], angles=["scene"], personas=["u-mama"])
    assert wenan("campaign", "run", str(plan)).code == 0
    before = rows(sample_dir, "SELECT draft_id, state FROM units")
    monkeypatch.setenv("TEST_CAMPAIGN_KEY", "k")
    use_endpoint(sample_dir, "http://127.0.0.1:9/v1", retries=0)
    workspace = Workspace.find(sample_dir)
    with Book(workspace) as book:
        found = book.campaign("试写")[1].model_copy(update={"model": "stub"})
        counts, shown = sit(Desk(book, found, workspace, "韩梅梅", "主管"), Script(["g", "q"], ["短一点"]))
    assert not counts
    assert "重写" in shown
    assert rows(sample_dir, "SELECT draft_id, state FROM units") == before


def test_reviewers_never_overwrite_each_other(ran: Path, desk: Desk) -> None:
    with Book(Workspace(ran)) as other:
        second = Desk(other, desk.plan, desk.workspace, "李雷", "法务")
        key = desk.book.keys("试写")[0]
        mine, theirs = desk.book.entry(key), second.book.entry(key)
        desk.decide(mine, "approve")
        with pytest.raises(ChangedError, match="韩梅梅 刚刚审过"):
            second.decide(theirs, "reject", "太硬")
        assert second.decide(second.book.entry(key), "reject", "太硬").after.refused
        stale = second.book.entry(key)
        assert stale.draft is not None
        desk.edit(desk.book.entry(key), MomentsCopy(text="换了一句。"))
        with pytest.raises(ChangedError, match="被别人改过"):
            second.edit(stale, MomentsCopy(text="我也改了。"))
    assert len(verdicts(ran)) == 2
    assert rows(ran, "SELECT count(*) FROM drafts") == [(9,)]


def test_a_change_under_the_reviewers_eyes_is_shown(ran: Path, desk: Desk) -> None:
    done: list[str] = []

    def meanwhile() -> None:
        if not done:
            with Book(Workspace(ran)) as other:
                key = other.keys("试写")[0]
                Desk(other, desk.plan, desk.workspace, "李雷", "法务").decide(other.entry(key), "reject", "太硬")
                done.append(key)

    counts, shown = sit(desk, Script(["a", "q"], between=meanwhile))
    assert not counts
    assert "法务 李雷 刚刚审过这一稿" in shown
    assert "太硬" in shown
    assert [v for v, _ in verdicts(ran)] == ["reject"]


def test_what_somebody_decided_meanwhile_is_passed_over(ran: Path, desk: Desk) -> None:
    def meanwhile() -> None:
        with Book(Workspace(ran)) as other:
            for key in other.keys("试写")[1:]:
                if is_open(entry := other.entry(key), "主管"):
                    Desk(other, desk.plan, desk.workspace, "李雷", "主管").decide(entry, "reject", "我审了")

    counts, shown = sit(desk, Script(["a"], between=meanwhile))
    assert counts == {"approve": 1}
    assert "都看过了" in shown


def test_the_list_can_be_narrowed(desk: Desk) -> None:
    _, shown = sit(desk, Script(["f", "q"], ["persona in (u-mama, u-nurse)"]))
    assert "1 / 2" in shown
    assert "写给新手妈妈" in shown


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("", 8), ("state in (passed, needs_review)", 8), ("persona=u-mama", 1), ("人设 = u-mama 或 人设 = u-nurse", 2),
        ("not persona = u-mama", 7), ("score >= 0 and product = p-oat", 8), ("product = p-coffee", 0),
        ('text ~ "燕麦脆" and (angle=场景 or angle = pain)', 8), ("length>0 and length<1000", 8),
        ("id = \"x'; DROP TABLE units; --\"", 0), ("review = 未审", 8),
    ],
)  # fmt: skip
def test_conditions_choose(ran: Path, wenan: Wenan, where: str, count: int) -> None:
    done = wenan(
        "campaign", "approve", "试写", "--where", where, "--by", "李雷", "--role", "主管", "--reason", "行", "--yes"
    )
    assert done.code == 0, done.err
    assert f"通过 {count} 篇" in done.err
    assert len(done.out.splitlines()) == count
    assert rows(ran, "SELECT count(*) FROM units") == [(8,)]


@pytest.mark.parametrize(
    "where",
    ["state", "state =", "= passed", "state = a and", "(state = a", "state = a)", "价 = 1", "score > 高", "state in ()",
     "state = 'a", "state == a b", "not", "1 = 1", "state ; a", "(" * 60 + "state=a" + ")" * 60, "text ~"],
)  # fmt: skip
def test_a_wrong_condition_shows_the_place(where: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_where(where)
    assert "--where" in caught.value.message


@given(st.text(max_size=60))
def test_no_condition_crashes(text: str) -> None:
    record = dict.fromkeys(FIELDS, "") | dict.fromkeys(
        ("variant", "blocked", "warnings", "score", "length", "version"), 0
    )
    with suppress(UsageError):
        parse_where(text)(record)


def test_headless_asks_first(ran: Path, wenan: Wenan) -> None:
    done = wenan("campaign", "approve", "试写", "--where", "state=passed", "--by", "李雷", "--role", "主管")
    assert done.code == 2
    assert "--yes" in done.err
    assert "通过 " in done.err
    assert verdicts(ran) == []


def test_headless_says_a_thing_once(ran: Path, wenan: Wenan) -> None:
    args = (
        "campaign",
        "reject",
        "试写",
        "--where",
        "persona=u-mama",
        "--by",
        "李雷",
        "--role",
        "主管",
        "--reason",
        "硬",
        "--yes",
    )
    assert len(wenan(*args).out.splitlines()) == 1
    assert "退回 0 篇" in wenan(*args).err
    assert verdicts(ran) == [("reject", "硬")]


def test_a_role_nobody_has_is_refused(ran: Path, wenan: Wenan) -> None:
    done = wenan("campaign", "approve", "试写", "--where", "", "--by", "李雷", "--role", "路人", "--yes")
    assert done.code == 2
    assert "没有角色" in done.err


ARTICLE = ArticleCopy(
    title="题", titles=(Title("场景", "题"), Title("利益", "另一题")), digest="摘要",
    sections=(Section("一", "段一\n\n段二"), Section("", "段三")), cta="去看看",
)  # fmt: skip


@pytest.mark.parametrize("copy", [ARTICLE, MomentsCopy(text="甲\n\n乙"), MomentsCopy(text="甲", link_text="去逛逛")])
def test_an_untouched_file_changes_nothing(copy: ArticleCopy | MomentsCopy) -> None:
    from datetime import UTC, date, datetime

    from agent.brief import Brief
    from agent.context import Context
    from agent.draft import Draft

    draft = Draft(
        id="d_1", created_at=datetime.now(UTC), brief=Brief(channel="moments", form="post", today=date.today()),
        context=Context(), copy=copy, findings=(), attempts=(), model="offline", offline=True,
    )  # fmt: skip
    text = as_editable(draft)
    assert from_editable(text, copy) == copy
    assert from_editable(text.replace("\n", "\r\n"), copy) == copy
    assert from_editable("", copy) == copy
    if isinstance(copy, ArticleCopy):
        assert from_editable(text.replace("## 标题\n题", "## 标题\n新题"), copy).title == "新题"  # type: ignore[union-attr]
        with pytest.raises(BadInputError, match="第 2 节"):
            from_editable(text.replace("## 第 2 节\n", ""), copy)
