"""`wenan rules list|show|test|lint`: the law rules in force, one by one, and whether they still do what they say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from knowledge_base.rules.law_model import Rule, RuleBook

app = App(no_args_is_help=True, help="看法规规则、跑规则自带的正反例、检查规则文件。")

FormatOption = Annotated[str, typer.Option("--format", "-f", help="text 或 json。")]


@app.command("list")
def list_rules(
    area: Annotated[str, typer.Option("--area", "-a", help="只看一个领域，例如 absolute、medical。")] = "",
    format: FormatOption = "text",
) -> None:
    """列出生效的规则：编号、名称、法条、各渠道的严重程度。"""
    import json

    book = _book()
    rules = [rule for rule in book.rules if not area or rule.area == area]
    if not rules:
        from knowledge_base.errors import UsageError

        areas = "、".join(dict.fromkeys(rule.area for rule in book.rules))
        raise UsageError(f"没有领域「{area}」", hint=f"可选：{areas}。")
    if _is_json(format):
        typer.echo(json.dumps([_data(rule) for rule in rules], ensure_ascii=False, indent=2))
        return
    for rule in rules:
        changed = f"  （工作区改过：{rule.reason}）" if rule.reason else ""
        typer.echo(f"{rule.id}  {rule.name}  {rule.law}  {_levels(rule)}{changed}")
    _note(f"{len(rules)} 条规则，版本 {book.version}。")


@app.command()
def show(rule: Annotated[str, typer.Argument(help="规则编号。")], format: FormatOption = "text") -> None:
    """看一条规则：法条、来源、严重程度、豁免、例句。"""
    import json

    found = _find(rule)
    if _is_json(format):
        typer.echo(json.dumps(_data(found), ensure_ascii=False, indent=2))
        return
    for line in _described(found):
        typer.echo(line)


@app.command("test")
def run_examples(rules: Annotated[list[str] | None, typer.Argument(help="只测这些规则；不写就全测。")] = None) -> None:
    """跑规则自带的例句：反例必须标出，正例必须放行。不符的逐条列出，退出码 1。"""
    book = _book()
    wanted = [_find(name) for name in rules] if rules else list(book.rules)
    failed = [line for rule in wanted for line in _failures(rule, book)]
    for line in failed:
        typer.echo(line)
    count = sum(len(rule.bad) + len(rule.good) for rule in wanted)
    _note(f"{len(wanted)} 条规则，{count} 个例句，{len(failed)} 个不符。")
    if failed:
        raise typer.Exit(1)


@app.command()
def lint(
    files: Annotated[list[Path] | None, typer.Argument(help="规则文件；不写就查工作区的 rules/ 和自带的。")] = None,
) -> None:
    """检查规则文件写得对不对：字段、来源、豁免、正则、重复编号，以及该写没写的。有错退出码 1。"""
    from knowledge_base.errors import BadInputError
    from knowledge_base.rules.law import lint_rules
    from knowledge_base.workspace import Workspace

    try:
        notes = lint_rules(Workspace.find(), tuple(files or ()))
    except BadInputError as error:
        typer.echo(f"错误：{error}")
        _note(error.hint)
        raise typer.Exit(1) from error
    for note in notes:
        typer.echo(f"提醒：{note}")
    _note(f"没有错误，{len(notes)} 个提醒。")


def _failures(rule: Rule, book: RuleBook) -> Iterator[str]:
    from agent.checks.compliance import examine

    industry = rule.industries[0] if rule.needs_industry and rule.industries else ""
    form = next(iter(rule.severity), "ad")
    for text in rule.bad:
        if not any(f.rule_id == rule.id and not f.exemption for f in examine(text, form, industry=industry, book=book)):
            yield f"{rule.id}：没有标出反例“{text}”"
    for text in rule.good:
        for f in examine(text, form, industry=industry, book=book):
            if f.severity != "info":
                yield f"{rule.id}：误标正例“{text}”（{f.rule_id}：{f.text}）"


def _described(rule: Rule) -> Iterator[str]:
    source = rule.source
    yield f"{rule.id}  {rule.name}"
    yield f"依据：{rule.law}"
    yield f"来源：{source['law']}，{source['issuer']}，{source['date']}；核对于 {rule.as_of}；文件 {rule.origin}"
    yield f"严重程度：{_levels(rule)}" + (f"（工作区改过：{rule.reason}）" if rule.reason else "")
    yield f"性质：{'违法表述' if rule.status == 'violation' else '要有证据'}"
    if rule.industries:
        yield f"只管行业：{'、'.join(rule.industries)}"
    yield f"说明：{rule.explain}"
    if rule.asks:
        yield f"能用的证据：{rule.asks}"
    for exemption in rule.exemptions:
        yield f"豁免：{exemption.name}"
    for text in rule.bad:
        yield f"反例：{text}"
    for text in rule.good:
        yield f"正例：{text}"


def _levels(rule: Rule) -> str:
    from knowledge_base.rules.law_model import FORM_NAMES

    words = {"block": "拦下", "warn": "提醒", "info": "放行"}
    if not rule.severity:
        return "已关闭"
    if len(set(rule.severity.values())) == 1 and len(rule.severity) == len(FORM_NAMES):
        return f"全部{words[next(iter(rule.severity.values()))]}"
    return "，".join(f"{FORM_NAMES[form]}{words[level]}" for form, level in rule.severity.items())


def _data(rule: Rule) -> dict[str, object]:
    from dataclasses import asdict

    data = asdict(rule)
    data["exemptions"] = [exemption.name for exemption in rule.exemptions]
    return {key: value for key, value in data.items() if value not in ("", (), [], {}, None)}


def _book() -> RuleBook:
    from knowledge_base.rules.law import workspace_rules
    from knowledge_base.workspace import Workspace

    return workspace_rules(Workspace.find())


def _find(wanted: str) -> Rule:
    from difflib import get_close_matches

    from knowledge_base.errors import UnknownIdError

    book = _book()
    found = book.rule(wanted)
    if found is None:
        near = get_close_matches(wanted, [rule.id for rule in book.rules], n=3, cutoff=0.4)
        raise UnknownIdError("规则", wanted, tuple(near))
    return found


def _is_json(format: str) -> bool:
    from knowledge_base.errors import UsageError

    if format not in ("text", "json"):
        raise UsageError(f"没有格式「{format}」", hint="可选：text、json。")
    return format == "json"


def _note(text: str) -> None:
    from knowledge_base.console import err

    err().print(text, style="dim", markup=False, soft_wrap=True, emoji=False)
