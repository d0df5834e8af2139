"""Converted file text -> past texts: drops front matter, notes, headings, markup and credits, keeps line numbers."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from knowledge_base.brand_learn.texts import Line, PastText, sentence_chars
from knowledge_base.records import Channel

ARTICLE_CHARS = 300
"""A text of at least so many 字 is an article when neither option, folder nor file name says otherwise."""

_NAMES: tuple[tuple[Channel, tuple[str, ...]], ...] = (
    ("moments", ("朋友圈", "moments", "pyq", "短文案", "广告语")),
    ("reply", ("客服", "回复", "话术", "评论", "reply", "replies", "comments", "service")),
    ("article", ("公众号", "推文", "推送", "文章", "article", "articles", "mp", "长文")),
)
_REPLY_OPENING = re.compile(r"^(您好|你好|亲[，,爱~～]|收到|抱歉|很抱歉|感谢您|谢谢您)")
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_SEPARATOR = re.compile(r"^\s*([-=*_—－]\s*){3,}$")
_HEADING = re.compile(r"^\s*#{1,6}\s+")
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_BULLET = re.compile(r"^\s*(?:>\s*)*(?:[-*+•]\s+|\d{1,2}[.、)]\s*(?=\D))?")
_EMPHASIS = re.compile(r"\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|`")
_CREDITS = re.compile(
    r"^[\s\-—·•]*(?:(?:编辑|作者|文字?|图|图片|排版|设计|摄影|监制|校对|来源|图源|责编|撰文|出品|策划)\s*[｜|:：/].*"
    r"|END|The End|完|广告|阅读原文|点击.{0,12}|扫码.{0,12}|长按.{0,12}|预览时标签不可点"
    r"|(?:本文)?(?:内容)?由?\s*(?:AI|人工智能)\s*(?:辅助)?生成.{0,10}|微信扫一扫.*|[（(【]?虚构品牌.{0,12})[\s\-—·•]*$",
    re.I,
)


def past_texts(text: str, file: str, *, title: str = "", channel: Channel | None = None) -> tuple[PastText, ...]:
    """The texts that a file holds; empty when nothing is left.

    `channel` forces the channel, else the nearest telling file or folder name does, else each text's length and
    opening. Lines of `---` part several texts in one file; in Moments and reply files blank lines part them too
    when there are no such lines.
    """
    named = channel or named_channel(file)
    found = []
    for lines, heading in _split(_strip_blocks(text), by_blank=named in ("moments", "reply")):
        if any(sentence_chars(line.text) for line in lines):
            guessed = named or guess_channel("\n".join(line.text for line in lines))
            found.append(PastText(file=file, channel=guessed, lines=tuple(lines), title=heading or title))
    return tuple(found)


def named_channel(file: str) -> Channel | None:
    """The channel that a file name, or else its nearest folder, tells."""
    for part in reversed(PurePosixPath(file).parts):
        words = set(re.split(r"[\W_\d]+", part.lower()))
        for channel, names in _NAMES:
            if any(name in words if name.isascii() else name in part for name in names):
                return channel
    return None


def guess_channel(text: str) -> Channel:
    """By length and by how it begins."""
    if sentence_chars(text) >= ARTICLE_CHARS:
        return "article"
    return "reply" if _REPLY_OPENING.match(text.lstrip()) else "moments"


def _strip_blocks(text: str) -> list[str]:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    # Comments go, their line breaks stay, so that line numbers still hold.
    lines = _COMMENT.sub(lambda match: "\n" * match.group().count("\n"), text).split("\n")
    if lines and lines[0].strip() == "---":
        end = next((i for i, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
        # A separator as first line looks the same; a front matter holds `key: value` lines only.
        if end is not None and all(re.match(r"\s*(#|-|[\w\u4e00-\u9fff]+\s*:|$)", line) for line in lines[1:end]):
            lines[: end + 1] = [""] * (end + 1)
    return lines


def _split(lines: list[str], *, by_blank: bool) -> list[tuple[list[Line], str]]:
    separated = any(_SEPARATOR.match(line) for line in lines)
    groups: list[tuple[list[Line], str]] = [([], "")]
    for number, raw in enumerate(lines, 1):
        if _SEPARATOR.match(raw) if separated else (by_blank and not raw.strip()):
            groups.append(([], ""))
            continue
        text = _clean(raw)
        if _HEADING.match(raw):
            # The first heading of a text is its title; later ones part its sections and are no sentences.
            if not groups[-1][1] and not groups[-1][0]:
                groups[-1] = (groups[-1][0], text)
        elif text and not _CREDITS.match(text):
            groups[-1][0].append(Line(number, text))
    # A text cut up by decorative rules is one article, not several texts.
    if separated and not by_blank and not _like_texts(groups):
        groups = [([line for part, _ in groups for line in part], groups[0][1])]
    return groups


def _like_texts(groups: list[tuple[list[Line], str]]) -> bool:
    sizes = [sum(sentence_chars(line.text) for line in part) for part, _ in groups if part]
    headed = sum(bool(title) for part, title in groups if part)
    return sum(sizes) < ARTICLE_CHARS * len(sizes) / 2 or (len(sizes) > 1 and headed == len(sizes))


def _clean(raw: str) -> str:
    if raw.lstrip().startswith("|"):
        return ""
    text = _LINK.sub(r"\1", _IMAGE.sub("", raw))
    text = _BULLET.sub("", _HEADING.sub("", text), count=1)
    return _EMPHASIS.sub("", text).strip()
