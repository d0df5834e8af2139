"""An invented shop and its import, made once; tests that write work on a copy."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from knowledge_base.workspace import Workspace

if TYPE_CHECKING:
    from knowledge_base.audience.importing.report import ImportReport
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.audience.synthetic.export import Shop

UNTIL = datetime(2026, 11, 20)  # noqa: DTZ001 - by the shop's clock
USERS = 400


class Made(NamedTuple):
    shop: Shop
    truth: dict[str, Any]
    home: Path
    reports: dict[str, ImportReport]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A shop of 400 people, imported with its consent answers."""
    from knowledge_base.audience.importing.importer import import_files
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.audience.synthetic.export import write_shop

    folder = tmp_path_factory.mktemp("shop")
    shop = write_shop(folder / "导出", users=USERS, seed=11, until=UNTIL)
    home = folder / "工作区"
    with AudienceStore.open(Workspace(home)) as store:
        reports = {str(report.kind): report for report in import_files(store, shop.exports)}
    return Made(shop, json.loads(shop.truth.read_text(encoding="utf-8")), home, reports)


@pytest.fixture
def full(made: Made, tmp_path: Path) -> Iterator[AudienceStore]:
    """A private copy of the imported shop."""
    from knowledge_base.audience.store import AudienceStore

    shutil.copytree(made.home, tmp_path / "店")
    with AudienceStore.open(Workspace(tmp_path / "店")) as store:
        yield store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[AudienceStore]:
    """An empty store."""
    from knowledge_base.audience.store import AudienceStore

    with AudienceStore.open(Workspace(tmp_path / "空")) as opened:
        yield opened
