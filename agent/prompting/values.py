"""What templates may use: the brief, the context and the channel's limits under fixed names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.brief import ANGLE_NAMES, Brief, Form
from agent.context import Context
from agent.finding import Finding
from knowledge_base.rules import ChannelSpec, channel_spec

FORM_NAMES: dict[Form, str] = {
    "article": "公众号文章",
    "ad": "朋友圈广告",
    "post": "员工朋友圈",
    "service": "客服回复",
    "comment": "评论回复",
}
OPENING_CHARS = 40

VARIABLES: dict[str, str] = {
    "brief": "任务：channel form goal cta notes variant seed message history products persona format today",
    "form_name": "渠道的中文名，如 朋友圈广告",
    "angle_name": "角度的中文名，如 痛点；没有指定时是空串",
    "spec": "版位的限制（knowledge_base/rules/channels.yaml）：name text_max text_min text_goal title_max … forbidden",
    "product": "第一个商品；没有时是 None",
    "products": "全部商品",
    "persona": "人设；没有时是 None",
    "brand": "品牌；没有时是 None",
    "tone": "品牌在这个渠道的语气库（ChannelTone）；没有时是 None",
    "coupon": "优惠券；没有时是 None",
    "policies": "查到的政策和问答",
    "passages": "查到的资料段落",
    "exemplars": "过审的旧文案，只学口气",
    "past": "同一商品或人设的旧稿开头，各一句",
    "link": "行动的真实去处；没有时是 None",
    "findings": "上一稿没过的地方：field text message rewrite",
    "parts": "只改这几处时：每处的 name 和 text（现在的写法）；整篇写时是空",
}


@dataclass(frozen=True, slots=True)
class PromptPart:
    """One field of an existing copy that is to be rewritten alone."""

    name: str
    """Field name as in `agent.copies.fields`."""
    text: str


def prompt_values(
    brief: Brief, context: Context, findings: tuple[Finding, ...], parts: Mapping[str, str] | None
) -> dict[str, Any]:
    """Every variable of `VARIABLES`. Raises UsageError when the brief names a format that does not exist."""
    spec: ChannelSpec = channel_spec(brief.channel, brief.form, brief.format)
    tones = context.brand.tones if context.brand else ()
    return {
        "brief": brief,
        "form_name": FORM_NAMES[brief.form],
        "angle_name": ANGLE_NAMES[brief.angle] if brief.angle else "",
        "spec": spec,
        "product": context.products[0] if context.products else None,
        "products": context.products,
        "persona": context.persona,
        "brand": context.brand,
        "tone": next((tone for tone in tones if tone.channel == brief.channel), None),
        "coupon": context.coupon,
        "policies": context.policies,
        "passages": context.passages,
        "exemplars": context.exemplars,
        "past": tuple(opening(past.text) for past in context.past),
        "link": context.link,
        "findings": findings,
        "parts": tuple(PromptPart(name, text) for name, text in (parts or {}).items()),
    }


def opening(text: str) -> str:
    """The first line of a text, at most 40 字: enough to avoid opening the same way again."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return first if len(first) <= OPENING_CHARS else first[:OPENING_CHARS] + "……"
