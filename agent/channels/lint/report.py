"""Files -> lint results, and those as lines to print."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from agent.channels.lint.check import lint_page
from agent.channels.lint.fix import fix_html
from agent.channels.lint.markdown import fix_markdown, lint_markdown
from agent.channels.lint.page import read_page
from agent.channels.lint.rows import Row
from agent.channels.lint.score import survival
from agent.channels.lint.simulate import simulate
from agent.channels.typeset.article import typeset
from agent.channels.typeset.theme import load_theme
from knowledge_base.errors import BadInputError

HTML = frozenset({".html", ".htm", ""})
MARKDOWN = frozenset({".md", ".markdown"})
_MARKS = {"block": "✗ 必须改", "warn": "! 建议改", "info": "· 不碍事"}
_PLACES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    file: str
    rows: tuple[Row, ...]
    score: int
    """0 to 100, of the page; of the page that Markdown makes."""

    @property
    def blocked(self) -> bool:
        return any(row.severity == "block" for row in self.rows)

    @property
    def summary(self) -> str:
        counts = {level: sum(row.severity == level for row in self.rows) for level in _MARKS}
        fixable = sum(row.fixable for row in self.rows)
        parts = [f"{name[2:]} {counts[level]} 处" for level, name in _MARKS.items() if counts[level]]
        tail = f"，其中 {fixable} 处 --fix 能改" if fixable else ""
        return f"{self.file}：留存 {self.score} 分" + (
            f"，{'，'.join(parts)}{tail}。" if parts else "，编辑器会原样留下。"
        )


def lint_source(file: str, source: str) -> Linted:
    """Markdown by its suffix, else HTML. Raises BadInputError for other kinds."""
    html = source
    if _is_markdown(file):
        html = typeset(source, load_theme(), lift_title=True).html
    page = read_page(html)
    of_page = lint_page(page)
    rows = lint_markdown(source) if _is_markdown(file) else of_page
    return Linted(file=file, rows=rows, score=survival(page, of_page))


def mended(file: str, source: str) -> str:
    """The source with everything mended that can be."""
    return fix_markdown(source) if _is_markdown(file) else fix_html(source)


def simulated(file: str, source: str) -> list[str]:
    """The diff that pasting and saving makes; a line that says so when there is none."""
    html = typeset(source, load_theme(), lift_title=True).html if _is_markdown(file) else source
    result = simulate(html)
    return ["模拟粘贴和保存：没有变化。"] if result.unchanged else ["模拟粘贴和保存：", *result.diff()]


def as_text(linted: Linted, *, everything: bool = False) -> Iterator[str]:
    """A line a row; rows of one rule about the same thing are counted after the third, unless all are wanted."""
    seen: dict[tuple[str, str], int] = {}
    for row in linted.rows:
        key = (row.rule, row.message)
        seen[key] = seen.get(key, 0) + 1
        if not everything and (row.severity == "info" or seen[key] > _PLACES):
            continue
        quote = f"「{row.text}」" if row.text else ""
        fix = f" → {row.fix}" if row.fix else ""
        yield f"{linted.file}:{row.line}:{row.column} {_MARKS[row.severity]} {quote}{row.message}{fix}"
    if everything:
        return
    for (rule, message), count in seen.items():
        if count > _PLACES and any(row.rule == rule and row.severity != "info" for row in linted.rows):
            yield f"{linted.file}　还有 {count - _PLACES} 处：{message}"
    quiet = sum(row.severity == "info" for row in linted.rows)
    if quiet:
        yield f"{linted.file}　另有 {quiet} 处丢了也看不出来，--all 列出。"


def as_json(linted: Linted) -> str:
    """One object on one line."""
    rows = [asdict(row) for row in linted.rows]
    return json.dumps({"file": linted.file, "score": linted.score, "rows": rows}, ensure_ascii=False)


def _is_markdown(file: str) -> bool:
    suffix = Path(file).suffix.lower()
    if file != "-" and suffix not in HTML | MARKDOWN:
        raise BadInputError("查不了这种文件", file=file, hint="用 .html 或 .md。")
    return suffix in MARKDOWN
