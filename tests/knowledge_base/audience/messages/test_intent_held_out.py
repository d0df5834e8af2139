"""The untrained intent classifier on messages that are not among its examples."""

from __future__ import annotations

from pathlib import Path

import yaml

from knowledge_base.audience.messages.labels import examples
from knowledge_base.audience.messages.untrained import ExampleClassifier
from knowledge_base.embedders.usem3 import UseEmbedder

HELD_OUT = Path(__file__).with_name("held_out_intent.yaml")


def held_out() -> tuple[list[str], list[str]]:
    body = yaml.safe_load(HELD_OUT.read_text(encoding="utf-8"))
    pairs = [(text, label) for label, texts in body.items() for text in texts]
    return [text for text, _ in pairs], [label for _, label in pairs]


def test_held_out_messages_are_no_examples() -> None:
    texts, labels = held_out()
    shown = examples("intent")
    assert set(labels) == set(shown.labels)
    assert not set(texts) & set(shown.texts)
    assert len(texts) == len(set(texts)) == 180
    assert len(shown.texts) == len(set(shown.texts))
    assert all(shown.answers.count(label) >= 60 for label in shown.labels)


def test_intent_on_messages_it_has_not_seen() -> None:
    """Measured .833 right, 88 % answered, .874 of the answers right; bounds leave room for another scikit-learn."""
    texts, labels = held_out()
    said = ExampleClassifier("intent", UseEmbedder()).judge(texts)
    right = [one.best == wanted for one, wanted in zip(said, labels, strict=True)]
    answered = [ok for ok, one in zip(right, said, strict=True) if one.label != "unknown"]
    assert sum(right) / len(right) >= 0.80
    assert len(answered) / len(right) >= 0.80
    assert sum(answered) / len(answered) >= 0.84
    risky = [one.best for one, wanted in zip(said, labels, strict=True) if wanted == "medical_or_legal_risk"]
    assert risky.count("medical_or_legal_risk") >= 17
