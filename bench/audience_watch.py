"""Triggers on a stream: events a second with 20 rules, no drafts, against json.loads and one dictionary update a line.

The reference is the least that anybody would do with the same file: parse each line, remember each person's last
event. Ours reads the same file through the follower, understands it, hashes ids, asks for consent, applies 20 rules
and commits its state with its place in the file. In turn, best of two; peak memory is of a process of its own.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

EVENTS, PEOPLE, RULES = 100_000, 20_000, 20
RUNS = 2
TARGET = 2_000
ACTIONS = ("阅读", "点击", "点赞", "收藏", "加购", "购买", "未读")
WEIGHTS = (40, 25, 8, 6, 8, 3, 10)
NOW = "2026-11-22T12:00:00+08:00"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="wenan-watch-") as name:
        path = Path(name) / "events.jsonl"
        _write(path)
        pairs = [(_run("reference", path), _run("ours", path)) for _ in range(RUNS)]
    base, ours = (min(pair[side][0] for pair in pairs) for side in (0, 1))
    base_cpu, ours_cpu = (min(pair[side][3] for pair in pairs) for side in (0, 1))
    memory, hits = max(pair[1][1] for pair in pairs), pairs[0][1][2]
    print(f"{EVENTS:,} events of {PEOPLE:,} people over 30 days, {RULES} rules, {hits:,.0f} hits")
    print(f"  json.loads and a dict      {EVENTS / base:10,.0f} events/s")
    print(f"  watch, without drafting    {EVENTS / ours:10,.0f} events/s (target >= {TARGET:,}), peak {memory:,.0f} MB")
    print(f"  ratio of times             {ours / base:10.1f}")
    # What others do on the machine at the same time slows the clock, and hardly the processor's time.
    print(f"  by processor time: {EVENTS / base_cpu:,.0f} and {EVENTS / ours_cpu:,.0f} events/s", flush=True)


def rules() -> list[dict[str, object]]:
    """20 rules of all kinds that see every event: different waits, counts and windows."""
    write = {"channel": "私聊"}
    found: list[dict[str, object]] = []
    found += [{"when": "加购未买", "after": f"{2 + 4 * i}h"} for i in range(5)]
    found += [{"when": "反复看没买", "times": 3 + i, "within": f"{3 + i}d"} for i in range(5)]
    found += [{"when": "沉睡", "after": f"{5 + 5 * i}d"} for i in range(4)]
    found += [{"when": "到货", "within": f"{10 + 10 * i}d"} for i in range(4)]
    found += [{"when": "生日"}, {"when": "差评"}]
    return [{"id": f"r{i}", "name": f"规则{i}", "cooldown": "3d", "write": write, **one} for i, one in enumerate(found)]


def _write(path: Path) -> None:
    rng, start = random.Random(1), datetime(2026, 10, 20)  # noqa: DTZ001 - the shop's clock
    step = timedelta(days=30) / EVENTS
    with path.open("w", encoding="utf-8") as file:
        for i in range(EVENTS):
            # Some lines come a few minutes late.
            moment = start + step * i - timedelta(seconds=rng.choice([0, 0, 0, 300]))
            row: dict[str, object] = {"时间": f"{moment:%Y-%m-%d %H:%M:%S}", "商品ID": f"p-{rng.randrange(500)}"}
            if i % 10_000 == 9_999:
                row["行为"] = "到货"
            else:
                action = rng.choices(ACTIONS, WEIGHTS)[0]
                row |= {"用户ID": f"oYXJ{rng.randrange(PEOPLE):08d}", "行为": action, "渠道": "公众号文章"}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _run(side: str, path: Path) -> tuple[float, float, float, float]:
    command = [sys.executable, "-m", "bench.audience_watch", side, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parent.parent)
    seconds, peak, hits, cpu = (float(one) for one in done.stdout.split()[-4:])
    return seconds, peak, hits, cpu


def _reference(path: Path) -> int:
    last: dict[str, dict[str, str]] = {}
    with path.open("rb") as file:
        for line in file:
            row = json.loads(line)
            last[row.get("用户ID", "")] = row
    return 0


def _ours(path: Path) -> int:
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.audience.triggers.admission import Admission
    from knowledge_base.audience.triggers.database import NAME, connect
    from knowledge_base.audience.triggers.engine import Engine
    from knowledge_base.audience.triggers.follow import Follower
    from knowledge_base.audience.triggers.lines import Bad, Lines
    from knowledge_base.audience.triggers.rule_file import RuleFile, rule_set
    from knowledge_base.audience.triggers.spans import micros
    from knowledge_base.workspace import Workspace

    found = rule_set(RuleFile.model_validate({"rules": rules()}))
    assert len(found.rules) == RULES
    now, hits = micros(datetime.fromisoformat(NOW)), 0
    with tempfile.TemporaryDirectory(dir=path.parent) as home, AudienceStore.open(Workspace(Path(home))) as store:
        database = connect(Path(home) / NAME)
        engine = Engine(
            database,
            found,
            Admission(store, assume=True),
            judge=lambda texts: [False for _ in texts],
            birthdays=lambda day: (),
        )
        lines = Lines(store.pseudonyms.of_bytes, found.clock)
        follower = Follower(path, "bench", None, from_start=True)
        at_end = False
        while not at_end:
            chunk = follower.read(last=True)
            events = [one for _, line in chunk.lines if (one := lines.read(line, now)) and not isinstance(one, Bad)]
            at_end = chunk.at_end
            hits += len(engine.take(events, chunk.place, now, complete=at_end).hits)
        database.close()
    return hits


def _side(side: str, path: Path) -> None:
    """One timed run. Libraries are loaded before the clock starts."""
    import knowledge_base.audience.store
    import knowledge_base.audience.triggers.engine
    import knowledge_base.audience.triggers.lines
    import knowledge_base.audience.triggers.rule_file  # noqa: F401

    started, worked = time.perf_counter(), time.process_time()
    hits = (_reference if side == "reference" else _ours)(path)
    seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, hits, cpu)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        _side(sys.argv[1], Path(sys.argv[2]))
    else:
        main()
