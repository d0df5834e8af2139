"""Assertions about words: contains, equals, starts and ends, regular expressions, likeness and length.

Each takes what is asserted and the assertion, and says whether it holds, why, and where. Names and meanings follow
promptfoo's, so that its configurations keep theirs; `i` in front ignores case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, NamedTuple

from agent.draft import Draft
from evals.records import Assertion
from evals.scorers.port import Embed
from evals.scorers.view import Span, quoted
from evals.text_metrics import chrf, cosine, fold
from knowledge_base.rules import wechat_length

REGEX_SECONDS = 0.25
"""A pattern that backtracks longer than this has no verdict."""
SIMILAR = 0.75
"""Threshold of `similar` where the assertion names none."""


class Holds(NamedTuple):
    """Outcome of one assertion before negation. `value` None: it could not be decided."""

    value: float | None
    passed: bool
    why: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is asserted about."""

    fields: Mapping[str, str]
    """Published fields; {"": raw answer} when no copy could be read."""
    text: str
    """The copy as a reader reads it, or the raw answer."""
    raw: str
    """The model's last answer as it came."""
    draft: Draft
    embed: Embed | None = None


Check = Callable[[Subject, Assertion], Holds]


class UnusableError(Exception):
    """The assertion's own value cannot be used; the message says why, in Chinese."""


def contains(subject: Subject, assertion: Assertion) -> Holds:
    return _word(subject, _text(assertion.value), _find)


def icontains(subject: Subject, assertion: Assertion) -> Holds:
    return _word(subject, _text(assertion.value), _ifind)


def contains_all(subject: Subject, assertion: Assertion) -> Holds:
    return _words(subject, assertion, _find, all_of=True)


def contains_any(subject: Subject, assertion: Assertion) -> Holds:
    return _words(subject, assertion, _find, all_of=False)


def icontains_all(subject: Subject, assertion: Assertion) -> Holds:
    return _words(subject, assertion, _ifind, all_of=True)


def icontains_any(subject: Subject, assertion: Assertion) -> Holds:
    return _words(subject, assertion, _ifind, all_of=False)


def equals(subject: Subject, assertion: Assertion) -> Holds:
    """Word for word, blanks round it apart."""
    same = subject.text.strip() == _text(assertion.value).strip()
    return _verdict(same, "一字不差" if same else f"不等于{quoted(_text(assertion.value))}")


def starts_with(subject: Subject, assertion: Assertion) -> Holds:
    wanted = _text(assertion.value)
    same = subject.text.startswith(wanted)
    return _verdict(same, f"{'以' if same else '不以'}{quoted(wanted)}开头")


def ends_with(subject: Subject, assertion: Assertion) -> Holds:
    wanted = _text(assertion.value)
    same = subject.text.rstrip().endswith(wanted)
    return _verdict(same, f"{'以' if same else '不以'}{quoted(wanted)}结尾")


def regex(subject: Subject, assertion: Assertion) -> Holds:
    """A match anywhere in a field. No pattern can hang a run: the search has `REGEX_SECONDS` in all."""
    import regex as engine  # type: ignore[import-untyped, unused-ignore]

    pattern = _text(assertion.value)
    try:
        compiled = engine.compile(pattern)
    except (engine.error, RecursionError, OverflowError) as error:
        raise UnusableError(f"正则写错了：{error}") from error
    try:
        for name, text in subject.fields.items():
            if (m := compiled.search(text, timeout=REGEX_SECONDS)) is not None:
                return Holds(1.0, True, f"匹配到{quoted(m.group())}", ((name, *m.span()),))
    except TimeoutError as error:
        raise UnusableError(f"正则 {REGEX_SECONDS} 秒还没跑完，写得太绕了") from error
    return _verdict(False, f"没有匹配 {pattern[:40]}")


def similar(subject: Subject, assertion: Assertion) -> Holds:
    """Cosine of embeddings where an embedder is configured, else character chrF; against the best of the texts."""
    wanted = [_text(one) for one in _list(assertion.value)]
    limit = SIMILAR if assertion.threshold is None else assertion.threshold
    if subject.embed is not None:
        first, *others = subject.embed([subject.text, *wanted])
        value, how = max(cosine(first, other) for other in others), "向量余弦"
    else:
        value, how = max(chrf(subject.text, one) for one in wanted), "字面 chrF（没有配向量模型）"
    value = max(0.0, value)
    return Holds(value, value >= limit, f"{how} {value:.2f}，要 {limit:g}")


def length(subject: Subject, assertion: Assertion) -> Holds:
    """字 as WeChat counts. The value is a most, a [least, most], or {min, max}."""
    least, most = _range(assertion)
    size = wechat_length(subject.text)
    fits = least <= size and (most is None or size <= most)
    told = f"{least}~{most} 字" if most is not None else f"至少 {least} 字"
    return _verdict(fits, f"{size} 字，要 {told}")


def latency(subject: Subject, assertion: Assertion) -> Holds:
    """Milliseconds at most, as promptfoo counts; the threshold, or the value."""
    limit = _limit(assertion)
    if not subject.draft.attempts:
        raise UnusableError("没有记下任何一次生成")
    spent = 1000 * sum(attempt.latency for attempt in subject.draft.attempts)
    return _verdict(spent <= limit, f"用了 {spent:.0f} 毫秒，上限 {limit:g}")


def cost(subject: Subject, assertion: Assertion) -> Holds:
    """Yuan at most; the threshold, or the value."""
    limit = _limit(assertion)
    prices = [attempt.cost for attempt in subject.draft.attempts]
    known = [price for price in prices if price is not None]
    if not prices or len(known) < len(prices):
        raise UnusableError("模型档案没有写价格，算不出花费")
    total = sum(known, Decimal(0))
    return _verdict(float(total) <= limit, f"花了 {total} 元，上限 {limit:g}")


def _word(subject: Subject, wanted: str, find: Callable[[str, str], int]) -> Holds:
    if not wanted:
        raise UnusableError("没有写要找的词")
    for name, text in subject.fields.items():
        if (at := find(text, wanted)) >= 0:
            return Holds(1.0, True, f"有{quoted(wanted)}", ((name, at, at + len(wanted)),))
    return _verdict(False, f"没有{quoted(wanted)}")


def _words(subject: Subject, assertion: Assertion, find: Callable[[str, str], int], *, all_of: bool) -> Holds:
    wanted = [_text(one) for one in _list(assertion.value)]
    found = {word: held for word in wanted if (held := _word(subject, word, find)).passed}
    spans = tuple(span for held in found.values() for span in held.spans)
    missing = [word for word in wanted if word not in found]
    if all_of:
        why = f"没有{'、'.join(map(quoted, missing[:4]))}" if missing else f"{len(wanted)} 个词都有"
        return Holds(float(not missing), not missing, why, spans)
    why = f"有{'、'.join(map(quoted, list(found)[:4]))}" if found else f"{len(wanted)} 个词一个也没有"
    return Holds(float(bool(found)), bool(found), why, spans)


def _verdict(holds: bool, why: str) -> Holds:
    return Holds(float(holds), holds, why)


def _find(text: str, wanted: str) -> int:
    return text.find(wanted)


def _ifind(text: str, wanted: str) -> int:
    """Ignores case; positions are those of the original, which `lower` might shift."""
    m = _literal(wanted).search(text)
    return m.start() if m else -1


@cache
def _literal(wanted: str) -> re.Pattern[str]:
    return re.compile(re.escape(wanted), re.IGNORECASE)


def _text(value: Any) -> str:
    if value is None:
        raise UnusableError("没有写 value")
    return value if isinstance(value, str) else str(value)


def _list(value: Any) -> Sequence[Any]:
    """A list, or words parted by commas as promptfoo allows."""
    items = value.split(",") if isinstance(value, str) else list(value) if isinstance(value, list | tuple) else [value]
    items = [one.strip() if isinstance(one, str) else one for one in items]
    if not [one for one in items if one not in ("", None)]:
        raise UnusableError("没有写 value")
    return [one for one in items if one not in ("", None)]


def _range(assertion: Assertion) -> tuple[int, int | None]:
    value = assertion.value if assertion.value is not None else assertion.threshold
    if isinstance(value, Mapping):
        if unknown := set(value) - {"min", "max"}:
            raise UnusableError(f"length 只认 min 和 max，不认 {'、'.join(map(str, unknown))}")
        low, high = value.get("min", 0), value.get("max")
    elif isinstance(value, list | tuple) and len(value) == 2:
        low, high = value
    else:
        low, high = 0, value
    if high is None and not low:
        raise UnusableError("没有写要多少字")
    return int(_number(low)), None if high is None else int(_number(high))


def _limit(assertion: Assertion) -> float:
    return _number(assertion.threshold if assertion.threshold is not None else assertion.value)


def _number(value: Any) -> float:
    try:
        return float(Decimal(fold(str(value))))
    except (InvalidOperation, ValueError) as error:
        raise UnusableError(f"“{value}”不是数") from error
