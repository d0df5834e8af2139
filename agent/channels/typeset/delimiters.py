"""`**`, `*`, `~~` and `==` that also work between Chinese characters and punctuation.

CommonMark decides by spaces and punctuation whether a run of markers can open or close, and Chinese has no spaces:
`**“强调”**后文` would stay as it stands. Here Chinese punctuation counts as a letter and a Chinese neighbour as a
space, as the cjk-friendly amendment of CommonMark proposes.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.rules_inline.state_inline import Delimiter, StateInline

_CJK = re.compile(
    r"[\u2014\u2018-\u201d\u2026\u2e80-\u312f\u3130-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U000323af]"
)
STRIKE, MARK = "~", "="
_NAMES = {STRIKE: "s", MARK: "mark"}


def add_delimiters(md: MarkdownIt) -> None:
    """Puts these rules in the places of CommonMark's own."""
    md.inline.ruler.at("emphasis", _emphasis)
    md.inline.ruler.at("strikethrough", _pair(STRIKE))
    md.inline.ruler2.at("strikethrough", _join(STRIKE))
    md.inline.ruler.after("strikethrough", "mark", _pair(MARK))
    md.inline.ruler2.after("strikethrough", "mark", _join(MARK))


def _flanks(state: StateInline, start: int, inside_words: bool) -> tuple[int, bool, bool]:
    """Length of the run of markers at `start`, whether it can open and whether it can close."""
    text, end, marker = state.src, start, state.src[start]
    while end < state.posMax and text[end] == marker:
        end += 1
    before = text[start - 1] if start else " "
    after = text[end] if end < state.posMax else " "
    before_space, before_sign, before_cjk = _kind(before)
    after_space, after_sign, after_cjk = _kind(after)
    if before.isdigit() and after.isdigit():
        return end - start, False, False  # 5*3*2 is a sum, or a size
    left = not after_space and (not after_sign or before_space or before_sign or before_cjk)
    right = not before_space and (not before_sign or after_space or after_sign or after_cjk)
    opens = left and (inside_words or not right or before_sign)
    closes = right and (inside_words or not left or after_sign)
    return end - start, opens, closes


def _kind(char: str) -> tuple[bool, bool, bool]:
    """Whether a character is a space, punctuation other than Chinese, Chinese."""
    cjk = _CJK.match(char) is not None
    sign = not cjk and (isMdAsciiPunct(ord(char)) or isPunctChar(char))
    return isWhiteSpace(ord(char)), sign, cjk


def _emphasis(state: StateInline, silent: bool) -> bool:
    marker = state.src[state.pos]
    if silent or marker not in "_*":
        return False
    length, opens, closes = _flanks(state, state.pos, marker == "*")
    for _ in range(length):
        _push(state, marker, ord(marker), length, opens, closes)
    state.pos += length
    return True


def _push(state: StateInline, text: str, marker: int, length: int, opens: bool, closes: bool) -> None:
    state.push("text", "", 0).content = text
    state.delimiters.append(Delimiter(marker, length, len(state.tokens) - 1, -1, opens, closes))


def _pair(char: str) -> Callable[[StateInline, bool], bool]:
    """A rule for markers that come in twos."""

    def rule(state: StateInline, silent: bool) -> bool:
        if silent or state.src[state.pos] != char:
            return False
        length, opens, closes = _flanks(state, state.pos, True)
        if length != 2:
            # A row of signs is a rule somebody drew, or half a marker: text either way.
            state.push("text", "", 0).content = char * length
        else:
            _push(state, char * 2, ord(char), 0, opens, closes)
        state.pos += length
        return True

    return rule


def _join(char: str) -> Callable[[StateInline], None]:
    """The rule that turns matched markers into opening and closing tokens."""

    def join(state: StateInline, delimiters: list[Delimiter]) -> None:
        for opening in delimiters:
            if opening.marker != ord(char) or opening.end == -1:
                continue
            for at, nesting, suffix in ((opening.token, 1, "open"), (delimiters[opening.end].token, -1, "close")):
                token = state.tokens[at]
                token.type, token.tag, token.markup = f"{_NAMES[char]}_{suffix}", _NAMES[char], char * 2
                token.nesting, token.content = nesting, ""  # type: ignore[assignment]

    def rule(state: StateInline) -> None:
        join(state, state.delimiters)
        for meta in state.tokens_meta:
            if meta and "delimiters" in meta:
                join(state, meta["delimiters"])

    return rule
