"""The eval runner against bare aiohttp and AsyncOpenAI on aiohttp: the same prompts to the same stub, in one run.

Every arm is a process of its own, so that memory is its own; wall seconds leave out imports and preparation. Ours runs
the whole spine (render, call, parse, every check), all default scorers, the cassette and the evals database.
`python -m bench evals` prints seconds, marginal cost a case, MiB and the ratios; WENAN_BENCH_EVALS=long adds 10,000.
inspect_ai and promptfoo join where they are installed: in this environment or on the PATH, or named by
WENAN_BENCH_INSPECT (a Python that has it) and WENAN_BENCH_PROMPTFOO (the command).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from itertools import islice, product
from pathlib import Path

from bench.stub_server import serve

ROOT = Path(__file__).resolve().parent.parent
SMALL, LARGE = 500, 2000
AT_ONCE = 32
LATENCY = 0.2
ARMS = ("bare aiohttp", "AsyncOpenAI, aiohttp", "ours")
REPEATS = 3
GOALS = (
    "拉新",
    "预热",
    "回购",
    "上新",
    "周末",
    "清仓",
    "会员日",
    "囤货",
    "年货",
    "开学",
    "露营",
    "送礼",
    "满减",
    "直播",
    "到货",
    "补货",
    "限时",
    "晒单",
)
"""Goals that make the products and personas of the sample brand 2,016 different jobs."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        prepare(home)
        print(f"concurrency {AT_ONCE}; medians of {REPEATS} alternating runs; seconds, MiB")
        quick = contest(home, 0.0, (SMALL, LARGE), REPEATS)
        slow = contest(home, LATENCY, (LARGE,), 1)
        report(quick, slow)
        replays(home, quick)
        rivals(home, quick["ours", LARGE]["seconds"])
        if os.environ.get("WENAN_BENCH_EVALS") == "long":
            print(f"10,000 cases: {memory(measure(home, 'ours', 10_000, 0.0))}")


def prepare(home: Path) -> None:
    """Suites, contexts and the prompts that the other arms send as they are."""
    for size in (SMALL, LARGE):
        write_suite(home / f"s{size}.jsonl", size)
    if os.environ.get("WENAN_BENCH_EVALS") == "long":
        write_suite(home / "s10000.jsonl", 10_000)
    arm(home, "prepare", LARGE, "http://127.0.0.1:9/v1")


def write_suite(path: Path, size: int) -> None:
    from knowledge_base.sample import FOLDER

    ids = {
        name: [
            line.split(":")[1].strip()
            for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()
            if line.startswith("- id:")
        ]
        for name in ("products.yaml", "personas.yaml")
    }
    head = {
        "name": "bench",
        "today": "2026-11-22",
        "knowledge": "sample",
        "models": ["stub"],
        "defaults": {"channel": "moments", "form": "ad"},
    }
    jobs = islice(product(range(100), GOALS, ids["products.yaml"], ids["personas.yaml"]), size)
    lines = [head] + [
        {
            "id": f"c{i}",
            "brief": {"product": p, "persona": u, "goal": f"{g}{n or ''}"},
            "tags": [p],
            "group": f"{n}{g}{p}",
        }
        for i, (n, g, p, u) in enumerate(jobs)
    ]
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


def contest(
    home: Path, latency: float, sizes: tuple[int, ...], repeats: int
) -> dict[tuple[str, int], dict[str, float]]:
    """Medians by arm and size; arms take turns, so that a busy machine is busy for all."""
    runs: dict[tuple[str, int], list[dict[str, float]]] = {}
    for _ in range(repeats):
        for size, name in product(sizes, ARMS):
            runs.setdefault((name, size), []).append(measure(home, name, size, latency))
    return {key: sorted(found, key=lambda one: one["seconds"])[len(found) // 2] for key, found in runs.items()}


def measure(home: Path, name: str, size: int, latency: float) -> dict[str, float]:
    with serve(latency=latency) as stub:
        found = arm(home, name, size, stub.url)
        if stub.calls() != size:
            raise SystemExit(f"{name} made {stub.calls()} calls for {size} cases")
        return found


def arm(home: Path, name: str, size: int, url: str) -> dict[str, float]:
    """One arm in a fresh interpreter; see bench/_evals_arms.py."""
    command = [sys.executable, "-m", "bench._evals_arms", name, str(home), str(size), url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def report(quick: dict[tuple[str, int], dict[str, float]], slow: dict[tuple[str, int], dict[str, float]]) -> None:
    bound = LARGE / AT_ONCE * LATENCY
    marginal = {
        name: (quick[name, LARGE]["seconds"] - quick[name, SMALL]["seconds"]) / (LARGE - SMALL) * 1000 for name in ARMS
    }
    print(f"{'':<22} {SMALL:>7} {LARGE:>7}  ms/case  MiB   {LARGE} at {LATENCY * 1000:.0f} ms")
    for name in ARMS:
        a, b, c = quick[name, SMALL], quick[name, LARGE], slow[name, LARGE]
        print(
            f"{name:<22} {a['seconds']:7.2f} {b['seconds']:7.2f} {marginal[name]:8.2f} {b['mib']:4.0f}   "
            f"{c['seconds']:.2f} ({c['seconds'] / bound:.3f} x the bound {bound:.1f})"
        )
    ratio = marginal["ours"] / marginal["AsyncOpenAI, aiohttp"]
    linear = quick["ours", LARGE]["seconds"] / quick["ours", SMALL]["seconds"]
    print(f"marginal cost a case: {ratio:.2f} x AsyncOpenAI on aiohttp (target <= 2, goal 1.2)")
    print(f"wall at {LATENCY * 1000:.0f} ms: {slow['ours', LARGE]['seconds'] / bound:.3f} x the bound (target <= 1.13)")
    print(f"t({LARGE})/t({SMALL}): {linear:.2f} (target <= 4.5); {memory(quick['ours', LARGE])} (target <= 150)")


def memory(found: dict[str, float]) -> str:
    """Of a run that checks and scores in a second process."""
    return (
        f"peak {found['mib']:.0f} MiB and {found['beside']:.0f} MiB in the second process, "
        f"{found['together']:.0f} MiB for both at the end, pages they share counted once"
    )


def replays(home: Path, quick: dict[tuple[str, int], dict[str, float]]) -> None:
    """Warm: every answer and context is recorded. First everything is made anew, then only what changed: nothing."""
    bare = quick["bare aiohttp", LARGE]["seconds"]
    with serve() as stub:
        address = stub.url
        arm(home, "ours", LARGE, address)
    for name, what in (("replay", "all rendered, checked and scored anew"), ("again", "nothing changed since")):
        runs = [arm(home, name, LARGE, address) for _ in range(REPEATS)]
        best = sorted(runs, key=lambda one: one["seconds"])[REPEATS // 2]
        ratio = best["seconds"] / bare
        print(
            f"warm replay, {what}: {LARGE} cases in {best['seconds']:.2f} s = "
            f"{ratio:.2f} x bare aiohttp (target <= 1.5), {best['mib']:.0f} MiB"
        )


def rivals(home: Path, ours: float) -> None:
    """Others on the same prompts, one run each; they only call and look for a word."""
    inspect = os.environ.get("WENAN_BENCH_INSPECT") or (sys.executable if find_spec("inspect_ai") else "")
    promptfoo = os.environ.get("WENAN_BENCH_PROMPTFOO") or shutil.which("promptfoo") or ""
    for name, found in (("inspect_ai", inspect), ("promptfoo", promptfoo)):
        if not found:
            print(f"{name}: not installed")
            continue
        script = str(ROOT / "bench" / "_evals_rivals.py")
        python = found if name == "inspect_ai" else sys.executable
        with serve() as stub:
            done = subprocess.run(
                [python, script, name, str(home), str(LARGE), stub.url],
                env={**os.environ, "WENAN_BENCH_PROMPTFOO": promptfoo}, capture_output=True, text=True, check=False,
            )  # fmt: skip
            if done.returncode or stub.calls() != LARGE:
                raise SystemExit(f"{name}: {stub.calls()} calls; {done.stderr[-2000:]}")
        said = json.loads(done.stdout.splitlines()[-1])
        ratio = said["seconds"] / ours
        print(f"{name}: {LARGE} cases in {said['seconds']:.1f} s = {ratio:.1f} x ours, {said['mib']:.0f} MiB")
