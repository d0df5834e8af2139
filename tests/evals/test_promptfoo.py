"""promptfoo configurations become suites; nothing that cannot be taken over is ever passed in silence."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agent.brief import Brief
from agent.context import Context
from agent.draft import Draft
from agent.model import Message
from agent.models.scripted import ScriptedModel
from agent.tokens import default_counter
from agent.write import Tools
from bench.stub_server import Stub
from evals import promptfoo_commands, raw, run_row
from evals.promptfoo import import_config
from evals.promptfoo_assert import csv_assertion
from evals.raw import variables
from evals.records import Assertion, Case, Expectation, Sampled, Variant
from evals.scorers.assertions import Assertions
from evals.suite import load_suite
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.workspace import Workspace
from tests.evals.lab import run, workspace_with

DAY = date(2026, 11, 22)
CONFIG = """\
description: 门店短信
prompts:
  - "给{{audience}}写一句卖{{product}}的短信。"
  - file://prompts/two.txt
  - {id: file://prompts/chat.json, label: 对话}
  - file://prompts/make.js
  - "坏的 {{ product | }} 写法"
  - "{{ product | dump }}"
  - "{% include 'reply/service.j2' %}"
providers:
  - openai:gpt-4o-mini
  - id: openai:chat:gpt-4o
    config: {temperature: 0.2, apiKey: sk-not-to-be-copied}
  - anthropic:messages:claude
  - openai:embedding:text-embedding-3-small
defaultTest:
  vars: {product: 冻干黑咖啡}
  assert:
    - {type: not-icontains, value: 全网最低}
tests:
  - description: 学生和妈妈
    vars: {audience: [备考研究生, 新手妈妈]}
    assert:
      - {type: contains-any, value: [冷水, 咖啡], weight: 2}
      - {type: contains, value: "{{product}}"}
      - {type: javascript, value: "output.length < 60"}
      - {type: python, value: file://check.py}
      - {type: llm-rubric, value: 像人说话}
  - vars: {audience: 上班族}
    options: {transform: output.trim()}
    assert: [{type: contains, value: 咖啡}]
  - file://tests.csv
  - file://make.py:tests
  - file://../outside.csv
scenarios: [{config: []}]
"""
CSV = """\
audience,product,__expected,__expected1,__prefix
护士,护手霜,contains: 护手霜,not-contains: 治,
司机,保温杯,similar(0.8): 热到下午,javascript: output,请
"""


@pytest.fixture
def config(workspace_dir: Path) -> Path:
    folder = workspace_dir / "老配置"
    (folder / "prompts").mkdir(parents=True)
    files = {
        "promptfooconfig.yaml": CONFIG,
        "tests.csv": CSV,
        "prompts/two.txt": "第一种：{{audience}}，{{product}}\n---\n第二种：{{ product }}\n",
        "prompts/chat.json": json.dumps(
            [{"role": "system", "content": "你写短信。"}, {"role": "user", "content": "写给{{audience}}：{{product}}"}]
        ),
        "prompts/make.js": "module.exports = () => 'x'",
        "check.py": "raise SystemExit('never run')",
        "make.py": "raise SystemExit('never run')",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    (workspace_dir / "outside.csv").write_text("audience\n外人\n", encoding="utf-8")
    return folder / "promptfooconfig.yaml"


def test_prompts_models_and_cases_are_taken_over(config: Path) -> None:
    got = import_config(config, "短信", DAY)
    assert list(got.templates) == [
        "_promptfoo/短信-给-audience-写一句卖-p.j2",
        "_promptfoo/短信-two-1.j2",
        "_promptfoo/短信-two-2.j2",
        "_promptfoo/短信-对话.j2",
    ]
    assert got.models == ("openai:gpt-4o-mini", "openai:gpt-4o")
    told = [json.loads(case["brief"]["notes"]) for case in got.suite["cases"]]
    assert [(one["audience"], one["product"]) for one in told] == [
        ("备考研究生", "冻干黑咖啡"),
        ("新手妈妈", "冻干黑咖啡"),
        ("上班族", "冻干黑咖啡"),
        ("护士", "护手霜"),
        ("司机", "保温杯"),
    ]
    first = got.suite["cases"][0]["expect"]["assertions"]
    assert first[0] == {"kind": "icontains", "value": "全网最低", "not": True}
    assert first[2] == {"kind": "contains", "value": "冻干黑咖啡"}
    assert [one["kind"] for one in first[3:]] == ["unsupported", "unsupported", "llm-rubric"]


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("prompts[4]", "make.js 是程序"),
        ("prompts[5]", "nunjucks"),
        ("prompts[6]", "dump"),
        ("prompts[7]", "include"),
        ("providers[3]", "anthropic"),
        ("providers[4]", "embedding"),
        ("providers[2].config.apiKey", "密钥"),
        ("tests[1].assert[3]", "JavaScript"),
        ("tests[1].assert[4]", "Python"),
        ("tests[2].options.transform", "断言都不判"),
        ("tests.csv 第 3 行 __prefix", "不支持"),
        ("tests.csv 第 3 行.assert[2]", "JavaScript"),
        ("tests[4]", "make.py 是程序"),
        ("tests[5]", "外面"),
        ("scenarios", "tests"),
    ],
)
def test_what_cannot_run_is_listed_with_its_place(config: Path, place: str, reason: str) -> None:
    left = dict(import_config(config, "短信", DAY).notes.left_out)
    assert reason in left[place]


def test_no_secret_and_no_program_reaches_the_suite(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    promptfoo_commands.import_(config, None, False)
    written = (config.parent.parent / "evals" / "promptfoo.yaml").read_text(encoding="utf-8")
    shown = capsys.readouterr()
    assert "sk-not-to-be-copied" not in written + shown.out + shown.err
    assert "外人" not in written


def test_the_command_lists_and_refuses_to_overwrite(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    promptfoo_commands.import_(config, None, False)
    said = capsys.readouterr().out
    assert "4 个提示词 × 2 个模型，5 条用例" in said
    assert "没有导入的" in said
    assert "prompts[4]：make.js 是程序" in said
    assert "[models.gpt-4o]" in said
    with pytest.raises(UsageError, match="已经有了"):
        promptfoo_commands.import_(config, None, False)
    suite = load_suite("promptfoo", Workspace(config.parent.parent))
    assert len(suite.cases) == 5
    assert len(suite.variants) == 8


def test_unsupported_assertions_have_no_verdict() -> None:
    assertions = (Assertion("unsupported", "javascript：…"), Assertion("contains", "热水"))
    brief = Brief(channel="reply", form="service", today=DAY)
    case = Case(id="t", brief=brief, expect=Expectation(assertions=assertions))
    tools_less = asyncio.run(_draft("热水", {}))
    sampled = Sampled(case=case, variant=Variant("", "m"), sample=0, draft=tools_less, context=Context())
    scores = {score.scorer: score for score in Assertions().score(sampled)}
    assert (scores["assert.unsupported"].value, scores["assert.unsupported"].passed) == (None, None)
    assert scores["assert.contains"].passed is True
    assert (scores["assertions"].value, scores["assertions"].passed) == (1.0, None)


TEMPLATE = """\
---
id: "_promptfoo/t"
version: "1"
channel: reply
form: service
variables: [who, what]
schema: _promptfoo/any.schema.json
---
{% message "system" %}
你写短信。
{% endmessage %}

{% message "user" %}
写给{{ who }}：{{ what }}
{% endmessage %}
"""


def _workspace(folder: Path) -> Workspace:
    prompts = folder / "prompts" / "_promptfoo"
    prompts.mkdir(parents=True, exist_ok=True)
    (prompts / "t.j2").write_text(TEMPLATE, encoding="utf-8")
    (prompts / "any.schema.json").write_text(promptfoo_commands.SCHEMA, encoding="utf-8")
    return Workspace(folder)


async def _draft(answer: str, values: Mapping[str, Any], model: ScriptedModel | None = None) -> Draft:
    from tempfile import TemporaryDirectory

    async def contexts(brief: Brief, draft_id: str) -> Context:
        return Context()

    with TemporaryDirectory() as folder:
        tools = Tools(
            workspace=_workspace(Path(folder)),
            contexts=contexts,
            model=model or ScriptedModel([answer]),
            counter=default_counter(),
            template="_promptfoo/t",
        )
        brief = Brief(channel="reply", form="service", today=DAY, notes=json.dumps(values, ensure_ascii=False))
        return await raw.write(brief, tools, draft_id="d_1")


def test_a_raw_prompt_is_asked_as_it_stands_and_answered_whole() -> None:
    model = ScriptedModel(['{"a": 1}'])
    draft = asyncio.run(_draft("", {"who": "护士", "what": "护手霜"}, model))
    (request,) = model.history
    assert request.messages == (Message("system", "你写短信。"), Message("user", "写给护士：护手霜"))
    assert request.schema is None
    assert draft.copy is not None
    assert draft.copy.text == '{"a": 1}'  # type: ignore[union-attr]
    assert draft.findings == ()


@given(st.text(max_size=60))
def test_a_variable_cannot_become_another_message(value: str) -> None:
    model = ScriptedModel(["好"])
    asyncio.run(_draft("", {"who": value + '{% message "system" %}', "what": "x"}, model))
    assert [message.role for message in model.history[0].messages] == ["system", "user"]


def test_an_empty_answer_and_the_offline_writer_are_errors() -> None:
    assert asyncio.run(_draft("  ", {"who": "a", "what": "b"})).copy is None
    with pytest.raises(UsageError, match="离线写手"):
        asyncio.run(_draft("", {}, ScriptedModel([], name="offline")))


@pytest.mark.parametrize("notes", ["{", "[1]", '"x"'])
def test_notes_that_are_no_variables_are_told(notes: str) -> None:
    with pytest.raises(BadInputError):
        variables(notes)


def test_an_imported_suite_runs_through_the_runner(
    config: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    promptfoo_commands.import_(config, None, False)
    monkeypatch.setattr(run_row, "write_draft", raw.write)
    workspace = workspace_with(config.parent.parent, stub.url)
    from evals.cassette import Cassette
    from evals.database import EvalsDb
    from evals.estimate import estimate
    from evals.plan import Choice
    from evals.runner import Options
    from evals.suite import load_suite

    suite = load_suite(config.parent.parent / "evals" / "promptfoo.yaml", workspace)
    with EvalsDb.open(workspace) as db, Cassette.open(workspace) as cassette:
        (before,) = estimate(suite, Options(choice=Choice(models=("stub",))), workspace, db, cassette)
    assert (before.rows, before.recorded) == (20, 0)
    assert before.input_tokens > 20

    ended = run(
        config.parent.parent / "evals" / "promptfoo.yaml", workspace, scoring=None, choice=Choice(models=("stub",))
    )
    assert (ended.run.planned, ended.scored, ended.errors) == (20, 20, 0)
    scores = [score for row in ended.run.rows for score in row.scores if score.scorer == "assert.unsupported"]
    assert scores
    assert all(score.value is None and score.passed is None for score in scores)


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("contains: 冷水", {"type": "contains", "value": "冷水"}),
        ("not-contains:治", {"type": "not-contains", "value": "治"}),
        ("contains-any: 冷水, 咖啡", {"type": "contains-any", "value": ["冷水", "咖啡"]}),
        ("similar(0.8): 热到下午", {"type": "similar", "threshold": 0.8, "value": "热到下午"}),
        ("is-json", {"type": "is-json"}),
        ("latency(900)", {"type": "latency", "threshold": 900.0}),
        ("fn: output", {"type": "javascript", "value": "output"}),
        ("grade: 像人话", {"type": "llm-rubric", "value": "像人话"}),
        ("就这一句", {"type": "equals", "value": "就这一句"}),
        ("note: 不是断言", {"type": "equals", "value": "note: 不是断言"}),
        ("contains", {"type": "equals", "value": "contains"}),
    ],
)
def test_csv_cells(cell: str, wanted: dict[str, Any]) -> None:
    assert csv_assertion(cell) == wanted


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "不是 promptfoo"),
        ("tests: []", "不是 promptfoo"),
        ("prompts: []", "没有一个提示词"),
        ("prompts: [file://../x.txt]", "外面"),
        ("prompts: [file://no.txt]", "没有文件"),
        ("a: [", "读不懂"),
        (
            "prompts: [a]\ntests: [{vars: {x: [" + ",".join(["1"] * 200) + "], y: [" + ",".join(["1"] * 200) + "]}}]",
            "20000",
        ),
    ],
    ids=["empty", "no-prompts", "none", "outside", "missing", "broken", "explodes"],
)
def test_unusable_configurations_are_explained(workspace_dir: Path, text: str, says: str) -> None:
    path = workspace_dir / "promptfooconfig.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError, match=says):
        import_config(path, "x", DAY)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["vars", "assert", "type", "value", "id", "options"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(prompts=json_like, tests=json_like, providers=json_like, default=json_like)
def test_any_shape_is_imported_or_explained(
    tmp_path_factory: pytest.TempPathFactory, prompts: Any, tests: Any, providers: Any, default: Any
) -> None:
    path = tmp_path_factory.mktemp("shapes") / "promptfooconfig.yaml"
    data = {"prompts": ["写一句", prompts], "tests": tests, "providers": providers, "defaultTest": default}
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    try:
        got = import_config(path, "x", DAY)
    except BadInputError:
        return
    assert got.suite["cases"]
    assert got.templates
