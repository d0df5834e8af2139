"""What may move a judge besides the copy: its length, its place in a pair, and chance from one call to the next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import binomtest, spearmanr

from evals.judges.prefer import Preference

MIN_FOR_RANK = 5
"""Fewer things give no correlation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of n, with a 95 % Wilson interval and the exact binomial p against one half."""

    k: int
    n: int
    low: float
    high: float
    p: float

    @property
    def share(self) -> float:
        return self.k / self.n


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthBias:
    """Spearman's correlation of level and length: the judge's and the people's on the same drafts."""

    n: int
    judge: float | None
    people: float | None
    """None where one side used a single level or all drafts are equally long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What the place did in a pairwise judge."""

    pairs: int
    """Pairs with both orders answered."""
    swayed: int
    """Of these, results that changed with the order and count as ties."""
    first: Share | None
    """Single answers that chose the copy shown first, of those that chose at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistency:
    """The same question asked several times."""

    things: int
    """Asked at least twice with an answer."""
    same: int
    """Of these, always answered alike."""
    spread: float
    """Mean distance between highest and lowest level; 0 for pairs."""


def share(k: int, n: int) -> Share | None:
    """None when n is 0."""
    if n == 0:
        return None
    test = binomtest(k, n)
    interval = test.proportion_ci(method="wilson")
    return Share(k=k, n=n, low=float(interval.low), high=float(interval.high), p=float(test.pvalue))


def length_bias(chars: Sequence[int], judge: Sequence[float], people: Sequence[float]) -> LengthBias:
    """Of drafts that both rated, in the same order. A gap between the figures is the judge's own taste for length."""
    return LengthBias(n=len(chars), judge=_rank(chars, judge), people=_rank(chars, people))


def longer_preferred(lengths: Sequence[tuple[int, int]], winners: Sequence[str]) -> Share | None:
    """Pairs whose winner (`a` or `b`) is the longer one, of those with a winner and different lengths."""
    decided = [(a, b, w) for (a, b), w in zip(lengths, winners, strict=True) if w in ("a", "b") and a != b]
    return share(sum((a > b) == (w == "a") for a, b, w in decided), len(decided))


def position(results: Sequence[Preference]) -> Position:
    """Place effects of one judge's results."""
    whole = [one for one in results if one.forward is not None and one.backward is not None]
    votes = [vote for one in whole for vote in (one.forward, one.backward) if vote is not None]
    chosen = [vote.choice for vote in votes if vote.choice != "tie"]
    return Position(
        pairs=len(whole), swayed=sum(one.swayed for one in whole), first=share(chosen.count("first"), len(chosen))
    )


def consistency(answers: Sequence[Sequence[str]], levels: bool) -> Consistency:
    """`answers`: for each thing what the judge said, call by call; missing answers left out."""
    several = [said for said in answers if len(said) > 1]
    gaps = [max(map(float, said)) - min(map(float, said)) for said in several] if levels else []
    return Consistency(
        things=len(several),
        same=sum(len(set(said)) == 1 for said in several),
        spread=math.fsum(gaps) / len(gaps) if gaps else 0.0,
    )


def _rank(chars: Sequence[int], levels: Sequence[float]) -> float | None:
    if len(chars) < MIN_FOR_RANK or len(set(chars)) < 2 or len(set(levels)) < 2:
        return None
    return float(spearmanr(chars, levels).statistic)
