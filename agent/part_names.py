"""What a field or a part of a copy is called in Chinese."""

from __future__ import annotations

from agent.channels.preview_view import field_label

_PARTS = {
    "titles": "候选标题",
    "sections": "正文",
    "image_brief": "配图需求",
    "citations": "出处标记",
    "angle": "角度",
    "outline": "提纲",
    "intent": "意图",
    "handover": "转人工",
    "handover_reason": "转人工原因",
    "policies": "依据的政策",
    "type": "类型",
}


def part_name(field: str) -> str:
    """`sections[1].text` -> 第 2 节, `outline` -> 提纲; a name unknown here is given as it is."""
    return _PARTS.get(field) or field_label(field)
