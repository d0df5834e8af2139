"""Length as WeChat counts it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.rules import find_emoji, utf8_length, wechat_length


@pytest.mark.parametrize(
    ("text", "length", "emoji"),
    [
        ("", 0, 0),
        ("冷水三秒，化开。", 8, 0),
        ("2g×24条", 6, 0),
        ("家👨‍👩‍👧暖", 3, 1),
        ("好👍🏽", 2, 1),
        ("❤️ok", 3, 1),
        ("[微笑]早", 2, 1),
        ("[广告]早", 5, 0),
        ("山醒®咖啡", 5, 0),
        ("e\u0301te\u0301", 3, 0),
        ("a\u200bb", 2, 0),
        ("一行\r\n两行", 5, 0),
        ("🇨🇳国", 2, 1),
    ],
)
def test_table(text: str, length: int, emoji: int) -> None:
    assert wechat_length(text) == length
    assert len(find_emoji(text)) == emoji
    assert wechat_length(text, emoji_apart=True) == length - emoji


@given(st.text(max_size=80))
def test_never_longer_than_its_code_points_and_spans_fit(text: str) -> None:
    assert 0 <= wechat_length(text) <= len(text)
    for span in find_emoji(text):
        assert text[span.start : span.end] == span.text


@given(st.text(alphabet="冷水三秒化开，。abc123", max_size=40), st.text(alphabet="下午四点，稿子", max_size=40))
def test_plain_text_adds_up(a: str, b: str) -> None:
    assert wechat_length(a + b) == wechat_length(a) + wechat_length(b) == len(a) + len(b)


@given(st.text(max_size=60))
def test_utf8_length_is_the_encoded_size(text: str) -> None:
    assert utf8_length(text) == len(text.encode("utf-8", "surrogatepass"))
