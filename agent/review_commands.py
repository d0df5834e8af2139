"""`wenan review`, `wenan review import`, `wenan approve`, `wenan reject`: people decide what leaves."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from agent.storage.reviews import Review, Verdict

review_app = App()
approve_app = App()
reject_app = App()
IMPORT = "import"
ID_HELP = "稿件编号，或末尾几位；last 是最近一篇，last~1 再往前一篇。"


class ReviewFormat(StrEnum):
    docx = "docx"
    html = "html"


ByOption = Annotated[str, typer.Option("--by", help="审阅人姓名。")]
RoleOption = Annotated[str, typer.Option("--role", help="法务、主管，或 wenan.toml 的 [review] roles 里写的角色。")]


@review_app.command()
def review(
    ids: Annotated[
        list[str],
        typer.Argument(metavar="编号... | import 文件...", help=f"{ID_HELP}写 import 加文件名收回填好的审阅单。"),
    ],
    form: Annotated[
        ReviewFormat | None, typer.Option("--format", "-f", help="docx 用 Word、WPS 填；html 用手机浏览器填。")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="写到哪个文件；不写就在当前文件夹按日期取名。")
    ] = None,
    by: ByOption = "",
    role: Annotated[str, typer.Option("--role", help="送审时只留这个角色的空；收回时补上文件里没写的角色。")] = "",
) -> None:
    """生成一份给法务和主管看的审阅单；wenan review import 文件 把填好的收回来（docx、html、txt，- 从管道读）。"""
    if ids[0] == IMPORT:
        _bring_in(ids[1:], by, role)
    else:
        _send_out(ids, form, out, role)


@approve_app.command()
def approve(
    id: Annotated[str, typer.Argument(metavar="编号", help=ID_HELP)],
    by: ByOption,
    role: RoleOption,
    reason: Annotated[str, typer.Option("--reason", help="说明；还有必须改的地方时一定要写。")] = "",
) -> None:
    """记下：这一稿通过。文字一改，通过就作废。"""
    _decide(id, "approve", by, role, reason)


@reject_app.command()
def reject(
    id: Annotated[str, typer.Argument(metavar="编号", help=ID_HELP)],
    by: ByOption,
    role: RoleOption,
    reason: Annotated[str, typer.Option("--reason", help="要改哪里、为什么。")] = "",
) -> None:
    """记下：这一稿退回。"""
    _decide(id, "reject", by, role, reason)


def _send_out(ids: list[str], form: ReviewFormat | None, out: Path | None, role: str) -> None:
    from agent.review.approval import check_role, roles
    from agent.review.send_out import review_file
    from agent.storage.files import write_bytes
    from knowledge_base.console import err
    from knowledge_base.errors import UsageError
    from knowledge_base.workspace import Workspace

    suffix = out.suffix.lower().lstrip(".") if out else ""
    if out and suffix not in tuple(ReviewFormat):
        raise UsageError(f"不能写成 {out.name}", hint="文件名以 .docx 或 .html 结尾。")
    kind = form or (ReviewFormat(suffix) if suffix else ReviewFormat.docx)
    if out and kind.value != suffix:
        raise UsageError(f"--format {kind.value} 和文件名 {out.name} 对不上", hint="去掉 --format，或改文件名。")
    workspace = Workspace.find()
    wanted = (check_role(role, workspace),) if role else roles(workspace)
    with _journal() as journal:
        drafts = list({draft.id: draft for draft in (journal.get(id) for id in ids)}.values())
        content = review_file(drafts, kind.value, wanted, journal)
    path = out or Path(f"审阅单-{drafts[-1].created_at.astimezone():%m%d}-{drafts[-1].id[-8:]}.{kind.value}")
    write_bytes(path, [content])
    err().print(f"已写入 {path}：{len(drafts)} 稿，请{'、'.join(wanted)}审", soft_wrap=True, markup=False)
    err().print(f"填好发回后运行：wenan review import {path}", soft_wrap=True, markup=False, style="dim")


def _bring_in(files: list[str], by: str, role: str) -> None:
    from agent.review.approval import check_role
    from agent.review.bring_in import bring_in
    from knowledge_base.console import err
    from knowledge_base.errors import UsageError
    from knowledge_base.workspace import Workspace

    if not files:
        raise UsageError("没有写要收哪个文件", hint="例如 wenan review import 审阅单-已填.docx。")
    workspace = Workspace.find()
    if role:
        check_role(role, workspace)
    with _journal() as journal:
        for file in files:
            brought = bring_in(Path(file), journal, workspace, name=by, role=role)
            for one in brought.new:
                _tell(one, new=True)
            for one in brought.known:
                _tell(one, new=False)
            if brought.blank:
                err().print(f"{file}：还有 {brought.blank} 处没填", soft_wrap=True, markup=False, style="dim")


def _decide(id: str, verdict: Verdict, by: str, role: str, reason: str) -> None:
    from agent.finding import blocking
    from agent.review.approval import Opinion, decide, required_roles
    from agent.review.standing import standing
    from knowledge_base.console import err
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    with _journal() as journal:
        draft = journal.get(id)
        kept, new = decide(draft, Opinion(verdict=verdict, name=by, role=role, comment=reason), journal, workspace)
        now = standing(draft, journal.reviews(draft.id), required_roles(workspace))
    _tell(kept, new=new)
    if verdict == "approve" and (blocked := len(blocking(draft.findings))):
        err().print(f"[yellow]注意[/]：带着 {blocked} 处必须改的放行，理由已留痕")
    if now.missing:
        err().print(f"还差 {'、'.join(now.missing)}", style="dim")


def _tell(one: Review, *, new: bool) -> None:
    """One tab-separated line on stdout, so that scripts can read it."""
    from agent.review.standing import VERDICT_NAMES
    from knowledge_base.console import err

    typer.echo("\t".join((one.draft_id, VERDICT_NAMES[one.verdict], one.role, one.name, " ".join(one.comment.split()))))
    if not new:
        err().print(f"{one.draft_id[-8:]} 的这条意见以前记过，没有重复记", style="dim")


def _journal() -> Any:
    from contextlib import closing

    from agent.journal import Journal
    from knowledge_base.workspace import Workspace

    return closing(Journal.open(Workspace.find()))
