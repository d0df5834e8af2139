"""`wenan eval run | record | replay | list | show`: options -> a run, its figures on stdout, how it went on stderr."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from knowledge_base.chinese_cli import ChineseCommand

if TYPE_CHECKING:
    from typer._click import Context

    from evals.plan import Choice
    from evals.run_session import Wanted


class RecordMode(StrEnum):
    missing = "missing"
    all = "all"
    none = "none"


class RetrieveMode(StrEnum):
    snapshot = "snapshot"
    live = "live"


class Shape(StrEnum):
    text = "text"
    json = "json"


class RunCommand(ChineseCommand):
    """Lets `--resume` stand without a value: the newest unfinished run."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        found: list[str] = []
        for i, arg in enumerate(args):
            found.append(arg)
            if arg == "--resume" and not (i + 1 < len(args) and _names_run(args[i + 1])):
                found.append("unfinished")
        return list(super().parse_args(ctx, found))


def _names_run(text: str) -> bool:
    """Whether a word after `--resume` is a run rather than a suite or an option."""
    tail = text.removeprefix("r_")
    return text.startswith("last") or text == "unfinished" or (len(tail) >= 4 and set(tail) <= set("0123456789abcdef"))


SuiteArgument = Annotated[str, typer.Argument(help="评测集：文件路径，或自带的名字（wenan eval list 看有哪些）。")]
ModelOption = Annotated[list[str] | None, typer.Option("--model", "-m", help="模型档案名，几个用逗号隔开，各跑一遍。")]
PromptOption = Annotated[list[str] | None, typer.Option("--prompt", help="模板 编号@版本 或路径，几个用逗号隔开。")]
SamplesOption = Annotated[int | None, typer.Option("--samples", "-k", min=1, max=100, help="每条用例写几次。")]
ConcurrencyOption = Annotated[int, typer.Option("--concurrency", "-c", min=1, max=256, help="同时写几条。")]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, help="只跑前几条用例。")]
TagOption = Annotated[list[str] | None, typer.Option("--tag", help="只跑带这些标签的用例，几个用逗号隔开。")]
CaseOption = Annotated[list[str] | None, typer.Option("--case", help="只跑这些用例，几个用逗号隔开。")]
MaxCostOption = Annotated[str, typer.Option("--max-cost", help="最多花多少元。")]
MaxTokensOption = Annotated[int | None, typer.Option("--max-tokens", min=1, help="最多用多少 token。")]
FreshOption = Annotated[bool, typer.Option("--fresh", help="全部重算，不沿用没有变化的结果。")]
ScorersOption = Annotated[list[str] | None, typer.Option("--scorers", help="打分器，几个用逗号隔开；不写用评测集的。")]
FormatOption = Annotated[Shape, typer.Option("--format", "-f", help="text 给人看，json 给程序用。")]
RetrieveOption = Annotated[
    RetrieveMode, typer.Option("--retrieve", help="snapshot 用存下的检索结果，live 重新检索并存下。")
]


def run(
    suite: Annotated[str, typer.Argument(help="评测集：文件路径或自带的名字；只写 --resume 时可不写。")] = "",
    model: ModelOption = None,
    prompt: PromptOption = None,
    samples: SamplesOption = None,
    concurrency: ConcurrencyOption = 8,
    limit: LimitOption = None,
    tag: TagOption = None,
    case: CaseOption = None,
    record: Annotated[
        RecordMode, typer.Option("--record", help="missing 只问没录过的，all 全部重问重录，none 全部重问、不留录音。")
    ] = RecordMode.missing,
    replay: Annotated[bool, typer.Option("--replay", help="只用录音，不联网；缺录音就说清缺什么。")] = False,
    retrieve: RetrieveOption = RetrieveMode.snapshot,
    resume: Annotated[
        str, typer.Option("--resume", help="接着跑没跑完的一次：写编号，或不写用最近没跑完的。", metavar="[RUN]")
    ] = "",
    max_cost: MaxCostOption = "",
    max_tokens: MaxTokensOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只算要写几条、已录几条、估计花多少，不问模型。")] = False,
    fresh: FreshOption = False,
    scorers: ScorersOption = None,
    format: FormatOption = Shape.text,
) -> None:
    """跑一套评测：用例 × 提示词 × 模型 × 次数，逐条打分。被打断了用 --resume 接着跑。"""
    from evals.run_session import Wanted

    _go(
        Wanted(
            suite=suite,
            choice=_choice(model, prompt, samples, limit, tag, case, scorers),
            concurrency=concurrency, record=record.value, replay=replay, retrieve=retrieve.value, resume=resume,
            max_cost=max_cost, max_tokens=max_tokens, dry_run=dry_run, fresh=fresh, as_json=format is Shape.json,
        )
    )  # fmt: skip


def record(
    suite: SuiteArgument,
    model: ModelOption = None,
    prompt: PromptOption = None,
    again: Annotated[bool, typer.Option("--again", help="已经录过的也重问重录。")] = False,
    samples: SamplesOption = None,
    concurrency: ConcurrencyOption = 8,
    limit: LimitOption = None,
    tag: TagOption = None,
    case: CaseOption = None,
    retrieve: RetrieveOption = RetrieveMode.snapshot,
    max_cost: MaxCostOption = "",
    max_tokens: MaxTokensOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只算要录几条、估计花多少。")] = False,
    scorers: ScorersOption = None,
    format: FormatOption = Shape.text,
) -> None:
    """把一套评测要的模型回答录下来，以后不联网也能重放。等于 run --record missing（--again 时是 all）。"""
    from evals.run_session import Wanted

    _go(
        Wanted(
            suite=suite,
            choice=_choice(model, prompt, samples, limit, tag, case, scorers),
            concurrency=concurrency, record="all" if again else "missing", retrieve=retrieve.value,
            max_cost=max_cost, max_tokens=max_tokens, dry_run=dry_run, as_json=format is Shape.json,
        ),
        recording=True,
    )  # fmt: skip


def replay(
    suite: SuiteArgument,
    model: ModelOption = None,
    prompt: PromptOption = None,
    samples: SamplesOption = None,
    concurrency: ConcurrencyOption = 8,
    limit: LimitOption = None,
    tag: TagOption = None,
    case: CaseOption = None,
    fresh: FreshOption = False,
    scorers: ScorersOption = None,
    format: FormatOption = Shape.text,
) -> None:
    """只用录音重放并重新打分，不联网、不花钱。等于 run --replay。"""
    from evals.run_session import Wanted

    _go(
        Wanted(
            suite=suite,
            choice=_choice(model, prompt, samples, limit, tag, case, scorers),
            concurrency=concurrency, replay=True, fresh=fresh, as_json=format is Shape.json,
        )
    )  # fmt: skip


def _choice(
    model: list[str] | None,
    prompt: list[str] | None,
    samples: int | None,
    limit: int | None,
    tag: list[str] | None,
    case: list[str] | None,
    scorers: list[str] | None,
) -> Choice:
    from evals.plan import Choice, choices

    return Choice(
        models=choices(model or ()),
        prompts=choices(prompt or ()),
        samples=samples,
        limit=limit,
        tags=choices(tag or ()),
        cases=choices(case or ()),
        scorers=choices(scorers or ()),
    )


def _go(wanted: Wanted, *, recording: bool = False) -> None:
    """Runs; first says which file was taken where a name could mean several, and when there is nothing to record."""
    from evals.run_session import go
    from evals.suite import namesakes, shown_path
    from knowledge_base.console import err
    from knowledge_base.workspace import Workspace

    if wanted.suite:
        workspace = Workspace.find()
        found = namesakes(wanted.suite, workspace)
        if len(found) > 1:
            # Relative where that can be typed back; the shipped suites lie with the program.
            typed = "、".join(workspace.relative(file) for file in found[1:])
            err().print(
                f"叫「{wanted.suite}」的评测集不止一套，用的是 {shown_path(found[0], workspace)}；"
                f"另有 {typed}，写路径就用它。",
                markup=False,
                soft_wrap=True,
            )
    if recording and _offline_only(wanted):
        err().print("离线模板不录音：它不花钱，再跑一遍就是。要录别的模型，加 --model 档案名。", markup=False)
    go(wanted)


def _offline_only(wanted: Wanted) -> bool:
    from agent.models.profiles import resolve_profile
    from evals.plan import make_plan
    from evals.suite import load_suite
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    plan = make_plan(load_suite(wanted.suite, workspace), wanted.choice, resolve_profile(workspace).name)
    return all(resolve_profile(workspace, variant.model).preset == "offline" for variant in plan.variants)


def list_all(format: FormatOption = Shape.text) -> None:
    """列出评测集和跑过的评测。"""
    from evals.run_view import list_text

    list_text(as_json=format is Shape.json)


def show(
    wanted: Annotated[str, typer.Argument(help="评测编号（可只写末尾几位）、last，或一个评测集。")] = "last",
    case: Annotated[str, typer.Argument(help="只看这一条用例：每稿的正文、每项得分和理由。")] = "",
    format: FormatOption = Shape.text,
) -> None:
    """看一次评测的得分，或其中一条用例的稿子和每项得分的理由。"""
    from evals.run_view import show_text

    show_text(wanted, case, as_json=format is Shape.json)


def remove(
    runs: Annotated[list[str], typer.Argument(help="评测编号。")],
) -> None:
    """删掉跑过的评测（录音留着）。"""
    from evals.database import EvalsDb
    from knowledge_base.console import err
    from knowledge_base.workspace import Workspace

    with EvalsDb.open(Workspace.find()) as db:
        for wanted in runs:
            id = db.find(wanted)
            db.remove(id)
            err().print(f"删掉了 {id}", markup=False)


COMMANDS = (("run", run), ("record", record), ("replay", replay), ("list", list_all), ("show", show), ("rm", remove))
