"""Which records a search may return. One value, spelled by each store in its own query language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

ALWAYS_FROM = date.min.toordinal()
ALWAYS_UNTIL = date.max.toordinal()
"""Stand in for absent dates, so that one comparison does for all records."""


@dataclass(frozen=True, slots=True)
class Filter:
    kinds: tuple[str, ...] = ()
    """Empty: every kind."""
    brands: tuple[str, ...] | None = None
    """Spellings of one brand; None: every brand. Records without a brand always pass."""
    category: str | None = None
    on: date | None = None
    """Keeps what is valid on this day."""

    @property
    def empty(self) -> bool:
        return self == Filter()

    def conditions(self) -> tuple[tuple[str, str, Any], ...]:
        """(field, operator, value) of every condition, all of which must hold; operators: in, eq, le, ge."""
        found: list[tuple[str, str, Any]] = []
        if self.kinds:
            found.append(("kind", "in", self.kinds))
        if self.brands is not None:
            found.append(("brand", "in", tuple(dict.fromkeys((*self.brands, "")))))
        if self.category is not None:
            found.append(("category", "eq", self.category))
        if self.on is not None:
            found.append(("valid_from", "le", self.on.toordinal()))
            found.append(("valid_until", "ge", self.on.toordinal()))
        return tuple(found)

    def where(self) -> dict[str, Any] | None:
        """As a Chroma `where` clause; None when everything passes."""
        operators = {"in": "$in", "eq": "$eq", "le": "$lte", "ge": "$gte"}
        clauses = [
            {field: {operators[operator]: list(value) if operator == "in" else value}}
            for field, operator, value in self.conditions()
        ]
        return {"$and": clauses} if len(clauses) > 1 else (clauses[0] if clauses else None)

    def sql(self) -> tuple[str, tuple[Any, ...]]:
        """As a condition on the catalogue's table and its parameters; `1` when everything passes."""
        parts: list[str] = []
        values: list[Any] = []
        for field, operator, value in self.conditions():
            if operator == "in":
                parts.append(f"{field} IN ({', '.join('?' * len(value))})")
                values.extend(value)
            else:
                parts.append(f"{field} {({'eq': '=', 'le': '<=', 'ge': '>='})[operator]} ?")
                values.append(value)
        return " AND ".join(parts) or "1", tuple(values)
