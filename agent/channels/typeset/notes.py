"""Footnotes and outside links, numbered together in the order in which a reader meets them."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from knowledge_base.rules.editor import editor_rules


@dataclass(slots=True)
class Notes:
    """Numbers for one article. A key is an address, or the id of a footnote."""

    _numbers: dict[str | int, int] = field(default_factory=dict)

    def number(self, key: str | int) -> int:
        """1-based; the same key has the same number."""
        return self._numbers.setdefault(key, len(self._numbers) + 1)

    def __bool__(self) -> bool:
        return bool(self._numbers)

    @property
    def title(self) -> str:
        footnotes = any(isinstance(key, int) for key in self._numbers)
        links = any(isinstance(key, str) for key in self._numbers)
        return "注释与链接" if footnotes and links else "注释" if footnotes else "文中链接"

    def entries(self) -> tuple[tuple[int, str | int], ...]:
        """(number, key) in order."""
        return tuple((number, key) for key, number in self._numbers.items())


def inside_wechat(href: str) -> bool:
    """Whether an article may link there: other articles of the platform, and nothing else."""
    try:
        parts = urlsplit(href.strip())
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and host in editor_rules().link_hosts and "@" not in parts.netloc


def shown_address(href: str) -> str:
    """An address as people read it: Chinese instead of percent signs where that is UTF-8, no mailto."""
    readable = unquote(href, errors="strict") if _is_utf8(href) else href
    # A blank or control character that was encoded must stay so, or the address could not be copied.
    if any(c.isspace() or not c.isprintable() for c in readable):
        readable = href
    return readable.removeprefix("mailto:")


def _is_utf8(href: str) -> bool:
    try:
        unquote(href, errors="strict")
    except UnicodeDecodeError:
        return False
    return True
