"""`wenan prompt list|show|render|lint|diff`: templates without a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from agent.brief import Brief
    from agent.context import Context
    from agent.model import Prompt
    from agent.prompting.template import Template
    from knowledge_base.workspace import Workspace

app = App(no_args_is_help=True, help="查看、渲染、检查、比较提示词模板；都不调用模型。")

TemplateArgument = Annotated[
    str, typer.Argument(help="模板：编号、编号@版本、shipped:编号（自带的）、workspace:编号（工作区的）或 .j2 文件。")
]


@app.command("list")
def list_templates(
    format: Annotated[str, typer.Option("--format", "-f", help="text 或 json。")] = "text",
) -> None:
    """列出全部模板：编号、版本、渠道、来处。工作区的排在同名的自带模板前面。"""
    import json

    from agent.prompting.template import library
    from knowledge_base.errors import BadInputError
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    shelf = library(workspace.templates)
    rows = []
    for name in shelf.names():
        try:
            template = shelf.load(name)
        except BadInputError as error:
            rows.append({"id": name, "version": "", "form": "", "from": "", "description": f"读不了：{error.message}"})
            continue
        matter = template.matter
        rows.append(
            {
                "id": matter.id,
                "version": matter.version,
                "form": f"{matter.channel}/{matter.form}",
                "from": _origin(template, workspace),
                "description": matter.description,
            }
        )
    if _is_json(format):
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    _print_table(rows, {"id": "编号", "version": "版本", "form": "渠道", "from": "来处", "description": "说明"})


@app.command()
def show(
    template: TemplateArgument,
    full: Annotated[bool, typer.Option("--full", help="连同包含的片段和 schema 一起打印。")] = False,
) -> None:
    """打印一个模板的源文件，以及它由哪些文件组成。"""
    from agent.prompting.compare import full_text
    from agent.render import find_template
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    found = find_template(template, workspace)
    for title, text in full_text(found) if full else full_text(found)[:1]:
        if full:
            typer.echo(f"── {title} ──")
        typer.echo(text.rstrip("\n"))
    _note(f"{found.matter.id}@{found.matter.version}  {_origin(found, workspace)}  {found.path}")
    _note(f"sha256 {found.sha256}")
    _note("包含：" + "、".join(part.name for part in found.parts[1:]))


@app.command()
def render(
    template: TemplateArgument = "moments/ad",
    product: Annotated[list[str] | None, typer.Option("--product", "-p", help="商品编号或名字；可重复。")] = None,
    persona: Annotated[str, typer.Option("--persona", "-P", help="人设编号或名字。")] = "",
    brand: Annotated[str, typer.Option("--brand", help="品牌编号；只有一个品牌时不用写。")] = "",
    goal: Annotated[str, typer.Option("--goal", "-g", help="这次想达到什么。")] = "",
    angle: Annotated[str, typer.Option("--angle", help="角度：场景、痛点、利益、证据、优惠。")] = "",
    ad_format: Annotated[str, typer.Option("--ad-format", help="广告版位编号。")] = "",
    coupon: Annotated[str, typer.Option("--coupon", help="优惠券编号或名字。")] = "",
    cta: Annotated[str, typer.Option("--cta", help="希望读者做什么。")] = "",
    notes: Annotated[str, typer.Option("--notes", help="别的要求。")] = "",
    message: Annotated[str, typer.Option("--message", "-M", help="顾客说的话（回复类模板）。")] = "",
    today: Annotated[str, typer.Option("--today", help="按哪一天，例如 2026-11-22。")] = "",
    sample: Annotated[bool, typer.Option("--sample", help="不查知识库，用内置的虚构示例。")] = False,
    blocks: Annotated[bool, typer.Option("--blocks", help="只打印资料块。")] = False,
    format: Annotated[str, typer.Option("--format", "-f", help="text 或 json。")] = "text",
) -> None:
    """打印模型会读到的原文、token 数和哈希，不调用模型。"""
    from agent.prompting.compare import prompt_text
    from agent.prompting.sample import RICH, sample_brief
    from agent.render import find_template
    from agent.render import render as make
    from agent.tokens import default_counter
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    found = find_template(template, workspace)
    if sample:
        brief, context = sample_brief(found.form), RICH
    else:
        brief, context = _gathered(
            found, workspace,
            products=tuple(product or ()), persona=persona, brand=brand, goal=goal, angle=angle, format=ad_format,
            coupon=coupon, cta=cta, notes=notes, message=message, today=today,
        )  # fmt: skip
    counter = default_counter()
    prompt = make(template, brief, context, workspace=workspace, count=counter)
    if _is_json(format):
        typer.echo(_as_json(prompt))
    elif blocks:
        for block in prompt.blocks:
            typer.echo(f"── {block.name} {block.id} ──\n{block.text}")
    else:
        typer.echo(prompt_text(prompt).rstrip("\n"))
    for cut in context.cuts:
        _note(f"超出预算没有放进去：{cut.what} {cut.id}（{cut.tokens} token）")
    _note(f"{prompt.template_id}@{prompt.version}  模板 sha256 {prompt.sha256}")
    _note(f"消息 sha256 {_messages_sha256(prompt)}")
    exact = counter.name if counter.exact else f"{counter.name}，估算"
    _note(f"{prompt.tokens} token（{exact}），{len(prompt.blocks)} 个资料块")


@app.command()
def lint(
    templates: Annotated[list[str] | None, typer.Argument(help="只查这些模板；不写就全查。")] = None,
) -> None:
    """检查模板：变量、资料块、schema、模板信息，并用示例渲染一遍。有错退出码 1。"""
    from agent.prompting.lint import lint as check
    from agent.prompting.lint import lint_template
    from agent.prompting.template import library
    from agent.render import find_template
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    if templates:
        problems = tuple(p for wanted in templates for p in lint_template(find_template(wanted, workspace)))
    else:
        problems = check(library(workspace.templates))
    for problem in problems:
        row = f":{problem.row}" if problem.row else ""
        typer.echo(f"{problem.file}{row}: {'错误' if problem.severity == 'error' else '提醒'}：{problem.message}")
    errors = sum(problem.severity == "error" for problem in problems)
    _note(f"{errors} 个错误，{len(problems) - errors} 个提醒。")
    if errors:
        raise typer.Exit(1)


@app.command()
def diff(
    old: TemplateArgument,
    new: Annotated[str, typer.Argument(help="另一个模板；不写就比较工作区的和自带的同名模板。")] = "",
    rendered: Annotated[bool, typer.Option("--rendered", help="只看渲染结果的差别。")] = False,
) -> None:
    """比较两个模板：源文件（连同片段）和它们对同一个示例的渲染结果。有差别退出码 1。"""
    from agent.prompting.compare import prompt_diff, source_diff
    from agent.prompting.sample import RICH, sample_brief
    from agent.render import find_template
    from agent.render import render as make
    from agent.tokens import default_counter
    from knowledge_base.errors import UsageError
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    if not new:
        old, new = f"shipped:{old}", f"workspace:{old}"
    before, after = find_template(old, workspace), find_template(new, workspace)
    if before.form != after.form:
        message = f"{old} 写 {before.form}，{new} 写 {after.form}，渲染结果没有可比性"
        raise UsageError(message, hint="挑同一种形式的两个模板；wenan prompt list 看渠道。")
    lines = [] if rendered else list(source_diff(before, after, old, new))
    brief, counter = sample_brief(before.form), default_counter()
    was = make(old, brief, RICH, workspace=workspace, count=counter)
    now = make(new, brief, RICH, workspace=workspace, count=counter)
    lines += prompt_diff(was, now, old, new)
    _note(f"渲染示例：{was.tokens} → {now.tokens} token")
    for line in lines:
        typer.echo(line)
    if lines:
        raise typer.Exit(1)
    _note("没有差别。")


def _gathered(found: Template, workspace: Workspace, **wish: object) -> tuple[Brief, Context]:
    """The brief and context that writing would start from, so that what is shown is what would be sent."""
    from agent.fit import fit
    from agent.gather import gather
    from agent.options import Wish, resolve
    from agent.tokens import default_counter
    from agent.write import CONTEXT_BUDGET
    from knowledge_base.base import KnowledgeBase

    kb = KnowledgeBase.open(workspace)
    try:
        wanted = Wish(form=found.form, seed=0, **wish)  # type: ignore[arg-type]
        resolved = resolve(wanted, found.matter.channel, kb)
        for note in resolved.notes:
            _note(note)
        return resolved.brief, fit(gather(resolved.brief, kb), CONTEXT_BUDGET, default_counter())
    finally:
        kb.close()


def _origin(template: Template, workspace: Workspace) -> str:
    own, shipped = workspace.templates[0], workspace.templates[-1]
    if template.path.is_relative_to(own):
        return "工作区"
    return "自带" if template.path.is_relative_to(shipped) else "文件"


def _as_json(prompt: Prompt) -> str:
    import json
    from dataclasses import asdict

    return json.dumps(
        {
            "template": f"{prompt.template_id}@{prompt.version}",
            "template_sha256": prompt.sha256,
            "prompt_sha256": _messages_sha256(prompt),
            "tokens": prompt.tokens,
            "messages": [asdict(message) for message in prompt.messages],
            "blocks": [asdict(block) for block in prompt.blocks],
            "schema": prompt.schema,
        },
        ensure_ascii=False,
        indent=2,
    )


def _messages_sha256(prompt: Prompt) -> str:
    from agent.model import prompt_sha256

    return prompt_sha256(prompt.messages)


def _is_json(format: str) -> bool:
    from knowledge_base.errors import UsageError

    if format not in ("text", "json"):
        raise UsageError(f"没有格式「{format}」", hint="可选：text、json。")
    return format == "json"


def _print_table(rows: list[dict[str, str]], titles: dict[str, str]) -> None:
    from rich.cells import cell_len

    lines = [titles, *rows]
    widths = {name: max(cell_len(line[name]) for line in lines) for name in titles}
    for line in lines:
        cells = [line[name] + " " * (widths[name] - cell_len(line[name])) for name in titles]
        typer.echo("  ".join(cells).rstrip())


def _note(text: str) -> None:
    from knowledge_base.console import err

    err().print(text, style="dim", markup=False, soft_wrap=True, emoji=False)
