"""A workspace with the sample brand and an invented shop's behaviour, segments and personas; made once, then copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def audience_built(tmp_path_factory: pytest.TempPathFactory, sample_built: Path) -> Path:
    """Shared: copy it before you write."""
    from agent.audience.persona_build import PersonaWish, make_personas
    from knowledge_base.audience.personas.segmenting import find_segments
    from knowledge_base.workspace import Workspace
    from tests.knowledge_base.audience.shop_store import shop_store

    folder = tmp_path_factory.mktemp("audience") / "店"
    shutil.copytree(sample_built, folder)
    with shop_store(folder, 400).store as store:
        find_segments(store, method="kmeans", ks=(5,))
    make_personas(Workspace(folder), PersonaWish(purpose="营销"), lambda line: None)
    return folder


@pytest.fixture
def audience_dir(audience_built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A private copy, and the current folder."""
    folder = tmp_path / "店"
    shutil.copytree(audience_built, folder)
    monkeypatch.chdir(folder)
    return folder
