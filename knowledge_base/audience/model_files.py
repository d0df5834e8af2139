"""A model on disk: skops (no pickle), the types it may hold listed here, its sha256 kept elsewhere by the caller.

A file that somebody else made is refused: by its hash, and by any type outside the list.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from knowledge_base.audience.database import explained
from knowledge_base.audience.extra import need
from knowledge_base.errors import StorageError

SUFFIX = ".skops"
TRUSTED = (
    "sklearn.tree._tree.Tree",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
)
"""What the estimators need beyond what skops itself knows to be harmless."""


def write(parts: Mapping[str, Any], path: Path) -> str:
    """Plain values, arrays and estimators by name; whole or not at all. Returns the file's sha256."""
    need("skops")
    from skops import io as skops

    data: bytes = skops.dumps(dict(parts))
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        temporary.write_bytes(data)
        temporary.replace(path)
    return hashlib.sha256(data).hexdigest()


def read(path: Path, sha256: str, command: str) -> dict[str, Any]:
    """The parts in a file with exactly this hash. `command` trains the model again, for the hint.

    Raises StorageError when the file is gone, changed or holds types outside the list.
    """
    need("skops")
    from skops import io as skops

    if not path.is_file():
        raise StorageError(f"没有模型文件 {path.name}", hint=f"重新训练：{command}。")
    with explained(path):
        data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise StorageError(
            f"模型文件 {path.name} 和训练时存下的不一样", hint=f"不要用来路不明的模型；重新训练一个：{command}。"
        )
    strange = sorted(set(skops.get_untrusted_types(data=data)) - set(TRUSTED))
    if strange:
        raise StorageError(
            f"模型文件 {path.name} 里有不认识的内容：{'、'.join(strange)}", hint=f"重新训练一个：{command}。"
        )
    parts: dict[str, Any] = skops.loads(data, trusted=list(TRUSTED))
    return parts
