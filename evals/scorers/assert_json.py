"""Assertions about the form of the model's answer: is it JSON, does it hold JSON, does it fit a schema."""

from __future__ import annotations

import json
from typing import Any

from evals.records import Assertion
from evals.scorers.assert_text import Holds, Subject, UnusableError


def is_json(subject: Subject, assertion: Assertion) -> Holds:
    """The raw answer is one JSON value, and fits the schema where the assertion gives one."""
    try:
        data = json.loads(subject.raw)
    except (ValueError, RecursionError) as error:
        return Holds(0.0, False, f"模型的回答不是 JSON：{_reason(error)}")
    return _fits(data, assertion.value) if assertion.value is not None else Holds(1.0, True, "是 JSON")


def contains_json(subject: Subject, assertion: Assertion) -> Holds:
    """Somewhere in the raw answer, in a fence or not, stands a JSON object or list; the first one is looked at."""
    data = _first_json(subject.raw)
    if data is None:
        return Holds(0.0, False, "模型的回答里没有 JSON")
    return _fits(data, assertion.value) if assertion.value is not None else Holds(1.0, True, "含 JSON")


def json_schema(subject: Subject, assertion: Assertion) -> Holds:
    """The JSON in the raw answer fits a JSON Schema; no schema is ever fetched from elsewhere."""
    if assertion.value is None:
        raise UnusableError("没有写 schema")
    return contains_json(subject, assertion)


def _fits(data: Any, schema: Any) -> Holds:
    from jsonschema import exceptions, validators  # type: ignore[import-untyped, unused-ignore]
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    schema = _loaded(schema)
    kind = validators.validator_for(schema, default=validators.Draft202012Validator)
    try:
        kind.check_schema(schema)
        # An empty registry: a $ref to the web fails instead of being fetched.
        registry: Registry[Any] = Registry()
        error = next(iter(kind(schema, registry=registry).iter_errors(data)), None)
    except exceptions.SchemaError as problem:
        raise UnusableError(f"schema 写错了：{problem.message}") from problem
    except Exception as problem:
        if isinstance(problem, Unresolvable) or isinstance(problem.__cause__, Unresolvable):
            raise UnusableError(f"schema 引用了别处的内容，这里不去取：{problem}") from problem
        raise
    if error is None:
        return Holds(1.0, True, "符合 schema")
    place = "/".join(map(str, error.absolute_path)) or "最外层"
    return Holds(0.0, False, f"不合 schema（{place}）：{error.message[:80]}")


def _loaded(schema: Any) -> Any:
    if isinstance(schema, str):
        try:
            schema = json.loads(schema)
        except ValueError as error:
            raise UnusableError(f"schema 不是 JSON：{_reason(error)}") from error
    if not isinstance(schema, dict | bool):
        raise UnusableError("schema 要写成对象")
    return schema


def _first_json(text: str) -> Any:
    """The first object or list that parses; None for none. Tries few places, so that time stays linear."""
    decoder = json.JSONDecoder()
    tried = 0
    for at, character in enumerate(text):
        if character in "{[":
            tried += 1
            try:
                return decoder.raw_decode(text, at)[0]
            except (ValueError, RecursionError):
                if tried >= 16:
                    break
    return None


def _reason(error: Exception) -> str:
    return f"第 {error.lineno} 行第 {error.colno} 列" if isinstance(error, json.JSONDecodeError) else "嵌套太深"
