"""What an endpoint turned out to support, and how to step down when it refuses a parameter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from agent.errors import CallError, RequestRefusedError
from agent.models.profiles import Profile

Mode = Literal["json_schema", "json_object", "none"]
_STEP_DOWN: Mapping[Mode, Mode] = {"json_schema": "json_object", "json_object": "none", "none": "none"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Supports:
    """Learned call by call and kept by the adapter for its lifetime."""

    structured: Mode = "json_schema"
    stream_usage: bool = True
    must_stream: bool = False
    """Some thinking models answer streams only."""
    token_parameter: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    seed: bool = True
    temperature: bool = True
    extra_body: bool = True

    @classmethod
    def of(cls, profile: Profile) -> Supports:
        """What we assume before the first call."""
        mode: Mode = profile.first_structured if profile.structured == "auto" else profile.structured
        return cls(structured=mode, stream_usage=profile.stream_usage, token_parameter=profile.token_parameter)


def step_down(now: Supports, sent: Mapping[str, Any], error: CallError, *, fixed_structured: bool) -> Supports | None:
    """What to assume instead, after `error` refused a request with the parameters `sent`; None when nothing helps.

    The refusal's own words decide; only when they name no parameter of ours do we suspect the response format, which
    is the one that endpoints most often lack. `fixed_structured`: the user chose the format, so leave it.
    """
    if not isinstance(error, RequestRefusedError):
        return None
    words = f"{error.detail} {error.message}".lower()

    def named(*phrases: str) -> bool:
        return any(phrase in words for phrase in phrases)

    if "stream_options" in sent and named("stream_options", "include_usage", "stream options"):
        return replace(now, stream_usage=False)
    if not sent.get("stream") and re.search(
        r"only supports? stream|enable the stream|stream mode only|must be stream", words
    ):
        return replace(now, must_stream=True)
    if now.token_parameter in sent and named("max_tokens", "max_completion_tokens"):
        other: Literal["max_tokens", "max_completion_tokens"] = (
            "max_tokens" if now.token_parameter == "max_completion_tokens" else "max_completion_tokens"
        )
        # A complaint about the value (too large) names the parameter as well; swapping names would not mend it.
        if named("unsupported parameter", "not supported", other, "unrecognized", "unknown", "extra inputs"):
            return replace(now, token_parameter=other)
        return None
    if "seed" in sent and named("seed"):
        return replace(now, seed=False)
    if "temperature" in sent and named("temperature"):
        return replace(now, temperature=False)
    if sent.get("extra_body") and named("thinking", "reasoning_effort", *(str(key) for key in sent["extra_body"])):
        return replace(now, extra_body=False)
    if "response_format" in sent and not fixed_structured:
        return replace(now, structured=_STEP_DOWN[now.structured])
    return None


def strict_ready(schema: object) -> bool:
    """Whether OpenAI's strict mode would take the schema: closed objects whose every property is required."""
    if isinstance(schema, list | tuple):
        return all(strict_ready(item) for item in schema)
    if not isinstance(schema, Mapping):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        wanted = set(schema.get("properties", {}))
        if schema.get("additionalProperties") is not False or set(schema.get("required", ())) != wanted:
            return False
    return all(strict_ready(value) for value in schema.values())
