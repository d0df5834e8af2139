"""A draft as scorers read it: its fields, letters and sentences, worked out once and shared by all of them."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from agent.copies import Copy, fields, plain_text
from agent.finding import Finding
from agent.same import cached_by_identity
from evals.records import Sampled, Score
from evals.text_metrics import grams, letters, locate, sentences
from knowledge_base.rules import wechat_length

Span = tuple[str, int, int]


class Sentence(NamedTuple):
    field: str
    start: int
    end: int
    text: str


@lru_cache(maxsize=8192)
def _plain(word: str) -> str:
    return letters(word)


class View:
    """`fields` is what gets published, in reading order: the titles that were not chosen are left out."""

    def __init__(self, copy: Copy) -> None:
        self.copy = copy
        self.fields = {name: text for name, text in fields(copy).items() if not name.startswith("titles[")}
        self.memo: dict[str, Any] = {}
        """What one scorer found and another may use."""

    @cached_property
    def text(self) -> str:
        return plain_text(self.copy)

    @cached_property
    def letters(self) -> str:
        return letters(self.text)

    @cached_property
    def all_letters(self) -> str:
        """Of every field, digest and link text included, a blank between them so that no word spans two."""
        return " ".join(letters(text) for text in self.fields.values())

    @cached_property
    def pairs(self) -> frozenset[str]:
        """Character pairs of the letters."""
        return grams(self.letters, 2)

    @cached_property
    def length(self) -> int:
        """In 字 as WeChat counts."""
        return wechat_length(self.text)

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """Of the text a reader reads on, without title, headings and link text."""
        named = ((name, text) for name, text in self.fields.items() if name == "text" or name.endswith(".text"))
        return tuple(Sentence(name, a, b, text[a:b]) for name, text in named for a, b in sentences(text))

    @cached_property
    def sentence_lengths(self) -> tuple[int, ...]:
        return tuple(wechat_length(sentence.text) for sentence in self.sentences)

    def find(self, wanted: str) -> Span | None:
        """Where the letters of `wanted` first stand; marks, blanks, widths and 繁简 may differ."""
        plain = _plain(wanted)
        if not plain or plain not in self.all_letters:
            return None
        for name, text in self.fields.items():
            if (span := locate(text, wanted)) is not None:
                return (name, *span)
        return None


@cached_by_identity(64)
def _view(copy: Copy) -> View:
    return View(copy)


def view(sampled: Sampled) -> View | None:
    """None when no copy could be read."""
    return None if sampled.draft.copy is None else _view(sampled.draft.copy)


def unreadable(scorer: str, sampled: Sampled) -> tuple[Score, ...]:
    """The score of a draft without copy: none, and why."""
    why = next((f.message for f in sampled.draft.findings if f.status == "unparsable"), "")
    return (Score(scorer, None, explanation=f"没有读得出的文案，没法评{'：' + why if why else ''}"),)


def spans(findings: tuple[Finding, ...] | list[Finding]) -> tuple[Span, ...]:
    return tuple((f.field, f.start, f.end) for f in findings)


def quoted(text: str, most: int = 16) -> str:
    """For explanations: on one line and short."""
    plain = " ".join(text.split())
    return f"“{plain[:most]}…”" if len(plain) > most else f"“{plain}”"
