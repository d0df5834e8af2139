"""What WeChat's editor would do to an article, as findings with their places in the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from agent.channels.lint.report import lint_source
from agent.channels.lint.rows import Row, as_findings
from agent.checking.examine import Checked
from agent.finding import Finding

ARTICLES = frozenset({".md", ".markdown", ".html", ".htm"})
_MARKUP = frozenset("*#=~-_|`>:+ \n")


def is_article(file: str) -> bool:
    """Whether a file can be linted: Markdown and HTML."""
    return Path(file).suffix.lower() in ARTICLES


def with_editor(checked: Checked, source: str) -> Checked:
    """`checked`, whose piece is the whole file, with what the lint says of `source`.

    Runs of signs that are Markdown's own marks are no longer findings: a reader never sees them.
    """
    kept = tuple(one for one in checked.findings if not _only_markup(one))
    return Checked(checked.piece, (*kept, *_located(lint_source(checked.piece.file, source).rows, source)))


def _located(rows: Sequence[Row], source: str) -> list[Finding]:
    starts = [0, *(i + 1 for i, char in enumerate(source) if char == "\n")]
    mark = len(source) - len(source.removeprefix("\ufeff"))
    found = []
    for row, finding in zip(rows, as_findings(rows), strict=True):
        start = starts[min(row.line, len(starts)) - 1] + row.column - 1 + (mark if row.line == 1 else 0)
        start = min(start, len(source))
        end = start + len(row.text) if source.startswith(row.text, start) else start
        found.append(replace(finding, field="", start=start, end=end, message=row.message))
    return found


def _only_markup(finding: Finding) -> bool:
    return finding.check == "spec" and bool(finding.text.strip()) and set(finding.text) <= _MARKUP
