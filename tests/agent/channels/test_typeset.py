# ruff: noqa: E501 - tables of markup
"""Typesetting: what may come out, that nothing of the text gets in as markup, and the details of each part."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.channels.lint.check import lint_html
from agent.channels.lint.simulate import simulate
from agent.channels.typeset.article import Article, typeset
from agent.channels.typeset.spacing import needs_space, space, squeeze
from agent.channels.typeset.theme import load_theme, themes
from tests.agent.channels.pages import ATTACKS, MARKDOWN, read, strange

THEMES = themes()
IDS = sorted(THEMES)


def html(text: str, **options: object) -> str:
    return typeset(text, load_theme(), **options).html  # type: ignore[arg-type]


def text_of(markup: str) -> str:
    return read(markup).text


@settings(deadline=None)
@given(MARKDOWN, st.sampled_from(IDS), st.booleans())
def test_any_markdown_yields_only_what_the_editor_keeps(text: str, theme: str, breaks: bool) -> None:
    article = typeset(text, THEMES[theme], breaks=breaks, lift_title=breaks)
    assert strange(article.html) == []
    rows = [row for row in lint_html(article.html) if not row.rule.startswith(("image.", "limit."))]
    assert rows == []
    if "<img" not in article.html:
        assert simulate(article.html).unchanged


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("theme", ["plain", "memo"])
def test_attacks_stay_text(attack: str, theme: str) -> None:
    for text in (attack, f"前 {attack} 后", f"- {attack}", f"> {attack}\n\n## {attack}"):
        article = typeset(text, THEMES[theme], label=attack, lift_title=True)
        assert strange(article.html) == []
        for tag, attrs in read(article.html).tags:
            assert tag not in ("script", "style", "iframe", "svg")
            assert not any(name.startswith("on") for name in attrs)


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=60))
def test_plain_words_come_out_whole(words: str) -> None:
    assert text_of(html(words)).replace(" ", "") == words


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("**“强调”**后文", "<strong"),
        ("中文**强调。**中文", "<strong"),
        ("（==高亮==）", "<span"),
        ("~~删除~~", "<s "),
        ("a<br>b", "<br>"),
        ("    x = 1", "<code"),
        ("# 大标题\n\n正文", "<h1"),
        ("| a |\n|---|\n| b |", "<table"),
        ("[往期](https://mp.weixin.qq.com/s/abc)", '<a href="https://mp.weixin.qq.com/s/abc"'),
        ("![图一](https://mmbiz.qpic.cn/a/0)", '<img src="https://mmbiz.qpic.cn/a/0" alt="图一"'),
    ],
    ids=lambda value: value[:12],
)
def test_marks_become_tags(text: str, wanted: str) -> None:
    assert wanted in html(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("5*3*2 和 a_b_c", "5*3*2 和 a_b_c"),
        ("有69元的iPhone，50%的人", "有 69 元的 iPhone，50% 的人"),
        ("一盒**24条**卖", "一盒 24 条卖"),
        ("`code中文`和code", "code中文和 code"),
        ("第一行\n第二行", "第一行第二行"),
        ("one\ntwo", "one two"),
        ("- 一\n- 二", "• 一• 二"),
        ("3. 一\n4. 二", "3. 一4. 二"),
        ("- [x] 做了\n- [ ] 没做", "☑ 做了☐ 没做"),
        ("前<!-- 注 -->后", "前后"),
        ("<u>原样</u>", "<u>原样</u>"),
        ("<https://a.com/b>", "https://a.com/b"),
        ("见[链接](https://a.com)", "见链接[1]文中链接[1] https://a.com"),
        ("见[链接](https://a.com/%E4%B8%AD)", "见链接[1]文中链接[1] https://a.com/中"),
        (
            "[a](https://a.com) [b](https://b.com) [c](https://a.com)",
            "a[1] b[2] c[1]文中链接[1] https://a.com[2] https://b.com",
        ),
        ("注[^1]\n\n[^1]: 说明 [x](https://x.com)", "注[1]注释[1] 说明 x（https://x.com）"),
        ("注[^1] [x](https://x.com)\n\n[^1]: 说明", "注[1] x[2]注释与链接[1] 说明[2] https://x.com"),
        ("[页内](#a)", "页内"),
        ("[](https://a.com)", "https://a.com"),
        ("![](x.png)", ""),
        ('![x](x.png "说明")', "说明"),
        ("![photo.jpg](x.png)", ""),
        ("", ""),
    ],
)
def test_text_comes_out(text: str, wanted: str) -> None:
    assert text_of(html(text)) == wanted


def test_title_is_lifted_only_when_asked() -> None:
    lifted = typeset("# 标题 **粗**\n\n正文", load_theme(), lift_title=True)
    assert (lifted.title, text_of(lifted.html)) == ("标题 粗", "正文")
    assert typeset("# 标题\n\n正文", load_theme()).title == ""


def test_front_matter_is_no_text() -> None:
    article = typeset("---\nAI标识: x\n---\n\n正文", load_theme())
    assert (text_of(article.html), article.front_matter) == ("正文", "AI标识: x")


def test_code_keeps_its_lines_and_indents() -> None:
    code = html("```\nif x:\n    y  =  1\n```")
    assert text_of(code.replace("<br>", "\n")) == "if x:\n\u00a0\u00a0\u00a0\u00a0y\u00a0\u00a0=\u00a0\u00a01"
    assert "69元" in html("`69元`")


def test_label_stands_at_its_end() -> None:
    assert text_of(html("正文", label="本文由 AI 辅助生成")).endswith("本文由 AI 辅助生成")
    assert text_of(html("正文", label="（AI）", label_first=True)).startswith("（AI）")


def test_squeezing_gives_way_to_the_limit() -> None:
    text = "说：“好。”（《书》）" * 400
    whole = typeset(text, load_theme())
    assert not whole.squeezed
    assert whole.room >= 0
    assert typeset(text[:200], load_theme()).squeezed


def test_nesting_keeps_its_depth_and_order() -> None:
    text = "\n".join("  " * depth + f"- 第{depth}层" for depth in range(30))
    assert [int(n) for n in re.findall(r"第 (\d+) 层", text_of(html(text)))] == list(range(30))


@settings(deadline=None)
@given(st.text(max_size=40))
def test_spacing_adds_spaces_only_and_only_once(text: str) -> None:
    once = space(text)
    assert once.replace(" ", "") == text.replace(" ", "")
    assert space(once) == once


@settings(deadline=None)
@given(st.text(alphabet="字a。，：“”（）《》！ ", max_size=20))
def test_squeezing_changes_no_character(text: str) -> None:
    assert text_of(squeeze(text)) == text
    assert text_of(squeeze(text, first=True)) == text


@pytest.mark.parametrize(
    ("text", "squeezed"),
    [("好。”好", "。"), ("好：“好", "："), ("（《书》）", "《》"), ("好，好", ""), ("……——", ""), ("a. b", "")],
)
def test_which_marks_are_squeezed(text: str, squeezed: str) -> None:
    assert "".join(re.findall(r"halt'\">([^<]+)", squeeze(text))) == squeezed


def test_an_opening_mark_begins_a_line_without_blank() -> None:
    assert "halt'\">“</span>热水" in html("“热水”来了")
    assert "halt" not in html("他说“热水”来了")


@pytest.mark.parametrize(
    ("pair", "wanted"), [("中a", True), ("a中", True), ("中，", False), ("9元", True), ("%的", True), ("中 ", False), ("ab", False)]
)  # fmt: skip
def test_where_spaces_go(pair: str, wanted: bool) -> None:
    assert needs_space(pair[0], pair[1]) is wanted


@settings(deadline=None)
@given(MARKDOWN)
def test_same_text_same_page(text: str) -> None:
    first: Article = typeset(text, load_theme())
    assert first == typeset(text, load_theme())
