"""The review file as one web page with a form, and reading the filled page back.

The page makes no request of any kind. What is typed is written into the page itself, so the saved file is the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from agent.draft import Draft
from agent.label.implicit import embed_html
from agent.label.read import decode, read_bytes
from agent.review.answers import OPTIONS, Answer, Answers
from agent.review.sheet import Sheet
from agent.review.word import MARKS
from knowledge_base.errors import BadInputError

if TYPE_CHECKING:
    from bs4 import Tag
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")


def write_page(sheets: Sequence[Sheet], drafts: Sequence[Draft], roles: Sequence[str]) -> str:
    """The page as text; `drafts` in the order of `sheets`. All user text is escaped. Labelled as AI made."""
    page = _environment().get_template("review.html.j2")
    html = page.render(
        sheets=sheets,
        roles=roles,
        options=tuple(OPTIONS),
        marks=MARKS,
        style=(TEMPLATES / "review.css").read_text(encoding="utf-8"),
        script=(TEMPLATES / "review.js").read_text(encoding="utf-8"),
    )
    return embed_html(html, drafts, seal=False)


def read_page(path: Path) -> Answers:
    """Raises BadInputError when the page holds no review form."""
    from bs4 import BeautifulSoup

    file = str(path)
    soup = BeautifulSoup(decode(read_bytes(path), file), "html.parser")
    found = [_answer(tag, i, file) for i, tag in enumerate(soup.select("fieldset[data-review]"), 1)]
    if not found:
        raise BadInputError(
            "里面没有审阅表", file=file, hint="要用 wenan review --format html 生成、填好后存下的网页。"
        )
    texts = {
        str(section["data-copy"]): "".join(tag.get_text() for tag in section.select(".part"))
        for section in soup.select("section[data-copy]")
    }
    return Answers(origin="html", answers=tuple(found), texts=texts)


def _answer(tag: Tag, number: int, file: str) -> Answer:
    role = str(tag.get("data-role", ""))
    place = f"第 {number} 张审阅表（{role}）"
    ticked = [str(one.get("value", "")) for one in tag.select("input[type=radio][checked]")]
    if len(ticked) > 1:
        raise BadInputError(f"{place}的结论选了不止一个", file=file, hint="在网页里重新选一次再存。")
    area, name = tag.select_one("textarea"), tag.select_one("input[type=text]")
    return Answer(
        place=place,
        draft_id=str(tag.get("data-id", "")),
        code=str(tag.get("data-code", "")),
        role=role,
        verdict="".join(ticked),
        comment=area.get_text().strip() if area else "",
        name=str(name.get("value") or "").strip() if name else "",
    )


@cache
def _environment() -> Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
