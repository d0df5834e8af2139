"""Two nodes on loopback, one of them killed in the middle: only what it had under way is done again.

Part of `make soak`: two nodes need a minute to start on two busy cores. tests/agent/campaign/cluster/test_crew.py holds
the run's side of it, lost nodes included, in every test run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.agent.campaign.faulty_endpoint import FaultyEndpoint
from tests.agent.campaign.loopback import serving
from tests.agent.campaign.setup import KEY, rows, use_endpoint, write_plan

ROOT = Path(__file__).parents[4]
UNITS = 2 * 8 * 2 * 2
CONCURRENCY = 8
ADDRESS = re.compile(r"[\w.]+:\d+")
pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif("WENAN_SOAK" not in os.environ, reason="part of make soak"),
    pytest.mark.skipif(find_spec("ray") is None or os.name == "nt", reason="needs the extra ray and signals"),
]


@dataclass(frozen=True)
class TwoNodes:
    process: subprocess.Popen[str]
    address: str

    def kill_one(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("kill\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline().strip() == "killed"


@pytest.fixture
def folder(sample_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(KEY, "sk-test")
    return sample_dir


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "home"
    home.mkdir()
    settings = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
    return settings | {"HOME": str(home), "PYTHONPATH": str(ROOT)}


@pytest.fixture
def nodes(environment: dict[str, str], tmp_path: Path) -> Iterator[TwoNodes]:
    said = tmp_path / "cluster.txt"
    with (
        said.open("wb") as log,
        subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("two_nodes.py"))],
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        # Ray itself prints on stdout when it comes up.
        address = next((line.strip() for line in process.stdout if ADDRESS.fullmatch(line.strip())), "")
        assert address, f"the cluster did not start: {said.read_text(encoding='utf-8', errors='replace')[-2_000:]}"
        yield TwoNodes(process, address)


def test_a_lost_node_costs_only_what_it_had_under_way(
    folder: Path, nodes: TwoNodes, environment: dict[str, str]
) -> None:
    # Slow until the node is dead, so that both nodes are at work by then however long they take to start.
    endpoint = FaultyEndpoint({"ok": 1}, latency=2.0)
    with serving(endpoint) as url:
        use_endpoint(folder, url)
        plan = write_plan(folder, model="stub", variants=2, attempts=1, concurrency=CONCURRENCY)
        command = ["-c", "import cli; cli.main()", "campaign", "run", str(plan), "--engine", "ray"]
        process = subprocess.Popen(
            [sys.executable, *command, "--address", nodes.address],
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            while endpoint.total < 1 and process.poll() is None:
                time.sleep(0.02)
            nodes.kill_one()
            endpoint.latency = 0.02
            out, said = process.communicate(timeout=180)
        finally:
            process.kill()
            process.communicate()
    assert process.returncode == 0, said.decode()
    assert out.decode() == ""
    written = (
        "SELECT count(*) FROM units u JOIN drafts d ON d.id = u.draft_id WHERE u.state IN ('passed', 'needs_review')"
    )
    assert rows(folder, written) == [(UNITS,)]
    states = dict(rows(folder, "SELECT state, count(*) FROM attempts GROUP BY state"))
    unsettled = states.get("sent", 0)
    assert unsettled <= CONCURRENCY, "what was under way on the lost node, and nothing else"
    assert 0 < rows(folder, "SELECT count(*) FROM units WHERE tries > 0")[0][0] <= CONCURRENCY
    assert states["answered"] == UNITS, "one committed answer a unit"
    assert UNITS <= endpoint.total <= sum(states.values()), "no request without a row"
    asked_again = endpoint.total - len(endpoint.prompts)
    assert asked_again <= unsettled, "asked twice is only what the ledger calls possibly paid"
    assert rows(folder, "PRAGMA integrity_check") == [("ok",)]
