"""Rules that need a word of each of their groups in one sentence, in any order: who, what is said, what comes of it.

Free order and large word groups catch what no written-out phrase foresees; the words come from the one automaton pass,
so that the size of a group costs nothing.
"""

from __future__ import annotations

from agent.checks.compliance.sentence import Sentences, inside_word, regex
from knowledge_base.rules.law_model import Group, RuleBook

_LOOK = 16
"""How far before and after a word its group's conditions see."""
_KEPT = 3
"""Latest words remembered per group."""

Span = tuple[int, int]


class Gathering:
    """The words met so far in one text, by rule and group; conditions wait until a claim may be complete."""

    def __init__(self, text: str, book: RuleBook, sentences: Sentences) -> None:
        self._text = text
        self._sentences = sentences
        self._rules = book.rules
        self._met: dict[int, list[list[Span]]] = {}

    def add(self, number: int, group: int, start: int, end: int) -> Span | None:
        """Notes a word of a group; where the rule's groups are complete, the stretch from their first to last word."""
        met = self._met.get(number)
        if met is None:
            met = self._met[number] = [[] for _ in self._rules[number].groups]
        near = met[group]
        if near and near[-1][0] <= start and end <= near[-1][1]:
            return None  # The automaton gives the longer word first.
        near.append((start, end))
        if len(near) > _KEPT:
            del near[0]
        earliest = end - self._rules[number].within
        for spans in met:
            if not spans or spans[-1][0] < earliest:
                return None
        return self._complete(number, group, (start, end))

    def _complete(self, number: int, group: int, newest: Span) -> Span | None:
        rule, met = self._rules[number], self._met[number]
        if not _counts(self._text, *newest, rule.groups[group]):
            met[group].pop()
            return None
        chosen = [newest]
        for other, spans in enumerate(met):
            if other == group:
                continue
            one = next((s for s in reversed(spans) if self._fits(s, chosen, rule.groups[other])), None)
            if one is None:
                return None
            chosen.append(one)
        low, high = min(start for start, _ in chosen), max(end for _, end in chosen)
        if high - low > rule.within or self._sentences.broken(low, high):
            return None
        del self._met[number]
        return low, high

    def _fits(self, span: Span, chosen: list[Span], group: Group) -> bool:
        return all(_apart(span, other) for other in chosen) and _counts(self._text, *span, group)


def _counts(text: str, start: int, end: int, group: Group) -> bool:
    if group.not_words and inside_word(text, start, end, group.not_words):
        return False
    ahead = text[max(0, start - _LOOK) : start]
    if group.before and regex(group.before).search(ahead):
        return False
    if group.follows and not regex(group.follows).search(ahead):
        return False
    return not (group.after and regex(group.after).match(text[end : end + _LOOK]))


def _apart(one: Span, other: Span) -> bool:
    return one[1] <= other[0] or other[1] <= one[0]
