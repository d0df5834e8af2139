"""Typer with Chinese help and usage errors, so that no English framework text reaches a copywriter."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from knowledge_base.errors import UsageError

if TYPE_CHECKING:
    from typer._click import Context
    from typer._click.core import Parameter
    from typer._click.formatting import HelpFormatter

FRAMEWORK_HELP = {
    "Show this message and exit.": "显示帮助后退出。",
    "Install completion for the current shell.": "为当前命令行安装自动补全。",
    "Show completion for the current shell, to copy it or customize the installation.": "打印自动补全脚本。",
}
METAVARS = {"COMMAND [ARGS]...": "命令 [参数]...", "[OPTIONS]": "[选项]"}


class _Chinese:
    """What commands and groups share. Mixed in before the Typer class."""

    def get_usage(self, ctx: Context) -> str:
        usage: str = super().get_usage(ctx)  # type: ignore[misc]
        for english, chinese in METAVARS.items():
            usage = usage.replace(english, chinese)
        return usage.replace("Usage: ", "用法：", 1)

    def get_params(self, ctx: Context) -> list[Parameter]:
        params: list[Parameter] = super().get_params(ctx)  # type: ignore[misc]
        for param in params:
            text = getattr(param, "help", None)
            if text in FRAMEWORK_HELP:
                param.help = FRAMEWORK_HELP[text]  # type: ignore[attr-defined]
        return params

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        from knowledge_base.help_page import print_help_page

        commands: list[tuple[str, str, str]] = []
        if isinstance(self, TyperGroup):
            for name in self.list_commands(ctx):
                command = self.get_command(ctx, name)
                if command is not None and not command.hidden:
                    panel = getattr(command, "rich_help_panel", None) or "命令"
                    commands.append((panel, name, command.get_short_help_str(limit=200)))
        text: str = getattr(self, "help", None) or ""
        print_help_page(self.get_usage(ctx), text, self.get_params(ctx), commands, ctx)


class ChineseCommand(_Chinese, TyperCommand):
    """One command with Chinese help."""


class ChineseGroup(_Chinese, TyperGroup):
    """A group of commands with Chinese help."""


class App(typer.Typer):
    """`typer.Typer` whose groups and commands speak Chinese; every room's commands.py builds one."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("cls", ChineseGroup)
        options.setdefault("rich_markup_mode", "rich")
        options.setdefault("pretty_exceptions_enable", False)
        options.setdefault("add_completion", False)
        super().__init__(**options)

    def command(self, name: str | None = None, **options: Any) -> Callable[[Any], Any]:
        options.setdefault("cls", ChineseCommand)
        return super().command(name, **options)


def explain_usage(error: typer.TyperException) -> UsageError:
    """Typer's own complaint about a command line, in Chinese, with the help command as the next step."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "wenan"
    return UsageError(_usage_message(error), hint=f"用 {path} --help 看全部选项。")


def _usage_message(error: typer.TyperException) -> str:
    param = getattr(error, "param", None)
    names = " / ".join(getattr(param, "opts", ()) or ()) or getattr(param, "name", "") or ""
    match type(error).__name__:
        case "MissingParameter":
            kind = "参数" if getattr(param, "param_type_name", "") == "argument" else "选项"
            return f"缺少{kind} {names}"
        case "NoSuchOption":
            near = getattr(error, "possibilities", None) or ()
            tail = f"；是不是 {'、'.join(near)}？" if near else ""
            return f"没有选项 {getattr(error, 'option_name', '')}{tail}"
        case "BadParameter":
            return f"选项 {names} 的值不对：{error.message}" if names else error.message
        case "BadOptionUsage":
            return f"选项 {getattr(error, 'option_name', '')} 用法不对：{error.message}"
    return _translated(error.message)


def _translated(message: str) -> str:
    for english, chinese in (
        ("No such command ", "没有命令 "),
        ("Missing command", "缺少命令"),
        ("Did you mean ", "是不是 "),
        ("Got unexpected extra argument", "多出了参数"),
    ):
        message = message.replace(english, chinese)
    return message
