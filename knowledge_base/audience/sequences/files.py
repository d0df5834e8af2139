"""The predictor of next actions on disk, by the rules of model_files.py: what is not used is not kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from knowledge_base.audience import model_files
from knowledge_base.audience.sequences.choose import NextAction
from knowledge_base.audience.sequences.gru import Gru
from knowledge_base.audience.sequences.markov import Markov
from knowledge_base.audience.sequences.predictor import Predictor
from knowledge_base.audience.sequences.recent import Recent
from knowledge_base.audience.sequences.returning import Returning
from knowledge_base.errors import StorageError

COMMAND = "wenan audience train next"


def save(chosen: NextAction, path: Path) -> str:
    """Writes whole or not at all; returns the sha256."""
    used = chosen.predictor
    markov, recent = used.markov, used.recent
    return model_files.write(
        {
            "markov": [markov.none, markov.one, markov.two],
            "estimator": None if recent is None else recent.estimator,
            "empty": None if recent is None else recent.empty,
            "gru": None if used.gru is None else used.gru.arrays(),
            "returning": None if used.returning is None else used.returning.arrays(),
        },
        path,
    )


def load(path: Path, sha256: str) -> Predictor:
    """Raises StorageError when the file is gone, changed, or holds what no model of ours has. Never needs torch."""
    parts = model_files.read(path, sha256, COMMAND)
    recent = None
    if parts["estimator"] is not None:
        recent = Recent()
        recent.estimator, recent.empty = parts["estimator"], parts["empty"]
    # Older files have no such parts.
    back = parts.get("returning")
    return Predictor(
        markov=Markov(*parts["markov"]),
        recent=recent,
        gru=_gru(parts.get("gru"), path),
        returning=None if back is None else Returning(*back),
    )


def _gru(arrays: dict[str, Any] | None, path: Path) -> Gru | None:
    if arrays is None:
        return None
    try:
        return Gru.of(arrays)
    except ValueError as error:
        raise StorageError(
            f"模型文件 {path.name} 里的循环网络和这一版对不上", hint=f"重新训练一个：{COMMAND}。"
        ) from error
