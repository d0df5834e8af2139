"""Rule files: shape, examples, the workspace's own rules and switches, versions and the cache."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.checks.compliance import examine
from agent.rules_commands import app
from knowledge_base.errors import BadInputError
from knowledge_base.rules import law
from knowledge_base.rules.law_model import FORMS, Rule
from knowledge_base.workspace import Workspace

BOOK = law.load_rules()
OWN = """
area: house
name: 自家规则
source: ad_law
rules:
  - id: slang
    name: 不说“绝绝子”
    article: 第三条
    terms: 绝绝子
    explain: 品牌不这样说话。
    bad: [这杯绝绝子]
"""


def rule_ids() -> list[object]:
    return [pytest.param(rule, id=rule.id) for rule in BOOK.rules]


@pytest.mark.parametrize("rule", rule_ids())
def test_a_rule_is_complete(rule: Rule) -> None:
    assert rule.law.startswith("《")
    assert rule.explain.endswith(("。", "）"))
    assert rule.source["issuer"]
    assert rule.source["date"] <= rule.as_of
    assert set(rule.severity) <= set(FORMS)
    assert rule.status == "violation" or rule.asks


def test_every_example_holds(workspace_dir: Path) -> None:
    done = CliRunner().invoke(app, ["test"])
    assert done.exit_code == 0, done.stdout


def test_the_areas_of_the_law_are_covered() -> None:
    assert len(BOOK.rules) >= 80
    assert {rule.area for rule in BOOK.rules} >= {
        "absolute", "medical", "health_food", "food", "cosmetics", "devices_drugs", "education", "finance", "property",
        "alcohol", "price_promotion", "prize", "inducement", "moments_words", "discrimination", "superstition",
        "minors", "belittling", "state_symbols", "certificates", "hidden_ads", "ai_label",
    }  # fmt: skip


def workspace(folder: Path, toml: str = "", own: str = "") -> Workspace:
    if toml:
        (folder / "wenan.toml").write_text(toml, encoding="utf-8")
    if own:
        (folder / "rules").mkdir(exist_ok=True)
        (folder / "rules" / "own.yaml").write_text(own, encoding="utf-8")
    return Workspace.find(folder)


def test_a_workspace_adds_rules(tmp_path: Path) -> None:
    book = law.workspace_rules(workspace(tmp_path, own=OWN))
    assert book.version != BOOK.version
    assert [f.rule_id for f in examine("这杯绝绝子", "ad", book=book)] == ["house.slang"]


def test_a_workspace_switches_severity_with_a_reason(tmp_path: Path) -> None:
    toml = (
        '[rules]\n"absolute.level" = { severity = "warn", reason = "法务确认" }\n'
        '"absolute.leading" = { severity = "off", reason = "法务确认" }\n'
    )
    place = workspace(tmp_path, toml)
    book = law.workspace_rules(place)
    assert book.version != BOOK.version
    assert [f.severity for f in examine("顶级品质", "ad", book=book)] == ["warn"]
    assert not examine("性能遥遥领先", "ad", book=book)
    assert book.rule("absolute.level").reason == "法务确认"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("toml", "own"),
    [
        ("", ""),
        ("", OWN),
        ('[rules]\n"absolute.level" = { severity = "warn", reason = "法务确认" }\n', ""),
        ('[rules]\n"absolute.level" = { severity = "warn", reason = "法务确认" }\n', OWN),
    ],
    ids=["shipped", "own rules", "switches", "both"],
)
def test_the_version_of_the_rules_in_force_needs_no_book(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toml: str, own: str
) -> None:
    monkeypatch.chdir(tmp_path)
    workspace(tmp_path, toml, own)
    assert law.current_version() == law.current_rules().version
    assert (law.current_version() == BOOK.version) is not bool(toml or own)


@pytest.mark.parametrize(
    "toml",
    [
        '[rules]\n"absolute.nonsense" = { severity = "warn", reason = "x" }',
        '[rules]\n"absolute.level" = { severity = "warn" }',
        '[rules]\n"absolute.level" = "warn"',
        '[rules]\n"absolute.level" = { severity = "loud", reason = "x" }',
    ],
    ids=["unknown rule", "no reason", "not a table", "unknown severity"],
)
def test_a_wrong_switch_is_refused(tmp_path: Path, toml: str) -> None:
    with pytest.raises(BadInputError) as caught:
        law.workspace_rules(workspace(tmp_path, toml))
    assert "absolute." in caught.value.field


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (OWN.replace("explain", "explian"), "explian"),
        (OWN.replace("source: ad_law", "source: nothing"), "nothing"),
        (OWN.replace("terms: 绝绝子", "terms: '{nothing}'"), "nothing"),
        (OWN.replace("terms: 绝绝子", "patterns: [{anchors: 绝, match: '绝('}]"), "正则"),
        (OWN.replace("    terms: 绝绝子\n", ""), "terms"),
        (OWN + "  - {id: slang, name: 又一条, article: 第三条, terms: 绝, explain: 说明。}\n", "两遍"),
        ("area: [", "YAML"),
    ],
    ids=["unknown field", "unknown source", "unknown list", "bad regex", "no matcher", "twice", "no yaml"],
)
def test_lint_names_what_is_wrong(tmp_path: Path, own: str, said: str) -> None:
    with pytest.raises(BadInputError) as caught:
        law.lint_rules(workspace(tmp_path, own=own))
    assert said in str(caught.value)
    assert caught.value.file.endswith("own.yaml")


def test_a_damaged_cache_is_rebuilt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "rules.json"
    kept.write_text("{broken", encoding="utf-8")
    monkeypatch.setattr(law, "_cache_file", lambda _version: kept)
    law._book.cache_clear()
    book = law.load_rules()
    assert book.version == BOOK.version == json.loads(kept.read_text(encoding="utf-8"))["version"]
    law._book.cache_clear()
    assert law.load_rules().rules == BOOK.rules


@pytest.mark.parametrize("command", [["list"], ["list", "--format", "json"], ["show", "absolute.level"], ["lint"]])
def test_commands_answer(workspace_dir: Path, command: list[str]) -> None:
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    if "json" in command:
        assert len(json.loads(done.stdout)) == len(BOOK.rules)
    if command[0] == "show":
        assert "第九条" in done.stdout
