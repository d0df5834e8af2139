"""`wenan audience demo`: an invented shop from its exports to personas and a draft, with the time of each step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from agent.audience.steps import Steps
    from agent.draft import Draft
    from knowledge_base.base import KnowledgeBase
    from knowledge_base.workspace import Workspace

app = App()

FOLDER, EXPORTS = "wenan-audience-demo", "导出"
SEED = 2
"""Of the draft."""
LEAST = 400
"""People below which five segments of enough people cannot be told apart."""


@app.command()
def demo(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[文件夹]", help="放在哪里；不写就新建 wenan-audience-demo。")
    ] = None,
    users: Annotated[int, typer.Option("--users", min=LEAST, max=1_000_000, help="虚构的店有多少人。")] = 1500,
    persona: Annotated[str, typer.Option("--persona", "-P", help="写给哪群人。")] = "segment:1",
    seed: Annotated[int, typer.Option("--seed", min=0, help="同样的种子造出同样的店。")] = 7,
) -> None:
    """造一家虚构的店：导出文件 → 导入 → 特征 → 分群 → 画像 → 知识库 → 一条朋友圈，每一步多久都写出来。"""
    from knowledge_base.audience.extra import need

    need("polars", "sklearn", "scipy")
    from contextlib import closing

    from agent.audience.steps import Steps
    from agent.deliver import formatted
    from agent.finding import blocking
    from agent.present import status_lines
    from knowledge_base.base import KnowledgeBase
    from knowledge_base.console import err, out
    from knowledge_base.errors import UsageError
    from knowledge_base.workspace import DATA_NAME, Workspace

    folder = folder or _fresh(Path(FOLDER))
    if (folder / DATA_NAME).exists():
        raise UsageError(f"{folder} 里已经有一个工作区，演示不去动它", hint="换一个文件夹名。")
    folder.mkdir(parents=True, exist_ok=True)
    workspace = Workspace(folder.resolve())
    err().print("全部是虚构的人和商品，仅供演示。", style="dim")
    steps = Steps()
    _understand(workspace, users, seed, steps)
    with closing(KnowledgeBase.open(workspace)) as kb, steps.timed("写一条朋友圈") as said:
        draft, notes = _draft(workspace, kb, persona)
        said.append(f"员工朋友圈，离线模板，--persona {persona} --product auto")
    for note in notes:
        err().print(note, markup=False, soft_wrap=True)
    out().out(formatted([draft], "text"), end="", highlight=False)
    for line in status_lines(draft):
        err().print(line, soft_wrap=True)
    err().print(f"一共 {steps.total:.1f} 秒（不算启动）", markup=False)
    again = f"cd {folder}，看看 资料/人群画像.yaml，再运行 wenan moments --persona segment:2 --product auto"
    err().print(f"接着试试：{again}", markup=False, soft_wrap=True)
    if draft.copy is None or blocking(draft.findings):
        raise typer.Exit(1)


def _fresh(folder: Path) -> Path:
    """The folder itself, or the first of its name with a number that is not there yet."""
    number, free = 1, folder
    while free.exists():
        number += 1
        free = folder.with_name(f"{folder.name}-{number}")
    return free


def _understand(workspace: Workspace, users: int, seed: int, steps: Steps) -> None:
    """Exports, import, features, segments, personas: everything before the draft."""
    from contextlib import closing
    from datetime import date, datetime

    from agent.audience.persona_build import PersonaWish, make_personas
    from knowledge_base import sample
    from knowledge_base.audience.features.build import compute
    from knowledge_base.audience.importing.importer import import_files
    from knowledge_base.audience.personas.segmenting import find_segments
    from knowledge_base.audience.store import DEFAULT_PURPOSE, AudienceStore
    from knowledge_base.audience.synthetic.export import write_shop
    from knowledge_base.base import KnowledgeBase
    from knowledge_base.ingest.add import add

    with steps.timed("造店，写导出文件") as said:
        until = datetime.combine(date.today(), datetime.min.time())
        shop = write_shop(workspace.root / EXPORTS, users=users, seed=seed, until=until)
        said.append("、".join(path.name for path in shop.exports))
    with steps.timed("店里的商品进知识库") as said, closing(KnowledgeBase.open(workspace)) as kb:
        said.append(f"资料 {add(kb, sample.paths(), root=sample.FOLDER).records} 条")
    with AudienceStore.open(workspace) as store:
        with steps.timed("导入") as said:
            reports = list(import_files(store, shop.exports))
            said.append(f"{sum(report.kept for report in reports):,} 行")
        with steps.timed("特征") as said:
            frame = compute(store)
            said.append(f"{frame.height:,} 人，{frame.width - 1} 个特征")
        with steps.timed("分群") as said:
            said.append(f"{len(find_segments(store, seed=seed)['segments'])} 群")
    with steps.timed("画像，放进知识库") as said:
        done = make_personas(workspace, PersonaWish(purpose=DEFAULT_PURPOSE), lambda line: None)
        said += [f"{one.id} {one.name}" for one in done.built.cards]


def _draft(workspace: Workspace, kb: KnowledgeBase, persona: str) -> tuple[Draft, tuple[str, ...]]:
    import asyncio
    from contextlib import closing

    from agent.journal import Journal
    from agent.models import open_model
    from agent.options import Wish, resolve
    from agent.tokens import default_counter
    from agent.write import Tools, from_knowledge, write_draft

    # The angle that shows what the card is for: it opens with a moment of theirs.
    wish = Wish(products=("auto",), persona=persona, form="post", angle="scene", seed=SEED)
    resolved = resolve(wish, "moments", kb, workspace)
    with closing(Journal.open(workspace)) as journal:
        tools = Tools(
            workspace=workspace,
            contexts=from_knowledge(kb, journal),
            model=open_model(workspace, "offline"),
            counter=default_counter(),
            journal=journal,
        )
        return asyncio.run(write_draft(resolved.brief, tools)), resolved.notes
