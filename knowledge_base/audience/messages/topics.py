"""What each group of messages is about, and which words of complaints rise more than chance allows.

Terms are ranked by class-based TF-IDF: a word's share of a group's words, times log(1 + average words of a group / the
word's count over all groups) (Grootendorst 2022, BERTopic).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import log

from knowledge_base.audience.messages.words import words

LEAST_MESSAGES, LEAST_WEEKS = 5, 3
"""A rise needs so many messages in its week, and so many weeks before it to compare with."""
LEVEL, LEAST_RATIO = 0.05, 1.5
MANY_WEEKS = 8
"""Weeks before that count as 'before'."""


@dataclass(frozen=True, slots=True)
class Term:
    word: str
    weight: float
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """A product's complaints, or one word in them, in one week against the weeks before."""

    item: str
    word: str
    """Empty for all complaints of the product."""
    week: date
    """Its Monday."""
    count: int
    base: int
    """Messages the week's count is out of."""
    before: int
    before_base: int
    weeks_before: int
    ratio: float
    """Rate now over rate before; smoothed by half a message, so that a first time has one too."""
    p: float
    """Adjusted by Holm over everything that was tested."""


@dataclass(frozen=True, slots=True)
class Message:
    text: str
    time: datetime
    item: str
    complaint: bool


def terms(groups: Iterable[tuple[Hashable, str]], most: int = 10, least: int = 2) -> dict[Hashable, list[Term]]:
    """Words typical of each group of (group, text); words in fewer than `least` texts of the group are left out."""
    counts: dict[Hashable, Counter[str]] = defaultdict(Counter)
    texts: dict[Hashable, Counter[str]] = defaultdict(Counter)
    for group, text in groups:
        found = words(text)
        counts[group].update(found)
        texts[group].update(set(found))
    overall: Counter[str] = Counter()
    for each in counts.values():
        overall.update(each)
    average = sum(overall.values()) / len(counts) if counts else 0.0
    ranked: dict[Hashable, list[Term]] = {}
    for group, each in counts.items():
        total = sum(each.values()) or 1
        weighed = [
            Term(word, count / total * log(1 + average / overall[word]), texts[group][word])
            for word, count in each.items()
            if texts[group][word] >= least
        ]
        ranked[group] = sorted(weighed, key=lambda one: (-one.weight, one.word))[:most]
    return ranked


def monday(time: datetime) -> date:
    """The Monday of a time's week."""
    return time.date() - timedelta(days=time.weekday())


def emerging(messages: Sequence[Message], *, week: date | None = None, level: float = LEVEL) -> tuple[Rise, ...]:
    """Complaints that rose in `week` (default: the last one with messages) against up to eight weeks before.

    One-sided conditional binomial test of two Poisson rates (Przyborowski and Wilenski 1940) with all messages of the
    product as exposure, so that a busy week is no rise; Holm over every product and word tested. Largest ratio first.
    """
    from scipy.stats import binomtest

    if not messages:
        return ()
    last = week or max(monday(one.time) for one in messages)
    first = max(min(monday(one.time) for one in messages), last - timedelta(weeks=MANY_WEEKS))
    weeks = (last - first).days // 7
    if weeks < LEAST_WEEKS:
        return ()
    now, now_base = _counted(one for one in messages if monday(one.time) == last)
    before, before_base = _counted(one for one in messages if first <= monday(one.time) < last)
    tested: list[tuple[float, Rise]] = []
    for (item, word), count in sorted(now.items()):
        if count < LEAST_MESSAGES:
            continue
        base, old, old_base = now_base[item], before[item, word], before_base[item]
        if not old_base:
            continue
        p = binomtest(count, count + old, base / (base + old_base), alternative="greater").pvalue
        ratio = ((count + 0.5) / (base + 0.5)) / ((old + 0.5) / (old_base + 0.5))
        rise = Rise(
            item=item,
            word=word,
            week=last,
            count=count,
            base=base,
            before=old,
            before_base=old_base,
            weeks_before=weeks,
            ratio=ratio,
            p=float(p),
        )
        tested.append((float(p), rise))
    return _significant(tested, level)


def _significant(tested: list[tuple[float, Rise]], level: float) -> tuple[Rise, ...]:
    from dataclasses import replace

    from statsmodels.stats.multitest import multipletests

    if not tested:
        return ()
    _, adjusted, _, _ = multipletests([p for p, _ in tested], alpha=level, method="holm")
    risen = [
        replace(rise, p=float(p))
        for p, (_, rise) in zip(adjusted, tested, strict=True)
        if p <= level and rise.ratio >= LEAST_RATIO
    ]
    return tuple(sorted(risen, key=lambda one: (-one.ratio, one.item, one.word)))


def _counted(messages: Iterable[Message]) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """Complaints by (item, word), with "" for any word; all messages by item."""
    found: Counter[tuple[str, str]] = Counter()
    base: Counter[str] = Counter()
    for one in messages:
        base[one.item] += 1
        if one.complaint:
            found[one.item, ""] += 1
            found.update((one.item, word) for word in set(words(one.text)))
    return found, base
