"""A trained model in the workspace: the file, its card with hash, who it learnt from, and what it says of everybody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from knowledge_base.audience import parts
from knowledge_base.audience.features.build import compute
from knowledge_base.audience.features.catalogue import describe
from knowledge_base.audience.propensity import files
from knowledge_base.audience.propensity.choose import Trained
from knowledge_base.audience.propensity.propensity import Propensity
from knowledge_base.audience.propensity.snapshots import WHEN, with_protected
from knowledge_base.errors import BadInputError, UnknownIdError

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore

NAME = "propensity"
MODEL = f"models/{NAME}{files.SUFFIX}"
TRAINING = f"models/{NAME}.training.parquet"
"""Only who was learnt from: forgetting a person empties their row and marks the card stale."""
PREDICTIONS = f"predictions/{NAME}.parquet"
"""user, probability, percentile (0 to 1, highest is best)."""


def keep(store: AudienceStore, trained: Trained, learnt_from: pl.Series, **notes: Any) -> dict[str, Any]:
    """Saves all four; returns the card. Predictions are written only when the model may be used."""
    sha256 = files.save(trained.model, store.folder / MODEL)
    parts.write(learnt_from.unique().to_frame("user").lazy(), store.folder / TRAINING)
    card = {**trained.card.as_dict(), **notes, "file": MODEL, "sha256": sha256, "training": TRAINING}
    store.save_card(NAME, card)
    predictions = store.folder / PREDICTIONS
    if trained.card.use:
        parts.write(predict(store, trained.model, notes.get("reasons", {})).lazy(), predictions)
    else:
        # What an earlier model said must not pass for what this one says.
        predictions.unlink(missing_ok=True)
    return card


def load(store: AudienceStore) -> tuple[Propensity, dict[str, Any]]:
    """The workspace's model and card. Raises BadInputError when none was trained, StorageError for a changed file."""
    card = store.cards().get(NAME)
    if card is None:
        raise BadInputError("还没有训练购买意向模型", hint="先运行 wenan audience train propensity。")
    return files.load(store.folder / MODEL, str(card["sha256"])), card


def predict(
    store: AudienceStore, model: Propensity, reasons: dict[str, str], cut_off: datetime | None = None
) -> pl.DataFrame:
    """user, probability, percentile for everybody, as of now."""
    frame = features_for(store, model, reasons, cut_off)
    matrix = model.encoding.matrix(frame)
    people = frame.select("user")
    del frame
    scores = model.scores(matrix)
    ranks = pl.Series(scores).rank("average") / max(people.height, 1)
    return people.with_columns(probability=pl.Series(model.calibrated(scores)), percentile=ranks)


def explain(store: AudienceStore, user: str, top: int = 5) -> tuple[str, ...]:
    """Sentences in Chinese: the probability of a person and what moves it most; empty when nothing was predicted.

    An explainer for `audience why`.
    """
    card = store.cards().get(NAME)
    if card is None or not card.get("use"):
        return ()
    model, _ = load(store)
    frame = features_for(store, model, card.get("reasons", {}), None).filter(pl.col("user") == user)
    if not frame.height:
        return ()
    row = model.encoding.matrix(frame)[0]
    share = float(model.predict_proba(row[None, :])[0])
    first = f"未来 {card['days']} 天购买的可能 {share:.1%}（全部人平均 {card['share']:.1%}，{card['name']}）"
    return (first, *(_sentence(*one) for one in _reasons(model, row, top)))


def features_for(
    store: AudienceStore, model: Propensity, reasons: dict[str, str], cut_off: datetime | None
) -> pl.DataFrame:
    """Everybody's features with exactly the columns the model takes; shares of categories gone since are 0."""
    frame = with_protected(compute(store, cut_off), store, reasons)
    sources = dict.fromkeys(column.source for column in model.encoding.columns)
    absent = [name for name in sources if name not in frame.columns and name != WHEN]
    return frame.with_columns(pl.lit(0.0 if ":" in name else None, pl.Float64).alias(name) for name in absent)


def _reasons(model: Propensity, row: Any, top: int) -> Sequence[tuple[str, float, float, float]]:
    return [(one.feature, one.value, one.usual, one.effect) for one in model.explain(row, top)]


def _sentence(feature: str, value: float, usual: float, effect: float) -> str:
    try:
        meaning = describe(feature).meaning.partition("；")[0]
    except UnknownIdError:
        meaning = feature
    own = "没有" if value != value else f"{value:.4g}"
    middle = "没有" if usual != usual else f"{usual:.4g}"
    return f"{meaning}：{own}（常见 {middle}），使可能性{'提高' if effect > 0 else '降低'} {abs(effect):.1%}"
