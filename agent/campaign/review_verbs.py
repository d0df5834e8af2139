"""What `wenan campaign review`, `approve` and `reject` do."""

from __future__ import annotations

import getpass
import sys

import typer

from agent.campaign.review_desk import Desk, is_open
from agent.campaign.review_editor import edit_text
from agent.campaign.review_loop import DONE, Round
from agent.campaign.review_store import WRITTEN, Book, ChangedError, Entry
from agent.campaign.where import parse_where, record_of
from agent.finding import blocking
from agent.review.approval import ROLES, check_role, required_roles
from agent.storage.reviews import Verdict
from knowledge_base.console import err, out
from knowledge_base.errors import UsageError
from knowledge_base.workspace import Workspace


def review(name: str, *, by: str, role: str, where: str, everything: bool) -> None:
    """Raises UsageError where there is no terminal to sit at."""
    if not sys.stdin.isatty():
        raise UsageError("审稿要在终端里一篇篇看", hint="脚本里用 wenan campaign approve|reject 活动 --where … --yes。")
    workspace = Workspace.find()
    fits = parse_where(where)
    with Book(workspace, required_roles(workspace)) as book:
        id, plan = book.campaign(name)
        desk = Desk(book, plan, workspace, by or getpass.getuser(), check_role(role or ROLES[-1], workspace))
        err().print(f"审阅人 {desk.name}，角色 {desk.role}", markup=False, style="dim")
        counts = Round(desk, id, err(), Terminal(), fits, everything).run()
    done = "，".join(f"{DONE[kind]} {count}" for kind, count in counts.items() if count)
    err().print(f"这一次：{done or '没有动'}", markup=False)


def decide(name: str, verdict: Verdict, *, where: str, by: str, role: str, reason: str, yes: bool) -> None:
    """Keeps one verdict on every draft that fits. Raises UsageError without `yes` where nobody can be asked."""
    workspace = Workspace.find()
    check_role(role, workspace)
    fits = parse_where(where)
    word = DONE[verdict]
    with Book(workspace, required_roles(workspace)) as book:
        id, plan = book.campaign(name)
        desk = Desk(book, plan, workspace, by, role)
        chosen = [one for one in book.entries(book.keys(id, WRITTEN)) if _open(one, role) and fits(record_of(one))]
        kept_back = [one for one in chosen if verdict == "approve" and not reason and _blocked(one)]
        chosen = [one for one in chosen if one not in kept_back] if kept_back else chosen
        _say(f"将{word} {len(chosen)} 篇" + (f"；另有 {len(kept_back)} 篇还有必须改的，不动" if kept_back else ""))
        if not chosen:
            return
        if not yes:
            _ask(f"确定{word}这 {len(chosen)} 篇？")
        done, missed = 0, 0
        for entry in chosen:
            try:
                act = desk.decide(entry, verdict, reason)
            except ChangedError as error:
                missed += 1
                _say(f"{entry.draft.id if entry.draft else entry.key} {error.message}，没有记")
                continue
            done += 1
            assert act.after.draft is not None
            out().print("\t".join((act.after.draft.id, word, role, by)), markup=False, soft_wrap=True)
    _say(f"已记下 {done} 篇" + (f"，{missed} 篇中途变了" if missed else ""))
    if missed:
        raise typer.Exit(1)


class Terminal:
    """A person at a keyboard."""

    def key(self) -> str:
        try:
            return typer.getchar().lower()
        except (EOFError, KeyboardInterrupt):
            return ""

    def line(self, question: str) -> str:
        try:
            return err().input(question, markup=False).strip()
        except (EOFError, KeyboardInterrupt):
            return ""

    def edit(self, text: str) -> str | None:
        return edit_text(text)


def _open(entry: Entry, role: str) -> bool:
    return entry.draft is not None and entry.draft.copy is not None and is_open(entry, role)


def _blocked(entry: Entry) -> bool:
    return entry.draft is not None and bool(blocking(entry.draft.findings))


def _ask(question: str) -> None:
    if not sys.stdin.isatty():
        raise UsageError("这里没有人可以确认", hint="看清篇数后加 --yes。")
    if not typer.confirm(question, err=True):
        raise typer.Abort


def _say(line: str) -> None:
    err().print(line, markup=False, soft_wrap=True)
