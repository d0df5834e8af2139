"""The copy itself: one frozen type per channel, and a flat view of its text that checks and spans refer to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TitleType = Literal["场景", "利益", "反差", "清单", "人物", "疑问"]


@dataclass(frozen=True, slots=True)
class Title:
    type: TitleType
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    text: str
    """Paragraphs separated by one blank line."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A source marker the model put behind a fact; already stripped from the text."""

    field: str
    end: int
    """Code-point offset in the stripped field right after the fact."""
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleCopy:
    title: str
    titles: tuple[Title, ...]
    """Candidates of different types, the chosen one included."""
    digest: str
    sections: tuple[Section, ...]
    cta: str
    angle: str = ""
    outline: tuple[str, ...] = ()
    image_brief: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentsCopy:
    text: str
    link_text: str = ""
    """Ads only: the menu text under the picture."""
    angle: str = ""
    image_brief: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyCopy:
    text: str
    intent: str = ""
    handover: bool = False
    handover_reason: str = ""
    policies: tuple[str, ...] = ()
    """Ids of the policies the answer rests on."""
    citations: tuple[Citation, ...] = ()


Copy = ArticleCopy | MomentsCopy | ReplyCopy


def fields(copy: Copy) -> dict[str, str]:
    """Every piece of reader-facing text by its field name, in reading order."""
    if isinstance(copy, MomentsCopy):
        return {"text": copy.text} | ({"link_text": copy.link_text} if copy.link_text else {})
    if isinstance(copy, ReplyCopy):
        return {"text": copy.text}
    named = {"title": copy.title, "digest": copy.digest}
    for i, candidate in enumerate(copy.titles):
        if candidate.text != copy.title:
            named[f"titles[{i}]"] = candidate.text
    for i, section in enumerate(copy.sections):
        named[f"sections[{i}].heading"] = section.heading
        named[f"sections[{i}].text"] = section.text
    named["cta"] = copy.cta
    return named


def plain_text(copy: Copy) -> str:
    """The copy as a reader would read it: what similarity and word counts look at."""
    if not isinstance(copy, ArticleCopy):
        return copy.text
    parts = [copy.title]
    for section in copy.sections:
        parts += [section.heading, section.text]
    return "\n\n".join(part for part in (*parts, copy.cta) if part)
