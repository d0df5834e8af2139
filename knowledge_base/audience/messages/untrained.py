"""A classifier that needs no labelled data of the shop: our examples, as embeddings and characters, and LR on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from knowledge_base.audience.extra import need
from knowledge_base.audience.messages.labels import Examples, Task, examples
from knowledge_base.audience.messages.scores import majority, scores, threshold_for
from knowledge_base.audience.messages.verdict import TextCard, Verdict, verdicts

if TYPE_CHECKING:
    from knowledge_base.embedding import Embedder

CHARS = 300
"""Characters of a text that are read: an embedding of more says less."""
FOLDS, SEED = 5, 7
STRENGTH = 5.0
"""C of the regression; 1 to 30 differ by a point on our examples."""


class ExampleClassifier:
    """Embeddings know that 太慢了 is like 等很久; characters know 退 and 券. Together they beat either alone."""

    def __init__(
        self, task: Task, embedder: Embedder, shown: Examples | None = None, *, remembering: Embedder | None = None
    ) -> None:
        """`remembering` embeds the examples, which are the same every time; customers' texts always go to `embedder`,
        so that nothing of theirs is kept."""
        need("sklearn")
        self.task, self.embedder, self.shown = task, embedder, shown or examples(task)
        self._remembering = remembering or embedder

    def judge(self, texts: Sequence[str]) -> list[Verdict]:
        if not texts:
            return []
        return verdicts(self.classes, self.probabilities(texts), self.card.threshold)

    def probabilities(self, texts: Sequence[str]) -> Any:
        """float64 of shape (texts, classes)."""
        return self._fitted[1].predict_proba(self._features(texts, self.embedder))

    @property
    def classes(self) -> list[str]:
        """In the order of `probabilities`."""
        return [str(label) for label in self._fitted[1].classes_]

    @cached_property
    def card(self) -> TextCard:
        """Scores come from five folds of the examples, which are unlike each other on purpose: texts are easier."""
        import numpy as np
        from sklearn.model_selection import StratifiedKFold, cross_val_predict

        truth = np.array(self.shown.answers)
        features = self._shown_features
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
        with one_thread():
            out = cross_val_predict(_regression(), features, truth, cv=folds, method="predict_proba")
        classes = sorted(set(self.shown.answers))
        right = np.array(classes)[out.argmax(axis=1)] == truth
        threshold = threshold_for(out, right)
        return TextCard(
            task=self.task,
            method=f"例句的句向量（{self.embedder.name}）加单字双字 TF-IDF，逻辑回归",
            data="随程序的例句，自己写的，没有用第三方数据",
            date=date.today().isoformat(),
            rows=len(truth),
            labels={label: int((truth == label).sum()) for label in classes},
            threshold=threshold,
            evaluation=f"例句的 {FOLDS} 折交叉验证",
            scores={
                **scores(classes, out, self.shown.answers, threshold),
                "majority": majority(self.shown.answers, self.shown.answers),
            },
        )

    @cached_property
    def _fitted(self) -> tuple[Any, Any]:
        features = self._shown_features
        with one_thread():
            return self._letters, _regression().fit(features, list(self.shown.answers))

    @cached_property
    def _shown_features(self) -> Any:
        """Embedding them is most of the work: done once for the card and the fit."""
        return self._features(self.shown.texts, self._remembering)

    @cached_property
    def _letters(self) -> Any:
        from sklearn.feature_extraction.text import TfidfVectorizer

        return TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True).fit(self.shown.texts)

    def _features(self, texts: Sequence[str], embedder: Embedder) -> Any:
        from scipy import sparse

        short = [text.strip()[:CHARS] or "。" for text in texts]
        meaning = sparse.csr_matrix(embedder.embed(short).astype("float64"))
        return sparse.hstack([meaning, self._letters.transform(short)]).tocsr()


def one_thread() -> Any:
    """A context in which BLAS does not split work this small over threads: on a busy machine that took six times as
    long.
    """
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1, user_api="blas")


def _regression() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=1000)
