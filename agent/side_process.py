"""A second Python process for work that would hold up the event loop: questions go in, answers come out in order.

What it does is named `module:callable` and built there from pickled arguments; `ask` then calls methods of it. Both
ends are this very program, so values travel pickled; nothing that comes from outside ever does.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import struct
import sys
import traceback
from collections import deque
from contextlib import suppress
from importlib import import_module
from subprocess import PIPE
from typing import Any, BinaryIO, Self, cast

from agent.heap import long_lived

_LENGTH = struct.Struct(">I")
_ENDS_WITHIN = 5.0
"""Seconds that the process gets to end by itself once nothing more will be asked."""


class SideEndedError(Exception):
    """The second process is gone; what was asked of it must be done here."""


class SideProcess(asyncio.SubprocessProtocol):
    """Open with `start`, close with `aclose`. For one event loop."""

    _transport: asyncio.SubprocessTransport
    _stdin: asyncio.WriteTransport

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._received = bytearray()
        self._built = False
        self._failure: Exception = SideEndedError()
        self._ended: asyncio.Future[None] = loop.create_future()
        self._exited: asyncio.Future[None] = loop.create_future()

    @classmethod
    async def start(cls, target: str, *setup: Any) -> Self:
        """Does not wait until `target` is built; should that fail, every `ask` raises why."""
        program = f"import sys; sys.path[:] = {sys.path!r}; from agent.side_process import serve; serve()"
        transport, side = await asyncio.get_running_loop().subprocess_exec(
            cls, sys.executable, "-c", program, stdin=PIPE, stdout=PIPE, stderr=None
        )
        side._transport = transport
        side._stdin = cast(asyncio.WriteTransport, transport.get_pipe_transport(0))
        side._send(target, setup)
        return side

    @property
    def waiting(self) -> int:
        """Questions that are not answered yet."""
        return len(self._waiting)

    async def ask(self, method: str, *args: Any) -> Any:
        """What the method returns there; raises what it raises, and SideEndedError when the process is gone."""
        if self._ended.done():
            raise self._failure
        answer = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        self._send(method, args)
        return await answer

    async def aclose(self) -> None:
        """Lets the process end; kills it when it does not."""
        self._stdin.close()
        try:
            await asyncio.wait_for(asyncio.shield(self._exited), _ENDS_WITHIN)
        except TimeoutError:
            self._transport.kill()
            await self._exited
        self._transport.close()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        received = self._received
        received += data
        start = 0
        while start + _LENGTH.size <= len(received):
            end = start + _LENGTH.size + _LENGTH.unpack_from(received, start)[0]
            if len(received) < end:
                break
            self._answered(*pickle.loads(received[start + _LENGTH.size : end]))
            start = end
        del received[:start]

    def pipe_connection_lost(self, fd: int, error: Exception | None) -> None:
        if fd != 1 or self._ended.done():
            return
        self._ended.set_result(None)
        for answer in self._waiting:
            if not answer.done():
                answer.set_exception(self._failure)
        self._waiting.clear()

    def process_exited(self) -> None:
        self._exited.set_result(None)

    def _answered(self, fine: bool, value: Any) -> None:
        if not self._built:
            self._built = fine
            self._failure = self._failure if fine else value
            return
        answer = self._waiting.popleft()
        if answer.done():
            return
        if fine:
            answer.set_result(value)
        else:
            answer.set_exception(value)

    def _send(self, name: str, args: tuple[Any, ...]) -> None:
        data = pickle.dumps((name, args), pickle.HIGHEST_PROTOCOL)
        self._stdin.write(_LENGTH.pack(len(data)) + data)


def serve() -> None:
    """The second process: answers on what was its standard output until nothing more is asked."""
    # Ctrl-C reaches every process of a terminal; when to end is for the first one to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Nobody is left to be told anything once the pipe is broken.
    with suppress(BrokenPipeError), os.fdopen(os.dup(0), "rb") as asked, os.fdopen(os.dup(1), "wb") as answers:
        # Whatever prints must not end up between the answers.
        os.dup2(2, 1)
        target, setup = _received(asked)
        try:
            built = _named(target)(*setup)
        except Exception as error:
            _answer(answers, False, _portable(error))
            return
        _answer(answers, True, None)
        with long_lived(), suppress(EOFError):
            while True:
                method, args = _received(asked)
                try:
                    value = getattr(built, method)(*args)
                except Exception as error:
                    _answer(answers, False, _portable(error))
                else:
                    _answer(answers, True, value)


def _answer(stream: BinaryIO, fine: bool, value: Any) -> None:
    data = pickle.dumps((fine, value), pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def _received(stream: BinaryIO) -> tuple[str, tuple[Any, ...]]:
    """Raises EOFError when the first process is done or gone."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    message: tuple[str, tuple[Any, ...]] = pickle.loads(stream.read(_LENGTH.unpack(head)[0]))
    return message


def _named(target: str) -> Any:
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)


def _portable(error: Exception) -> Exception:
    """The error with its traceback as a note, in a form that the first process can read."""
    error.add_note("".join(traceback.format_exception(error)))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError("".join(traceback.format_exception(error)))
    return error
