"""The image brief as Markdown and as one self-contained page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from agent.channels.images.request import ImageRequest

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATE = Path(__file__).with_name("request.html.j2")
HEADS = ("序号", "位置", "画面", "尺寸", "文件", "备注")
FOOT = "交图前逐条核对：尺寸、文字、事实、不能出现的内容。文字稿"
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!])")
_LINE_START = re.compile(r"^(\s*)([-+=]|[0-9]+[.)])", re.MULTILINE)


def as_markdown(request: ImageRequest) -> str:
    """GFM; whatever the copy holds shows as it is."""
    return "\n".join(_markdown(request)) + "\n"


def as_html(request: ImageRequest) -> str:
    """No request to anywhere; all text escaped; prints on A4."""
    return _template().render(request=request, heads=HEADS, foot=FOOT)


def item_rows(request: ImageRequest) -> list[tuple[str, ...]]:
    """Cells in the order of HEADS."""
    return [(str(one.number), one.place, one.shows, one.size, one.file, one.note) for one in request.items]


def _markdown(request: ImageRequest) -> Iterator[str]:
    yield f"# 配图需求单：{_plain(request.title)}"
    yield ""
    yield from (f"- {_plain(name)}：{_plain(value)}" for name, value in request.about)
    yield from ("", "## 要交的图", "")
    yield from _table(HEADS, item_rows(request))
    yield from ("", "## 图里不能错的事实", "")
    yield from (
        _table(("项目", "照这个写、照这个拍"), request.facts) if request.facts else ("没有登记商品资料，先问运营。",)
    )
    yield from ("", "## 不能出现", "")
    yield from _table(("内容", "为什么"), request.never)
    yield from ("", "## 现有素材", "")
    yield from _table(("素材", "授权"), request.assets) if request.assets else ("没有登记的素材。",)
    yield from ("", f"*{FOOT}：{_plain(request.label)}。*")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(_plain(cell) for cell in row)} |"


def _plain(text: str) -> str:
    """One line in which Markdown has nothing to read."""
    return _LINE_START.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", " ".join(text.split())))


@cache
def _template() -> Template:
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
