"""Housekeeping of recordings: what there is, and which of them nothing refers to any more."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from evals.cassette import Cassette
from evals.database import EvalsDb
from evals.judging import ASKED_AS
from evals.suite import Suite

AGREEMENT = "agreement"
"""The suite that recordings of `eval agreement` are filed under."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    recordings: int
    size: int
    """Bytes of the file."""
    by_model: dict[str, int]
    by_suite: dict[str, int]
    orphans: int
    oldest: str
    newest: str


def orphans(cassette: Cassette, db: EvalsDb, suites: Iterable[Suite], *, runs: int | None = None) -> set[str]:
    """Keys that no run rests on and no known suite's case may still ask for.

    `runs`: only the newest so many runs of each suite count, as do cases of recordings that no run ever used. What
    judges said is filed under no case and named by no row: it stays as long as its suite, one of its runs or, of
    `eval agreement`, anything does.
    """
    suites = tuple(suites)
    used, kept, ran = _used(db, runs)
    judged = {AGREEMENT, *ran, *(suite.name for suite in suites)}
    cases = {(suite.name, case.id) for suite in suites for case in suite.cases}
    return {
        recording.key
        for recording in cassette.recordings()
        if not (recording.case_id == ASKED_AS and recording.suite in judged)
        and recording.key not in kept
        and (recording.key in used or (recording.suite, recording.case_id) not in cases)
    }


def stats(cassette: Cassette, db: EvalsDb, suites: Iterable[Suite]) -> Stats:
    models: Counter[str] = Counter()
    names: Counter[str] = Counter()
    times: list[str] = []
    for recording in cassette.recordings():
        models[recording.parts.endpoint.model] += 1
        names[recording.suite] += 1
        times.append(recording.recorded_at)
    path = cassette.store.path
    return Stats(
        recordings=sum(models.values()),
        size=path.stat().st_size if path.is_file() else 0,
        by_model=dict(models.most_common()),
        by_suite=dict(names.most_common()),
        orphans=len(orphans(cassette, db, suites)),
        oldest=min(times, default=""),
        newest=max(times, default=""),
    )


def _used(db: EvalsDb, runs: int | None) -> tuple[set[str], set[str], set[str]]:
    """(keys that any run rests on, those of the newest runs, names of suites that were run)."""
    newest: Counter[str] = Counter()
    used: set[str] = set()
    kept: set[str] = set()
    for line in db.runs():
        keys = {
            key
            for (text,) in db.store.all("SELECT answers FROM rows WHERE run_id = ?", (line.id,))
            for key, _ in json.loads(text)
        }
        used |= keys
        if runs is None or newest[line.suite] < runs:
            kept |= keys
        newest[line.suite] += 1
    return used, kept, set(newest)
