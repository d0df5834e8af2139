"""How much of a page survives WeChat's editor, as one number."""

from __future__ import annotations

from collections.abc import Sequence

from agent.channels.lint.page import Page, elements, style_of
from agent.channels.lint.rows import Row
from agent.channels.lint.styles import declarations

_PIECES = {"img": 4.0, "a": 2.0, "svg": 4.0}
_COST = {"block": 3.0, "warn": 2.0, "info": 0.1}


def survival(page: Page, rows: Sequence[Row]) -> int:
    """0 to 100: the weighed share of elements, declarations, links and pictures that come out as they went in.

    100 exactly when no row speaks against it; 0 when the whole article would be sent back.
    """
    if any(row.rule.startswith("limit.") for row in rows):
        return 0
    lost = sum(_cost(row) for row in rows)
    if not lost:
        return 100
    whole = sum(_PIECES.get(one.tag, 1.0) + len(declarations(style_of(one))) for one in elements(page.root))
    return max(0, min(99, int(100 * (1 - lost / max(whole, lost)))))


def _cost(row: Row) -> float:
    return (
        _PIECES["img"] if row.rule.startswith("image.") else 1.0 if row.rule.startswith("css.") else _COST[row.severity]
    )
