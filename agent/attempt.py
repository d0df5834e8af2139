"""One call to the model, as a request before it and as a record after it."""

from __future__ import annotations

from collections.abc import Callable

from agent.draft import Attempt
from agent.finding import Finding
from agent.ids import new_id
from agent.model import Completion, Prompt, Request, prompt_sha256


def request_for(prompt: Prompt, seed: int, sample: int, on_delta: Callable[[str], None] | None = None) -> Request:
    """`sample` numbers the tries at one draft, so that each may come out differently."""
    return Request(
        messages=prompt.messages,
        blocks=prompt.blocks,
        schema=prompt.schema,
        seed=seed,
        sample=sample,
        on_delta=on_delta,
    )


def attempt_of(prompt: Prompt, completion: Completion, findings: tuple[Finding, ...]) -> Attempt:
    """What the journal keeps of a call."""
    return Attempt(
        id=completion.call_id or new_id("a"),
        template_id=prompt.template_id,
        template_version=prompt.version,
        template_sha256=prompt.sha256,
        prompt_sha256=prompt_sha256(prompt.messages),
        model=completion.model,
        raw=completion.text,
        findings=findings,
        input_tokens=completion.input_tokens,
        output_tokens=completion.output_tokens,
        cost=completion.cost,
        latency=completion.latency,
    )
