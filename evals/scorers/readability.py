"""Is the copy easy to read aloud: sentence lengths, breath, and characters that readers meet rarely.

There is no agreed readability formula for Chinese marketing copy; these are plain measures with stated limits, not one.
"""

from __future__ import annotations

import re
from statistics import median, pstdev

from agent.context import Context
from agent.same import cached_by_identity
from evals.records import Sampled, Score, Tier
from evals.scorers.view import View, quoted, unreadable, view
from evals.scorers.voice_words import own_words
from knowledge_base.records import Product

LONG = 40
"""字 in a sentence beyond which it takes more than one breath to read aloud."""
RARE_SHARE = 0.02
_SHOWN = 8
_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0002ffff]+")


class Readability:
    name = "readability"
    tier: Tier = "quality"

    def score(self, sampled: Sampled) -> tuple[Score, ...]:
        """`readability.sentence` median 字 a sentence; `.long` share of sentences over `LONG` 字; `.rhythm` how much
        their lengths vary (deviation over mean, 0 for even); `.rare` share of Chinese characters outside the 3,755
        common ones of GB 2312 level 1, those of the product's record and the brand's words apart."""
        seen = view(sampled)
        if seen is None:
            return unreadable(self.name, sampled)
        lengths = seen.sentence_lengths
        if not lengths:
            return (Score("readability.sentence", None, explanation="正文里没有句子"),)
        return (*_lengths(seen, lengths), _rare(seen, _own_characters(sampled.context)))


def _lengths(seen: View, lengths: tuple[int, ...]) -> tuple[Score, Score, Score]:
    middle, total = float(median(lengths)), sum(lengths)
    long = [s for s, size in zip(seen.sentences, lengths, strict=True) if size > LONG]
    why = f"{len(lengths)} 句，中位数 {middle:g} 字，最长 {max(lengths)} 字"
    breathless = tuple((s.field, s.start, s.end) for s in long)
    told = f"{len(long)} 句超过 {LONG} 字，如{quoted(long[0].text)}" if long else f"没有超过 {LONG} 字的句子"
    mean = total / len(lengths)
    rhythm = pstdev(lengths) / mean if len(lengths) > 1 and mean else 0.0
    return (
        Score("readability.sentence", middle, None, why),
        Score("readability.long", len(long) / len(lengths), not long, told, breathless),
        Score("readability.rhythm", rhythm, None, f"句长起伏 {rhythm:.2f}（0 是句句一样长）"),
    )


def _rare(seen: View, known: frozenset[str]) -> Score:
    han = rare = 0
    found: dict[str, tuple[str, int, int]] = {}
    for name, text in seen.fields.items():
        size = len("".join(_HAN.findall(text)))
        han += size
        if not size or is_common(text):
            continue
        for i, character in enumerate(text):
            if _HAN.match(character) and character not in known and not is_common(character):
                rare += 1
                found.setdefault(character, (name, i, i + 1))
    share = rare / han if han else 0.0
    why = f"少见的字 {rare} 个：{'、'.join(list(found)[:_SHOWN])}" if rare else "没有少见的字"
    return Score("readability.rare", share, share <= RARE_SHARE, why, tuple(found.values()))


def _own_characters(context: Context) -> frozenset[str]:
    """Of the brand's names and the products' records: a reader of 焖 5 分钟 is told how to make that porridge."""
    return frozenset().union(*own_words(context), *(_of_product(product) for product in context.products))


@cached_by_identity(256)
def _of_product(product: Product) -> frozenset[str]:
    specs = (spec.value for spec in product.specs)
    return frozenset("".join((*product.selling_points, *product.ingredients, *product.scenes, *specs)))


def is_common(text: str) -> bool:
    """Whether every Chinese character is in GB 2312 level 1, 3,755 characters chosen for how often they are used.

    Level 1 fills rows 16-55 of the standard: lead bytes B0-D7. Other characters do not matter.
    """
    han = "".join(_HAN.findall(text))
    try:
        encoded = han.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return all(lead < 0xD8 for lead in encoded[::2])
