"""A draft as text, Markdown or JSON for stdout and files, and its status for stderr.

What leaves carries its AI label (agent/label/); `as_text` is the bare copy, for looking at inside the program.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from agent.codec import draft_to_dict
from agent.copies import ArticleCopy, Copy, MomentsCopy, ReplyCopy
from agent.draft import Draft
from agent.finding import Finding
from agent.label.explicit import attach, declaration, label_text
from agent.label.implicit import metadata
from knowledge_base.rules.ai_labels import label_rule, metadata_rule

CARD_TITLE_CHARS = 16
SEVERITY_MARKS = {"block": "[red]✗ 必须改[/]", "warn": "[yellow]! 建议改[/]", "info": "[dim]· 已放行[/]"}


def as_text(draft: Draft) -> str:
    """The bare copy, without markup and label."""
    copy = draft.copy
    if copy is None:
        return ""
    if isinstance(copy, ArticleCopy):
        parts = [copy.title, copy.digest]
        for section in copy.sections:
            parts += [section.heading, section.text]
        return "\n\n".join(part for part in (*parts, copy.cta) if part)
    if isinstance(copy, MomentsCopy) and copy.link_text:
        return f"{copy.text}\n{copy.link_text}"
    return copy.text


def labelled_text(draft: Draft) -> str:
    """The copy as it would be pasted, with its AI label where the form has room for one."""
    return attach(draft, as_text(draft))


def as_markdown(draft: Draft) -> str:
    """Articles with headings; other copy is the same as text. Labelled."""
    copy = draft.copy
    if not isinstance(copy, ArticleCopy):
        return labelled_text(draft) + "\n"
    parts = [f"# {copy.title}", f"> {copy.digest}" if copy.digest else ""]
    for section in copy.sections:
        parts += [f"## {section.heading}" if section.heading else "", section.text]
    parts += [f"**{copy.cta}**" if copy.cta else "", link_line(draft)]
    body = "\n\n".join(part for part in parts if part)
    return attach(draft, body, f"*{label_text(draft)}*") + "\n"


def as_json(drafts: Sequence[Draft]) -> str:
    """An object with one entry a draft; docs/schemas/drafts.schema.json describes it."""
    return json.dumps({"drafts": [labelled_dict(draft) for draft in drafts]}, ensure_ascii=False, indent=2)


def labelled_dict(draft: Draft) -> dict[str, Any]:
    """`draft_to_dict` with a `label` of its own: what it says, where it stands, and the AIGC field."""
    place = label_rule(draft.brief.form).place
    label = {"text": label_text(draft), "place": place, metadata_rule().key: metadata(draft)}
    return draft_to_dict(draft) | {"label": label}


def link_line(draft: Draft) -> str:
    """Where the call to action leads, as one line; empty when nothing is known."""
    link = draft.context.link
    if link is None:
        return ""
    if link.url:
        return link.url
    path = f"{link.mini_path}（scene={link.scene}）" if link.scene else link.mini_path
    return f"小程序 {link.mini_appid} {path}".strip()


def status_lines(draft: Draft) -> list[str]:
    """Rich-markup lines for stderr: id, model, attempts, findings, titles as the card cuts them."""
    label = "离线模板" if draft.offline else draft.model
    tokens = sum(attempt.input_tokens + attempt.output_tokens for attempt in draft.attempts)
    costs = [attempt.cost for attempt in draft.attempts if attempt.cost is not None]
    price = f" · {sum(costs):.4f} 元" if costs and not draft.offline else ""
    lines = [
        f"[dim]{draft.id} · {label} · {len(draft.attempts)} 次 · {tokens} tokens{price} · 种子 {draft.brief.seed}[/]"
    ]
    lines += _title_lines(draft.copy)
    if link := link_line(draft):
        lines.append(f"[dim]链接（带这一稿的编号，便于对效果）：{escape(link)}[/]")
    if note := declaration(draft):
        lines.append(f"[dim]AI 标识：{escape(label_text(draft))}（{escape(note)}）[/]")
    if isinstance(draft.copy, ReplyCopy) and draft.copy.handover:
        lines.append(f"[yellow]转人工[/]：{escape(draft.copy.handover_reason)}")
    lines += [finding_line(finding) for finding in draft.findings if finding.severity != "info"]
    lines += [
        f"[dim]没放进提示词：{escape(cut.what)} {escape(cut.id)}（{cut.tokens} tokens）[/]"
        for cut in draft.context.cuts
    ]
    return lines


def finding_line(finding: Finding) -> str:
    where = f"{finding.field} " if finding.field else ""
    quote = f"「{finding.text}」" if finding.text else ""
    rewrite = f" → {finding.rewrite}" if finding.rewrite else ""
    return f"{SEVERITY_MARKS[finding.severity]} {escape(where + quote + finding.message + rewrite)}"


def escape(text: str) -> str:
    """User text must not be read as rich markup."""
    from rich.markup import escape as escape_markup

    return escape_markup(text)


def _title_lines(copy: Copy | None) -> list[str]:
    if not isinstance(copy, ArticleCopy) or not copy.titles:
        return []
    lines = ["[dim]候选标题（竖线处是卡片截断的位置）[/]"]
    for title in copy.titles:
        shown, hidden = title.text[:CARD_TITLE_CHARS], title.text[CARD_TITLE_CHARS:]
        mark = "[green]●[/]" if title.text == copy.title else "[dim]○[/]"
        lines.append(f"  {mark} {title.type} {escape(shown)}" + (f"[dim]｜{escape(hidden)}[/]" if hidden else ""))
    return lines
