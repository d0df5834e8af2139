"""Where the units of a run are drafted: in this process, or in tasks of a Ray cluster."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal, get_args

from agent.campaign.choosing import Scorers
from agent.campaign.plan_file import CampaignPlan
from agent.campaign.run import Compose
from agent.campaign.session import Session, profiles_of
from agent.campaign.unit_work import Bench
from knowledge_base.errors import UsageError

Name = Literal["local", "ray"]
NAMES: tuple[Name, ...] = get_args(Name)


@dataclass(frozen=True, slots=True)
class Engine:
    name: Name = "local"
    address: str = ""
    """Of the Ray cluster; empty: the one that RAY_ADDRESS names, else one of this machine's cores."""


HERE = Engine()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a run goes about its units."""

    log_json: bool = False
    batch: float | None = None
    """Seconds between two looks at a batch, where first calls go by one."""
    engine: Engine = HERE
    scorers: Scorers | None = None
    """Where the plan's scorers come from."""


def parse_engine(name: str, address: str, *, batch: bool = False) -> Engine:
    """Raises UsageError for what does not go together. `batch`: first calls are handed in as files."""
    found = next((one for one in NAMES if one == name), None)
    if found is None:
        raise UsageError(f"没有引擎「{name}」", hint=f"可选：{'、'.join(NAMES)}。")
    if address and found != "ray":
        raise UsageError("写了 --address，但没有用 --engine ray", hint="加上 --engine ray，或去掉 --address。")
    if batch and found == "ray":
        raise UsageError(
            "--batch 和 --engine ray 不能一起用",
            hint="整批的调用由平台去跑，用不着集群。去掉其中一个；批量收回来之后，剩下的可以 resume --engine ray。",
        )
    return Engine(found, address)


@asynccontextmanager
async def composing(open: Session, plan: CampaignPlan, bench: Bench, engine: Engine) -> AsyncIterator[Compose | None]:
    """How the run drafts a unit; None is the usual way, in this process."""
    if engine.name == "local":
        yield None
        return
    from agent.campaign.cluster.ray_engine import ray_crew

    async with ray_crew(bench, profiles_of(open.workspace, plan), engine.address) as crew:
        yield crew.compose
