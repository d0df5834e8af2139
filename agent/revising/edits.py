"""Edits that need no model: each takes a part's text and gives candidates, gentlest loss first; none when impossible.

They only ever leave out whole sentences or trailing clauses, so that what remains is what somebody already wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge_base.rules import find_emoji

SHORTER = 2 / 3
"""How much of a text is left when nobody says how short."""

_SENTENCE = re.compile(r"[^。！？!?…\n]*(?:[。！？!?…]+[”」』’）)]*|\n+|\Z)")
_CLAUSE = re.compile(r"[^，,；;]*(?:[，,；;]|\Z)")
_ASIDE = re.compile(r"（[^（）]*）|\([^()]*\)")
_FACT = re.compile(r"[0-9０-９]|[一二两三四五六七八九十百千万]+(?:克|条|元|块|天|年|秒|盒|瓶|折)")
# Leaving one of these out could mislead a reader or break the law; they stay.
_CAUTION = re.compile(
    r"过敏|别买|别用|别吃|不适合|不建议|不能代替|请勿|勿|慎|仅限|限|满\s*\d|截止|有效期|除外|遵医嘱|医生|广告|人工|以.{0,6}为准|副作用|孕|儿童"
)
_OPEN_START = re.compile(r"\s*(?:如果|若|要是|因为|由于|虽然|尽管|只要|只有|当|等|除了|不但|不仅|无论|不管|比如|例如)")
_OPEN_END = re.compile(r"(?:时|时候|之后|以后|之前|的话|说|问|是|有|：|:)[，,；;]?\Z")
MONEY = re.compile(
    r"[¥￥]\s*\d|\d[\d,.]*\s*(?:元|块|角|折|分钱|毛)|[一二两三四五六七八九十百千几]+(?:元|块钱|块[一二三四五六七八九十\d]|折)"
    r"|价格|价钱|价位|原价|现价|特价|到手价|售价|单价|标价|多少钱|半价|便宜|划算|[不太]贵|贵[不了得]"
)
# 你 inside these is no address.
_NOT_YOU = re.compile(r"迷你|你我|你方")
_PUNCTUATION = "，,；;、：: "


def address(text: str, to: str) -> str:
    """Every 你 as 您, or the other way; words that merely contain the character stay."""
    if to == "你":
        return text.replace("您", "你")
    held = [m.span() for m in _NOT_YOU.finditer(text)]
    swapped = (
        "您" if char == "你" and not any(start <= i < end for start, end in held) else char
        for i, char in enumerate(text)
    )
    return re.sub("您们", "您", "".join(swapped))


def no_emoji(text: str) -> str:
    """Without emoji and WeChat's bracketed faces, and without the gaps they would leave at a line's ends."""
    bare = text
    for span in reversed(find_emoji(text)):
        # A variation selector may trail the emoji it belongs to.
        bare = bare[: span.start] + "\0" + bare[span.end :].removeprefix("\ufe0f")
    return re.sub(r"[ \t]*\0[\0 \t]*(?=\n|\Z)|(?<![^\n])\0[\0 \t]*|\0+", "", bare)


def shorten(text: str, chars: int | None) -> Iterator[str]:
    """Shorter forms: those that reach the goal first, the longest of them first; then, when no figure was asked for,
    the nearest misses. The opening sentence stays, since it is what people see.
    """
    goal = int(len(text) * SHORTER) if chars is None else chars
    states: set[str] = set()
    for one_less in (_sentence_less, _clause_less):
        current = text
        while (shorter := one_less(current)) is not None:
            current = shorter
            states.add(current)
    by_length = sorted(states, key=lambda state: (-len(state), state))
    yield from (state for state in by_length if len(state) <= goal)
    if chars is None:
        yield from (state for state in reversed(by_length) if len(state) > goal)


def _sentence_less(text: str) -> str | None:
    """Without an aside, else without the sentence that tells least, else without a trailing clause."""
    aside = next((m for m in _ASIDE.finditer(text) if not _CAUTION.search(m[0])), None)
    if aside:
        return text[: aside.start()] + text[aside.end() :]
    sentences = _sentences(text)
    loose = [i for i, one in enumerate(sentences) if one.strip() and not _CAUTION.search(one)]
    loose = [i for i in loose if any(one.strip() for one in sentences[:i])]
    if not loose:
        return _clause_less(text)
    # The fewest facts go first, of equal ones the last: beginnings carry the thread.
    least = min(loose, key=lambda i: (len(_FACT.findall(sentences[i])), -i))
    return _tidy("".join(one for i, one in enumerate(sentences) if i != least), text)


def _clause_less(text: str) -> str | None:
    """Without the trailing clause of the last sentence that can spare one."""
    sentences = _sentences(text)
    for i in reversed(range(len(sentences))):
        cut = _without_last_clause(sentences[i])
        if cut is not None:
            return _tidy("".join((*sentences[:i], cut, *sentences[i + 1 :])), text)
    return None


def _without_last_clause(sentence: str) -> str | None:
    clauses = [c for c in _CLAUSE.findall(sentence) if c]
    # What stands beside a price is its condition or its date: whole or not at all.
    if len(clauses) < 2 or _CAUTION.search(clauses[-1]) or MONEY.search(sentence):
        return None
    kept = "".join(clauses[:-1]).rstrip(_PUNCTUATION)
    if len(kept) < 4 or _OPEN_START.match(clauses[-2]) or _OPEN_END.search(kept):
        return None
    return kept + _ending(sentence)


def without(text: str, unwanted: re.Pattern[str]) -> Iterator[str]:
    """The text without the clauses that match, then without the whole sentences; nothing when all would go."""
    if not unwanted.search(text):
        return
    by_clause = _tidy("".join(_without_clauses(s, unwanted) for s in _sentences(text)), text)
    by_sentence = _tidy("".join("" if unwanted.search(s) else s for s in _sentences(text)), text)
    for candidate in dict.fromkeys((by_clause, by_sentence)):
        if re.search(r"\w", candidate) and not unwanted.search(candidate):
            yield candidate


def _without_clauses(sentence: str, unwanted: re.Pattern[str]) -> str:
    if not unwanted.search(sentence):
        return sentence
    clauses = [c for c in _CLAUSE.findall(sentence) if c]
    kept = [c for c in clauses if not unwanted.search(c)]
    body = "".join(kept).strip(_PUNCTUATION)
    first_gone = bool(clauses) and unwanted.search(clauses[0]) is not None
    # A sentence that lost its beginning, or whose end now hangs in the air, is better left out.
    if not re.search(r"\w", body) or first_gone or (kept and _OPEN_START.match(kept[-1])) or _OPEN_END.search(body):
        return "\n" * sentence.count("\n") if sentence.strip() == "" else ""
    ending = _ending(sentence)
    return body if body.endswith(tuple("。！？!?…")) else body + ending


def _sentences(text: str) -> list[str]:
    return [one for one in _SENTENCE.findall(text) if one]


def _ending(sentence: str) -> str:
    match = re.search(r"[。！？!?…]+[”」』’）)]*\Z|\n+\Z", sentence)
    return match[0] if match else ""


def _tidy(text: str, before: str) -> str:
    """No blank lines or stray commas where something was left out; the end punctuated as it was."""
    gap = "\n\n" if "\n\n" in before else "\n"
    text = re.sub(rf"\n{{{len(gap) + 1},}}", gap, text).strip("\n").lstrip(_PUNCTUATION)
    if not before.rstrip().endswith(("。", "！", "？", "…")):
        text = text.rstrip("。")
    return text.rstrip(_PUNCTUATION)
