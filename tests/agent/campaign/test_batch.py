"""`campaign run --batch` against a platform on loopback, with the real openai SDK."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.campaign.batch import BatchRun
from agent.campaign.batch_book import BatchBook
from agent.campaign.batch_wire import BatchWire, read_lines
from tests.agent.campaign.batch_endpoint import BatchEndpoint
from tests.agent.campaign.loopback import serving
from tests.agent.campaign.setup import KEY, rows, use_endpoint, write_plan
from tests.conftest import Ran

Wenan = Callable[..., Ran]
UNITS = 16
"""Of the plan below: one product, eight personas, two angles."""


@pytest.fixture
def platform(sample_dir: Path, monkeypatch: pytest.MonkeyPatch) -> BatchEndpoint:
    monkeypatch.setenv(KEY, "sk-test")
    return BatchEndpoint()


def start(wenan: Wenan, folder: Path, url: str, **changes: Any) -> Ran:
    if not (folder / "wenan.toml").is_file():
        use_endpoint(folder, url, input_price=2, output_price=8)
    plan = write_plan(folder, products=["p-oat"], model="stub", **changes)
    return wenan("campaign", "run", str(plan), "--batch", "--poll", "0.02")


def states(folder: Path) -> dict[str, int]:
    return dict(rows(folder, "SELECT state, count(*) FROM units GROUP BY state"))


def test_everything_comes_back_at_half_the_price(sample_dir: Path, wenan: Wenan, platform: BatchEndpoint) -> None:
    with serving(platform) as url:
        ran = start(wenan, sample_dir, url)
    assert ran.code == 0, ran.err
    assert states(sample_dir) == {"passed": UNITS}
    assert platform.chat.total == 0
    assert platform.requests["upload"] == platform.requests["create"] == 1
    assert rows(sample_dir, "SELECT state, requests FROM batches") == [("merged", UNITS)]
    assert rows(sample_dir, "SELECT DISTINCT state, slot, draft_id IS NULL FROM attempts") == [
        ("answered", "0.c0.0", 0)
    ]
    for asked, written, cost in rows(sample_dir, "SELECT input_tokens, output_tokens, cost FROM attempts"):
        assert float(cost) == pytest.approx((asked * 2 + written * 8) / 1e6 / 2)


def test_the_lines_are_those_a_run_would_send(sample_dir: Path, wenan: Wenan, platform: BatchEndpoint) -> None:
    """The same units, once by batch and once by single calls, ask the very same thing."""
    with serving(platform) as url:
        start(wenan, sample_dir, url, best_of=2)
        by_batch = sorted(rows(sample_dir, "SELECT unit, slot, prompt_sha256 FROM attempts WHERE slot LIKE '0.c%.0'"))
        plan = write_plan(sample_dir, products=["p-oat"], model="stub", best_of=2)
        again = sample_dir / ".wenan" / "journal.db"
        for name in ("journal.db", "journal.db-wal", "journal.db-shm"):
            (again.with_name(name)).unlink(missing_ok=True)
        assert wenan("campaign", "run", str(plan)).code == 0
    singly = sorted(rows(sample_dir, "SELECT unit, slot, prompt_sha256 FROM attempts WHERE slot LIKE '0.c%.0'"))
    assert len(by_batch) == 2 * UNITS
    assert by_batch == singly


def test_failed_lines_are_asked_again_by_themselves(sample_dir: Path, wenan: Wenan, platform: BatchEndpoint) -> None:
    platform.errors, platform.empty, platform.strange, platform.twice = 3, 2, True, True
    with serving(platform) as url:
        ran = start(wenan, sample_dir, url)
    assert ran.code == 0, ran.err
    assert states(sample_dir) == {"passed": UNITS}
    assert platform.chat.total == 5
    assert dict(rows(sample_dir, "SELECT state, count(*) FROM attempts GROUP BY state")) == {
        "answered": UNITS,
        "failed": 5,
    }
    errors = {row[0] for row in rows(sample_dir, "SELECT error FROM attempts WHERE state = 'failed'")}
    assert any("context_length_exceeded" in error for error in errors)


@pytest.mark.parametrize("end", ["expired", "cancelled"])
def test_what_a_batch_did_not_get_to_is_handed_in_again(
    sample_dir: Path, wenan: Wenan, platform: BatchEndpoint, end: str
) -> None:
    platform.ends, platform.lapses = [end, "completed"], 6
    with serving(platform) as url:
        ran = start(wenan, sample_dir, url)
        assert ran.code == 4, ran.err
        assert "6 篇没有写" in ran.err
        assert states(sample_dir) == {"passed": UNITS - 6, "planned": 6}
        assert platform.chat.total == 0, "nobody pays the full price unasked"
        platform.lapses = 0
        assert wenan("campaign", "resume", "试写", "--batch", "--poll", "0.02").code == 0
    assert states(sample_dir) == {"passed": UNITS}
    assert set(platform.made.values()) == {1}
    assert sum(platform.made.values()) == UNITS
    assert rows(sample_dir, "SELECT requests FROM batches ORDER BY id") == [(UNITS,), (6,)]


def test_a_cut_result_file_loses_only_its_last_line(sample_dir: Path, wenan: Wenan, platform: BatchEndpoint) -> None:
    platform.cut = True
    with serving(platform) as url:
        assert start(wenan, sample_dir, url).code == 4
    assert states(sample_dir) == {"passed": UNITS - 1, "planned": 1}


def test_a_file_the_platform_refuses_costs_nothing(sample_dir: Path, wenan: Wenan, platform: BatchEndpoint) -> None:
    platform.ends = ["failed"]
    with serving(platform) as url:
        ran = start(wenan, sample_dir, url)
    assert ran.code == 4
    assert "line 1 is broken" in ran.err
    assert states(sample_dir) == {"planned": UNITS}
    assert rows(sample_dir, "SELECT state FROM batches") == [("failed",)]


def test_a_platform_without_batches_is_explained(sample_dir: Path, wenan: Wenan, platform: BatchEndpoint) -> None:
    platform.refuse_create = 404
    with serving(platform) as url:
        assert start(wenan, sample_dir, url).code == 4
        assert rows(sample_dir, "SELECT DISTINCT state FROM attempts") == [("failed",)]
        assert wenan("campaign", "resume", "试写").code == 0, "the usual way is open at once"
    assert states(sample_dir) == {"passed": UNITS}


def test_trouble_while_waiting_is_waited_out(sample_dir: Path, wenan: Wenan, platform: BatchEndpoint) -> None:
    platform.bad_polls, platform.looks = 7, 3
    with serving(platform) as url:
        assert start(wenan, sample_dir, url).code == 0
    assert sum(platform.made.values()) == UNITS


def test_a_lost_answer_to_the_creation_makes_no_second_batch(
    sample_dir: Path, wenan: Wenan, platform: BatchEndpoint
) -> None:
    platform.lose_create = 1
    with serving(platform) as url:
        assert start(wenan, sample_dir, url).code == 0
    assert len(platform.batches) == 1


class KilledError(BaseException):
    """The process is gone: no handler of ours may catch it."""


STEPS: dict[str, tuple[type, str, bool, int]] = {
    # (where, method, killed before it rather than after it, batches that the platform makes in all)
    "before the upload": (BatchWire, "upload", True, 1),
    "after the upload": (BatchWire, "upload", False, 1),
    "before the calls are noted": (BatchBook, "asking", True, 1),
    "after the calls are noted": (BatchBook, "asking", False, 1),
    "after the creation, unheard": (BatchWire, "create", False, 1),
    "while waiting": (BatchWire, "status", False, 1),
    "before the results are fetched": (BatchWire, "lines", True, 1),
    "after the results are taken in": (BatchBook, "release", True, 1),
}


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_nothing_is_paid_twice(
    sample_dir: Path, wenan: Wenan, platform: BatchEndpoint, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    cls, method, before, batches = STEPS[step]
    original = getattr(cls, method)
    calls = [0]

    async def killed(*args: object, **options: object) -> object:
        calls[0] += 1
        # `release` runs first when a batch is begun; the one that matters comes after the results.
        if method == "release" and calls[0] < 2:
            return await original(*args, **options)
        if not before:
            await original(*args, **options)
        raise KilledError

    with serving(platform) as url:
        with monkeypatch.context() as patch:
            patch.setattr(cls, method, killed)
            with pytest.raises(BaseException):  # noqa: B017, PT011 - whatever the kill turns into on its way out
                start(wenan, sample_dir, url)
        if rows(sample_dir, "SELECT 1 FROM batches WHERE state IN ('creating', 'running')"):
            refused = wenan("campaign", "resume", "试写")
            assert refused.code == 3, "the usual way would pay twice"
            assert "--batch" in refused.err
        ran = wenan("campaign", "resume", "试写", "--batch", "--poll", "0.02")
        assert ran.code == 0, ran.err
    assert states(sample_dir) == {"passed": UNITS}
    assert len(platform.batches) == batches
    assert set(platform.made.values()) == {1}
    assert platform.chat.total == 0


def test_a_vanished_batch_is_handed_in_again_and_said_so(
    sample_dir: Path, wenan: Wenan, platform: BatchEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(*_: object) -> None:
        raise KilledError

    with serving(platform) as url:
        with monkeypatch.context() as patch:
            patch.setattr(BatchWire, "status", killed)
            with pytest.raises(BaseException):  # noqa: B017, PT011
                start(wenan, sample_dir, url)
        platform.batches.clear()
        ran = wenan("campaign", "resume", "试写", "--batch", "--poll", "0.02")
    assert ran.code == 0, ran.err
    assert "可能已经计费" in ran.err
    assert states(sample_dir) == {"passed": UNITS}
    assert rows(sample_dir, "SELECT count(*) FROM attempts WHERE state = 'sent'") == [(UNITS,)]


def test_the_budget_ends_the_file_before_it_ends_the_money(
    sample_dir: Path, wenan: Wenan, platform: BatchEndpoint
) -> None:
    with serving(platform) as url:
        ran = start(wenan, sample_dir, url, budget={"money": "0.09"})
    assert ran.code == 1, ran.err
    assert "预算" in ran.err
    made = sum(platform.made.values())
    assert 0 < made < UNITS
    spent = sum(float(row[0]) for row in rows(sample_dir, "SELECT cost FROM attempts WHERE cost IS NOT NULL"))
    assert spent <= 0.09


def test_long_lists_go_in_several_files(
    sample_dir: Path, wenan: Wenan, platform: BatchEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = BatchRun.__init__
    monkeypatch.setattr(BatchRun, "__init__", lambda self, *args, **options: original(self, *args, **options, most=5))
    with serving(platform) as url:
        assert start(wenan, sample_dir, url).code == 0
    assert rows(sample_dir, "SELECT requests FROM batches ORDER BY id") == [(5,), (5,), (5,), (1,)]
    assert states(sample_dir) == {"passed": UNITS}


def test_the_offline_writer_needs_no_batch(sample_dir: Path, wenan: Wenan) -> None:
    ran = wenan("campaign", "run", str(write_plan(sample_dir)), "--batch")
    assert ran.code == 2
    assert "离线模板直接 run" in ran.err


def test_odd_result_lines_are_left_out() -> None:
    good = '{"custom_id": "a", "response": {"status_code": 200, "body": {"x": "one\u2028two"}}}'
    text = f'{good}\nnot json\n[]\n{{"custom_id": 3}}\n'
    assert [line.custom_id for line in read_lines(text)] == ["a"]


@pytest.mark.server
def test_killed_outright_while_waiting(sample_dir: Path, wenan: Wenan, platform: BatchEndpoint) -> None:
    platform.looks = 10_000
    with serving(platform) as url:
        use_endpoint(sample_dir, url)
        plan = write_plan(sample_dir, products=["p-oat"], model="stub")
        command = [sys.executable, "-c", "import cli; cli.main()", "campaign", "run", str(plan), "--batch"]
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
        process = subprocess.Popen(
            [*command, "--poll", "0.05"], cwd=sample_dir, env=environment, stderr=subprocess.PIPE
        )
        while not platform.requests["get"] and process.poll() is None:
            time.sleep(0.02)
        process.kill()
        assert process.stderr is not None
        process.stderr.close()
        process.wait()
        platform.looks = 1
        ran = wenan("campaign", "resume", "试写", "--batch", "--poll", "0.02")
    assert ran.code == 0, ran.err
    assert states(sample_dir) == {"passed": UNITS}
    assert set(platform.made.values()) == {1}
