"""The `Model` port: a prompt goes out, text comes back. Adapters live in agent/models/."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, Protocol

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced piece of data exactly as the template rendered it: `key：value` lines and `- item` lists.

    Continuation lines of a value are indented, so that no value can start a key of its own.
    """

    name: str
    """product, persona, brand, coupon, policy, passage, exemplar, message, history, past, brief, findings ..."""
    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    template_id: str
    version: str
    sha256: str
    """Hash of the template's source, its includes in order."""
    messages: tuple[Message, ...]
    blocks: tuple[Block, ...]
    schema: Mapping[str, Any] | None = None
    """JSON Schema of the answer."""
    tokens: int = 0
    """0 when nobody asked for the count."""


@lru_cache(maxsize=128)
def prompt_sha256(messages: tuple[Message, ...]) -> str:
    """Identifies the exact words that were sent."""
    digest = hashlib.sha256()
    for message in messages:
        digest.update(f"{message.role}\0{message.content}\0".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


class Wire(Protocol):
    """Told of every request that really leaves, retries and stepped-down repeats included: ledgers and limits."""

    async def sending(self) -> None:
        """Before a request leaves; may wait, and may raise to keep it from leaving."""

    async def refused(self, error: Exception) -> None:
        """The request that was last announced brought no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    messages: tuple[Message, ...]
    blocks: tuple[Block, ...] = ()
    schema: Mapping[str, Any] | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    sample: int = 0
    """Which of several answers to the same prompt this is; part of a recording's key."""
    on_delta: Callable[[str], None] | None = field(default=None, compare=False)
    """Called with each piece of raw answer text as it arrives."""
    wire: Wire | None = field(default=None, compare=False)
    """Adapters that reach a network announce each request here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    text: str
    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    estimated: bool = False
    """True when the endpoint reported no usage and the counts are ours."""
    cost: Decimal | None = None
    """Yuan; None when the profile has no price."""
    latency: float = 0.0
    """Seconds from request to last byte, retries included."""
    finish_reason: str = ""
    call_id: str = ""
    """Id under which the call is already kept, where a ledger noted it before it left; empty for a new one."""


class Model(Protocol):
    """What the spine needs of a model. Raises knowledge_base.errors.ModelError and its kin, never a vendor's error."""

    @property
    def name(self) -> str: ...

    async def complete(self, request: Request) -> Completion: ...

    async def aclose(self) -> None: ...
