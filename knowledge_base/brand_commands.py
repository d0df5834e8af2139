"""`wenan brand learn` and `wenan brand show`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from knowledge_base.chinese_cli import App
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.records import CHANNELS, Brand, Channel

if TYPE_CHECKING:
    from knowledge_base.brand_learn.learn import Lesson, Phrase

HELP = "从品牌自己的旧文章学语气。"


def build_app(phrase: Phrase | None = None) -> App:
    """The command group. `phrase` puts the measured voice into better words; the agent's side brings one."""
    app = App(no_args_is_help=True, help=HELP)

    @app.command("learn")
    def learn_command(
        paths: Annotated[
            list[Path], typer.Argument(metavar="文件...", help="旧文章：md、txt、html、docx，或放着它们的文件夹。")
        ],
        channel: Annotated[
            str, typer.Option(help="这些文章属于哪个渠道：article、moments、reply。不写就按文件名、文件夹和长度猜。")
        ] = "",
        brand: Annotated[str, typer.Option(help="品牌名；新建 brand.yaml 时要写。")] = "",
        file: Annotated[Path | None, typer.Option(help="语气库写在哪个文件；不写就用工作区里的 brand.yaml。")] = None,
        write: Annotated[bool, typer.Option("--write", help="写进文件。不加只显示会改哪里。")] = False,
        replace: Annotated[
            list[str] | None,
            typer.Option(help="这个字段就算你改过也换成新量的，如 words_use；可以写多次，all 是全部。"),
        ] = None,
        model: Annotated[
            str, typer.Option(help="请哪个模型把语气写成话；不写就用默认模型，没有就用量出来的原话。")
        ] = "",
        form: Annotated[
            str, typer.Option("--format", help="结果的样子：diff（只看改动）、yaml（整个文件）、json（全部数据）。")
        ] = "diff",
    ) -> None:
        """量一量旧文章的句长、称呼、开头、结尾、表情、爱用词和不用词，提议一份可以改的语气库。"""
        from knowledge_base.brand_learn.learn import learn
        from knowledge_base.workspace import Workspace

        if form not in ("diff", "yaml", "json"):
            raise UsageError(f"没有「{form}」这种样子", hint="--format 可以写 diff、yaml、json。")
        if model and phrase is None:
            raise UsageError("这里不能请模型", hint="去掉 --model。")
        lesson = learn(
            paths,
            Workspace.find(),
            channel=_channel(channel),
            brand=brand,
            file=file,
            replaced=replace or (),
            phrase=phrase,
            model=model or None,
        )
        _tell(lesson)
        _print_result(lesson, form)
        _finish(lesson, write)

    @app.command("show")
    def show_command(
        name: Annotated[
            str, typer.Argument(metavar="品牌", help="知识库里的品牌编号或名字；不写就看工作区的 brand.yaml。")
        ] = "",
        file: Annotated[Path | None, typer.Option(help="看这个文件。")] = None,
        form: Annotated[str, typer.Option("--format", help="结果的样子：yaml 或 json。")] = "yaml",
    ) -> None:
        """看一个品牌的语气库。"""
        if form not in ("yaml", "json"):
            raise UsageError(f"没有「{form}」这种样子", hint="--format 可以写 yaml、json。")
        if name and file:
            raise UsageError("品牌名和 --file 只能给一个", hint="去掉一个再试。")
        from knowledge_base.console import out

        out().out(_shown(_find_brand(name, file), form), end="", highlight=False)

    return app


def _channel(name: str) -> Channel | None:
    for channel in CHANNELS:
        if name == channel:
            return channel
    if name:
        raise UsageError(f"没有渠道「{name}」", hint=f"可以写 {'、'.join(CHANNELS)}。")
    return None


def _tell(lesson: Lesson) -> None:
    from knowledge_base.brand_learn.report import change_lines, measured
    from knowledge_base.console import err

    reading = lesson.reading
    lines = [f"读了 {len(reading.files)} 个文件，得到 {len(reading.texts)} 篇文案。"]
    lines += [f"没读成：{problem}" for problem in reading.problems]
    lines += measured(lesson.proposal)
    changes = list(change_lines(lesson))
    lines += [f"【{lesson.file.name}】", *(f"  {line}" for line in changes or ["和现在的一样，不用改"])]
    for line in lines:
        err().print(line, markup=False, soft_wrap=True)


def _print_result(lesson: Lesson, form: str) -> None:
    import difflib

    from knowledge_base.console import out

    if form == "yaml" or (form == "diff" and not lesson.current):
        text = lesson.merged.text
    elif form == "json":
        text = json.dumps(_as_json(lesson), ensure_ascii=False, indent=2) + "\n"
    else:
        name = lesson.file.name
        old, new = lesson.current.splitlines(keepends=True), lesson.merged.text.splitlines(keepends=True)
        text = "".join(difflib.unified_diff(old, new, f"{name}（现在）", f"{name}（提议）"))
    out().out(text, end="", highlight=False)


def _finish(lesson: Lesson, write: bool) -> None:
    from knowledge_base.brand_learn.learn import save
    from knowledge_base.console import err
    from knowledge_base.workspace import Workspace

    changed = lesson.merged.text != lesson.current
    if not write:
        if changed:
            err().print("还没有写。看着合适就加上 --write。", markup=False, soft_wrap=True)
        return
    workspace = Workspace.find()
    backup = save(lesson, workspace)
    place = workspace.relative(lesson.file)
    if changed:
        kept = f"，原来的留在 {backup.name}" if backup else ""
        err().print(f"已写入 {place}{kept}。用 wenan kb add {place} 放进知识库后生效。", markup=False, soft_wrap=True)
    else:
        err().print(f"{place} 没有变化。", markup=False, soft_wrap=True)


def _as_json(lesson: Lesson) -> dict[str, object]:
    from dataclasses import asdict

    proposal = asdict(lesson.proposal)
    for phrase in proposal["phrases"]:
        phrase["texts"] = len(phrase["texts"])
    changes = [asdict(change) for change in lesson.merged.changes]
    return {"proposal": proposal, "changes": changes, "problems": list(lesson.reading.problems)}


def _find_brand(name: str, file: Path | None) -> Brand:
    from knowledge_base.brand_learn.learn import read_brand
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    if not name:
        brand = read_brand(workspace, file)
        if brand is None:
            raise BadInputError(
                "工作区里没有 brand.yaml", hint="先运行 wenan brand learn 旧文章文件夹 --brand 品牌名 --write。"
            )
        return brand
    from knowledge_base.base import KnowledgeBase

    with KnowledgeBase.open(workspace) as kb:
        found = kb.resolve("brand", name)
    return cast(Brand, found)


def _shown(brand: Brand, form: str) -> str:
    from knowledge_base.schema import dump_record

    plain = dump_record(brand)
    plain.pop("source", None)
    plain.pop("kind", None)
    if form == "json":
        return json.dumps(plain, ensure_ascii=False, indent=2) + "\n"
    import yaml

    return yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=1000)


app = build_app()
