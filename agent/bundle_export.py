"""`wenan log export ID --bundle`: provenance bundles from the journal to files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agent.bundle import write_bundle
from agent.bundle_messages import messages_again
from agent.ids import handle
from agent.journal import Journal
from agent.tokens import default_counter
from knowledge_base.console import err, out
from knowledge_base.errors import UsageError
from knowledge_base.workspace import Workspace


def export_bundles(journal: Journal, ids: Sequence[str], bundle: bool, path: Path | None) -> None:
    """One zip a draft; its sha256 and name on stdout, as sha256sum prints them. Raises UsageError, StorageError."""
    if not bundle:
        raise UsageError("编号只和 --bundle 一起用", hint="导出全部稿子不写编号；看一篇用 wenan log show 编号。")
    if not ids:
        raise UsageError("没有写要存证哪一稿", hint="例如 wenan log export last --bundle。")
    drafts = list({draft.id: draft for draft in (journal.get(id) for id in ids)}.values())
    if path is not None and len(drafts) > 1 and path.suffix:
        raise UsageError("几稿要写进一个文件夹", hint=f"--out 写文件夹名，例如 --out {path.stem}。")
    workspace, counter = Workspace.find(), default_counter()
    for draft in drafts:
        name = f"存证-{handle(draft.id)}.zip"
        target = path if path is not None and path.suffix else (path or Path()) / name
        sha256 = write_bundle(
            draft,
            target,
            reviews=journal.reviews(draft.id),
            finals=journal.finals(draft.id),
            rules=journal.rules(draft.id),
            messages=messages_again(draft, workspace, counter),
        )
        out().print(f"{sha256}  {target}", markup=False, soft_wrap=True)
    err().print(f"核对：wenan label verify {target}（不需要稿件库）", markup=False, soft_wrap=True, style="dim")
