"""Finds the JSON object in what a model said: fenced, wrapped in prose, slightly broken, or cut off."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

_DECODER = json.JSONDecoder(strict=False)
_REASONING = re.compile(r"\s*<(think|thinking|reasoning|analysis)>", re.IGNORECASE)
MAX_DEPTH = 40
MAX_STARTS = 40
"""Braces tried as the beginning of the object; prose rarely holds more, and each try may read to the end."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found. `state`: whole, tidied (readable after repairs), cut (ends too early), none."""

    state: Literal["whole", "tidied", "cut", "none"]
    data: dict[str, Any] = field(default_factory=dict)
    rest: str = ""
    """The answer without its reasoning, for plain-text answers."""
    complete: tuple[str, ...] = ()
    """When cut: the top-level fields that arrived whole."""


def without_reasoning(text: str) -> str | None:
    """The answer after a leading `<think>…</think>`; None when the reasoning never ends."""
    text = text.removeprefix("\ufeff")
    while opening := _REASONING.match(text):
        closing = re.compile(f"</{opening[1]}>", re.IGNORECASE).search(text, opening.end())
        if closing is None:
            return None
        text = text[closing.end() :]
    # Some endpoints eat the opening tag and leave the closing one.
    head, tag, tail = text.partition("</think>")
    return tail if tag and "{" not in head else text


def find_object(text: str, keys: Collection[str]) -> Answer:
    """The object in `text` that has most of `keys`; among equals the last, for reasoning quotes examples first."""
    said = without_reasoning(text)
    if said is None:
        return Answer("cut")
    best, best_score, cut = Answer("none", rest=said), -1, None
    at, tries = said.find("{"), 0
    while at >= 0 and tries < MAX_STARTS:
        found, end = _read_at(said, at)
        if found.state in ("whole", "tidied"):
            score = len(found.data.keys() & set(keys)) if keys else 0
            score = score or len(_inner(found.data).keys() & set(keys))
            if score >= best_score:
                best, best_score = Answer(found.state, found.data, said), score
        else:
            tries += 1
            if found.state == "cut" and cut is None:
                cut = Answer("cut", rest=said, complete=found.complete)
        at = said.find("{", end)
    if best_score <= 0 and cut is not None and (cut.complete or said.lstrip("`json \n\r\t").startswith("{")):
        return cut
    return best


def _inner(data: dict[str, Any]) -> dict[str, Any]:
    """The object inside a one-field wrapper such as {"article": {…}}."""
    only = next(iter(data.values())) if len(data) == 1 else None
    return only if isinstance(only, dict) else {}


def _read_at(text: str, at: int) -> tuple[Answer, int]:
    """Reads one object at `at`; returns it and where to look on."""
    try:
        data, end = _DECODER.raw_decode(text, at)
        return (Answer("whole", data), end) if isinstance(data, dict) else (Answer("none"), at + 1)
    except (ValueError, RecursionError):
        pass
    reader = _TolerantReader(text, at)
    try:
        return Answer("tidied", reader.object(0)), reader.at
    except EOFError:
        return Answer("cut", complete=tuple(reader.done)), at + 1
    except ValueError:
        return Answer("none"), at + 1


class _TolerantReader:
    """JSON with trailing commas, full-width punctuation and quotes outside strings, raw line breaks and unescaped
    quotes inside them. Raises EOFError where the text ends too early and ValueError where it is no JSON at all.
    """

    _SPACE = re.compile(r"\s*")
    _BARE = re.compile(r"[-+.\w]+")
    _WORDS: ClassVar = {"true": True, "false": False, "null": None, "none": None}
    _QUOTES: ClassVar = {'"': '"', "“": "”", "”": "”", "'": "'", "＂": "＂"}
    _HEX = re.compile(r"[0-9a-fA-F]{4}")
    _LOW = re.compile(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})")
    _ESCAPES: ClassVar = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
    # What may follow the quote that really ends a string.
    _AFTER: ClassVar = {
        "key": re.compile(r"\s*[:：]"),
        "field": re.compile(r"\s*(?:[}\]]|[,，]\s*(?:[\"“”'＂},，]|\Z)|\Z)"),
        "item": re.compile(r"\s*(?:\]|[,，]\s*(?:[\"“”'＂\]{\[]|\Z)|\Z)"),
    }

    def __init__(self, text: str, at: int) -> None:
        self.text, self.at = text, at
        self.done: list[str] = []

    def object(self, depth: int) -> dict[str, Any]:
        self._deep(depth)
        self.at += 1
        found: dict[str, Any] = {}
        while (char := self._peek()) != "}":
            if char in ",，":
                self.at += 1
                continue
            key = self._string("key")
            if self._peek() not in ":：":
                raise ValueError("no colon")
            self.at += 1
            found[key] = self._value("field", depth + 1)
            if depth == 0:
                self.done.append(key)
        self.at += 1
        return found

    def _array(self, depth: int) -> list[Any]:
        self._deep(depth)
        self.at += 1
        found: list[Any] = []
        while (char := self._peek()) != "]":
            if char in ",，":
                self.at += 1
                continue
            found.append(self._value("item", depth + 1))
        self.at += 1
        return found

    def _value(self, place: str, depth: int) -> Any:
        char = self._peek()
        if char == "{":
            return self.object(depth)
        if char == "[":
            return self._array(depth)
        if char in self._QUOTES:
            return self._string(place)
        match = self._BARE.match(self.text, self.at)
        if match is None:
            raise ValueError("no value")
        if match.end() == len(self.text):
            raise EOFError
        self.at = match.end()
        word = match[0].lower()
        if word in self._WORDS:
            return self._WORDS[word]
        return int(word) if word.isdecimal() and len(word) < 20 else float(word)

    def _string(self, place: str) -> str:
        close = self._QUOTES.get(self._peek())
        if close is None:
            raise ValueError("no string")
        self.at += 1
        after, out = self._AFTER[place], []
        while self.at < len(self.text):
            char = self.text[self.at]
            self.at += 1
            if char == "\\":
                out.append(self._escape())
            elif char == close and after.match(self.text, self.at):
                return "".join(out)
            else:
                out.append(char)
        raise EOFError

    def _escape(self) -> str:
        if self.at >= len(self.text):
            raise EOFError
        char = self.text[self.at]
        self.at += 1
        if char != "u":
            return self._ESCAPES.get(char, char)
        digits = self._HEX.match(self.text, self.at)
        if digits is None:
            return char
        self.at = digits.end()
        low = self._LOW.match(self.text, self.at) if digits[0][:2].lower() in ("d8", "d9", "da", "db") else None
        if low is None:
            return chr(int(digits[0], 16))
        self.at = low.end()
        return chr(0x10000 + ((int(digits[0], 16) - 0xD800) << 10) + int(low[1], 16) - 0xDC00)

    def _peek(self) -> str:
        match = self._SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at
        if self.at >= len(self.text):
            raise EOFError
        return self.text[self.at]

    @staticmethod
    def _deep(depth: int) -> None:
        if depth > MAX_DEPTH:
            raise ValueError("too deep")
