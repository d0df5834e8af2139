"""A saved web page -> its article: title, author and body without scripts, menus, images and links' addresses.

Pages of mp.weixin.qq.com keep the article in `#js_content` (hidden until a script shows it), its title in
`#activity-name` and the account in `#js_name`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

BODIES = ("#js_content", "#img-content", "article", "main", "[role=main]", "body")
"""Where the article may stand, the most telling place first."""
TITLES = ("#activity-name", "h1")
AUTHORS = ("#js_author_name", "#js_name", "meta[name=author]")
NO_TEXT = (
    *("script", "style", "noscript", "template", "svg", "iframe", "head", "form", "button", "input", "object"),
    *("nav", "footer", "img", "video", "audio", "mpvoice", "mp-common-profile", "qqmusic"),
)


@dataclass(frozen=True, slots=True)
class Page:
    title: str
    author: str
    html: str
    """The body's markup, safe to convert."""
    text: str
    """The body as plain lines, for markup nested too deep to convert."""


def read_page(html: str) -> Page:
    """Never fails: what is no HTML is taken as text."""
    from bs4 import BeautifulSoup, Comment

    soup = BeautifulSoup(html, "html.parser")
    title, author = _title(soup), _first(soup, AUTHORS)
    body: Any = next((found for place in BODIES if (found := soup.select_one(place))), soup)
    for tag in body.find_all(list(NO_TEXT)):
        tag.decompose()
    for comment in body.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    for link in body.find_all("a"):
        link.unwrap()
    for heading in body.find_all("h1"):
        if _line(heading) == title:
            heading.decompose()
    return Page(title, author, str(body), body.get_text("\n", strip=True))


def _title(soup: BeautifulSoup) -> str:
    og = soup.select_one("meta[property='og:title']")
    said = _first(soup, TITLES) or (str(og.get("content", "")).strip() if og else "")
    return said or (_line(soup.title) if soup.title else "")


def _first(soup: BeautifulSoup, places: tuple[str, ...]) -> str:
    for place in places:
        found = soup.select_one(place)
        text = "" if found is None else str(found.get("content", "")).strip() or _line(found)
        if text:
            return text
    return ""


def _line(tag: Tag) -> str:
    return " ".join(tag.get_text(" ", strip=True).split())
