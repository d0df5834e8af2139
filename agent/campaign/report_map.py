"""How unlike the drafts of a campaign are: nearest pairs, and all of them as dots on a plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.campaign.unique import shingles

if TYPE_CHECKING:
    from numpy.typing import NDArray

PAIRS = 8


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    """0..1."""
    y: float
    """0..1."""
    group: str
    name: str


@dataclass(frozen=True, slots=True)
class Likeness:
    dots: tuple[Dot, ...] = ()
    """Classical multidimensional scaling (Torgerson) of 1 - Jaccard over three-character pieces: near is alike."""
    shown: float = 0.0
    """Share of the distances' variance that the two axes hold, 0..1."""
    mean: float = 0.0
    """Mean similarity of two drafts, 0..1."""
    nearest: tuple[float, ...] = ()
    """Each draft's similarity to the one most like it, ascending."""
    pairs: tuple[tuple[float, str, str, str, str], ...] = ()
    """(similarity, id, id, beginning, beginning), the most alike first."""


def likeness(texts: Sequence[tuple[str, str, str, str]]) -> Likeness:
    """`texts`: (id, group, name, text). Takes time and memory with the square of their number."""
    import numpy as np

    if len(texts) < 2:
        return Likeness(dots=tuple(Dot(0.5, 0.5, group, name) for _, group, name, _ in texts))
    alike = _similarities([shingles(text) for *_, text in texts])
    apart = alike.copy()
    np.fill_diagonal(apart, -1.0)
    upper = np.triu_indices(len(texts), 1)
    order = np.argsort(-alike[upper], kind="stable")[:PAIRS]
    pairs = [(float(alike[upper][k]), int(upper[0][k]), int(upper[1][k])) for k in order]
    places, shown = _plane(1.0 - alike)
    return Likeness(
        dots=tuple(
            Dot(float(x), float(y), group, name) for (x, y), (_, group, name, _) in zip(places, texts, strict=True)
        ),
        shown=shown,
        mean=float(alike[upper].mean()),
        nearest=tuple(sorted(float(one) for one in apart.max(axis=1))),
        pairs=tuple((s, texts[i][0], texts[j][0], texts[i][2], texts[j][2]) for s, i, j in pairs if s > 0),
    )


def _similarities(pieces: list[frozenset[str]]) -> NDArray[Any]:
    """Jaccard of every two texts, through one product of their 0/1 vectors."""
    import numpy as np

    words = {word: i for i, word in enumerate(sorted(frozenset().union(*pieces)))}
    table = np.zeros((len(pieces), max(1, len(words))), dtype=np.float32)
    for row, some in enumerate(pieces):
        table[row, [words[word] for word in some]] = 1.0
    common = table @ table.T
    sizes = table.sum(axis=1)
    union = sizes[:, None] + sizes[None, :] - common
    return np.where(union > 0, common / np.maximum(union, 1.0), 1.0).astype(np.float64)


def _plane(distances: NDArray[Any]) -> tuple[NDArray[Any], float]:
    """(coordinates in 0..1 with one scale for both axes, share of variance they hold)."""
    import numpy as np

    squared = distances**2
    centred = -0.5 * (squared - squared.mean(axis=0) - squared.mean(axis=1)[:, None] + squared.mean())
    values, vectors = np.linalg.eigh(centred)
    top = np.argsort(-values)[:2]
    kept = np.maximum(values[top], 0.0)
    places = vectors[:, top] * np.sqrt(kept)
    # An axis may point either way; fixed, so that the same drafts always give the same map.
    places *= np.where(places[np.argmax(np.abs(places), axis=0), [0, 1]] < 0, -1.0, 1.0)
    spread = float((places.max(axis=0) - places.min(axis=0)).max())
    middle = (places.max(axis=0) + places.min(axis=0)) / 2
    total = float(np.maximum(values, 0.0).sum())
    scaled = (places - middle) / spread + 0.5 if spread > 1e-9 else np.full_like(places, 0.5)
    return scaled, float(kept.sum()) / total if total > 1e-9 else 1.0
