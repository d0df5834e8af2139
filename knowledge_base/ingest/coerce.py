"""Cells as people write them -> values: money, days, numbers, yes/no, and lists in one cell.

Nothing here guesses where two readings are possible (a price range, a month-first date): it raises `CellError`,
whose Chinese text says what was found and what to write instead.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

EXCEL_EPOCH = date(1899, 12, 30)
"""Day 0 of Excel's 1900 date system, with its 29 February 1900 that never was already allowed for."""
EXCEL_DAYS = range(36526, 73051)
"""2000-01-01 to 2099-12-31 as Excel day numbers; other bare numbers are not taken for days."""
SHORT_ITEM = 30
"""Longest piece, in 字, for which a comma or 、 is taken to separate items rather than parts of a sentence."""

BLANKS = frozenset({"", "-", "--", "—", "——", "/", "\\", "无", "暂无", "没有", "n/a", "na", "null", "none", "nan"})
OPEN_END = frozenset({"长期", "永久", "长期有效", "永久有效", "不限", "不限时"})
YES = frozenset({"是", "真", "对", "要", "需要", "y", "yes", "true", "1", "on", "√", "✓", "✔"})
NO = frozenset({"否", "假", "不", "不要", "不需要", "n", "no", "false", "0", "off", "×", "✗"})

_MONEY = re.compile(
    r"(?:¥|￥|rmb|cny|人民币)?\s*(?P<minus>-)?(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*(?P<wan>万)?\s*"
    r"(?:元|圆|块|rmb|cny|人民币)?(?:/[件盒瓶袋支条个套份包只罐双台本张])?",
    re.I,
)
_RANGE = re.compile(r"\d\s*(?:-|~|至|到|—|–)\s*(?:¥|￥)?\d")
_DAY = re.compile(
    r"(?P<y>\d{4})\s*(?:[-/.]\s*(?P<m>\d{1,2})\s*[-/.]\s*(?P<d>\d{1,2})|年\s*(?P<m2>\d{1,2})\s*月\s*(?P<d2>\d{1,2})\s*[日号]?)"
    r"(?:[T\s]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2}(?![-/.\d]))?)?",
    re.I,
)
_COMPACT_DAY = re.compile(r"(?P<y>20\d{2})(?P<m>\d{2})(?P<d>\d{2})")
_PERIOD = re.compile(r"\s*(?:至|到|~|–|—{1,2}|\s-\s)\s*")
_NUMBERED = re.compile(r"(?:^|(?<=\s)|(?<=[;；。,，]))(\d{1,2})[.、)]\s*(?!\d)|([①-⑳])\s*")
_BULLET = re.compile(r"^(?:[-*•·●◆■▪]\s+|[•·●◆■▪])")
_BRACKETS = {"(": ")", "（": "）", "[": "]", "【": "】", "「": "」", "《": "》", "“": "”"}
_STRONG = (re.compile(r"[\r\n]+"), re.compile(r"[;；]"), re.compile(r"[|｜]"))
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LOCANT = re.compile(r"\d(?:,\d)*-")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+\d{1,3}")


class CellError(ValueError):
    """A cell that means nothing certain; the text is Chinese and ends in what to write."""


def plain(value: object) -> str:
    """Half-width, trimmed text, for reading numbers and dates; never for text that is kept."""
    return unicodedata.normalize("NFKC", str(value)).strip()


def printable(text: str) -> str:
    """Trimmed, without what could move a terminal's cursor or turn the writing direction; \\r\\n becomes \\n."""
    text = text.strip()
    if not _CONTROL.search(text):
        return text
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def is_blank(value: object) -> bool:
    """True for None, empty text and the marks people put into empty cells."""
    return value is None or (isinstance(value, str) and (not value or value.strip().lower() in BLANKS))


def money(value: Any) -> Decimal | None:
    """Yuan from `¥69.00`, `69元`, `1,299.00`, `６９`, `1.2万`; None when blank."""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    text = plain(value)
    if is_blank(text):
        return None
    if found := _MONEY.fullmatch(text):
        number = Decimal((found["minus"] or "") + found["number"].replace(",", ""))
        return number * 10000 if found["wan"] else number
    if _RANGE.search(text):
        raise CellError(f"「{text}」是价格区间；请写一个价，或每个规格一行")
    if text[:1] in "$€£":
        raise CellError(f"「{text}」带外币符号；只写数字，并加一列 currency（如 USD）")
    raise CellError(f"「{text}」不是金额；写成 69 或 69.00")


def day(value: Any) -> date | None:
    """A day from `2026/11/1`, `2026年11月1日`, `20261101`, ISO text with or without a time, or an Excel day number."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = plain(value)
    if is_blank(text) or text in OPEN_END:
        return None
    if text.removesuffix(".0").isdecimal() and int(text.removesuffix(".0")) in EXCEL_DAYS:
        return EXCEL_EPOCH + timedelta(days=int(text.removesuffix(".0")))
    found = _DAY.fullmatch(text) or _COMPACT_DAY.fullmatch(text)
    if not found:
        raise CellError(f"「{text}」不是日期；写成 2026-11-01")
    parts = found.groupdict()
    try:
        return date(int(parts["y"]), int(parts["m"] or parts["m2"]), int(parts["d"] or parts["d2"]))
    except ValueError as error:
        raise CellError(f"「{text}」不是有效的日期") from error


def period(value: Any) -> tuple[date | None, date | None]:
    """(start, end) from `2026-11-01 至 2026-11-11` or `2026.11.1-2026.11.11`; a single day is the end."""
    text = plain(value)
    if is_blank(text) or text in OPEN_END:
        return None, None
    written = [found[0] for found in _DAY.finditer(text)]
    parts = written if len(written) == 2 else _PERIOD.split(text, maxsplit=1)
    return (day(parts[0]), day(parts[1])) if len(parts) == 2 else (None, day(text))


def whole(value: Any) -> int | None:
    """An integer from `1,200`, `300 件`, 12.0; None when blank."""
    text = plain(value)
    if is_blank(text):
        return None
    found = re.fullmatch(r"(-?\d+(?:,\d{3})*)(?:\.0+)?\s*(?:件|个|张|份|px|像素)?", text, re.I)
    if not found:
        raise CellError(f"「{text}」不是整数")
    return int(found[1].replace(",", ""))


def flag(value: Any) -> bool | None:
    """是/否 in the usual spellings; None when blank."""
    if isinstance(value, bool):
        return value
    text = plain(value).lower()
    if text in YES:
        return True
    if text in NO:
        return False
    if is_blank(text):
        return None
    raise CellError(f"「{text}」应当是 是 或 否")


def items(value: Any, *, short: bool = False) -> list[str]:
    """The items of a list cell.

    A JSON array is taken as it is. Otherwise the strongest separator present splits: line breaks, then ； and ;,
    then |, then numbering (1. 2. 3. or ①②③). Commas and 、 split only `short` lists (ingredients, aliases), outside
    brackets, and only while every piece stays short and none ends a sentence: a sentence is never cut.
    """
    if isinstance(value, (list, tuple)):
        return [text for item in value if (text := printable(str(item)))]
    text = printable(str(value))
    if text.startswith("["):
        try:
            listed = json.loads(text)
        except ValueError:
            listed = None
        if isinstance(listed, list) and all(isinstance(item, str) for item in listed):
            return items(listed)
    if is_blank(text):
        return []
    for separator in _STRONG:
        if separator.search(text):
            return _clean(separator.split(text))
    numbered = _numbered(text)
    if numbered:
        return _clean(numbered)
    if short and not re.search(r"[。！？!?]", text):
        pieces = split_outside_brackets(text, "、，,")
        if all(len(piece.strip()) <= SHORT_ITEM for piece in pieces):
            return _clean(pieces)
    return _clean([text])


def split_outside_brackets(text: str, separators: str) -> list[str]:
    """Split at any of `separators` that stands in no bracket pair; an unclosed bracket protects the rest."""
    pieces: list[str] = []
    closing: list[str] = []
    start = 0
    for index, char in enumerate(text):
        if closing and char == closing[-1]:
            closing.pop()
        elif char in _BRACKETS:
            closing.append(_BRACKETS[char])
        elif char in separators and not closing and not _inside_name(text, index):
            pieces.append(text[start:index])
            start = index + 1
    return [*pieces, text[start:]]


def scientific(text: str) -> bool:
    """True for `6.90E+12`: an id that Excel has already rounded."""
    return bool(_SCIENTIFIC.fullmatch(text.strip()))


def _inside_name(text: str, index: int) -> bool:
    """The comma of 1,2-己二醇."""
    return text[index] == "," and text[index - 1 : index].isdigit() and bool(_LOCANT.match(text, index + 1))


def _numbered(text: str) -> list[str]:
    """Pieces behind 1. 2. 3. (in this order, from the very start), or nothing."""
    marks: list[re.Match[str]] = []
    for found in _NUMBERED.finditer(text):
        number = int(found[1]) if found[1] else ord(found[2]) - ord("①") + 1
        if number == len(marks) + 1:
            marks.append(found)
    if len(marks) < 2 or marks[0].start() != 0:
        return []
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    return [text[mark.end() : end].rstrip(";；,，") for mark, end in zip(marks, ends, strict=True)]


def _clean(pieces: Sequence[str]) -> list[str]:
    marked = [_BULLET.sub("", piece.strip()) for piece in pieces]
    numbered = _numbered("\n".join(marked)) if len(marked) > 1 else []
    return [text for piece in numbered or marked if (text := piece.strip())]
