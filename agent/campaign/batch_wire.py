"""The platform's side of a batch: a file goes up, a batch is made of it once, its results come down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from agent.errors import BadAnswerError, CallError
from agent.model import Completion
from agent.models.classify import read_refusal
from agent.models.openai_chat import OpenAIChat

ENDPOINT: Literal["/v1/chat/completions"] = "/v1/chat/completions"
MARK = "wenan_batch"
"""Metadata key under which the platform keeps our id of a batch."""
ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
LOOKED_AT = 300
"""Batches of the platform that are looked through for one whose creation we did not hear the end of."""
_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How a batch stands."""

    state: str
    """The platform's word."""
    done: int = 0
    failed: int = 0
    total: int = 0
    files: tuple[str, ...] = ()
    """Results, then errors."""
    error: str = ""

    @property
    def ended(self) -> bool:
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a result file."""

    custom_id: str
    body: object = None
    """The response of a call that was answered."""
    error: str = ""
    lapsed: bool = False
    """The batch ended before this call was made."""


class BatchWire:
    """What is asked of the platform. Everything raises CallError."""

    def __init__(self, chat: OpenAIChat) -> None:
        self._chat = chat

    @property
    def name(self) -> str:
        return self._chat.name

    async def upload(self, path: Path) -> str:
        """The file's id. Uploading twice costs nothing but room."""
        file = await self._chat.call(lambda client: client.files.create(file=path, purpose="batch"))
        return file.id

    async def create(self, input_file: str, ours: str) -> str:
        """The batch's id. Made once: when an answer got lost, the batch that was made after all is found again."""
        for attempt in range(_TRIES):
            if attempt and (found := await self.find(input_file, ours)):
                return found
            try:
                made = await self._chat.call(
                    lambda client: client.batches.create(
                        input_file_id=input_file,
                        endpoint=ENDPOINT,
                        completion_window="24h",
                        metadata={MARK: ours},
                    ),
                    again=False,
                )
            except CallError as error:
                if not error.retryable or attempt == _TRIES - 1:
                    raise
            else:
                return made.id
        raise AssertionError("unreachable")

    async def find(self, input_file: str, ours: str) -> str:
        """The batch that was made of a file of ours; empty when none was."""

        async def looked(client: Any) -> str:
            seen = 0
            async for one in client.batches.list(limit=100):
                if one.input_file_id == input_file or (one.metadata or {}).get(MARK) == ours:
                    return str(one.id)
                seen += 1
                if seen >= LOOKED_AT:
                    break
            return ""

        return await self._chat.call(looked)

    async def status(self, remote: str) -> Status:
        batch = await self._chat.call(lambda client: client.batches.retrieve(remote))
        counts, errors = batch.request_counts, (batch.errors.data or []) if batch.errors else []
        files = (batch.output_file_id or "", batch.error_file_id or "")
        return Status(
            state=batch.status,
            done=counts.completed if counts else 0,
            failed=counts.failed if counts else 0,
            total=counts.total if counts else 0,
            files=tuple(file for file in files if file),
            error="；".join(str(one.message or one.code) for one in errors[:3]),
        )

    async def lines(self, file: str) -> list[Line]:
        """The lines of a result file; a line that cannot be read is left out, its call counts as unanswered."""

        async def text(client: Any) -> str:
            return str((await client.files.content(file)).text)

        return [*read_lines(await self._chat.call(text))]

    def answer(self, line: Line) -> Completion:
        """The answer of a line, at full price. Raises CallError for what is none."""
        return self._chat.read(line.body)


def read_lines(text: str) -> Iterator[Line]:
    """Result lines. Only \\n ends one: answers may hold any other kind of line break."""
    for raw in text.split("\n"):
        try:
            data = json.loads(raw)
        except ValueError:
            continue
        if isinstance(data, dict) and isinstance(data.get("custom_id"), str):
            yield _line(data)


def _line(data: dict[str, Any]) -> Line:
    custom_id, response, error = data["custom_id"], data.get("response"), data.get("error")
    if isinstance(response, dict) and response.get("status_code") == 200 and not error:
        return Line(custom_id, body=response.get("body"))
    status = response.get("status_code") if isinstance(response, dict) else None
    refusal = read_refusal(status, error or (response or {}).get("body") if isinstance(response, dict) else error)
    why = " ".join(str(part) for part in (status, *refusal.codes, refusal.message) if part)
    return Line(custom_id, error=why or BadAnswerError.__name__, lapsed="batch_expired" in refusal.codes)
