"""`wenan log list|show|search|export|final` and `wenan revise`: what was written, and changing it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.recheck_commands import register
from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from agent.journal import Journal
    from agent.storage.queries import Filters
    from agent.storage.rows import DraftRow

app = App(no_args_is_help=True, help="查看、搜索、导出写过的稿子；记下最后发出去的定稿。")
revise_app = App()
register(app)


class Status(StrEnum):
    ok = "ok"
    blocked = "blocked"
    unparsable = "unparsable"
    final = "final"


class Origin(StrEnum):
    cli = "cli"
    campaign = "campaign"
    trigger = "trigger"


class ShowFormat(StrEnum):
    text = "text"
    md = "md"
    json = "json"
    html = "html"


IdArgument = Annotated[
    str, typer.Argument(metavar="编号", help="稿件编号，或末尾几位；last 是最近一篇，last~1 再往前一篇。")
]
ChannelOption = Annotated[
    str, typer.Option("--channel", help="article、moments、reply，或形式 ad、post、service、comment。")
]
ProductOption = Annotated[str, typer.Option("--product", "-p", help="商品编号。")]
PersonaOption = Annotated[str, typer.Option("--persona", "-P", help="人设编号。")]
SinceOption = Annotated[str, typer.Option("--since", help="这一天（含）以后写的，例如 2026-11-01。")]
StatusOption = Annotated[
    Status | None, typer.Option("--status", help="ok 可发，blocked 有必须改的，unparsable 没写成，final 已定稿。")
]
OriginOption = Annotated[
    Origin | None, typer.Option("--origin", help="cli 手写的，campaign 活动批量写的，trigger 行为触发的。")
]
OutOption = Annotated[Path | None, typer.Option("--out", "-o", help="写到文件；不写就打印出来。")]


@app.command("list")
def list_drafts(
    channel: ChannelOption = "",
    product: ProductOption = "",
    persona: PersonaOption = "",
    since: SinceOption = "",
    status: StatusOption = None,
    origin: OriginOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="最多列几篇。")] = 20,
) -> None:
    """列出写过的稿子，新的在前。"""
    filters = _filters(channel, product, persona, since, status, limit, origin)
    with _journal() as journal:
        _print_rows(journal.list(filters))


@app.command()
def search(
    text: Annotated[str, typer.Argument(metavar="文字", help="文案里的字；空格隔开的几个词要同时出现。")],
    channel: ChannelOption = "",
    product: ProductOption = "",
    persona: PersonaOption = "",
    since: SinceOption = "",
    status: StatusOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="最多列几篇。")] = 20,
) -> None:
    """按文案和定稿里的字找稿子。"""
    filters = _filters(channel, product, persona, since, status, limit)
    with _journal() as journal:
        _print_rows(journal.search(text, filters))


@app.command()
def show(
    id: IdArgument,
    form: Annotated[
        ShowFormat, typer.Option("--format", "-f", help="text 带全部来历；md、json、html 和写稿命令的一样。")
    ] = ShowFormat.text,
    out: OutOption = None,
    diff: Annotated[bool, typer.Option("--diff", help="和它改自的那一版比，标出改动。")] = False,
) -> None:
    """看一篇稿子和它的全部来历：检查结果、依据、调用、版本、审阅、定稿。用 --out 写成文件时，先看要不要审批。"""
    from agent.deliver import choose_format, deliver
    from agent.log_view import trail
    from agent.review.approval import require_approval, review_lines
    from knowledge_base.console import out as stdout
    from knowledge_base.workspace import Workspace

    with _journal() as journal:
        draft = journal.get(id)
        if form is not ShowFormat.text or out is not None:
            if out is not None:
                require_approval(draft, journal, Workspace.find())
            wanted = "" if form is ShowFormat.text else form.value
            deliver([draft], choose_format(wanted, out), out)
            return
        reviews = review_lines(draft.id, journal)
        for line in trail(draft, journal.versions(draft.id), journal.finals(draft.id), reviews):
            stdout().print(line)
        if diff:
            _show_version_diff(journal, draft.id)


@app.command()
def export(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[编号...]", help="只和 --bundle 一起用：要存证的稿件。")
    ] = None,
    bundle: Annotated[
        bool, typer.Option("--bundle", help="每稿一个存证包 zip：提示词、资料、检查、审批和各部分的 sha256。")
    ] = False,
    form: Annotated[str, typer.Option("--format", "-f", help="jsonl 什么都不丢，csv 给表格软件。")] = "jsonl",
    out: OutOption = None,
    channel: ChannelOption = "",
    product: ProductOption = "",
    persona: PersonaOption = "",
    since: SinceOption = "",
    status: StatusOption = None,
) -> None:
    """导出稿子，旧的在前：jsonl 或 csv；--bundle 导出存证包（广告档案至少保存三年）。"""
    from agent.bundle_export import export_bundles
    from agent.log_export import export as pieces_of
    from agent.storage.files import write_pieces
    from knowledge_base.console import err
    from knowledge_base.console import out as stdout

    with _journal() as journal:
        if bundle or ids:
            export_bundles(journal, ids or [], bundle, out)
            return
        pieces = pieces_of(journal, form, _filters(channel, product, persona, since, status, None))
        if out is None:
            for piece in pieces:
                stdout().out(piece, end="", highlight=False)
            return
        write_pieces(out, pieces)
        err().print(f"已写入 {out}", soft_wrap=True, markup=False)


@app.command()
def final(
    id: IdArgument,
    file: Annotated[str, typer.Argument(metavar="文件", help="定稿的文本文件；写 - 从管道读。")],
) -> None:
    """记下人改过、真正发出去的那一版，并标出和稿子的差别。"""
    from agent.copies import plain_text
    from agent.final_file import read_final
    from knowledge_base.console import err

    text = read_final(file)
    with _journal() as journal:
        draft = journal.get(id)
        journal.record_final(draft.id, text)
        err().print(f"已记下 {draft.id} 的定稿，{len(text)} 字", soft_wrap=True, markup=False)
        if draft.copy is not None:
            _print_diff(plain_text(draft.copy), text)


@revise_app.command()
def revise(
    id: IdArgument,
    instruction: Annotated[str, typer.Argument(metavar="怎么改", help="一句话，例如“第二段短一点，别提价格”。")],
    part: Annotated[
        str,
        typer.Option("--part", help="只改这一部分：title、digest、cta、h2、s2、p3、text、link_text；p-1 是最后一段。"),
    ] = "",
    model: Annotated[str | None, typer.Option("--model", "-m", help="模型档案名；wenan models list 看有哪些。")] = None,
    form: Annotated[ShowFormat, typer.Option("--format", "-f", help="text、md、json 或 html。")] = ShowFormat.text,
    out: OutOption = None,
    copy: Annotated[bool, typer.Option("--copy", help="同时放进剪贴板。")] = False,
) -> None:
    """只改说到的那一部分，别处一字不动；改完重新检查，存成新的一版，标出改动。"""
    import asyncio

    from agent.checks import check
    from agent.deliver import choose_format, deliver
    from agent.finding import blocking
    from agent.models import open_model
    from agent.present import status_lines
    from agent.revise import revise as revise_draft
    from agent.revising.ask import Ask
    from agent.tokens import default_counter
    from agent.word_diff import abridged, as_plain, as_rich
    from knowledge_base.console import err
    from knowledge_base.workspace import Workspace

    wanted = choose_format("" if form is ShowFormat.text else form.value, out)
    workspace = Workspace.find()
    with _journal() as journal:
        draft = journal.get(id)
        ask = Ask(workspace=workspace, model=open_model(workspace, model), counter=default_counter())

        async def work() -> Any:
            try:
                return await revise_draft(
                    draft, instruction, part, ask, lambda new: check(new, draft.brief, draft.context)
                )
            finally:
                await ask.model.aclose()

        revision = asyncio.run(work())
        journal.save(revision.draft)
    deliver([revision.draft], wanted, out, clipboard=copy)
    for field, pieces in revision.changes:
        err().print(f"[bold]改动 {field}[/]")
        short = abridged(pieces)
        err().print(as_rich(short) if err().is_terminal else as_plain(short), soft_wrap=True, markup=False)
    for line in status_lines(revision.draft):
        err().print(line)
    if revision.draft.copy is None or blocking(revision.draft.findings):
        raise typer.Exit(1)


def _journal() -> Any:
    from contextlib import closing

    from agent.journal import Journal
    from knowledge_base.workspace import Workspace

    return closing(Journal.open(Workspace.find()))


def _filters(
    channel: str, product: str, persona: str, since: str, status: Status | None,
    limit: int | None, origin: Origin | None = None,
) -> Filters:  # fmt: skip
    from agent.storage.queries import Filters

    return Filters(
        channel=channel,
        product=product,
        persona=persona,
        since=_day(since),
        status=status.value if status else "",
        origin=origin.value if origin else "",
        limit=limit,
    )


def _day(text: str) -> datetime | None:
    """Midnight at the user's own place."""
    from agent.options import parse_day

    return datetime.combine(parse_day(text), datetime.min.time()).astimezone() if text else None


def _print_rows(rows: tuple[DraftRow, ...]) -> None:
    from agent.log_view import tab_separated, table
    from knowledge_base.console import err
    from knowledge_base.console import out as stdout

    if not stdout().is_terminal:
        for line in tab_separated(rows):
            typer.echo(line)
    elif rows:
        stdout().print(table(rows))
    if not rows:
        err().print("没有符合的稿子。", style="dim")


def _show_version_diff(journal: Journal, id: str) -> None:
    from agent.copies import plain_text

    draft = journal.get(id)
    if draft.parent and draft.copy is not None and (before := journal.get(draft.parent)).copy is not None:
        _print_diff(plain_text(before.copy), plain_text(draft.copy))


def _print_diff(old: str, new: str) -> None:
    """In colour on a terminal, with [-…-]{+…+} marks in a pipe."""
    from agent.word_diff import as_plain, as_rich, word_diff
    from knowledge_base.console import out as stdout

    pieces = word_diff(old, new)
    if stdout().is_terminal:
        stdout().print(as_rich(pieces))
    else:
        typer.echo(as_plain(pieces))
