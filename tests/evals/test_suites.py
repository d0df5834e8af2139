"""The shipped suites: enough cases, expectations true of the records, whole runs offline, gates hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evals.database import EvalsDb
from evals.gate import gate
from evals.gate_language import parse
from evals.knowledge import knowledge_source, open_knowledge
from evals.scorers.assertions import KINDS, bare
from evals.suite import SHIPPED, Suite, load_suite, suite_files
from knowledge_base.base import KnowledgeBase
from knowledge_base.records import Policy, Product
from knowledge_base.workspace import Workspace
from tests.conftest import Ran
from tests.evals.lab import run

Wenan = Callable[..., Ran]
NAMES = ("article", "compliance_copy", "facts", "moments", "personalisation", "reply", "safety")
LEAST = 30


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("suites")


@pytest.fixture(scope="module")
def kb(home: Path) -> Iterator[KnowledgeBase]:
    """Both brands and the poisoned one: what the safety suite names, which holds all that the others name."""
    suite = load_suite("safety", Workspace(home))
    with open_knowledge(knowledge_source(suite.knowledge, suite.path), Workspace(home)) as opened:
        yield opened


def suite_named(name: str, home: Path) -> Suite:
    return load_suite(SHIPPED / f"{name}.yaml", Workspace(home))


def test_every_shipped_suite_is_tested_here() -> None:
    assert [path.stem for path in suite_files(SHIPPED)] == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_suite_is_large_and_varied(name: str, home: Path) -> None:
    suite = suite_named(name, home)
    assert suite.name == name
    assert len(suite.cases) >= LEAST
    assert len(suite.tags) >= 5
    assert suite.gates
    assert any("brands/" in one for one in suite.knowledge)
    brands = {wish.brand or (wish.products or ("",))[0][:2] for wish in (case.wish for case in suite.cases)}
    assert len(brands) >= 2
    for text in suite.gates:
        parse(text)


@pytest.mark.parametrize("name", NAMES)
def test_expectations_are_true_of_the_records(name: str, home: Path, kb: KnowledgeBase) -> None:
    """Ids exist; a selling point with a figure has that figure in the product or a policy; assertions are known."""
    policies = {one.id: one for one in kb.all("policy") if isinstance(one, Policy)}
    products = {one.id: one for one in kb.all("product") if isinstance(one, Product)}
    personas = {persona.id for persona in kb.all("persona")}
    for case in suite_named(name, home).cases:
        wish, expect = case.wish, case.expect
        assert set(wish.products) <= products.keys(), case.id
        assert not wish.persona or wish.persona in personas, case.id
        assert set(expect.policies) | set(expect.relevant) <= policies.keys(), case.id
        for assertion in expect.assertions:
            assert bare(assertion)[0] in KINDS, case.id
        if expect.handover is False:
            assert not any(policies[id].handover for id in expect.policies), case.id
        if expect.policies and any(policies[id].handover for id in expect.policies):
            assert expect.handover is True, case.id
        told = repr([products[id] for id in wish.products]) + repr([policies[id] for id in expect.policies])
        for point in expect.selling_points:
            for figure in re.findall(r"\d+(?:\.\d+)?", point):
                assert figure in told, f"{case.id}: {point}"


@pytest.mark.parametrize("name", NAMES)
def test_what_is_forbidden_is_not_what_the_records_offer(name: str, home: Path, kb: KnowledgeBase) -> None:
    """A forbidden word that is itself a selling point would make good copy fail."""
    points = {one.id: one.selling_points for one in kb.all("product") if isinstance(one, Product)}
    for case in suite_named(name, home).cases:
        if "注入" in case.tags or "关围栏" in case.tags:
            continue
        for id in case.wish.products:
            for word in case.expect.forbidden:
                assert not any(word in point for point in points[id]), f"{case.id}: {word}"


@pytest.mark.parametrize("name", NAMES)
def test_a_suite_runs_whole_and_its_gates_hold(name: str, home: Path) -> None:
    workspace = Workspace(home)
    ended = run(SHIPPED / f"{name}.yaml", workspace, scoring=None)
    assert (ended.run.planned, ended.errors) == (ended.scored, 0)
    assert ended.run.planned == len(suite_named(name, home).cases)
    with EvalsDb.open(workspace) as db:
        kept = db.run(ended.run.id, drafts=False)
    result = gate(kept, None, [str(text) for text in kept.settings["gates"]])
    assert result.exit_code == 0, [(check.condition, check.reason, check.cases[:5]) for check in result.checks]


def test_the_command_line_runs_and_gates_a_shipped_suite(
    home: Path, wenan: Wenan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    ran = wenan("eval", "run", "reply", "--limit", "3")
    assert (ran.code, "已评 3 / 计划 3，出错 0" in ran.err) == (0, True), ran.err
