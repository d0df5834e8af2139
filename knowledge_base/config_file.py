"""YAML files that people write for us, checked against a pydantic model; every mistake names its line and field."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from knowledge_base.errors import BadInputError
from knowledge_base.ingest.encoding import read_text

if TYPE_CHECKING:
    import yaml
    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

M = TypeVar("M", bound="BaseModel")
Place = tuple[str | int, ...]

MOST_SHOWN = 5
"""Mistakes listed at once; more would scroll the first away."""
_REASONS = {
    "missing": "必填，但没有写",
    "extra_forbidden": "没有这个字段",
    "string_type": "应当是文字",
    "int_type": "应当是整数",
    "int_parsing": "应当是整数",
    "int_from_float": "应当是整数",
    "float_type": "应当是数",
    "float_parsing": "应当是数",
    "decimal_parsing": "应当是数",
    "decimal_type": "应当是数",
    "bool_type": "应当是 true 或 false",
    "bool_parsing": "应当是 true 或 false",
    "date_type": "应当是日期，写成 2026-11-25",
    "date_parsing": "应当是日期，写成 2026-11-25",
    "date_from_datetime_parsing": "应当是日期，写成 2026-11-25",
    "list_type": "应当是列表",
    "tuple_type": "应当是列表",
    "dict_type": "应当是一组“字段: 值”",
    "model_type": "应当是一组“字段: 值”",
    "model_attributes_type": "应当是一组“字段: 值”",
    "literal_error": "只能是 {expected}",
    "greater_than": "要大于 {gt:g}",
    "greater_than_equal": "不能小于 {ge:g}",
    "less_than": "要小于 {lt:g}",
    "less_than_equal": "不能大于 {le:g}",
    "string_too_short": "不能为空",
    "too_short": "至少要有 {min_length} 项",
    "too_long": "最多 {max_length} 项",
}


def read_config(path: Path, model: type[M], *, what: str) -> M:
    """The file as a `model`. `what` names the kind of file for people, e.g. 活动计划.

    Raises BadInputError for a file that is unreadable, no YAML, or not what the model takes, naming line and field.
    """
    import yaml
    from pydantic import ValidationError

    shown = str(path)
    if not path.is_file():
        raise BadInputError(f"没有这个{what}文件", file=shown, hint="核对路径。")
    text = read_text(path, shown)
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
        data = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise BadInputError(
            f"不是合格的 YAML：{error.problem or error}",
            file=shown,
            row=mark.line + 1 if mark else None,
            hint="检查这一行的缩进、冒号后的空格和引号。",
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadInputError(f"不是合格的 YAML：{error}", file=shown, hint="检查有没有看不见的字符。") from error
    if not isinstance(data, Mapping):
        raise BadInputError(f"{what}应当是“字段: 值”的形式", file=shown, row=1, hint="照文档里的例子写。")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _explained(error, node, model, shown) from error


def _explained(error: ValidationError, node: yaml.Node | None, model: type[BaseModel], file: str) -> BadInputError:
    # A misspelt field makes another one missing: the misspelling is the news.
    found = sorted(error.errors(include_url=False), key=lambda one: one["type"] == "missing")
    places = [_place(one) for one in found]
    lines = [line_of(node, place) for place in places]
    first, *rest = (
        f"{'.'.join(map(str, place)) or '整个文件'}{'' if i == 0 else f'（第 {lines[i]} 行）'}：{_reason(one)}"
        for i, (place, one) in enumerate(zip(places, found, strict=True))
    )
    more = f"；另有 {len(found) - MOST_SHOWN} 处" if len(found) > MOST_SHOWN else ""
    message = "；".join([first.partition("：")[2], *rest[: MOST_SHOWN - 1]]) + more
    unknown = any(one["type"] == "extra_forbidden" and len(one["loc"]) == 1 for one in found)
    hint = f"可用的字段：{'、'.join(model.model_fields)}。" if unknown else "照文档里的例子改好再试。"
    return BadInputError(message, file=file, row=lines[0], field=".".join(map(str, places[0])), hint=hint)


def line_of(node: yaml.Node | None, place: Place) -> int:
    """1-based line of the value at `place`, or of the nearest thing around it that exists."""
    import yaml

    line = 1
    for step in place:
        if isinstance(node, yaml.MappingNode):
            pairs = {key.value: (key, value) for key, value in node.value}
            if str(step) not in pairs:
                break
            key, node = pairs[str(step)]
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line


def _place(one: ErrorDetails) -> Place:
    """Where it is, without the names that pydantic gives to the branches of a union."""
    return tuple(part for part in one["loc"] if isinstance(part, int) or not part.endswith("]"))


def _reason(one: ErrorDetails) -> str:
    context: dict[str, Any] = dict(one.get("ctx") or {})
    template = _REASONS.get(one["type"])
    reason = template.format(**context) if template else one["msg"].removeprefix("Value error, ")
    return reason.replace("', '", "'、'").replace("' or '", "'、'")
