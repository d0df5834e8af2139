"""Original ids -> pseudonyms: a keyed BLAKE2b hash, its key kept apart from the data.

Without the key nobody can try ids and compare; with it, the shop can still find a person who asks (PIPL Arts. 44-47).
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge_base.errors import BadInputError, StorageError

if TYPE_CHECKING:
    from knowledge_base.workspace import Workspace

KEY_NAME = "audience.key"
KEY_VARIABLE = "WENAN_AUDIENCE_KEY"
KEY_BYTES = 32
_DIGEST_BYTES = 8
_PSEUDONYM = re.compile(r"[0-9a-f]{16}\Z")


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    key: bytes = field(repr=False)

    @classmethod
    def of(cls, workspace: Workspace) -> Pseudonyms:
        """The workspace's key: from WENAN_AUDIENCE_KEY, else .wenan/audience.key, which is made when there is none."""
        named = os.environ.get(KEY_VARIABLE, "").strip()
        if named:
            if len(named) < KEY_BYTES:
                raise BadInputError(f"环境变量 {KEY_VARIABLE} 太短：至少 {KEY_BYTES} 个字符")
            return cls(hashlib.blake2b(named.encode(), digest_size=KEY_BYTES, person=b"wenan-key").digest())
        return cls(_file_key(workspace.data / KEY_NAME))

    def of_id(self, original: str) -> str:
        """16 hex digits; the same id always gives the same ones, under the same key."""
        return self.of_bytes([original.strip().encode("utf-8", "surrogatepass")])[0]

    def of_bytes(self, originals: Iterable[bytes]) -> list[str]:
        """`of_id` of many, given as UTF-8 without spaces round them."""
        # A copy has taken in the key already, which is most of the work for so short a text.
        start = hashlib.blake2b(digest_size=_DIGEST_BYTES, key=self.key).copy
        found = []
        for original in originals:
            digest = start()
            digest.update(original)
            found.append(digest.hexdigest())
        return found

    def mark(self, pseudonym: str) -> str:
        """A second hash, by which a forgotten person is recognised without being named."""
        return hashlib.blake2b(pseudonym.encode(), digest_size=16, key=self.key, person=b"forgotten").hexdigest()

    def derive(self, what: str) -> bytes:
        """32 bytes for another use of the same key."""
        return hashlib.blake2b(what.encode(), digest_size=KEY_BYTES, key=self.key, person=b"derived").digest()


def is_pseudonym(text: str) -> bool:
    """Whether `text` has the shape of one; an original id may have it, too."""
    return _PSEUDONYM.match(text) is not None


def _file_key(path: Path) -> bytes:
    try:
        if not path.is_file():
            _make(path)
        text = path.read_text(encoding="ascii").strip()
        key = bytes.fromhex(text)
    except OSError as error:
        raise StorageError(
            f"读不了假名密钥 {path}：{error.strerror or error}", hint=f"检查权限，或设置环境变量 {KEY_VARIABLE}。"
        ) from error
    except ValueError as error:
        raise _damaged(path) from error
    if len(key) != KEY_BYTES:
        raise _damaged(path)
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # Exclusive: of two processes only one makes the key, and no key is ever overwritten.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")


def _damaged(path: Path) -> StorageError:
    return StorageError(
        f"假名密钥 {path} 坏了：应当是 {KEY_BYTES * 2} 位十六进制",
        hint="从备份换回；没有备份就只能删掉 .wenan/audience 和 audience.db 重新导入，旧假名对不上了。",
    )
