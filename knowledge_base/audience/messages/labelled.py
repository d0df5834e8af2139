"""Labelled texts of a shop: a table with a text column and a label column."""

from __future__ import annotations

import tempfile
from pathlib import Path

from knowledge_base.audience.extra import need
from knowledge_base.audience.messages.labels import Task, canonical
from knowledge_base.errors import BadInputError

TEXT_NAMES = ("text", "review", "content", "message", "文本", "内容", "评论", "消息", "句子")
LABEL_NAMES = ("label", "sentiment", "intent", "class", "标签", "情感", "意图", "分类", "类别")


def read_labelled(path: Path, task: Task) -> tuple[list[str], list[str]]:
    """Texts with personal data hidden, and labels. Rows without either are left out. Raises BadInputError."""
    need("polars")
    from knowledge_base.audience.importing.reading import explained, scan
    from knowledge_base.audience.privacy.texts import hide

    with tempfile.TemporaryDirectory() as scratch, explained(path):
        frame = scan(path, Path(scratch))
        names = frame.collect_schema().names()
        text, label = _column(names, TEXT_NAMES, path, "文本"), _column(names, LABEL_NAMES, path, "标签")
        rows = frame.select(text, label).drop_nulls().collect()
    texts = hide(rows[text].str.strip_chars())[0].to_list()
    pairs = [(one, canonical(task, word)) for one, word in zip(texts, rows[label].to_list(), strict=True) if one]
    if not pairs:
        raise BadInputError("没有一行既有文本又有标签", file=str(path))
    return [one for one, _ in pairs], [word for _, word in pairs]


def _column(names: list[str], wanted: tuple[str, ...], path: Path, what: str) -> str:
    by_name = {name.strip().lower(): name for name in names}
    for name in wanted:
        if name in by_name:
            return by_name[name]
    raise BadInputError(
        f"找不到{what}列，现有：{'、'.join(names)}", file=str(path), hint=f"把列名改成 {wanted[0]} 或「{wanted[-2]}」。"
    )
