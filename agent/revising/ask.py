"""What a revision asks of a model: one part in new words, or a whole new copy to take a part from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from agent.answers.citations import broken_marker, take
from agent.answers.json_text import find_object
from agent.attempt import attempt_of, request_for
from agent.brief import Brief
from agent.context import Context
from agent.copies import Copy, fields
from agent.draft import Attempt
from agent.finding import Finding, blocking
from agent.fit import fit
from agent.model import Model
from agent.parse import parse
from agent.render import render
from agent.revising.parts import Part, read
from agent.tokens import TokenCounter
from knowledge_base.workspace import Workspace

NEW_SEEDS = 8
"""Seeds tried for a part that the offline model shall write differently."""
OTHER_CHARS = 400
"""How much of each untouched field the model sees, for the thread."""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What revising needs from the outside."""

    workspace: Workspace
    model: Model
    counter: TokenCounter
    attempts: int = 3
    budget: int = 6000
    """Tokens of knowledge that a prompt may carry."""

    @property
    def offline(self) -> bool:
        """Whether the model is the offline writer, which reads data blocks but no instructions."""
        return self.model.name == "offline"


async def ask_for_part(
    ask: Ask,
    brief: Brief,
    context: Context,
    copy: Copy,
    part: Part,
    instruction: str,
    findings: tuple[Finding, ...],
    sample: int,
) -> tuple[str, Attempt]:
    """The part's new text, empty when the answer holds none, and the attempt. Source markers are taken out."""
    now = fields(copy)
    others = {f"其余不改：{name}": text[:OTHER_CHARS] for name, text in now.items() if name != part.field and text}
    around = {f"同一处的全文：{part.field}": now[part.field]} if read(copy, part) != now[part.field] else {}
    prompt = render(
        f"revise/{brief.form}",
        replace(brief, notes=instruction),
        fit(context, ask.budget, ask.counter),
        workspace=ask.workspace,
        count=ask.counter,
        findings=findings,
        parts={f"要改的这一处：{part.label}": read(copy, part)} | around | others,
    )
    completion = await ask.model.complete(request_for(prompt, brief.seed, sample))
    text = _text_in(completion.text)
    problem = _problem(text, read(copy, part))
    return ("" if problem else text), attempt_of(prompt, completion, problem)


async def write_anew(ask: Ask, brief: Brief, context: Context) -> AsyncIterator[tuple[Copy, Attempt]]:
    """Whole copies from the same brief with other seeds, those that can be parsed."""
    fitted = fit(context, ask.budget, ask.counter)
    for i in range(1, NEW_SEEDS + 1):
        other = replace(brief, seed=brief.seed + i, variant=brief.variant + i)
        prompt = render(None, other, fitted, workspace=ask.workspace, count=ask.counter)
        completion = await ask.model.complete(request_for(prompt, other.seed, 0))
        copy, findings = parse(completion.text, other)
        if copy is not None and not blocking(findings):
            yield copy, attempt_of(prompt, completion, findings)


def _text_in(answer: str) -> str:
    found = find_object(answer, ("text",))
    said = found.data.get("text", "")
    return take("", said)[0] if isinstance(said, str) else ""


def _problem(text: str, before: str) -> tuple[Finding, ...]:
    message = ""
    if not text:
        message = "答案里没有这一处的新文字。"
    elif broken_marker(text):
        message = "来源标记不完整，会原样印出来；写成 [[编号]]。"
    elif text == before:
        message = "和原来一个字没变；照备注改。"
    if not message:
        return ()
    return (Finding(check="parse", rule_id="parse.revision", severity="block", status="unparsable", message=message),)
