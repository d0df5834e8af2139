"""Errors a user can meet, as one tree.

WenanError                     anything we can explain; carries a hint (the next step), an exit code, a retryable flag
├── UsageError                 the command line asks for something that cannot be (exit 2)
├── BadInputError              a file, row or field is wrong; names all three (exit 3)
│   └── UnknownIdError         an id that no record has; suggests the nearest ones
├── ModelError                 the model or the network failed (exit 4; agent/models/ refines it)
└── StorageError               disk, database or lock trouble (exit 5)

Anything that is not a WenanError is a bug and keeps its traceback.
"""

from __future__ import annotations

from typing import ClassVar


class WenanError(Exception):
    """Base of every explained failure. `message` and `hint` are Chinese, for the person at the terminal."""

    exit_code: ClassVar[int] = 1
    retryable: ClassVar[bool] = False
    hint: str = ""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        if hint:
            self.hint = hint


class UsageError(WenanError):
    """The options contradict each other or name something that does not exist."""

    exit_code = 2


class BadInputError(WenanError):
    """A file, row or field cannot be used."""

    exit_code = 3

    def __init__(
        self, message: str, *, file: str = "", row: int | None = None, field: str = "", hint: str = ""
    ) -> None:
        self.file, self.row, self.field = file, row, field
        place = file + (f":{row}" if row is not None else "") + (f" 字段「{field}」" if field else "")
        super().__init__(f"{place}：{message}" if place else message, hint=hint)


class UnknownIdError(BadInputError):
    """No record has this id; `near` holds the closest ids, best first."""

    def __init__(self, what: str, wanted: str, near: tuple[str, ...] = ()) -> None:
        self.wanted, self.near = wanted, near
        hint = f"是不是想找：{'、'.join(near)}？" if near else "用 wenan kb list 看看知识库里有什么。"
        super().__init__(f"没有找到{what}「{wanted}」", hint=hint)


class ModelError(WenanError):
    """The model endpoint or the network failed."""

    exit_code = 4


class StorageError(WenanError):
    """A file, database or lock cannot be read or written."""

    exit_code = 5
