"""How a run shows itself: a live line on a terminal, JSON lines for machines, silence otherwise."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from agent.campaign.budget import Meter
from agent.campaign.rows import STATE_NAMES
from agent.campaign.run import Progress
from knowledge_base.console import err

EVERY = 0.5
"""Seconds between two JSON lines."""


@contextmanager
def shown(total: int, meter: Meter, *, log_json: bool) -> Iterator[Callable[[Progress], None]]:
    """Something to tell after every unit."""
    if log_json:
        with _json_lines(total, meter) as tell:
            yield tell
    elif err().is_terminal:
        with _live(total, meter) as tell:
            yield tell
    else:
        yield lambda _: None


@contextmanager
def _json_lines(total: int, meter: Meter) -> Iterator[Callable[[Progress], None]]:
    last = 0.0

    def write(progress: Progress) -> None:
        values = {
            "done": progress.done,
            "total": total,
            "verdicts": dict(progress.verdicts),
            "failures": dict(progress.failures),
            "tokens": meter.tokens,
            "cost": str(meter.cost),
        }
        sys.stderr.write(json.dumps(values, ensure_ascii=False) + "\n")

    def tell(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= EVERY or progress.done == total:
            last = now
            write(progress)

    yield tell


@contextmanager
def _live(total: int, meter: Meter) -> Iterator[Callable[[Progress], None]]:
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Bar(*columns, console=err(), transient=True) as bar:
        task = bar.add_task("写稿", total=total, note="")

        def tell(progress: Progress) -> None:
            bar.update(task, completed=progress.done, note=_note(progress, meter))

        yield tell


def _note(progress: Progress, meter: Meter) -> str:
    parts = [f"{STATE_NAMES[state]} {count}" for state, count in sorted(progress.verdicts.items())]
    parts.append(f"{meter.tokens:,} token")
    if meter.cost:
        parts.append(f"{meter.cost:.2f} 元")
    return " · ".join(parts)
