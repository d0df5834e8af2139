"""`wenan typeset`, `wenan themes list|show|new`, `wenan lint`: articles as WeChat's editor keeps them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from agent.channels.typeset.article import Article
    from agent.channels.typeset.theme import Theme
    from agent.draft import Draft
    from knowledge_base.workspace import Workspace

typeset_app = App()
themes_app = App(no_args_is_help=True, help="排版主题：看有哪些、看样张、照着做一个自己的。")

ThemeOption = Annotated[
    str, typer.Option("--theme", "-t", help="主题编号或名字；不写用设置里的 [typeset] theme，再没有用素白。")
]
AccentOption = Annotated[str, typer.Option("--accent", help="主色，#rrggbb；盖过品牌色。")]
BrandOption = Annotated[str, typer.Option("--brand", "-b", help="品牌编号：用它的品牌色。稿件自己的品牌不用写。")]


@typeset_app.command()
def typeset(
    source: Annotated[
        str, typer.Argument(metavar="文件或编号", help="Markdown 文件、稿件编号（last 是最近一篇），- 是标准输入。")
    ],
    theme: ThemeOption = "",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="写成网页，打开后全选复制；不写就打印正文的 HTML。")
    ] = None,
    brand: BrandOption = "",
    accent: AccentOption = "",
    keep_title: Annotated[
        bool, typer.Option("--keep-title", help="开头的一级标题留在正文里；本来要填进标题栏。")
    ] = False,
    breaks: Annotated[bool, typer.Option("--breaks", help="段落里的单个换行也换行。稿件总是这样。")] = False,
    spacing: Annotated[bool, typer.Option("--spacing/--no-spacing", help="中文和英文、数字之间加空格。")] = True,
    squeeze: Annotated[bool, typer.Option("--squeeze/--no-squeeze", help="连着的标点挤紧。")] = True,
) -> None:
    """把 Markdown 或一篇稿件排成公众号编辑器留得住的 HTML：行内样式，外链变文末编号，列表写成文字。"""
    from agent.channels.typeset.theme import load_theme
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    chosen = load_theme(theme or str(workspace.section("typeset").get("theme", "")), _folders(workspace))
    options = {"spacing": spacing, "squeezing": squeeze}
    path = Path(source)
    if source == "-" or path.is_file() or path.suffix.lower() in (".md", ".markdown", ".txt"):
        options |= {"lift_title": not keep_title, "breaks": breaks}
        article, page = _from_file(source, chosen, _colours(workspace, brand, accent) or (), options)
    else:
        article, page = _from_draft(source, chosen, _colours(workspace, brand, accent), options, workspace, out)
    _deliver(article, page, out)


@themes_app.command("list")
def list_themes() -> None:
    """列出全部主题；自己的在工作区的 themes 文件夹里。"""
    from agent.channels.typeset.theme import themes
    from knowledge_base.workspace import Workspace

    for one in themes(_folders(Workspace.find())).values():
        typer.echo(f"{one.id}\t{one.name}\t{one.colours['accent']}\t{one.about}")


@themes_app.command()
def show(
    theme: Annotated[str, typer.Argument(metavar="主题", help="编号或名字。")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="把样张写成网页。")] = None,
    brand: BrandOption = "",
    accent: AccentOption = "",
) -> None:
    """看一个主题的颜色和样式；--out 写出样张。颜色后面是和纸色的对比度，文字都不低于 4.5。"""
    from agent.channels.typeset.article import typeset as set_article
    from agent.channels.typeset.colours import contrast, parse_colour
    from agent.channels.typeset.page import page_html
    from agent.channels.typeset.theme import SHIPPED, load_theme, palette
    from agent.storage.files import write_pieces
    from knowledge_base.console import out as stdout
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    chosen = load_theme(theme, _folders(workspace))
    colours = _colours(workspace, brand, accent) or ()
    made = palette(chosen, colours)
    paper = parse_colour(made["paper"]) or (255, 255, 255)
    lines = [f"{chosen.id}　{chosen.name}　{chosen.about}", ""]
    lines += [f"{name:7}{value}  {contrast(parse_colour(value) or paper, paper):.1f}" for name, value in made.items()]
    lines += ["", *(f"{part:13}{style}" for part, style in chosen.styles.items() if style)]
    for line in lines:
        stdout().print(line, markup=False, soft_wrap=True)
    if out is not None:
        specimen = (SHIPPED / "specimen.md").read_text(encoding="utf-8")
        article = set_article(specimen, chosen, brand=colours, lift_title=True)
        write_pieces(out, [page_html(article, digest=f"主题「{chosen.name}」的样张")])
        _note(f"样张已写入 {out}")


@themes_app.command()
def new(
    id: Annotated[str, typer.Argument(metavar="编号", help="新主题的编号，也是文件名。")],
    source: Annotated[str, typer.Option("--from", help="照哪个主题做。")] = "plain",
    name: Annotated[str, typer.Option("--name", help="中文名；不写就用编号。")] = "",
    accent: AccentOption = "",
) -> None:
    """照一个主题做一个自己的，写到工作区的 themes 文件夹。"""
    from agent.channels.typeset.new_theme import new_theme
    from agent.channels.typeset.theme import load_theme
    from knowledge_base.console import out
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    path = new_theme(_folders(workspace)[0], id, load_theme(source, _folders(workspace)), name=name, accent=accent)
    out().print(workspace.relative(path), markup=False, soft_wrap=True)
    _note(f"用 wenan themes show {id} --out 样张.html 看样子，用 wenan typeset 文件 --theme {id} 排版。")


def _from_file(
    source: str, theme: Theme, colours: tuple[str, ...], options: dict[str, Any]
) -> tuple[Article, dict[str, Any]]:
    from agent.channels.stdin import read_stdin
    from agent.channels.typeset.draft import typeset_file
    from agent.checking.readers import read_text

    text = read_stdin() if source == "-" else read_text(Path(source))
    article, labels = typeset_file(text, theme, brand=colours, **options)
    return article, {"fields": labels.fields}


def _from_draft(
    id: str,
    theme: Theme,
    colours: tuple[str, ...] | None,
    options: dict[str, Any],
    workspace: Workspace,
    out: Path | None,
) -> tuple[Article, dict[str, Any]]:
    from contextlib import closing

    from agent.channels.typeset.draft import typeset_draft
    from agent.journal import Journal
    from agent.present import link_line
    from agent.review.approval import require_approval

    with closing(Journal.open(workspace)) as journal:
        draft: Draft = journal.get(id)
        if out is not None:
            require_approval(draft, journal, workspace)
    article = typeset_draft(draft, theme, brand=colours, **options)
    if link := link_line(draft):
        _note(f"“阅读原文”或小程序卡片填：{link}")
    return article, {"draft": draft, "digest": getattr(draft.copy, "digest", "")}


def _deliver(article: Article, page: dict[str, Any], out: Path | None) -> None:
    from agent.channels.typeset.page import page_html
    from agent.label.implicit import embed_html
    from agent.storage.files import write_pieces
    from knowledge_base.rules.editor import editor_rules

    draft: Draft | None = page.pop("draft", None)
    if out is None:
        typer.echo(article.html)
    else:
        whole = page_html(article, **page)
        write_pieces(out, [embed_html(whole, [draft]) if draft is not None else whole])
        _note(f"已写入 {out}，用浏览器打开，全选正文复制到公众号编辑器。")
    if article.title:
        _note(f"标题栏填：{article.title}")
    limit = editor_rules().content_chars
    _note(
        f"正文连标签 {article.chars:,} 字符，上限 {limit:,}"
        + ("。" if article.room >= 0 else "，超了：删内容，或换样式简单的主题（素白最省）。")
    )
    if not article.squeezed and article.room >= 0 and page.get("digest") is None:
        _note("为了不超上限，连着的标点没有挤紧。")


def _folders(workspace: Workspace) -> tuple[Path, ...]:
    return (workspace.root / "themes",)


def _colours(workspace: Workspace, brand: str, accent: str) -> tuple[str, ...] | None:
    """None: nothing said, so a draft's own brand decides. Raises UsageError for an accent that is no colour."""
    from agent.channels.typeset.colours import parse_colour
    from knowledge_base.errors import UsageError

    if accent:
        if parse_colour(accent) is None:
            raise UsageError(f"「{accent}」不是颜色", hint='写成 #rrggbb，例如 --accent "#2f5d50"。')
        return (accent,)
    if not brand:
        return None
    from contextlib import closing

    from knowledge_base.base import KnowledgeBase
    from knowledge_base.records import Brand

    with closing(KnowledgeBase.open(workspace)) as kb:
        record = kb.resolve("brand", brand)
    assert isinstance(record, Brand)
    return record.colours


def _note(text: str) -> None:
    from knowledge_base.console import err

    err().print(text, style="dim", markup=False, soft_wrap=True, emoji=False)
