"""`wenan eval label` and `wenan eval agreement`: people's opinions, and how far judges share them."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from evals.agreement_job import Found
    from evals.database import EvalsDb
    from evals.label_items import Item
    from evals.label_store import Label
    from evals.records import Run
    from knowledge_base.workspace import Workspace

app = App(no_args_is_help=True, help="人工标注，和评委与人的一致性。")
MODEL_FAILED = 4


class Format(StrEnum):
    text = "text"
    json = "json"


@app.callback()
def judges() -> None:
    """人工标注，和评委与人的一致性。"""


@app.command("label")
def label(
    run: Annotated[
        str, typer.Argument(metavar="[评测|评测集]", help="评测编号、last，或评测集的名字（取最近一次）。")
    ] = "last",
    scores: Annotated[str, typer.Option("--scores", "-s", metavar="量表", help="按哪张量表标。")] = "human_voice",
    pairs: Annotated[bool, typer.Option("--pairs", help="两两比：同一个用例的两篇，哪篇更好。")] = False,
    against: Annotated[str, typer.Option("--against", metavar="评测", help="两两比时，和另一次评测比。")] = "",
    by: Annotated[
        str, typer.Option("--by", metavar="名字", help="标注人；不写用 wenan.toml 里 [eval] 的 labeller，或登录名。")
    ] = "",
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="这一次最多标几条。")] = None,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="文件", help="不开终端界面，导出成 .csv 或 .jsonl 表格去填。")
    ] = None,
    bring: Annotated[Path | None, typer.Option("--import", metavar="文件", help="把填好的表格导回来。")] = None,
    list_rubrics: Annotated[bool, typer.Option("--rubrics", help="列出有哪些量表。")] = False,
) -> None:
    """盲标：顺序打乱，不显示是谁写的，一个键一条，随时停、接着标。标注存在 .wenan/labels.jsonl。"""
    from evals.label_store import LabelStore
    from knowledge_base.console import err
    from knowledge_base.errors import UsageError
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    if list_rubrics:
        for line in _rubric_lines(workspace):
            typer.echo(line)
        return
    if against and not pairs:
        raise UsageError("--against 只用于两两比", hint="再加上 --pairs。")
    if export and bring:
        raise UsageError("--export 和 --import 不能一起用")
    from evals.label_source import labeller

    who, store = labeller(by, workspace), LabelStore.open(workspace)
    items = _items(run, scores, pairs, against, workspace)
    if export is not None:
        from evals.label_files import export_sheet

        n = export_sheet(items, store, export, by=who, workspace=workspace)
        err().print(f"导出 {n} 条到 {export}；填“结论”一列，再用 --import 导回来。", markup=False)
        return
    if bring is not None:
        from evals.label_files import import_sheet

        got = import_sheet(items, store, bring, by=who)
        err().print(f"导入 {got.added} 条（{who}），没变的 {got.same} 条，没填的 {got.blank} 条。", markup=False)
        return
    _sit_down(items, store_path=store.path, who=who, limit=limit, workspace=workspace)


@app.command("agreement")
def agreement(
    run: Annotated[
        str,
        typer.Argument(metavar="[评测]", help="评测编号或评测集的名字；不写就用标注过的所有评测。", show_default=False),
    ] = "",
    judge: Annotated[
        list[str] | None,
        typer.Option(
            "--judge", "-j", metavar="评委", help="如 human_voice@deepseek、pair:hook@deepseek+qwen；可重复。"
        ),
    ] = None,
    repeat: Annotated[int, typer.Option("--repeat", min=1, max=20, help="每条问几遍，看评委自己前后一不一致。")] = 1,
    concurrency: Annotated[int, typer.Option("--concurrency", "-c", min=1, max=64, help="同时问几条。")] = 8,
    form: Annotated[Format, typer.Option("--format", "-f", help="text 给人看，json 给程序用。")] = Format.text,
) -> None:
    """评委和人、人和人有多一致：κ 和区间、混淆矩阵、前后一致、长度偏好、位置偏好。不够一致的评委只供参考，不能把关。"""
    from evals.agreement_job import all_people, keep, measure_stored
    from evals.agreement_report import as_json, as_text, calibration_note
    from evals.database import EvalsDb
    from evals.label_store import LabelStore
    from knowledge_base.console import err
    from knowledge_base.errors import BadInputError
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    labels = LabelStore.open(workspace).read()
    if not labels:
        raise BadInputError("还没有人工标注", hint="先标：wenan eval label last，或用 --export 导出表格去填。")
    with EvalsDb.open(workspace) as db:
        runs = _runs(db, run, labels)
        if judge:
            found = _ask(judge, runs, labels, workspace, repeat, concurrency)
        else:
            from evals.agreement_job import Found

            found = Found()
            for one in runs:
                more = measure_stored(one, labels, workspace)
                found.judges += more.judges
                found.measured += more.measured
        found.people = all_people(labels, workspace)
        keep(found, workspace, db, runs)
    if form is Format.json:
        typer.echo(json.dumps(as_json(found.people, found.judges), ensure_ascii=False, indent=2, allow_nan=False))
    else:
        typer.echo(as_text(found.people, found.judges), nl=False)
    for measured in found.measured:
        err().print(calibration_note(measured), markup=False, style="dim")
    if not found.judges:
        err().print("没有评委的结果：加 --judge human_voice@档案名 现在就问。", markup=False, style="dim")
    if found.asked and found.errors == found.asked:
        raise typer.Exit(MODEL_FAILED)


def _rubric_lines(workspace: Workspace) -> list[str]:
    from evals.judges.rubric import load_rubric, rubric_names

    rubrics = [load_rubric(name, workspace) for name in rubric_names(workspace)]
    return [f"{rubric.id}\t{rubric.name}：{rubric.question}" for rubric in rubrics]


def _items(wanted: str, rubric_name: str, pairs: bool, against: str, workspace: Workspace) -> tuple[Item, ...]:
    from evals.database import EvalsDb
    from evals.judges.rubric import load_rubric
    from evals.label_items import pair_items, score_items
    from evals.label_source import expectations, find_run
    from knowledge_base.errors import BadInputError

    rubric = load_rubric(rubric_name, workspace)
    with EvalsDb.open(workspace) as db:
        run = find_run(db, wanted)
        other = find_run(db, against) if against else None
    expected = expectations(run, workspace)
    items = pair_items(run, rubric, other, expected) if pairs else score_items(run, rubric, expected)
    if not items:
        why = "没有可以两两比的：要同一个用例有两篇不同的文案" if pairs else f"没有“{rubric.name}”能评的文案"
        hint = (
            "用两个模型或两个提示词跑一次，或加 --against。"
            if pairs
            else "换一张量表（--rubrics 看有哪些）或换一次评测。"
        )
        raise BadInputError(f"评测 {run.id} 里{why}", hint=hint)
    return items


def _sit_down(items: tuple[Item, ...], *, store_path: Path, who: str, limit: int | None, workspace: Workspace) -> None:
    import sys

    from evals.label_items import shuffled
    from evals.label_store import LabelStore
    from evals.label_ui import label_all
    from knowledge_base.console import err, out
    from knowledge_base.errors import UsageError

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("标注界面要在终端里用", hint="用 --export 导出表格去填，再用 --import 导回来。")
    store = LabelStore(store_path)
    if limit is not None:
        known = {one.unit for one in store.read() if one.by == who}
        items = tuple([item for item in shuffled(items, who) if item.unit not in known][:limit])
    session = label_all(items, store, by=who, keys=typer.getchar, console=out(), workspace=workspace)
    done = f"{who} 这次标了 {session.done} 条，跳过 {session.skipped} 条，还剩 {session.left} 条。"
    err().print(done if session.left else f"{done}都标完了。", markup=False)


def _runs(db: EvalsDb, wanted: str, labels: tuple[Label, ...]) -> tuple[Run, ...]:
    """The run asked for, or every run that was labelled and still exists."""
    from evals.label_source import find_run

    if wanted:
        return (find_run(db, wanted),)
    known = {line.id for line in db.runs()}
    return tuple(db.run(id) for id in dict.fromkeys(one.run for one in labels) if id in known)


def _ask(
    judge: list[str],
    runs: tuple[Run, ...],
    labels: tuple[Label, ...],
    workspace: Workspace,
    repeat: int,
    concurrency: int,
) -> Found:
    import asyncio

    from evals.agreement_job import measure, open_judges
    from evals.cassette import Cassette
    from evals.cassette_care import AGREEMENT
    from evals.cassette_model import Recorder

    async def work() -> Found:
        with Cassette.open(workspace) as cassette:
            recorder = Recorder(cassette=cassette, run="", suite=AGREEMENT)
            judging = open_judges(judge, workspace, recorder, concurrency)
            try:
                return await measure(judging.judges, runs, labels, workspace, repeats=repeat, concurrency=concurrency)
            finally:
                for arm in judging.arms:
                    await arm.aclose()

    return asyncio.run(work())
