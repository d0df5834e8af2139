"""What commands on audience data share: the opened store, and results as lines or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.workspace import Workspace

Json = Annotated[bool, typer.Option("--json", help="给程序读的 JSON。")]


def opened(*modules: str) -> tuple[Workspace, AudienceStore]:
    """The workspace and its data. `modules`: libraries needed besides polars. Raises BadInputError without data."""
    from knowledge_base.audience.extra import need

    need("polars", *modules)
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.errors import BadInputError
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    store = AudienceStore.open(workspace)
    if not store.exists:
        raise BadInputError(
            "还没有导入数据", hint="先运行 wenan audience import 文件…；试用可以先 wenan audience synth 店。"
        )
    return workspace, store


def show(body: Any, lines: Iterable[str], as_json: bool) -> None:
    """Results on stdout, as JSON or as lines."""
    if as_json:
        typer.echo(json.dumps(body, ensure_ascii=False, indent=2, default=str))
        return
    for line in lines:
        typer.echo(line)
