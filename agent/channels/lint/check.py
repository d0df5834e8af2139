"""An HTML page -> everything in it that WeChat's editor would strip, rewrite or refuse."""

from __future__ import annotations

from collections.abc import Iterator

from turbohtml import Element, Node

from agent.channels.lint.fates import (
    attribute_severity,
    attribute_stays,
    leads_nowhere,
    link_stays,
    picture_stays,
    tag_fate,
)
from agent.channels.lint.page import Page, comments, elements, is_html, is_svg, place, read_page, style_of, texts
from agent.channels.lint.rows import Row
from agent.channels.lint.shape import breaks, is_empty, is_ornament, missing_base, preformatted, stray_runs
from agent.channels.lint.styles import refused
from agent.channels.typeset.notes import shown_address
from knowledge_base.rules.editor import Severity, editor_rules

_SHOWN = 60
_BASE_NAMES = {"font-size": "字号", "line-height": "行高", "letter-spacing": "字距"}


def lint_html(html: str) -> tuple[Row, ...]:
    """Rows in the order of the page. Empty: what the editor gives back is what it got."""
    return lint_page(read_page(html))


def lint_page(page: Page) -> tuple[Row, ...]:
    """`lint_html` for a page that is read already."""
    rows = [
        *(row for one in page.head for row in _tag(one)),
        *(row for one in elements(page.root) for row in _element(one)),
        *_texts(page.root),
        *_comments(page.root),
        *_top(page.root),
    ]
    return (*_limits(page.content), *sorted(rows, key=lambda row: (row.line, row.column)))


def _element(element: Element) -> Iterator[Row]:
    yield from _tag(element)
    fate = tag_fate(element)
    if fate in ("drop", "unwrap"):
        return
    yield from _attributes(element)
    for text, refusal in refused(style_of(element)):
        name = text.partition(":")[0].strip().lower() or "invalid"
        yield _row(element, f"css.{name}", refusal.severity, text, refusal.why, "删掉这一条样式", attribute="style")
    if not is_html(element):
        return
    if element.tag == "a":
        yield from _link(element)
    elif element.tag == "img":
        yield from _picture(element)
    elif element.tag in editor_rules().list_tags:
        yield from _list(element)
    if fate == "keep" and is_empty(element):
        shows = is_ornament(element)
        fix = "放一个不占高度的空格" if shows else "删掉空标签"
        yield _row(element, "empty", "warn" if shows else "info", f"<{element.tag}>", "空标签会被去掉", fix)


def _tag(element: Element) -> Iterator[Row]:
    tag, shown = element.tag, f"<{element.tag}>"
    match tag_fate(element):
        case "section":
            yield _row(element, "tag.section", "block", shown, "会被改写，样式一起丢", "改成 <section>，样式留着")
        case "span":
            yield _row(element, "tag.span", "warn", shown, "会被改写，样式一起丢", "改成 <span>，样式留着")
        case "unwrap" if is_svg(element) and tag in editor_rules().svg_tags:
            shown = element.attr("attributeName") or element.attr("type") or tag
            yield _row(element, "svg.animate", "warn", shown, "不在可动的属性清单里，动画会被去掉", "删掉这个动画")
        case "unwrap":
            severity: Severity = "info" if not style_of(element) else "warn"
            yield _row(element, "tag.unwrap", severity, shown, "标签会被去掉，只留里面的字", "去掉标签，留下里面的内容")
        case "drop":
            why = "样式表会被去掉，靠它的样式全丢" if tag in ("style", "link") else "整个会被去掉"
            severity = "info" if tag in ("meta", "title", "base", "template") else "block"
            yield _row(
                element,
                "tag.drop",
                severity,
                shown,
                why,
                "删掉；样式写到标签的 style 里" if tag in ("style", "link") else "删掉",
            )


def _attributes(element: Element) -> Iterator[Row]:
    for name in element.attrs:
        if name.lower() == "style" or attribute_stays(element, name):
            continue
        why = "事件和脚本会被去掉" if name.lower().startswith("on") else "属性会被去掉"
        yield _row(element, f"attr.{name.lower()}", attribute_severity(name), name, why, "删掉这个属性", attribute=name)


def _link(element: Element) -> Iterator[Row]:
    if link_stays(element):
        return
    href = element.attr("href") or ""
    if leads_nowhere(href):
        yield _row(element, "link.dead", "info", href or "<a>", "页内跳转和脚本不起作用", "去掉链接，留下文字")
        return
    fix = "换成文字加编号，地址列到文末"
    yield _row(element, "link.external", "warn", shown_address(href), "外链会被去掉，只剩文字", fix)


def _picture(element: Element) -> Iterator[Row]:
    if picture_stays(element):
        return
    src = element.attr("src") or element.attr("data-src") or ""
    if not src:
        yield _row(element, "image.missing", "warn", "<img>", "没有图片地址", "删掉")
        return
    kind = (
        "WebP 传不上去，先转成 JPG 或 PNG" if src.lower().split("?")[0].endswith(".webp") else "先把图传到公众号素材库"
    )
    message, fix = "不是公众号的图片地址，图会丢", f"{kind}，再换成返回的地址"
    yield _row(element, "image.external", "warn", src, message, fix, fixable=False)


def _list(element: Element) -> Iterator[Row]:
    if element.tag == "li" and _inside(element, ("ul", "ol")):
        return
    message = "列表保存后会被重排：样式丢掉，嵌套的缩进压平，一项断成几行"
    yield _row(element, "list", "warn", f"<{element.tag}>", message, "改成 <section>，符号和编号写成文字")


def _texts(root: Element) -> Iterator[Row]:
    for node in texts(root):
        pre = preformatted(node, root)
        if node.data and breaks(node.data, pre) and not _in_svg(node, root):
            shown = " ".join(node.data.split())
            message = "代码里的换行和连续空格会被合并" if pre else "一段里的换行会变成硬换行"
            fix = "换行写成 <br>，空格写成 &nbsp;" if pre else "接成一行"
            yield _row(node, "text.break", "warn", shown, message, fix)


def _comments(root: Element) -> Iterator[Row]:
    for node in comments(root):
        yield _row(node, "comment", "info", f"<!--{node.data.strip()}-->", "注释会被去掉", "删掉注释")


def _top(root: Element) -> Iterator[Row]:
    runs = stray_runs(root)
    for run in runs:
        words = "".join(node.text if isinstance(node, Element) else getattr(node, "data", "") for node in run).strip()
        shown = words or f"<{next((node.tag for node in run if isinstance(node, Element)), '')}>"
        yield _row(run[0], "text.bare", "warn", shown, "没有放在段落里，编辑器会自己套一层", "套上 <section>")
    strays = {node for run in runs for node in run}
    for child in root:
        if not isinstance(child, Element) or child in strays or not is_html(child):
            continue
        if tag_fate(child) in ("drop", "unwrap", "own"):
            continue
        if missing := missing_base(child):
            names = "、".join(_BASE_NAMES[name] for name in missing)
            container = "、".join(editor_rules().container[name] for name in missing)
            message = f"没写{names}，会跟着编辑器变成 {container}"
            yield _row(child, "base", "warn", f"<{child.tag}>", message, f"在最外层写明{names}")


def _limits(content: str) -> Iterator[Row]:
    rules = editor_rules()
    size = len(content.encode("utf-8", "replace"))
    if len(content) >= rules.content_chars:
        message = f"正文连标签 {len(content):,} 字符，要少于 {rules.content_chars:,}，会被整篇退回"
        fix = "删内容，或换样式简单的主题；能不写的样式写在最外层"
        yield Row(rule="limit.chars", severity="block", line=1, column=1, text="", message=message, fix=fix)
    if size >= rules.content_bytes:
        message = f"正文 {size / 1048576:.2f} MB，要小于 1 MB，会被整篇退回"
        yield Row(
            rule="limit.bytes",
            severity="block",
            line=1,
            column=1,
            text="",
            message=message,
            fix="图片不要嵌在正文里，先上传",
        )


def _row(
    node: Node, rule: str, severity: Severity, text: str, message: str, fix: str, *, attribute: str = "",
    fixable: bool = True,
) -> Row:  # fmt: skip
    line, column = place(node, attribute)
    shown = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return Row(
        rule=rule, severity=severity, line=line, column=column, text=shown, message=message, fix=fix, fixable=fixable
    )


def _inside(element: Element, tags: tuple[str, ...]) -> bool:
    return isinstance(element.parent, Element) and element.parent.tag in tags


def _in_svg(node: Node, root: Element) -> bool:
    parent = node.parent
    return isinstance(parent, Element) and is_svg(parent)
