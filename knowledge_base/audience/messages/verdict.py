"""What a classifier says of one text, and the card that says what the classifier is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from knowledge_base.audience.messages.labels import UNKNOWN, Task


@dataclass(frozen=True, slots=True)
class Verdict:
    """`label` is UNKNOWN when the classifier abstains; `best` is what it would have said."""

    label: str
    best: str
    probability: float
    """Of `best`, in [0, 1]. Only as calibrated as the examples are like the texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCard:
    """What a reader has to know before trusting a classifier."""

    task: Task
    method: str
    data: str
    """What it learnt from, in words."""
    date: str
    rows: int
    labels: Mapping[str, int]
    """Label -> texts it learnt from."""
    threshold: float
    """Below this probability it abstains."""
    evaluation: str
    """On what the scores were measured."""
    scores: Mapping[str, float]
    """accuracy, macro_f1, answered (share not abstained), accuracy_answered; baselines as majority, untrained."""
    used: bool = True
    """False when it lost against a baseline: then it is kept, shown, and not asked."""

    def body(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**asdict(self), "labels": dict(self.labels), "scores": dict(self.scores)}


class Classifier(Protocol):
    """Judges texts. Loading happens on the first `judge` at the latest."""

    @property
    def card(self) -> TextCard: ...

    def judge(self, texts: Sequence[str]) -> list[Verdict]:
        """One verdict a text, in order."""


def verdicts(classes: Sequence[str], probabilities: Any, threshold: float) -> list[Verdict]:
    """Rows of probabilities, shape (texts, classes), as verdicts."""
    best = probabilities.argmax(axis=1)
    found = []
    for row, place in enumerate(best):
        label, probability = str(classes[place]), float(probabilities[row, place])
        found.append(Verdict(label if probability >= threshold else UNKNOWN, label, probability))
    return found
