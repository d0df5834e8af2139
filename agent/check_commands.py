"""`wenan check FILE...|-`: law rules, and with a channel its limits, over any text."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from agent.checking.examine import Checked, Yardstick
    from agent.checking.readers import Piece
    from agent.finding import Finding
    from knowledge_base.records import Brand, Product
    from knowledge_base.workspace import Workspace

app = App()


@app.command()
def check(
    files: Annotated[list[str], typer.Argument(metavar="文件...", help="要查的文件或稿件编号；- 是标准输入。")],
    channel: Annotated[
        str, typer.Option("--channel", "-c", help="article、moments、reply；写了就连字数、版位、文风一起查。")
    ] = "",
    form: Annotated[
        str,
        typer.Option(
            "--form", help="article、ad、post、comment、service；不写就按渠道，渠道也没写按员工朋友圈（post）。"
        ),
    ] = "",
    product: Annotated[str, typer.Option("--product", "-p", help="商品编号或名字：从它的资料里找依据。")] = "",
    industry: Annotated[
        str, typer.Option("--industry", help="行业，例如 食品、房产（或编号 food、property）；不写就看商品品类。")
    ] = "",
    format: Annotated[
        str, typer.Option("--format", "-f", help="text、json（每段文字一行一个对象）、sarif、github。")
    ] = "text",
    lines: Annotated[bool, typer.Option("--lines", help="每一行当作一段独立的文字。")] = False,
    passed: Annotated[bool, typer.Option("--all", help="连放行的一起列出（text）。")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="把有现成改法的词换掉，打印差别并写回；原文件留成 .bak。")] = False,
    rewrite: Annotated[
        bool, typer.Option("--rewrite", help="请模型只改写被拦下的句子，改完再查；写法同 --fix。")
    ] = False,
    model: Annotated[str | None, typer.Option("--model", "-m", help="--rewrite 用的模型档案名。")] = None,
    loops: Annotated[int, typer.Option("--loops", min=1, max=5, help="--rewrite 最多问几轮。")] = 2,
) -> None:
    """按广告法和渠道规则查文案，指出行列、法条、原因和改法。有拦下的就退出 1，可以当提交前检查。

    能查 .md .txt .html .csv .xlsx .docx，也能查稿件编号；--fix 和 --rewrite 只改 .md .txt .html 和标准输入。
    --channel article 时，.md、.html 和文章稿还查公众号编辑器会去掉、改掉什么（同 wenan lint）。
    """
    from agent.checking.report import FORMATS, report
    from knowledge_base.errors import UsageError
    from knowledge_base.workspace import Workspace

    if format not in FORMATS:
        raise UsageError(f"没有格式「{format}」", hint=f"可选：{'、'.join(FORMATS)}。")
    workspace = Workspace.find()
    by = _yardstick(workspace, channel, form, product, industry)
    if fix or rewrite:
        _mend(files, by, workspace, ask=rewrite, model=model, loops=loops)
        if "-" in files:
            return
    checked = [each for name in files for each in _checked(name, by, workspace, lines)]
    for line in report(checked, by.form, by.book, format=format, passed=passed):
        typer.echo(line)
    _summary(checked, quiet=format != "text")
    if any(each.blocking for each in checked):
        raise typer.Exit(1)


def _yardstick(workspace: Workspace, channel: str, form: str, product: str, industry: str) -> Yardstick:
    from typing import get_args

    from agent.brief import Form
    from agent.checking.examine import CHANNEL_OF, DEFAULT_FORM, Yardstick
    from knowledge_base.errors import UsageError
    from knowledge_base.rules.law import workspace_rules

    if channel and channel not in DEFAULT_FORM:
        raise UsageError(f"没有渠道「{channel}」", hint=f"可选：{'、'.join(DEFAULT_FORM)}。")
    forms: tuple[Form, ...] = get_args(Form)
    chosen = next((f for f in forms if f == (form or DEFAULT_FORM.get(channel, "post"))), None)
    if chosen is None:
        raise UsageError(f"没有形式「{form}」", hint=f"可选：{'、'.join(forms)}。")
    if channel and CHANNEL_OF[chosen] != channel:
        raise UsageError(f"渠道「{channel}」没有「{form}」这种形式", hint="--channel 和 --form 写一个就够。")
    book = workspace_rules(workspace)
    called, industry = industry, book.industry(industry)
    if industry and industry not in book.industry_words:
        raise UsageError(
            f"没有行业「{called}」",
            hint=f"可选：{'、'.join(book.industry_words)}；也可以写中文，例如 食品、美妆、房产。",
        )
    found, brand = _records(workspace, product) if product else (None, None)
    return Yardstick(
        form=chosen, book=book, channel=CHANNEL_OF[chosen] if channel else None, industry=industry,
        product=found, brand=brand,
    )  # fmt: skip


def _records(workspace: Workspace, wanted: str) -> tuple[Product, Brand | None]:
    from knowledge_base.base import KnowledgeBase
    from knowledge_base.records import Brand, Product

    kb = KnowledgeBase.open(workspace)
    try:
        product = kb.resolve("product", wanted)
        assert isinstance(product, Product)
        brand = kb.get(product.brand) if product.brand else None
        return product, brand if isinstance(brand, Brand) else None
    finally:
        kb.close()


def _checked(name: str, by: Yardstick, workspace: Workspace, lines: bool) -> list[Checked]:
    """Every text of a file or a draft, with its findings."""
    from agent.checking.examine import check_piece

    if _names_draft(name):
        from agent.checking.drafts import check_draft

        return check_draft(name, by, workspace)
    found = [check_piece(piece, by) for piece in _read(name, lines)]
    if by.channel == "article" and not lines and name != "-":
        from agent.checking.editor import is_article, with_editor
        from agent.checking.readers import read_text

        if is_article(name):
            return [with_editor(each, read_text(Path(name))) for each in found]
    return found


def _names_draft(name: str) -> bool:
    """A draft's id, or `last`, and no file of that name."""
    from agent.ids import is_id

    return (is_id(name) or name.partition("~")[0] == "last") and not Path(name).exists()


def _read(name: str, lines: bool) -> tuple[Piece, ...]:
    from agent.checking.readers import read_pieces

    if name == "-":
        return read_pieces(None, lines=lines, stdin=_stdin())
    return read_pieces(Path(name), lines=lines)


def _stdin() -> str:
    data = sys.stdin.buffer.read() if hasattr(sys.stdin, "buffer") else sys.stdin.read().encode("utf-8", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")


def _mend(files: list[str], by: Yardstick, workspace: Workspace, *, ask: bool, model: str | None, loops: int) -> None:
    """Mends each file in place; text from stdin goes to stdout, its diff to stderr."""
    from agent.checking.fix import diff, overwrite
    from agent.checking.readers import WRITABLE, read_text
    from knowledge_base.errors import BadInputError

    for name in files:
        path = Path(name)
        if name != "-" and path.suffix.lower() not in WRITABLE:
            raise BadInputError("这种文件只能查，不能改", file=name, hint="--fix 和 --rewrite 用于 .md .txt .html。")
        before = _stdin() if name == "-" else read_text(path)
        after = _mended(
            before, by, workspace, html=path.suffix.lower() in (".html", ".htm"), ask=ask, model=model, loops=loops
        )
        shown = diff(before, after, name)
        if name == "-":
            typer.echo(after, nl=False)
            typer.echo(shown, nl=False, err=True)
        elif shown:
            backup = overwrite(path, before, after)
            typer.echo(shown, nl=False)
            _note(f"已写回 {name}，原来的在 {backup.name}。")


def _mended(
    text: str, by: Yardstick, workspace: Workspace, *, html: bool, ask: bool, model: str | None, loops: int
) -> str:
    from agent.checking.examine import check_piece
    from agent.checking.fix import fixed
    from agent.checking.readers import Piece, visible_html

    def examine(source: str) -> list[Finding]:
        seen = visible_html(source) if html else source
        return [f for f in check_piece(Piece("", seen), by).findings if f.check == "compliance"]

    text = fixed(text, examine(text))
    if not ask:
        return text
    import asyncio

    from agent.checking.rewrite import rewrite
    from agent.models import open_model
    from agent.tokens import default_counter

    async def run() -> str:
        writer = open_model(workspace, model)
        try:
            done = await rewrite(text, examine, writer, workspace, default_counter(), loops=loops)
        finally:
            await writer.aclose()
        _note(f"改写了 {done.changed} 句" + (f"，还有 {done.left} 句没改好，保持原样。" if done.left else "。"))
        return done.text

    return asyncio.run(run())


def _summary(checked: list[Checked], *, quiet: bool) -> None:
    counts = {
        level: sum(f.severity == level for c in checked for f in c.findings) for level in ("block", "warn", "info")
    }
    if not quiet or counts["block"]:
        _note(f"{len(checked)} 段文字：拦下 {counts['block']} 处，提醒 {counts['warn']} 处，放行 {counts['info']} 处。")


def _note(text: str) -> None:
    from knowledge_base.console import err

    err().print(text, style="dim", markup=False, soft_wrap=True, emoji=False)
