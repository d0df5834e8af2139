"""Is what the copy claims true (precision), and does it say what the case wants said (recall)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from agent.checks import ledger
from agent.checks.facts.claim import Claim
from agent.checks.facts.claims import figures
from agent.copies import ArticleCopy
from evals.records import Sampled, Score, Tier
from evals.scorers.view import Span, View, quoted, unreadable, view
from evals.text_metrics import containment, grams, letters

_SAME_WORDS = 0.6
"""Share of a selling point's character pairs that must stand in one sentence, when it has no figure."""
_WITH_FIGURE = 0.34
"""The same when the figure itself stands there: 冷水 3 秒化开 is told by 冷水冲三秒就化."""
_FIGURE = re.compile(r"[\d零〇一二两三四五六七八九十百千万亿半%.]+")
_MAY_COUNT = re.compile(r"[\d零〇一二两三四五六七八九十百千万亿半]")


class FactsPrecision:
    """Share of the copy's product claims that a record proves, by the agent's ledger: hence tier compliance."""

    name = "facts.precision"
    tier: Tier = "compliance"

    def score(self, sampled: Sampled) -> tuple[Score, ...]:
        """In [0, 1]; None for copy that claims nothing."""
        draft = sampled.draft
        if draft.copy is None:
            return unreadable(self.name, sampled)
        entries = [
            entry
            for entry in ledger(draft.copy, draft.brief, sampled.context)
            # Titles that were not chosen are never published.
            if not (isinstance(draft.copy, ArticleCopy) and entry.field.startswith("titles["))
        ]
        if not entries:
            return (Score(self.name, None, explanation="没有要查证的说法"),)
        wrong = [entry for entry in entries if entry.verdict == "unsupported"]
        why = f"{len(entries)} 条说法都有依据"
        if wrong:
            said = "、".join(quoted(entry.claim.text) for entry in wrong[:3])
            why = f"{len(entries)} 条说法里 {len(wrong)} 条没有依据：{said}"
        evidence = tuple((entry.field, entry.claim.start, entry.claim.end) for entry in wrong)
        return (Score(self.name, 1 - len(wrong) / len(entries), not wrong, why, evidence),)


class FactsRecall:
    """Share of the selling points a case asks for that the copy tells, whatever the spelling of words and figures."""

    name = "facts.recall"
    tier: Tier = "quality"

    def score(self, sampled: Sampled) -> tuple[Score, ...]:
        """In [0, 1]; nothing for a case without `expect.selling_points`."""
        wanted = sampled.case.expect.selling_points
        if not wanted:
            return ()
        seen = view(sampled)
        if seen is None:
            return unreadable(self.name, sampled)
        found = {point: span for point in wanted if (span := told(point, seen)) is not None}
        missing = [point for point in wanted if point not in found]
        why = f"要讲的 {len(wanted)} 点都讲了"
        if missing:
            why = f"要讲的 {len(wanted)} 点讲了 {len(wanted) - len(missing)} 点，没讲：{'、'.join(missing[:4])}"
        share = sum(point in found for point in wanted) / len(wanted)
        return (Score(self.name, share, not missing, why, tuple(found.values())),)


def told(point: str, seen: View) -> Span | None:
    """Where the copy tells a selling point; None when it does not.

    Letter for letter (widths, blanks, 繁简 apart); else every figure of it in any spelling (69 元 is 六十九块, 2 千克
    is 2kg) in one sentence with enough of its words; without figures, most of its words in one sentence.
    """
    if (span := seen.find(point)) is not None:
        return span
    amounts = _amounts(point)
    words = grams(_FIGURE.sub("", letters(point)), 2)
    for name, text in seen.fields.items():
        for start, end in _pieces(text):
            piece = text[start:end]
            said = {key: (c.start, c.end) for c in _figures(piece) for key in (_key(c),)} if amounts else {}
            if not amounts <= said.keys():
                continue
            share = containment(words, grams(_FIGURE.sub("", letters(piece)), 2)) if words else 1.0
            if share >= (_WITH_FIGURE if amounts else _SAME_WORDS) and (amounts or words):
                first = min((said[key] for key in amounts), default=(0, len(piece)))
                last = max((said[key] for key in amounts), default=first)
                return name, start + first[0], start + last[1]
    return None


def _pieces(text: str) -> Iterable[tuple[int, int]]:
    """Sentences, for a fact may not be put together from distant ones."""
    return tuple((m.start(), m.end()) for m in re.finditer(r"[^。！？!?\n]+", text))


Key = tuple[str, tuple[Decimal, ...], str]


def _key(claim: Claim) -> Key:
    return claim.dim, claim.values, "" if claim.values else claim.key


def _amounts(point: str) -> frozenset[Key]:
    return frozenset(_key(claim) for claim in _figures(point))


@lru_cache(maxsize=2048)
def _figures(text: str) -> tuple[Claim, ...]:
    return figures(text) if _MAY_COUNT.search(text) else ()
