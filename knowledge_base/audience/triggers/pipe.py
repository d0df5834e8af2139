"""Lines from a pipe, taken by a thread, so that timers go on while nothing comes."""

from __future__ import annotations

import queue
import threading
from typing import BinaryIO

from knowledge_base.audience.triggers.follow import CHUNK, Chunk

MOST_LINES = 5_000
"""Lines a batch, and lines read ahead: the sender waits when we are slower."""


class Pipe:
    """What was read and not taken is lost when the process dies: the sender sends it again, which does no harm."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lines: queue.Queue[bytes | None] = queue.Queue(MOST_LINES)
        self._count = 0
        self._closed = False
        threading.Thread(target=self._pump, name="audience-pipe", daemon=True).start()

    def read(self, *, timeout: float = 0.0, last: bool = False) -> Chunk:
        """What has come; waits up to `timeout` seconds for a first line, without end when `last`."""
        chunk = Chunk([], None, False)
        wait = True
        while len(chunk.lines) < MOST_LINES and not self._closed:
            try:
                line = (
                    self._lines.get(block=wait, timeout=None if last else timeout)
                    if wait
                    else self._lines.get(block=last)
                )
            except queue.Empty:
                chunk.at_end = True
                break
            wait = False
            if line is None:
                self._closed = True
                break
            self._count += 1
            if len(line) > CHUNK:
                chunk.too_long.append(self._count)
            else:
                chunk.lines.append((self._count, line))
        chunk.closed = self._closed
        chunk.at_end = chunk.at_end or self._closed
        return chunk

    def _pump(self) -> None:
        try:
            while line := self._stream.readline(CHUNK + 1):
                if len(line) > CHUNK and not line.endswith(b"\n"):
                    # The rest of a line that is too long says nothing either.
                    while (rest := self._stream.readline(CHUNK)) and not rest.endswith(b"\n"):
                        pass
                self._lines.put(line)
        except (OSError, ValueError):
            # The pipe broke, or was closed under us: the end all the same.
            pass
        self._lines.put(None)
