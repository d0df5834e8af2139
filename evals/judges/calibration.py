"""How far judges agree with people, as last measured: `.wenan/judges.json`.

Filed by everything that shapes a judge's opinion, so that a changed rubric, prompt or model starts as uncalibrated.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from agent.storage.files import write_pieces
from evals.judges.rubric import MIN_KAPPA, Rubric
from evals.judges.scorers import JudgeScorer
from knowledge_base.errors import BadInputError, StorageError
from knowledge_base.workspace import Workspace

FILE = "judges.json"
MIN_LABELS = 50
"""Fewer units labelled by people say too little about a judge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """One measurement of one judge, or of a panel as a whole."""

    fingerprint: str
    judge: str
    """As the report names it, e.g. judge.human_voice."""
    rubric: str
    models: tuple[str, ...]
    kappa: float | None
    """None when it is not defined: people or judge used one value only."""
    kappa_low: float | None
    kappa_high: float | None
    labels: int
    """Units that both people and the judge gave an opinion on."""
    at: str
    """UTC, ISO 8601."""


class Calibrations:
    """All measurements of a workspace, read at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._kept = _read(path)

    @classmethod
    def open(cls, workspace: Workspace) -> Calibrations:
        return cls(workspace.data / FILE)

    def of(self, fingerprint: str) -> Calibration | None:
        return self._kept.get(fingerprint)

    def put(self, *measured: Calibration) -> None:
        """Keeps measurements, replacing earlier ones of the same judges. Raises StorageError."""
        self._kept |= {one.fingerprint: one for one in measured}
        _write(self.path, [asdict(one) for _, one in sorted(self._kept.items())])

    def standing(self, scorer: JudgeScorer) -> dict[str, dict[str, Any]]:
        """For `Run.settings["judges"]`: how far each of the judge's scores is to be trusted."""
        whole = self._entry(scorer, scorer.models)
        names = [scorer.name, f"{scorer.name}.planted"]
        if len(scorer.judges) == 1:
            return dict.fromkeys(names, whole)
        found = dict.fromkeys((*names, f"{scorer.name}.disagreement"), whole)
        for name, model in zip(scorer.members, scorer.models, strict=True):
            found[name] = self._entry(scorer, (model,))
        return found

    def _entry(self, scorer: JudgeScorer, models: Sequence[str]) -> dict[str, Any]:
        hashed = fingerprint(scorer, models)
        kept = self.of(hashed)
        return {
            "kind": scorer.kind,
            "rubric": scorer.rubric.id,
            "rubric_version": scorer.rubric.version,
            "models": list(models),
            "fingerprint": hashed,
            **figures(kept, scorer.rubric),
        }


def figures(kept: Calibration | None, rubric: Rubric) -> dict[str, Any]:
    """Kappa, labels, and whether the judge may only advise, with the reason in Chinese."""
    caution = _caution(kept, rubric)
    return {
        "kappa": kept.kappa if kept else None,
        "kappa_low": kept.kappa_low if kept else None,
        "labels": kept.labels if kept else 0,
        "declared": rubric.kappa,
        "advisory": bool(caution),
        "caution": caution,
    }


def _caution(kept: Calibration | None, rubric: Rubric) -> str:
    if kept is None:
        return "没有和人对过标（wenan eval agreement），只供参考"
    if kept.labels < MIN_LABELS:
        return f"只和 {kept.labels} 条人工标注对过，不到 {MIN_LABELS} 条，只供参考"
    if kept.kappa is None:
        return "和人的一致性算不出来（都只用了一个档），只供参考"
    needed = max(rubric.kappa, MIN_KAPPA)  # a rubric may ask for more, never for less
    if kept.kappa < needed:
        return f"和人的一致性 κ = {kept.kappa:.2f}，低于要求的 {needed:g}，只供参考"
    return ""


def fingerprint(scorer: JudgeScorer, models: Sequence[str]) -> str:
    """64 hex digits over kind, rubric, prompt and models; the order of a panel does not matter."""
    parts = [scorer.kind, scorer.rubric.sha256, scorer.judges[0].template.sha256, *sorted(models)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _read(path: Path) -> dict[str, Calibration]:
    if not path.is_file():
        return {}
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        found = (_loaded(row) for row in rows)
        return {one.fingerprint: one for one in found}
    except OSError as error:
        raise StorageError(f"读不了 {path}：{error.strerror or error}", hint="检查权限。") from error
    except (ValueError, TypeError, KeyError) as error:
        hint = "把它改名留底，再跑 wenan eval agreement 重新量一遍。"
        raise BadInputError("不是评委的校准记录", file=str(path), hint=hint) from error


def _loaded(row: Mapping[str, Any]) -> Calibration:
    values = {one.name: row[one.name] for one in fields(Calibration)}
    return Calibration(**{**values, "models": tuple(values["models"])})


def _write(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    write_pieces(path, [json.dumps(rows, ensure_ascii=False, indent=2) + "\n"])
