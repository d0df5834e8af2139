"""Labelled texts of a shop: a table with a text column and a label column."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from knowledge_base.audience.extra import need
from knowledge_base.audience.messages.labels import Task, canonical
from knowledge_base.errors import BadInputError

TEXT_NAMES = ("text", "review", "content", "message", "review_text", "reviewtext", "review_body", "comment", "sentence",
              "body", "文本", "内容", "评论", "评价", "评论内容", "评价内容", "留言", "消息", "句子")  # fmt: skip
LABEL_NAMES = ("label", "sentiment", "intent", "class", "polarity", "rating", "stars", "star", "overall", "score",
               "target", "标签", "情感", "意图", "星级", "评分", "打分", "分类", "类别")  # fmt: skip
MARKS = 5.0
"""Marks from one to five: four and five are praise, one and two are not, three says neither."""


def read_labelled(path: Path, task: Task, *, text: str = "", label: str = "") -> tuple[list[str], list[str]]:
    """Texts with personal data hidden, and labels. Rows without either are left out. Raises BadInputError.

    `text`, `label`: names of the columns, found by the usual names where not given. Marks out of five are sentiments.
    """
    need("polars")
    from knowledge_base.audience.importing.reading import explained, scan
    from knowledge_base.audience.privacy.texts import hide

    with tempfile.TemporaryDirectory() as scratch, explained(path):
        frame = scan(path, Path(scratch))
        names = frame.collect_schema().names()
        said = _column(names, (text,) if text else TEXT_NAMES, path, "文本", "--text")
        marked = _column(names, (label,) if label else LABEL_NAMES, path, "标签", "--label")
        rows = frame.select(said, marked).drop_nulls().collect()
    texts = hide(rows[said].str.strip_chars())[0].to_list()
    words = rows[marked].to_list()
    graded = task == "sentiment" and _marks(words)
    meant = [_sentiment(word) if graded else canonical(task, word) for word in words]
    pairs = [(one, word) for one, word in zip(texts, meant, strict=True) if one and word]
    if not pairs:
        raise BadInputError("没有一行既有文本又有标签", file=str(path))
    return [one for one, _ in pairs], [word for _, word in pairs]


def without_rare(texts: list[str], labels: list[str], least: int) -> tuple[list[str], list[str], list[str]]:
    """Texts and labels without the labels that fewer than `least` texts have; and those labels."""
    rare = sorted(label for label, count in Counter(labels).items() if count < least)
    kept = [(text, label) for text, label in zip(texts, labels, strict=True) if label not in rare]
    return [text for text, _ in kept], [label for _, label in kept], rare


def _marks(words: list[str]) -> bool:
    """Whether these are marks out of five."""
    try:
        values = {float(word) for word in set(words)}
    except ValueError:
        return False
    return len(values) > 2 and values <= {number / 2 for number in range(2, 11)}


def _sentiment(mark: str) -> str:
    value = float(mark)
    return "positive" if value >= MARKS - 1 else "negative" if value <= 2 else "neutral"


def _column(names: list[str], wanted: tuple[str, ...], path: Path, what: str, option: str) -> str:
    by_name = {name.strip().lower(): name for name in names}
    for name in wanted:
        if name.strip().lower() in by_name:
            return by_name[name.strip().lower()]
    raise BadInputError(
        f"找不到{what}列，现有：{'、'.join(name for name in names if not name.startswith('__'))}",
        file=str(path),
        hint=f"用 {option} 列名 指明。",
    )
