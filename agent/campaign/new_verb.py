"""What `wenan campaign new` does: fills in from the calendar, asks where a person sits there, writes, checks."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import typer

from agent.calendar.calendar_file import of_workspace
from agent.calendar.find import find_event
from agent.calendar.fitting import fitting
from agent.calendar.show import lead_text
from agent.campaign.new import Answers, ask_for, checked, from_event, plan_text, usable_coupons
from agent.campaign.plan_file import load_plan
from agent.campaign.units import resolve_cast
from agent.storage.files import write_pieces
from knowledge_base.base import KnowledgeBase
from knowledge_base.console import err
from knowledge_base.errors import UsageError
from knowledge_base.workspace import Workspace


def write_plan(given: Answers, event: str, file: Path, *, asking: bool, force: bool) -> None:
    """Raises UsageError when the file is there already, BadInputError for names that nothing has."""
    if file.exists() and not force:
        raise UsageError(f"{file} 已经有了", hint="换一个 --out，或加 --force 覆盖。")
    workspace, today = Workspace.find(), date.today()
    why: list[str] = []
    with closing(KnowledgeBase.open(workspace)) as kb:
        if event:
            found = find_event(of_workspace(workspace), event, today)
            fits = () if given.products else fitting(found, kb, given.brand)
            given = from_event(given, found, fits)
            why.append(f"{found.name}：{found.start}；{lead_text(found, today)}。来源：{found.source}")
            why += [f"选 {fit.product.name}（{fit.product.id}），因为：{_one_line(fit.why)}" for fit in fits]
            if not given.products and not found.quiet:
                why.append("知识库里没有一眼就合适的商品，先写全部；挑几个更好")
            for line in why:
                _say(line)
        if asking and sys.stdin.isatty():
            given = ask_for(given, lambda question, default: str(typer.prompt(question, default=default, err=True)))
        answers = checked(given, kb)
        write_pieces(file, [plan_text(answers, usable_coupons(kb, answers), why)])
        # Read back by the same way a run takes: what was written is what will be understood.
        resolve_cast(load_plan(file), kb)
    _say(f"写好了 {file}。先看会写多少、花多少：wenan campaign plan {file}")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _say(line: str) -> None:
    err().print(line, markup=False, soft_wrap=True)
