"""Shared by the lab's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.stub_server import Stub, serve


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    """An OpenAI-compatible endpoint in a process of its own, quick to answer."""
    with serve() as running:
        yield running
