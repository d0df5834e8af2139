"""`wenan pii scan`: personal data in files, by kind and place, never by value."""

from __future__ import annotations

import json
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from knowledge_base.pii import PiiKind
    from knowledge_base.pii_scan import Place

app = App(no_args_is_help=True, help="查文件里的个人信息：只报种类和位置，不显示内容。")


class ScanFormat(StrEnum):
    text = "text"
    json = "json"


@app.callback()
def pii() -> None:
    """查文件里的个人信息：只报种类和位置，不显示内容。"""


@app.command("scan")
def scan_files(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="文件...", help="文字、csv、xlsx、docx、pdf、pptx、html；文件夹会整个查一遍。"),
    ],
    form: Annotated[
        ScanFormat, typer.Option("--format", "-f", help="text 每处一行；json 给程序读。")
    ] = ScanFormat.text,
) -> None:
    """手机号、身份证、银行卡、地址等出现在哪里，各有几处。找到时以 1 退出，没有时以 0 退出。"""
    from knowledge_base.console import err
    from knowledge_base.pii_scan import scan

    places: list[Place] = []
    for path in _files(files):
        places += scan(path, str(path))
    counts = Counter(place.kind for place in places)
    if form is ScanFormat.json:
        found = [{"file": one.file, "where": one.where, "kind": one.kind} for one in places]
        typer.echo(json.dumps({"counts": dict(counts), "places": found}, ensure_ascii=False, indent=2))
    else:
        for line in _lines(places):
            typer.echo(line)
    err().print(_summary(counts), markup=False, soft_wrap=True)
    if places:
        raise typer.Exit(1)


def _files(paths: list[Path]) -> list[Path]:
    """Folders are walked in name order; hidden and lock files in them are passed over."""
    found: dict[Path, None] = {}
    for path in paths:
        inside = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        for one in inside:
            parts = one.relative_to(path).parts if path.is_dir() else ()
            if not any(part.startswith((".", "~$")) for part in parts):
                found[one] = None
    return list(found)


def _lines(places: list[Place]) -> list[str]:
    from knowledge_base.pii import KIND_NAMES

    same = Counter(places)
    return [
        f"{one.file}:{one.where}\t{KIND_NAMES[one.kind]}" + (f"\t{count} 处" if count > 1 else "")
        for one, count in same.items()
    ]


def _summary(counts: Counter[PiiKind]) -> str:
    from knowledge_base.pii import KIND_NAMES

    if not counts:
        return "没有发现个人信息"
    return "发现 " + "、".join(f"{KIND_NAMES[kind]} {count} 处" for kind, count in counts.most_common())
