"""Reading what came off the wire: whole responses and stream chunks into one Answer, or the error that it really is."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import openai

from agent.errors import BadAnswerError, ContentFilterError, EmptyAnswerError, ServerTroubleError
from agent.models.classify import read_refusal
from agent.models.keys import redact
from agent.models.profiles import Profile
from agent.models.translate import explain

_LONGEST_QUOTE = 120


class SaidMessage(openai.BaseModel):
    content: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None


class SaidChoice(openai.BaseModel):
    message: SaidMessage | None = None
    finish_reason: str | None = None


class SaidUsage(openai.BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Said(openai.BaseModel):
    """What we read of a whole response. The SDK's own type has five times the fields, and building it is a fifth of a
    call's processor time."""

    model: str | None = None
    choices: list[SaidChoice] | None = None
    usage: SaidUsage | None = None


@dataclass(slots=True)
class Delivery:
    """Passes pieces on and remembers whether any was shown: what a reader saw cannot be taken back by a retry."""

    on_delta: Callable[[str], None] | None
    shown: bool = False

    def __call__(self, piece: str) -> None:
        if piece and self.on_delta is not None:
            self.shown = True
            self.on_delta(piece)


@dataclass(slots=True)
class Answer:
    """One answer, growing while it arrives."""

    pieces: list[str] = field(default_factory=list)
    thinking: str = ""
    """reasoning_content: never part of the copy, but its tokens are paid for."""
    finish_reason: str = ""
    """stop, length, or the platform's own word."""
    model: str = ""
    usage: tuple[int, int] | None = None
    """Prompt and completion tokens, None when the endpoint did not say."""

    @property
    def text(self) -> str:
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Reader:
    """Knows whose answers it reads, for errors that name the platform and hide the keys."""

    profile: Profile
    keys: Sequence[str] = field(repr=False)

    def add(self, part: Any, answer: Answer, delivery: Delivery, *, streamed: bool) -> None:
        """Adds a whole response, or a chunk of a stream. Raises CallError for what is no answer."""
        if not isinstance(part, openai.BaseModel):
            raise BadAnswerError(
                f"{self.profile.label}返回的不是模型的回答，像是一张网页", detail=self._quote(str(part))
            )
        if usage := getattr(part, "usage", None):
            answer.usage = (usage.prompt_tokens or 0, usage.completion_tokens or 0)
        answer.model = getattr(part, "model", "") or answer.model
        choices = getattr(part, "choices", None)
        if not choices:
            # In a stream the chunk with the usage has no choices; a whole response must have one.
            if not streamed or (part.model_extra or {}).get("error"):
                self._refused_with_200(part)
            return
        content = getattr(choices[0], "delta" if streamed else "message", None)
        answer.thinking += getattr(content, "reasoning_content", None) or ""
        piece = getattr(content, "content", None) or getattr(content, "refusal", None) or ""
        answer.pieces.append(piece)
        delivery(piece)
        answer.finish_reason = choices[0].finish_reason or answer.finish_reason

    def judge(self, answer: Answer) -> Answer:
        """The finished answer itself, or the error that its finish_reason and emptiness mean."""
        who = self.profile.label
        match answer.finish_reason:
            case "content_filter" | "sensitive":
                raise ContentFilterError(f"{who}的内容审核截断了回答")
            case "insufficient_system_resource" | "network_error" | "error":
                raise ServerTroubleError(f"{who}中途出错，回答没有写完", detail=answer.finish_reason)
            case "":
                # A stream that simply stops is a broken connection, not an answer.
                raise BadAnswerError(f"{who}的回答没有写完就结束了")
        if not answer.text.strip():
            why = "篇幅都用在思考上了" if answer.thinking else "内容是空的"
            raise EmptyAnswerError(f"{who}没有写出正文：{why}")
        return answer

    def _refused_with_200(self, part: openai.BaseModel) -> None:
        """Some gateways wrap a refusal in status 200."""
        extra = part.model_extra or {}
        if extra.get("error") or (extra.get("code") and (extra.get("message") or extra.get("msg"))):
            raise explain(read_refusal(None, extra), self.profile, self.keys)
        raise BadAnswerError(f"{self.profile.label}的回答里没有内容", detail=self._quote(part.to_json(indent=None)))

    def _quote(self, text: str) -> str:
        return redact(re.sub(r"<[^>]*>|\s+", " ", text), self.keys).strip()[:_LONGEST_QUOTE]
