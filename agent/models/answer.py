"""Reading what came off the wire: whole responses and stream chunks into one Answer, or the error that it really is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import openai

from agent.errors import BadAnswerError, ContentFilterError, EmptyAnswerError, ServerTroubleError
from agent.models.classify import read_refusal
from agent.models.keys import redact
from agent.models.profiles import Profile
from agent.models.translate import explain

_LONGEST_QUOTE = 120


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

    def whole(self, said: object, answer: Answer, delivery: Delivery) -> None:
        """Adds a whole response, as JSON or, where it is none, as text. Raises CallError for what is no answer.

        Read without the SDK's types: building those is a fifth of a call's processor time.
        """
        if not isinstance(said, dict):
            self._no_answer(str(said))
        usage = _object(said.get("usage"))
        if usage:
            answer.usage = (_number(usage.get("prompt_tokens")), _number(usage.get("completion_tokens")))
        answer.model = _text(said.get("model")) or answer.model
        choices = said.get("choices")
        if not isinstance(choices, list) or not choices:
            self._refused_with_200(said)
        first = _object(choices[0])
        message = _object(first.get("message"))
        answer.thinking += _text(message.get("reasoning_content"))
        piece = _text(message.get("content")) or _text(message.get("refusal"))
        answer.pieces.append(piece)
        delivery(piece)
        answer.finish_reason = _text(first.get("finish_reason")) or answer.finish_reason

    def add(self, part: Any, answer: Answer, delivery: Delivery) -> None:
        """Adds a chunk of a stream. Raises CallError for what is no answer."""
        if not isinstance(part, openai.BaseModel):
            self._no_answer(str(part))
        if usage := getattr(part, "usage", None):
            answer.usage = (usage.prompt_tokens or 0, usage.completion_tokens or 0)
        answer.model = getattr(part, "model", "") or answer.model
        choices = getattr(part, "choices", None)
        if not choices:
            # The chunk with the usage has no choices.
            if (part.model_extra or {}).get("error"):
                self._refused_with_200(part.model_extra or {})
            return
        content = getattr(choices[0], "delta", None)
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

    def _no_answer(self, said: str) -> NoReturn:
        raise BadAnswerError(f"{self.profile.label}返回的不是模型的回答，像是一张网页", detail=self._quote(said))

    def _refused_with_200(self, said: Mapping[str, Any]) -> NoReturn:
        """Some gateways wrap a refusal in status 200."""
        if said.get("error") or (said.get("code") and (said.get("message") or said.get("msg"))):
            raise explain(read_refusal(None, said), self.profile, self.keys)
        shown = json.dumps(said, ensure_ascii=False)
        raise BadAnswerError(f"{self.profile.label}的回答里没有内容", detail=self._quote(shown))

    def _quote(self, text: str) -> str:
        return redact(re.sub(r"<[^>]*>|\s+", " ", text), self.keys).strip()[:_LONGEST_QUOTE]


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
