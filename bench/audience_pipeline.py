"""The whole pipeline on 1,000,000 events of 100,000 people: import, features, segments, propensity, recommendations.

Runs in a process of its own, so that peak memory is its own; libraries are loaded inside the clock, as a user waits for
them. The reference is polars reading the same file and grouping it by user and action. The segments' ratio to the same
scikit-learn sweep on the same matrix is in `python -m bench audience_models`.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

EVENTS, PEOPLE = 1_000_000, 100_000
TARGET_SECONDS, TARGET_MB = 60, 2048
DAYS, SHOWN = 14, 5
REFERENCE = "import sys, polars; polars.read_csv(sys.argv[1]).group_by('用户ID', '行为').len()"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="wenan-pipeline-") as name:
        path = _export(Path(name) / "events.csv")
        for line in _run(path):
            print(line, flush=True)


def _export(path: Path) -> Path:
    import polars as pl

    from knowledge_base.audience.synthetic.export import write_events

    # Short visits come out a little shorter than planned.
    per_user = 1.047 * EVENTS / PEOPLE
    write_events(path, users=PEOPLE, per_user=per_user, seed=1, until=datetime(2026, 11, 20))  # noqa: DTZ001
    rows = pl.scan_csv(path).select(pl.len()).collect().item()
    print(f"made {rows:,} events of {PEOPLE:,} people, {path.stat().st_size / 1e6:.0f} MB CSV", flush=True)
    return path


def _run(path: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "bench.audience_pipeline", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent) as child:
        assert child.stdout is not None
        yield from (line.rstrip() for line in child.stdout)
    if child.returncode:
        raise SystemExit(f"the pipeline ended with {child.returncode}")


@contextmanager
def _step(name: str, took: dict[str, float]) -> Iterator[None]:
    started, worked = time.perf_counter(), time.process_time()
    yield
    took[name], cpu = time.perf_counter() - started, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    # Processor time tells a slow program from a busy machine.
    print(f"  {name:<18} {took[name]:6.1f} s   processor {cpu:6.1f} s   peak so far {peak:6,.0f} MB", flush=True)


def _pipeline(path: Path) -> None:
    took: dict[str, float] = {}
    with _step("polars: group", took):
        # In a process of its own too: what it holds is not the pipeline's, and both load polars inside the clock.
        subprocess.run([sys.executable, "-c", REFERENCE, str(path)], check=True)
    with _step("libraries", took):
        from knowledge_base.audience.store import AudienceStore
        from knowledge_base.workspace import Workspace

    with tempfile.TemporaryDirectory(dir=path.parent) as home, AudienceStore.open(Workspace(Path(home))) as store:
        with _step("import", took):
            from knowledge_base.audience.importing.importer import import_file
            from knowledge_base.audience.importing.options import ImportOptions

            kept = import_file(store, path, ImportOptions(assume="bench")).kept
        with _step("features", took):
            from knowledge_base.audience.features.build import compute

            frame = compute(store)
        with _step("segments", took):
            from knowledge_base.audience.segments.segment import segment

            groups = segment(frame, events=store.events()).segments
        people, columns = frame.shape
        del frame
        with _step("propensity", took):
            card = _propensity(store)
        with _step("recommendations", took):
            method, shown = _recommend(store)
    whole = sum(took.values()) - took["polars: group"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  {kept:,} events kept, {people:,} people x {columns} columns, {len(groups)} segments")
    print(f"  propensity: {card}; recommendations: {method} for {shown:,} people, {SHOWN} each")
    print(
        f"  whole pipeline {whole:.0f} s (target about {TARGET_SECONDS}), peak {peak:,.0f} MB (target < {TARGET_MB:,})"
    )
    print(f"  ratio to polars reading and grouping {whole / took['polars: group']:.0f}", flush=True)


def _propensity(store: object) -> str:
    from datetime import timedelta

    from knowledge_base.audience.propensity import keep, snapshots
    from knowledge_base.audience.propensity.choose import train
    from knowledge_base.audience.propensity.examples import examples

    frame = snapshots.snapshots(store, DAYS, {})  # type: ignore[arg-type]
    rows = examples(frame, outcome=snapshots.OUTCOME, when=snapshots.WHEN, horizon=timedelta(days=DAYS))
    learnt_from = frame["user"].unique()
    del frame
    trained = train(rows, recency="recency_days")
    keep.keep(store, trained, learnt_from, days=DAYS, moments=2, reasons={}, data=[])  # type: ignore[arg-type]
    return f"{trained.card.kind}, AUC {trained.card.scores['auc']}, {'used' if trained.card.use else 'not used'}"


def _recommend(store: object) -> tuple[str, int]:
    from knowledge_base.audience.recommend.choose import choose, split_by_time
    from knowledge_base.audience.recommend.interactions import weighed
    from knowledge_base.audience.recommend.recommender import Recommender

    frame = weighed(store.events(), store.orders()).collect()  # type: ignore[attr-defined]
    train, later, whole = split_by_time(frame)
    recommender = Recommender(whole, choose(train, later, whole))
    shown = sum(
        len(recommender.for_users(whole.users[start : start + 10_000], SHOWN))
        for start in range(0, len(whole.users), 10_000)
    )
    return recommender.choice.name, shown


if __name__ == "__main__":
    if len(sys.argv) == 2:
        _pipeline(Path(sys.argv[1]))
    else:
        main()
