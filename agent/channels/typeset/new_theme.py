"""A theme of the user's own, begun as a copy of another."""

from __future__ import annotations

import json
import re
from pathlib import Path

from agent.channels.typeset.colours import parse_colour
from agent.channels.typeset.theme import BASE, Theme, read_theme
from agent.storage.files import write_pieces
from knowledge_base.errors import UsageError

_ID = re.compile(r"[A-Za-z0-9\u4e00-\u9fff][\w-]{0,39}\Z")
_HEAD = """\
# 自己的主题。改完用 wenan themes show {id} --out 样张.html 看样子；写错了会指出是哪一项。
#   colours: accent 主色，text 正文，muted 次要的字，paper 纸色；都写成 "#rrggbb"，要加引号。
#   styles: 每个部分的样式。可以用的颜色：{{accent}} {{ink}}（主色的字）{{on}}（主色底上的字）
#           {{tint}} {{wash}}（很淡的主色底）{{edge}}（淡主色的线）{{text}} {{muted}} {{paper}}
#           没写的部分照 base 主题。
#           样式里直接写 #rrggbb 时整行要加引号，空格后面的 # 是注释。
#   ornaments: 小标题前后的字（{{n}} {{nn}} 是序号）、分隔线、列表符号（三级，空格隔开）、待办的两个方框。
"""


def new_theme(folder: Path, id: str, source: Theme, *, name: str = "", accent: str = "") -> Path:
    """Writes `folder/id.yaml` and returns it. Raises UsageError when the id is unusable or taken."""
    if not _ID.match(id) or id == BASE:
        raise UsageError(f"「{id}」不能做主题编号", hint="用字母、数字、汉字、-、_，不超过 40 个。")
    if accent and parse_colour(accent) is None:
        raise UsageError(f"「{accent}」不是颜色", hint='写成 #rrggbb，例如 --accent "#2f5d50"。')
    path = folder / f"{id}.yaml"
    if path.exists():
        raise UsageError(f"已经有主题「{id}」", hint=f"换个名字，或直接改 {path}。")
    text = Path(source.file).read_text(encoding="utf-8")
    text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))
    quoted = json.dumps(name or id, ensure_ascii=False)
    text = re.sub(r"^name:.*$", lambda _: f"name: {quoted}", text, count=1, flags=re.MULTILINE)
    if accent:
        text = re.sub(r'accent: "#\w+"', f'accent: "{accent}"', text, count=1)
    write_pieces(path, [_HEAD.format(id=id), text])
    read_theme(path)
    return path
