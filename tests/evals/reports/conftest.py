"""Runs that are written once for all tests of reports, and a browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from evals.records import Run, Variant
from evals.reports.build import build
from evals.reports.report import Report
from tests.evals.reports.runs import failed, jobs, posts, rows, run_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="session")
def posts_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """12 cases x 2 variants, all scored."""
    return posts(tmp_path_factory.mktemp("templates"))


@pytest.fixture(scope="session")
def clean(posts_run: Run) -> Report:
    return build(posts_run, resamples=1000)


@pytest.fixture(scope="session")
def errored(posts_run: Run) -> Report:
    """Complete, with an error on each side."""
    return build(run_of([failed(row) if i in (3, 17) else row for i, row in enumerate(posts_run.rows)]), resamples=1000)


@pytest.fixture(scope="session")
def broken(posts_run: Run) -> Report:
    """Killed before its last five rows, with one error; every row that is there passes."""
    kept = [
        replace(row, scores=tuple(replace(s, passed=None if s.passed is None else True) for s in row.scores))
        for row in posts_run.rows[:-5]
    ]
    return build(run_of([failed(kept[0]), *kept[1:]], planned=len(posts_run.rows)), resamples=1000)


@pytest.fixture(scope="session")
def single(posts_run: Run) -> Report:
    """One variant, nothing to compare with."""
    first = posts_run.rows[0].variant
    return build(run_of([row for row in posts_run.rows if row.variant == first]), resamples=1000)


@pytest.fixture(scope="session")
def against(posts_run: Run) -> Report:
    """The second variant's rows as a run of their own, against the first's."""
    first, renamed = posts_run.rows[0].variant, Variant("", "offline")
    old = [replace(row, variant=renamed) for row in posts_run.rows if row.variant == first]
    new = [replace(row, variant=renamed) for row in posts_run.rows if row.variant != first]
    return build(run_of(new, id="r_" + "2" * 32), run_of(old, id="r_" + "1" * 32), resamples=1000)


def chromium() -> str:
    """Path of the system's browser, empty when there is none."""
    return next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
    )


@pytest.fixture(scope="session")
def articles() -> Report:
    """Two articles by the offline writer."""
    return build(run_of(list(rows(jobs("article", 2), Variant("", "offline"), None)), suite="文章"), resamples=1000)


@pytest.fixture(scope="module")
def browser(posts_run: Run, clean: Report, errored: Report, broken: Report, articles: Report) -> Iterator[Browser]:
    """One browser a module. While it is open an event loop runs in this thread, so all drafts are written before."""
    sync_api = pytest.importorskip("playwright.sync_api")
    path = chromium()
    if not path:
        pytest.skip("没有 Chromium，浏览器测试不跑")
    with sync_api.sync_playwright() as play:
        started = play.chromium.launch(executable_path=path, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Where a test puts its page; the name has what file URLs must escape."""
    return tmp_path / "评测 报告#1.html"
