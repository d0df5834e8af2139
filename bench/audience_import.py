"""Import and features of 1,000,000 events of 100,000 people, against polars reading and grouping the same file.

The reference is what the data cost without any of our work: read the CSV, group by user and action. Each side runs in
a process of its own, so that peak memory is its own; the best of five runs counts, by the clock and by processor time,
which says less of what else the machine is doing. With WENAN_BENCH_AUDIENCE=long also ten million events, once, to see
that memory does not grow with them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path

from bench.memory import peak_mib

EVENTS, PEOPLE = 1_000_000, 100_000
RUNS = 5
TARGET_RATIO = 4.0
TARGET_MB = 2048


@dataclass(frozen=True, slots=True)
class Cost:
    seconds: float
    processor: float
    """Seconds on all cores."""
    mb: float
    """Peak."""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="wenan-audience-") as name:
        folder = Path(name)
        _bench(folder / "1m", EVENTS, PEOPLE, RUNS)
        if os.environ.get("WENAN_BENCH_AUDIENCE") == "long":
            _bench(folder / "10m", EVENTS * 10, PEOPLE * 10, 1)


def _bench(folder: Path, events: int, people: int, runs: int) -> None:
    path = _export(folder, events, people)
    # In turn, so that a busy machine slows both alike.
    pairs = [(_run("reference", path), _run("ours", path)) for _ in range(runs)]
    base, took = (_best([pair[side] for pair in pairs]) for side in (0, 1))
    print(f"{events:,} events of {people:,} people, {path.stat().st_size / 1e6:.0f} MB CSV")
    for name, cost in (("polars: read and group", base), ("import and features", took)):
        print(f"  {name:<23}{cost.seconds:6.2f} s, processor {cost.processor:6.2f} s, peak {cost.mb:,.0f} MB")
    seconds, processor = took.seconds / base.seconds, took.processor / base.processor
    target = f" (target <= {TARGET_RATIO:g}, < {TARGET_MB:,} MB)"
    print(f"  ratio                  {seconds:6.2f}    processor {processor:6.2f}  {target}", flush=True)


def _best(costs: list[Cost]) -> Cost:
    return Cost(
        min(cost.seconds for cost in costs), min(cost.processor for cost in costs), max(cost.mb for cost in costs)
    )


def _export(folder: Path, events: int, people: int) -> Path:
    """A shop's events file of about this size, flaws and all."""
    import polars as pl

    from knowledge_base.audience.synthetic.export import write_events

    path = folder / "events.csv"
    # Short visits come out a little shorter than planned.
    per_user = 1.047 * events / people
    write_events(path, users=people, per_user=per_user, seed=1, until=datetime(2026, 11, 20))  # noqa: DTZ001
    rows = pl.scan_csv(path).select(pl.len()).collect().item()
    print(f"made {rows:,} rows", flush=True)
    return path


def _run(side: str, path: Path) -> Cost:
    command = [sys.executable, "-m", "bench.audience_import", side, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parent.parent)
    return Cost(*(float(number) for number in done.stdout.split()[-3:]))


def _reference(path: Path) -> None:
    import polars as pl

    pl.read_csv(path).group_by("用户ID", "行为").len()


def _ours(path: Path) -> None:
    from knowledge_base.audience.features.build import compute
    from knowledge_base.audience.importing.importer import import_file
    from knowledge_base.audience.importing.options import ImportOptions
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.workspace import Workspace

    with tempfile.TemporaryDirectory(dir=path.parent) as home, AudienceStore.open(Workspace(Path(home))) as store:
        started = time.perf_counter()
        report = import_file(store, path, ImportOptions(assume="bench"))
        middle = time.perf_counter()
        frame = compute(store)
        print(f"import {middle - started:.2f} features {time.perf_counter() - middle:.2f}", report.kept, frame.shape)


def _side(side: str, path: Path) -> None:
    """One timed run; libraries are loaded before the clock starts, as polars is for the reference."""
    parts = ("features.build", "importing.importer")
    for name in ("polars", "pypinyin", "rapidfuzz", *(f"knowledge_base.audience.{part}" for part in parts)):
        import_module(name)
    started, worked = time.perf_counter(), time.process_time()
    (_reference if side == "reference" else _ours)(path)
    print(time.perf_counter() - started, time.process_time() - worked, peak_mib())


if __name__ == "__main__":
    if len(sys.argv) == 3:
        _side(sys.argv[1], Path(sys.argv[2]))
    else:
        main()
