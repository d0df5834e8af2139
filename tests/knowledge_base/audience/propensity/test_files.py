"""Models on disk: the same after loading; changed or foreign files are refused."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.audience.propensity import files
from knowledge_base.audience.propensity.calibrate import calibrate
from knowledge_base.audience.propensity.examples import Examples, examples
from knowledge_base.audience.propensity.models import KINDS
from knowledge_base.audience.propensity.propensity import Propensity
from knowledge_base.errors import StorageError


def rows() -> Examples:
    import polars as pl

    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3))
    x[::7, 1] = np.nan
    frame = pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": ["东" if one > 0 else "西" for one in x[:, 2]]})
    return examples(frame.with_columns(bought=pl.Series(x[:, 0] > 0.3)), outcome="bought", user=None)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_after_loading(kind: str, tmp_path: Path) -> None:
    learnt = rows()
    model = Propensity(kind).fit(learnt)
    model.calibration = calibrate(model.scores(learnt.matrix), learnt.outcome)
    path = tmp_path / "models" / "one.skops"
    again = files.load(path, files.save(model, path))
    # To the last bit: nothing is added up by threads that end in any order.
    np.testing.assert_array_equal(again.predict_proba(learnt.matrix), model.predict_proba(learnt.matrix))
    np.testing.assert_array_equal(model.predict_proba(learnt.matrix), model.predict_proba(learnt.matrix))
    assert again.encoding == model.encoding
    assert repr(again.explain(learnt.matrix[1])) == repr(model.explain(learnt.matrix[1]))  # NaN equals nothing


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "one.skops"
    sha256 = files.save(Propensity("tree").fit(rows()), path)
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(StorageError, match="不一样"):
        files.load(path, sha256)
    path.unlink()
    with pytest.raises(StorageError, match="没有模型文件"):
        files.load(path, sha256)


def test_foreign_types_are_refused_even_with_the_right_hash(tmp_path: Path) -> None:
    from skops import io as skops

    path = tmp_path / "one.skops"
    data = skops.dumps({"kind": "tree", "estimator": hashlib.sha256, "seed": Path("x")})
    path.write_bytes(data)
    with pytest.raises(StorageError, match="不认识"):
        files.load(path, hashlib.sha256(data).hexdigest())
