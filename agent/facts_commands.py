"""`wenan facts ID`: every checkable claim of a kept draft, tied to the record that proves it."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from agent.checks.facts import ClaimSupport
    from agent.checks.facts.opinion import Opinion
    from agent.draft import Draft
    from knowledge_base.workspace import Workspace

app = App()


class Format(StrEnum):
    text = "text"
    json = "json"


@app.command()
def facts(
    id: Annotated[
        str, typer.Argument(metavar="编号", help="稿件编号，或末尾几位；last 是最近一篇，last~1 再往前一篇。")
    ],
    form: Annotated[Format, typer.Option("--format", "-f", help="text 或 json。")] = Format.text,
    second: Annotated[
        bool | None,
        typer.Option(
            "--second-opinion/--no-second-opinion",
            help="再请模型逐条判断，必须引资料原文；wenan.toml 里 \\[facts] second_opinion = true 则默认打开。",
        ),
    ] = None,
    model: Annotated[str | None, typer.Option("--model", "-m", help="第二意见用的模型档案名。")] = None,
) -> None:
    """列出一篇稿子里每个能核对的说法和它的依据；有无据的硬说法时退出码 1。"""
    from agent import facts_view
    from agent.checks.facts import ledger
    from agent.journal import Journal
    from knowledge_base.console import err, out
    from knowledge_base.errors import BadInputError
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    journal = Journal.open(workspace)
    try:
        draft = journal.get(id)
    finally:
        journal.close()
    if draft.copy is None:
        raise BadInputError(f"{draft.id} 没有写成，没有文字可核对", hint="用 wenan log show 看原因。")
    entries = ledger(draft.copy, draft.brief, draft.context)
    opinions = _opinions(draft, entries, workspace, model) if _wanted(second, workspace) else ()
    found = facts_view.rows(draft, entries, opinions)
    if form is Format.json:
        typer.echo(json.dumps(facts_view.as_data(draft, found, opinions), ensure_ascii=False, indent=2))
    elif out().is_terminal:
        out().print(facts_view.table(found))
    else:
        for line in facts_view.tab_separated(found):
            typer.echo(line)
    missing = [one for one in entries if one.verdict == "unsupported" and one.claim.firm]
    err().print(
        f"{draft.id}：{len(entries)} 个说法，{len(missing)} 个无据",
        style="red" if missing else "green",
        highlight=False,
    )
    if missing:
        raise typer.Exit(1)


def _wanted(option: bool | None, workspace: Workspace) -> bool:
    """The option, else the workspace's setting, else no. Raises BadInputError for a setting that is no yes or no."""
    from knowledge_base.errors import BadInputError
    from knowledge_base.workspace import CONFIG_NAME

    if option is not None:
        return option
    setting = workspace.section("facts").get("second_opinion", False)
    if not isinstance(setting, bool):
        raise BadInputError(
            "应当是 true 或 false", file=CONFIG_NAME, field="facts.second_opinion", hint="改成 true 或 false。"
        )
    return setting


def _opinions(
    draft: Draft, entries: tuple[ClaimSupport, ...], workspace: Workspace, profile: str | None
) -> tuple[Opinion, ...]:
    import asyncio

    from agent.checks.facts.opinion import second_opinion
    from agent.models import open_model
    from agent.tokens import default_counter
    from knowledge_base.errors import UsageError

    model = open_model(workspace, profile)
    if model.name == "offline":
        raise UsageError("离线模板给不了第二意见", hint="用 --model 指定一个模型；wenan models list 看有哪些。")

    async def ask() -> tuple[Opinion, ...]:
        assert draft.copy is not None
        try:
            return await second_opinion(
                entries, draft.copy, draft.brief, draft.context,
                model=model, workspace=workspace, count=default_counter(),
            )  # fmt: skip
        finally:
            await model.aclose()

    return asyncio.run(ask())
