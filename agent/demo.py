"""`wenan demo`: the whole path on the sample brand, from files to checked drafts and an HTML preview."""

from __future__ import annotations

import asyncio
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from agent.brief import Brief
from agent.deliver import formatted
from agent.draft import Draft
from agent.drafting import variants
from agent.finding import blocking
from agent.journal import Journal
from agent.models import open_model
from agent.options import Wish, parse_day, resolve
from agent.present import status_lines
from agent.storage.files import write_pieces
from agent.tokens import default_counter
from agent.write import Tools, from_knowledge, write_draft
from knowledge_base import sample
from knowledge_base.base import KnowledgeBase
from knowledge_base.chinese_cli import App
from knowledge_base.console import err, out
from knowledge_base.ingest.add import add
from knowledge_base.workspace import Workspace

app = App()

PRODUCT = "冻干黑咖啡"
PERSONA = "备考研究生"
QUESTION = "我对坚果过敏，能吃你们的燕麦脆吗？"
TITLES = ("公众号文章", "朋友圈广告 1/3", "朋友圈广告 2/3", "朋友圈广告 3/3", f"客服回复 ← {QUESTION}")


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="示例工作区放在哪里。")] = Path("wenan-demo"),
    today: Annotated[str, typer.Option("--today", help="按哪一天核对优惠，默认今天。")] = "",
    seed: Annotated[int, typer.Option("--seed", help="随机种子。")] = 1,
) -> None:
    """用自带的虚构品牌走一遍：入库、写一篇文章、三条朋友圈、一条客服回复、检查、生成网页预览。"""
    day = parse_day(today)
    folder.mkdir(parents=True, exist_ok=True)
    workspace = Workspace(folder.resolve())
    with closing(KnowledgeBase.open(workspace)) as kb:
        report = add(kb, sample.paths(), root=sample.FOLDER)
        err().print(
            f"入库（虚构品牌，仅供演示）：新增 {report.added}，更新 {report.changed}，未变 {report.unchanged}",
            style="dim",
        )
        with closing(Journal.open(workspace)) as journal:
            tools = Tools(
                workspace=workspace,
                contexts=from_knowledge(kb, journal),
                model=open_model(workspace, "offline"),
                counter=default_counter(),
                journal=journal,
            )
            drafts = asyncio.run(_write(_briefs(kb, day, seed), tools))
    _show(drafts)
    preview = folder / "预览.html"
    write_pieces(preview, [formatted(drafts, "html")])
    err().print(f"网页预览：{preview}", markup=False, soft_wrap=True)
    err().print(
        f"接着试试：cd {folder}，再运行 wenan moments --product 燕麦脆 --persona 新手妈妈", markup=False, soft_wrap=True
    )
    if any(draft.copy is None or blocking(draft.findings) for draft in drafts):
        raise typer.Exit(1)


def _briefs(kb: KnowledgeBase, day: date, seed: int) -> list[Brief]:
    about = Wish(products=(PRODUCT,), persona=PERSONA, seed=seed, today=day.isoformat())
    article = resolve(about, "article", kb).brief
    moments = resolve(about, "moments", kb).brief
    reply = resolve(Wish(message=QUESTION, seed=seed, today=day.isoformat()), "reply", kb).brief
    return [article, *variants(moments, 3, assign_angles=False), reply]


async def _write(briefs: list[Brief], tools: Tools) -> list[Draft]:
    return [await write_draft(brief, tools) for brief in briefs]


def _show(drafts: list[Draft]) -> None:
    for title, draft in zip(TITLES, drafts, strict=True):
        err().rule(title, align="left", style="cyan")
        out().out(formatted([draft], "text"), end="", highlight=False)
        for line in status_lines(draft):
            err().print(line, soft_wrap=True)
        err().print()
