"""Cases that ask a prompt as it stands: imported templates under prompts/_promptfoo/, answers taken whole.

Everything else of a run (recording, replay, resume, budget, scorers) is the runner's own. What differs: the template's
variables come from the case (JSON in the brief's notes), no answer format is asked for, nothing is parsed or checked,
and the whole answer is the copy.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from agent.answers.coerce import problem
from agent.attempt import attempt_of, request_for
from agent.brief import Brief
from agent.copies import ReplyCopy
from agent.draft import Draft
from agent.ids import new_id
from agent.model import Prompt
from agent.prompting.template import Template
from agent.render import fill, find_template
from agent.tokens import TokenCounter
from agent.write import Tools, write_draft
from knowledge_base.errors import BadInputError, UsageError

FOLDER = "_promptfoo"
"""Under prompts/. The underscore keeps `wenan prompt list` and `lint` away: these are not templates for copy."""


def is_raw(template: str | None) -> bool:
    return (template or "").startswith(f"{FOLDER}/")


async def write(brief: Brief, tools: Tools, *, draft_id: str = "") -> Draft:
    """`agent.write.write_draft`, or for an imported prompt its answer as a draft; without copy when there was none.

    Raises UsageError for the offline writer, which knows only wenan's own templates; ModelError when the model fails;
    BadInputError for a broken template.
    """
    return await (_raw if is_raw(tools.template) else write_draft)(brief, tools, draft_id=draft_id)


async def _raw(brief: Brief, tools: Tools, *, draft_id: str = "") -> Draft:
    if tools.model.name == "offline":
        raise UsageError(
            f"离线写手只会写自带的文案模板，答不了导入的提示词 {tools.template}",
            hint="用 --model 指定一个真模型（wenan models list），或 --replay 重放录音。",
        )
    draft_id, created = draft_id or new_id("d"), datetime.now(UTC)
    context = await tools.contexts(brief, draft_id)
    template = (tools.find or find_template)(tools.template or "", tools.workspace)
    prompt = filled(template, brief)
    completion = await tools.model.complete(request_for(prompt, brief.seed, 0))
    text = completion.text.strip()
    findings = () if text else (problem("empty", "block", "模型什么也没说。"),)
    return Draft(
        id=draft_id,
        created_at=created,
        brief=brief,
        context=context,
        copy=ReplyCopy(text=text) if text else None,
        findings=findings,
        attempts=(attempt_of(prompt, completion, findings),),
        model=tools.model.name,
        offline=False,
    )


def filled(template: Template, brief: Brief, count: TokenCounter | None = None) -> Prompt:
    """The imported prompt as it is asked. Raises BadInputError for notes that hold no variables."""
    # A variable that a case leaves out is empty, as in promptfoo.
    values = {**dict.fromkeys(template.matter.variables, ""), **variables(brief.notes)}
    # Asking for an answer format would ask another question than the imported one.
    return replace(fill(template, values, count), schema=None)


def variables(notes: str) -> Mapping[str, Any]:
    """What a case gives its prompt. Raises BadInputError for notes that are no JSON object."""
    try:
        values = json.loads(notes or "{}")
    except ValueError as error:
        raise BadInputError("用例的 notes 不是 JSON 变量", hint="重新导入，或写成 {…}。") from error
    if not isinstance(values, dict):
        raise BadInputError("用例的 notes 要写成一个 JSON 对象", hint='例如 {"topic": "咖啡"}。')
    return values
