"""Which groups: K-means unless density finds groups that K-means cuts through; none smaller than k people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from knowledge_base.audience.segments import kmeans
from knowledge_base.audience.segments.density import Dense, agreement, dense
from knowledge_base.audience.segments.kmeans import Floats, Ints, Step
from knowledge_base.errors import BadInputError

Method = Literal["auto", "kmeans", "hdbscan"]
Small = Literal["merge", "drop"]

SMALLEST_SEGMENT = 20
MOST_NOISE = 0.15
LARGEST = 0.9
BETTER = 0.02
"""By how much more neighbours must be together before the odd shapes are preferred to the plain ones."""
UNCLEAR = 0.1
"""Silhouette below which groups run into each other."""


@dataclass(frozen=True, slots=True)
class Clustering:
    """Everybody's group."""

    labels: Ints
    """(people,) from 0, largest group first; -1 for people left out because their group was too small."""
    method: Literal["kmeans", "hdbscan"]
    sweep: tuple[Step, ...]
    """What K-means found for each k; empty when it was not asked."""
    stability: float
    noise: float
    """Share of people between groups; 0 for K-means, which has no between."""
    merged: int
    """Groups below the smallest size that went into the nearest one."""
    dropped: int
    """People left out."""
    notes: tuple[str, ...]
    """What a reader should know, in Chinese."""

    @property
    def count(self) -> int:
        return int(self.labels.max()) + 1


def cluster(
    values: Floats,
    *,
    method: Method = "auto",
    ks: tuple[int, ...] = (),
    smallest: int = SMALLEST_SEGMENT,
    small: Small = "merge",
    seed: int = 0,
) -> Clustering:
    """`values`: standardised (people, columns). `ks`: numbers of groups to try, default 2 to 10.

    Raises BadInputError when there are fewer than two groups' worth of people, or HDBSCAN was asked for and finds none.
    """
    if len(values) < 2 * smallest:
        raise BadInputError(f"只有 {len(values)} 人，分成两群也凑不够每群 {smallest} 人", hint="导入更多人的数据。")
    tried = [k for k in ks or range(2, kmeans.MOST_SEGMENTS + 1) if k * smallest <= len(values)]
    found = kmeans.sweep(values, tried or [2], seed) if method != "hdbscan" else None
    odd = dense(values, smallest, seed) if method != "kmeans" else None
    if method == "hdbscan" and odd is None:
        raise BadInputError("按密度找不出两个以上的人群", hint="用 --method kmeans。")
    notes: list[str] = []
    plain = kmeans.assign(values, found.centres) if found else None
    if odd is not None and (plain is None or _prefer(values, plain, odd, seed)):
        labels, name, stability, noise = odd.labels, "hdbscan", odd.stability, odd.noise
    else:
        assert plain is not None
        assert found is not None
        labels, name, stability, noise = plain, "kmeans", found.best.stability, 0.0
        if found.best.silhouette < UNCLEAR:
            notes.append(f"人群界线模糊（轮廓系数 {found.best.silhouette:.2f}）：当成粗略的划分，不要当成事实")
    if stability < kmeans.STABLE:
        notes.append(f"换一批人会分出不一样的群（稳定度 {stability:.2f}，低于 {kmeans.STABLE}）")
    labels, merged, dropped = _enough(values, labels, smallest, small)
    used: Literal["kmeans", "hdbscan"] = "hdbscan" if name == "hdbscan" else "kmeans"
    return Clustering(labels, used, found.steps if found else (), stability, noise, merged, dropped, tuple(notes))


def _prefer(values: Floats, plain: Ints, odd: Dense, seed: int) -> bool:
    sizes = np.bincount(odd.labels) / len(odd.labels)
    if odd.noise > MOST_NOISE or odd.stability < kmeans.STABLE or sizes.max() > LARGEST:
        return False
    return agreement(values, odd.labels, seed) - agreement(values, plain, seed) > BETTER


def _enough(values: Floats, labels: Ints, smallest: int, small: Small) -> tuple[Ints, int, int]:
    """Labels by size, from 0; groups merged; people dropped."""
    labels = labels.copy()
    merged = 0
    while True:
        names, sizes = np.unique(labels[labels >= 0], return_counts=True)
        if not len(names) or sizes.min() >= smallest:
            break
        least = names[int(np.argmin(sizes))]
        others = names[names != least]
        if small == "drop" or not len(others):
            labels[labels == least] = -1
            continue
        centres = np.stack([values[labels == name].mean(axis=0) for name in others])
        centre = values[labels == least].mean(axis=0)
        labels[labels == least] = others[int(np.argmin(((centres - centre) ** 2).sum(axis=1)))]
        merged += 1
    order = names[np.argsort(-sizes, kind="stable")]
    final = np.full(len(labels), -1, dtype=np.int64)
    for place, name in enumerate(order):
        final[labels == name] = place
    return final, merged, int((final < 0).sum())
