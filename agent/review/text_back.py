"""Reads a verdict pasted back as text: what the page's 复制成文字 button gives, or the same typed by hand in a chat."""

from __future__ import annotations

import re

from agent.review.answers import Answer, Answers
from knowledge_base.errors import BadInputError

_HEAD = re.compile(r"^[^\S\n]*稿件[ ：:]*(?P<id>d_[0-9a-f]{32})(?:\s*[·•.]\s*(?P<code>[0-9a-f]+))?", re.MULTILINE)
_LINE = re.compile(r"^\s*(?P<key>角色|结论|意见|姓名)\s*[：:](?P<value>.*)$")


def read_text(text: str, file: str) -> Answers:
    """Raises BadInputError when no draft is named."""
    heads = list(_HEAD.finditer(text))
    if not heads:
        raise BadInputError(
            "里面没有审阅答复", file=file, hint="每份答复以“稿件 d_…”开头，下面各行是 角色：、结论：、意见：、姓名：。"
        )
    found = []
    for number, (head, after) in enumerate(zip(heads, (*heads[1:], None), strict=True), 1):
        body = text[head.end() : after.start() if after else len(text)]
        said = _blanks(body)
        found.append(
            Answer(
                place=f"第 {number} 份答复",
                draft_id=head["id"],
                code=head["code"] or "",
                role=said.get("角色", ""),
                verdict=said.get("结论", ""),
                comment=said.get("意见", ""),
                name=said.get("姓名", ""),
            )
        )
    return Answers(origin="text", answers=tuple(found))


def _blanks(body: str) -> dict[str, str]:
    """A line without a key goes on with the one before it."""
    said: dict[str, str] = {}
    key = ""
    for line in body.splitlines():
        match = _LINE.match(line)
        if match:
            key = match["key"]
            said[key] = match["value"].strip()
        elif key and line.strip():
            said[key] = f"{said[key]}\n{line.strip()}".strip()
    return said
