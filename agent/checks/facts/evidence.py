"""Values of proof: a record's facts, with where each stands and under which conditions it holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from agent.checks.facts.claim import Claim
from agent.checks.facts.wording import code_key

# Pieces that say nothing about what a text is about: units, articles, glue.
_EMPTY = frozenset(
    re.findall(
        "..",
        "小时分钟个月一个一次一天一条一盒一杯一下每天每次可以没有不是就是还是一样什么这个那个我们他们你的我的是的了一的时时候"
        "之后以后以前之前以上以下左右只有不用不要不能里的上的的人都是也是在一有一是一",
    )
)
_GLUE = frozenset("的了约一在是有达为每个就才只不也都和到还要能用过以内多装后前")
_NEAR = 10


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must be said beside an offer's figure, and when it holds."""

    name: frozenset[str] = frozenset()
    """Pieces of the offer's name: the figure must be named as an offer."""
    pack: Decimal | None = None
    """How many pieces the price is for."""
    partner: frozenset[str] = frozenset()
    """Pieces of the other goods in a bundle."""
    ordinal: str = ""
    """第二: which piece the figure is about."""
    start: date | None = None
    end: date | None = None

    def running(self, today: date | None) -> bool:
        return today is None or not (
            (self.start is not None and today < self.start) or (self.end is not None and today > self.end)
        )


@dataclass(frozen=True, slots=True)
class Fact:
    """One proved figure or wording."""

    claim: Claim
    """The figure in the grammar of claims; its span points into `quote`."""
    record_id: str
    record_name: str
    where: str
    """The record's field in Chinese, e.g. 价格, 规格 净含量, 卖点."""
    quote: str
    """The record's own words."""
    near: frozenset[str] = frozenset()
    """Two-character pieces of the words round the figure: what it is said of."""
    conditions: Conditions | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything one record proves."""

    record_id: str
    name: str
    facts: tuple[Fact, ...]
    """Figures, dates, codes, offers."""
    vocabulary: frozenset[str]
    """Two-character pieces of all its words."""
    codes: frozenset[str]
    """Its certificate numbers, standards, phone numbers and other codes, Latin and digits only, in capitals."""
    kind: str = "product"
    things: tuple[Fact, ...] = ()
    """Materials, processes, lacks, origins and promises."""
    lines: tuple[Fact, ...] = ()
    """Each of its texts whole."""
    text: str = ""
    ingredients: Fact | None = None
    """The full list of ingredients, when the record has one."""


@lru_cache(maxsize=4096)
def pieces(text: str) -> frozenset[str]:
    """Two-character pieces of the Chinese and Latin words in a text, figures and marks left out."""
    return (
        frozenset(text[i : i + 2] for i in range(len(text) - 1) if text[i].isalpha() and text[i + 1].isalpha()) - _EMPTY
    )


def neighbours(before: str, after: str) -> frozenset[str]:
    """What stands round a figure: pieces of the words near it, and the characters touching it (洗 20 次 -> 洗|)."""
    touching = set()
    if (left := before.rstrip()[-1:]) and left.isalpha() and left not in _GLUE:
        touching.add(f"{left}|")
    if (right := after.lstrip()[:1]) and right.isalpha() and right not in _GLUE:
        touching.add(f"|{right}")
    return pieces(before[-_NEAR:] + " " + after[:_NEAR]) | touching


def latin_key(text: str) -> str:
    """The Latin letters and digits of a code, in capitals: 国妆特字 G2024-1 and g20241 are the same."""
    return "".join(c for c in code_key(text) if c.isascii())
