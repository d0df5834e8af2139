"""A complete invented brand, shipped so that every command has something real to work on."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent
"""Where the sample files lie."""

INGEST = (
    "brand.yaml",
    "products.yaml",
    "personas.yaml",
    "policies.yaml",
    "coupons.yaml",
    "assets.yaml",
    "exemplars.yaml",
    "docs",
)
"""What belongs into a knowledge base. `articles/` feeds `wenan brand learn`; `exports/` shows column mapping."""


def paths() -> tuple[Path, ...]:
    """Absolute paths of everything that `wenan demo` ingests."""
    return tuple(FOLDER / name for name in INGEST)
