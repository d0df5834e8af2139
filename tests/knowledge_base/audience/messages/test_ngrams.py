"""Weighted n-grams: what the weights say, what the strength is chosen from, and that nothing depends on chance."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from knowledge_base.audience.messages.ngrams import STRENGTHS, fit, ratios, restore
from knowledge_base.audience.messages.trained import load, train
from knowledge_base.errors import BadInputError


def shop() -> tuple[list[str], list[str]]:
    kinds = {"price": "现在多少钱，打几折", "logistics": "快递到哪了，什么时候发货", "returns": "我要退货，退款多久到"}
    return (
        [f"{text}，第{i % 7}次问" for text in kinds.values() for i in range(30)],
        [kind for kind in kinds for _ in range(30)],
    )


def test_weights_by_hand() -> None:
    features = sparse.csr_matrix([[3.0, 1.0], [1.0, 1.0], [0.0, 1.0], [0.0, 2.0]])
    weights = ratios(features, np.array(["a", "a", "b", "b"]))
    # gram 0: 2 texts of a, none of b; with one added 3 of 6 against 1 of 4. gram 1: 2 and 2; 3 of 6 against 3 of 4.
    np.testing.assert_allclose(weights, np.sqrt([np.log(2), np.log(1.5)]))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from("abc")), min_size=2, max_size=20))
def test_weights_do_not_care_for_order_or_names(rows: list[tuple[int, int, str]]) -> None:
    features, labels = np.array([row[:2] for row in rows], float), np.array([row[2] for row in rows])
    weights = ratios(sparse.csr_matrix(features), labels)
    assert np.isfinite(weights).all()
    assert (weights >= 0).all()
    renamed = np.array([{"a": "z", "b": "y", "c": "x"}[label] for label in labels[::-1]])
    np.testing.assert_allclose(ratios(sparse.csr_matrix(features[::-1]), renamed), weights)


@pytest.mark.parametrize("wanted", [None, 5.0], ids=["chosen inside", "given"])
def test_same_texts_same_model(wanted: float | None) -> None:
    (vectorizer, one), (_, other) = fit(*shop(), wanted), fit(*shop(), wanted)
    assert one.C == other.C
    assert one.C in (STRENGTHS if wanted is None else (wanted,))
    np.testing.assert_array_equal(one.coef_, other.coef_)
    assert list(one.predict(vectorizer.transform(["快递什么时候到", "我想退款"]))) == ["logistics", "returns"]


def test_many_labels_survive_the_file(tmp_path: Path) -> None:
    model = train("intent", *shop(), data="标注.csv")
    model.save(tmp_path / "m.npz")
    again = load(tmp_path / "m.npz")
    assert again is not None
    texts = ["打几折", "退款", "发货", "。"]
    np.testing.assert_allclose(again.probabilities(texts), model.probabilities(texts))


def test_a_file_of_an_earlier_version_is_read_as_it_was(tmp_path: Path) -> None:
    """Grams of one and two characters, unweighted coefficients in double precision."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    texts, labels = ["很好用", "很好看", "太差了", "太坏了"] * 15, ["positive", "positive", "negative", "negative"] * 15
    old = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    regression = LogisticRegression(C=4.0, solver="liblinear").fit(old.fit_transform(texts), labels)
    card = train("sentiment", texts, labels, data="旧.csv").card.body()
    np.savez_compressed(
        tmp_path / "m.npz",
        grams=np.frombuffer(json.dumps(sorted(old.vocabulary_, key=old.vocabulary_.__getitem__)).encode(), np.uint8),
        card=np.frombuffer(json.dumps(card).encode(), np.uint8),
        classes=regression.classes_.astype(str),
        idf=old.idf_,
        coef=regression.coef_,
        intercept=regression.intercept_,
    )
    again = load(tmp_path / "m.npz")
    assert again is not None
    asked = ["很好用但是太坏", "差"]
    np.testing.assert_allclose(again.probabilities(asked), regression.predict_proba(old.transform(asked)))


def test_arrays_that_do_not_belong_together() -> None:
    arrays = {"idf": np.ones(2), "classes": np.array(["a", "b"]), "coef": np.ones((1, 3)), "intercept": np.zeros(1)}
    with pytest.raises(ValueError, match="sizes"):
        restore(["好", "坏"], arrays)


def test_nothing_in_common() -> None:
    with pytest.raises(BadInputError, match="没有重复出现"):
        fit(["甲", "乙", "丙", "丁"], ["a", "b", "a", "b"])
