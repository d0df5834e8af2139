"""An article as an HTML file to open in a browser and copy from: title and digest above, the article itself below."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from agent.channels.lint.page import CONTENT_ID
from agent.channels.typeset import escape
from agent.channels.typeset.article import Article
from knowledge_base.rules.ai_labels import metadata_rule

_STYLE = (
    "body{margin:0 auto;max-width:677px;padding:20px 16px;"
    "font-family:PingFang SC,Microsoft YaHei,Noto Sans CJK SC,sans-serif}"
    "header{margin:0 0 24px;padding:0 0 16px;border-bottom:1px solid #ddd;color:#333}"
    "header h1{font-size:22px;margin:0 0 8px}"
    "header p{margin:0;color:#666;font-size:14px}"
)


def page_html(article: Article, *, title: str = "", digest: str = "", fields: Sequence[Mapping[str, str]] = ()) -> str:
    """A whole page. What goes into the editor is inside the element with the id that `wenan lint` looks for.

    `fields` are AIGC fields of the source (GB 45438-2025), kept in the head.
    """
    named = escape.text(title or article.title)
    above = [f"<h1>{named}</h1>" if named else "", f"<p>{escape.text(digest)}</p>" if digest else ""]
    header = f"<header>{''.join(above)}</header>\n" if any(above) else ""
    key = metadata_rule().key
    metas = "".join(
        f'<meta name="{key}" content="{escape.value(json.dumps(dict(one), ensure_ascii=False))}">\n' for one in fields
    )
    return (
        f'<!doctype html>\n<html lang="zh-CN">\n<head>\n{metas}<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{named or '排版'}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f'<body>\n{header}<section id="{CONTENT_ID}">{article.html}</section>\n</body>\n</html>\n'
    )
