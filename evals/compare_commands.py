"""`wenan eval compare` and `wenan eval gate`: decide by numbers. `add_to` mounts both on the eval group."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from evals.records import Run


class Format(StrEnum):
    text = "text"
    json = "json"
    md = "md"


FormatOption = Annotated[Format, typer.Option("--format", "-f", help="text 给人看，json 给程序用，md 贴到合并请求里。")]
ResamplesOption = Annotated[
    int, typer.Option("--resamples", min=1000, max=1_000_000, help="重抽样次数；越多越稳，也越慢。")
]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="随机种子：同样的种子，同样的结果。")]


def compare(
    run_a: Annotated[
        str, typer.Argument(metavar="基线", help="评测编号，可只写末尾几位；last 是最近一次，last~1 是上一次。")
    ],
    run_b: Annotated[
        str, typer.Argument(metavar="新的", help="另一次评测；不写就比基线这次评测里的几个方案。", show_default=False)
    ] = "",
    a: Annotated[str, typer.Option("--a", help="基线用哪个方案，如“默认 × offline”；只有一个时不用写。")] = "",
    b: Annotated[str, typer.Option("--b", help="新的用哪个方案。")] = "",
    scorer: Annotated[list[str] | None, typer.Option("--scorer", "-s", help="只比这几项评分；可重复。")] = None,
    by: Annotated[str, typer.Option("--by", help="另外按什么分开看：tag、persona，或 tag,persona。")] = "",
    form: FormatOption = Format.text,
    resamples: ResamplesOption = 10_000,
    seed: SeedOption = 0,
) -> None:
    """两次评测按用例配对比：差多少、区间多宽、是不是真的、哪些用例变了。"""
    from evals.compare import BY, compare_all, rankings
    from evals.compare import compare as compare_two
    from evals.compare_report import as_json, as_markdown, as_text
    from knowledge_base.errors import UsageError

    kinds = tuple(name.strip() for name in by.replace("，", ",").split(",") if name.strip())
    if unknown := set(kinds) - set(BY):
        raise UsageError(f"--by 不认识 {'、'.join(sorted(unknown))}", hint="可以写 tag、persona，或 tag,persona。")
    left, right = _runs(run_a, run_b)
    given = {"scorers": scorer or (), "by": kinds, "resamples": resamples, "seed": seed}
    if a or b:
        found = [compare_two(left, right, variant_a=a or None, variant_b=b or None, **given)]  # type: ignore[arg-type]
    else:
        found = list(compare_all(left, right, **given))
    ranked = rankings(left, scorer or (), seed=seed) if right is None and not (a or b) else ()
    if form is Format.json:
        typer.echo(json.dumps(as_json(found, ranked), ensure_ascii=False, indent=2, allow_nan=False))
    else:
        show = as_markdown if form is Format.md else as_text
        typer.echo(show(found, ranked, slices=bool(kinds)), nl=False)


def gate(
    run: Annotated[str, typer.Argument(metavar="评测", help="评测编号；不写就是最近一次。")] = "last",
    baseline: Annotated[
        str, typer.Option("--baseline", "-b", help="基线的评测编号；条件里有 drop、rise 时要写。")
    ] = "",
    fail_if: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-if",
            help="符合就拦，可重复。如 'facts.precision < .98'、'compliance drop > 0 (95%)'、"
            "'latency rise > 0.5 (95%)'、'spec pass < 95%'、'errors > 3'。不写就用评测集里的 gates。",
        ),
    ] = None,
    must_pass: Annotated[
        bool, typer.Option("--must-pass/--no-must-pass", help="必过的用例和断言有一个没过就拦（默认）。")
    ] = True,
    form: FormatOption = Format.text,
    resamples: ResamplesOption = 10_000,
    seed: SeedOption = 0,
) -> None:
    """能不能放行：0 通过，6 退步，7 下不了结论，4 没测成（有出错或没跑完）；列出拖后腿的用例。"""
    from evals.gate import gate as decide
    from evals.gate_report import as_json, as_markdown, as_text

    new, old = _runs(run, baseline)
    conditions = fail_if or [str(text) for text in new.settings.get("gates") or ()]
    result = decide(new, old, conditions, must_pass=must_pass, resamples=resamples, seed=seed)
    if form is Format.json:
        typer.echo(json.dumps(as_json(result), ensure_ascii=False, indent=2, allow_nan=False))
    else:
        typer.echo(as_markdown(result) if form is Format.md else as_text(result), nl=False)
    if result.exit_code:
        raise typer.Exit(result.exit_code)


def add_to(app: App) -> None:
    """Mounts the two commands."""
    app.command("compare")(compare)
    app.command("gate")(gate)


def _runs(first: str, second: str) -> tuple[Run, Run | None]:
    from evals.database import EvalsDb
    from knowledge_base.workspace import Workspace

    with EvalsDb.open(Workspace.find()) as db:
        return db.run(first, drafts=False), db.run(second, drafts=False) if second else None
