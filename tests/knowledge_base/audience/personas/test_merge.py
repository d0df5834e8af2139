"""Three-way merge of persona cards: people's edits stay, what they left alone follows the data."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.audience.personas.merge import Conflict, Generated, Item, merge_card, merge_list

A, B, C = Item("a", "工作日下午四点"), Item("b", "早上七点前后"), Item("c", "床头看两页书")
A2, B2 = Item("a", "工作日下午五点"), Item("b", "早上八点前后")
MINE = "工作日下午四点，抽屉空了"
OWN = "团建回来的大巴上"


def texts(*items: Item) -> list[str]:
    return [one.text for one in items]


@pytest.mark.parametrize(
    ("base", "ours", "mine", "merged", "conflicts"),
    [
        pytest.param([A, B], [A2, B], texts(A, B), texts(A2, B), [], id="untouched follows"),
        pytest.param([A, B], [B, A2], texts(A, B), texts(B, A2), [], id="untouched follows in order"),
        pytest.param([A, B], [A, B], [MINE, B.text], [MINE, B.text], [], id="edited stays"),
        pytest.param([A, B], [A2, B2], [MINE, B.text], [MINE, B2.text], [(MINE, A2.text)], id="both changed"),
        pytest.param([A, B], [A2, B], texts(A2, B), texts(A2, B), [], id="both changed alike"),
        pytest.param([A, B], [B], [MINE, B.text], [MINE, B.text], [(MINE, "")], id="edited, data gone"),
        pytest.param([A, B], [B], texts(A, B), texts(B), [], id="untouched, data gone"),
        pytest.param([A, B], [A, B], texts(B), texts(B), [], id="deleted stays away"),
        pytest.param([A, B], [A2, B], texts(B), texts(B), [("", A2.text)], id="deleted, data changed"),
        pytest.param([A, B], [A, B, C], texts(A, B), texts(A, B, C), [], id="new one comes"),
        pytest.param([A, B], [A, C, B], [MINE, B.text], [MINE, C.text, B.text], [], id="new one behind its neighbour"),
        pytest.param(
            [A, B], [A, B], [A.text, OWN, B.text], [A.text, OWN, B.text], [], id="own sentence keeps its place"
        ),
        pytest.param([A, B], [A2, B], [B.text, OWN, A.text], [B.text, OWN, A2.text], [], id="own order stays"),
        pytest.param([], [A], [OWN], [A.text, OWN], [], id="no base: both"),
        pytest.param([], [A], [A.text], [A.text], [], id="no base: the same once"),
        pytest.param([A], [A, Item("n", OWN)], [A.text, OWN], [A.text, OWN], [], id="data say it too"),
        pytest.param([A, B], [Item("b", A.text)], [B.text], [], [], id="deleted wording does not come back"),
        pytest.param([A, B], [A2, B2], [], [], [("", A2.text), ("", B2.text)], id="emptied stays empty"),
    ],
)
def test_lists(
    base: list[Item], ours: list[Item], mine: list[str], merged: list[str], conflicts: list[tuple[str, str]]
) -> None:
    assert merge_list(base, ours, mine) == (merged, conflicts)


BASE: Generated = {"name": "夜里看食品", "who": "夜里最活跃", "scenes": (A, B)}
OURS: Generated = {"name": "清早看食品", "who": "夜里最活跃", "scenes": (A2, B), "pains": (C,)}


@pytest.mark.parametrize(
    ("base", "mine", "merged", "conflicts"),
    [
        pytest.param(
            BASE,
            {"name": "夜里看食品", "who": "夜里最活跃", "scenes": texts(A, B)},
            {"name": "清早看食品", "who": "夜里最活跃", "scenes": texts(A2, B), "pains": texts(C)},
            (),
            id="untouched",
        ),
        pytest.param(
            BASE,
            {"name": "夜猫子", "who": "睡得晚的人", "scenes": texts(A, B), "avoid": ["宝宝们"], "brand": "b-1"},
            {
                "name": "夜猫子", "who": "睡得晚的人", "scenes": texts(A2, B), "avoid": ["宝宝们"], "brand": "b-1",
                "pains": texts(C),
            },
            (Conflict("segment:1", "name", "夜猫子", "清早看食品"),),
            id="edited texts and fields of one's own",
        ),
        pytest.param(
            BASE,
            {"name": "夜里看食品"},
            {"name": "清早看食品", "pains": texts(C)},
            (Conflict("segment:1", "scenes", "", A2.text),),
            id="fields taken out",
        ),
        pytest.param(
            BASE,
            {"name": 3, "who": None, "scenes": "一句话", "note": {"a": 1}},
            {"name": "3", "who": "", "scenes": ["一句话"], "note": {"a": 1}, "pains": texts(C)},
            (Conflict("segment:1", "name", "3", "清早看食品"), Conflict("segment:1", "scenes", "", A2.text)),
            id="other shapes",
        ),
        pytest.param(
            None,
            {"name": "夜猫子", "scenes": [OWN]},
            {"name": "夜猫子", "who": "夜里最活跃", "scenes": [A2.text, B.text, OWN], "pains": texts(C)},
            (Conflict("segment:1", "name", "夜猫子", "清早看食品"),),
            id="what was generated last time is lost",
        ),
    ],
)  # fmt: skip
def test_cards(
    base: Generated | None, mine: dict[str, object], merged: dict[str, object], conflicts: tuple[Conflict, ...]
) -> None:
    assert merge_card("segment:1", base, OURS, mine) == (merged, conflicts)


words = st.text("早晚工日周末下上午点看书写稿茶饭", min_size=1, max_size=6)
keys = st.sampled_from("abcdefgh")


@st.composite
def generated(draw: st.DrawFn) -> list[Item]:
    """Keys and wordings are unique within one build, as builds make them."""
    unique = (lambda one: one.key, lambda one: one.text)
    return draw(st.lists(st.builds(Item, keys, words), max_size=6, unique_by=unique))


@st.composite
def edited(draw: st.DrawFn) -> tuple[list[Item], list[Item], list[str]]:
    """base, ours and a file that a person made of base: sentences changed, removed, added and moved about."""
    base = draw(generated())
    mine = []
    for one in base:
        if draw(st.booleans()):
            mine.append(one.text)
        elif draw(st.booleans()):
            mine.append(one.text + draw(words))
    mine = draw(st.permutations([*mine, *draw(st.lists(words, max_size=3))]))
    return base, draw(generated()), mine


@given(edited())
def test_no_edit_is_ever_lost(case: tuple[list[Item], list[Item], list[str]]) -> None:
    base, ours, mine = case
    merged, _ = merge_list(base, ours, mine)
    before = {one.text for one in base}
    written = Counter(text for text in mine if text not in before)
    assert not written - Counter(merged)
    removed = before - set(mine)
    if mine != [one.text for one in base]:
        assert not removed & set(merged)


@given(generated(), generated())
def test_untouched_lists_follow_the_new_build(base: list[Item], ours: list[Item]) -> None:
    assert merge_list(base, ours, [one.text for one in base]) == ([one.text for one in ours], [])


@given(edited())
def test_without_new_data_the_file_stays_as_it_is(case: tuple[list[Item], list[Item], list[str]]) -> None:
    base, _, mine = case
    assert merge_list(base, base, mine) == (list(mine), [])


@given(edited())
def test_untouched_sentences_follow_the_new_build(case: tuple[list[Item], list[Item], list[str]]) -> None:
    base, ours, mine = case
    merged, _ = merge_list(base, ours, mine)
    now = {one.key: one.text for one in ours}
    gone = {one.text for one in base} - set(mine)
    for one in base:
        if mine.count(one.text) == 1 and one.key in now and now[one.key] not in gone:
            assert now[one.key] in merged
        if mine.count(one.text) == 1 and one.key not in now and one.text not in now.values():
            assert one.text not in merged


@given(edited())
def test_merging_again_changes_nothing(case: tuple[list[Item], list[Item], list[str]]) -> None:
    base, ours, mine = case
    merged, _ = merge_list(base, ours, mine)
    assert merge_list(ours, ours, merged) == (merged, [])


@given(st.dictionaries(st.sampled_from(["name", "who", "brand"]), words), st.data())
def test_texts_of_the_person_win(mine: dict[str, str], data: st.DataObject) -> None:
    fields = st.dictionaries(st.sampled_from(["name", "who", "brand"]), words)
    base, ours = data.draw(fields), data.draw(fields)
    merged, conflicts = merge_card("x", base, ours, mine)
    for field in ("name", "who", "brand"):
        if mine.get(field) != base.get(field):
            assert merged.get(field) == mine.get(field)
            told = [(one.mine, one.ours) for one in conflicts if one.field == field]
            clash = ours.get(field) not in (base.get(field), mine.get(field))
            assert told == ([(mine.get(field, ""), ours.get(field, ""))] if clash else [])
        else:
            assert merged.get(field) == ours.get(field)
