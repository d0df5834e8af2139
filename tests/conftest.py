"""Rules for every test: no real key, no network beyond loopback, no settings of the person running them."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import settings

# The same examples every time, so that a change is blamed for what it broke; `make fuzz` looks for new ones.
settings.register_profile("same", derandomize=True)
settings.register_profile("fuzz", derandomize=False, print_blob=True)
settings.load_profile(os.environ.get("WENAN_HYPOTHESIS", "same"))


class Ran(NamedTuple):
    """How one command line ended."""

    code: int
    out: str
    err: str


KEYS = (
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "WENAN_MODEL",
    "WENAN_HOME",
    "WENAN_CHROMA_URL",
    "TIKTOKEN_CACHE_DIR",
    "WENAN_FONT",
)
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in KEYS:
        monkeypatch.delenv(key, raising=False)


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for the network fails, and says where it reached."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOOPBACK:
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def workspace_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace with a Chinese name, and the current folder."""
    folder = tmp_path / "工作区"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="session")
def sample_built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the sample brand ingested; shared, so tests copy it before they write."""
    from knowledge_base import sample
    from knowledge_base.base import KnowledgeBase
    from knowledge_base.ingest.add import add
    from knowledge_base.workspace import Workspace

    folder = tmp_path_factory.mktemp("sample") / "示例"
    folder.mkdir()
    kb = KnowledgeBase.open(Workspace(folder))
    try:
        report = add(kb, sample.paths(), root=sample.FOLDER)
    finally:
        kb.close()
    assert not report.bad
    return folder


@pytest.fixture
def sample_dir(sample_built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A private copy of the sample workspace, and the current folder."""
    folder = tmp_path / "示例"
    shutil.copytree(sample_built, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def wenan(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs one command line in this process and returns exit code, stdout and stderr."""
    import cli
    from knowledge_base import console

    def run(*args: str) -> Ran:
        console.out.cache_clear()
        console.err.cache_clear()
        code = cli.run([str(arg) for arg in args])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run
