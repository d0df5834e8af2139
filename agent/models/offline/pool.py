"""Pools of texts that are mutually unlike, and the choice of one of them by turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from agent.models.offline.choose import Angle
from agent.models.offline.similar import bigram_mask, kinship, spread

POOL = 13
"""Texts kept: the best, far enough apart. Ten seeds in a row get ten of them."""
WIDE = 60
"""Texts kept for a job that asks for more variants than `POOL` holds; likeness grows with them."""
PRELIMINARY = 60
NEAR = (0.53, 0.59)
"""Greatest bigram Jaccard within a pool, loosened step by step until ten texts are found."""
ENOUGH = 11
_PRIMES = (29, 23, 19, 17, 13, 11)


class Candidate(NamedTuple):
    text: str
    """With source markers."""
    angle: Angle
    group: str
    """How it opens."""
    worth: float
    plain: str
    """Without source markers."""
    about: tuple[str, ...] = ()
    """What it speaks of: the hook and the fact."""


def pick(pool: list[Candidate], turn: int, variant: int = 0) -> Candidate:
    """The text of this turn. A prime period keeps evenly spaced seeds apart, whatever their step.

    The variants of one order beyond the first `ENOUGH` take the texts behind those that the first ones chose from.
    """
    if variant >= ENOUGH and len(pool) > POOL:
        return pool[POOL + (variant - ENOUGH) % (len(pool) - POOL)]
    period = next((prime for prime in _PRIMES if prime <= len(pool)), len(pool))
    return pool[turn % period]


def unlike(
    found: list[Candidate],
    passes: Callable[[str], bool],
    past: Iterable[str] = (),
    *,
    loosen: bool = True,
    most: int = POOL,
) -> list[Candidate]:
    """The best texts that are mutually unlike, and unlike the openings of past drafts where enough others exist.

    `passes` is asked of a text only when it is about to be taken: most never are.

    `loosen`: when too few are unlike enough, allow more likeness, and in the end any other text.
    """
    best: dict[str, Candidate] = {}
    for candidate in found:
        if candidate.plain not in best or best[candidate.plain].worth < candidate.worth:
            best[candidate.plain] = candidate
    ranked = sorted(best.values(), key=lambda c: -c.worth)
    fresh = [c for c in ranked if not _repeats(c.plain, past)]
    ranked = (fresh if len(fresh) >= ENOUGH else ranked)[: PRELIMINARY * (4 if loosen else 1)]
    masks = [bigram_mask(c.plain) for c in ranked]
    values = [c.worth for c in ranked]
    kinds = [(c.angle, c.group, *c.about) for c in ranked]
    picked: list[int] = []
    asked: dict[int, bool] = {}

    def allowed(i: int) -> bool:
        if i not in asked:
            asked[i] = passes(ranked[i].plain)
        return asked[i]

    for near in NEAR if loosen else NEAR[:1]:
        picked = spread(masks, values, kinds, most=most, near=near, allowed=allowed)
        if len(picked) >= min(ENOUGH, most):
            break
    if not loosen:
        return [ranked[i] for i in picked]
    # Better a likeness than the same text twice.
    for i in range(len(ranked)):
        if len(picked) < max(ENOUGH, most - POOL) and i not in picked and allowed(i):
            picked.append(i)
    return [ranked[i] for i in picked]


def _repeats(plain: str, past: Iterable[str]) -> bool:
    head = plain[:12]
    return any(head[:8] in line or kinship(head, line[:16]) > 3.5 for line in past)
