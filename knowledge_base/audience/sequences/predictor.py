"""What predicts the next action once it is chosen: the chain, or one of those that had to beat it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from knowledge_base.audience.sequences.gru import Gru
from knowledge_base.audience.sequences.markov import Markov
from knowledge_base.audience.sequences.recent import Recent
from knowledge_base.audience.sequences.returning import Returning
from knowledge_base.audience.sequences.steps import Floats, Ints, Steps

Kind = Literal["markov", "boosting", "gru"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictor:
    """The chain always; at most one of the others, and then that one predicts."""

    markov: Markov
    recent: Recent | None = None
    gru: Gru | None = None
    returning: Returning | None = None
    """For those who left; None where nobody ever came back, and in files of before there was one."""

    @property
    def kind(self) -> Kind:
        if self.gru is not None:
            return "gru"
        return "markov" if self.recent is None else "boosting"

    def predict_proba(self, steps: Steps, places: Ints) -> Floats:
        """(places, len(NAMES)) probabilities of what comes after these rows within the visit, or that it ends."""
        return (self.gru or self.recent or self.markov).predict_proba(steps, places)
