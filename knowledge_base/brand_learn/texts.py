"""A past text as lines and sentences that still know where they stand in their file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge_base.records import Channel

SENTENCE_END = "。！？!?…"
_SENTENCE = re.compile(rf"[^{SENTENCE_END}\n]*[{SENTENCE_END}]+[”’」』）)\"'~～]*|[^{SENTENCE_END}\n]+")
_QUOTED = re.compile(r"“[^”\n]*”|「[^」\n]*」|\"[^\"\n]*\"")


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    """1-based line in the file (of the converted text for html and docx)."""
    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    file: str
    line: int

    @property
    def place(self) -> str:
        """`file:line`, as quotes and reports show it."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastText:
    """One published text of the brand, without headings, markup, notes and credits."""

    file: str
    channel: Channel
    lines: tuple[Line, ...]
    title: str = ""

    @property
    def plain(self) -> str:
        return "\n".join(line.text for line in self.lines)

    def sentences(self) -> tuple[Sentence, ...]:
        return tuple(
            Sentence(text, self.file, line.number) for line in self.lines for text in split_sentences(line.text)
        )


def split_sentences(text: str) -> tuple[str, ...]:
    """Sentences with their closing marks and quotation marks; parts without a letter join the last one."""
    found: list[str] = []
    for match in _SENTENCE.finditer(text):
        part = match.group().strip()
        if sentence_chars(part):
            found.append(part)
        elif part and found:
            found[-1] += part
    return tuple(found)


def sentence_chars(sentence: str) -> int:
    """Length of a sentence in 字: Chinese characters, letters and digits; marks, spaces and emoji do not count."""
    return sum(char.isalnum() for char in sentence)


def unquoted(text: str) -> str:
    """The text without what stands in quotation marks: others speak there, not the brand."""
    return _QUOTED.sub("", text)


def bigram_likeness(one: str, other: str) -> float:
    """Jaccard likeness of the character bigrams of two lines, in [0, 1]; marks are left out."""
    a, b = _bigrams(one), _bigrams(other)
    return len(a & b) / len(a | b) if a or b else 1.0


def _bigrams(text: str) -> set[str]:
    letters = "".join(char for char in text if char.isalnum())
    return {letters[i : i + 2] for i in range(len(letters) - 1)} or ({letters} if letters else set())
