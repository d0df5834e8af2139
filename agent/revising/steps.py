"""What a step of an instruction does to a part's text, and what to say when it can do nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable

from agent.copies import ArticleCopy, Copy
from agent.revising import edits
from agent.revising.instruction import Step
from knowledge_base.errors import BadInputError, UsageError

OFFLINE_CAN = (
    "离线模板能做：缩短、删价格、删表情、你/您互换、把“甲”改成“乙”、删掉“某词”或某段、换标题、换个写法。"
    "别的改法请接上模型（wenan models list），或把改好的文字用 wenan log final 记下。"
)


def edited(text: str, step: Step) -> str:
    """The one right result of an exact step; deleting leaves nothing."""
    match step.verb:
        case "set":
            return step.new
        case "swap":
            return text.replace(step.old, step.new)
        case "address":
            return edits.address(text, step.new)
        case "no_emoji":
            return edits.no_emoji(text)
        case _:
            return ""


def shorter(text: str, step: Step) -> Iterable[str]:
    """Candidates for a step that leaves something out, best first."""
    if step.verb == "shorten":
        return edits.shorten(text, step.chars)
    return edits.without(text, unwanted(step))


def unwanted(step: Step) -> re.Pattern[str]:
    """What must no longer be said."""
    return edits.MONEY if step.verb == "no_price" else re.compile(re.escape(step.old))


def picked_title(copy: Copy, step: Step) -> str:
    """The candidate a step asks for, else the next one. Raises BadInputError when there is none."""
    if not isinstance(copy, ArticleCopy):
        raise UsageError("只有文章有标题可换", hint="朋友圈和回复请说改哪一行。")
    if step.number is not None:
        if not 1 <= step.number <= len(copy.titles):
            raise BadInputError(f"只有 {len(copy.titles)} 个候选标题", hint="用 wenan log show 看候选。")
        return copy.titles[step.number - 1].text
    at = next((i for i, title in enumerate(copy.titles) if title.text == copy.title), -1)
    after = (*copy.titles[at + 1 :], *copy.titles[: max(at, 0)])
    for candidate in after:
        if candidate.text != copy.title and step.new in ("", candidate.type):
            return candidate.text
    raise BadInputError(f"候选里没有别的{step.new}标题", hint="用“标题改成“……””直接写，或接上模型重写。")


def nothing_to_do(step: Step) -> str:
    """Why nothing changed."""
    match step.verb:
        case "swap":
            return f"没有找到「{step.old}」，没有改动"
        case "no_price" | "no_emoji":
            return f"这里没有{'价格' if step.verb == 'no_price' else '表情'}可删，没有改动"
        case "address":
            return f"这里的称呼已经是「{step.new}」，没有改动"
        case "drop_clause":
            return f"这里没有提到「{step.old}」，没有改动"
        case "shorten":
            goal = f"到 {step.chars} 字以内" if step.chars else "下去"
            return f"再删就会丢掉要紧的话，短不{goal}了，没有改动"
        case _:
            return "改完和原来一样，没有改动"
