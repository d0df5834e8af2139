"""The predictor of next actions on disk: skops, no pickle, refused when its sha256 is not the one on the card."""

from __future__ import annotations

import hashlib
from pathlib import Path

from knowledge_base.audience.database import explained
from knowledge_base.audience.extra import need
from knowledge_base.audience.propensity.files import TRUSTED
from knowledge_base.audience.sequences.choose import NextAction
from knowledge_base.audience.sequences.markov import Markov
from knowledge_base.audience.sequences.recent import Recent
from knowledge_base.audience.sequences.steps import Floats, Steps
from knowledge_base.errors import StorageError


class Kept:
    """What was saved, ready to predict."""

    def __init__(self, markov: Markov, recent: Recent | None) -> None:
        self.markov, self.recent = markov, recent

    def predict_proba(self, steps: Steps) -> Floats:
        """(rows, next) probabilities of what comes next."""
        return self.markov.predict_proba(steps) if self.recent is None else self.recent.predict_proba(steps)


def save(chosen: NextAction, path: Path) -> str:
    """Writes whole or not at all; returns the sha256."""
    need("skops")
    from skops import io as skops

    markov = chosen.markov
    estimator = None if chosen.recent is None else chosen.recent.estimator
    empty = None if chosen.recent is None else chosen.recent.empty
    data = skops.dumps({"markov": [markov.none, markov.one, markov.two], "estimator": estimator, "empty": empty})
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        temporary.write_bytes(data)
        temporary.replace(path)
    return hashlib.sha256(data).hexdigest()


def load(path: Path, sha256: str) -> Kept:
    """Raises StorageError when the file is gone, changed, or holds types that no model of ours has."""
    need("skops")
    from skops import io as skops

    if not path.is_file():
        raise StorageError(f"没有模型文件 {path.name}", hint="重新训练：wenan audience train next。")
    with explained(path):
        data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise StorageError(f"模型文件 {path.name} 和训练时存下的不一样", hint="不要用来路不明的模型；重新训练一个。")
    strange = sorted(set(skops.get_untrusted_types(data=data)) - set(TRUSTED))
    if strange:
        raise StorageError(f"模型文件 {path.name} 里有不认识的内容：{'、'.join(strange)}", hint="重新训练一个。")
    parts = skops.loads(data, trusted=list(TRUSTED))
    recent = None
    if parts["estimator"] is not None:
        recent = Recent()
        recent.estimator, recent.empty = parts["estimator"], parts["empty"]
    return Kept(Markov(*parts["markov"]), recent)
