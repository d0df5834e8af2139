"""`wenan eval import`: a promptfoo configuration becomes a suite; what cannot be taken over is listed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from knowledge_base.chinese_cli import App

app = App()
SCHEMA = '{"type": "string"}\n'
"""Named by the templates, which must name one; never sent, see evals/raw.py."""


@app.command("import")
def import_(
    config: Annotated[Path, typer.Argument(metavar="配置", help="promptfooconfig.yaml 或 .json。")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="写成哪个评测集；不写是工作区的 evals/promptfoo.yaml。")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="已经有同名的就盖掉。")] = False,
) -> None:
    """把 promptfoo 的配置导成一套评测：提示词、openai 模型、用例和断言；导不了的逐条列出，绝不当作通过。"""
    from datetime import date

    from agent.render import find_template
    from agent.storage.files import write_pieces
    from evals.promptfoo import import_config, suite_text
    from evals.raw import FOLDER
    from evals.suite import load_suite
    from knowledge_base.console import err
    from knowledge_base.console import out as stdout
    from knowledge_base.errors import BadInputError, UsageError
    from knowledge_base.workspace import Workspace

    if not config.is_file():
        raise BadInputError("没有这个文件", file=config.as_posix(), hint="给一个 promptfooconfig.yaml。")
    workspace = Workspace.find()
    target = out or workspace.root / "evals" / "promptfoo.yaml"
    if target.suffix.lower() not in (".yaml", ".yml"):
        raise UsageError("评测集的文件要叫 .yaml", hint=f"例如 {target.with_suffix('.yaml')}。")
    if target.exists() and not force:
        raise UsageError(f"{target} 已经有了", hint="换一个 --out，或加 --force 盖掉。")
    imported = import_config(config, target.stem, date.today())
    files = {f"{FOLDER}/any.schema.json": SCHEMA, **imported.templates}
    for name, text in files.items():
        write_pieces(workspace.root / "prompts" / name, [text])
    for name in imported.templates:
        find_template(name.removesuffix(".j2"), workspace)  # a prompt that our sandbox refuses is told here
    write_pieces(target, [suite_text(imported, config.name)])
    load_suite(target, workspace)

    def say(text: str) -> None:
        stdout().print(text, markup=False, soft_wrap=True)

    suite = imported.suite
    say(f"{target}：{len(imported.templates)} 个提示词 × {len(imported.models)} 个模型，{len(suite['cases'])} 条用例，"
        f"{imported.assertions} 条断言（{imported.undecided} 条不能判，不算通过也不算失败）")  # fmt: skip
    for title, found in (("没有导入的", imported.notes.left_out), ("和 promptfoo 不一样的", imported.notes.differs)):
        if found:
            say(f"{title}（{len(found)}）：")
            for place, reason in found:
                say(f"  {place}：{reason}")
    if imported.settings:
        say("写进 wenan.toml，再把评测集的 models 换成档案名：")
        for line in imported.settings:
            say(f"  {line}")
    model = "" if imported.models else " --model 档案名"
    err().print(f"接着：wenan eval run {target}{model}", markup=False, soft_wrap=True)
