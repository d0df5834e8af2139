"""What one `kb add` did, as plain values: counts, every bad row, how columns were read, what was skipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from knowledge_base.errors import BadInputError
from knowledge_base.pii import PiiKind
from knowledge_base.records import Kind


@dataclass(frozen=True, slots=True)
class Problem:
    """A row, or a whole file when `row` is None, that could not go in."""

    file: str
    row: int | None
    reason: str
    hint: str = ""

    def __str__(self) -> str:
        place = self.file if self.row is None else f"{self.file}:{self.row}"
        return f"{place}: {self.reason}"

    @classmethod
    def of(cls, error: BadInputError, file: str, row: int | None = None) -> Problem:
        """From an error that may or may not name the place itself."""
        place = error.file + (f":{error.row}" if error.row is not None else "")
        reason = error.message.removeprefix(place).lstrip(" ：")
        return cls(file, error.row if error.row is not None else row, reason, error.hint)


@dataclass(frozen=True, slots=True)
class MappingNote:
    """How one table's columns were understood."""

    table: str
    """File as the user gave it, with the sheet in 「」 where a workbook has several."""
    kind: Kind
    why: str
    """How the kind was found, in Chinese."""
    used: Mapping[str, str]
    """Column -> target field."""
    ignored: Mapping[str, str]
    """Column -> why it was left out; empty when we just do not know it."""

    @property
    def exact(self) -> bool:
        """Every column bears the name of its field, so there is nothing to explain."""
        return not self.ignored and all(column == target for column, target in self.used.items())


@dataclass(frozen=True, slots=True)
class AddReport:
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    """Pruned because their row, chunk or file is gone."""
    files: int = 0
    """Files read to the end."""
    kinds: Mapping[Kind, int] = field(default_factory=dict)
    """Records read, by kind."""
    bad: tuple[Problem, ...] = ()
    """Rows and files that did not go in."""
    mappings: tuple[MappingNote, ...] = ()
    skipped: tuple[str, ...] = ()
    """Files of a folder that hold nothing we read."""
    hidden: Mapping[PiiKind, int] = field(default_factory=dict)
    """Places of personal data hidden before storing, by kind; with `kept_because`, places stored as they stand."""
    kept_because: str = ""
    """The reason given for storing personal data; empty when it was hidden."""

    @property
    def records(self) -> int:
        return sum(self.kinds.values())
