"""Lint finds what would go wrong, before a model is paid for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.prompting.lint import Problem, lint
from agent.prompting.strict_schema import schema_problems
from agent.prompting.template import library
from knowledge_base.workspace import SHIPPED_TEMPLATES

GOOD = (SHIPPED_TEMPLATES / "moments/ad.j2").read_text(encoding="utf-8")
NAME = "moments/ad.j2"


def problems(folder: Path, source: str, **files: str) -> list[Problem]:
    for name, text in {NAME: source, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(lint(library((folder, SHIPPED_TEMPLATES)), (NAME,)))


CASES = {
    "undeclared": (GOOD.replace("angle_name, ", ""), "error", "用了但没有声明的变量：angle_name"),
    "not provided": (GOOD.replace("angle_name", "angle_name, weather"), "error", "声明了但不存在的变量：weather"),
    "unused": (GOOD.replace('{% include "_shared/blocks/policies.j2" %}', ""), "warn", "没有用到的变量：policies"),
    "wrong id": (GOOD.replace("id: moments/ad", "id: moments/other"), "error", "按路径应当是 moments/ad"),
    "unknown block": (GOOD.replace("按上面", '{% data "weather" %}晴{% enddata %}按上面'), "error", "资料块 weather"),
    "no front matter": (GOOD.split("---\n", 2)[2], "error", "缺少开头"),
    "syntax": (GOOD.replace("{% endif %}", "", 1), "error", "endif"),
    "unknown field in a branch": (GOOD.replace("整条写成一行", "{{ spec.colour }}"), "error", "没有 colour"),
    "fails on a bare record": (GOOD.replace("按上面", "{{ brand.name }}按上面"), "error", "None"),
    "data outside its fence": (GOOD.replace("按上面", "写{{ products[0].name }}，按上面"), "warn", "商品资料"),
    "no product": (GOOD.replace('{% include "_shared/blocks/products.j2" %}\n', ""), "warn", "没有资料块 product"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "severity", "text"), CASES.values(), ids=CASES.keys())
def test_lint(source: str, severity: str, text: str, tmp_path: Path) -> None:
    assert source != GOOD
    found = problems(tmp_path, source)
    assert any(p.severity == severity and text in p.message for p in found), found
    assert all(p.file.endswith(NAME) for p in found)


def test_a_good_template_has_no_problems(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD) == []


def schema(**changes: Any) -> dict[str, Any]:
    text = {"type": "string"}
    base = {"type": "object", "additionalProperties": False, "required": ["text"], "properties": {"text": text}}
    return base | changes


SCHEMAS: dict[str, tuple[dict[str, Any], str]] = {
    "root": ({"type": "array", "items": {"type": "string"}}, "最外层要是 object"),
    "additional properties": (schema(additionalProperties=True), "additionalProperties: false"),
    "not all required": (schema(required=[]), "required 缺少 text"),
    "required but absent": (schema(required=["text", "x"]), "没有的 x"),
    "unsupported keyword": (schema(properties={"text": {"type": "string", "minLength": 3}}), "minLength"),
    "unknown type": (schema(properties={"text": {"type": "text"}}), "类型「text」"),
    "no type": (schema(properties={"text": {"description": "x"}}), "没有写 type"),
    "array without items": (schema(properties={"text": {"type": "array"}}), "没有写 items"),
    "deep inside": (schema(properties={"text": {"type": "array", "items": schema(required=[])}}), "text[] 的 required"),
}


@pytest.mark.parametrize(("bad", "text"), SCHEMAS.values(), ids=SCHEMAS.keys())
def test_schema_problems(bad: dict[str, Any], text: str) -> None:
    assert any(text in problem for problem in schema_problems(bad))
    assert schema_problems(schema()) == []


def test_a_bad_schema_is_a_template_problem(tmp_path: Path) -> None:
    found = problems(tmp_path, GOOD, **{"moments/schema.json": json.dumps(schema(additionalProperties=True))})
    assert any("additionalProperties" in p.message for p in found)
    found = problems(tmp_path, GOOD, **{"moments/schema.json": "{"})
    assert any("JSON" in p.message for p in found)
    extra = schema(required=["text", "mood"], properties={"text": {"type": "string"}, "mood": {"type": "string"}})
    found = problems(tmp_path, GOOD, **{"moments/schema.json": json.dumps(extra)})
    assert any("mood 不会被读取" in p.message for p in found)
