"""The port that turns texts into vectors, and its fake.

Real embedders live in `embedders/`; `ToyEmbedder` beside the port needs no weights, so that tests run anywhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]


class Embedder(Protocol):
    """Makes one unit vector of a text. Asking for name or dimension must not load a model."""

    @property
    def name(self) -> str:
        """Identifies model and version: vectors of two embedders with the same name may be compared."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed(self, texts: Sequence[str]) -> Matrix:
        """float32 of shape (len(texts), dimension), each row of L2 norm 1. Safe to call from several threads."""


class ToyEmbedder:
    """Counts hashed characters and pairs: texts that share characters are near. `calls` keeps what was asked."""

    def __init__(self, dimension: int = 64) -> None:
        self.name = f"toy-{dimension}"
        self.dimension = dimension
        self.calls: list[tuple[str, ...]] = []

    def embed(self, texts: Sequence[str]) -> Matrix:
        import numpy as np

        self.calls.append(tuple(texts))
        matrix = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            grams = [*text, *(text[i : i + 2] for i in range(len(text) - 1))] or [""]
            for gram in grams:
                matrix[row, _bucket(gram, self.dimension)] += 1.0
        norms: Matrix = np.linalg.norm(matrix, axis=1, keepdims=True)
        return (matrix / norms).astype(np.float32)


def _bucket(gram: str, dimension: int) -> int:
    # hash() differs from process to process; a digest does not.
    return int.from_bytes(hashlib.blake2b(gram.encode("utf-8", "surrogatepass"), digest_size=4).digest()) % dimension
