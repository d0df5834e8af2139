"""Logistic regression on character n-grams weighted by how unequally the classes use them.

The weight is the log-count ratio of naive Bayes (Wang and Manning 2012, "Baselines and Bigrams", ACL, NBSVM): with it
long n-grams help a linear model instead of drowning it. We take the square root of the ratio, on TF-IDF. With more than
two classes a gram gets the largest ratio of any class against the rest, so that there is one set of weights and one
regression, however many classes there are. The lengths, the root and the least count were chosen by cross-validation
inside the training part of one split (`python -m bench audience_messages` has the sets).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from knowledge_base.errors import BadInputError

LONGEST_GRAM, LEAST_DOCUMENTS = 4, 3
STRENGTHS = (3.0, 8.0, 20.0)
"""C of the regression. Short texts want little, long ones and few rows want much: hence chosen for each set."""
FOLDS, MANY_ROWS = 3, 20_000
"""From so many rows on one fold tells the strengths apart, and the others would only cost time."""
ADDED = 1.0
"""Added to each count, so that a gram one class never uses has a finite ratio."""
TOLERANCE = 1e-2
"""Of liblinear: half the time of the default, the same accuracy to a thousandth."""


def fit(texts: Sequence[str], labels: Sequence[str], strength: float | None = None) -> tuple[Any, Any]:
    """The vectorizer and the regression, learnt from all of the texts; the strength is its `C`.

    Without a strength it is chosen by cross-validation inside these texts. The weights of the grams are multiplied into
    the coefficients, float32 of shape (classes or 1, grams), so that applying the model is plain TF-IDF. Deterministic.
    """
    import numpy as np

    vectorizer = _vectorizer(LONGEST_GRAM, min_df=LEAST_DOCUMENTS)
    try:
        features = vectorizer.fit_transform(texts)
    except ValueError as error:
        raise BadInputError("句子太少或太不像，没有重复出现的字词", hint="多标一些再训练。") from error
    answers = np.array(labels)
    return vectorizer, _fit(features, answers, strength or _choose(features, answers))


def restore(grams: Sequence[str], arrays: dict[str, Any]) -> tuple[Any, Any]:
    """The pair that `fit` made, from its `idf`, `classes`, `coef` and `intercept`.

    Earlier versions had shorter grams and no weights: their files are read alike, for weights are in the coefficients.
    Raises ValueError or KeyError when the arrays do not belong together.
    """
    vocabulary = {gram: place for place, gram in enumerate(grams)}
    vectorizer = _vectorizer(max(map(len, grams)), vocabulary=vocabulary)
    vectorizer.idf_ = arrays["idf"]
    regression = _regression(len(arrays["classes"]), STRENGTHS[0])
    regression.classes_, regression.coef_ = arrays["classes"], arrays["coef"]
    regression.intercept_, regression.n_features_in_ = arrays["intercept"], len(grams)
    if arrays["coef"].shape[1] != len(grams):
        raise ValueError("sizes do not match")
    return vectorizer, regression


def ratios(features: Any, labels: Any) -> Any:
    """Weight of each gram, float64 of shape (grams,), >= 0: root of a class's largest |log ratio|.

    The ratio is between the class and the rest, each a share of all the grams that side uses; grams count once a text.
    """
    import numpy as np

    used = features.astype(bool).astype(np.float64)
    everywhere = _sums(used)
    weights = np.zeros(features.shape[1])
    for label in np.unique(labels):
        inside = _sums(used[labels == label])
        here, rest = inside + ADDED, everywhere - inside + ADDED
        weights = np.maximum(weights, np.abs(np.log(here / here.sum()) - np.log(rest / rest.sum())))
    return np.sqrt(weights)


def _sums(features: Any) -> Any:
    import numpy as np

    return np.asarray(features.sum(axis=0)).ravel()


def _fit(features: Any, labels: Any, strength: float) -> Any:
    import numpy as np
    from scipy import sparse

    weights = ratios(features, labels)
    regression = _regression(len(np.unique(labels)), strength).fit(features @ sparse.diags(weights), labels)
    regression.coef_ = (regression.coef_ * weights).astype(np.float32)
    return regression


def _choose(features: Any, labels: Any) -> float:
    """The strength with the most right answers in cross-validation; of equal ones the weakest."""
    from sklearn.model_selection import StratifiedKFold

    folds = list(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(features, labels))
    right = dict.fromkeys(STRENGTHS, 0)
    for seen, unseen in folds[: 1 if len(labels) >= MANY_ROWS else FOLDS]:
        for strength in STRENGTHS:
            said = _fit(features[seen], labels[seen], strength).predict(features[unseen])
            right[strength] += int((said == labels[unseen]).sum())
    return max(STRENGTHS, key=right.__getitem__)


def _vectorizer(longest: int, **options: Any) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(analyzer="char", ngram_range=(1, longest), sublinear_tf=True, **options)


def _regression(classes: int, strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    if classes == 2:  # liblinear is three times faster on two classes and cannot do more
        return LogisticRegression(C=strength, max_iter=500, solver="liblinear", tol=TOLERANCE)
    return LogisticRegression(C=strength, max_iter=500)
