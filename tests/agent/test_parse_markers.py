"""Source markers leave the text as it was and point to where they stood."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.answers.citations import strip_markers, take
from agent.copies import Citation

TABLE = {
    "behind a fact": ("2 克一条[[p1]]，冷水。", "2 克一条，冷水。", [(5, "p1")]),
    "at the end": ("59 元[[p1]]", "59 元", [(4, "p1")]),
    "two in a row": ("59 元[[p1]][[c1]]。", "59 元。", [(4, "p1"), (4, "c1")]),
    "two in one": ("59 元[[p1、c1]]。", "59 元。", [(4, "p1"), (4, "c1")]),
    "a blank before": ("59 元 [[p1]]。", "59 元。", [(4, "p1")]),
    "full-width brackets": ("59 元［［p1］］。", "59 元。", [(4, "p1")]),
    "any Unicode id": ("灯[[灯-夹 子/01]]", "灯", [(1, "灯-夹 子/01")]),
    "emoji counts as one code point": ("😀灯[[p1]]亮", "😀灯亮", [(2, "p1")]),
    "leading": (" [[p1]] 灯", "灯", [(0, "p1")]),
    "single brackets stay": ("见 [注1]。", "见 [注1]。", []),
    "empty stays": ("[[]]", "[[]]", []),
    "broken over lines stays": ("[[p\n1]]", "[[p\n1]]", []),
    "too long stays": (f"[[{'p' * 201}]]", f"[[{'p' * 201}]]", []),
}


@pytest.mark.parametrize(("raw", "text", "ends"), TABLE.values(), ids=TABLE.keys())
def test_markers(raw: str, text: str, ends: list[tuple[int, str]]) -> None:
    assert take("f", raw) == (text, tuple(Citation("f", end, ident) for end, ident in ends))


plain = st.text(
    alphabet=st.characters(blacklist_characters="[]［］ \t\u3000", blacklist_categories=["Cs"]), max_size=12
)
idents = st.text(alphabet="abc灯01-_/. ", min_size=1, max_size=8).filter(str.strip)


@settings(deadline=None)
@given(st.lists(st.tuples(plain, idents), max_size=6), plain)
def test_stripping_keeps_everything_else(pieces: list[tuple[str, str]], tail: str) -> None:
    raw = "".join(f"{text}[[{ident}]]" for text, ident in pieces) + tail
    clean, citations = strip_markers("f", raw)
    assert clean == "".join(text for text, _ in pieces) + tail
    at, expected = 0, []
    for text, ident in pieces:
        at += len(text)
        expected.append(Citation("f", at, ident.strip()))
    assert list(citations) == expected


@settings(deadline=None)
@given(st.text(alphabet="[]［］ab \n、", max_size=60))
def test_offsets_are_always_inside(raw: str) -> None:
    text, citations = take("f", raw)
    assert all(0 <= citation.end <= len(text) for citation in citations)
    assert text == text.strip()
    assert not set(text) - set(raw)
