"""`wenan audience watch`: events come in, rules hit, drafts wait for review. Nothing is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from knowledge_base.chinese_cli import App

app = App()


@app.command()
def watch(
    file: Annotated[str, typer.Argument(metavar="文件|-", help="不断增长的 JSONL（可以轮转）；写 - 从管道读。")] = "",
    rules: Annotated[
        Path | None, typer.Option("--rules", "-r", help="触发规则（YAML）；不写用自带的六条，--show-rules 可以看。")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="读到文件末尾就停；第一次从头读，以后接着读。")] = False,
    from_start: Annotated[
        bool, typer.Option("--from-start", help="从头读。不写时：读过的接着读，没读过的只看新来的。")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只列出会触发什么，不写稿，不动进度。")] = False,
    model: Annotated[str | None, typer.Option("--model", "-m", help="写稿的模型档案名。")] = None,
    max_drafts: Annotated[int, typer.Option("--max-drafts", min=1, help="这次运行最多写几稿。")] = 500,
    assume_consent: Annotated[
        str, typer.Option("--assume-consent", help="没问过的人也算同意，写明理由；拒绝过的仍然不算。")
    ] = "",
    now: Annotated[str, typer.Option("--now", help="把这个时刻当作现在，复查旧数据用，例如 2026-11-22T12:00。")] = "",
    reset: Annotated[
        bool, typer.Option("--reset", help="换了一条行为流：忘掉计时和读到哪里。写过稿的不会再写。")
    ] = False,
    show_rules: Annotated[bool, typer.Option("--show-rules", help="打印自带的规则文件，改一份自己的。")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="每行一个 JSON：触发、撤回，最后是汇总。")] = False,
) -> None:
    """盯着行为流：加购没买、反复看、沉睡、生日、到货、差评，到时就写一稿放进待审。从不自己发送。

    每行一个 JSON，列名和导入的一样（用户、时间、行为、商品…）；评论带上内容；到货写行为“到货”和商品，不写用户。
    只看同意了的人；22 点到 8 点不打扰，推迟到早上；每人每天、每周有上限。停掉再开、断电重来，都不会漏、不会重写。
    """
    from knowledge_base.audience.extra import need

    need("polars")
    from agent.audience.watch.watcher import Wanted
    from agent.audience.watch.watcher import watch as run
    from knowledge_base.audience.triggers.rule_file import SHIPPED, read_rules
    from knowledge_base.console import err
    from knowledge_base.errors import UsageError
    from knowledge_base.workspace import Workspace

    if show_rules:
        typer.echo(SHIPPED.read_text(encoding="utf-8"), nl=False)
        return
    if not file:
        raise UsageError("没说看哪个文件", hint="wenan audience watch events.jsonl；从管道读写 -。")
    found = read_rules(rules)
    wanted = Wanted(
        file=file, once=once, from_start=from_start, dry=dry_run, reset=reset, as_json=as_json,
        assume=bool(assume_consent.strip()), now=_moment(now, found.clock.name), model=model, most=max_drafts,
    )  # fmt: skip
    if wanted.assume:
        err().print(f"没问过的人也算同意，理由：{assume_consent.strip()}", style="yellow", markup=False)
    run(Workspace.find(), found, wanted)


def _moment(text: str, zone: str) -> int | None:
    """Microseconds; a time without a zone is the shop's. Raises UsageError."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from knowledge_base.audience.triggers.spans import micros
    from knowledge_base.errors import UsageError

    if not text.strip():
        return None
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError(f"--now {text} 看不懂", hint="写成 2026-11-22T12:00。") from error
    return micros(found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone)))
