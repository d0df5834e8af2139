"""What becomes of a tag, an attribute, a link or a picture in WeChat's editor. The rules' words as yes or no."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from turbohtml import Element

from agent.channels.lint.page import is_html, is_svg
from agent.channels.typeset.notes import inside_wechat
from knowledge_base.rules.editor import Severity, editor_rules

TagFate = Literal["keep", "own", "section", "span", "drop", "unwrap"]
_NOWHERE = re.compile(r"\s*(?:\Z|#|(?:javascript|vbscript|data|about|blob):)", re.IGNORECASE)


def tag_fate(element: Element) -> TagFate:
    """What the editor makes of an element. Lists are kept as tags; what it does to them is their own rule's matter."""
    rules, tag = editor_rules(), element.tag
    if not is_html(element):
        if tag in ("script", "style"):
            return "drop"
        return "keep" if is_svg(element) and tag in rules.svg_tags and _may_animate(element) else "unwrap"
    if tag in rules.own_tags:
        return "own"
    if tag in rules.keep_tags or tag in rules.list_tags:
        return "keep"
    if tag in rules.section_tags:
        return "section"
    if tag in rules.span_tags:
        return "span"
    return "drop" if tag in rules.drop_tags else "unwrap"


def attribute_stays(element: Element, name: str) -> bool:
    """Whether an attribute other than style is left alone."""
    rules = editor_rules()
    lowered = name.lower()
    if lowered.startswith("on"):
        return False
    if is_svg(element):
        if lowered in ("href", "xlink:href"):
            return element.tag == "image" and hosted(element.attr(name) or "")
        return name in rules.svg_attributes or lowered.startswith("xmlns")
    if tag_fate(element) == "own":
        return True
    if lowered in rules.attributes[""] or lowered in rules.attributes.get(element.tag, frozenset()):
        return True
    # The editor's own links to mini programs are told from others by their class.
    return element.tag == "a" and lowered == "class" and "data-miniprogram-appid" in element.attrs


def attribute_severity(name: str) -> Severity:
    """How much an attribute that goes would be missed."""
    known = editor_rules().attribute_severity
    lowered = name.lower()
    if lowered in known:
        return known[lowered]
    return next((known[key] for key in known if key.endswith("*") and lowered.startswith(key[:-1])), "info")


def link_stays(element: Element) -> bool:
    """Links to articles of the platform, and the editor's own to mini programs."""
    if "data-miniprogram-appid" in element.attrs:
        return True
    return inside_wechat(element.attr("href") or "")


def leads_nowhere(href: str) -> bool:
    """Whether there is no address behind a link that a reader could type: none, a place in the page, a script."""
    return _NOWHERE.match(href) is not None


def picture_stays(element: Element) -> bool:
    """Pictures that were uploaded to the platform."""
    return any(hosted(element.attr(name) or "") for name in ("src", "data-src"))


def hosted(address: str) -> bool:
    """Whether an address is on one of the platform's own picture hosts."""
    try:
        parts = urlsplit(address.strip())
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in ("", "http", "https") and host in editor_rules().image_hosts


def _may_animate(element: Element) -> bool:
    """Animations of listed attributes and transforms; shapes always."""
    rules = editor_rules()
    if element.tag in ("animate", "set"):
        return (element.attr("attributeName") or "") in rules.svg_animated
    if element.tag == "animateTransform":
        return (element.attr("type") or "translate") in rules.svg_transforms
    return True
