"""Training from end to end: a signal is found, noise is refused, leaks stay out, the past predicts the future."""

from __future__ import annotations

import csv
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from knowledge_base.audience.propensity import choose, propensity
from knowledge_base.audience.propensity.choose import train
from knowledge_base.audience.propensity.examples import examples
from knowledge_base.audience.propensity.folds import folds, hold_out
from knowledge_base.audience.propensity.leaks import find_leaks
from knowledge_base.audience.propensity.models import KINDS
from knowledge_base.errors import BadInputError

QUICK = ("logistic", "bayes", "tree")


def people(rows: int = 2000, seed: int = 0, signal: float = 1.5) -> pl.DataFrame:
    """Two features that matter together, one that does not, one with gaps, one category."""
    rng = np.random.default_rng(seed)
    carts, visits = rng.poisson(2, rows).astype(float), rng.exponential(5, rows)
    place = rng.choice(["华东", "华北", "西南"], rows)
    odds = signal * (0.6 * carts + 0.15 * visits + 0.8 * (place == "华东") - 3)
    bought = rng.random(rows) < 1 / (1 + np.exp(-odds)) if signal else rng.random(rows) < 0.3
    gaps = np.where(rng.random(rows) < 0.3, np.nan, rng.normal(size=rows))
    return pl.DataFrame(
        {
            "user": [f"u{number}" for number in range(rows)],
            "carts": carts, "visits": visits, "noise": rng.normal(size=rows), "gaps": gaps, "place": place,
            "bought": bought,
        }
    )  # fmt: skip


def test_a_signal_beats_every_plain_rule_and_is_explained() -> None:
    trained = train(examples(people(), outcome="bought"), kinds=QUICK)
    card = trained.card
    assert card.use
    assert card.split == "stratified"
    assert card.scores["auc"].low > 0.75
    assert card.scores["ece"].value < 0.06
    assert {name for name, _ in card.importance[:3]} == {"carts", "visits", "place"}
    keen = np.array([[9.0, 20.0, 0.0, 0.0, 1.0, 0.0, 0.0]])
    names = dict(zip(trained.model.encoding.names, range(7), strict=True))
    row = np.zeros(7)
    for name, value in {"carts": 9.0, "visits": 20.0, "place=华东": 1.0}.items():
        row[names[name]] = value
    reasons = trained.model.explain(row)
    assert keen.shape == (1, 7)
    assert reasons[0].feature == "carts"
    assert reasons[0].effect > 0
    assert card.as_dict()["scores"]["auc"]["value"] == pytest.approx(card.scores["auc"].value, abs=1e-5)


def test_the_card_says_what_was_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = examples(people(2000), outcome="bought")
    whole = train(rows, kinds=("tree",)).card
    assert whole.sampling == ""
    assert whole.compared_rows == whole.fitted_rows == len(rows) - whole.checked_rows
    monkeypatch.setattr(choose, "COMPARE_ROWS", 500)
    monkeypatch.setitem(KINDS, "tree", replace(KINDS["tree"], most_rows=800))
    drawn = train(rows, kinds=("tree",)).card
    assert (drawn.compared_rows, drawn.fitted_rows, drawn.checked_rows) == (500, 800, whole.checked_rows)
    assert "抽的 500 行上比较" in drawn.sampling
    assert "决策树用随机抽的 800 行学习" in drawn.as_dict()["sampling"]


def test_scores_do_not_depend_on_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = examples(people(500), outcome="bought")
    model = train(rows, kinds=("logistic",)).model
    whole = model.scores(rows.matrix)
    monkeypatch.setattr(propensity, "BATCH", 7)
    assert model.scores(rows.matrix) == pytest.approx(whole)


def test_noise_is_not_used() -> None:
    card = train(examples(people(signal=0.0), outcome="bought"), kinds=("logistic", "tree")).card
    assert not card.use
    assert card.scores["auc"].low < 0.5 + 0.05


LEAKS: dict[str, tuple[str, Any]] = {
    "known name": ("duration", lambda y, rng: rng.normal(size=len(y))),
    "copy of the outcome": ("score", lambda y, rng: y + rng.normal(0, 0.05, len(y))),
    "turned round": ("inverse", lambda y, rng: -5.0 * y + rng.normal(0, 0.05, len(y))),
    "only its gaps tell": ("rated", lambda y, rng: np.where(y, rng.normal(size=len(y)), np.nan)),
    "marked in the catalogue": ("tags_count", lambda y, rng: rng.normal(size=len(y))),
}


@pytest.mark.parametrize("case", LEAKS)
def test_leaks_are_named_and_left_out(case: str) -> None:
    name, make = LEAKS[case]
    frame = people(600)
    values = make(frame["bought"].to_numpy(), np.random.default_rng(3))
    rows = examples(frame.with_columns(pl.Series(name, values)), outcome="bought")
    assert [leak.feature for leak in find_leaks(rows, leaks_after=["tags_count"])] == [name]
    card = train(rows, kinds=("logistic",), leaks_after=["tags_count"]).card
    assert name not in card.features
    insisted = train(rows, kinds=("logistic",), leaks_after=["tags_count"], keep_leaks=[name]).card
    assert name in insisted.features
    assert insisted.kept_leaks == (name,)


def test_a_time_after_the_cut_off_is_a_leak() -> None:
    frame = people(200)
    cut = datetime(2026, 6, 1, tzinfo=UTC)
    shift = [timedelta(days=-5 if number % 9 else 2) for number in range(200)]
    frame = frame.with_columns(
        pl.Series("cut", [cut.replace(tzinfo=None)] * 200),
        pl.Series("seen", [(cut + one).replace(tzinfo=None) for one in shift]),
    )
    found = find_leaks(examples(frame, outcome="bought", when="cut"))
    assert [(leak.feature, leak.kind) for leak in found] == [("seen", "later")]


def test_no_ordinary_feature_is_called_a_leak() -> None:
    assert find_leaks(examples(people(), outcome="bought")) == ()


def test_folds_by_time_never_learn_from_what_was_not_known_yet() -> None:
    frame = people(900)
    moments = [datetime(2026, 1, 1) + timedelta(days=14 * (number % 6)) for number in range(900)]  # noqa: DTZ001
    horizon = timedelta(days=14)
    rows = examples(frame.with_columns(pl.Series("cut", moments)), outcome="bought", when="cut", horizon=horizon)
    assert rows.when is not None
    microseconds = horizon // timedelta(microseconds=1)
    for split in (*folds(rows, 3, 0), hold_out(rows, 0.3, 0)):
        assert split.how == "time"
        assert rows.when[split.fit].max() + microseconds <= rows.when[split.check].min()


def test_folds_keep_a_persons_rows_together() -> None:
    frame = pl.concat([people(300), people(300, seed=1)])
    rows = examples(frame, outcome="bought")
    for split in folds(rows, 3, 0):
        assert not set(rows.users[split.fit]) & set(rows.users[split.check])


@pytest.mark.parametrize("outcome", [[0, 0, 0], [1, 1, 1], [0, 1, 2], [0, None, 1]])
def test_outcomes_that_teach_nothing(outcome: list[int | None]) -> None:
    frame = pl.DataFrame({"user": ["a", "b", "c"], "x": [1.0, 2.0, 3.0], "bought": outcome})
    with pytest.raises(BadInputError):
        examples(frame, outcome="bought")


def test_too_few_buyers_are_refused() -> None:
    with pytest.raises(BadInputError, match="太少"):
        train(examples(people(40), outcome="bought"))


def test_ids_and_constants_are_no_features() -> None:
    frame = people(100).with_columns(pl.lit(1.0).alias("same"), pl.Series("phone", [f"{n}" for n in range(100)]))
    rows = examples(frame, outcome="bought")
    assert {name for name, _ in rows.left_out} == {"same", "phone"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_learns(kind: str) -> None:
    rows = examples(people(500), outcome="bought")
    card = train(rows, kinds=(kind,)).card
    assert card.scores["auc"].value > 0.7


def test_online_shoppers() -> None:
    """UCI Online Shoppers Intention, 70/30 stratified: a random forest is known to reach AUC .92."""
    folder = os.environ.get("WENAN_BENCH_DATA")
    path = Path(folder or "", "online_shoppers", "online_shoppers_intention.csv")
    if not folder or not path.is_file():
        pytest.skip("WENAN_BENCH_DATA")
    with path.open(encoding="utf-8") as file:
        assert len(next(csv.reader(file))) == 18
    frame = pl.read_csv(path, infer_schema_length=None)
    card = train(examples(frame, outcome="Revenue", user=None), kinds=("forest",)).card
    assert card.scores["auc"].value >= 0.92
    assert card.use
    assert card.leaks == ()


def test_a_column_known_only_of_some_folds() -> None:
    """The shop began to record prices late: early folds know none."""
    frame = people(900).with_columns(pl.when(pl.int_range(900) >= 800).then(pl.col("noise")).alias("price"))
    moments = [datetime(2026, 1, 1) + timedelta(days=number // 10) for number in range(900)]  # noqa: DTZ001
    rows = examples(frame.with_columns(pl.Series("cut", moments)), outcome="bought", when="cut")
    card = train(rows, kinds=("tree", "forest", "boosting", "logistic")).card
    assert "price" in card.features
