"""How the prompts of two arms differ: their sources, and what they really sent for one case.

A prompt is rendered again from the draft's own context and shown only when its hash equals the one noted at the call;
a template that changed since the run is named as changed and not shown in the place of the one that was used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from agent.draft import Draft
from agent.fit import fit
from agent.model import Prompt, prompt_sha256
from agent.prompting.compare import prompt_diff, source_diff
from agent.prompting.template import Template
from agent.render import DEFAULTS, find_template, render
from agent.tokens import TokenCounter, default_counter
from agent.write import CONTEXT_BUDGET
from evals.reports.report import Report
from evals.reports.summary import Arm
from knowledge_base.errors import WenanError
from knowledge_base.workspace import Workspace

LineKind = Literal["file", "hunk", "add", "del", "same"]
MOST_LINES = 400
"""Lines of one diff that the page shows; a longer one says how much is left out."""


@dataclass(frozen=True, slots=True)
class Line:
    kind: LineKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptView:
    title: str
    note: str
    """Why there is no diff, or what it shows."""
    source: tuple[Line, ...] = ()
    example: str = ""
    """The case of `rendered`."""
    rendered: tuple[Line, ...] = ()


def prompt_views(report: Report, workspace: Workspace) -> tuple[PromptView, ...]:
    """One view for each arm that is compared, by the first case that both sides have answered."""
    named = {arm.key: arm for arm in report.arms}
    return tuple(_view(named[arm.reference], arm, workspace) for arm in report.arms if arm.reference)


def _view(a: Arm, b: Arm, workspace: Workspace) -> PromptView:
    title = f"{a.key} → {b.key}"
    found = _same_case(a, b)
    if found is None:
        return PromptView(title=title, note="没有一个用例两边都写成了稿，提示词没法对着看。")
    case_id, old, new = found
    if old.attempts[0].prompt_sha256 == new.attempts[0].prompt_sha256:
        return PromptView(title=title, note="两边发给模型的字一样，差别只在模型或采样。")
    templates = [_template(arm, draft, workspace) for arm, draft in ((a, old), (b, new))]
    before, after = templates
    if isinstance(before, str) or isinstance(after, str):
        reasons = [one for one in templates if isinstance(one, str)]
        return PromptView(title=title, note="；".join(dict.fromkeys(reasons)))
    source = tuple(_lines(source_diff(before, after, a.key, b.key)))
    counter = default_counter()
    sent = [_sent(arm, draft, workspace, counter) for arm, draft in ((a, old), (b, new))]
    rendered: tuple[Line, ...] = ()
    if sent[0] is not None and sent[1] is not None:
        rendered = tuple(_lines(prompt_diff(sent[0], sent[1], a.key, b.key)))
    note = "" if source else "模板一样，发出去的字不同：差别来自资料或预算。"
    return PromptView(title=title, note=note, source=source, example=case_id if rendered else "", rendered=rendered)


def _same_case(a: Arm, b: Arm) -> tuple[str, Draft, Draft] | None:
    theirs = {(row.case_id, row.sample): row.draft for row in b.rows}
    for row in a.rows:
        other = theirs.get((row.case_id, row.sample))
        if row.draft is not None and other is not None and row.draft.attempts and other.attempts:
            return row.case_id, row.draft, other
    return None


def _template(arm: Arm, draft: Draft, workspace: Workspace) -> Template | str:
    """The template that the arm used, or why it cannot be shown."""
    wanted = arm.variant.prompt or DEFAULTS[draft.brief.form]
    try:
        template = find_template(wanted, workspace)
    except WenanError as error:
        return f"{arm.key} 的模板 {wanted} 现在读不到：{error.message}"
    if template.sha256 != draft.attempts[0].template_sha256:
        return f"{arm.key} 的模板 {wanted} 在评测之后改过，现在的不是当时用的那一版，所以不显示。"
    return template


def _sent(arm: Arm, draft: Draft, workspace: Workspace, counter: TokenCounter) -> Prompt | None:
    """The first prompt of a draft, rendered again; None unless it is word for word what was sent."""
    try:
        fitted = fit(draft.context, CONTEXT_BUDGET, counter)
        prompt = render(arm.variant.prompt or None, draft.brief, fitted, workspace=workspace, count=counter)
    except WenanError:
        return None
    return prompt if prompt_sha256(prompt.messages) == draft.attempts[0].prompt_sha256 else None


def _lines(diff: Iterable[str]) -> Iterator[Line]:
    for number, line in enumerate(diff):
        if number == MOST_LINES:
            yield Line("hunk", f"后面还有，只显示前 {MOST_LINES} 行；全文用 wenan prompt diff 看。")
            return
        if line.startswith(("--- ", "+++ ")):
            yield Line("file", line[4:])
        elif line.startswith("@@"):
            yield Line("hunk", line)
        else:
            kinds: dict[str, LineKind] = {"+": "add", "-": "del"}
            yield Line(kinds.get(line[:1], "same"), line[1:])
