"""What the cells of an exported row may say, by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from agent.brief import ANGLE_NAMES
from agent.campaign.recipients import Recipient
from agent.campaign.review_store import Entry
from agent.campaign.rows import STATE_NAMES
from agent.copies import ArticleCopy, MomentsCopy
from agent.draft import Draft
from agent.label.explicit import label_text
from agent.label.implicit import metadata
from agent.log_view import FORM_LABELS, model_label
from agent.present import as_text, labelled_text, link_line
from agent.review.standing import describe
from knowledge_base.rules import channel_spec, utf8_length, wechat_length
from knowledge_base.rules.exports import Column, Sheet
from knowledge_base.rules.images import image_rules

Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One row to be: a draft, and the recipient whose words are already in it."""

    entry: Entry
    draft: Draft
    recipient: Recipient | None = None
    name: str = ""
    """Of the creative, for sheets that have such names: see export_names.py."""


GENERAL: dict[str, str] = {
    "稿件编号": "id", "活动": "campaign", "渠道": "form_name", "商品": "product_name", "人设": "persona_name",
    "角度": "angle_name", "发布日": "day", "标题": "title", "摘要": "digest", "文案": "text", "链接文案": "link_text",
    "去处": "link", "配图需求": "image_brief", "检查": "state", "建议改": "warnings", "审阅": "review",
    "模型": "model", "AI标识": "label", "AIGC": "aigc",
}  # fmt: skip
"""Heading -> value of a plain table of drafts."""
LONG = frozenset({"text", "bare_text", "sms", "image_brief", "review", "aigc", "digest"})
"""Values that run over several lines."""


def general_columns(slots: Iterable[str]) -> dict[str, str]:
    """Heading -> value of a plain table; with recipients, who they are and their own words come first."""
    own = {f"收件人·{slot}": f"slot:{slot}" for slot in slots}
    return ({"收件人": "identity", "文件行": "row"} | own if own else {}) | GENERAL


def value_of(piece: Piece, name: str, sheet: Sheet | None = None) -> str:
    """One cell's text. Raises KeyError for a name no row has: a mistake in exports.yaml."""
    if name.startswith("slot:"):
        return piece.recipient.values.get(name.removeprefix("slot:"), "") if piece.recipient else ""
    if name in _SMS:
        return _SMS[name](piece, sheet)
    return _VALUES[name](piece)


def sheet_problem(column: Column, text: str) -> str:
    """Why a backend would refuse a cell, in Chinese; empty when it would not."""
    if column.required and not text.strip():
        return f"「{column.name}」是空的"
    limits = (
        (column.max_chars, len(text), "个字符"),
        (column.max_bytes, utf8_length(text), "字节"),
        (column.max_wechat, wechat_length(text), "字"),
    )
    for most, found, what in limits:
        if most is not None and found > most:
            return f"「{column.name}」{found} {what}，最多 {most} {what}"
    return ""


def sms_text(piece: Piece, sheet: Sheet | None) -> str:
    """The message as the reader's phone shows it: 【brand】 in front, how to refuse behind, no line breaks."""
    body = " ".join(labelled_text(piece.draft).split())
    brand = piece.draft.context.brand
    sign = f"【{brand.name}】" if sheet and sheet.signature and brand else ""
    tail = f" {sheet.opt_out}" if sheet and sheet.opt_out else ""
    return f"{sign}{body}{tail}"


def _sms_parts(piece: Piece, sheet: Sheet | None) -> str:
    chars = len(sms_text(piece, sheet))
    if sheet is None or not sheet.single_chars or chars <= sheet.single_chars:
        return "1"
    return str(-(-chars // sheet.part_chars))


def _picture(piece: Piece) -> str:
    brief = piece.draft.brief
    forms = image_rules().forms.get(brief.form)
    size = forms.size(brief.format) if forms else None
    return f"{size.width}×{size.height}（{size.ratio}）" if size else ""


def _names(piece: Piece) -> str:
    products = piece.draft.context.products
    return "、".join(one.name for one in products) or piece.entry.unit.product


def _persona(piece: Piece) -> str:
    persona = piece.draft.context.persona
    return persona.name if persona else piece.entry.unit.persona


def _format_name(piece: Piece) -> str:
    brief = piece.draft.brief
    return channel_spec(brief.channel, brief.form, brief.format).name


def _link_part(part: str) -> Callable[[Piece], str]:
    return lambda piece: str(getattr(piece.draft.context.link, part, "") or "")


def _angle(piece: Piece) -> str:
    angle = piece.entry.unit.angle
    return ANGLE_NAMES[angle] if angle else ""


def _bare(piece: Piece) -> str:
    copy = piece.draft.copy
    return copy.text if isinstance(copy, MomentsCopy) else as_text(piece.draft)


def _review(piece: Piece) -> str:
    now = piece.entry.standing
    return "\n".join(describe(one) for one in now.valid) if now else ""


def _colours(piece: Piece) -> str:
    brand = piece.draft.context.brand
    return "、".join(brand.colours) if brand else ""


def _warnings(piece: Piece) -> str:
    return "\n".join(one.message for one in piece.draft.findings if one.severity != "info")


_VALUES: Mapping[str, Callable[[Piece], str]] = {
    "id": lambda piece: piece.entry.draft.id if piece.entry.draft else "",
    "campaign": lambda piece: piece.entry.unit.campaign,
    "identity": lambda piece: piece.recipient.identity if piece.recipient else "",
    "row": lambda piece: str(piece.recipient.row) if piece.recipient else "",
    "form_name": lambda piece: FORM_LABELS[piece.draft.brief.form],
    "format_name": _format_name,
    "product_name": _names,
    "persona_name": _persona,
    "brand_name": lambda piece: piece.draft.context.brand.name if piece.draft.context.brand else "",
    "creative_name": lambda piece: piece.name,
    "angle_name": _angle,
    "day": lambda piece: piece.entry.unit.day,
    "title": lambda piece: piece.draft.copy.title if isinstance(piece.draft.copy, ArticleCopy) else "",
    "digest": lambda piece: piece.draft.copy.digest if isinstance(piece.draft.copy, ArticleCopy) else "",
    "text": lambda piece: labelled_text(without_link_text(piece.draft)),
    "bare_text": _bare,
    "link_text": lambda piece: str(getattr(piece.draft.copy, "link_text", "")),
    "link": lambda piece: link_line(piece.draft),
    "url": _link_part("url"),
    "mini_appid": _link_part("mini_appid"),
    "mini_path": _link_part("mini_path"),
    "image_brief": lambda piece: "\n".join(getattr(piece.draft.copy, "image_brief", ())),
    "picture": _picture,
    "state": lambda piece: STATE_NAMES[piece.entry.state],
    "warnings": _warnings,
    "review": _review,
    "model": lambda piece: model_label(piece.draft.model, piece.draft.offline),
    "label": lambda piece: label_text(piece.draft),
    "aigc": lambda piece: json.dumps(metadata(piece.draft), ensure_ascii=False),
    "colours": _colours,
}
_SMS: Mapping[str, Callable[[Piece, Sheet | None], str]] = {
    "sms": sms_text,
    "sms_chars": lambda piece, sheet: str(len(sms_text(piece, sheet))),
    "sms_parts": _sms_parts,
}


def without_link_text(draft: Draft) -> Draft:
    """An ad's link text has a column of its own, so the text stands without it."""
    copy = draft.copy
    return replace(draft, copy=replace(copy, link_text="")) if isinstance(copy, MomentsCopy) else draft
