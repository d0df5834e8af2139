"""What `wenan calendar` prints."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import Any

import typer

from agent.calendar.calendar_file import of_workspace
from agent.calendar.fitting import Fit, fitting, written_before
from agent.calendar.rules import FIRST_YEAR, LAST_YEAR, WEEKDAYS
from agent.calendar.upcoming import Event, Upcoming, upcoming
from agent.journal import JOURNAL_NAME, Journal
from agent.storage.rows import DraftRow
from knowledge_base.base import KnowledgeBase
from knowledge_base.console import err, out
from knowledge_base.errors import UsageError
from knowledge_base.records import Coupon, Product
from knowledge_base.workspace import Workspace

_LOOKED_UP = ("节气", "节日", "放假", "大促", "品牌日")


@dataclass(frozen=True, slots=True)
class Entry:
    event: Event
    fits: tuple[Fit, ...]
    before: tuple[DraftRow, ...]


def show_calendar(first: date, days: int, brand: str, *, today: date, as_json: bool) -> None:
    """Raises BadInputError for a broken calendar.yaml or an unknown brand, UsageError for a day out of reach."""
    if not FIRST_YEAR < first.year < LAST_YEAR:
        raise UsageError(f"--from「{first}」太远", hint=f"能看 {FIRST_YEAR + 1} 到 {LAST_YEAR - 1} 年。")
    workspace = Workspace.find()
    with closing(KnowledgeBase.open(workspace)) as kb:
        owner = kb.resolve("brand", brand).id if brand else ""
        coming = upcoming(
            of_workspace(workspace),
            first,
            days,
            products=[one for one in kb.all("product", owner or None) if isinstance(one, Product)],
            coupons=[one for one in kb.all("coupon", owner or None) if isinstance(one, Coupon)],
            brand=owner,
        )
        entries = [*_entries(coming, kb, workspace, owner)]
    if as_json:
        typer.echo(json.dumps(_as_json(coming, entries, today), ensure_ascii=False, indent=2))
        for year in coming.unannounced:
            err().print(unannounced_line(year), markup=False, soft_wrap=True, style="yellow")
        return
    # Said where the year begins, so that nobody reads its feasts as days off; in the list, so that a file has it too.
    waiting = list(coming.unannounced)
    for entry in entries:
        while waiting and entry.event.start.year >= waiting[0]:
            out().print(unannounced_line(waiting.pop(0)), markup=False, soft_wrap=True, style="yellow")
        for line, style in _lines(entry, today):
            out().print(line, markup=False, soft_wrap=True, style=style)
    for year in waiting:
        out().print(unannounced_line(year), markup=False, soft_wrap=True, style="yellow")


def unannounced_line(year: int) -> str:
    """That the days off of a year are not known here."""
    return (
        f"—— {year} 年放哪几天、哪个周末补班，这里还没有收录：节日只列当天。"
        f"国务院办公厅一般在前一年 11 月发通知，升级 chinesecalendar 后就会列出 ——"
    )


def _entries(coming: Upcoming, kb: KnowledgeBase, workspace: Workspace, brand: str) -> Iterator[Entry]:
    # A workspace that never wrote anything gets no journal by looking at the calendar.
    has_journal = (workspace.data / JOURNAL_NAME).is_file()
    journal = Journal.open(workspace) if has_journal else None
    try:
        for event in coming.events:
            looked_up = event.kind in _LOOKED_UP and not event.quiet
            yield Entry(
                event,
                fitting(event, kb, brand) if looked_up else (),
                written_before(event, journal, brand) if looked_up and journal is not None else (),
            )
    finally:
        if journal is not None:
            journal.close()


def _lines(entry: Entry, today: date) -> Iterator[tuple[str, str]]:
    event = entry.event
    until = f"—{event.end.month}月{event.end.day}日" if event.end != event.start else ""
    when = f"{event.start:%Y-%m-%d} {WEEKDAYS[event.start.weekday()]}{until}"
    style = "bold red" if event.quiet else "bold"
    yield f"{when}  {event.kind}  {event.name}  {lead_text(event, today)}", style
    if event.note:
        yield f"    {event.note}", "dim"
    for fit in entry.fits:
        yield f"    可写 {fit.product.name}（{fit.product.id}）：{fit.why}", ""
    for row in entry.before:
        yield f"    写过 {row.created_at:%Y-%m-%d} {row.id}：{row.headline}", "dim"


def lead_text(event: Event, today: date) -> str:
    """When to begin writing, as a person would say it."""
    if event.quiet:
        return "这一天不做促销"
    if event.kind == "调休上班":
        return ""
    if event.end < today:
        return "已过"
    if event.start <= today:
        return "今天" if event.start == event.end else "正在进行"
    late = (today - event.begin).days
    if late > 0:
        return f"早该动笔（{event.begin:%m-%d} 起备稿），还有 {(event.start - today).days} 天"
    return "今天动笔" if late == 0 else f"{event.begin:%m-%d} 动笔（提前 {event.lead} 天）"


def _as_json(coming: Upcoming, entries: list[Entry], today: date) -> dict[str, Any]:
    return {
        "from": coming.first.isoformat(),
        "to": coming.last.isoformat(),
        "events": [
            {
                "name": one.event.name,
                "kind": one.event.kind,
                "start": one.event.start.isoformat(),
                "end": one.event.end.isoformat(),
                "begin_writing": one.event.begin.isoformat(),
                "overdue": one.event.begin < today <= one.event.end and not one.event.quiet,
                "quiet": one.event.quiet,
                "note": one.event.note,
                "source": one.event.source,
                "products": [{"id": fit.product.id, "name": fit.product.name, "why": fit.why} for fit in one.fits],
                "written_before": [
                    {"id": row.id, "date": row.created_at.date().isoformat(), "headline": row.headline}
                    for row in one.before
                ],
            }
            for one in entries
        ],
        "holidays_not_announced": list(coming.unannounced),
    }
