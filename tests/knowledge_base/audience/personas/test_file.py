"""The persona file: comments, order and style of the person who edits it survive every rebuild."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import yaml

from knowledge_base.audience.personas.build import merge_file
from knowledge_base.audience.personas.card import PersonaCard, Statement
from knowledge_base.audience.personas.yaml_file import PersonaFile
from knowledge_base.errors import BadInputError

if TYPE_CHECKING:
    from knowledge_base.audience.personas.merge import Conflict


def card(number: int, *scenes: str, name: str = "") -> PersonaCard:
    rows = (Statement("scenes", f"hour.{place}", text) for place, text in enumerate(scenes))
    statements = (Statement("name", "name", name or f"第{number}群"), *rows)
    return PersonaCard(id=f"segment:{number}", size=30, share=0.5, statements=statements)


ONE, TWO = card(1, "早上七点", "夜里十一点"), card(2, "工作日下午四点")


def start() -> str:
    return merge_file("", (ONE, TWO), (), file="x.yaml").text


def again(
    text: str, *cards: PersonaCard, base: tuple[PersonaCard, ...] = (ONE, TWO)
) -> tuple[str, tuple[Conflict, ...]]:
    merged = merge_file(text, cards, base, file="x.yaml")
    return merged.text, merged.conflicts


def test_a_new_file_explains_itself_and_reads_back() -> None:
    text = start()
    assert text.startswith("# 人群画像")
    assert yaml.safe_load(text) == [
        {"id": "segment:1", "name": "第1群", "scenes": ["早上七点", "夜里十一点"]},
        {"id": "segment:2", "name": "第2群", "scenes": ["工作日下午四点"]},
    ]


def test_the_same_build_leaves_every_byte() -> None:
    edited = (
        start()
        .replace("早上七点", "早上七点，豆浆还烫着  # 小李：这句好用")
        .replace("- id: segment:2", "\n# 下面是上班的\n- id: segment:2")
    )
    assert again(edited, ONE, TWO) == (edited, ())


def test_an_edit_and_a_change_elsewhere_both_stand() -> None:
    edited = start().replace("早上七点", "早上七点，豆浆还烫着 # 小李：这句好用")
    text, conflicts = again(edited, card(1, "早上七点", "夜里十二点"), card(2, "工作日下午五点"))
    assert yaml.safe_load(text)[0]["scenes"] == ["早上七点，豆浆还烫着", "夜里十二点"]
    assert yaml.safe_load(text)[1]["scenes"] == ["工作日下午五点"]
    assert "# 小李：这句好用" in text
    assert not conflicts


def test_comments_of_dropped_sentences_are_not_lost() -> None:
    edited = start().replace("- 夜里十一点", "- 夜里十一点  # 问过客服\n  # 下一季再看")
    text, _ = again(edited, card(1, "早上七点"), TWO)
    assert "夜里十一点" not in yaml.safe_load(text)[0]["scenes"]
    assert "# 问过客服" in text
    assert "# 下一季再看" in text


@pytest.mark.parametrize(
    ("edit", "cards", "ids", "note"),
    [
        pytest.param(None, (ONE,), ["segment:1"], ("removed", ("segment:2",)), id="gone, untouched"),
        pytest.param(
            ("工作日下午四点", "赶稿"), (ONE,), ["segment:1", "segment:2"], ("kept", ("segment:2",)), id="gone, edited"
        ),
        pytest.param(
            ("- id: segment:2\n  name: 第2群\n  scenes:\n  - 工作日下午四点\n", ""),
            (ONE, TWO),
            ["segment:1"],
            ("deleted", ("segment:2",)),
            id="deleted stays deleted",
        ),
        pytest.param(
            ("- id: segment:2", "- id: u-me\n  name: 我自己写的\n- id: segment:2"),
            (ONE, TWO, card(3, "周末上午十点")),
            ["segment:1", "u-me", "segment:2", "segment:3"],
            ("added", ("segment:3",)),
            id="own card stays, new one comes",
        ),
    ],
)  # fmt: skip
def test_cards_come_and_go(
    edit: tuple[str, str] | None, cards: tuple[PersonaCard, ...], ids: list[str], note: tuple[str, tuple[str, ...]]
) -> None:
    text = start().replace(*edit) if edit else start()
    merged = merge_file(text, cards, (ONE, TWO), file="x.yaml")
    assert [one["id"] for one in yaml.safe_load(merged.text)] == ids
    assert getattr(merged, note[0]) == note[1]


def test_reset_takes_the_new_build_whole() -> None:
    edited = start().replace("早上七点", "我写的").replace("工作日下午四点", "我也写了")
    merged = merge_file(edited, (ONE, TWO), (ONE, TWO), file="x.yaml", reset=frozenset({"segment:1"}))
    assert [one["scenes"][0] for one in yaml.safe_load(merged.text)] == ["早上七点", "我也写了"]


def test_indented_lists_stay_indented() -> None:
    text = "  - id: segment:1\n    name: 第1群\n    scenes:\n      - 早上七点\n      - 夜里十一点\n"
    merged, _ = again(text, card(1, "早上八点", "夜里十一点"), base=(ONE,))
    assert merged == text.replace("七", "八")


def test_a_flow_list_stays_one() -> None:
    text = "- id: segment:1\n  name: 第1群\n  scenes: [早上七点, 夜里十一点]\n"
    merged, _ = again(text, card(1, "早上八点", "夜里十一点"), base=(ONE,))
    assert "scenes: [早上八点, 夜里十一点]" in merged


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: b", "列表"),
        ("- 一句话", "列表"),
        ("- name: 没有编号", "列表"),
        ("- id: [", "YAML"),
        ("- id: x\n- id: x", "两次"),
    ],
)
def test_files_that_cannot_be_merged_are_refused(text: str, says: str) -> None:
    with pytest.raises(BadInputError, match=says) as caught:
        PersonaFile(text, "资料/人群画像.yaml")
    assert "人群画像.yaml" in str(caught.value)


def test_names_that_two_cards_share_are_told_apart() -> None:
    from knowledge_base.audience.personas.phrasing import unique_names

    same = [replace(card(number, name="夜里看食品")) for number in (1, 2)] + [TWO]
    assert [one.name for one in unique_names(same)] == ["夜里看食品1", "夜里看食品2", "第2群"]
