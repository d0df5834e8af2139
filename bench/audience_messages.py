"""Sentiment of reviews: 90 % to train, 10 % to test (stratified, seed 42), beside word TF-IDF + LR; and untrained."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from typing import Any

from bench.data import shared
from knowledge_base.audience.messages.trained import fit
from knowledge_base.audience.messages.untrained import ExampleClassifier

SETS = {"waimai": 0.887, "online_shopping": 0.939, "hotel": 0.906}
"""90/10 accuracies of TF-IDF + LR to match; their split is not known. Seeds move the hotel figure by 4 points, so the
ratio to the reference on the same split says more than the figure itself; 42 was one of four seeds looked at."""
SEED, UNTRAINED_ROWS = 42, 500


def main() -> None:
    from sklearn.model_selection import train_test_split

    from knowledge_base.embedders.usem3 import UseEmbedder

    untrained = ExampleClassifier("sentiment", UseEmbedder())
    for name, wanted in SETS.items():
        rows = _rows(name)
        if rows is None:
            print(f"{name}: skipped, absent")
            continue
        texts, labels = [text for text, _ in rows], [label for _, label in rows]
        parts = train_test_split(texts, labels, test_size=0.1, random_state=SEED, stratify=labels)
        reference = _reference(*parts)
        vectorizer, regression = fit(parts[0], parts[2])
        ours = float(regression.score(vectorizer.transform(parts[1]), parts[3]))
        sample = random.Random(SEED).sample(list(zip(parts[1], parts[3], strict=True)), UNTRAINED_ROWS)
        print(
            f"{name}: trained {ours:.4f} (wanted {wanted}), "
            f"word TF-IDF + LR {reference:.4f}, ratio {ours / reference:.3f}"
        )
        print(f"  untrained, {UNTRAINED_ROWS} texts: {_untrained(untrained, sample)}", flush=True)


def _untrained(classifier: ExampleClassifier, sample: list[tuple[str, str]]) -> str:
    """Sets know two labels, so neutral is no answer: the likelier of the two counts."""
    probabilities = classifier.probabilities([text for text, _ in sample])
    good, bad = (classifier.classes.index(label) for label in ("positive", "negative"))
    right = [
        ("1" if row[good] > row[bad] else "0") == label for row, (_, label) in zip(probabilities, sample, strict=True)
    ]
    said = classifier.judge([text for text, _ in sample])
    sure = [ok for ok, one in zip(right, said, strict=True) if one.label in ("positive", "negative")]
    answered, correct = len(sure) / len(right), sum(sure) / len(sure)
    return f"{sum(right) / len(right):.3f}; answers {answered:.0%}, of which right {correct:.3f}"


def _reference(train: list[str], test: list[str], answers: list[str], truth: list[str]) -> float:
    import rjieba
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer: Any = TfidfVectorizer(tokenizer=rjieba.cut, token_pattern=None)
    model = LogisticRegression(max_iter=300).fit(vectorizer.fit_transform(train), answers)
    return float(model.score(vectorizer.transform(test), truth))


def _rows(name: str) -> list[tuple[str, str]] | None:
    folder = shared() / "reviews"
    file = {
        "waimai": "waimai_10k.csv",
        "hotel": "ChnSentiCorp_htl_all.csv",
        "online_shopping": "online_shopping_10_cats.zip",
    }
    path = folder / file[name]
    if not path.is_file():
        return None
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            text = archive.read("online_shopping_10_cats.csv").decode("utf-8-sig")
    else:
        text = path.read_text(encoding="utf-8-sig")
    return [(row["review"] or "", row["label"]) for row in csv.DictReader(io.StringIO(text))]
