"""A purchase-propensity model on disk: its parts, by the rules of model_files.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from knowledge_base.audience import model_files
from knowledge_base.audience.model_files import SUFFIX as SUFFIX
from knowledge_base.audience.propensity.calibrate import Calibration
from knowledge_base.audience.propensity.examples import Column, Encoding
from knowledge_base.audience.propensity.models import KINDS, Preparation
from knowledge_base.audience.propensity.propensity import Propensity
from knowledge_base.errors import StorageError

COMMAND = "wenan audience train propensity"


def save(model: Propensity, path: Path) -> str:
    """Writes the model whole or not at all; returns the file's sha256."""
    return model_files.write(_parts(model), path)


def load(path: Path, sha256: str) -> Propensity:
    """The model of a file with exactly this hash. Raises StorageError when the file is gone, changed or unsafe."""
    return _model(model_files.read(path, sha256, COMMAND))


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
