"""Recorded answers: RecordingModel writes what a real model said, ReplayModel says it again without one.

One JSON object a line: {key, model, text, input_tokens, output_tokens, estimated, cost, latency, finish_reason, said}.
The key is the sha256 of everything that shapes an answer, so a changed prompt never meets an old answer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from agent.errors import ModelNotFoundError
from agent.model import Completion, Model, Request
from agent.models.scripted import deliver
from knowledge_base.errors import BadInputError


def request_key(request: Request, model: str) -> str:
    """64 hex digits over messages, model, schema, parameters and sample number; not over who listens."""
    parts = {
        "messages": [[message.role, message.content] for message in request.messages],
        "model": model,
        "schema": request.schema,
        "temperature": request.temperature,
        "max_tokens": request.max_tokens,
        "seed": request.seed,
        "sample": request.sample,
    }
    canonical = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=dict)
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


class RecordingModel:
    """Passes requests through to `inner` and appends each answer to `path`. Failures are not recorded."""

    def __init__(self, inner: Model, path: Path) -> None:
        self._inner = inner
        self._path = path

    @property
    def name(self) -> str:
        return self._inner.name

    async def complete(self, request: Request) -> Completion:
        completion = await self._inner.complete(request)
        entry = {
            "key": request_key(request, self.name),
            "model": self.name,
            "text": completion.text,
            "input_tokens": completion.input_tokens,
            "output_tokens": completion.output_tokens,
            "estimated": completion.estimated,
            "cost": None if completion.cost is None else str(completion.cost),
            "latency": completion.latency,
            "finish_reason": completion.finish_reason,
            "said": completion.model,
        }
        with self._path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        return completion

    async def aclose(self) -> None:
        await self._inner.aclose()


class ReplayModel:
    """Answers from a recording; its name is that of the model recorded.

    Raises BadInputError for a broken file and for one with several models unless `model` picks one; `complete` raises
    ModelNotFoundError for a request that was never recorded.
    """

    def __init__(self, path: Path, model: str = "") -> None:
        self._path = path
        entries = [entry for entry in _read(path) if not model or entry[0] == model]
        names = sorted({name for name, _, _ in entries})
        if len(names) != 1:
            raise BadInputError(
                f"录音里{'没有回答' if not names else '有好几个模型：' + '、'.join(names)}",
                file=str(path),
                hint="一份录音放一个模型的回答。",
            )
        self._name = names[0]
        # The last recording of a request is the one that counts.
        self._answers: Mapping[str, Completion] = {key: completion for _, key, completion in entries}

    @property
    def name(self) -> str:
        return self._name

    async def complete(self, request: Request) -> Completion:
        key = request_key(request, self._name)
        completion = self._answers.get(key)
        if completion is None:
            raise ModelNotFoundError(
                f"录音 {self._path.name} 里没有这次请求（{key[:12]}）",
                hint="提示词、参数或模型变了，录音就对不上；用真模型重新录一遍。",
            )
        deliver(completion.text, request)
        return completion

    async def aclose(self) -> None:
        return None


def _read(path: Path) -> list[tuple[str, str, Completion]]:
    entries = []
    for row, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            entries.append(_entry(json.loads(line)))
        except (ValueError, KeyError, TypeError, InvalidOperation) as error:
            raise BadInputError("不是一条录音", file=str(path), row=row, hint="删掉这一行，或重新录。") from error
    return entries


def _entry(data: dict[str, Any]) -> tuple[str, str, Completion]:
    completion = Completion(
        text=str(data["text"]),
        model=str(data["said"]),
        input_tokens=int(data["input_tokens"]),
        output_tokens=int(data["output_tokens"]),
        estimated=bool(data["estimated"]),
        cost=None if data["cost"] is None else Decimal(data["cost"]),
        latency=float(data["latency"]),
        finish_reason=str(data["finish_reason"]),
    )
    return str(data["model"]), str(data["key"]), completion
