"""One draft on a reviewer's terminal: the copy as it will read, what the checks say, where its facts come from."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from agent.campaign.review_store import Entry
from agent.campaign.rows import STATE_NAMES
from agent.channels.preview_view import DraftView, view
from agent.part_names import part_name
from agent.present import as_text, finding_line, link_line
from agent.review.standing import describe
from agent.storage.rows import headline

KEYS = "a 通过   r 退回   e 改   g 重写   s 跳过   f 筛选   u 撤销   q 退出"
SIBLINGS = 4
CLAIMS = 12
_STYLES = {"passed": "green", "needs_review": "yellow"}
_MARKS = {"supported": ("✓", "green"), "derived": ("≈", "cyan"), "unsupported": ("✗", "red")}


def show(console: Console, entry: Entry, place: tuple[int, int], siblings: Sequence[Entry]) -> None:
    """`place`: (number from 1, how many)."""
    draft = entry.draft
    assert draft is not None
    shown = view(draft, place[0])
    console.print()
    console.rule(Text(f"{place[0]} / {place[1]}　{shown.form} · {shown.subject}", style="bold"), align="left")
    console.print(Text(_standing(entry, shown), style="dim"))
    body = Text(as_text(draft))
    if shown.label:
        body.append(f"\n{shown.label}", style="dim")
    if link := link_line(draft):
        body.append(f"\n去处：{link}", style="dim")
    console.print(Panel(body, title=f"{draft.id[-8:]} · 第 {draft.version} 版", title_align="left", padding=(0, 1)))
    for part in _parts(entry, shown, siblings):
        console.print(part)
    console.print(Text(KEYS, style="bold cyan"))


def _standing(entry: Entry, shown: DraftView) -> str:
    state = STATE_NAMES[entry.state]
    why = f"（{entry.message}）" if entry.message else ""
    return f"{state}{why} · {shown.verdict_text} · {shown.model} · 发布日 {entry.unit.day}"


def _parts(entry: Entry, shown: DraftView, siblings: Sequence[Entry]) -> list[RenderableType]:
    draft, parts = entry.draft, list[RenderableType]()
    assert draft is not None
    found = [Text.from_markup(f"  {finding_line(one)}") for one in draft.findings if one.severity != "info"]
    if found:
        parts.append(Group(Text("检查", style="bold"), *found))
    if shown.claims:
        parts.append(Group(Text("事实", style="bold"), _claims(shown)))
    now = entry.standing
    if now is not None and (now.valid or now.void):
        lines = [Text(f"  {describe(one)}") for one in now.valid]
        lines += [Text(f"  {describe(one)}（审的是改动前的文字）", style="dim") for one in now.void]
        parts.append(Group(Text("审阅", style="bold"), *lines))
    if siblings:
        lines = [
            Text(f"  {one.draft.id[-8:]} {headline(one.draft.copy)}", style=_STYLES.get(one.state, "dim"))
            for one in siblings[:SIBLINGS]
            if one.draft is not None
        ]
        more = f"（共 {len(siblings)} 篇）" if len(siblings) > SIBLINGS else ""
        parts.append(Group(Text(f"同商品同人设的别稿{more}", style="bold"), *lines))
    return parts


def _claims(shown: DraftView) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    for _ in range(4):
        table.add_column(overflow="fold")
    for claim in shown.claims[:CLAIMS]:
        mark, style = _MARKS[claim.verdict]
        table.add_row(
            Text(f"  {mark}", style=style), Text(claim.text), Text(claim.proof), Text(claim.source, style="dim")
        )
    return table


def changes(before: Entry, after: Entry) -> list[str]:
    """The fields that an edit or a rewrite changed, as marked differences in plain text."""
    from agent.copies import fields
    from agent.word_diff import abridged, as_plain, word_diff

    assert before.draft is not None
    assert after.draft is not None
    old = fields(before.draft.copy) if before.draft.copy else {}
    new = fields(after.draft.copy) if after.draft.copy else {}
    names = [name for name in dict.fromkeys((*old, *new)) if not name.startswith("titles[")]
    return [
        f"{part_name(name)}：{as_plain(abridged(word_diff(old.get(name, ''), new.get(name, ''))))}"
        for name in names
        if old.get(name, "") != new.get(name, "")
    ]
