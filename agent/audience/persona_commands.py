"""`wenan audience personas`: segments as persona cards in a file that people edit, and in the knowledge base."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from agent.audience.persona_build import Outcome

app = App()


@app.command()
def personas(
    file: Annotated[Path | None, typer.Option("--file", help="画像写在哪个文件；不写就是 资料/人群画像.yaml。")] = None,
    phrase: Annotated[
        bool, typer.Option("--phrase", help="请模型起名、改写；它只看得到合计的数字，写的数对不上就不用。")
    ] = False,
    model: Annotated[str, typer.Option("--model", "-m", help="哪个模型；只和 --phrase 一起用。")] = "",
    reset: Annotated[
        list[str] | None, typer.Option("--reset", help="这张画像不要人改过的内容，重新写，如 segment:3；可重复。")
    ] = None,
    add: Annotated[bool, typer.Option("--add/--no-add", help="写好以后放进知识库；--no-add 只写文件。")] = True,
    dry: Annotated[bool, typer.Option("--dry-run", help="只看会写成什么样，不写文件。")] = False,
    purpose: Annotated[str, typer.Option("--consent-purpose", help="哪个用途的数据。")] = "营销",
    form: Annotated[str, typer.Option("--format", "-f", help="text 或 json。")] = "text",
) -> None:
    """把每群人写成一张画像：需求、顾虑、场景、渠道和时间，每句都有数字作依据；人改过的一直保留。"""
    from knowledge_base.audience.extra import need
    from knowledge_base.console import err
    from knowledge_base.errors import UsageError

    need("polars", "sklearn", "scipy")
    from agent.audience.persona_build import PersonaWish, ids_of, make_personas
    from knowledge_base.workspace import Workspace

    if form not in ("text", "json"):
        raise UsageError(f"没有格式「{form}」", hint="可选：text、json。")
    if model and not phrase:
        raise UsageError("--model 要和 --phrase 一起用", hint="加 --phrase，或去掉 --model。")
    workspace = Workspace.find()
    wish = PersonaWish(
        purpose=purpose, file=file, phrase=phrase, model=model or None, reset=ids_of(reset or []), add=add, dry=dry
    )
    with err().status("写画像……"):
        done = make_personas(workspace, wish, _say)
    if form == "json":
        typer.echo(json.dumps(_json(done), ensure_ascii=False, indent=2))
    else:
        _show(done)
    for line in _lines(done, workspace.relative(done.path), wish.dry):
        _say(line)


def _show(done: Outcome) -> None:
    from knowledge_base.console import out

    for one in done.built.cards:
        out().print(f"{one.id}  {one.name}　{one.size:,} 人（{one.share:.0%}）", markup=False, soft_wrap=True)
        for row in one.statements:
            if row.field in LABELS and row.figures:
                figures = "；".join(figure.said() for figure in row.figures)
                out().print(f"  {LABELS[row.field]}　{row.text}　[{figures}]", markup=False, soft_wrap=True)
        picked = done.built.picks.get(one.id, ())
        if picked:
            out().print(f"  推荐　{'、'.join(row['item'] for row in picked[:3])}", markup=False, soft_wrap=True)


LABELS = {"who": "是谁", "scenes": "场景", "needs": "需求", "pains": "痛点", "objections": "顾虑", "channels": "渠道",
          "avoid": "反感"}  # fmt: skip
FIELDS = {**LABELS, "name": "称呼", "language": "说话习惯", "evidence": "看重", "brand": "品牌"}


def _lines(done: Outcome, file: str, dry: bool) -> list[str]:
    """What a person should know, conflicts first."""
    merged, lines = done.merged, []
    for one in merged.conflicts:
        field = FIELDS.get(one.field, one.field)
        mine = f"你写的「{one.mine}」" if one.mine else "你删掉了一句"
        ours = f"数据现在是「{one.ours}」" if one.ours else "数据里已经没有这一条"
        lines.append(f"{one.persona} {field}：{mine}，{ours}；按你的")
    if merged.deleted:
        lines.append(f"你删掉的画像没有加回来：{'、'.join(merged.deleted)}（要加回来：--reset {merged.deleted[0]}）")
    if merged.kept:
        lines.append(f"这次没有分出来、但你改过，所以留着：{'、'.join(merged.kept)}")
    if merged.removed:
        lines.append(f"这次没有分出来，去掉了：{'、'.join(merged.removed)}")
    if done.built.small:
        lines.append(f"有 {done.built.small} 群不到 20 人，不写画像")
    lines.append("没有写性别、年龄、地区：行为画像用不着；要写就自己在文件里加，写明理由。")
    lines.append(f"推荐商品用的方法：{done.built.recommender}")
    counts = f"新写 {len(merged.added)} 张，更新 {len(merged.changed)} 张"
    if dry:
        return [*lines, f"只是看看，没有写 {file}：{counts}"]
    lines.append(f"{file}：{counts}" + (f"；{len(merged.conflicts)} 处你改过，数据也变了" if merged.conflicts else ""))
    if done.added is None:
        return [*lines, f"看过改好再运行 wenan kb add {file}"]
    lines += [str(problem) for problem in done.added.bad]
    first = done.built.cards[0].id
    lines.append(f"已放进知识库。接着：wenan moments --persona {first} --product auto")
    return lines


def _json(done: Outcome) -> dict[str, object]:
    merged = done.merged
    return {
        "file": done.path.as_posix(),
        "cards": [one.as_dict() for one in done.built.cards],
        "picks": {id: [dict(row) for row in rows] for id, rows in done.built.picks.items()},
        "recommender": done.built.recommender,
        "conflicts": [
            {"persona": one.persona, "field": one.field, "mine": one.mine, "ours": one.ours} for one in merged.conflicts
        ],
        **{name: list(getattr(merged, name)) for name in ("added", "changed", "removed", "deleted", "kept")},
    }


def _say(line: str) -> None:
    from knowledge_base.console import err

    err().print(line, markup=False, soft_wrap=True)
