"""Other eval tools on the prompts of bench/evals.py: `PYTHON _evals_rivals.py ARM HOME SIZE URL`.

Imports nothing of wenan, so that each tool may live in an environment of its own. Each gets its lightest set-up: the
messages as they are, one scorer that looks for a word, no cache, no retries it does not insist on.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

AT_ONCE = 32
WORD = "咖啡"


def bodies(home: Path, size: int) -> list[dict[str, Any]]:
    lines = (home / "bodies.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines[1 : size + 1]]


def inspect_ai(home: Path, size: int, url: str) -> tuple[float, float]:
    import inspect_ai as tool
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.model import ChatMessageSystem, ChatMessageUser, get_model
    from inspect_ai.scorer import includes
    from inspect_ai.solver import generate

    kinds = {"system": ChatMessageSystem, "user": ChatMessageUser}
    samples = [
        Sample(input=[kinds[m["role"]](content=m["content"]) for m in body["messages"]], target=WORD)
        for body in bodies(home, size)
    ]
    model = get_model("openai-api/stub/stub-1", base_url=url, api_key="k")
    with tempfile.TemporaryDirectory() as logs:
        started = time.perf_counter()
        task = tool.Task(dataset=MemoryDataset(samples), solver=generate(), scorer=includes())
        log = tool.eval(task, model=model, max_connections=AT_ONCE, max_samples=AT_ONCE, log_dir=logs, display="none")[
            0
        ]
        elapsed = time.perf_counter() - started
    if log.status != "success":
        raise SystemExit(str(log.error))
    return elapsed, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def promptfoo(home: Path, size: int, url: str) -> tuple[float, float]:
    command = os.environ["WENAN_BENCH_PROMPTFOO"]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        tests = [
            {"vars": {f"m{i}": m["content"] for i, m in enumerate(body["messages"])}} for body in bodies(home, size)
        ]
        (place / "tests.json").write_text(json.dumps(tests, ensure_ascii=False), encoding="utf-8")
        (place / "prompt.json").write_text(
            '[{"role": "system", "content": {{ m0 | dump }}}, {"role": "user", "content": {{ m1 | dump }}}]',
            encoding="utf-8",
        )
        config = {
            "prompts": ["file://prompt.json"],
            "providers": [{"id": "openai:chat:stub-1", "config": {"apiBaseUrl": url, "apiKey": "k"}}],
            "defaultTest": {"assert": [{"type": "icontains", "value": WORD}]},
            "tests": "file://tests.json",
        }
        (place / "promptfooconfig.json").write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")
        home_of_tool = {"PROMPTFOO_CONFIG_DIR": str(place / "home")}
        quiet = {f"PROMPTFOO_DISABLE_{what}": "1" for what in ("UPDATE", "DEBUG_LOG", "ERROR_LOG", "TELEMETRY")}
        started = time.perf_counter()
        done = subprocess.run(
            [command, "eval", "-c", "promptfooconfig.json", "-j", str(AT_ONCE), "--no-cache", "--no-table"],
            cwd=place, env={**os.environ, **home_of_tool, **quiet}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        elapsed = time.perf_counter() - started
    if done.returncode not in (0, 100):  # 100: some assertions failed
        raise SystemExit(done.stderr[-2000:] or done.stdout[-2000:])
    return elapsed, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def main() -> None:
    name, home, size, url = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    seconds, mib = {"inspect_ai": inspect_ai, "promptfoo": promptfoo}[name](home, size, url)
    print(json.dumps({"seconds": seconds, "mib": mib}))


if __name__ == "__main__":
    main()
