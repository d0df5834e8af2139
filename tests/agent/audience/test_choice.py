"""`--persona segment:3`, `--product auto`, and the same in a campaign plan."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from agent.audience.choice import auto_product, is_segment, segment_persona
from knowledge_base.base import KnowledgeBase
from knowledge_base.errors import UsageError
from knowledge_base.records import Persona
from knowledge_base.workspace import Workspace
from tests.conftest import Ran

CARDS = Path(".wenan") / "audience" / "personas" / "cards.json"


def picks() -> dict[str, list[str]]:
    body = json.loads(CARDS.read_text(encoding="utf-8"))
    return {id: [row["item"] for row in rows] for id, rows in body["picks"].items()}


def names() -> dict[str, str]:
    with KnowledgeBase.open(Workspace.find()) as kb:
        return {one.id: str(getattr(one, "name", "")) for one in kb.all()}


@pytest.mark.parametrize("command", ["moments", "article"])
def test_a_draft_for_a_segment_about_its_product(audience_dir: Path, wenan: Callable[..., Ran], command: str) -> None:
    ran = wenan(command, "--persona", "segment:2", "--product", "auto", "--format", "json", "--seed", "1")
    assert ran.code == 0, ran.err
    brief = json.loads(ran.out)["drafts"][0]["brief"]
    item = picks()["segment:2"][0]
    assert (brief["persona"], brief["products"]) == ("segment:2", [item])
    err = ran.err.replace("\n", "")
    assert f"推荐{names()[item]}" in err
    assert "的第一名是它" in err
    assert "%" in err


def test_a_reply_knows_the_segment(audience_dir: Path, wenan: Callable[..., Ran]) -> None:
    ran = wenan(
        "reply", "--message", "有什么推荐？", "-P", "segment:1", "-p", "auto", "--format", "json", "--seed", "1"
    )
    assert ran.code in (0, 1), ran.err
    assert json.loads(ran.out)["drafts"][0]["brief"]["persona"] == "segment:1"


@pytest.mark.parametrize("form", ["segment:{name}", "segment：{name}", "Segment:{part}"])
def test_a_segment_by_name(audience_dir: Path, form: str) -> None:
    name = names()["segment:3"]
    part = next(
        name[:size] for size in range(1, 20) if sum(other.count(name[:size]) for other in names().values()) == 1
    )
    workspace = Workspace.find()
    with KnowledgeBase.open(workspace) as kb:
        assert segment_persona(form.format(name=name, part=part), kb, workspace).id == "segment:3"


@pytest.mark.parametrize(
    ("wanted", "code", "says"), [("segment:9", 3, "segment:1 "), ("segment:没有的", 3, "segment:1 ")]
)
def test_unknown_segments_name_the_known_ones(
    audience_dir: Path, wenan: Callable[..., Ran], wanted: str, code: int, says: str
) -> None:
    ran = wenan("moments", "-P", wanted, "-p", "p-oat")
    assert ran.code == code
    assert says in ran.err


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("-P", "segment:1", "-p", "p-oat"), "wenan audience import"),
        (("-P", "u-mama", "-p", "auto"), "不是从人群来的"),
        (("-p", "auto"), "--persona segment:1"),
    ],
    ids=["no data", "persona of people", "no persona"],
)
def test_what_cannot_be_chosen(sample_dir: Path, wenan: Callable[..., Ran], args: tuple[str, ...], says: str) -> None:
    ran = wenan("moments", *args)
    assert ran.code == 2
    assert says in ran.err.replace("\n", "")


def test_what_may_not_be_sold_is_left_out(audience_dir: Path, wenan: Callable[..., Ran]) -> None:
    first, second = picks()["segment:1"][:2]
    (audience_dir / "wenan.toml").write_text(f'[audience]\nout_of_stock = ["{names()[first]}"]\n', encoding="utf-8")
    ran = wenan("moments", "-P", "segment:1", "-p", "auto", "--format", "json", "--seed", "1")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["drafts"][0]["brief"]["products"] == [second]
    assert f"{names()[first]}（缺货）" in ran.err.replace("\n", "")
    every = json.dumps(sorted({item for rows in picks().values() for item in rows}))
    (audience_dir / "wenan.toml").write_text(f"[audience]\nout_of_stock = {every}\n", encoding="utf-8")
    ran = wenan("moments", "-P", "segment:1", "-p", "auto")
    assert ran.code == 2
    assert "都不能推" in ran.err
    (audience_dir / "wenan.toml").write_text("[audience]\nout_of_stock = 3\n", encoding="utf-8")
    assert wenan("moments", "-P", "segment:1", "-p", "auto").code == 3


def test_newer_data_than_the_personas_is_told(audience_dir: Path, wenan: Callable[..., Ran]) -> None:
    with sqlite3.connect(".wenan/audience.db") as database:
        row = ("i", "x.csv", "0", "events", "营销", "{}", "测试", "2999-01-01T00:00:00+00:00", "{}")
        database.execute(f"INSERT INTO imports VALUES ({', '.join('?' * len(row))})", row)
    database.close()
    ran = wenan("moments", "-P", "segment:1", "-p", "auto", "--seed", "1")
    assert "之后又导入过数据" in ran.err


def test_a_persona_of_an_older_build_has_no_recommendation(audience_dir: Path) -> None:
    workspace = Workspace.find()
    stranger = Persona(id="segment:99", name="走了的人群")
    with KnowledgeBase.open(workspace) as kb, pytest.raises(UsageError, match="没有给 segment:99 的推荐"):
        auto_product(stranger, kb, workspace, date(2026, 11, 22))


@pytest.mark.parametrize(
    ("text", "yes"), [("segment:3", True), ("segment：甲", True), (" SEGMENT:3", True), ("u-mama", False), ("", False)]
)
def test_what_names_a_segment(text: str, yes: bool) -> None:
    assert is_segment(text) is yes


def plan(text: str) -> Path:
    path = Path("活动.yaml")
    path.write_text(f"name: 人群\nchannels: [moments]\n{text}\n", encoding="utf-8")
    return path


def test_a_campaign_gives_each_segment_its_product(audience_dir: Path, wenan: Callable[..., Ran]) -> None:
    ran = wenan("campaign", "plan", str(plan("products: auto\npersonas: audience\nvariants: 2")), "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["units"] == 10
    for id, items in picks().items():
        assert f"{id}「{names()[id]}」推荐{names()[items[0]]}" in ran.err
    ran = wenan("campaign", "run", "活动.yaml")
    assert ran.code == 0, ran.err
    with sqlite3.connect(".wenan/journal.db") as database:
        bodies = [json.loads(row[0]) for row in database.execute("SELECT values_json FROM units")]
    database.close()
    assert {(one["persona"], one["product"]) for one in bodies} == {(id, items[0]) for id, items in picks().items()}


def test_segments_with_products_of_the_plan(audience_dir: Path, wenan: Callable[..., Ran]) -> None:
    ran = wenan("campaign", "plan", str(plan("products: [p-oat, p-cup]\npersonas: audience")), "--json")
    assert json.loads(ran.out)["units"] == 10
    ran = wenan("campaign", "plan", str(plan("products: auto\npersonas: [segment:2]")), "--json")
    assert json.loads(ran.out)["units"] == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("products: auto", "personas"),
        ("products: auto\npersonas: [u-mama]", "不是从人群来的"),
        ("products: [p-oat]\npersonas: audience", "wenan audience import"),
        ("products: [p-oat]\npersonas: [segment:1]", "wenan audience import"),
    ],
)
def test_plans_that_cannot_be(sample_dir: Path, wenan: Callable[..., Ran], text: str, says: str) -> None:
    ran = wenan("campaign", "plan", str(plan(text)))
    assert ran.code == 3
    assert says in ran.err.replace("\n", "")


def test_choosing_loads_no_audience_library() -> None:
    """A draft for a segment needs what was kept, not the libraries that computed it."""
    code = (
        "import sys, agent.options, agent.audience.choice, agent.campaign.units\n"
        "print([m for m in ('polars', 'sklearn', 'scipy', 'implicit') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_locked_data_are_said_to_be_locked(audience_dir: Path, wenan: Callable[..., Ran]) -> None:
    from knowledge_base.audience.privacy.lockbox import lock

    lock(Workspace.find().data, "一句够长的口令")
    ran = wenan("moments", "-P", "segment:1", "-p", "auto")
    assert ran.code == 5
    assert "wenan audience unlock" in ran.err
    # The card itself is in the knowledge base, where it holds nothing of anybody.
    assert wenan("moments", "-P", "segment:1", "-p", "p-oat", "--seed", "1").code == 0
