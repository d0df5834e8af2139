"""What a recording is filed under: all that shapes an answer, part by part, so that a difference can be named."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from agent.model import Message, Request

if TYPE_CHECKING:
    from agent.models.profiles import Profile

_SECRET = re.compile(r"(?i)key|token$|secret|passw|authori[sz]ation|credential")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a request goes and with what standing parameters."""

    model: str
    """preset:model"""
    base_url: str = ""
    """Without user, password, query or fragment."""
    parameters: str = "{}"
    """Canonical JSON of the profile's parameters, secrets stripped."""


def endpoint_of(profile: Profile) -> Endpoint:
    parameters = {
        "temperature": profile.temperature,
        "max_tokens": profile.max_tokens,
        "structured": profile.structured,
        "extra_body": strip_secrets(dict(profile.extra_body)),
    }
    return Endpoint(profile.full_name, public_url(profile.base_url), canonical(_said(parameters)))


def public_url(url: str) -> str:
    """The address without what may be secret in it."""
    if not url:
        return ""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, host + (f":{parts.port}" if parts.port else ""), parts.path.rstrip("/"), "", ""))


def strip_secrets(value: Any) -> Any:
    """Values whose name looks like a secret's are blanked, at any depth."""
    if isinstance(value, Mapping):
        return {
            str(key): "***" if _SECRET.search(str(key)) and not isinstance(item, bool) else strip_secrets(item)
            for key, item in value.items()
        }
    return [strip_secrets(item) for item in value] if isinstance(value, list | tuple) else value


def canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyParts:
    """The parts of a recording's key; `key` is their hash."""

    endpoint: Endpoint
    messages: tuple[tuple[str, str], ...]
    """(role, sha256 of the content) of each message."""
    parameters: str
    """Canonical JSON of the request's own: seed, temperature, max_tokens."""
    schema: str
    """sha256 of the answer's JSON Schema; empty when there is none."""
    sample: int
    """Which eval sample."""
    attempt: int
    """Which try within the draft; tries made again after an unusable answer count on."""

    @property
    def key(self) -> str:
        """64 hex digits."""
        end = self.endpoint
        parts = (end.model, end.base_url, end.parameters, self.parameters, self.schema, self.sample, self.attempt)
        text = "\0".join([*map(str, parts), *(f"{role}:{sha}" for role, sha in self.messages)])
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Keys:
    """Makes keys for one run; hashes a system message or a schema shared by thousands of requests only once."""

    def __init__(self) -> None:
        self._schemas: dict[int, tuple[Mapping[str, Any], str]] = {}
        self._system: dict[str, str] = {}

    def parts(self, request: Request, endpoint: Endpoint, sample: int, retry: int = 0) -> KeyParts:
        own: dict[str, Any] = {
            "seed": request.seed,
            "temperature": request.temperature,
            "max_tokens": request.max_tokens,
        }
        return KeyParts(
            endpoint=endpoint,
            messages=tuple([(message.role, self._sha(message)) for message in request.messages]),
            parameters=canonical(_said(own)),
            schema=self._schema(request.schema),
            sample=sample,
            attempt=request.sample + retry,
        )

    def _sha(self, message: Message) -> str:
        if message.role != "system":
            return text_sha(message.content)
        if message.content not in self._system:
            if len(self._system) > 64:
                self._system.clear()
            self._system[message.content] = text_sha(message.content)
        return self._system[message.content]

    def _schema(self, schema: Mapping[str, Any] | None) -> str:
        if schema is None:
            return ""
        # The schema itself is kept beside its hash, so that its id cannot be given to another object.
        kept = self._schemas.get(id(schema))
        if kept is None:
            kept = self._schemas[id(schema)] = (schema, text_sha(canonical(schema)))
        return kept[1]


def text_sha(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and value != {}}
