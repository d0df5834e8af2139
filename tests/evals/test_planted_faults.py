"""Somebody edits a template and breaks it: the shipped suites, run live with the offline writer, must say so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from evals.compare import compare
from evals.database import EvalsDb
from evals.gate import gate
from evals.gate_values import GateResult
from evals.records import Run
from evals.suite import SHIPPED
from knowledge_base.workspace import Workspace
from tests.conftest import Ran
from tests.evals.lab import run

Wenan = Callable[..., Ran]
PROMPTS = Path(__file__).resolve().parents[2] / "prompts"
CONDITIONS = {
    "moments": ("persona.fit drop > 0 (95%)", "structure drop > 0 (95%)", "facts.precision drop > 0 (95%)"),
    "facts": ("facts.precision drop > 0 (95%)", "facts.recall drop > 0 (95%)"),
    "reply": ("reply.policies drop > 0 (95%)", "reply.grounded drop > 0 (95%)", "facts.precision drop > 0 (95%)"),
}
PERSONA = '{% include "_shared/blocks/persona.j2" %}\n'
POLICIES = '{% include "_shared/blocks/policies.j2" %}\n'

Edit = tuple[str, str, str]
"""(template, what stood there, what was made of it)."""
FAULTS: dict[str, tuple[str, tuple[Edit, ...], str]] = {
    "drops the persona": (
        "moments",
        (("moments/ad.j2", PERSONA, ""), ("moments/post.j2", PERSONA, "")),
        "persona.fit",
    ),
    "states a wrong price": (
        "facts",
        (("_shared/blocks/products.j2", "product | price", '"9.9 元"'),),
        "facts.precision",
    ),
    "loses the call to action": (
        "moments",
        (("_shared/blocks/brief.j2", '{% line "行动", brief.cta %}\n', ""),),
        "structure",
    ),
    "ignores the policies": (
        "reply",
        (("reply/service.j2", POLICIES, ""), ("reply/comment.j2", POLICIES, "")),
        "reply.policies",
    ),
}


class Lab:
    """One workspace whose suites have a baseline each; knowledge and snapshots are made once."""

    def __init__(self, folder: Path) -> None:
        self.workspace = Workspace(folder)
        self._baselines: dict[str, Run] = {}

    def baseline(self, suite: str) -> Run:
        if suite not in self._baselines:
            self._baselines[suite] = self.after(suite, ())
        return self._baselines[suite]

    def after(self, suite: str, edits: tuple[Edit, ...]) -> Run:
        """The suite's run with templates of the workspace that differ from the shipped ones by `edits`."""
        written = []
        try:
            for name, there, made in edits:
                text = (PROMPTS / name).read_text(encoding="utf-8")
                assert there in text, f"{name} no longer holds what the fault takes out"
                path = self.workspace.root / "prompts" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text.replace(there, made), encoding="utf-8")
                written.append(path)
            ended = run(SHIPPED / f"{suite}.yaml", self.workspace, scoring=None)
        finally:
            for path in written:
                path.unlink()
        assert (ended.scored, ended.errors) == (ended.run.planned, 0)
        with EvalsDb.open(self.workspace) as db:
            return db.run(ended.run.id, drafts=False)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return Lab(tmp_path_factory.mktemp("faults"))


def regressions(result: GateResult) -> set[str]:
    return {check.condition.split(" drop")[0] for check in result.checks if check.verdict == "regression"}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_a_regression_of_the_right_scorer(fault: str, lab: Lab) -> None:
    suite, edits, scorer = FAULTS[fault]
    base, faulty = lab.baseline(suite), lab.after(suite, edits)
    result = gate(faulty, base, CONDITIONS[suite])
    assert result.exit_code == 6, [(check.condition, check.reason) for check in result.checks]
    assert scorer in regressions(result)
    (found,) = (one for one in compare(base, faulty, scorers=(scorer,)).scorers if one.scorer == scorer)
    assert found.verdict == "worse"


@pytest.mark.parametrize("suite", CONDITIONS)
def test_an_unchanged_template_passes(suite: str, lab: Lab) -> None:
    """Copied into the workspace and saved there, as an editor would before the first change."""
    names = {edit[0] for of, edits, _ in FAULTS.values() if of == suite for edit in edits}
    same = tuple((name, "{% ", "{% ") for name in sorted(names))
    result = gate(lab.after(suite, same), lab.baseline(suite), CONDITIONS[suite])
    assert result.exit_code == 0, [(check.condition, check.reason) for check in result.checks]


def test_the_gate_command_exits_6_and_names_the_cases(lab: Lab, wenan: Wenan, monkeypatch: pytest.MonkeyPatch) -> None:
    suite, edits, scorer = FAULTS["drops the persona"]
    base, faulty = lab.baseline(suite), lab.after(suite, edits)
    monkeypatch.chdir(lab.workspace.root)
    ran = wenan("eval", "gate", faulty.id, "--baseline", base.id, "--fail-if", f"{scorer} drop > 0 (95%)")
    assert ran.code == 6
    assert "persona.fit" in ran.out
    assert " → " in ran.out
