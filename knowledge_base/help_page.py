"""One help page, drawn so that long Chinese lines fold under their column instead of being cut."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from typer._click import Context
    from typer._click.core import Parameter

VALUE_NAMES: dict[Any, str] = {int: "数", float: "数", Path: "文件"}
NAME_COLUMN_MAX = 30
WIDTH_MAX = 100


def print_help_page(
    usage: str, text: str, params: list[Parameter], commands: list[tuple[str, str, str]], ctx: Any
) -> None:
    """Prints to stdout. `commands` are (panel, name, help)."""
    console = Console(highlight=False)
    console.width = min(console.width, WIDTH_MAX)
    console.print(Text(usage, style="bold"))
    if text:
        console.print()
        console.print(Text.from_markup(text))
    visible = [param for param in params if not getattr(param, "hidden", False)]
    for heading, kind in (("参数", "argument"), ("选项", "option")):
        rows = [(_names(p), _explained(p, ctx)) for p in visible if p.param_type_name == kind]
        _print_rows(console, heading, rows)
    for panel in dict.fromkeys(panel for panel, _, _ in commands):
        _print_rows(console, panel, [(Text(name), Text(help)) for p, name, help in commands if p == panel])


def _print_rows(console: Console, heading: str, rows: list[tuple[Text, Text]]) -> None:
    if not rows:
        return
    table = Table.grid(padding=(0, 2), expand=False)
    width = min(max(name.cell_len for name, _ in rows), NAME_COLUMN_MAX)
    table.add_column(style="cyan", width=width, overflow="fold")
    table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print()
    console.print(Text(heading, style="bold"))
    console.print(Padding(table, (0, 0, 0, 2), expand=False))


def _names(param: Any) -> Text:
    if param.param_type_name == "argument":
        return Text(param.metavar or str(param.name).upper())
    names = ", ".join(sorted(param.opts, key=len) + list(param.secondary_opts))
    if getattr(param, "is_flag", False):
        return Text(names)
    return Text(f"{names} {VALUE_NAMES.get(_annotation(param), '文字')}")


def _annotation(param: Any) -> Any:
    """The option's type, without the `| None` of options that may be left out."""
    annotation = param.type_descriptor.annotation
    return next((arg for arg in get_args(annotation) if arg is not type(None)), annotation)


def _explained(param: Parameter, ctx: Context) -> Text:
    text = Text(getattr(param, "help", None) or "")
    if param.required:
        text.append(" 必填", style="red")
    default = param.get_default(ctx, call=False)
    if default and not isinstance(default, bool) and not callable(default):
        text.append(f" 默认 {default}", style="dim")
    if env := getattr(param, "envvar", None):
        text.append(f" 环境变量 {env}", style="dim")
    return text
