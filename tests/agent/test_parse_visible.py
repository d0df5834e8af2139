"""While an answer streams in, the terminal shows the copy and nothing else."""

from __future__ import annotations

import itertools
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.answers.citations import take
from agent.parse import VisibleText, visible_text

ARTICLE = {
    "angle": "不该出现",
    "outline": ["不该出现"],
    "titles": [{"type": "场景", "text": "不该出现"}],
    "title": "凌晨三点",
    "digest": "孩子没醒。",
    "sections": [
        {"heading": "", "text": "第一段[[p1]]。\n\n第二段。"},
        {"heading": "夹住就行", "text": "86 克 [[p1]]。"},
    ],
    "cta": "去看看",
    "image_brief": ["不该出现"],
}
SHOWN = "凌晨三点\n\n孩子没醒。\n\n第一段。\n\n第二段。\n\n夹住就行\n\n86 克。\n\n去看看"

words = st.text(alphabet=st.sampled_from('灯床a1 \n"\\[]{}：，😀'), max_size=8)
nested = st.recursive(
    words | st.none(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2),
    max_leaves=3,
)
answers = st.fixed_dictionaries(
    {},
    optional={
        "angle": words,
        "titles": st.lists(st.fixed_dictionaries({"type": words, "text": words}), max_size=2),
        "title": words,
        "digest": words,
        "sections": st.lists(st.fixed_dictionaries({"heading": words, "text": words}), max_size=3),
        "text": words,
        "cta": words,
        "handover": st.booleans(),
        "link_text": words,
        "odd": st.recursive(
            words | st.none(),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2),
            max_leaves=3,
        ),
    },
)


def shown(answer: dict[str, Any]) -> str:
    """What a reader of the finished answer would see, in the order it was written."""
    parts: list[str] = []
    for key, value in answer.items():
        if key in ("title", "digest", "text", "cta"):
            parts.append(value)
        if key == "sections":
            parts += [text for section in value for text in section.values()]
    return "\n\n".join(filter(None, (take("", part)[0] for part in parts)))


def test_an_article_grows() -> None:
    text = json.dumps(ARTICLE, ensure_ascii=False)
    assert visible_text(text) == SHOWN
    assert visible_text(text[: text.index("没醒")]) == "凌晨三点\n\n孩子"


def test_wrappings_are_not_shown() -> None:
    body = json.dumps({"text": "灯 <亮>"}, ensure_ascii=True)
    assert visible_text(f'<think>想 {{"text": "草稿"}}</think>好的 < 3：\n```json\n{body}\n``` 完') == "灯 <亮>"
    assert visible_text('<think>还在想 {"text": "草稿"}') == ""
    assert visible_text("没有 JSON 的话") == ""


@settings(deadline=None)
@given(answers, st.booleans())
def test_every_prefix_shows_a_beginning_of_the_whole(answer: dict[str, Any], ascii: bool) -> None:
    text = json.dumps(answer, ensure_ascii=ascii)
    whole = visible_text(text)
    assert whole == shown(answer)
    before = ""
    for end in range(len(text) + 1):
        now = visible_text(text[:end])
        assert now.startswith(before)
        before = now
    assert whole == before


@settings(deadline=None)
@given(st.text(alphabet='{}[]"\\u0d8:,<think>/text灯 \n', max_size=120), st.lists(st.integers(0, 120), max_size=6))
def test_pieces_add_up_whatever_the_text(text: str, cuts: list[int]) -> None:
    stream = VisibleText()
    edges = [0, *sorted(cut for cut in cuts if cut <= len(text)), len(text)]
    grown = "".join(stream.feed(text[a:b]) for a, b in itertools.pairwise(edges))
    assert grown == visible_text(text)
    grown.encode("utf-8")
