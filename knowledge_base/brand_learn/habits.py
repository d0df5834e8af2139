"""Habits that can be counted: how readers are called, how texts begin and end, emoji, exclamation marks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from knowledge_base.brand_learn.texts import (
    SENTENCE_END,
    PastText,
    Sentence,
    bigram_likeness,
    sentence_chars,
    split_sentences,
    unquoted,
)
from knowledge_base.rules.length import find_emoji

LINE_MAX = 40
"""Longest opening or closing, in 字, that is worth quoting."""
CLOSING_LINE_MAX = 24
"""Longest last line, in 字, that is taken whole; of a longer one only the last sentence is the closing."""
ALIKE = 0.5
"""Bigram likeness from which two lines count as variants of one."""
VOCATIVE_SHARE = 0.5
"""Share of texts from which a form such as 姐妹们 counts as the brand's way to call its readers."""

_VOCATIVE = re.compile(
    r"(?:^|[，。！？!?,、\s])(姐妹|家人|宝子|宝宝|宝|亲爱的|亲|朋友|小伙伴|各位|大家|老铁|集美)(?:们|好)*(?=[，,！!~～：:])"
)


@dataclass(frozen=True, slots=True)
class Habit:
    """A line that texts begin or end with."""

    text: str
    count: int
    """Texts that have it or a close variant."""
    places: tuple[str, ...]
    """`file:line` of each."""


@dataclass(frozen=True, slots=True)
class Address:
    word: str
    """你, 您, 姐妹 ...; empty when the texts speak to nobody."""
    counts: tuple[tuple[str, int], ...]
    """Each form with the number of texts that use it, most used first."""


def address(texts: Sequence[PastText]) -> Address:
    """How readers are called. Words inside quotation marks are not counted."""
    plain: Counter[str] = Counter()
    vocatives: Counter[str] = Counter()
    with_form: Counter[str] = Counter()
    for text in texts:
        spoken = unquoted(text.plain)
        here = Counter({"你": spoken.count("你"), "您": spoken.count("您")})
        plain.update(here)
        called = {match.group(1) for match in _VOCATIVE.finditer(spoken)}
        vocatives.update(called)
        with_form.update([*called, *(word for word, count in here.items() if count)])
    word = ""
    if vocatives and vocatives.most_common(1)[0][1] >= VOCATIVE_SHARE * len(texts):
        word = min(vocatives, key=lambda form: (-vocatives[form], form))
    elif plain.total():
        word = "您" if plain["您"] >= plain["你"] else "你"
    return Address(word, tuple(sorted(with_form.items(), key=lambda item: (-item[1], item[0]))))


def sign_off(texts: Sequence[PastText]) -> Habit | None:
    """The same unpunctuated last line under at least half of the texts, two at the least."""
    last = [(text.lines[-1], text.file) for text in texts if len(text.lines) > 1]
    counts = Counter(line.text for line, _ in last if line.text[-1] not in SENTENCE_END)
    for line, count in counts.most_common():
        if count >= max(2, len(texts) / 2) and sentence_chars(line) <= LINE_MAX:
            return Habit(line, count, tuple(f"{file}:{one.number}" for one, file in last if one.text == line))
    return None


def openings(texts: Sequence[PastText]) -> tuple[Habit, ...]:
    """How texts begin: each text's first sentence, variants put together, the most frequent first."""
    return _grouped([text.sentences()[0] for text in texts])


def closings(texts: Sequence[PastText], signed: str = "") -> tuple[Habit, ...]:
    """How texts end: the last line, or its last sentence when the line is long or all there is; no sign-off line.

    A text of one sentence has an opening, not a closing.
    """
    found = []
    for text in texts:
        lines = [line for line in text.lines if line.text != signed and sentence_chars(line.text)]
        if sum(len(split_sentences(line.text)) for line in lines) > 1:
            last = lines[-1]
            whole = len(lines) > 1 and sentence_chars(last.text) <= CLOSING_LINE_MAX
            line = last.text if whole else split_sentences(last.text)[-1]
            found.append(Sentence(line, text.file, last.number))
    return _grouped(found)


def emoji_use(texts: Sequence[PastText]) -> tuple[tuple[tuple[str, int], ...], float]:
    """Each emoji or WeChat face with its count, most used first, and the mean number in a text."""
    counts = Counter(span.text for text in texts for span in find_emoji(text.plain))
    ordered = tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    return ordered, round(counts.total() / len(texts), 2) if texts else 0.0


def exclamations(texts: Sequence[PastText]) -> float:
    """Exclamation marks in a thousand 字."""
    chars = sum(sentence_chars(text.plain) for text in texts)
    marks = sum(text.plain.count("！") + text.plain.count("!") for text in texts)
    return round(1000 * marks / chars, 1) if chars else 0.0


def rhythm(texts: Sequence[PastText]) -> float:
    """Mean difference in 字 between neighbouring sentences: 0 is monotone."""
    gaps = [
        abs(sentence_chars(one.text) - sentence_chars(other.text))
        for text in texts
        for one, other in pairwise(text.sentences())
    ]
    return round(sum(gaps) / len(gaps), 1) if gaps else 0.0


def _grouped(lines: Sequence[Sentence]) -> tuple[Habit, ...]:
    groups: list[list[Sentence]] = []
    for line in lines:
        if sentence_chars(line.text) > LINE_MAX:
            continue
        home = next((group for group in groups if bigram_likeness(group[0].text, line.text) >= ALIKE), None)
        if home is None:
            groups.append([line])
        else:
            home.append(line)
    groups.sort(key=lambda group: -len(group))
    return tuple(Habit(_commonest(group), len(group), tuple(line.place for line in group)) for group in groups)


def _commonest(group: Sequence[Sentence]) -> str:
    counts = Counter(line.text for line in group)
    return max(counts, key=lambda text: counts[text])
