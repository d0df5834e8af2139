"""The evaluation report of 2,000 cases x 2 variants: making it, and opening it against an empty page."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from evals.records import Row, Run, Variant
from evals.reports.build import build
from evals.reports.formats import FormatName, rendered
from knowledge_base.workspace import Workspace
from tests.evals.reports.conftest import FLAGS, chromium
from tests.evals.reports.runs import jobs, rows, run_of, without_persona

CASES = 2000
WRITTEN = 400
"""Drafts really written a variant; further cases repeat them under other names."""
RUNS = 5
TARGET_SECONDS = 2.0
EMPTY = "<!doctype html><meta charset=utf-8><title>空</title><p>空</p>"


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="wenan-report-"))
    try:
        _bench("post", _run(folder), folder)
        _bench("article", _articles(), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _bench(name: str, run: Run, folder: Path) -> None:
    started = time.perf_counter()
    report = build(run, resamples=1000)
    compared = time.perf_counter() - started
    print(f"{name}: {CASES:,} cases x {len(report.arms)} variants; compare (1,000 resamples) {compared:.2f} s")
    forms: tuple[FormatName, ...] = ("html", "json", "csv", "junit", "md", "text")
    for form in forms:
        started = time.perf_counter()
        text = rendered(report, form, Workspace(folder))
        size = len(text.encode("utf-8", "replace")) / 1e6
        print(f"  {form:<6}{time.perf_counter() - started:6.2f} s {size:7.2f} MB")
        if form == "html":
            (folder / f"{name}.html").write_bytes(text.encode("utf-8", "replace"))
    if not chromium():
        print("  no Chromium: opening not measured")
        return
    (folder / "empty.html").write_text(EMPTY, encoding="utf-8")
    _open(folder / f"{name}.html", folder / "empty.html")


def _open(page: Path, empty: Path) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        opened: dict[Path, list[float]] = {page: [], empty: []}
        for _ in range(RUNS):
            for path, times in opened.items():
                tab = browser.new_page(viewport={"width": 1280, "height": 900})
                started = time.perf_counter()
                tab.goto(path.as_uri())
                if path == page:
                    tab.wait_for_selector("html[data-ready]", state="attached")
                # Two frames later the screen shows what was drawn.
                tab.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
                times.append(time.perf_counter() - started)
                if path == page and len(times) == RUNS:
                    _use(tab)
                tab.close()
        browser.close()
    ours, nothing = (statistics.median(times) for times in opened.values())
    print(
        f"  open   {ours:6.2f} s (target < {TARGET_SECONDS}); an empty page {nothing:.2f} s, ratio {ours / nothing:.1f}"
    )


def _use(tab: Any) -> None:
    """What a reader does, in milliseconds of the page's own work."""
    steps: dict[str, str] = {
        "filter by outcome": "$('outcome').value = 'fail'; redraw()",
        "sort by change": "$('sort').value = 'fall'; redraw()",
        "first search": "$('q').value = '有人问'; redraw()",
        "next search": "$('q').value = '来问'; redraw()",
        "open a case": "show(CASES[1234])",
    }
    for name, code in steps.items():
        timed = f"const t = performance.now(); {code}; document.body.offsetHeight; return performance.now() - t"
        print(f"  {name:<18}{tab.evaluate(f'(() => {{ {timed} }})()'):6.0f} ms")


def _run(folder: Path) -> Run:
    todo, faulty = jobs("post", WRITTEN), str(without_persona(folder))
    first = rows(todo, Variant("moments/post", "offline"), None)
    second = rows(todo, Variant(faulty, "offline"), faulty)
    return run_of([*_many(list(first)), *_many(list(second))])


def _articles() -> Run:
    """The same articles twice, the second time each under its neighbour's name: long texts alike in places."""
    once, other = list(rows(jobs("article", WRITTEN), Variant("", "offline"), None)), Variant("", "别的")
    turned = [replace(once[i - 1], case_id=row.case_id, key=f"{row.key}b", variant=other) for i, row in enumerate(once)]
    return run_of([*_many(once), *_many(turned)], suite="文章")


def _many(written: list[Row]) -> list[Row]:
    return [
        replace(row, key=f"{row.key}{turn}", case_id=f"{row.case_id} · {turn + 1}")
        for turn in range(CASES // WRITTEN)
        for row in written
    ]


if __name__ == "__main__":
    main()
