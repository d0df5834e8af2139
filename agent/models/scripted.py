"""The fake that ships beside the real models: answers from a queue, and a history of what it was asked."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from agent.model import Completion, Request

Step = str | Completion | BaseException | Callable[[Request], "str | Completion"]
_PIECE = 8
"""Characters a streamed piece holds."""


class ScriptedModel:
    """Plays its script in order: a text or Completion is returned, an exception raised, a function asked.

    Runs out with LookupError, which is a bug of the test and no ModelError.
    """

    def __init__(self, script: Iterable[Step] = (), *, name: str = "scripted") -> None:
        self._name = name
        self._script = deque(script)
        self.history: list[Request] = []
        self.closed = False

    @property
    def name(self) -> str:
        return self._name

    @property
    def left(self) -> int:
        """Steps not yet played."""
        return len(self._script)

    def add(self, *steps: Step) -> None:
        self._script.extend(steps)

    async def complete(self, request: Request) -> Completion:
        self.history.append(request)
        if not self._script:
            raise LookupError(f"the script of {self._name} is at its end after {len(self.history) - 1} answers")
        step = self._script.popleft()
        await asyncio.sleep(0)
        if isinstance(step, BaseException):
            raise step
        answer = step(request) if callable(step) else step
        completion = self._completion(request, answer) if isinstance(answer, str) else answer
        deliver(completion.text, request)
        return completion

    async def aclose(self) -> None:
        self.closed = True

    def _completion(self, request: Request, text: str) -> Completion:
        asked = sum(len(message.content) for message in request.messages)
        return Completion(
            text=text,
            model=self._name,
            input_tokens=asked,
            output_tokens=len(text),
            estimated=True,
            finish_reason="stop",
        )


def deliver(text: str, request: Request) -> None:
    """Hands a finished text to `on_delta` in pieces, as a stream would."""
    if request.on_delta is None:
        return
    for start in range(0, len(text), _PIECE):
        request.on_delta(text[start : start + _PIECE])
