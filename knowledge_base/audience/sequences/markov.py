"""A Markov chain of order 2 that trusts a long history only as far as it was seen (Witten and Bell, 1991)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from knowledge_base.audience.sequences.steps import END, START, Floats, Ints, Steps


@dataclass(frozen=True, slots=True)
class Markov:
    """Counts of what followed: nothing known, the last action, the last two."""

    none: Floats
    """(next,)"""
    one: Floats
    """(last, next)"""
    two: Floats
    """(one before the last or START, last, next)"""

    @classmethod
    def fit(cls, steps: Steps, places: Ints) -> Markov:
        """Learns from these rows; those whose following action is not known are not counted."""
        known = places[steps.following[places] >= 0]
        last, before, following = steps.recent[known, 0], steps.recent[known, 1], steps.following[known]
        two = np.zeros((START + 1, START + 1, END + 1))
        np.add.at(two, (before, last, following), 1.0)
        one = two.sum(axis=0)
        return cls(one.sum(axis=0), one, two)

    def predict_proba(self, steps: Steps, places: Ints, order: int = 2) -> Floats:
        """(places, next) probabilities, all above 0, by the last `order` actions, 0 to 2."""
        plain = (self.none + 1) / (self.none + 1).sum()
        found = np.tile(plain, (len(places), 1))
        last, before = steps.recent[places, 0], steps.recent[places, 1]
        if order >= 1:
            found = _mixed(self.one[last], found)
        if order >= 2:
            found = _mixed(self.two[before, last], found)
        return found


def _mixed(counts: Floats, shorter: Floats) -> Floats:
    """The more different actions followed, the likelier is one that did not yet: that much weight goes to `shorter`."""
    kinds = (counts > 0).sum(axis=1, keepdims=True)
    seen = counts.sum(axis=1, keepdims=True)
    never = seen == 0
    found = (counts + kinds * shorter) / np.where(never, 1, seen + kinds)
    return np.where(never, shorter, found)
