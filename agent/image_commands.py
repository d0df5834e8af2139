"""`wenan image prepare|cover|brief`: pictures made to fit, covers drawn, briefs for designers."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.channels.images.cover import Words
    from agent.channels.images.prepare import Prepared
    from agent.draft import Draft
    from knowledge_base.errors import BadInputError
    from knowledge_base.workspace import Workspace

app = App(no_args_is_help=True, help="图片：压到微信收的大小，裁封面，画文字封面，给设计师开配图需求单。")


class Purpose(StrEnum):
    article = "article"
    material = "material"
    thumb = "thumb"
    cover = "cover"


class BriefFormat(StrEnum):
    md = "md"
    html = "html"
    xlsx = "xlsx"
    docx = "docx"


ForceOption = Annotated[bool, typer.Option("--force", help="已经有同名文件时覆盖。")]
IdArgument = Annotated[str, typer.Argument(metavar="编号", help="稿件编号，或末尾几位；last 是最近一篇。")]


@app.command()
def prepare(
    files: Annotated[list[str], typer.Argument(metavar="文件或网址...", help="本地图片、http(s) 网址或 data: 图片。")],
    purpose: Annotated[
        Purpose,
        typer.Option("--for", help="article 正文图，material 永久素材（可留动图），thumb 缩略图，cover 裁两种封面。"),
    ] = Purpose.article,
    out: Annotated[Path, typer.Option("--out", "-o", help="放到哪个文件夹。")] = Path("图片"),
    focus: Annotated[str, typer.Option("--focus", help="封面对着哪里裁：横、竖两个 0 到 1 的数，例如 0.3,0.5。")] = "",
    draft: Annotated[
        str, typer.Option("--draft", help="图是为这一稿用 AI 做的：写入它的 AI 标识。自己拍的图不用写。")
    ] = "",
    force: ForceOption = False,
) -> None:
    """转成微信收的格式和大小：转正、去掉拍摄信息、超了就压。坏的跳过，别的照做，最后以 3 退出。"""
    from agent.channels.images.fetch import Fetcher
    from agent.channels.images.source import read_source
    from knowledge_base.errors import BadInputError
    from knowledge_base.workspace import Workspace

    point = _focus(focus)
    label = _label(draft, Workspace.find()) if draft else None
    fetcher, bad, taken = Fetcher(), list[BadInputError](), set[Path]()
    for file in files:
        try:
            source = read_source(file, base=Path(), fetcher=fetcher, confined=False)
            for suffix, made in _made(source.data, source.shown, purpose, point, label).items():
                _save(out, f"{source.stem}-{suffix}", made, source.shown, taken, force=force)
        except BadInputError as error:
            bad.append(error)
    _report(bad, len(files))


@app.command()
def cover(
    id: Annotated[str, typer.Argument(metavar="编号", help="稿件编号；用 --title 时可以不写。")] = "",
    title: Annotated[str, typer.Option("--title", help="封面上的字；不写用稿件的标题。")] = "",
    brand: Annotated[str, typer.Option("--brand", "-b", help="品牌编号：用它的名字和品牌色。")] = "",
    layout: Annotated[
        str, typer.Option("--layout", help="paper 留白，block 色块，frame 框线，column 分栏；不写按稿件定一种。")
    ] = "",
    ratio: Annotated[str, typer.Option("--ratio", help="2.35:1 或 1:1；不写两种都画。")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="文件夹，或 .png、.jpg 文件名（同时写了 --ratio 时）。")
    ] = None,
    force: ForceOption = False,
) -> None:
    """没有图时画一张文字封面：标题、品牌名、品牌色。稿件的封面写入 AI 标识。"""
    from agent.channels.images.cover import draw_cover
    from agent.channels.images.fonts import find_fonts
    from agent.channels.images.output import put
    from agent.label.implicit import metadata
    from knowledge_base.console import out as stdout
    from knowledge_base.errors import UsageError
    from knowledge_base.rules.images import image_rules
    from knowledge_base.workspace import Workspace

    if not id and not title.strip():
        raise UsageError(
            "没有写稿件编号，也没有写 --title", hint="例如 wenan image cover last，或加 --title 封面上的字。"
        )
    named = out is not None and out.suffix.lower() in (".png", ".jpg", ".jpeg")
    if named and not ratio:
        raise UsageError("两种比例不能写进一个文件", hint="加上 --ratio 2.35:1 或 1:1，或把 --out 写成文件夹。")
    sizes = [image_rules().cover(ratio)] if ratio else list(image_rules().covers.values())
    workspace = Workspace.find()
    draft = _draft(id, workspace, approved=True) if id else None
    words = _words(draft, title, brand, layout, workspace)
    fonts = find_fonts(workspace.section("images"))
    notes: dict[str, None] = {}
    for size in sizes:
        jpeg = named and out is not None and out.suffix.lower() != ".png"
        made = draw_cover(words, size, fonts, label=metadata(draft) if draft else None, jpeg=jpeg)
        folder = out if out is not None and not named else Path("图片")
        stem = f"封面-{draft.id[-8:]}" if draft else f"封面-{_stem(words.title)}"
        path = out if named and out is not None else folder / f"{stem}-{size.width}x{size.height}.png"
        put(path, made.data, force=force)
        stdout().print(str(path), markup=False, soft_wrap=True)
        notes |= dict.fromkeys((f"版式：{made.layout}", *made.notes))
    notes["标识：写入了 AI 标识（文件信息里）" if draft else "标识：标题是自己写的，没有写 AI 标识"] = None
    for note in notes:
        _note(note)


@app.command()
def brief(
    id: IdArgument,
    form: Annotated[
        BriefFormat | None, typer.Option("--format", "-f", help="md、html、xlsx 或 docx；不写看 --out 的后缀。")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="写到哪个文件；md 不写就打印。")] = None,
    force: ForceOption = False,
) -> None:
    """配图需求单：每张图拍什么、多大、哪些事实不能错、什么不能出现，交给设计师。"""
    from datetime import date

    from agent.channels.images.output import put
    from agent.channels.images.request import image_request
    from agent.channels.images.request_text import as_html, as_markdown
    from knowledge_base.console import out as stdout
    from knowledge_base.errors import UsageError
    from knowledge_base.workspace import Workspace

    suffix = out.suffix.lower().lstrip(".") if out else ""
    if out and suffix not in tuple(BriefFormat):
        raise UsageError(f"不能写成 {out.name}", hint="文件名以 .md、.html、.xlsx 或 .docx 结尾。")
    kind = form or (BriefFormat(suffix) if suffix else BriefFormat.md)
    if suffix and kind.value != suffix:
        raise UsageError(
            f"--format {kind.value} 和文件名 {out and out.name} 对不上", hint="去掉 --format，或改文件名。"
        )
    draft = _draft(id, Workspace.find())
    request = image_request(draft, date.today())
    if kind is BriefFormat.md and out is None:
        stdout().print(as_markdown(request), end="", markup=False, emoji=False, soft_wrap=True)
        return
    if kind in (BriefFormat.md, BriefFormat.html):
        data = (as_markdown if kind is BriefFormat.md else as_html)(request).encode("utf-8", "replace")
    else:
        from agent.channels.images.request_office import as_docx, as_xlsx

        data = (as_xlsx if kind is BriefFormat.xlsx else as_docx)(request)
    path = out or Path(f"配图需求单-{draft.id[-8:]}.{kind.value}")
    put(path, data, force=force)
    stdout().print(str(path), markup=False, soft_wrap=True)


def _made(
    data: bytes, name: str, purpose: Purpose, point: tuple[float, float] | None, label: Mapping[str, str] | None
) -> dict[str, Prepared]:
    """By what goes behind the file's name."""
    from agent.channels.images.covers import covers
    from agent.channels.images.prepare import prepare as fit
    from knowledge_base.rules.images import image_rules

    target = image_rules().target(purpose.value)
    if purpose is not Purpose.cover:
        return {target.suffix: fit(data, target, name, label=label)}
    made = covers(data, name, focus=point, label=label)
    return {f"{target.suffix}-{one.after.width}x{one.after.height}": one for one in made.values()}


def _save(out: Path, stem: str, made: Prepared, name: str, taken: set[Path], *, force: bool) -> None:
    from agent.channels.images.output import put
    from knowledge_base.console import out as stdout

    path, number = out / f"{stem}{made.suffix}", 2
    while path in taken:  # two sources of one name in one call
        path, number = out / f"{stem}-{number}{made.suffix}", number + 1
    put(path, made.data, force=force)
    taken.add(path)
    stdout().print(str(path), markup=False, soft_wrap=True)
    _note(f"{name}：{made.summary}")


def _report(bad: Sequence[BadInputError], count: int) -> None:
    if not bad:
        return
    from knowledge_base.console import err

    err().print(f"{count} 个里有 {len(bad)} 个没做成：", style="bold red")
    for error in bad:
        hint = f"　{error.hint}" if error.hint else ""
        err().print(f"✗ {error.message}{hint}", markup=False, emoji=False, soft_wrap=True)
    raise typer.Exit(bad[0].exit_code)


def _focus(text: str) -> tuple[float, float] | None:
    """Raises UsageError."""
    if not text:
        return None
    from knowledge_base.errors import UsageError

    try:
        across, down = (float(part) for part in text.replace("，", ",").split(","))
    except ValueError:
        across = down = -1.0
    if not (0 <= across <= 1 and 0 <= down <= 1):
        hint = "写两个 0 到 1 的数：左边是 0、右边是 1，上面是 0、下面是 1，例如 0.3,0.5。"
        raise UsageError(f"看不懂 --focus {text}", hint=hint)
    return across, down


def _draft(id: str, workspace: Workspace, *, approved: bool = False) -> Draft:
    """`approved`: what is made of it goes out, so the workspace may want it approved first."""
    from contextlib import closing

    from agent.journal import Journal
    from agent.review.approval import require_approval

    with closing(Journal.open(workspace)) as journal:
        draft = journal.get(id)
        if approved:
            require_approval(draft, journal, workspace)
        return draft


def _label(id: str, workspace: Workspace) -> Mapping[str, str]:
    from agent.label.implicit import metadata

    return metadata(_draft(id, workspace))


def _words(draft: Draft | None, title: str, brand: str, layout: str, workspace: Workspace) -> Words:
    from dataclasses import replace

    from agent.channels.images.cover import Words
    from agent.channels.images.draft_cover import cover_words

    words = cover_words(draft, title=title, layout=layout) if draft else Words(title=title, layout=layout)
    if not brand:
        return words
    from contextlib import closing

    from knowledge_base.base import KnowledgeBase
    from knowledge_base.records import Brand

    with closing(KnowledgeBase.open(workspace)) as kb:
        record = kb.resolve("brand", brand)
    assert isinstance(record, Brand)
    return replace(words, brand=record.name, colours=record.colours)


def _stem(title: str) -> str:
    from agent.channels.images.source import safe_stem

    return safe_stem(f"{title[:12]}.")


def _note(text: str) -> None:
    from knowledge_base.console import err

    err().print(text, style="dim", markup=False, soft_wrap=True, emoji=False)
