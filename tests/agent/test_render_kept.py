"""Rendering again from kept blocks gives what rendering from nothing gives, whatever changed in between."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.prompting.block_inputs import KEPT, Kept
from agent.prompting.template import Library
from agent.render import find_template, held_templates
from knowledge_base.workspace import Workspace

HEAD = "---\nid: t\nversion: '1'\nchannel: moments\nform: ad\ndescription: 测\nvariables: [{}]\nschema: s.json\n---\n"
BODY = """{% message "user" %}
{% for thing in things %}
{% data "thing", thing.id %}
{% line "名", thing.name %}
{% list "值", thing.values %}
{% line "日", brief.today %}
{% line "种", kind %}
{% enddata %}
{% endfor %}
{% endmessage %}"""


@dataclass(frozen=True)
class Thing:
    id: str
    name: str
    values: tuple[object, ...]


@dataclass(frozen=True)
class Brief:
    today: str
    goal: str = ""


def shelf(folder: Path) -> Library:
    (folder / "t.j2").write_text(HEAD.format("brief, things, kind") + BODY, encoding="utf-8")
    (folder / "s.json").write_text("{}", encoding="utf-8")
    return Library((folder,))


things = st.builds(
    Thing, st.sampled_from("ab"), st.text(max_size=4), st.lists(st.text(max_size=2), max_size=2).map(tuple)
)
worlds = st.tuples(
    st.lists(things, max_size=3), st.sampled_from(["今天", "明天"]), st.sampled_from([1, True, 1.0, "1"])
)


@settings(max_examples=30, deadline=None)
@given(st.lists(worlds, min_size=2, max_size=4))
def test_kept_blocks_equal_fresh_ones(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[list[Thing], str, object]]
) -> None:
    folder = tmp_path_factory.mktemp("t")
    warm = shelf(folder).load("t.j2").compiled
    for found, today, kind in [*drawn, *drawn]:
        told = {"things": tuple(found), "brief": Brief(today), "kind": kind}
        assert warm.render(told) == shelf(folder).load("t.j2").compiled.render(told)


def test_only_what_the_block_names_makes_it_anew(tmp_path: Path) -> None:
    compiled = shelf(tmp_path).load("t.j2").compiled
    asked: list[str] = []

    class Counted(tuple[object, ...]):
        def __iter__(self):  # type: ignore[no-untyped-def]
            asked.append("read")
            return super().__iter__()

    thing = Thing("a", "名", Counted(("x",)))
    for goal in ("拉新", "回购", "预热"):
        compiled.render({"things": (thing,), "brief": Brief("今天", goal), "kind": "甲"})
    assert len(asked) == 1
    compiled.render({"things": (thing,), "brief": Brief("明天"), "kind": "甲"})
    compiled.render({"things": (replace(thing),), "brief": Brief("明天"), "kind": "甲"})
    assert len(asked) == 3


def test_kept_results_are_bounded_and_hold_their_inputs() -> None:
    kept = Kept()
    for i in range(KEPT + 100):
        assert kept.get((0, [i]), partial(int, i)) == i
    assert len(kept._made) == KEPT
    first = object()
    assert kept.get((0, first), lambda: "一") == kept.get((0, first), lambda: "二") == "一"


def test_a_run_holds_its_templates_while_the_files_change(tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    workspace = Workspace(tmp_path)
    find = held_templates()
    before = find("moments/ad", workspace)
    own = tmp_path / "prompts" / "moments"
    own.mkdir()
    (own / "ad.j2").write_text(
        before.path.read_text(encoding="utf-8").replace("一两句话", "两三句话"), encoding="utf-8"
    )
    assert find("moments/ad", workspace) is before
    assert find_template("moments/ad", workspace).sha256 != before.sha256
