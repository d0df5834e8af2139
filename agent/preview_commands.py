"""`wenan preview ID|FILE` and `wenan gallery IDS...`: drafts as their readers will see them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from datetime import datetime

    from agent.channels.preview import Look
    from agent.channels.typeset.theme import Theme
    from agent.draft import Draft
    from agent.finding import Finding
    from agent.journal import Journal
    from knowledge_base.workspace import Workspace

preview_app = App()
gallery_app = App()

FILES = frozenset({".md", ".markdown", ".html", ".htm", ".txt"})


@preview_app.command()
def preview(
    source: Annotated[
        str,
        typer.Argument(
            metavar="编号或文件", help="稿件编号（last 是最近一篇），或 .md .html .txt 文章；- 是标准输入。"
        ),
    ],
    open_: Annotated[bool, typer.Option("--open", help="写好就用浏览器打开。")] = False,
    png: Annotated[bool, typer.Option("--png", help="再截一张长图（要装有 Chromium、Chrome 或 Edge）。")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="写到哪里；.png 只要图。不写就放在工作区的 .wenan/preview 里。")
    ] = None,
    theme: Annotated[str, typer.Option("--theme", "-t", help="文章的排版主题；不写用设置里的，再没有用素白。")] = "",
    width: Annotated[int, typer.Option("--width", min=320, max=2560, help="长图的宽度，375 是手机。")] = 1280,
    dark: Annotated[bool, typer.Option("--dark", help="长图用深色。")] = False,
) -> None:
    """看一篇稿子发出来的样子：卡片、正文、朋友圈或对话，旁边是检查结果和事实依据，按一下就能复制排版。

    写成一个网页，不联网也能看。打印出文件的位置。
    """
    from agent.channels.browser import screenshot
    from agent.channels.typeset.theme import load_theme
    from agent.storage.files import write_pieces
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    chosen = load_theme(theme or str(workspace.section("typeset").get("theme", "")), (workspace.root / "themes",))
    page, name = _page(source, chosen, workspace)
    only_picture = out is not None and out.suffix.lower() == ".png"
    file = workspace.data / "preview" / f"{name}.html" if out is None or only_picture else out
    write_pieces(file, [page])
    if not only_picture:
        typer.echo(str(file))
    if png or only_picture:
        picture = out if out is not None and only_picture else file.with_suffix(".png")
        screenshot(file, picture, width=width, dark=dark)
        typer.echo(str(picture))
    if open_:
        _open(file)


@gallery_app.command()
def gallery(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[编号...]", help="稿件编号；不写就按条件取。")] = None,
    channel: Annotated[
        str, typer.Option("--channel", help="article、moments、reply，或形式 ad、post、service、comment。")
    ] = "",
    product: Annotated[str, typer.Option("--product", "-p", help="商品编号。")] = "",
    persona: Annotated[str, typer.Option("--persona", "-P", help="人设编号。")] = "",
    campaign: Annotated[str, typer.Option("--campaign", "-C", help="哪一次活动。")] = "",
    since: Annotated[str, typer.Option("--since", help="这一天（含）以后写的，例如 2026-11-01。")] = "",
    last: Annotated[int, typer.Option("--last", "-n", min=1, max=5000, help="最近几篇。")] = 100,
    open_: Annotated[bool, typer.Option("--open", help="写好就用浏览器打开。")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="写到哪里；不写就放在工作区的 .wenan/preview 里。")
    ] = None,
) -> None:
    """把许多稿子排在一页里看，可以按渠道、商品、人设、状态筛，也可以搜。新的在前。"""
    from contextlib import closing

    from agent.channels.gallery import gallery_html
    from agent.journal import Journal
    from agent.label.implicit import embed_html
    from agent.storage.files import write_pieces
    from agent.storage.queries import Filters
    from knowledge_base.errors import UsageError
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    if ids and any((channel, product, persona, campaign, since)):
        raise UsageError(
            "编号和筛选条件只能用一种", hint="去掉编号，或去掉 --channel、--product、--persona、--campaign、--since。"
        )
    with closing(Journal.open(workspace)) as journal:
        filters = Filters(
            channel=channel,
            product=product,
            persona=persona,
            campaign=campaign,
            since=_midnight(since),
            limit=last,
        )
        wanted = ids or [row.id for row in journal.list(filters)]
        drafts = [journal.get(id) for id in wanted]
    if not drafts:
        _note("没有符合的稿子。")
        return
    file = out or workspace.data / "preview" / "gallery.html"
    write_pieces(file, [embed_html(gallery_html(drafts), drafts)])
    typer.echo(str(file))
    _note(f"{len(drafts)} 稿。")
    if open_:
        _open(file)


def _page(source: str, theme: Theme, workspace: Workspace) -> tuple[str, str]:
    """The page, and what to call its file."""
    path = Path(source)
    if source == "-" or path.is_file() or path.suffix.lower() in FILES:
        return _of_file(source, theme, workspace), "stdin" if source == "-" else path.stem
    return _of_draft(source, theme, workspace)


def _of_draft(id: str, theme: Theme, workspace: Workspace) -> tuple[str, str]:
    from contextlib import closing

    from agent.channels.preview import preview_html
    from agent.ids import handle
    from agent.journal import Journal
    from agent.label.implicit import embed_html

    with closing(Journal.open(workspace)) as journal:
        draft = journal.get(id)
        look = _look(draft, theme, workspace, journal)
    return embed_html(preview_html([draft], look), [draft]), handle(draft.id)


def _look(draft: Draft, theme: Theme, workspace: Workspace, journal: Journal) -> Look:
    """With covers for articles, and without copying where an approval is still wanting."""
    from agent.channels.preview import Look
    from agent.copies import ArticleCopy
    from agent.review.approval import NotApprovedError, require_approval

    covers, held = {}, {}
    if isinstance(draft.copy, ArticleCopy):
        covers[draft.id] = _covers(draft, workspace)
    try:
        require_approval(draft, journal, workspace)
    except NotApprovedError as error:
        held[draft.id] = error.message
    return Look(theme=theme, covers=covers, held=held)


def _covers(draft: Draft, workspace: Workspace) -> tuple[bytes, bytes]:
    """Wide and square; empty where none can be drawn, then the page draws its own."""
    from agent.channels.images.draft_cover import cover_for

    wide, square = (cover_for(draft, workspace, ratio=ratio) or b"" for ratio in ("2.35:1", "1:1"))
    return wide, square


def _of_file(source: str, theme: Theme, workspace: Workspace) -> str:
    from agent.channels.preview import Look, file_html
    from agent.channels.preview_file import article_file
    from agent.channels.stdin import read_stdin
    from agent.checking.examine import Yardstick, check_piece
    from agent.checking.readers import Piece, read_text
    from knowledge_base.rules.law import workspace_rules

    path = None if source == "-" else Path(source)
    text = read_text(path) if path else read_stdin()
    by = Yardstick(form="article", channel="article", book=workspace_rules(workspace))

    def examine(words: str) -> list[Finding]:
        return [one for one in check_piece(Piece("", words), by).findings if one.severity != "info"]

    folder = path.resolve().parent if path else None
    file = article_file(path.name if path else "标准输入", text, theme, examine=examine, folder=folder)
    return file_html(file, Look(theme=theme))


def _open(file: Path) -> None:
    import webbrowser

    if not webbrowser.open(file.resolve().as_uri()):
        _note("这台机器上没有能打开网页的浏览器，把文件拷到别处看。")


def _midnight(day: str) -> datetime | None:
    from datetime import datetime

    from agent.options import parse_day

    return datetime.combine(parse_day(day), datetime.min.time()).astimezone() if day else None


def _note(text: str) -> None:
    from knowledge_base.console import err

    err().print(text, style="dim", markup=False, soft_wrap=True, emoji=False)
