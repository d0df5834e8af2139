"""A broken template says where and why, in Chinese, before anything is sent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.model import Prompt
from agent.prompting.sample import RICH, sample_brief
from agent.render import render
from agent.tokens import EstimateCounter
from knowledge_base.errors import BadInputError
from knowledge_base.workspace import Workspace

COUNT = EstimateCounter()
HEAD = (
    '---\nid: {id}\nversion: "{version}"\nchannel: moments\nform: ad\nvariables: [{variables}]\n'
    "schema: moments/schema.json\n---\n"
)


def put(workspace: Workspace, name: str, body: str, *, variables: str = "brief", version: str = "7") -> Path:
    """Writes a template (or, without a head, a partial) into the workspace."""
    path = workspace.root / "prompts" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    ident = name.removesuffix(".j2").partition("@")[0]
    head = "" if "/_" in f"/{name}" else HEAD.format(id=ident, version=version, variables=variables)
    path.write_text(head + body, encoding="utf-8")
    return path


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def ad(workspace: Workspace, template: str | None = None, **changes: object) -> Prompt:
    brief = sample_brief("ad")
    return render(template, replace(brief, **changes), RICH, workspace=workspace, count=COUNT)  # type: ignore[arg-type]


def put_raw(workspace: Workspace, name: str, text: str) -> None:
    path = workspace.root / "prompts" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


BROKEN = {
    "unknown attribute": ('{% message "user" %}\n{{ brief.colour }}{% endmessage %}', "没有 colour", 10),
    "prints nothing": ('{% message "user" %}{{ brief.angle }}{% endmessage %}', "空值", 9),
    "prints a record": ('{% message "user" %}{{ brief }}{% endmessage %}', "整条 Brief", 9),
    "dunder": ('{% message "user" %}{{ brief.__class__.__mro__ }}{% endmessage %}', "__class__", 9),
    "str.format": ('{% message "user" %}{{ "{0}".format(brief.goal) }}{% endmessage %}', "format", 9),
    "safe filter": ('{% message "user" %}{{ brief.goal | safe }}{% endmessage %}', "safe", 9),
    "unclosed": ('{% message "user" %}\n\n{% if brief.goal %}', "", None),
    "computed key": ('{% message "user" %}{% line brief.goal, "x" %}{% endmessage %}', "写死", 9),
    "key with a colon": ('{% message "user" %}{% line "价：格", "x" %}{% endmessage %}', "价：格", 9),
    "computed block name": ('{% message "user" %}{% data brief.goal %}x{% enddata %}{% endmessage %}', "写死", 9),
    "unknown role": ('{% message "robot" %}x{% endmessage %}', "robot", 9),
    "text outside": ('你好{% message "user" %}x{{ brief.goal }}{% endmessage %}', "外面", None),
    "no user message": ('{% message "system" %}x{{ brief.goal }}{% endmessage %}', "没有 user", None),
    "nested data": (
        '{% message "user" %}{% data "brief" %}{% data "spec" %}{{ brief.goal }}'
        "{% enddata %}{% enddata %}{% endmessage %}",
        "又开了一个",
        9,
    ),
    "computed include": ('{% message "user" %}{% include brief.goal %}{% endmessage %}', "写死", 9),
    "include outside": ('{% message "user" %}{{ brief.goal }}{% include "../x.j2" %}{% endmessage %}', "离开", None),
    "include missing": (
        '{% message "user" %}{{ brief.goal }}{% include "_shared/no.j2" %}{% endmessage %}',
        "no.j2",
        None,
    ),
    "include itself": (
        '{% message "user" %}{{ brief.goal }}{% include "moments/ad.j2" %}{% endmessage %}',
        "互相包含",
        None,
    ),
    "list of a string": ('{% message "user" %}{% list "甲", brief.goal %}{% endmessage %}', "一串值", 9),
}


@pytest.mark.parametrize(("body", "reason", "row"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_templates_say_where_and_why(body: str, reason: str, row: int | None, workspace: Workspace) -> None:
    path = put(workspace, "moments/ad.j2", body)
    with pytest.raises(BadInputError) as caught:
        ad(workspace)
    assert reason in caught.value.message
    if row is not None:
        assert caught.value.message.startswith(f"{path.as_posix()}:{row}：")


HEADS = {
    "none": ("{% message %}", "缺少开头"),
    "never ends": ("---\nid: moments/ad\n", "结尾"),
    "no yaml": ("---\n: [\n---\n", "YAML"),
    "a list": ("---\n- x\n---\n", "键: 值"),
    "all problems at once": (
        "---\nid: moments/ad\nform: poem\ncolour: red\n---\n",
        "缺少 version；缺少 channel；缺少 variables",
    ),
    "wrong channel": ("---\nform: poem\n---\n", "form 只能是"),
    "schema gone": (
        HEAD.format(id="moments/ad", version="1", variables="").replace("schema.json", "no.json"),
        "no.json",
    ),
}


@pytest.mark.parametrize(("text", "reason"), HEADS.values(), ids=HEADS.keys())
def test_bad_front_matter(text: str, reason: str, workspace: Workspace) -> None:
    put_raw(workspace, "moments/ad.j2", text)
    with pytest.raises(BadInputError) as caught:
        ad(workspace)
    assert reason in caught.value.message
