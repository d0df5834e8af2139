"""The label that people read: its words for a draft, and its place in the text."""

from __future__ import annotations

from agent.draft import Draft
from knowledge_base.rules.ai_labels import label_rule


def label_text(draft: Draft) -> str:
    """What the label says; empty when there is no copy to label."""
    if draft.copy is None:
        return ""
    rule = label_rule(draft.brief.form)
    return rule.offline_text if draft.offline else rule.text


def inside(draft: Draft) -> bool:
    """Whether the label is part of the text itself."""
    return label_rule(draft.brief.form).place != "outside"


def attach(draft: Draft, text: str, label: str = "") -> str:
    """`text` with the label where the form's rule puts it; unchanged where the rule keeps it outside.

    `label` replaces the bare words, e.g. by the same words in Markdown.
    """
    rule, shown = label_rule(draft.brief.form), label or label_text(draft)
    if not shown or rule.place == "outside":
        return text
    gap = "\n" * rule.gap
    return f"{shown}{gap}{text}" if rule.place == "start" else f"{text}{gap}{shown}"


def declaration(draft: Draft) -> str:
    """One line for the person who publishes: a label that stands outside the text, and what the platform wants set."""
    rule = label_rule(draft.brief.form)
    beside = "标在文字之外，不占字数" if rule.place == "outside" else ""
    return "；".join(part for part in (beside, rule.declare) if part and draft.copy is not None)
