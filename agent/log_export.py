"""The journal as JSON Lines (everything, lossless) or CSV (one row a draft, for a spreadsheet)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, Literal, get_args

from agent.brief import ANGLE_NAMES
from agent.codec import dumps, to_plain
from agent.copies import plain_text
from agent.draft import Draft
from agent.journal import Journal
from agent.label.explicit import label_text
from agent.present import labelled_dict
from agent.review.approval import review_lines
from agent.storage.queries import Filters
from agent.storage.rows import DraftRow, Final, status_of, utc_text
from knowledge_base.errors import UsageError

ExportFormat = Literal["jsonl", "csv"]
COLUMNS = (
    "编号", "写于", "渠道", "形式", "品牌", "商品", "人设", "目标", "角度", "状态", "必须改", "建议改", "模型",
    "离线模板", "版本", "改自", "tokens", "费用（元）", "耗时（秒）", "模板", "模板 sha256",
    "标题", "文案", "定稿", "链接", "AI 标识", "审阅",
)  # fmt: skip
# A cell that starts with one of these is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(journal: Journal, form: str, filters: Filters) -> Iterator[str]:
    """Pieces of the file, oldest draft first; only one draft is in memory at a time. Raises UsageError."""
    if form not in get_args(ExportFormat):
        raise UsageError(f"不能导出成「{form}」", hint=f"可选：{'、'.join(get_args(ExportFormat))}。")
    rows = tuple(reversed(journal.list(filters)))
    return _jsonl(journal, rows) if form == "jsonl" else _csv(journal, rows)


def _jsonl(journal: Journal, rows: tuple[DraftRow, ...]) -> Iterator[str]:
    for row in rows:
        finals = [{"id": f.id, "recorded_at": utc_text(f.recorded_at), "text": f.text} for f in journal.finals(row.id)]
        reviews = to_plain(journal.reviews(row.id))
        yield dumps({"draft": labelled_dict(journal.get(row.id)), "finals": finals, "reviews": reviews}) + "\n"


def _csv(journal: Journal, rows: tuple[DraftRow, ...]) -> Iterator[str]:
    # Without the mark Excel reads UTF-8 as the system's code page.
    yield "\ufeff" + _line(COLUMNS)
    for row in rows:
        yield _line(_cells(journal.get(row.id), journal.finals(row.id), review_lines(row.id, journal)))


def _cells(draft: Draft, finals: tuple[Final, ...], reviews: tuple[str, ...]) -> tuple[Any, ...]:
    brief, copy, link = draft.brief, draft.copy, draft.context.link
    costs = [attempt.cost for attempt in draft.attempts if attempt.cost is not None]
    last = draft.attempts[-1] if draft.attempts else None
    return (
        draft.id,
        draft.created_at.astimezone().isoformat(sep=" ", timespec="seconds"),
        brief.channel,
        brief.form,
        brief.brand,
        "、".join(brief.products),
        brief.persona,
        brief.goal,
        ANGLE_NAMES[brief.angle] if brief.angle else "",
        status_of(draft),
        sum(f.severity == "block" for f in draft.findings),
        sum(f.severity == "warn" for f in draft.findings),
        draft.model,
        "是" if draft.offline else "否",
        draft.version,
        draft.parent,
        sum(a.input_tokens + a.output_tokens for a in draft.attempts),
        sum(costs) if costs else "",
        f"{sum(a.latency for a in draft.attempts):.2f}",
        f"{last.template_id}@{last.template_version}" if last else "",
        last.template_sha256 if last else "",
        getattr(copy, "title", ""),
        plain_text(copy) if copy is not None else "",
        finals[-1].text if finals else "",
        (link.url or link.mini_path) if link else "",
        label_text(draft),
        "\n".join(reviews),
    )


def _line(cells: tuple[Any, ...]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerow([_safe(cell) for cell in cells])
    return buffer.getvalue()


def _safe(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
