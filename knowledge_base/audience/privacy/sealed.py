"""One encrypted file, written and read as a stream: scrypt for the passphrase, AES-256-GCM in chunks.

Chunks follow the STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár, CRYPTO 2015): the nonce counts and marks
the last chunk, so that chunks cannot be dropped, swapped or cut off unnoticed. scrypt: RFC 7914. The header is bound to
every chunk. Nothing is given out that was not authenticated.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import secrets
import struct
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from knowledge_base.errors import StorageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"WENAN-SEALED-1\n"
_HEADER = struct.Struct(">15sIII16s7s16s")
"""magic, scrypt's n, r and p, salt, nonce prefix, a hash that tells a wrong passphrase from a damaged file."""
N, R, P = 1 << 15, 8, 1
"""32 MB and about a tenth of a second for each guess."""
MOST_N = 1 << 20
CHUNK = 1 << 20
TAG = 16


class WrongKeyError(StorageError):
    """The passphrase is not the one it was locked with."""


@dataclass(frozen=True, slots=True)
class _Key:
    cipher: AESGCM
    header: bytes
    prefix: bytes

    def nonce(self, number: int, *, last: bool) -> bytes:
        return self.prefix + struct.pack(">IB", number, last)


class SealingWriter(io.RawIOBase):
    """A file to write plain bytes to. Only `finish` makes it whole; `close` alone leaves a file that cannot be read."""

    def __init__(self, target: IO[bytes], passphrase: str) -> None:
        self._target, self._number, self._waiting = target, 0, bytearray()
        salt, prefix = secrets.token_bytes(16), secrets.token_bytes(7)
        cipher, check = _derive(passphrase, salt, N, R, P)
        header = _HEADER.pack(MAGIC, N, R, P, salt, prefix, check)
        self._key = _Key(cipher, header, prefix)
        target.write(header)

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(memoryview(data))  # type: ignore[arg-type]
        self._waiting += piece
        # One chunk is always kept back: which one is the last is known only at the end.
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(piece)

    def finish(self) -> None:
        """Writes the last chunk."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _seal(self, plain: bytes, *, last: bool) -> None:
        nonce = self._key.nonce(self._number, last=last)
        self._target.write(self._key.cipher.encrypt(nonce, plain, self._key.header))
        self._number += 1


class SealedReader(io.RawIOBase):
    """The plain bytes of a sealed file. Raises WrongKeyError at once, StorageError where it was changed or cut."""

    def __init__(self, source: IO[bytes], passphrase: str) -> None:
        header = source.read(_HEADER.size)
        if len(header) < _HEADER.size or not header.startswith(MAGIC):
            raise StorageError("这不是 wenan 锁起来的文件，或开头坏了", hint="从备份换回。")
        _, n, r, p, salt, prefix, check = _HEADER.unpack(header)
        # The header is not yet authenticated: its numbers must not be able to eat all memory.
        if not (2 <= n <= MOST_N and n & (n - 1) == 0 and 1 <= r <= 32 and 1 <= p <= 16):
            raise _damaged()
        cipher, expected = _derive(passphrase, salt, n, r, p)
        if not hmac.compare_digest(check, expected):
            raise WrongKeyError("口令不对", hint="用锁的时候的口令；没有口令就打不开，只能删掉重新导入。")
        self._key = _Key(cipher, header, prefix)
        self._source, self._number, self._plain, self._done = source, 0, b"", False
        self._next = source.read(CHUNK + TAG)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        found = bytearray()
        while size < 0 or len(found) < size:
            if not self._plain:
                if self._done:
                    break
                self._open()
            wanted = len(self._plain) if size < 0 else size - len(found)
            found += self._plain[:wanted]
            self._plain = self._plain[wanted:]
        return bytes(found)

    def drain(self) -> None:
        """Reads to the end, which proves every chunk; a reader of archives stops before."""
        while self.read(CHUNK):
            pass

    def _open(self) -> None:
        from cryptography.exceptions import InvalidTag

        sealed, self._next = self._next, self._source.read(CHUNK + TAG)
        last = not self._next
        try:
            self._plain = self._key.cipher.decrypt(self._key.nonce(self._number, last=last), sealed, self._key.header)
        except (InvalidTag, ValueError) as error:
            raise _damaged() from error
        self._number, self._done = self._number + 1, last


def _derive(passphrase: str, salt: bytes, n: int, r: int, p: int) -> tuple[AESGCM, bytes]:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    secret = hashlib.scrypt(passphrase.encode(), salt=salt, n=n, r=r, p=p, maxmem=256 * n * r, dklen=64)
    return AESGCM(secret[:32]), hashlib.sha256(b"check" + secret[32:]).digest()[:16]


def _damaged() -> StorageError:
    return StorageError("锁起来的文件被改过或不完整", hint="从备份换回；不会解出一半的数据。")
