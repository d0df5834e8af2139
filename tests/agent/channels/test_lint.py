# ruff: noqa: E501 - tables of markup
"""Lint, fix and simulation over any HTML: they agree, nothing crashes, no word is lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from agent.channels.lint.check import lint_html
from agent.channels.lint.fix import fix_html
from agent.channels.lint.markdown import fix_markdown, lint_markdown
from agent.channels.lint.page import read_page, visible_text
from agent.channels.lint.report import lint_source
from agent.channels.lint.simulate import simulate
from tests.agent.channels.pages import HTML, MARKDOWN

BASE = "font-size:16px;line-height:1.75;letter-spacing:0"
WILD = {
    "135": '<section data-tools="135编辑器" class="a"><section style="display:flex;justify-content:center"><section style="width:4px;'
    'background:#f60"></section><section style="position:relative;top:-3px"><strong>标题</strong></section></section></section>',
    "word": '<p class="MsoNormal" style="mso-pagination:widow-orphan;margin:0cm"><b><span lang="EN-US" style="font-size:12.0pt">1<o:p></o:p>'
    "</span></b></p><![if !supportLists]><p>x</p>",
    "doocs": '<h2 data-heading="true" style="display:table;color:#fff;background:#0F4C81">小结</h2><ul style="list-style:circle" class="list">'
    '<li style="display:block">一<ul><li>二</li></ul></li></ul><pre class="hljs"><code>a\n  b</code></pre>',
    "article": '<p><img data-src="https://mmbiz.qpic.cn/a/640?wx_fmt=png" class="rich_pages" data-ratio="0.5" _width="677px"></p>'
    '<p><a href="https://mp.weixin.qq.com/s/x" data-linktype="2">往期</a><mp-common-profile class="c" data-id="1"></mp-common-profile></p>',
    "svg": '<svg viewBox="0 0 10 10" style="display:block"><g id="a"><rect width="10" height="10" fill="red"/><animate attributeName="opacity" '
    'begin="click"/><animate attributeName="href"/></g><foreignObject><p>里面</p></foreignObject></svg>',
    "broken": "<div><p>一<div>二</p>三<table><b>四<tr><td>五</table></b><li>六<li>七<a href=x>八",
    "document": "<!doctype html><html><head><title>题</title><style>p{color:red}</style></head><body><p>字</p><script>1</script></body></html>",
    "deep": "<section>" * 400 + "字" + "</section>" * 400,
    "empty": "",
    "blank": " \n ",
}


def words(html: str) -> str:
    return "".join(visible_text(read_page(html).root).split())


def subsequence(short: str, long: str) -> bool:
    rest = iter(long)
    return all(char in rest for char in short)


def check_all(html: str) -> None:
    rows = lint_html(html)
    result = simulate(html)
    if not rows:
        assert result.unchanged
        assert fix_html(html) == html
    assert words(result.after) == words(html)
    fixed = fix_html(html)
    assert subsequence(words(html), words(fixed))
    left = lint_html(fixed)
    assert [row for row in left if row.fixable and not row.rule.startswith("limit.")] == []
    assert fix_html(fixed) == fixed
    if not left:
        assert simulate(fixed).unchanged
    assert 0 <= lint_source("x.html", html).score <= 100
    assert all(row.line >= 1 and row.column >= 1 for row in rows)


@settings(deadline=None)
@given(HTML)
def test_any_html(html: str) -> None:
    check_all(html)


@pytest.mark.parametrize("html", WILD.values(), ids=WILD.keys())
def test_pages_from_the_wild(html: str) -> None:
    check_all(html)


@pytest.mark.parametrize(
    ("html", "rule"),
    [
        ('¦<div style="{b}">x</div>', "tag.section"),
        ('<section style="{b}">中😀¦<font>x</font></section>', "tag.span"),
        ('<section style="{b}">\n ¦<form>x</form></section>', "tag.unwrap"),
        ('<section style="{b}">x</section>¦<script>1</script>', "tag.drop"),
        ('<section ¦class="a" style="{b}">x</section>', "attr.class"),
        ('<section ¦onclick="a" style="{b}">x</section>', "attr.onclick"),
        ('<section ¦style="{b};position:fixed">x</section>', "css.position"),
        ('<section ¦style="{b};display:flex">x</section>', "css.display"),
        ('<section ¦style="{b};background:url(x)">x</section>', "css.background"),
        ('<section ¦style="{b};color:var(--x)">x</section>', "css.color"),
        ('<section ¦style="{b};foo:1">x</section>', "css.foo"),
        ('<section style="{b}">¦<a href="https://e.com">x</a></section>', "link.external"),
        ('<section style="{b}">¦<a href="#x">x</a></section>', "link.dead"),
        ('<section style="{b}">¦<img src="a.png"></section>', "image.external"),
        ('<section style="{b}">¦<img></section>', "image.missing"),
        ('¦<ul style="{b}"><li>x</li></ul>', "list"),
        ("¦<p>x</p>", "base"),
        ("¦x<p>&nbsp;</p>", "text.bare"),
        ('<section style="{b}">¦甲\n乙</section>', "text.break"),
        ('<pre style="{b}">¦a\nb</pre>', "text.break"),
        ('<section style="{b}">x¦<section style="height:2px"></section></section>', "empty"),
        ('<section style="{b}">¦<!--c-->x</section>', "comment"),
        ('<section style="{b}">x<svg>¦<animate attributeName="href"/></svg></section>', "svg.animate"),
        ('¦<section style="{b}">' + "字" * 20000 + "</section>", "limit.chars"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 20 else "",
)
def test_each_rule_names_its_place(html: str, rule: str) -> None:
    marked = html.replace("{b}", BASE)
    before = marked.partition("¦")[0]
    rows = lint_html(marked.replace("¦", ""))
    found = [row for row in rows if row.rule == rule]
    assert found, rows
    assert (found[0].line, found[0].column) == (before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1)
    assert {row.rule for row in rows} <= {rule, "base"}


def test_a_clean_page_is_left_alone() -> None:
    html = f'<section style="{BASE}"><p>好。</p><p style="color:red">“中文”&amp;<br>两行</p></section>'
    assert lint_html(html) == ()
    assert simulate(html).unchanged
    assert lint_source("x.html", html).score == 100


def test_fix_is_small() -> None:
    html = f'<section style="{BASE}">\n  <P  title=x>一 &amp; 二</P>\n  <div style="color:red">三</div>\n</section>'
    assert fix_html(html) == html.replace("<P  title=x>", "<p>").replace("</P>", "</p>").replace("div", "section") or (
        '<section style="color:red">三</section>' in fix_html(html) and "一 &amp; 二" in fix_html(html)
    )


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        ('<div style="color:red">x</div>', f'<section style="{BASE};color:red">x</section>'),
        ("<p>甲\n乙 a\nb</p>", f'<p style="{BASE}">甲乙 a b</p>'),
        ("<ol start=3><li>甲<li>乙</ol>", f'<section style="{BASE}"><section>3.&nbsp;甲</section><section>4.&nbsp;乙</section></section>'),
        ("<ul style=list-style:none><li>甲</ul>", f'<section style="{BASE};list-style:none"><section>甲</section></section>'),
        ("甲", f'<section style="{BASE}">甲</section>'),
        ("<p>甲<b></b></p>", f'<p style="{BASE}">甲</p>'),
    ],
)  # fmt: skip
def test_what_fix_writes(html: str, wanted: str) -> None:
    assert fix_html(html) == wanted


def test_links_are_numbered_once_each() -> None:
    html = '<p><a href="https://a.com">甲</a><a href="https://b.com">乙</a><a href="https://a.com">丙</a></p>'
    assert words(fix_html(html)) == "甲[1]乙[2]丙[1]文中链接[1]https://a.com[2]https://b.com"


def test_score_falls_with_what_is_lost() -> None:
    little = lint_source("x.html", f'<section style="{BASE};float:left"><p style="color:red">甲</p></section>').score
    much = lint_source("x.html", "<div style='float:left;display:grid'><ul><li>甲</ul></div>").score
    assert 0 <= much < little < 100
    assert lint_source("x.html", f'<section style="{BASE}">{"字" * 20000}</section>').score == 0


@settings(deadline=None)
@given(MARKDOWN)
def test_any_markdown(text: str) -> None:
    lint_markdown(text)
    fix_markdown(text)


@pytest.mark.parametrize(
    ("text", "rule", "place"),
    [
        ("一\n\n<b>粗</b>", "md.html", (3, 1)),
        ("好[x](https://e.com)", "md.link", (1, 6)),
        ("# 题\n\n![图](a.png)", "md.image", (3, 6)),
        ("好\n\n[^a]: 注", "md.note", (1, 1)),
        ("字" * 20000, "limit.chars", (1, 1)),
    ],
)
def test_markdown_rules_name_their_place(text: str, rule: str, place: tuple[int, int]) -> None:
    rows = lint_markdown(text)
    assert [(row.rule, (row.line, row.column)) for row in rows if row.rule == rule][:1] == [(rule, place)]


def test_html_tags_become_marks_but_not_in_code() -> None:
    assert fix_markdown("`<b>` <b>粗</b> <div>x</div> <a href=x>y</a>") == "`<b>` **粗** x <a href=x>y</a>"
