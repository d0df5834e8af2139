"""Segments on a plane: a sample of people as dots without ids, along the directions in which segments differ most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from knowledge_base.audience.features.build import compute
from knowledge_base.audience.privacy.kanon import K
from knowledge_base.audience.propensity.snapshots import with_protected
from knowledge_base.audience.segments.matrix import Floats, standardised

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore

DOTS = 900
MEMBERS = "segments/segments.parquet"
EDGE = 0.01
"""Share of people at each end whose dots are moved to the edge: an outlier must not be found by its place."""


def people_map(store: AudienceStore, report: dict[str, Any], k: int = K, seed: int = 0) -> dict[str, Any] | None:
    """`report`: what `audience segments` kept. Dots [x, y, segment] with x and y in 0..1, in random order.

    Axes are the two main directions between the segments' centres (between-group principal components); with fewer
    than three segments those of all people. None when features and segments no longer fit together.
    """
    path = store.folder / MEMBERS
    if not path.is_file():
        return None
    members = pl.read_parquet(path).filter(pl.col("segment") >= 0)
    frame = with_protected(compute(store), store, report.get("reasons", {})).join(members, on="user")
    columns = [name for name in report["columns"] if name in frame.columns]
    if frame.height < k or len(columns) < 2:
        return None
    values = standardised(frame.select(columns), columns, reasons=report.get("reasons", {})).values
    labels = frame["segment"].to_numpy()
    names, counts = np.unique(labels, return_counts=True)
    names = names[counts >= k]
    inside = np.isin(labels, names)
    values, labels = values[inside], labels[inside]
    if values.shape[1] < 2 or not len(values):
        return None
    plane, share = _plane(values, labels, names)
    low, high = np.quantile(plane, [EDGE, 1 - EDGE], axis=0)
    placed = np.clip((plane - low) / np.where(high > low, high - low, 1), 0, 1)
    rng = np.random.default_rng(seed)
    some = rng.permutation(len(placed))[:DOTS]
    dots = [[round(float(x), 3), round(float(y), 3), int(labels[i])] for i in some for x, y in [placed[i]]]
    centres = {int(name): [round(float(one), 3) for one in placed[labels == name].mean(axis=0)] for name in names}
    return {"dots": dots, "centres": centres, "people": len(placed), "shown": len(dots), "explained": share}


def _plane(values: Floats, labels: Any, names: Any) -> tuple[Floats, float]:
    """(people, 2), and the share of the variance that these two directions hold."""
    middle = values - values.mean(axis=0)
    spread = middle
    if len(names) >= 3:
        # Centres weigh as much as they have people.
        spread = np.array([middle[labels == name].mean(axis=0) * np.sqrt((labels == name).sum()) for name in names])
    _, _, directions = np.linalg.svd(spread, full_matrices=False)
    plane = middle @ directions[:2].T
    return plane, float(plane.var(axis=0).sum() / middle.var(axis=0).sum())
