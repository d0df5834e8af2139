"""`wenan models list|check`: which models there are, and what an endpoint really supports."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from agent.models.probe import Report
    from agent.models.profiles import Profile
    from knowledge_base.workspace import Workspace

app = App(no_args_is_help=True, help="列出和检测可用的模型。")


_PRICE_NOTE = "价格以平台官网为准；在 wenan.toml 的 [models.名字] 里写 input_price、output_price 就能改。"


class Format(StrEnum):
    text = "text"
    json = "json"


FormatOption = Annotated[Format, typer.Option("--format", "-f", help="text 给人看，json 给程序用。")]


@app.command("list")
def list_models(form: FormatOption = Format.text) -> None:
    """列出 wenan.toml 里的档案和全部预设：模型、地址、读哪个密钥、价格。密钥只显示有没有。"""
    from agent.models.profiles import key_state, list_profiles, resolve_profile
    from knowledge_base.console import err, out
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    profiles, current = list_profiles(workspace), resolve_profile(workspace)
    # A profile made from the environment stands in no list; its platform does.
    chosen = current.name if any(profile.name == current.name for profile in profiles) else current.preset
    if form is Format.json:
        items = [_as_json(profile, key_state(profile), profile.name == chosen) for profile in profiles]
        _show_json({"default": current.full_name, "why": current.why, "models": items})
        return
    entries = [(profile.name == chosen, profile, key_state(profile)) for profile in profiles]
    if out().is_terminal:
        for marked, profile, key in entries:
            _show_entry(marked, profile, key)
    else:
        typer.echo("\t".join(("名字", "平台", "模型", "密钥", "价格 元/百万（入/出）", "截至", "备注")))
        for marked, profile, key in entries:
            name = ("→ " if marked else "") + profile.name
            cells = (name, profile.label, _model(profile), key, _prices(profile), profile.as_of, profile.note)
            typer.echo("\t".join(cells))
    err().print(f"现在用：{current.full_name}（{current.why}）", markup=False, soft_wrap=True)
    err().print(_PRICE_NOTE, markup=False, soft_wrap=True)


@app.command("check")
def check_model(
    name: Annotated[
        str | None, typer.Argument(metavar="[名字]", help="档案、预设或「预设:模型名」；不写就查默认的。")
    ] = None,
    form: FormatOption = Format.text,
) -> None:
    """花几次最便宜的调用，看这个端点真正支持什么：对话、流式、用量、JSON、种子，以及多快。"""
    from agent.models.profiles import resolve_profile
    from knowledge_base.console import err
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    profile = resolve_profile(workspace, name)
    if profile.preset in ("offline", "replay"):
        err().print(
            f"{profile.label}不联网，没有要检测的。换一个：wenan models check deepseek", markup=False, soft_wrap=True
        )
        return
    err().print(f"检测 {profile.full_name}（{profile.base_url or '本机'}）…", markup=False, soft_wrap=True)
    report = asyncio.run(_probe(workspace, profile))
    if form is Format.json:
        findings = [
            {"what": item.what, "verdict": item.verdict, "detail": item.detail, "seconds": round(item.seconds, 3)}
            for item in report.findings
        ]
        _show_json({"model": report.model, "findings": findings, "advice": report.advice})
        return
    rows = [(item.what, item.verdict, f"{item.seconds:.2f} 秒", item.detail) for item in report.findings]
    _show(("项目", "结论", "用时", "说明"), rows)
    err().print(f"端点说自己是：{report.model}。{report.advice}。", markup=False, soft_wrap=True)


async def _probe(workspace: Workspace, profile: Profile) -> Report:
    from agent.models import open_profile
    from agent.models.local import LocalModel
    from agent.models.openai_chat import OpenAIChat
    from agent.models.probe import probe

    model = open_profile(workspace, profile)
    try:
        chat = await model.open_chat() if isinstance(model, LocalModel) else model
        assert isinstance(chat, OpenAIChat)
        return await probe(chat)
    finally:
        await model.aclose()


def _show(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on a terminal; tab-separated lines in a pipe, where a table would be cut to 80 columns."""
    from rich.table import Table

    from knowledge_base.console import out

    if not out().is_terminal:
        for row in (headers, *rows):
            typer.echo("\t".join(row))
        return
    table = Table(*headers, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(cell.replace("[", r"\[") for cell in row))
    out().print(table)


def _show_entry(chosen: bool, profile: Profile, key: str) -> None:
    """Two lines for a profile: a table of all this would not fit 80 columns."""
    from knowledge_base.console import out

    price = _prices(profile)
    if profile.input_price:
        price = f"{price} 元/百万 token（入 / 出）" + (f"，{profile.as_of}" if profile.as_of else "")
    else:
        price = f"价格{price}" if price == "未知" else price
    facts = [f"密钥{key}" if key == "不需要" else key, price, profile.note]
    head = "  ".join(part for part in (profile.name, profile.label, _model(profile)) if part)
    out().print(("→ " if chosen else "  ") + head, markup=False, style="bold" if chosen else "")
    out().print("    " + " · ".join(fact for fact in facts if fact), markup=False, style="dim")


def _model(profile: Profile) -> str:
    return profile.model or ("" if profile.preset == "offline" else "（要指定模型）")


def _show_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _prices(profile: Profile) -> str:
    if profile.preset in ("offline", "replay") or (profile.input_price == 0 and profile.output_price == 0):
        return "免费"
    if profile.input_price is None or profile.output_price is None:
        return "未知"
    return f"{_plain(profile.input_price)} / {_plain(profile.output_price)}"


def _plain(price: Decimal) -> str:
    return f"{price.normalize():f}"


def _as_json(profile: Profile, key: str, default: bool) -> dict[str, Any]:
    return {
        "name": profile.name,
        "preset": profile.preset,
        "label": profile.label,
        "model": profile.model,
        "base_url": profile.base_url,
        "key_env": profile.api_key_env,
        "key": key,
        "context_window": profile.context_window,
        "input_price": None if profile.input_price is None else str(profile.input_price),
        "output_price": None if profile.output_price is None else str(profile.output_price),
        "as_of": profile.as_of,
        "note": profile.note,
        "default": default,
    }
