"""The shipped templates keep their own rules."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from agent.copies import Copy, fields
from agent.parse import KEYS, parse
from agent.prompting.lint import BLOCKS, lint
from agent.prompting.sample import BARE, CHANNEL_OF, sample_brief
from agent.prompting.strict_schema import schema_problems
from agent.prompting.template import library
from agent.prompting.values import VARIABLES, prompt_values
from agent.render import DEFAULTS
from knowledge_base.workspace import SHIPPED_TEMPLATES

SHELF = library((SHIPPED_TEMPLATES,))
OURS = [
    path
    for path in sorted(SHIPPED_TEMPLATES.rglob("*.j2"))
    if path.relative_to(SHIPPED_TEMPLATES).parts[0] in ("article", "moments", "reply", "_shared")
]
EMPTY_WORDS = frozenset(
    {
        "极致",
        "赋能",
        "甄选",
        "匠心",
        "臻享",
        "焕新",
        "守护",
        "美好生活",
        "仪式感",
        "治愈",
        "首先",
        "其次",
        "总之",
        "综上",
    }
    | {"值得一提", "众所周知", "不可否认", "家人们", "姐妹", "绝绝子", "神器", "必备", "闭眼入", "品质生活", "物超所值"}
)
FRAMES = re.compile(
    r"不仅.*更是|让.{1,8}成为|每一.{1,6}都|在这个.*时代|随着.*的发展|！.*！|最[好佳优]|第一名|100%|百分百"
)
GOOD_LINES = [
    (path.name, line)
    for path in OURS
    for line in path.read_text(encoding="utf-8").splitlines()
    if line.startswith("好：")
]


def test_lint_finds_nothing() -> None:
    assert lint(SHELF) == ()


def test_every_form_has_its_template() -> None:
    assert {(SHELF.load(f"{name}.j2").form) for name in DEFAULTS.values()} == set(CHANNEL_OF)


def test_every_partial_is_used() -> None:
    used = {part.path for name in SHELF.names() for part in SHELF.load(name).parts}
    assert [path.name for path in OURS if path not in used] == []


@pytest.mark.parametrize("channel", KEYS)
def test_schemas_are_strict_and_say_what_the_parser_reads(channel: str) -> None:
    schema = json.loads((SHIPPED_TEMPLATES / channel / "schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema_problems(schema) == []
    assert set(schema["properties"]) == set(KEYS[channel])  # type: ignore[index]


def example(template: str) -> Any:
    """The JSON that a template shows for models without structured output."""
    source = (SHIPPED_TEMPLATES / f"{template}.j2").read_text(encoding="utf-8")
    return json.loads(next(line for line in source.splitlines() if line.startswith('{"')))


@pytest.mark.parametrize("form", DEFAULTS)
def test_the_example_answer_fits_the_schema_and_the_parser(form: str) -> None:
    template = DEFAULTS[form]
    answer = example(template)
    jsonschema.validate(answer, SHELF.load(f"{template}.j2").schema)
    copy, findings = parse(json.dumps(answer), sample_brief(form))  # type: ignore[arg-type]
    assert isinstance(copy, Copy)
    assert fields(copy)
    assert findings == ()


def test_there_are_good_examples_in_every_template() -> None:
    assert {name for name, _ in GOOD_LINES} == {f"{template.split('/')[1]}.j2" for template in DEFAULTS.values()}


@pytest.mark.parametrize(("name", "line"), GOOD_LINES)
def test_good_examples_follow_our_own_taste(name: str, line: str) -> None:
    assert [word for word in EMPTY_WORDS if word in line] == []
    assert FRAMES.search(line) is None


@pytest.mark.parametrize(("name", "line"), GOOD_LINES)
def test_good_examples_mark_their_figures(name: str, line: str) -> None:
    """A figure with a unit is a claim and carries its source; clock times and counts of people are scenes."""
    for claim in re.finditer(r"\d+ ?(?:元|克|公斤|米|毫升|天内|撕)[^，。；：]*", line):
        assert "[[" in claim[0], claim[0]


def test_every_variable_is_documented() -> None:
    assert set(VARIABLES) == set(prompt_values(sample_brief("ad"), BARE, (), None))
    readme = (SHIPPED_TEMPLATES / "README.md").read_text(encoding="utf-8")
    for name, text in VARIABLES.items():
        assert f"| {name} | {text} |" in readme
    for name, text in BLOCKS.items():
        assert f"{name} {text}" in readme


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.relative_to(SHIPPED_TEMPLATES).as_posix())
def test_no_python_and_no_stray_bytes(path: Path) -> None:
    data = path.read_bytes()
    assert b"\r" not in data
    assert data.endswith(b"\n")
    assert b"\t" not in data


def test_prompts_hold_no_python() -> None:
    assert list(SHIPPED_TEMPLATES.rglob("*.py")) == []
