"""One `wenan eval run` at the terminal: opens the stores, runs or estimates, prints, and exits with the right code."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

import typer

from evals.cassette import Cassette
from evals.cassette_model import Record
from evals.database import EvalsDb
from evals.plan import Choice
from evals.records import Row, Run
from evals.runner import CONCURRENCY, Ended, Options, Retrieve, run_suite
from evals.suite import Suite, load_suite
from knowledge_base.console import err, out
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.workspace import Workspace

ERRORS_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A run as typed."""

    suite: str = ""
    choice: Choice = field(default_factory=Choice)
    concurrency: int = CONCURRENCY
    record: Record = "missing"
    replay: bool = False
    retrieve: Retrieve = "snapshot"
    resume: str = ""
    max_cost: str = ""
    max_tokens: int | None = None
    dry_run: bool = False
    as_json: bool = False
    fresh: bool = False


def go(wanted: Wanted) -> None:
    """Raises typer.Exit(4) when rows are missing or no answer came for some, WenanError for what a user can mend."""
    from agent.models.profiles import resolve_profile

    workspace = Workspace.find()
    options = Options(
        choice=wanted.choice,
        concurrency=wanted.concurrency,
        record=wanted.record,
        replay=wanted.replay,
        retrieve=wanted.retrieve,
        max_cost=_money(wanted.max_cost),
        max_tokens=wanted.max_tokens,
        default_model=resolve_profile(workspace).name,
        fresh=wanted.fresh,
    )
    with EvalsDb.open(workspace) as db, Cassette.open(workspace) as cassette:
        resume = _resumed(db, wanted.resume)
        if resume is None and not wanted.suite:
            raise UsageError("没有说跑哪一套", hint="写评测集的文件或名字；wenan eval list 看有哪些。")
        if resume is not None:
            suite, options = _as_before(db, resume, wanted, options, workspace)
        else:
            suite = load_suite(wanted.suite, workspace)
        if wanted.dry_run:
            from evals.estimate import print_estimate

            print_estimate(suite, options, workspace, db, cassette, as_json=wanted.as_json)
            return
        from evals.progress import TerminalWatcher

        ended = asyncio.run(
            run_suite(
                suite,
                workspace=workspace,
                db=db,
                cassette=cassette,
                options=options,
                resume=resume,
                watcher=TerminalWatcher(err()),
            )
        )
        _print(ended, db, as_json=wanted.as_json)
    if ended.exit_code:
        raise typer.Exit(ended.exit_code)


def _print(ended: Ended, db: EvalsDb, *, as_json: bool) -> None:
    from evals.run_view import figures_json, figures_text

    run = db.run(ended.run_id, drafts=as_json)
    if as_json:
        out().print(json.dumps(figures_json(run), ensure_ascii=False), markup=False, soft_wrap=True)
    else:
        figures_text(run)
    for line in summary(ended, run):
        err().print(line, markup=False, soft_wrap=True)


def summary(ended: Ended, run: Run) -> list[str]:
    """How the run went, in Chinese, for stderr."""
    left = f"，还有 {ended.missing} 条没跑" if ended.missing else ""
    lines = [f"已评 {ended.scored} / 计划 {ended.planned}，出错 {ended.errors}{left}"]
    if ended.calls:
        lines.append(f"这次问了模型 {ended.calls} 次" + (f"，花了 {ended.spent:f} 元" if ended.spent else ""))
    lines += _error_lines([row for row in run.rows if row.outcome == "error"])
    if ended.stopped is not None:
        lines += [f"提前停下：{ended.stopped.message}", f"下一步：{ended.stopped.hint}"]
    elif ended.errors:
        lines.append(f"再试出错的那些：wenan eval run --resume {run.id}")
    lines.append(f"评测编号 {run.id}（wenan eval show {run.id[-8:]}）")
    return lines


def _error_lines(rows: Sequence[Row]) -> list[str]:
    """The first few errors, each kind once, then how many more there are."""
    kinds: dict[str, list[Row]] = {}
    for row in rows:
        kinds.setdefault(row.error.partition("：")[0], []).append(row)
    lines = []
    for kind, members in list(kinds.items())[:ERRORS_SHOWN]:
        text = members[0].error.partition("：")[2]
        case = f"用例 {members[0].case_id}：" if members[0].case_id not in text else ""
        lines.append(f"  {kind} × {len(members)}，例如 {case}{text}")
    return lines


def _resumed(db: EvalsDb, wanted: str) -> str | None:
    if not wanted:
        return None
    if wanted != "unfinished":
        return db.find(wanted)
    for line in db.runs():
        if not line.finished_at or line.errors:
            return line.id
    raise BadInputError("没有跑到一半的评测", hint="用 wenan eval list 看跑过的评测。")


def _as_before(
    db: EvalsDb, run_id: str, wanted: Wanted, options: Options, workspace: Workspace
) -> tuple[Suite, Options]:
    """The suite and options of the run that goes on; only speed and budget are the command line's."""
    settings = db.head(run_id).settings
    if wanted.choice.plain():
        raise UsageError("--resume 用原来的选择接着跑", hint="去掉 --model、--tag 等选项，或去掉 --resume 重新跑。")
    suite = load_suite(wanted.suite or Path(str(settings["file"])), workspace)
    return suite, replace(
        options,
        choice=Choice.of(settings["choice"]),
        record=settings["record"],
        replay=bool(settings["replay"]),
        default_model=str(settings["default_model"]),
    )


def _money(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise UsageError(f"金额「{text}」看不懂", hint="写成 5 或 0.8，单位是元。") from error
    if not amount.is_finite() or amount < 0:
        raise UsageError(f"金额「{text}」不能用", hint="写成 5 或 0.8，单位是元。")
    return amount
