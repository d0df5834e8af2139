"""Recipients of a campaign: rows of a table, read one by one and kept nowhere.

What identifies a person stays in the values of this process; units, briefs and the journal see at most a keyed hash
and attributes from which personal data is taken out.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from agent.campaign.plan_file import CampaignPlan, Recipients
from agent.storage.files import write_bytes
from knowledge_base.errors import BadInputError, StorageError
from knowledge_base.ingest.rows import BadRow, Broken, Row
from knowledge_base.ingest.tables import READERS, read_tables
from knowledge_base.pii import Vault
from knowledge_base.workspace import Workspace

SECRET_NAME = "recipients.key"
KEY_CHARS = 20
"""Hex digits of a recipient's key: 80 bits, no two of a million alike."""
VALUE_CHARS = 100
"""Longest value of a slot; a longer one is a shifted column rather than a name."""
LOOK = 50
"""Rows from which a file's columns are known: JSON Lines and ragged tables leave cells out."""
Resolve = Callable[[str, str], str]
"""(kind, name) -> id. Raises BadInputError when the plan does not have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One row, of which only `row`, `key` and the ids may be shown or kept."""

    row: int
    """Where it stands in the file."""
    key: str
    """Keyed hash: the same person in the same workspace, nothing to anybody else."""
    persona: str
    product: str
    """Empty: every product of the plan."""
    identity: str = field(repr=False, default="")
    """What the plan's id column says, e.g. a member number, for the sheet a backend reads."""
    values: Mapping[str, str] = field(repr=False)
    """Slot -> this person's words, empty where the cell is."""
    attributes: tuple[tuple[str, str], ...] = field(repr=False, default=())
    """(column, words without personal data), for the writer of one-to-one copy."""


@dataclass(frozen=True, slots=True)
class BadRecipient:
    """A row that gets no copy."""

    row: int | None
    column: str
    reason: str


def locate(plan: CampaignPlan, base: Path, workspace: Workspace) -> CampaignPlan:
    """`plan` with its recipients' file named from the workspace, so that it is found again without the plan file."""
    if plan.recipients is None:
        return plan
    path = (base / plan.recipients.file).resolve()
    return plan.model_copy(update={"recipients": plan.recipients.model_copy(update={"file": workspace.relative(path)})})


def read_recipients(plan: CampaignPlan, workspace: Workspace, resolve: Resolve) -> Iterator[Recipient | BadRecipient]:
    """The rows in order, at any length in the memory of one. Raises BadInputError for the file as a whole."""
    said = plan.recipients
    if said is None:
        return
    path = workspace.root / said.file
    shown = workspace.relative(path)
    if not path.is_file():
        raise BadInputError(
            "没有这个收件人文件", file=shown, hint="核对 recipients.file；它从计划文件所在的文件夹算起。"
        )
    if path.suffix.lower() not in READERS:
        raise BadInputError("收件人文件要是表格", file=shown, hint=f"能读：{'、'.join(READERS)}。")
    reader = _Reader(said, one_to_one=plan.one_to_one, secret=secret_of(workspace), resolve=resolve)
    # Kept while its rows are read: a workbook closes with its reader.
    tables = read_tables(path, shown)
    table = next(tables, None)
    rows = table.rows if table else iter(())
    first = list(islice(rows, LOOK))
    reader.check_columns([row for row in first if isinstance(row, Row)], shown)
    seen: dict[str, int] = {}
    for row in chain(first, rows):
        found = BadRecipient(row.number, "", row.reason) if isinstance(row, BadRow) else reader.read(row)
        if isinstance(found, Recipient):
            if found.key in seen:
                found = BadRecipient(found.row, said.id, f"和第 {seen[found.key]} 行是同一个人，只发前一行")
            else:
                seen[found.key] = found.row
        yield found


def secret_of(workspace: Workspace) -> bytes:
    """The workspace's own key for hashing recipients, made at first use. Raises StorageError."""
    path = workspace.data / SECRET_NAME
    try:
        if not path.is_file():
            write_bytes(path, [secrets.token_bytes(32)])
            path.chmod(0o600)
        return path.read_bytes()
    except OSError as error:
        raise StorageError(f"打不开 {path}：{error.strerror or error}", hint="看看文件夹的权限。") from error


def recipient_key(secret: bytes, identity: str) -> str:
    """The key of who has this id in a recipients' file."""
    return hmac.new(secret, identity.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:KEY_CHARS]


class _Reader:
    def __init__(self, said: Recipients, *, one_to_one: bool, secret: bytes, resolve: Resolve) -> None:
        self._said, self._slots = said, said.slots
        self._attributes = said.attributes if one_to_one else ()
        self._secret, self._resolve = secret, resolve
        self._certain = [*dict.fromkeys(name for name in self._slots if self._in_every_text(name))]

    def check_columns(self, rows: list[Row], shown: str) -> None:
        """Raises BadInputError for columns the plan names and the file does not have, and for a file without rows."""
        if not rows:
            raise BadInputError("收件人文件里没有一行数据", file=shown, hint="第一行写列名，下面一行一个人。")
        there = dict.fromkeys(name for row in rows for name in row.cells)
        said = self._said
        wanted = (*self._slots.values(), said.id, said.segment, said.product, *said.attributes)
        if absent := [name for name in dict.fromkeys(wanted) if name and name not in there]:
            raise BadInputError(
                f"没有{'、'.join(f'「{name}」' for name in absent)}这一列",
                file=shown,
                row=1,
                field=absent[0],
                hint=f"文件里的列：{'、'.join(there)}；在 recipients.columns 里写成 占位: 列名。",
            )

    def read(self, row: Row) -> Recipient | BadRecipient:
        said, number = self._said, row.number or 1
        values: dict[str, str] = {}
        for slot, column in self._slots.items():
            text = self._cell(row, column)
            if isinstance(text, BadRecipient):
                return text
            if len(text) > VALUE_CHARS:
                return BadRecipient(number, column, f"有 {len(text)} 字，超过 {VALUE_CHARS} 字，多半是错了列")
            if not text and slot in self._certain:
                return BadRecipient(number, column, f"空着，{{{slot}}} 没有内容可填")
            values[slot] = text
        ids: dict[str, str] = {}
        for kind, column in (("persona", said.segment), ("product", said.product)):
            name = self._cell(row, column) if column else ""
            if isinstance(name, BadRecipient):
                return name
            if column and not name:
                return BadRecipient(number, column, "空着，不知道该发哪一种")
            try:
                ids[kind] = self._resolve(kind, name)
            except BadInputError as error:
                return BadRecipient(number, column, error.message)
        identity = self._identity(row)
        if isinstance(identity, BadRecipient):
            return identity
        return Recipient(
            row=number,
            key=self._key(row, identity),
            identity=identity,
            values=values,
            attributes=self._known(row, values),
            **ids,
        )

    def _in_every_text(self, slot: str) -> bool:
        mark = f"{{{slot}}}"
        return mark in self._said.greeting or mark in self._said.closing or slot in self._said.required

    def _identity(self, row: Row) -> str | BadRecipient:
        if not self._said.id:
            return ""
        found = self._cell(row, self._said.id)
        return found or BadRecipient(row.number, self._said.id, "空着，分不清是谁")

    def _key(self, row: Row, identity: str) -> str:
        whole = identity or "\0".join(f"{name}\1{plain(value)}" for name, value in sorted(row.cells.items()))
        return recipient_key(self._secret, whole)

    def _known(self, row: Row, values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """Attributes without phone numbers, addresses, names and the like, and without this person's own slots."""
        vault, found = Vault(), []
        for column in self._attributes:
            text = plain(row.cells.get(column))
            for slot, value in sorted(values.items(), key=lambda one: -len(one[1])):
                if len(value) >= 2:
                    text = text.replace(value, f"〔{slot}〕")
            if text:
                found.append((column, vault.mask(text)[:VALUE_CHARS]))
        return tuple(found)

    def _cell(self, row: Row, column: str) -> str | BadRecipient:
        value = row.cells.get(column)
        return BadRecipient(row.number, column, value.reason) if isinstance(value, Broken) else plain(value)


def plain(value: Any) -> str:
    """A cell as one line of text."""
    if value is None or isinstance(value, Broken):
        return ""
    if isinstance(value, (list, tuple)):
        return "、".join(plain(one) for one in value)
    return " ".join("".join(char if char.isprintable() else " " for char in str(value)).split())
