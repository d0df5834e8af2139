"""The YAML head of a template: who it is, what it is for, which variables it uses, what it asks back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

import yaml

from agent.brief import Form
from knowledge_base.errors import BadInputError
from knowledge_base.records import CHANNELS, Channel

FENCE = "---"
_REQUIRED = ("id", "version", "channel", "form", "variables", "schema")
_OPTIONAL = ("description",)
_HINT = (
    "文件开头写成：--- 换行，id、version、channel、form、variables、schema 各一行，换行 ---。例子见 prompts/README.md。"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    id: str
    """Path under prompts/ without `.j2` and without `@version`, e.g. moments/ad."""
    version: str
    channel: Channel
    form: Form
    variables: tuple[str, ...]
    schema: str
    """Path of the answer's JSON Schema under prompts/, e.g. moments/schema.json."""
    description: str = ""


def split_matter(source: str, file: str) -> tuple[str, str]:
    """YAML head and Jinja body of a file; the body keeps its line numbers. Head is empty when there is none.

    Raises BadInputError when the head never ends.
    """
    lines = source.removeprefix("\ufeff").split("\n")
    if lines[0].rstrip() != FENCE:
        return "", source.removeprefix("\ufeff")
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE), None)
    if end is None:
        raise BadInputError("开头的 --- 没有配对的结尾 ---", file=file, row=1, hint=_HINT)
    # A comment of the same height: Jinja then reports the line numbers that the editor shows.
    return "\n".join(lines[1:end]), "{#" + "\n" * end + "#}\n" + "\n".join(lines[end + 1 :])


def parse_matter(head: str, file: str) -> FrontMatter:
    """Raises BadInputError naming every problem of the head at once."""
    if not head.strip():
        raise BadInputError("缺少开头的模板信息", file=file, row=1, hint=_HINT)
    try:
        data = yaml.safe_load(head)
    except yaml.YAMLError as error:
        raise BadInputError(f"模板信息不是合格的 YAML：{error}", file=file, hint=_HINT) from error
    if not isinstance(data, Mapping):
        raise BadInputError("模板信息要写成“键: 值”", file=file, hint=_HINT)
    problems = _problems(data)
    if problems:
        raise BadInputError("；".join(problems), file=file, hint=_HINT)
    return FrontMatter(
        id=str(data["id"]),
        version=str(data["version"]),
        channel=data["channel"],
        form=data["form"],
        schema=str(data["schema"]),
        variables=tuple(data["variables"]),
        description=str(data.get("description", "")),
    )


def _problems(data: Mapping[Any, Any]) -> list[str]:
    problems = [f"缺少 {name}" for name in _REQUIRED if data.get(name) in (None, "")]
    problems += [f"不认识 {name}" for name in data if name not in (*_REQUIRED, *_OPTIONAL)]
    for name, known in (("channel", CHANNELS), ("form", get_args(Form))):
        if data.get(name) and data[name] not in known:
            problems.append(f"{name} 只能是 {'、'.join(known)}，不能是「{data[name]}」")
    variables = data.get("variables")
    if variables is not None and not (isinstance(variables, list) and all(isinstance(v, str) for v in variables)):
        problems.append("variables 要写成名字的列表，如 [brief, product]")
    return problems
