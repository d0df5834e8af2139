"""The brief for designers: complete, harmless in every format, the same facts in all of them."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from typing import Any

import docx
import openpyxl
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from agent.channels.images.request import ImageRequest, image_request
from agent.channels.images.request_office import as_docx, as_xlsx, safe_cell
from agent.channels.images.request_text import as_html, as_markdown
from agent.copies import ArticleCopy
from agent.draft import Draft
from agent.label.explicit import label_text
from knowledge_base.errors import UsageError
from knowledge_base.records import Asset
from knowledge_base.rules.images import image_rules
from tests.agent.drafts import DAY, article_draft, moments_draft, reply_draft

EVIL = '=HYPERLINK("http://e.com","x")|<script>alert(1)</script>\n# 标题 *粗* [l](javascript:x) `c` ![i](x) &amp;'


def article(**changes: Any) -> Draft:
    draft = article_draft()
    assert isinstance(draft.copy, ArticleCopy)
    return replace(draft, copy=replace(draft.copy, **changes))


def docx_text(data: bytes) -> str:
    document = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


def xlsx_cells(data: bytes) -> list[tuple[str, str]]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return [(c.data_type, str(c.value)) for s in book for row in s.iter_rows() for c in row if c.value is not None]


def test_an_article_asks_for_both_covers_and_each_picture() -> None:
    request = image_request(article(image_brief=("第二节：书桌上的半瓶水", "一条咖啡", "封面：图书馆长桌")), DAY)
    assert [one.place for one in request.items] == ["头条封面 2.35:1", "次条和转发封面 1:1", "第二节", "配图 4"]
    assert [one.number for one in request.items] == [1, 2, 3, 4]
    assert request.items[0].shows == request.items[1].shows == "图书馆长桌"
    assert "900×383" in request.items[0].size
    assert "1 MB" in request.items[2].file
    facts = dict(request.facts)
    assert facts["冻干黑咖啡 价格"].startswith("69.00 元（2026-11-22")
    assert "115OP1234567" in facts["冻干黑咖啡 有机产品认证"]
    assert ("用 AI 生成的图要在图上和文件里都标明，不能去掉标识") in [what for what, _ in request.never]
    assert all(source for _, source in request.never)


def test_dates_licences_and_words_to_avoid_are_named() -> None:
    draft = article()
    product = replace(draft.context.products[0], do_not_say=("提神醒脑",))
    assets = (
        Asset(id="a1", path="a.png", alt="旧图", licence_until=date(2026, 10, 31)),
        Asset(id="a2", path="b.png", licence_until=date(2027, 1, 1), width=800, height=800),
        Asset(id="a3", path="c.png"),
    )
    draft = replace(draft, context=replace(draft.context, products=(product,), assets=assets))
    request = image_request(draft, DAY)
    assert "双11：第二件半价（2026-11-22 起，2026-11-22 止，过期的图要撤下）" in dict(request.about)["活动"]
    assert any("提神醒脑" in what for what, _ in request.never)
    assert [state for _, state in request.assets] == [
        "授权 2026-10-31 已到期，不能用",
        "授权到 2027-01-01",
        "没有写授权到期日，用前先确认",
    ]


def test_an_ad_asks_for_its_format_and_forbids_what_ads_may_not_show() -> None:
    request = image_request(moments_draft(), DAY)
    assert not any("封面" in one.place for one in request.items)
    assert image_rules().forms["ad"].size("card-16x9") == image_rules().forms["ad"].formats["card-16x9"]
    assert any("朋友圈广告" in why for _, why in request.never)
    for draft in (reply_draft(), article_draft(copy=None)):
        with pytest.raises(UsageError, match="不用配图"):
            image_request(draft, DAY)


def test_all_formats_say_the_same() -> None:
    request = image_request(article(), DAY)
    markdown = MarkdownIt("commonmark").enable("table").render(as_markdown(request))
    texts = {
        "md": BeautifulSoup(markdown, "html.parser").get_text(),
        "html": BeautifulSoup(as_html(request), "html.parser").get_text(),
        "docx": docx_text(as_docx(request)),
        "xlsx": "\n".join(text for _, text in xlsx_cells(as_xlsx(request))),
    }
    wanted = [request.title, label_text(article()), *(one.shows for one in request.items)]
    wanted += [text for pair in (*request.facts, *request.never, *request.assets) for text in pair]
    for form, text in texts.items():
        flat = "".join(text.split())
        assert [one for one in wanted if "".join(one.split()) not in flat] == [], form


def evil() -> ImageRequest:
    draft = article(title=EVIL, image_brief=(EVIL, "+1", "-2+3", "@SUM(A1)", "\t=1"))
    product = replace(draft.context.products[0], name=EVIL, ingredients=(EVIL,), do_not_say=(EVIL,))
    return image_request(replace(draft, context=replace(draft.context, products=(product,))), DAY)


def test_no_cell_is_a_formula() -> None:
    for kind, text in xlsx_cells(as_xlsx(evil())):
        assert kind in ("s", "inlineStr")
        assert not text.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_html_and_markdown_show_markup_instead_of_obeying_it() -> None:
    for page in (as_html(evil()), MarkdownIt("commonmark", {"html": True}).enable("table").render(as_markdown(evil()))):
        soup = BeautifulSoup(page, "html.parser")
        assert not soup.find_all(["script", "img", "a"])
        assert "<script>alert(1)</script>" in soup.get_text()
    assert "http" not in as_html(image_request(article(), DAY)).replace('http-equiv="Content-Security-Policy"', "")


@settings(max_examples=12, deadline=None)
@given(st.text(max_size=60), st.lists(st.text(max_size=40), max_size=4))
def test_any_text_makes_every_format(title: str, brief: list[str]) -> None:
    request = image_request(article(title=title, image_brief=tuple(brief)), DAY)
    assert as_markdown(request)
    assert as_html(request)
    docx_text(as_docx(request))
    assert all(not text.startswith(("=", "+", "-", "@")) for _, text in xlsx_cells(as_xlsx(request)))


@given(st.text(max_size=50))
def test_cells_are_safe(text: str) -> None:
    assert not safe_cell(text).startswith(("=", "+", "-", "@", "\t", "\r"))
