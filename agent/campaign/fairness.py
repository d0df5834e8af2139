"""Whether the people behind a campaign were chosen fairly, as `wenan audience fairness` last found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.campaign.plan_file import CampaignPlan
from knowledge_base.errors import BadInputError
from knowledge_base.workspace import Workspace

SEGMENT = "segment:"
DATABASE_NAME = "audience.db"
"""Looked for first: without audience data nothing of it is imported."""
NAMES = {"gender": "性别", "age_band": "年龄段", "region": "地区"}


def unfair(plan: CampaignPlan, workspace: Workspace) -> tuple[str, ...]:
    """What the kept fairness report holds against this plan, in Chinese; nothing for plans that name no segments."""
    report = _report(plan, workspace)
    if report is None:
        return ()
    bound = report["policy"]["bound"]
    return tuple(_told(report["what"], row, bound) for row in report["rows"] if row["verdict"] == "breach")


def need_fair(plan: CampaignPlan, workspace: Workspace) -> None:
    """Raises BadInputError when the workspace wants breaches to stop a campaign and there is one."""
    report = _report(plan, workspace)
    if report is not None and report["blocks"] and (found := unfair(plan, workspace)):
        raise BadInputError(
            f"人群选得不公平，按设定不能发：{'；'.join(found)}",
            field="personas",
            hint="调整人群后重跑 wenan audience fairness；或在 wenan.toml 的 [audience.fairness] 里改 block。",
        )


def _told(what: str, row: Mapping[str, Any], bound: float) -> str:
    who = f"{what}：{NAMES.get(row['attribute'], row['attribute'])}“{row['group']}”"
    share = row["ratio"]["value"]
    if share < bound:
        return f"{who}被选中的比例只有最高那组的 {share:.0%}，底线是 {bound:.0%}（wenan audience fairness）"
    return f"{who}被看错的比例和别人差得太多（wenan audience fairness）"


def _report(plan: CampaignPlan, workspace: Workspace) -> dict[str, Any] | None:
    names = (plan.personas,) if isinstance(plan.personas, str) else plan.personas
    of_segments = any(name == "audience" or name.startswith(SEGMENT) for name in names)
    if not of_segments or not (workspace.data / DATABASE_NAME).is_file():
        return None
    from knowledge_base.audience.store import AudienceStore

    with AudienceStore.open(workspace) as store:
        return store.report("fairness")
