"""A gate's answer as text, Markdown and JSON."""

from __future__ import annotations

from typing import Any

from agent.ids import handle
from evals.compare_report import flat, plain, safe
from evals.gate_values import Check, GateResult, Verdict

NAMES: dict[Verdict, str] = {
    "ok": "通过",
    "regression": "退步",
    "inconclusive": "下不了结论",
    "infrastructure": "没测成",
}
NEXT: dict[Verdict, str] = {
    "ok": "",
    "regression": "先看下面列出的用例，改好再跑。",
    "inconclusive": "要么加用例或样本再跑，要么放宽允许的差距；没有证明变差，也没有证明没变差。",
    "infrastructure": "先解决出错或没跑完的部分，再下结论；出错不算 0 分。",
}
SHOWN = 10


def as_text(result: GateResult) -> str:
    lines = [_headline(result)]
    for check in result.checks:
        lines.append(f"  {NAMES[check.verdict]}  {flat(_sentence(check, many=_many(result)))}")
        lines += [f"      {flat(text)}" for text in _cases(check)]
    return "\n".join([*lines, *(f"  注意：{flat(note)}" for note in result.notes)]) + "\n"


def as_markdown(result: GateResult) -> str:
    lines = [f"**{safe(_headline(result))}**", ""]
    for check in result.checks:
        lines.append(f"- {NAMES[check.verdict]}：{safe(_sentence(check, many=_many(result)))}")
        lines += [f"  - {safe(text)}" for text in _cases(check)]
    return "\n".join([*lines, *(f"- 注意：{safe(note)}" for note in result.notes)]) + "\n"


def as_json(result: GateResult) -> dict[str, Any]:
    head = {"verdict": result.verdict, "exit_code": result.exit_code, "offenders": list(result.offenders)}
    body: dict[str, Any] = plain(result)
    return head | body


def _headline(result: GateResult) -> str:
    against = f"，基线 {handle(result.baseline_id)}" if result.baseline_id else ""
    text = f"{NAMES[result.verdict]}：评测 {handle(result.run_id)}{against}"
    return f"{text}。{NEXT[result.verdict]}" if NEXT[result.verdict] else text


def _sentence(check: Check, *, many: bool) -> str:
    return (f"[{check.variant}] " if many and check.variant else "") + f"{check.condition}：{check.reason}"


def _many(result: GateResult) -> bool:
    return len({check.variant for check in result.checks if check.variant}) > 1


def _cases(check: Check) -> list[str]:
    if check.verdict == "ok":
        return []
    found = [f"{case.case_id}：{case.why}" for case in check.cases[:SHOWN]]
    rest = len(check.cases) - SHOWN
    return [*found, f"还有 {rest} 个用例，--format json 里列全"] if rest > 0 else found
