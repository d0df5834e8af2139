"""What each `wenan campaign` command does: opens a session, calls one verb, prints."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import typer

from agent.campaign.batch_book import BATCH_NAMES, BatchBook
from agent.campaign.batch_verb import batched
from agent.campaign.choosing import Scorers, chooser
from agent.campaign.engine import Manner, composing
from agent.campaign.estimate import Estimate, estimate
from agent.campaign.fairness import need_fair, unfair
from agent.campaign.owner import owning
from agent.campaign.plan_file import CampaignPlan
from agent.campaign.progress import shown
from agent.campaign.rows import STATE_NAMES, PlanChange, Spent
from agent.campaign.run import Progress, Runner, recover
from agent.campaign.session import Session, all_unequal, bench, planned, prices_of, profiles_of, session, tools_for
from agent.campaign.unique import Guard
from knowledge_base.console import err, out
from knowledge_base.workspace import Workspace


def show_plan(file: Path, *, samples: bool, as_json: bool, scorers: Scorers | None = None) -> None:
    """Prints what a plan would make and cost. Raises BadInputError for scorers that cannot be had."""

    async def estimated() -> tuple[CampaignPlan, Estimate]:
        async with session(Workspace.find()) as open:
            _, plan, units = await planned(file, open, date.today())
            chooser(plan, Guard(plan.uniqueness.similarity), open.kb, scorers)
            profile = profiles_of(open.workspace, plan)[0]
            found = await estimate(plan, units, tools_for(open, plan, profile), prices_of(profile))
            unequal = all_unequal(plan, units.cast, open, units.today).values()
            said = dict.fromkeys((*(finding.message for finding in unequal), *unfair(plan, open.workspace)))
            return plan, replace(found, problems=(*found.problems, *said))

    plan, found = asyncio.run(estimated())
    if as_json:
        typer.echo(json.dumps(_estimate_json(plan, found), ensure_ascii=False, indent=2))
        return
    for line in _estimate_lines(plan, found):
        out().print(line, markup=False, soft_wrap=True)
    if samples:
        for unit, prompt in found.samples:
            out().print(f"\n—— {unit.channel} · {unit.product} · {unit.persona} ——", markup=False, style="bold")
            for message in prompt.messages:
                out().print(f"[{message.role}]\n{message.content}", markup=False, soft_wrap=True)


def run_file(file: Path, manner: Manner) -> None:
    """Puts the plan into the ledger and works it off. Exits as `_finish` says."""

    async def started() -> tuple[Progress, str]:
        async with session(Workspace.find()) as open:
            id, plan, units = await planned(file, open, date.today())
            change = await open.ledger.put_plan(id, plan, units)
            _say(_change_line(id, change))
            return await _run(open, id, plan, manner), id

    _finish(*asyncio.run(started()))


def resume_campaign(name: str, manner: Manner, *, failed: bool) -> None:
    """Goes on with a campaign as it was last planned."""

    async def resumed() -> tuple[Progress, str]:
        async with session(Workspace.find()) as open:
            id, plan = await open.ledger.plan(name)
            await open.ledger.cancel(id, cancelled=False)
            if failed:
                _say(f"失败的 {await open.ledger.again(id, ('failed',))} 篇重来")
            return await _run(open, id, plan, manner), id

    _finish(*asyncio.run(resumed()))


def cancel_campaign(name: str) -> None:
    """Lets no further unit begin."""

    async def cancelled() -> str:
        async with session(Workspace.find()) as open:
            id, _ = await open.ledger.plan(name)
            await open.ledger.cancel(id, cancelled=True)
            return id

    _say(f"已叫停 {asyncio.run(cancelled())}；写好的都在，wenan campaign resume 可以恢复。")


def show_status(name: str, *, as_json: bool) -> None:
    """Counts, spending and reasons of one campaign, or a line for each."""

    async def found() -> list[dict[str, Any]]:
        async with session(Workspace.find()) as open:
            ids = [one for one, _, _ in await open.ledger.campaigns()]
            if name:
                ids = [(await open.ledger.plan(name))[0]]
            return [await _status(open, id) for id in ids]

    rows = asyncio.run(found())
    if as_json:
        typer.echo(json.dumps(rows if not name else rows[0], ensure_ascii=False, indent=2))
        return
    if not rows:
        _say("还没有活动；写一份计划再 wenan campaign run 计划.yaml。")
    for row in rows:
        for line in _status_lines(row, full=bool(name)):
            out().print(line, markup=False, soft_wrap=True)


async def _run(open: Session, id: str, plan: CampaignPlan, manner: Manner) -> Progress:
    need_fair(plan, open.workspace)
    with owning(open.workspace) as owner:
        async with bench(open, id, plan, manner.scorers) as ready:
            if taken := await recover(id, open.workspace, open.journal, ready):
                _say(f"接手上次中断的 {taken} 篇")
            async with batched(open, id, plan, ready, poll=manner.batch, say=_say) as merged:
                left = (await open.ledger.counts(id))["planned"]
                async with composing(open, plan, ready, manner.engine) as compose:
                    with shown(left, ready.meter, log_json=manner.log_json) as tell:
                        runner = Runner(id, owner, ready, compose=compose, heard=tell)
                        with _stopping_softly(runner.stop):
                            progress = await runner.run()
                progress.stopped = progress.stopped or merged.stop
                return progress


@contextmanager
def _stopping_softly(stop: Callable[[], None]) -> Iterator[None]:
    """The first Ctrl-C lets calls that are under way finish, the second ends at once."""
    loop = asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGINT)

    def first(*_: object) -> None:
        signal.signal(signal.SIGINT, before)
        loop.call_soon_threadsafe(stop)
        _say("收到：等在写的写完就停。再按一次 Ctrl-C 立刻停。")

    # Only the main thread may set signal handlers; elsewhere a run simply cannot be interrupted softly.
    with suppress(ValueError):
        signal.signal(signal.SIGINT, first)
    try:
        yield
    finally:
        with suppress(ValueError):
            signal.signal(signal.SIGINT, before)


def _finish(progress: Progress, id: str) -> None:
    """Says how it went. Exits 4 or 1 when stopped, 130 when interrupted, 1 when units failed."""
    verdicts = "，".join(f"{STATE_NAMES[state]} {count}" for state, count in sorted(progress.verdicts.items()))
    _say(f"这一次：{verdicts or '没有要写的'}。wenan campaign status {id} 看详情。")
    if progress.stopped is not None:
        raise progress.stopped
    if progress.interrupted:
        raise typer.Exit(130)
    if progress.failures:
        raise typer.Exit(1)


async def _status(open: Session, id: str) -> dict[str, Any]:
    spent = await open.ledger.spent(id)
    with closing(BatchBook.open(open.workspace)) as book:
        batches = await book.open_batches(id)
    cancelled = next(stopped for one, _, stopped in await open.ledger.campaigns() if one == id)
    return {
        "campaign": id,
        "cancelled": cancelled,
        "units": await open.ledger.counts(id),
        "spent": _spent_json(spent),
        "batches": [
            {"id": one.id, "remote": one.remote, "state": one.state, "since": one.since, "calls": one.requests}
            for one in batches
        ],
        "reasons": [
            {"state": state, "reason": reason, "example": message, "count": count}
            for state, reason, message, count in await open.ledger.reasons(id)
        ],
    }


def _status_lines(row: dict[str, Any], *, full: bool) -> Iterator[str]:
    units = "，".join(f"{STATE_NAMES[state]} {count}" for state, count in row["units"].items() if count)
    yield f"{row['campaign']}{'（已叫停）' if row['cancelled'] else ''}：{units or '没有单元'}"
    for batch in row["batches"]:
        yield f"  {_batch_line(batch)}接着等：wenan campaign resume {row['campaign']} --batch"
    if not full:
        return
    spent = row["spent"]
    yield (
        f"调用 {spent['calls']} 次：有回答 {spent['answered']}，没有回答 {spent['failed']}；"
        f"{spent['tokens']:,} 个 token，{spent['cost']} 元"
    )
    if spent["unsettled"]:
        yield f"有 {spent['unsettled']} 次调用发出后没等到回答（中断所致），可能已经计费。"
    for reason in row["reasons"]:
        yield f"  {STATE_NAMES[reason['state']]} {reason['count']} 篇 · {reason['reason']}：{reason['example']}"


def _batch_line(batch: dict[str, Any]) -> str:
    """An open batch: which one, how far it is, since when."""
    since = datetime.fromisoformat(batch["since"]).astimezone()
    name = f"{batch['id']}（平台编号 {batch['remote']}）" if batch["remote"] else batch["id"]
    calls = f"，{batch['calls']} 次调用" if batch["calls"] else ""
    return f"还没收回的一批 {name}：{BATCH_NAMES[batch['state']]}{calls}，{since:%m-%d %H:%M} 起。"


def _spent_json(spent: Spent) -> dict[str, Any]:
    return {
        "calls": spent.calls,
        "answered": spent.answered,
        "failed": spent.failed,
        "unsettled": spent.unsettled,
        "tokens": spent.tokens,
        "cost": str(spent.cost),
    }


def _estimate_json(plan: CampaignPlan, found: Estimate) -> dict[str, Any]:
    return {
        "campaign": plan.name,
        "units": found.units,
        "prompts": found.prompts,
        "calls": found.calls,
        "tokens": found.tokens,
        "cost": [str(one) for one in found.cost] if found.cost else None,
        "problems": found.problems,
    }


def _estimate_lines(plan: CampaignPlan, found: Estimate) -> Iterator[str]:
    yield f"{plan.name}：{found.units:,} 篇，{found.prompts:,} 种提示词"
    yield f"调用 {found.calls[0]:,}–{found.calls[1]:,} 次，{found.tokens[0]:,}–{found.tokens[1]:,} 个 token"
    if found.cost is None:
        yield "费用：模型没有标价，算不出"
    else:
        yield f"费用：{found.cost[0]:.2f}–{found.cost[1]:.2f} 元"
    for problem in found.problems:
        yield f"先看：{problem}"


def _change_line(id: str, change: PlanChange) -> str:
    parts = [f"新增 {change.added}", f"不变 {change.kept}", f"收起 {change.retired}"]
    if change.revived:
        parts.append(f"恢复 {change.revived}")
    return f"{id}：{'，'.join(parts)}"


def _say(line: str) -> None:
    err().print(line, markup=False, soft_wrap=True)
