"""Rows that would come out exactly as before: nothing they depend on has changed, so they are carried over.

A row depends on its case, context, template, model and recorded answers, on the rules, the scorers and this program's
own code; all of it is in the hash that the row is kept under. A changed case, template or check makes another hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from agent.codec import dumps, to_plain
from agent.rule_versions import rule_versions
from evals.arms import Arm
from evals.cassette import Cassette
from evals.database import EvalsDb
from evals.plan import Plan, Unit
from evals.snapshots import Snapshots
from knowledge_base.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
_CODE = ("agent", "evals", "knowledge_base", "prompts")
_NOT_CODE = ("evals/suites", "knowledge_base/sample")
AT_ONCE = 500


@dataclass(frozen=True)
class Inputs:
    """Hashes what rows depend on; `of` gives 64 hex digits, or nothing where something cannot be hashed."""

    common: str
    snapshots: Snapshots
    arms: Mapping[str, Arm]

    def of(self, unit: Unit) -> str:
        if not self.common:
            return ""
        case, arm = unit.case, self.arms[unit.variant.model]
        own = (case.expect, case.documents, case.tags, case.must_pass, case.group)
        parts = [self.common, unit.key, self.snapshots.key(case), to_plain(own), to_plain(arm.endpoint), arm.budget]
        return hashlib.sha256(dumps(parts).encode("utf-8", "surrogatepass")).hexdigest()


def inputs_of(
    plan: Plan, prompts: Mapping[str, str], snapshots: Snapshots, arms: Mapping[str, Arm], workspace: Workspace
) -> Inputs:
    """Empty hashes, so that nothing is carried over, where judges or scorers in modules have a say."""
    suite = plan.suite
    scorers = [_scorer(name, suite.path.parent) for name in suite.scorers]
    if suite.judges or None in scorers:
        return Inputs("", snapshots, arms)
    parts = [
        code_version(),
        _folder_version(workspace.root / "prompts"),
        dict(prompts),
        rule_versions(),
        scorers,
        sorted(suite.forms),
        suite.attempts,
        snapshots.version,
    ]
    return Inputs(hashlib.sha256(dumps(parts).encode()).hexdigest(), snapshots, arms)


def carry_over(units: Iterable[Unit], inputs: Inputs, run_id: str, db: EvalsDb, cassette: Cassette) -> tuple[int, bool]:
    """Copies rows that an earlier run has under the same hash; returns how many, and whether all of that run's.

    Only rows whose recordings still say the same are copied. In the second case scores of whole groups hold as well.
    """
    wanted = {key: unit.ordinal for unit in units if (key := inputs.of(unit))}
    keys = list(wanted)
    copies: list[tuple[str, int, str, int]] = []
    for start in range(0, len(keys), AT_ONCE):
        found = db.with_inputs(keys[start : start + AT_ONCE])
        fresh = _unchanged(cassette, [answer for _, _, _, answers in found for answer in json.loads(answers)])
        for key, source, ordinal, answers in found:
            if all(answer_key in fresh for answer_key, _ in json.loads(answers)):
                copies.append((run_id, wanted[key], source, ordinal))
    db.copy_rows(copies)
    sources = {source for _, _, source, _ in copies}
    whole = len(sources) == 1 and len(copies) == len(wanted) == db.head(sources.pop()).planned
    return len(copies), whole


def _unchanged(cassette: Cassette, answers: Sequence[Sequence[str]]) -> set[str]:
    """Keys whose recording still says what the row's draft was made of."""
    said = {key: sha for key, sha in answers}
    keys = list(said)
    found: set[str] = set()
    for start in range(0, len(keys), AT_ONCE):
        part = keys[start : start + AT_ONCE]
        found |= {key for key, sha in cassette.said(part).items() if sha == said[key]}
    return found


@cache
def code_version() -> str:
    """Hash of every file of this program that can change a draft or a score."""
    digest = hashlib.sha256()
    for name in _CODE:
        for path in sorted((ROOT / name).rglob("*")):
            shown = path.relative_to(ROOT).as_posix()
            if path.is_file() and "__pycache__" not in shown and not shown.startswith(_NOT_CODE):
                digest.update(f"{shown}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _folder_version(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file():
            digest.update(f"{path.relative_to(folder).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _scorer(name: str, folder: Path) -> Any:
    """A scorer by its name and, for a user's own file, its content; None for one in a module, which may import more."""
    file, colon, _ = name.rpartition(":")
    if not colon:
        return name
    path = folder / file
    return [name, hashlib.sha256(path.read_bytes()).hexdigest()] if path.is_file() else None
