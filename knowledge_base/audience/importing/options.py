"""What the person importing chose: everything that changes the result, kept with the import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from knowledge_base.audience.clock import DEFAULT_ZONE
from knowledge_base.audience.schemas import Table
from knowledge_base.audience.store import DEFAULT_PURPOSE


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    kind: Table | None = None
    """None: found from the columns and the file's name."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Column -> field."""
    header: tuple[str, ...] = ()
    """Column names of a CSV that has none."""
    timezone: str = DEFAULT_ZONE
    """Of times that name no zone."""
    purpose: str = DEFAULT_PURPOSE
    assume: str = ""
    """Why people who were never asked may be in; empty: they may not."""
    actions: Mapping[str, str] = field(default_factory=dict)
    """Word of the export -> one of the nine actions."""
    every: str = ""
    """What each row means where the file has no column of actions: one of the nine; empty when it has one."""
    categories: Mapping[str, str] = field(default_factory=dict)
    """Name of the export -> name to use; a name mapped to itself is no typo."""
    keep_bots: bool = False

    def as_json(self) -> dict[str, Any]:
        """Plain values, to compare and to keep."""
        return {**asdict(self), "header": list(self.header)}
