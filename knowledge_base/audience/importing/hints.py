"""What to do about a file whose columns do not say what it is: the command that probably was meant."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from knowledge_base.audience.schemas import Table

OUTCOMES = frozenset(
    {
        "revenue", "response", "y", "label", "target", "outcome", "purchased", "purchase", "converted", "conversion",
        "churn", "churned", "exited", "subscribed", "deposit", "clicked", "buy", "bought", "class", "是否购买",
        "是否下单", "是否成交", "是否流失", "购买", "成交", "结果", "标签",
        "sentiment", "intent", "情感", "意图",
    }
)  # fmt: skip
"""Names of columns that say how it ended: what a table for prediction has."""
TEXTS = frozenset({"review", "text", "content", "comment", "sentence", "评论", "内容", "文本", "句子", "评价"})
USUAL = "用 --kind events、orders、users 或 messages 指明，列名对不上的用 --map 列名=字段。"


def strange_hint(columns: Sequence[str], path: Path) -> str:
    """For a file of no known kind."""
    return _elsewhere(columns, path) or USUAL


def lacking_hint(columns: Sequence[str], path: Path, kind: Table, lacking: Sequence[Sequence[str]]) -> str:
    """For a file that lacks columns of its kind."""
    if kind == "events" and [*lacking] == [("action",)]:
        return (
            "每一行都是同一个动作的话，加 --every 购买（或点赞、评论、点击等）；有行为列就用 --map 列名=action 指明。"
        )
    other = _elsewhere(columns, path)
    usual = "用 --map 列名=字段 指明，例如 --map 会员号=user；或用 --kind 指明是哪一种文件。"
    return f"{other}也可以{usual}" if other else usual


def _elsewhere(columns: Sequence[str], path: Path) -> str:
    by_name = {column.strip().lower(): column for column in columns}
    outcome = next((column for name, column in by_name.items() if name in OUTCOMES), "")
    if outcome and by_name.keys() & TEXTS:
        task = "intent" if outcome.lower() in ("intent", "意图") else "sentiment"
        return f"标好的句子不用导入：wenan audience train {task} {path.name}（sentiment 是情感，intent 是意图）。"
    if outcome and len(columns) > 3:
        return (
            f"像一张预测用的表（一行一人，「{outcome}」是结果），不用导入："
            f"wenan audience train propensity --table {path.name} --outcome {outcome}。"
        )
    return ""
