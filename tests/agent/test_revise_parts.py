"""Parts are found by their names and change alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.copies import ArticleCopy, Citation, Copy, fields
from agent.revising.parts import all_parts, locate, read, with_gap, write
from knowledge_base.errors import UsageError
from tests.agent.drafts import ARTICLE, MOMENTS, REPLY

COPIES: list[Copy] = [ARTICLE, MOMENTS, REPLY]


def test_paragraphs_count_through_all_sections() -> None:
    parts = all_parts(ARTICLE)
    assert read(ARTICLE, parts["p1"]) == "晚上八点，图书馆三楼的饮水机又坏了。"
    assert read(ARTICLE, parts["p3"]).startswith("一盒 24 条")
    assert read(ARTICLE, parts["h2"]) == "一条多少钱，说清楚"
    assert read(ARTICLE, locate(ARTICLE, "p-1")[0]).startswith("不含蔗糖")
    assert [part.name for part in locate(ARTICLE, "body")] == ["s1", "s2"]
    assert [part.name for part in locate(MOMENTS, "all")] == ["text", "link_text"]


@pytest.mark.parametrize("name", ["p9", "p-9", "p0", "h3", "nonsense", "", "link_text"])
def test_a_part_that_is_not_there_lists_those_that_are(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        locate(ARTICLE, name)
    assert "p1" in caught.value.hint


@given(st.data(), st.text(max_size=30))
def test_only_the_named_part_changes(data: st.DataObject, new: str) -> None:
    copy = data.draw(st.sampled_from(COPIES))
    part = data.draw(st.sampled_from(list(all_parts(copy).values())))
    before, after = fields(copy), fields(write(copy, part, new))
    for name in before.keys() | after.keys():
        if name == part.field:
            whole = before[name]
            assert after.get(name, "") == whole[: part.start] + new + whole[part.end :]
        elif not (part.field == "title" and name.startswith("titles[")):
            assert after[name] == before[name]


@given(st.sampled_from(["p1", "p2", "p3", "p4"]), st.text(max_size=80))
def test_sources_stay_behind_the_facts_they_prove(name: str, new: str) -> None:
    part = all_parts(ARTICLE)[name]
    changed = write(ARTICLE, part, new)
    before, after = fields(ARTICLE), fields(changed)
    kept = {(c.field, c.id): c.end for c in changed.citations}
    for one in ARTICLE.citations:
        inside = one.field == part.field and part.start < one.end <= part.end
        assert ((one.field, one.id) in kept) is not inside
        if not inside:
            end = kept[one.field, one.id]
            tail_before, tail_after = before[one.field][one.end :], after[one.field][end:]
            assert tail_after == tail_before or before[one.field][: one.end] == after[one.field][:end]


def test_a_new_title_is_a_candidate_too() -> None:
    changed = write(ARTICLE, all_parts(ARTICLE)["title"], "新的标题")
    assert isinstance(changed, ArticleCopy)
    assert [title.text for title in changed.titles] == ["新的标题", *(t.text for t in ARTICLE.titles[1:])]
    swapped = write(ARTICLE, all_parts(ARTICLE)["title"], ARTICLE.titles[1].text)
    assert isinstance(swapped, ArticleCopy)
    assert swapped.titles == ARTICLE.titles


@pytest.mark.parametrize(
    ("name", "left"),
    [("p1", "p2"), ("p2", "p1")],
)
def test_a_removed_paragraph_leaves_no_hole(name: str, left: str) -> None:
    part = with_gap(ARTICLE, all_parts(ARTICLE)[name])
    changed = write(ARTICLE, part, "")
    assert isinstance(changed, ArticleCopy)
    assert changed.sections[0].text == read(ARTICLE, all_parts(ARTICLE)[left])
    assert all(c != Citation("sections[0].text", 46, "coffee-01") or name == "p1" for c in changed.citations)
