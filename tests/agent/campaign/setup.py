"""A small campaign over the sample brand, and a workspace whose model is a server on loopback."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import yaml

PLAN: dict[str, Any] = {
    "name": "试写",
    "channels": ["moments"],
    "products": ["p-oat", "p-coffee"],
    "personas": "all",
    "angles": ["scene", "pain"],
    "dates": ["2026-11-22"],
    "model": "offline",
    "concurrency": 4,
    "uniqueness": {"similarity": 1.0, "rewrites": 0},
}
KEY = "TEST_CAMPAIGN_KEY"


def write_plan(folder: Path, name: str = "campaign.yaml", **changes: Any) -> Path:
    path = folder / name
    values = {key: value for key, value in (PLAN | changes).items() if value is not None}
    path.write_text(yaml.safe_dump(values, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def use_endpoint(folder: Path, url: str, *, name: str = "stub", **settings: Any) -> None:
    """Adds a model profile for a server on loopback to wenan.toml."""
    values = {"base_url": url, "model": "stub", "api_key_env": KEY, "structured": "none", "retries": 2} | settings
    lines = [f"[models.{name}]"] + [f"{key} = {_toml(value)}" for key, value in values.items()]
    path = folder / "wenan.toml"
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    path.write_text(f"{before}\n" + "\n".join(lines) + "\n", encoding="utf-8")


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """What the journal's database holds."""
    connection = sqlite3.connect(folder / ".wenan" / "journal.db")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
