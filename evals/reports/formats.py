"""One report in any of its formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from evals.reports.report import Report
from knowledge_base.errors import UsageError
from knowledge_base.workspace import Workspace

FormatName = Literal["text", "html", "md", "json", "csv", "junit"]
BY_SUFFIX: dict[str, FormatName] = {
    ".html": "html",
    ".htm": "html",
    ".md": "md",
    ".json": "json",
    ".csv": "csv",
    ".xml": "junit",
    ".txt": "text",
}


def choose(wanted: FormatName | None, out: Path | None, *, opened: bool) -> FormatName:
    """What was asked for, else what the file's name says. Raises UsageError where the two leave it open."""
    if wanted is None and out is not None:
        wanted = BY_SUFFIX.get(out.suffix.lower())
        if wanted is None:
            raise UsageError(f"从文件名 {out.name} 看不出格式", hint="加上 --format，例如 --format html。")
    wanted = wanted or ("html" if opened else "text")
    if opened and wanted != "html":
        raise UsageError("--open 只能打开网页", hint="写 --format html，或去掉 --open。")
    return wanted


def rendered(report: Report, form: FormatName, workspace: Workspace) -> str:
    """The report as text. The workspace is where the web page looks for the templates whose prompts it compares."""
    if form == "html":
        from evals.reports.html.page import write_html
        from evals.reports.html.prompts import prompt_views

        return write_html(report, prompt_views(report, workspace))
    return _PLAIN[form](report)


def _text(report: Report) -> str:
    from evals.reports.terminal import as_terminal

    return as_terminal(report)


def _markdown(report: Report) -> str:
    from evals.reports.markdown import as_markdown

    return as_markdown(report)


def _json(report: Report) -> str:
    from evals.reports.json_report import as_json

    return as_json(report) + "\n"


def _csv(report: Report) -> str:
    from evals.reports.csv_report import as_csv

    return as_csv(report)


def _junit(report: Report) -> str:
    from evals.reports.junit import as_junit

    return as_junit(report)


_PLAIN: dict[FormatName, Callable[[Report], str]] = {
    "text": _text,
    "md": _markdown,
    "json": _json,
    "csv": _csv,
    "junit": _junit,
}
