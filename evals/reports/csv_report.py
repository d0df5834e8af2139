"""One line a planned row that has an answer or an error, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from agent.copies import plain_text
from evals.records import Row
from evals.reports.outcomes import VERDICT_NAMES, must_failures, verdict
from evals.reports.report import Report
from evals.reports.summary import Arm

HEAD = ("组", "运行", "用例", "提示词", "模型", "第几次", "结果", "说明", "标签", "人设", "必须过却没过")
TAIL = ("输入 tokens", "输出 tokens", "费用（元）", "耗时（秒）", "文案")
# A cell that starts with one of these is a formula to a spreadsheet, also behind spaces.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def as_csv(report: Report) -> str:
    """UTF-8 text that starts with the byte order mark Excel needs; each notice is a line of its own before the rows.

    A missing value is an empty cell, never 0.
    """
    buffer = io.StringIO(newline="")
    out = csv.writer(buffer)
    names = [info.name for info in report.infos]
    out.writerow([_safe(one) for one in (*HEAD, *names, *TAIL)])
    for notice in report.notices:
        out.writerow(
            ["", report.run.id, "", "", "", "", "注意", _safe(notice)] + [""] * (len(HEAD) - 8 + len(names) + len(TAIL))
        )
    for arm in report.arms:
        for row in arm.rows:
            out.writerow([_safe(one) for one in _cells(row, arm, names, report)])
    return "\ufeff" + buffer.getvalue()


def _cells(row: Row, arm: Arm, names: Sequence[str], report: Report) -> list[Any]:
    values = {score.scorer: score.value for score in row.scores}
    failed = must_failures(row, report.advisory)
    why = row.error or "；".join(s.explanation for s in row.scores if s.passed is False and s.explanation)
    copy = row.draft.copy if row.draft is not None else None
    return [
        arm.key,
        arm.run_id,
        row.case_id,
        row.variant.prompt,
        row.variant.model,
        row.sample + 1,
        VERDICT_NAMES[verdict(row, report.advisory)],
        why,
        "、".join(row.tags),
        row.persona,
        "、".join(score.scorer for score in failed),
        *("" if values.get(name) is None else values[name] for name in names),
        row.input_tokens,
        row.output_tokens,
        "" if row.cost is None else row.cost,
        f"{row.latency:.3f}",
        plain_text(copy) if copy is not None else "",
    ]


def _safe(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\0", "\ufffd")
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
