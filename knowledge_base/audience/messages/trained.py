"""A classifier made from a shop's own labelled texts: learnt, scored on a part held out, kept in a file."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from knowledge_base.audience.extra import need
from knowledge_base.audience.messages.labels import Task
from knowledge_base.audience.messages.ngrams import LONGEST_GRAM, fit, restore
from knowledge_base.audience.messages.scores import majority, scores, threshold_for
from knowledge_base.audience.messages.verdict import Classifier, TextCard, Verdict, verdicts
from knowledge_base.errors import BadInputError

HELD_OUT, SEED = 0.1, 0
LEAST_ROWS, LEAST_OF_A_LABEL = 50, 5


@dataclass(frozen=True)
class TextModel:
    """Kept as plain arrays, never as a pickle: reading a file must not be able to run code."""

    vectorizer: Any
    regression: Any
    card: TextCard

    @property
    def classes(self) -> list[str]:
        return [str(label) for label in self.regression.classes_]

    def probabilities(self, texts: Sequence[str]) -> Any:
        """float64 of shape (texts, classes)."""
        return self.regression.predict_proba(self.vectorizer.transform(texts))

    def judge(self, texts: Sequence[str]) -> list[Verdict]:
        return verdicts(self.classes, self.probabilities(texts), self.card.threshold) if texts else []

    def save(self, path: Path) -> None:
        """Through a temporary file in the same folder."""
        import numpy as np

        grams = sorted(self.vectorizer.vocabulary_, key=self.vectorizer.vocabulary_.__getitem__)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        with temporary.open("wb") as file:
            np.savez_compressed(
                file,
                grams=np.frombuffer(json.dumps(grams, ensure_ascii=False).encode("utf-8"), np.uint8),
                card=np.frombuffer(json.dumps(self.card.body(), ensure_ascii=False).encode("utf-8"), np.uint8),
                classes=np.array(self.classes),
                idf=self.vectorizer.idf_,
                coef=self.regression.coef_,
                intercept=self.regression.intercept_,
            )
        temporary.replace(path)


def train(
    task: Task, texts: Sequence[str], labels: Sequence[str], *, data: str, untrained: Classifier | None = None
) -> TextModel:
    """Scores on a tenth held out (stratified), then learns from all. Raises BadInputError when there is too little.

    `used` on its card is true only when it beats always saying the commonest label, and `untrained` on the same tenth.
    """
    need("sklearn")
    _enough(labels)
    import numpy as np
    from sklearn.model_selection import train_test_split

    parts = train_test_split(list(texts), list(labels), test_size=HELD_OUT, random_state=SEED, stratify=list(labels))
    seen, unseen, seen_labels, truth = parts
    vectorizer, regression = fit(seen, seen_labels)
    classes = [str(label) for label in regression.classes_]
    out = regression.predict_proba(vectorizer.transform(unseen))
    right = np.array(classes)[out.argmax(axis=1)] == np.array(truth)
    threshold = threshold_for(out, right)
    found = {**scores(classes, out, truth, threshold), "majority": majority(seen_labels, truth)}
    if untrained is not None:
        said = untrained.judge(unseen)
        found["untrained"] = sum(one.best == wanted for one, wanted in zip(said, truth, strict=True)) / len(truth)
    card = TextCard(
        task=task,
        method=f"1 到 {LONGEST_GRAM} 字的字串，按各类用得多少加权；逻辑回归（C={regression.C:g}）",
        data=data,
        date=date.today().isoformat(),
        rows=len(labels),
        labels=dict(Counter(labels)),
        threshold=threshold,
        evaluation=f"随机留出一成（{len(truth)} 条），各类按比例",
        scores=found,
        used=found["accuracy"] > max(found["majority"], found.get("untrained", 0.0)),
    )
    return TextModel(*fit(texts, labels, regression.C), card)


def load(path: Path) -> TextModel | None:
    """A model that was saved; None when there is none. Raises BadInputError when the file is damaged."""
    if not path.is_file():
        return None
    need("sklearn")
    import numpy as np

    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        card = TextCard(**json.loads(arrays["card"].tobytes().decode("utf-8")))
        grams = json.loads(arrays["grams"].tobytes().decode("utf-8"))
        return TextModel(*restore(grams, arrays), card)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        hint = "重新运行 wenan audience train sentiment 或 intent。"
        raise BadInputError("分类器文件坏了", file=str(path), hint=hint) from error


def _enough(labels: Sequence[str]) -> None:
    counts = Counter(labels)
    if len(labels) < LEAST_ROWS:
        raise BadInputError(f"只有 {len(labels)} 条，至少要 {LEAST_ROWS} 条", hint="多标一些；每类几十条起步。")
    if len(counts) < 2:
        raise BadInputError("只有一种标签，学不出区别", hint="至少两种标签。")
    few = [label for label, count in counts.items() if count < LEAST_OF_A_LABEL]
    if few:
        raise BadInputError(
            f"这些标签不到 {LEAST_OF_A_LABEL} 条：{'、'.join(sorted(few))}", hint="补几条，或并到别的类。"
        )
    if len(labels) * HELD_OUT < len(counts):
        raise BadInputError("标签太多、句子太少，留不出检验用的一成", hint="多标一些，或合并标签。")
