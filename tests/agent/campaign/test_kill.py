"""kill -9 at any moment: nothing is lost, nothing that was paid is asked for again, two processes share the work."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from tests.agent.campaign.faulty_endpoint import FaultyEndpoint
from tests.agent.campaign.loopback import serving
from tests.agent.campaign.process import said, start
from tests.agent.campaign.setup import KEY, rows, use_endpoint, write_plan

KILLS = int(os.environ.get("WENAN_KILLS", "5"))
"""`make soak` asks for fifty."""
VARIANTS = max(8, KILLS)


@pytest.fixture
def folder(sample_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(KEY, "sk-test")
    return sample_dir


@pytest.mark.server
def test_killed_again_and_again(folder: Path) -> None:
    draw = random.Random(7)
    endpoint = FaultyEndpoint({"ok": 1}, latency=0.05)
    with serving(endpoint) as url:
        use_endpoint(folder, url)
        plan = write_plan(folder, model="stub", variants=VARIANTS, attempts=1, concurrency=8)
        for _ in range(KILLS):
            process = start(folder, plan)
            before = endpoint.total
            while endpoint.total < before + draw.randint(5, 40) and process.is_alive():
                time.sleep(0.01)
            process.kill()
            process.join()
        last = start(folder, plan)
        last.join(600)
        assert last.exitcode == 0, said(folder)
    planned = 2 * 8 * 2 * VARIANTS
    assert rows(folder, "SELECT count(*) FROM units WHERE state IN ('passed', 'needs_review')")[0][0] == planned
    assert rows(folder, "SELECT count(*) FROM units u JOIN drafts d ON d.id = u.draft_id")[0][0] == planned
    unsettled = rows(folder, "SELECT count(*) FROM attempts WHERE state = 'sent'")[0][0]
    answered = rows(folder, "SELECT count(*) FROM attempts WHERE state = 'answered'")[0][0]
    assert answered == planned, "one committed answer a unit, used and never asked for again"
    assert endpoint.total <= answered + unsettled
    assert unsettled <= KILLS * 8
    assert rows(folder, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.server
def test_two_processes_share_the_work(folder: Path) -> None:
    endpoint = FaultyEndpoint({"ok": 1}, latency=0.02)
    with serving(endpoint) as url:
        use_endpoint(folder, url)
        plan = write_plan(folder, model="stub", variants=4, attempts=1)
        both = [start(folder, plan), start(folder, plan)]
        for process in both:
            process.join(120)
    assert [process.exitcode for process in both] == [0, 0], said(folder)
    assert endpoint.total == 2 * 8 * 2 * 4
    assert set(endpoint.prompts.values()) == {1}, "no prompt was sent by both"
