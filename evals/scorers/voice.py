"""Does it sound like the brand: its words, its taboos, the length of its sentences, how it calls the reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from statistics import median

from agent.context import Context
from evals.records import Sampled, Score, Tier
from evals.scorers.view import Span, View, unreadable, view
from evals.scorers.voice_words import tone_of
from knowledge_base.records import Brand, ChannelTone

_YOU = re.compile("[你您]")
_QUOTES = re.compile(r"“[^”\n]*”|「[^」\n]*」")
_DENIED = re.compile(r"(?:不|没|无|非|别|勿)[^，。！？\n]{0,4}$")
_ARTICLE_CHARS = 300
"""Longer copy should use two of the brand's words, not one."""


class Voice:
    name = "voice"
    tier: Tier = "quality"

    def score(self, sampled: Sampled) -> tuple[Score, ...]:
        """`voice.words` in [0, 1]: the brand's words used, one in short copy, two in long; `voice.avoid` how many of
        its taboo and do-not-say words stand there; `voice.rhythm` in [0, 1]: nearness of the median sentence to the
        brand's; `voice.address` in [0, 1]: how often the reader is called as the brand does. Nothing without a brand.
        """
        brand = sampled.context.brand
        if brand is None:
            return ()
        seen = view(sampled)
        if seen is None:
            return unreadable("voice.words", sampled)
        tone = tone_of(brand, sampled.draft.brief.channel)
        return tuple(_scores(seen, brand, tone, sampled.context))


def _scores(seen: View, brand: Brand, tone: ChannelTone | None, context: Context) -> Iterator[Score]:
    liked = dict.fromkeys((*brand.words_use, *(tone.favourite_words if tone else ())))
    if liked:
        used = {word: span for word in liked if (span := seen.find(word)) is not None}
        need = 2 if seen.length > _ARTICLE_CHARS and len(liked) > 1 else 1
        why = f"用了{'、'.join(used)}" if used else "没用到品牌爱用的词"
        yield Score("voice.words", min(1.0, len(used) / need), None, why, tuple(used.values()))
    yield _avoided(seen, brand, context)
    if tone is not None and tone.sentence_chars and seen.sentence_lengths:
        mine = float(median(seen.sentence_lengths))
        near = min(mine, tone.sentence_chars) / max(mine, tone.sentence_chars, 1)
        yield Score("voice.rhythm", near, None, f"句长中位数 {mine:g} 字，品牌平时约 {tone.sentence_chars} 字")
    address = (tone.address if tone else "") or brand.address
    if address:
        yield _address(seen, address)


def _avoided(seen: View, brand: Brand, context: Context) -> Score:
    words = dict.fromkeys((*brand.words_avoid, *(word for p in context.products for word in p.do_not_say)))
    found: dict[str, Span] = {}
    for word in words:
        span = seen.find(word)
        if span is not None and not _DENIED.search(seen.fields[span[0]][max(0, span[1] - 6) : span[1]]):
            found[word] = span
    why = f"用了不该用的：{'、'.join(found)}" if found else "没有品牌不用的词"
    return Score("voice.avoid", float(len(found)), not found, why, tuple(found.values()))


def _address(seen: View, address: str) -> Score:
    if address not in ("你", "您"):
        span = seen.find(address)
        why = f"叫了“{address}”" if span else f"没有叫“{address}”"
        return Score("voice.address", 1.0 if span else 0.0, None, why, (span,) if span else ())
    wrong: list[Span] = []
    right = 0
    for name, text in seen.fields.items():
        bare = _QUOTES.sub(lambda m: " " * len(m.group()), text)  # a customer's words are his own
        for m in _YOU.finditer(bare):
            if m.group() == address:
                right += 1
            else:
                wrong.append((name, m.start(), m.end()))
    if not right and not wrong:
        return Score("voice.address", None, explanation="没有称呼读者")
    why = f"称“{address}” {right} 次" + (f"，另一种称呼 {len(wrong)} 次" if wrong else "")
    return Score("voice.address", right / (right + len(wrong)), not wrong, why, tuple(wrong))
