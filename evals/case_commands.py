"""`wenan eval new` and `wenan eval case`: kept drafts become cases of a suite."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from knowledge_base.chinese_cli import App

app = App(no_args_is_help=True, help="给评测集加用例。")
DraftsArgument = Annotated[list[str] | None, typer.Argument(help="稿件编号（可只写末尾几位）、last、last~1……")]


@app.callback()
def case() -> None:
    """给评测集加用例。"""


def new(
    suite: Annotated[Path, typer.Argument(help="新评测集的文件，例如 evals/差稿.yaml。")],
    drafts: DraftsArgument = None,
    blocked: Annotated[bool, typer.Option("--blocked", help="没写编号时，只取有必改问题或没写成的稿。")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="没写编号时，取最近几稿。")] = 20,
    name: Annotated[str, typer.Option("--name", help="评测集的名字；不写用文件名。")] = "",
    today: Annotated[str, typer.Option("--today", help="按哪一天写；不写用第一稿的那天。")] = "",
) -> None:
    """从稿件库里的稿子建一套评测：把这篇差稿变成一条用例。"""
    from agent.journal import Journal
    from evals.cases import chosen_drafts, suite_text
    from knowledge_base.console import err
    from knowledge_base.errors import UsageError
    from knowledge_base.workspace import Workspace

    if suite.suffix.lower() not in (".yaml", ".yml"):
        raise UsageError("评测集的文件要叫 .yaml", hint=f"例如 {suite.with_suffix('.yaml')}。")
    if suite.exists():
        raise UsageError(f"{suite} 已经有了", hint="往里加用 wenan eval case add，或换一个文件名。")
    journal = Journal.open(Workspace.find())
    try:
        found = chosen_drafts(journal, drafts or [], blocked=blocked, limit=limit)
        reviews = {draft.id: journal.reviews(draft.id) for draft in found}
    finally:
        journal.close()
    if not found:
        raise UsageError("稿件库里没有合适的稿子", hint="先写几稿，或去掉 --blocked；wenan log list 看有哪些。")
    from agent.storage.files import write_pieces

    write_pieces(suite, [suite_text(name or suite.stem, found, reviews, today)])
    err().print(f"建好了 {suite}：{len(found)} 条用例。接着：改一改 expect，再运行", markup=False, soft_wrap=True)
    err().print(f"  wenan eval run {suite}", markup=False, soft_wrap=True)


@app.command("add")
def add(
    suite: Annotated[Path, typer.Argument(help="评测集文件（.yaml 或 .jsonl）。")],
    drafts: Annotated[list[str], typer.Argument(help="稿件编号（可只写末尾几位）、last、last~1……")],
    id: Annotated[str, typer.Option("--id", help="用例编号；只加一条时可写。")] = "",
    tag: Annotated[list[str] | None, typer.Option("--tag", help="标签，可重复。")] = None,
    must_pass: Annotated[bool, typer.Option("--must-pass", help="这条不过，整套就不过。")] = False,
) -> None:
    """把稿件库里的稿子加成用例；原来的文件和注释不动。"""
    from agent.journal import Journal
    from evals.cases import add_cases, case_of, chosen_drafts
    from knowledge_base.console import err
    from knowledge_base.errors import UsageError
    from knowledge_base.workspace import Workspace

    if id and len(drafts) > 1:
        raise UsageError("--id 只能给一条用例起名", hint="一次加一稿，或去掉 --id。")
    workspace = Workspace.find()
    journal = Journal.open(workspace)
    try:
        found = chosen_drafts(journal, drafts, blocked=False, limit=len(drafts))
        cases = [
            case_of(draft, journal.reviews(draft.id), id=id, tags=tuple(tag or ()), must_pass=must_pass)
            for draft in found
        ]
    finally:
        journal.close()
    added = add_cases(suite, cases, workspace)
    for name in added:
        err().print(f"加了用例 {name}", markup=False, soft_wrap=True)
