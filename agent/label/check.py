"""Whether there is still room for the AI label where it stands inside the text."""

from __future__ import annotations

from agent.brief import Brief
from agent.context import Context
from agent.copies import ArticleCopy, Copy
from agent.finding import Finding
from knowledge_base.rules import channel_spec, utf8_length, wechat_length
from knowledge_base.rules.ai_labels import label_rule


def check_label(copy: Copy, brief: Brief, context: Context) -> tuple[Finding, ...]:
    """A text that fits its channel alone, but not with the label that it must carry. Longer ones are the spec's."""
    rule = label_rule(brief.form)
    if isinstance(copy, ArticleCopy) or not rule.counts:
        return ()
    spec = channel_spec(brief.channel, brief.form, brief.format)
    # Both ways of writing must fit: who writes is not known here.
    label = max(rule.text, rule.offline_text, key=len) + "\n" * rule.gap
    if rule.counts == "bytes_max":
        limit, size, more, unit = spec.bytes_max, utf8_length(copy.text), utf8_length(label), "字节"
    else:
        apart = spec.emoji_max is not None
        limit, size, more, unit = spec.text_max, wechat_length(copy.text, emoji_apart=apart), wechat_length(label), "字"
    if limit is None or size > limit or size + more <= limit:
        return ()
    return (
        Finding(
            check="label",
            rule_id=f"label.{brief.form}.room",
            severity="block",
            status="spec",
            message=f"正文 {size} {unit}，加 AI 标识 {more} {unit}超过 {limit}，要删 {size + more - limit} {unit}。",
            field="text",
            law=rule.source,
        ),
    )
