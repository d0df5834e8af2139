"""Import and features of 1,000,000 events of 100,000 people, against polars reading and grouping the same file.

The reference is what the data cost without any of our work: read the CSV, group by user and action. Each side runs in
a process of its own, so that peak memory is its own; the best of three runs counts. With WENAN_BENCH_10M=1 also ten
million events, to see that memory does not grow with them.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

EVENTS, PEOPLE = 1_000_000, 100_000
RUNS = 5
TARGET_RATIO = 4.0
TARGET_MB = 2048


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="wenan-audience-") as name:
        folder = Path(name)
        _bench(folder / "1m", EVENTS, PEOPLE)
        if os.environ.get("WENAN_BENCH_10M"):
            _bench(folder / "10m", EVENTS * 10, PEOPLE * 10)


def _bench(folder: Path, events: int, people: int) -> None:
    path = _export(folder, events, people)
    # In turn, so that a busy machine slows both alike.
    pairs = [(_run("reference", path), _run("ours", path)) for _ in range(RUNS)]
    reference, ours = ([pair[side] for pair in pairs] for side in (0, 1))
    base, took = min(seconds for seconds, _ in reference), min(seconds for seconds, _ in ours)
    memory = max(mb for _, mb in ours)
    print(f"{events:,} events of {people:,} people, {path.stat().st_size / 1e6:.0f} MB CSV")
    print(f"  polars: read and group   {base:6.2f} s, peak {max(mb for _, mb in reference):,.0f} MB")
    print(f"  import and features      {took:6.2f} s, peak {memory:,.0f} MB (target < {TARGET_MB:,})")
    print(f"  ratio                    {took / base:6.2f} (target <= {TARGET_RATIO:g})", flush=True)


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


def _run(side: str, path: Path) -> tuple[float, float]:
    command = [sys.executable, "-m", "bench.audience_import", side, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parent.parent)
    seconds, peak = done.stdout.split()[-2:]
    return float(seconds), float(peak)


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
    import polars  # noqa: F401
    import pypinyin  # noqa: F401
    import rapidfuzz  # noqa: F401

    import knowledge_base.audience.features.build
    import knowledge_base.audience.importing.importer  # noqa: F401

    started = time.perf_counter()
    (_reference if side == "reference" else _ours)(path)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(seconds, peak)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        _side(sys.argv[1], Path(sys.argv[2]))
    else:
        main()
