"""Whatever the endpoint does, every unit ends drafted or failed for a typed reason, and every request is on record."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.agent.campaign.faulty_endpoint import FaultyEndpoint
from tests.agent.campaign.loopback import serving
from tests.agent.campaign.setup import KEY, rows, use_endpoint, write_plan
from tests.conftest import Ran

Wenan = Callable[..., Ran]
TROUBLE = {
    "ok": 60, "429": 4, "429-after": 6, "500": 6, "503": 6,
    "reset": 4, "slow": 4, "truncated": 4, "wrong": 3, "filter": 3,
}  # fmt: skip


@pytest.fixture
def folder(sample_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(KEY, "sk-test")
    return sample_dir


def states(folder: Path) -> dict[str, int]:
    return {state: n for state, n in rows(folder, "SELECT state, count(*) FROM units WHERE retired = 0 GROUP BY state")}


def test_every_fault_at_once(folder: Path, wenan: Wenan) -> None:
    endpoint = FaultyEndpoint(TROUBLE)
    with serving(endpoint) as url:
        use_endpoint(folder, url)
        plan = write_plan(folder, model="stub", variants=4, concurrency=16, attempts=2)
        ran = wenan("campaign", "run", str(plan))
    assert ran.code in (0, 1), ran.err
    found = states(folder)
    assert set(found) <= {"passed", "needs_review", "failed"}, found
    assert sum(found.values()) == 2 * 8 * 2 * 4
    assert found.get("failed", 0) < 40
    for reason, message in rows(folder, "SELECT reason, message FROM units WHERE state = 'failed'"):
        assert reason.endswith("Error")
        assert message
    assert rows(folder, "SELECT count(*) FROM attempts")[0][0] == endpoint.total, "every request has its row"
    assert rows(folder, "PRAGMA integrity_check") == [("ok",)]
    drafted = rows(folder, "SELECT count(*) FROM units u JOIN drafts d ON d.id = u.draft_id")[0][0]
    assert drafted == found.get("passed", 0) + found.get("needs_review", 0)


def test_an_endless_answer_is_given_up(folder: Path, wenan: Wenan) -> None:
    endpoint = FaultyEndpoint({"endless": 1})
    with serving(endpoint) as url:
        use_endpoint(folder, url, retries=0, deadline=1.0, timeout=5.0)
        plan = write_plan(folder, model="stub", products=["p-oat"], personas=None, angles=None)
        ran = wenan("campaign", "run", str(plan))
    assert ran.code == 1
    assert rows(folder, "SELECT state, reason FROM units") == [("failed", "SlowModelError")]
    assert rows(folder, "SELECT count(*) FROM attempts WHERE state = 'sent'")[0][0] == endpoint.total


def test_a_refused_key_stops_the_run_at_once(folder: Path, wenan: Wenan) -> None:
    endpoint = FaultyEndpoint({"401": 1})
    with serving(endpoint) as url:
        use_endpoint(folder, url)
        plan = write_plan(folder, model="stub", concurrency=2)
        ran = wenan("campaign", "run", str(plan))
        assert ran.code == 4, ran.err
        assert endpoint.total <= 4, "the list is not burnt"
        assert states(folder).get("planned", 0) >= 28
        endpoint.weights = {"ok": 1}
        assert wenan("campaign", "resume", "试写", "--failed").code == 0
    assert set(states(folder)) <= {"passed", "needs_review"}


def test_another_model_takes_over(folder: Path, wenan: Wenan) -> None:
    bad, good = FaultyEndpoint({"filter": 1}), FaultyEndpoint({"ok": 1})
    with serving(bad) as bad_url, serving(good) as good_url:
        use_endpoint(folder, bad_url, name="bad")
        use_endpoint(folder, good_url, name="good")
        plan = write_plan(folder, model="bad", fallbacks=["good"])
        ran = wenan("campaign", "run", str(plan))
    assert ran.code == 0, ran.err
    assert "failed" not in states(folder)
    assert rows(folder, "SELECT count(*) FROM attempts WHERE state = 'failed'")[0][0] == bad.total


def test_the_budget_is_never_crossed(folder: Path, wenan: Wenan) -> None:
    endpoint = FaultyEndpoint({"ok": 1})
    with serving(endpoint) as url:
        use_endpoint(folder, url)
        plan = write_plan(folder, model="stub", budget={"tokens": 60_000})
        ran = wenan("campaign", "run", str(plan))
        assert ran.code == 1
        assert "预算" in ran.err
        spent = rows(folder, "SELECT sum(input_tokens + output_tokens) FROM attempts")[0][0]
        assert spent <= 60_000
        left = states(folder)["planned"]
        assert left > 0
        write_plan(folder, model="stub", budget={"tokens": 6_000_000})
        before = endpoint.total
        assert wenan("campaign", "run", str(plan)).code == 0
        assert endpoint.total - before >= left
    assert "planned" not in states(folder)
    assert max(endpoint.answered.values()) == 1, "nothing is paid for twice"
