"""Pages from the wild: nothing crashes, no word is lost, and what the lint passes comes through unchanged."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings

from agent.channels.lint.check import lint_html
from agent.channels.lint.fix import fix_html
from agent.channels.lint.simulate import simulate
from agent.channels.preview_article import harmless, shown, visible
from tests.agent.channels.test_lint import check_all, words
from tests.agent.channels.wild import PAGES, WILD_PAGES

WHOLE = {name: page for name, page in PAGES.items() if name != "cut off"}
"""Those whose last words no parser has to guess."""
_UNSEEN = frozenset({"script", "style", "title", "template", "iframe"})


class Reader(HTMLParser):
    """The letters of a page, whatever their order: parsers differ about where broken markup puts them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.hidden: list[str] = []
        self.text = ""
        # What Word hides in conditional comments is a comment to browsers, and <![if] is one too.
        self.feed(re.sub(r"<!--.*?-->|<!\[[^>]*>", "", page, flags=re.DOTALL))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self.hidden.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.hidden and self.hidden[-1] == tag:
            self.hidden.pop()

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.text += data


def letters(page: str) -> Counter[str]:
    return Counter("".join(Reader(page).text.split()))


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_lint_fix_and_simulation_agree(page: str) -> None:
    check_all(page)


@pytest.mark.parametrize("page", WHOLE.values(), ids=WHOLE.keys())
def test_every_letter_is_there_afterwards(page: str) -> None:
    """Read by a parser that shares no code with ours."""
    before = letters(page)
    assert letters(simulate(page).after) == before
    assert before - letters(fix_html(page)) == Counter()
    assert letters(harmless(page)) == before


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_what_the_preview_shows_is_harmless_and_whole(page: str) -> None:
    safe = harmless(fix_html(page))
    display = shown(safe)
    assert words(display) == words(safe)
    assert harmless(safe) == safe
    for html in (safe, display):
        assert not re.search(r"<(?:script|style|link|iframe|form|base|object|embed)\b", html)
        assert not re.search(r"\son\w+\s*=|javascript:|url\(|@import|xlink:href", html)
    assert not [src for src in re.findall(r'\ssrc="([^"]*)"', display) if not src.startswith("data:image/")]
    assert "".join(visible(safe).split()) == words(safe)


@settings(deadline=None, max_examples=60)
@given(WILD_PAGES)
def test_any_mixture(page: str) -> None:
    check_all(page)
    safe = harmless(page)
    assert words(shown(safe)) == words(safe) == words(page)


def test_lint_finds_something_in_every_page() -> None:
    assert [name for name, page in PAGES.items() if not lint_html(page)] == []
