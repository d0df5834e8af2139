"""A model on disk: skops (no pickle), the types it may hold listed here, its sha256 kept elsewhere by the caller.

A file that somebody else made is refused: by its hash, and by any type outside the list.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np

from knowledge_base.audience.database import explained
from knowledge_base.audience.extra import need
from knowledge_base.audience.propensity.calibrate import Calibration
from knowledge_base.audience.propensity.examples import Column, Encoding
from knowledge_base.audience.propensity.models import KINDS, Preparation
from knowledge_base.audience.propensity.propensity import Propensity
from knowledge_base.errors import StorageError

SUFFIX = ".skops"
TRUSTED = (
    "sklearn.tree._tree.Tree",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
)
"""What the seven kinds need beyond what skops itself knows to be harmless."""


def save(model: Propensity, path: Path) -> str:
    """Writes the model whole or not at all; returns the file's sha256."""
    need("skops")
    from skops import io as skops

    data = skops.dumps(_parts(model))
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        temporary.write_bytes(data)
        temporary.replace(path)
    return hashlib.sha256(data).hexdigest()


def load(path: Path, sha256: str) -> Propensity:
    """The model of a file with exactly this hash. Raises StorageError when the file is gone, changed or unsafe."""
    need("skops")
    from skops import io as skops

    if not path.is_file():
        raise StorageError(f"没有模型文件 {path.name}", hint="重新训练：wenan audience train propensity。")
    with explained(path):
        data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise StorageError(f"模型文件 {path.name} 和训练时存下的不一样", hint="不要用来路不明的模型；重新训练一个。")
    strange = sorted(set(skops.get_untrusted_types(data=data)) - set(TRUSTED))
    if strange:
        raise StorageError(f"模型文件 {path.name} 里有不认识的内容：{'、'.join(strange)}", hint="重新训练一个。")
    return _model(skops.load(io.BytesIO(data), trusted=list(TRUSTED)))


def _parts(model: Propensity) -> dict[str, Any]:
    prepared, calibration = model.preparation, model.calibration
    return {
        "kind": model.kind,
        "seed": model.seed,
        "columns": [[column.source, column.level, column.time] for column in model.encoding.columns],
        "usual": model.usual,
        "estimator": model.estimator,
        "preparation": None
        if prepared is None
        else [prepared.logs, prepared.medians, prepared.means, prepared.scales, prepared.gaps],
        "calibration": None
        if calibration is None
        else [calibration.method, list(calibration.knots), list(calibration.values)],
    }


def _model(parts: dict[str, Any]) -> Propensity:
    if parts["kind"] not in KINDS:
        raise StorageError(f"不认识的模型种类「{parts['kind']}」", hint="升级 wenan，或重新训练一个。")
    model = Propensity(parts["kind"], parts["seed"])
    model.encoding = Encoding(tuple(Column(source, level, time) for source, level, time in parts["columns"]))
    model.usual, model.estimator = np.asarray(parts["usual"]), parts["estimator"]
    if parts["preparation"] is not None:
        model.preparation = Preparation(*parts["preparation"])
    if parts["calibration"] is not None:
        method, knots, values = parts["calibration"]
        model.calibration = Calibration(method, tuple(knots), tuple(values))
    return model
