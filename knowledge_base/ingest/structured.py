"""JSON, JSONL and YAML -> tables. Values arrive as they were written: 0012 stays 0012, 69.90 stays 69.90."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from knowledge_base.errors import BadInputError
from knowledge_base.ingest.encoding import detect, read_text
from knowledge_base.ingest.kinds import named_kind
from knowledge_base.ingest.rows import BadRow, Row, Table
from knowledge_base.ingest.synonyms import header_key, known_headers

WRAPPERS = ("data", "items", "list", "rows", "records", "result", "results")
"""Keys under which exports and APIs like to put the list that matters."""
MAX_DEPTH = 60
"""Levels of nesting; libyaml's composer overflows the stack, and kills the process, at some tens of thousands."""
MAX_NODES = 5_000_000
"""Values a YAML file may unfold to once its aliases are followed."""


def read_json(path: Path, shown: str) -> Iterator[Table]:
    """Raises BadInputError with the line of the mistake."""
    yield from _tables(_loaded(read_text(path, shown), shown), shown)


def read_jsonl(path: Path, shown: str) -> Iterator[Table]:
    """One table, streamed."""
    yield Table("", _lines(path, shown))


def read_yaml(path: Path, shown: str) -> Iterator[Table]:
    """The tables of all documents of the file. Raises BadInputError with the line of the mistake."""
    for data in plain_yaml(read_text(path, shown), shown):
        yield from _tables(data, shown)


def plain_yaml(text: str, shown: str) -> Iterator[Any]:
    """The documents of a YAML text: only plain data, no tags and no objects, and every scalar but null is text.

    Raises BadInputError, also for nesting and aliases that would cost the machine its memory.
    """
    import yaml

    try:
        _refuse_depth(text, shown)
        loader = _plain_loader()(text)
        try:
            while loader.check_node():
                node = loader.get_node()
                _refuse_bomb(node, shown)
                yield loader.construct_document(node)
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


def _lines(path: Path, shown: str) -> Iterator[Row | BadRow]:
    with path.open(encoding=detect(path, shown)) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                value = _loaded(line, shown)
            except BadInputError as error:
                yield BadRow(number, error.message.split("：", 1)[-1])
                continue
            yield Row(number, value) if isinstance(value, dict) else BadRow(number, "应当是一个 JSON 对象 {…}")


def _loaded(text: str, shown: str) -> Any:
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise BadInputError(
            f"不是合格的 JSON：第 {error.colno} 个字附近，{error.msg}", file=shown, row=error.lineno
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"不是合格的 JSON：{error}", file=shown) from error


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"数值 {name} 不能用")


def _tables(data: Any, shown: str) -> Iterator[Table]:
    """A list of records; records under the names of their kinds; a list wrapped by an export; or one record."""
    if data is None:
        return
    if isinstance(data, list):
        yield Table("", _items(data))
    elif not isinstance(data, dict):
        raise BadInputError("里面不是资料，应当是一条或一组“字段：值”", file=shown)
    elif data and all(named_kind(key) and isinstance(value, (list, dict)) for key, value in data.items()):
        for key, value in data.items():
            yield Table(str(key), _items(value if isinstance(value, list) else [value]))
    elif (inner := _wrapped(data)) is not None:
        yield Table("", _items(inner))
    else:
        yield Table("", iter([Row(None, data)]))


def _wrapped(data: Mapping[Any, Any], depth: int = 3) -> list[Any] | None:
    """`{"code": 0, "data": {"list": [...]}}`, unless the mapping itself speaks of a record."""
    known = known_headers()
    if depth == 0 or sum(header_key(str(key)) in known for key in data) > 1:
        return None
    for key, value in data.items():
        if str(key).lower() in WRAPPERS:
            if isinstance(value, list) and all(isinstance(item, dict) for item in value):
                return value
            if isinstance(value, dict) and (inner := _wrapped(value, depth - 1)) is not None:
                return inner
    return None


def _items(values: list[Any]) -> Iterator[Row | BadRow]:
    for number, value in enumerate(values, 1):
        yield Row(number, value) if isinstance(value, dict) else BadRow(number, "应当是一组“字段：值”")


def _plain_loader() -> Any:
    """A safe loader that leaves numbers, days and yes/no as text: YAML 1.1 would read 010 as 8 and no as false."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    kept = {"tag:yaml.org,2002:null", "tag:yaml.org,2002:merge"}
    resolvers = {
        first: [(tag, pattern) for tag, pattern in pairs if tag in kept]
        for first, pairs in base.yaml_implicit_resolvers.items()
    }
    return type("PlainLoader", (base,), {"yaml_implicit_resolvers": resolvers})


def _refuse_depth(text: str, shown: str) -> None:
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                row = event.start_mark.line + 1 if event.start_mark else None
                raise BadInputError(
                    f"YAML 嵌套超过 {MAX_DEPTH} 层，没有读", file=shown, row=row, hint="检查缩进和括号。"
                )
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _refuse_bomb(root: Any, shown: str) -> None:
    """Aliases let a few lines unfold into gigabytes, or into themselves."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()

    def size(node: Any) -> int:
        place = id(node)
        if place in sizes:
            return sizes[place]
        if place in open_nodes:
            raise BadInputError("YAML 别名指向了自己", file=shown, hint="去掉 & 和 *，把内容直接写出来。")
        children = node.value if isinstance(node.value, list) else []
        open_nodes.add(place)
        parts = (part for child in children for part in (child if isinstance(child, tuple) else (child,)))
        sizes[place] = 1 + sum(size(part) for part in parts)
        open_nodes.discard(place)
        if sizes[place] > MAX_NODES:
            raise BadInputError("YAML 别名展开后大得不正常，没有读", file=shown, hint="去掉 & 和 *，把内容直接写出来。")
        return sizes[place]

    size(root)
