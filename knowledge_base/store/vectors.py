"""The derived vector file: float32 rows in one flat file, memory-mapped, scanned exactly.

Row n of the file belongs to row n of the catalogue. The file only grows; what a rebuild leaves behind is a new file,
because Windows refuses to replace one that is mapped. How many rows count is what the catalogue says, so bytes a crash
left at the end do no harm: the next append starts from the counted end.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from knowledge_base.errors import StorageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from knowledge_base.embedding import Matrix

    Rows = NDArray[np.int64]
    Scores = NDArray[np.float32]

BLOCK = 4096
"""Rows gathered at once in a filtered scan: 8 MB at 512 dimensions, so that memory stays flat."""


def append(path: Path, at: int, vectors: Matrix) -> None:
    """Writes rows `at`, `at + 1`, ... of the file. Raises StorageError when the disk is full or the file is gone."""
    import numpy as np

    data = np.ascontiguousarray(vectors, dtype="<f4")
    try:
        with path.open("r+b" if path.exists() else "w+b") as file:
            file.seek(at * data.shape[1] * 4)
            file.write(data.data)
            file.flush()
    except OSError as error:
        raise StorageError(f"向量文件写不进去：{error}", hint="检查磁盘空间和文件权限后重试。") from error


class Vectors:
    """A fixed view of the first `count` rows."""

    def __init__(self, path: Path, count: int, dimension: int) -> None:
        """Raises StorageError when the file is shorter than that."""
        import numpy as np

        self.count, self.dimension = count, dimension
        self._matrix: Matrix
        if count == 0:
            self._matrix = np.zeros((0, dimension), np.float32)
            return
        try:
            self._matrix = np.memmap(path, dtype="<f4", mode="r", shape=(count, dimension))
        except (OSError, ValueError) as error:
            raise StorageError(f"向量文件坏了：{path}", hint="删掉 .wenan/index 文件夹，下次会自动重建。") from error

    def cosines(self, query: Scores, rows: Rows | None = None) -> Scores:
        """Of `query` (d,) with the given rows (all when None), in their order. Both sides are unit vectors."""
        import numpy as np

        if rows is None:
            return np.asarray(self._matrix @ query)
        if len(rows) * 2 > self.count:
            # Past half of the rows a full scan without copies is quicker.
            return np.asarray(self._matrix @ query)[rows]
        found = np.empty(len(rows), np.float32)
        for i in range(0, len(rows), BLOCK):
            found[i : i + BLOCK] = self._matrix[rows[i : i + BLOCK]] @ query
        return found


def top(rows: Rows | None, scores: Scores, k: int) -> tuple[Rows, Scores]:
    """The `k` best as (rows, scores), best first; equal scores in row order."""
    import numpy as np

    k = min(k, len(scores))
    if k == 0:
        return np.empty(0, np.int64), np.empty(0, np.float32)
    if k < len(scores):
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        chosen = np.flatnonzero(scores >= least)
    else:
        chosen = np.arange(len(scores))
    order = chosen[np.argsort(-scores[chosen], kind="stable")][:k]
    return (order if rows is None else rows[order]), scores[order]
