"""Suite files as plain data that remembers its lines, so that every complaint names file, line and field."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, overload

from knowledge_base.errors import BadInputError

Place = tuple[int | str, ...]
"""Keys and list indexes from the top down to a value."""
MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 40
"""Levels of nesting; libyaml's composer overflows the stack at some tens of thousands."""
MAX_VALUES = 2_000_000
"""Values a file may unfold to once its aliases are followed."""

_REASONS = {
    "missing": "必填，但没有写",
    "extra_forbidden": "没有这个字段",
    "string_type": "应当是文字",
    "string_too_short": "不能为空",
    "string_too_long": "太长",
    "string_pattern_mismatch": "不能含斜杠、换行等字符",
    "int_type": "应当是整数",
    "int_parsing": "应当是整数",
    "int_from_float": "应当是整数",
    "float_type": "应当是数",
    "float_parsing": "应当是数",
    "bool_type": "应当是 true 或 false",
    "bool_parsing": "应当是 true 或 false",
    "date_type": "应当是日期，写成 2026-11-22",
    "date_parsing": "应当是日期，写成 2026-11-22",
    "date_from_datetime_parsing": "应当是日期，写成 2026-11-22",
    "date_from_datetime_inexact": "应当只有日期，不带时刻",
    "tuple_type": "应当是列表",
    "dict_type": "应当是“字段: 值”",
    "model_type": "应当是“字段: 值”",
    "model_attributes_type": "应当是“字段: 值”",
    "too_short": "至少要有一条",
    "literal_error": "只能是 {expected}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "less_than": "要小于 {lt}",
}


class JsonLines(Sequence[Any]):
    """JSON values that are read each time they are asked for: as text they need a tenth of the memory."""

    def __init__(self, lines: Sequence[bytes]) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> JsonLines: ...
    def __getitem__(self, index: int | slice) -> Any:
        return JsonLines(self._lines[index]) if isinstance(index, slice) else json.loads(self._lines[index].decode())


@dataclass(frozen=True, slots=True)
class Document:
    data: Any
    file: str
    """As messages show it."""
    text: bytes
    """What was read, for the hash."""
    lines: Mapping[Place, int] = field(default_factory=dict)

    @property
    def cases(self) -> Sequence[Any]:
        """As written, read one by one where the file keeps them so; empty where there is no list of them."""
        cases = self.data.get("cases")
        return cases if isinstance(cases, list | JsonLines) else ()

    def whole(self) -> Document:
        """The same with plain lists throughout."""
        cases = self.data.get("cases")
        return replace(self, data={**self.data, "cases": list(cases)}) if isinstance(cases, JsonLines) else self

    def line(self, place: Sequence[int | str]) -> int | None:
        """Line of the value at `place`, or of the nearest thing around it."""
        for end in range(len(place), -1, -1):
            if (found := self.lines.get(tuple(place[:end]))) is not None:
                return found
        return None

    def error(self, message: str, place: Sequence[int | str] = (), hint: str = "") -> BadInputError:
        return BadInputError(
            message, file=self.file, row=self.line(place), field=self.shown(place), hint=hint or "改好这一处再试。"
        )

    def shown(self, place: Sequence[int | str]) -> str:
        """A field as people say it: the case by its id, then the names."""
        parts = list(place)
        head = ""
        if len(parts) >= 2 and parts[0] == "cases" and isinstance(parts[1], int):
            head = f"用例 {self._case_id(parts[1])}"
            parts = parts[2:]
        tail = ""
        for part in parts:
            tail += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if tail else str(part)
        return " ".join(one for one in (head, tail) if one)

    def _case_id(self, index: int) -> str:
        try:
            return str(self.data["cases"][index]["id"])
        except (KeyError, IndexError, TypeError):
            return f"第 {index + 1} 条"

    def explain(
        self, problems: Sequence[tuple[Place, str, Any]], names: Callable[[Place], tuple[str, ...]]
    ) -> BadInputError:
        """One error for pydantic's problems: the first with its place, the others counted and listed."""
        told: dict[tuple[str, int | None], str] = {}
        first: BadInputError | None = None
        for place, kind, problem in problems:
            real = self._real(place)
            if kind == "too_short" and self._at(real):
                continue  # pydantic does not count items that are wrong themselves
            reason = _reason(kind, problem)
            key = (self.shown(real), self.line(real))
            if key in told:
                continue
            told[key] = reason
            if first is None:
                first = self.error(reason, real, _near(kind, place, names))
        assert first is not None
        others = [f"第 {line} 行 {shown}：{reason}" for (shown, line), reason in list(told.items())[1:6]]
        if others:
            first.args = (first.message + f"；另有 {len(told) - 1} 处：" + "；".join(others),)
            first.message = first.args[0]
        return first

    def _at(self, place: Place) -> Any:
        value: Any = self.data
        for part in place:
            value = value[part]
        return value

    def _real(self, place: Place) -> Place:
        """Pydantic's place without the names of union branches, which stand in no file."""
        value: Any = self.data
        kept: list[int | str] = []
        for i, part in enumerate(place):
            if isinstance(value, dict):
                if part not in value and i < len(place) - 1:
                    continue
                kept.append(part)
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                kept.append(part)
                value = value[part]
        return tuple(kept)


def _reason(kind: str, problem: Any) -> str:
    context = dict(problem.get("ctx") or {})
    if kind == "value_error":
        return str(context.get("error", problem["msg"]))
    expected = str(context.get("expected", "")).replace("'", "").replace(" or ", "、").replace(", ", "、")
    return str(_REASONS.get(kind, problem["msg"])).format_map({**context, "expected": expected})


def _near(kind: str, place: Place, names: Callable[[Place], tuple[str, ...]]) -> str:
    if kind != "extra_forbidden":
        return ""
    allowed = names(place)
    near = get_close_matches(str(place[-1]), allowed, n=2, cutoff=0.5)
    return f"是不是想写：{'、'.join(near)}？" if near else f"可以写：{'、'.join(allowed)}。"


def read_suite_file(path: Path, shown: str = "") -> Document:
    """The file's data and lines; `.jsonl` by line, anything else as YAML (of which JSON is a part).

    Raises BadInputError.
    """
    shown = shown or path.as_posix()
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadInputError(f"打不开：{error.strerror or error}", file=shown, hint="检查路径和权限。") from error
    if len(raw) > MAX_BYTES:
        raise BadInputError(f"超过 {MAX_BYTES // 2**20} MB", file=shown, hint="分成几个文件。")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInputError("不是 UTF-8 编码", file=shown, hint="用 UTF-8 另存后重试。") from error
    if path.suffix.lower() == ".jsonl":
        del text
        return _jsonl(shown, raw)
    data, lines = read_yaml(text, shown)
    return Document(data, shown, raw, lines)


def _jsonl(shown: str, raw: bytes) -> Document:
    head: dict[str, Any] | None = None
    cases: list[bytes] = []
    lines: dict[Place, int] = {(): 1}
    for number, line in enumerate(raw.removeprefix(codecs.BOM_UTF8).splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line.decode())
        except json.JSONDecodeError as error:
            raise BadInputError(
                f"不是合格的 JSON：{error.msg}", file=shown, row=number, hint="每行写一个 JSON 对象。"
            ) from error
        if not isinstance(value, dict):
            raise BadInputError("应当是一个 JSON 对象", file=shown, row=number, hint="每行写一个 {…}。")
        if head is None:
            head = value
            if "cases" in value:
                raise BadInputError("JSONL 的用例各占一行，不写 cases", file=shown, row=number, field="cases")
            continue
        lines[("cases", len(cases))] = number
        cases.append(line)
    return Document({**(head or {}), "cases": JsonLines(cases)}, shown, raw, lines)


def read_yaml(text: str, shown: str) -> tuple[Any, dict[Place, int]]:
    """One YAML document as plain data, and the line of every value. Raises BadInputError."""
    import yaml

    try:
        _refuse_depth(text, shown)
        loader = yaml.CSafeLoader(text)
        try:
            node = loader.get_single_node()
            walker = _Walker(loader, shown)
            return (None if node is None else walker.walk(node, ()), walker.lines)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise BadInputError(
            f"不是合格的 YAML：{error.problem or error}",
            file=shown,
            row=mark.line + 1 if mark else None,
            hint="检查这一行的缩进、冒号后的空格和引号。",
        ) from error
    except (yaml.YAMLError, ValueError) as error:
        raise BadInputError(f"不是合格的 YAML：{error}", file=shown, hint="检查有没有看不见的字符。") from error


def _refuse_depth(text: str, shown: str) -> None:
    import yaml

    depth = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                row = event.start_mark.line + 1 if event.start_mark else None
                raise BadInputError("嵌套太深", file=shown, row=row)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _Walker:
    """Turns composed nodes into data, counting values so that aliases cannot unfold to more than memory holds."""

    def __init__(self, loader: Any, shown: str) -> None:
        self._loader, self._shown = loader, shown
        self.lines: dict[Place, int] = {}
        self._left = MAX_VALUES

    def walk(self, node: Any, place: Place) -> Any:
        import yaml

        line = node.start_mark.line + 1
        self.lines[place] = line
        self._left -= 1
        if self._left < 0 or len(place) > MAX_DEPTH:
            raise BadInputError("展开后内容太多", file=self._shown, row=line, hint="少用 & 和 * 引用。")
        if isinstance(node, yaml.ScalarNode):
            return self._loader.construct_object(node)
        if node.tag not in ("tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"):
            raise BadInputError(f"不认识的标记 {node.tag}", file=self._shown, row=line, hint="去掉 ! 开头的标记。")
        if isinstance(node, yaml.SequenceNode):
            return [self.walk(item, (*place, i)) for i, item in enumerate(node.value)]
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else ""
            if not key or key in found:
                why = f"「{key}」写了两次" if key else "字段名应当是文字"
                raise BadInputError(why, file=self._shown, row=key_node.start_mark.line + 1, hint="改好这一行再试。")
            found[key] = self.walk(value_node, (*place, key))
        return found
