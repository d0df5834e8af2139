"""kill -9 anywhere in the stream, again and again: the drafts are those of a run that nobody disturbed."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

pytest.importorskip("polars")

from agent.journal import Journal
from agent.present import as_text
from knowledge_base.workspace import Workspace

ROOT = Path(__file__).parents[4]
ITEMS = ("p-coffee", "p-oat", "p-lamp", "p-cup")
KILLS = 2
NOISE = 140
"""Lines a cart that nothing comes of: the file is read in several pieces, each with its commit."""


def stream(people: int) -> list[str]:
    """Carts of two days, half of them bought in time."""
    rng, start = random.Random(4), datetime(2026, 11, 20, 9)  # noqa: DTZ001 - the shop's clock
    rows: list[tuple[datetime, str, str, str]] = []
    for i in range(people):
        cart, item = start + timedelta(minutes=rng.randrange(1500)), rng.choice(ITEMS)
        rows.append((cart, f"u{i}", "加购", item))
        if rng.random() < 0.5:
            rows.append((cart + timedelta(minutes=rng.randrange(1, 119)), f"u{i}", "购买", item))
        rows += [
            (cart + timedelta(minutes=rng.randrange(60)), f"v{rng.randrange(50)}", "未读", item) for _ in range(20)
        ]
    return [
        json.dumps({"用户": user, "时间": f"{at:%Y-%m-%d %H:%M:%S}", "行为": action, "商品": item}, ensure_ascii=False)
        for at, user, action, item in sorted(rows)
    ]


def start(folder: Path) -> subprocess.Popen[bytes]:
    command = [
        *(sys.executable, "-c", "import cli; raise SystemExit(cli.run())"),
        *("audience", "watch", "events.jsonl", "--once", "--now", "2026-11-22T00:00", "--assume-consent", "测试"),
    ]
    return subprocess.Popen(
        command, cwd=folder, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def finish(folder: Path) -> None:
    process = start(folder)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err.decode()


def drafts(folder: Path) -> dict[str, str]:
    with closing(Journal.open(Workspace(folder))) as journal:
        rows = journal.list()
        assert len({row.id for row in rows}) == len(rows)
        return {row.id: as_text(journal.get(row.id)) for row in rows}


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
def test_killed_and_started_again(sample_built: Path, tmp_path: Path) -> None:
    lines = stream(100)
    rng = random.Random(9)
    for name in ("quiet", "killed"):
        folder = tmp_path / name
        shutil.copytree(sample_built, folder)
        (folder / "events.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        # The same key, or pseudonyms and with them ids would differ.
        (folder / ".wenan" / "audience.key").write_text("ab" * 32, encoding="ascii")
    finish(tmp_path / "quiet")
    expected = drafts(tmp_path / "quiet")
    assert len(expected) > 15
    folder = tmp_path / "killed"
    for _ in range(KILLS):
        before = count(folder)
        process = start(folder)
        # Somewhere after the first drafts of this run, while others are still to come.
        wanted = min(before + rng.randrange(1, 5), len(expected) - 1)
        while process.poll() is None and count(folder) < wanted:
            time.sleep(0.005)
        process.kill()
        process.communicate()
        assert before < count(folder) < len(expected)
    finish(folder)
    assert drafts(folder) == expected


def count(folder: Path) -> int:
    import sqlite3

    path = folder / ".wenan" / "journal.db"
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as database:
            return int(database.execute("SELECT COUNT(*) FROM drafts").fetchone()[0])
    except sqlite3.OperationalError:
        # Not made yet.
        return 0
