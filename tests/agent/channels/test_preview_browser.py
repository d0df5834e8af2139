"""The preview and the gallery in a real browser: quiet, true to the styles, and copied as they should be."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agent.channels.gallery import gallery_html
from agent.channels.lint.check import lint_html
from agent.channels.preview import Look, file_html, preview_html
from agent.channels.preview_article import visible
from agent.channels.preview_file import ArticleFile, article_file
from agent.channels.typeset.theme import SHIPPED, load_theme, themes
from agent.checks import check
from agent.copies import MomentsCopy, Section
from agent.draft import Draft
from tests.agent.channels.pages import ATTACKS, read, strange
from tests.agent.channels.wild import PAGES
from tests.agent.drafts import ARTICLE, article_draft, moments_draft, reply_draft

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

SPECIMEN = (SHIPPED / "specimen.md").read_text(encoding="utf-8")
LONG = "地铁上写的，有错字见谅。\n一盒二十四条。\n" * 6
THEMES = sorted(themes())


def checked(draft: Draft) -> Draft:
    assert draft.copy is not None
    return replace(draft, findings=(*draft.findings, *check(draft.copy, draft.brief, draft.context)))


def every_form() -> list[Draft]:
    ad, reply = moments_draft(), reply_draft()
    post = moments_draft(copy=MomentsCopy(text=LONG), brief=replace(ad.brief, form="post"))
    formats = ("card-16x9", "showcase", "card-450")
    return [
        checked(article_draft()),
        checked(ad),
        *(replace(ad, id=f"{ad.id}{i}", brief=replace(ad.brief, format=one)) for i, one in enumerate(formats)),
        checked(post),
        checked(reply),
        checked(reply_draft(brief=replace(reply.brief, form="comment"))),
        moments_draft(copy=None),
    ]


@dataclass
class Opened:
    page: Page
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    """Console messages, errors and dialogs: there should be none."""


@contextmanager
def opened(browser: Browser, html: str, folder: Path, *, width: int = 1280, dark: bool = False) -> Iterator[Opened]:
    """The page as a local file, which is how users open it."""
    file = folder / "页面.html"
    file.write_text(html, encoding="utf-8", newline="\n")
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light",
        permissions=["clipboard-read", "clipboard-write"],
    )  # fmt: skip
    try:
        seen = Opened(context.new_page())

        def noted(message: ConsoleMessage) -> None:
            seen.said.append(message.text)

        def asked(request: Request) -> None:
            seen.requests.append(request.url)

        def alarmed(dialog: Any) -> None:
            seen.said.append(f"dialog {dialog.message}")
            dialog.dismiss()

        seen.page.on("console", noted)
        seen.page.on("pageerror", lambda error: seen.said.append(str(error)))
        seen.page.on("dialog", alarmed)
        seen.page.on("request", asked)
        seen.page.goto(file.as_uri(), wait_until="load")
        yield seen
    finally:
        context.close()


def quiet(seen: Opened) -> None:
    assert seen.said == []
    assert [url for url in seen.requests if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in seen.requests if url.startswith("file:")]) == 1


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_pages_open_quietly_and_fit(chromium: Browser, tmp_path: Path, width: int, dark: bool) -> None:
    for html in (preview_html(every_form()), gallery_html(every_form()), file_html(specimen("plain"))):
        with opened(chromium, html, tmp_path, width=width, dark=dark) as seen:
            overflow = seen.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            quiet(seen)
            assert overflow <= 0
            paper = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert (sum(map(int, paper[4:-1].split(","))) < 200) is dark


# Setting a declaration again, as important, changes nothing exactly where it was in force already.
_IN_FORCE = """() => {
  const lost = [];
  for (const element of document.querySelectorAll(".wx [style]")) {
    const seen = getComputedStyle(element);
    for (const name of [...element.style]) {
      const before = seen.getPropertyValue(name);
      const value = element.style.getPropertyValue(name);
      element.style.setProperty(name, value, "important");
      if (seen.getPropertyValue(name) !== before) lost.push(`${element.tagName} ${name}: ${before}`);
      element.style.setProperty(name, value);
    }
  }
  return [lost, document.querySelectorAll(".wx [style]").length];
}"""


@pytest.mark.parametrize("theme", THEMES)
def test_computed_styles_are_the_inline_ones(chromium: Browser, tmp_path: Path, theme: str) -> None:
    with opened(chromium, file_html(specimen(theme), Look(theme=load_theme(theme))), tmp_path) as seen:
        lost, count = seen.page.evaluate(_IN_FORCE)
        assert lost == []
        assert count > 40


_CONTRASTS = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = (rgb) => { const [r, g, b] = rgb.map((c) => (c <= 10 ? c / 3294.6 : ((c / 255 + .055) / 1.055) ** 2.4)); return .2126 * r + .7152 * g + .0722 * b; };
  const under = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const found = parse(getComputedStyle(one).backgroundColor);
      if (found.length === 3 || found[3] > 0) return found.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const bad = [];
  const walker = document.createTreeWalker(document.querySelector(".wx"), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.data.trim()) continue;
    const own = parse(getComputedStyle(node.parentElement).color), back = under(node.parentElement), share = own[3] ?? 1;
    const [low, high] = [light(own.slice(0, 3).map((c, i) => c * share + back[i] * (1 - share))), light(back)].sort((a, b) => a - b);
    if ((high + .05) / (low + .05) < 4.5) bad.push(`${node.data.slice(0, 9)} ${own} on ${back}`);
  }
  return bad;
}"""  # noqa: E501


@pytest.mark.parametrize("theme", THEMES)
def test_articles_can_be_read_in_the_dark_and_come_back(chromium: Browser, tmp_path: Path, theme: str) -> None:
    html = file_html(specimen(theme), Look(theme=load_theme(theme)))
    ornaments = tuple(filter(None, load_theme(theme).ornaments["hr"].split()))
    with opened(chromium, html, tmp_path) as seen:
        before = seen.page.inner_html(".wx")
        seen.page.click("text=深色")
        dark = [one for one in seen.page.evaluate(_CONTRASTS) if not one.startswith(ornaments)]
        changed = seen.page.inner_html(".wx")
        seen.page.click("[data-set-mode=light]")
        assert dark == []
        assert changed != before
        assert seen.page.inner_html(".wx") == before


_CLIPBOARD = """async () => {
  const [item] = await navigator.clipboard.read();
  const found = {};
  for (const type of item.types) found[type] = await (await item.getType(type)).text();
  return found;
}"""


def test_rich_text_is_copied_as_it_was_typeset(chromium: Browser, tmp_path: Path) -> None:
    made = specimen("bamboo")
    with opened(chromium, file_html(made, Look(theme=load_theme("bamboo"))), tmp_path) as seen:
        seen.page.click("text=深色")
        seen.page.click("text=复制排版")
        found = seen.page.evaluate(_CLIPBOARD)
        said = seen.page.inner_text(".done")
        pasted = paste(seen.page)
        quiet(seen)
    assert "好了" in said
    assert strange(found["text/html"]) == []
    assert found["text/html"] == made.article.html
    assert found["text/plain"].strip() == made.plain
    assert "".join(read(pasted).text.split()) == "".join(read(made.article.html).text.split())
    assert [row.rule for row in lint_html(pasted) if row.severity == "block"] == []


def test_the_other_buttons_copy_plain_words(chromium: Browser, tmp_path: Path) -> None:
    draft = article_draft()
    with opened(chromium, preview_html([draft]), tmp_path) as seen:
        copied = {}
        for name in ("复制文字", "复制标题", "复制摘要"):
            seen.page.click(f"text={name}")
            found = seen.page.evaluate(_CLIPBOARD)
            assert list(found) == ["text/plain"]
            copied[name] = found["text/plain"]
    assert copied["复制标题"] == ARTICLE.title
    assert copied["复制摘要"] == ARTICLE.digest
    assert all(section.text in copied["复制文字"] for section in ARTICLE.sections)


def test_a_browser_without_the_copy_event_uses_the_clipboard(chromium: Browser, tmp_path: Path) -> None:
    made = specimen("mist")
    with opened(chromium, file_html(made), tmp_path) as seen:
        seen.page.evaluate("document.execCommand = () => false")
        seen.page.click("text=复制排版")
        assert soon(lambda: bool(seen.page.inner_text(".done")))
        found = seen.page.evaluate(_CLIPBOARD)
        assert "好了" in seen.page.inner_text(".done")
    assert strange(found["text/html"]) == []
    assert "".join(read(found["text/html"]).text.split()) == "".join(read(made.article.html).text.split())


def test_attacks_never_run(chromium: Browser, tmp_path: Path) -> None:
    """As copy, as Markdown and as a page; in the preview, in the gallery and from the clipboard."""
    sections = tuple(Section(attack[:40], attack) for attack in ATTACKS)
    copy = replace(ARTICLE, title=ATTACKS[0], digest=ATTACKS[1], cta=ATTACKS[2], sections=sections)
    everything = "\n\n".join(ATTACKS)
    drafts = [
        article_draft(copy=copy),
        moments_draft(copy=MomentsCopy(text=everything, link_text=ATTACKS[1])),
        reply_draft(brief=replace(reply_draft().brief, message=everything)),
    ]
    theme = load_theme()
    pages = [
        preview_html(drafts),
        gallery_html(drafts),
        file_html(article_file("a.md", everything, theme)),
        file_html(article_file("a.html", everything + "".join(PAGES.values()), theme)),
    ]
    for html in pages:
        with opened(chromium, html, tmp_path) as seen:
            if "复制排版" in html:
                seen.page.locator("text=复制排版").first.click()
                paste(seen.page)
            quiet(seen)


def test_long_posts_fold_as_in_moments(chromium: Browser, tmp_path: Path) -> None:
    post = moments_draft(copy=MomentsCopy(text=LONG), brief=replace(moments_draft().brief, form="post"))
    with opened(chromium, preview_html([post, moments_draft()]), tmp_path, width=375) as seen:
        lines = "e.clientHeight / parseFloat(getComputedStyle(e).lineHeight)"
        heights = f"[...document.querySelectorAll('.words')].map(e => {lines})"
        folded = seen.page.evaluate(heights)
        assert seen.page.locator(".unfold").count() == 1
        seen.page.click("text=全文")
        unfolded = seen.page.evaluate(heights)
        assert seen.page.inner_text(".unfold") == "收起"
        seen.page.click("text=收起")
        assert seen.page.evaluate(heights) == folded
    assert round(folded[0]) == 6
    assert unfolded[0] > 10
    assert folded[1] < 6


def test_findings_are_told_where_they_stand(chromium: Browser, tmp_path: Path) -> None:
    with opened(chromium, preview_html([checked(article_draft())]), tmp_path) as seen:
        mark = seen.page.locator(".wx .mk.block").first
        mark.hover()
        assert seen.page.locator("#tip").is_visible()
        assert "资料里找不到" in seen.page.inner_text("#tip")
        assert seen.page.locator(".findings .lit").count() == 1
        seen.page.locator(".findings li.block").nth(1).hover()
        assert seen.page.locator(".mk.lit").count() == 1


def test_the_gallery_is_filtered_and_searched(chromium: Browser, tmp_path: Path) -> None:
    drafts = every_form()
    with opened(chromium, gallery_html(drafts), tmp_path) as seen:
        shown = "[...document.querySelectorAll('.card')].filter(c => !c.hidden).length"
        assert seen.page.evaluate(shown) == len(drafts)
        seen.page.select_option("#form", "comment")
        assert seen.page.evaluate(shown) == 1
        seen.page.select_option("#form", "")
        seen.page.select_option("#state", "none")
        assert seen.page.evaluate(shown) == 1
        seen.page.select_option("#state", "")
        seen.page.fill("#search", "地铁上 有错字")
        assert soon(lambda: seen.page.evaluate(shown) == 1)
        assert seen.page.inner_text("#count") == f"1 / {len(drafts)} 稿"
        seen.page.fill("#search", "没有这个词")
        assert soon(lambda: seen.page.evaluate(shown) == 0)
        assert seen.page.locator("#none").is_visible()
        quiet(seen)


def soon(true: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether something comes true; the page's own policy forbids the browser driver to poll in it."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def specimen(theme: str) -> ArticleFile:
    return article_file("a.md", SPECIMEN, load_theme(theme))


def paste(page: Page) -> str:
    """What a field for rich text on another page is given by the clipboard."""
    other = page.context.new_page()
    try:
        other.set_content("<div contenteditable id=field></div>")
        other.click("#field")
        other.keyboard.press("Control+V")
        return other.inner_html("#field")
    finally:
        other.close()


def test_visible_words_are_those_of_the_article() -> None:
    made = specimen("plain")
    assert "".join(visible(made.article.html).split()) == "".join(read(made.article.html).text.split())
