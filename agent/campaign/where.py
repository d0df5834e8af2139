"""The little language of `--where`: which drafts of a campaign are meant.

    state = passed and product = p-oat and score >= 90
    (人设 in (u-mama, u-kaoyan) or 角度 = 场景) and not text ~ "早八"

Conditions are `field operator value`, joined by and/or/not (且/或/非) and brackets. Operators: = != < <= > >= ~ (holds
the words) in (a, b). Values stand bare or in quotes. Nothing reaches SQL or eval: a condition is a predicate on a dict.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Any

from agent.brief import ANGLE_NAMES
from agent.campaign.review_store import Entry
from agent.campaign.rows import STATE_NAMES
from agent.copies import plain_text
from agent.present import as_text
from knowledge_base.errors import UsageError

Value = str | float
ORDERS: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
Record = Mapping[str, Value]
Predicate = Callable[[Record], bool]

WARN_COST, BLOCK_COST = 5, 100
FIELDS: dict[str, str] = {
    "state": "状态 passed、needs_review",
    "product": "商品编号",
    "persona": "人设编号",
    "angle": "角度",
    "channel": "渠道",
    "day": "发布日 2026-11-25",
    "variant": "第几个，从 0 起",
    "reason": "待人看的原因（规则编号）",
    "blocked": "必须改的处数",
    "warnings": "建议改的处数",
    "score": "分：100 减去每处必须改 100、每处建议改 5，最低 0",
    "review": "审阅结论：通过、退回、未审",
    "length": "字数",
    "text": "文案",
    "model": "模型",
    "version": "第几版",
    "id": "稿件编号",
}
NAMES = {
    "状态": "state", "商品": "product", "人设": "persona", "人群": "persona", "segment": "persona", "角度": "angle",
    "渠道": "channel", "日期": "day", "原因": "reason", "分": "score", "分数": "score", "审阅": "review",
    "字数": "length", "文案": "text", "模型": "model", "版本": "version", "编号": "id", "warn": "warnings",
    "block": "blocked", "findings": "warnings",
}  # fmt: skip
_NUMBERS = ("variant", "blocked", "warnings", "score", "length", "version")
_WORDS = {"且": "and", "或": "or", "非": "not"}
_ALIASES: dict[str, dict[str, str]] = {
    "state": {name: id for id, name in STATE_NAMES.items()},
    "angle": {name: id for id, name in ANGLE_NAMES.items()},
}
_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"[^"]*"|'[^']*'|“[^”]*”)|(?P<op><=|>=|!=|==|[=<>~(),，（）＝])|(?P<word>[^\s<>=!~(),，（）＝"'“”]+))"""
)
_OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "~")
_FOLD = {"（": "(", "）": ")", "，": ",", "＝": "=", "==": "="}
MAX_CHARS, MAX_DEPTH = 2_000, 40


def record_of(entry: Entry) -> dict[str, Value]:
    """What conditions may ask of a unit."""
    unit, draft = entry.unit, entry.draft
    findings = draft.findings if draft else ()
    blocked = sum(one.severity == "block" for one in findings)
    warned = sum(one.severity == "warn" for one in findings)
    return {
        "state": entry.state,
        "product": unit.product,
        "persona": unit.persona,
        "angle": unit.angle or "",
        "channel": unit.channel,
        "day": unit.day,
        "variant": unit.variant,
        "reason": entry.reason,
        "blocked": blocked,
        "warnings": warned,
        "score": max(0, 100 - BLOCK_COST * blocked - WARN_COST * warned),
        "review": "通过" if entry.approved else "退回" if entry.refused else "未审",
        "length": len(plain_text(draft.copy)) if draft and draft.copy else 0,
        "text": as_text(draft) if draft else "",
        "model": draft.model if draft else "",
        "version": draft.version if draft else 0,
        "id": draft.id if draft else "",
    }


def parse_where(text: str) -> Predicate:
    """Raises UsageError that shows where reading stopped. Blank text means every draft."""
    if not text.strip():
        return lambda _: True
    if len(text) > MAX_CHARS:
        raise UsageError(f"条件超过 {MAX_CHARS} 字", hint="分几次做。")
    parser = _Parser(text)
    found = parser.either(0)
    if parser.here is not None:
        raise parser.wrong("这里多出来了")
    return found


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    at: int
    quoted: bool = False


class _Parser:
    def __init__(self, text: str) -> None:
        self._text, self._tokens, self._next = text, [], 0
        at = 0
        while at < len(text.rstrip()):
            found = _TOKEN.match(text, at)
            if found is None:
                raise self.wrong("看不懂", at)
            if quoted := found["quoted"]:
                self._tokens.append(_Token(quoted[1:-1], found.start("quoted"), quoted=True))
            elif op := found["op"]:
                self._tokens.append(_Token(_FOLD.get(op, op), found.start("op")))
            else:
                word = found["word"]
                self._tokens.append(_Token(_WORDS.get(word, word), found.start("word")))
            at = found.end()

    _tokens: list[_Token]

    @property
    def here(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def wrong(self, what: str, at: int | None = None) -> UsageError:
        place = at if at is not None else self.here.at if self.here else len(self._text)
        shown = f"{self._text[:place]}▲{self._text[place:]}"
        return UsageError(f"--where {what}：{shown}", hint="写成 state=passed and product=p-oat and score>=90。")

    def either(self, depth: int) -> Predicate:
        left = self._both(depth)
        while self._take("or"):
            left = _or(left, self._both(depth))
        return left

    def _both(self, depth: int) -> Predicate:
        left = self._one(depth)
        while self._take("and"):
            left = _and(left, self._one(depth))
        return left

    def _one(self, depth: int) -> Predicate:
        if depth > MAX_DEPTH:
            raise self.wrong("括号套得太深")
        if self._take("not"):
            inner = self._one(depth + 1)
            return lambda record: not inner(record)
        if self._take("("):
            inside = self.either(depth + 1)
            self._expect(")")
            return inside
        return self._condition()

    def _condition(self) -> Predicate:
        token = self.here
        if token is None or token.quoted or token.text in (*_OPERATORS, ")", ",", "and", "or"):
            raise self.wrong("缺一个条件")
        field = NAMES.get(token.text, token.text)
        if field not in FIELDS:
            error = self.wrong(f"没有「{token.text}」这一项")
            error.hint = f"可用：{'、'.join(FIELDS)}。"
            raise error
        self._next += 1
        if self._take("in"):
            self._expect("(")
            values = [self._value(field)]
            while self._take(","):
                values.append(self._value(field))
            self._expect(")")
            return lambda record: record[field] in values
        operator = self.here
        if operator is None or operator.quoted or operator.text not in _OPERATORS:
            raise self.wrong("缺比较符号（= != < <= > >= ~ in）")
        self._next += 1
        return _compared(field, operator.text, self._value(field, words=operator.text == "~"))

    def _value(self, field: str, *, words: bool = False) -> Value:
        token = self.here
        if token is None or (not token.quoted and token.text in (*_OPERATORS, "(", ")", ",")):
            raise self.wrong("缺要比的值")
        if field in _NUMBERS and not words:
            try:
                value = float(token.text)
            except ValueError as error:
                raise self.wrong(f"「{field}」要和数字比") from error
            self._next += 1
            return value
        self._next += 1
        return _ALIASES.get(field, {}).get(token.text, token.text)

    def _take(self, text: str) -> bool:
        token = self.here
        if token is not None and not token.quoted and token.text.lower() == text:
            self._next += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self.wrong(f"缺「{text}」")


def _and(a: Predicate, b: Predicate) -> Predicate:
    return lambda record: a(record) and b(record)


def _or(a: Predicate, b: Predicate) -> Predicate:
    return lambda record: a(record) or b(record)


def _compared(field: str, operator: str, value: Value) -> Predicate:
    if operator == "~":
        words = str(value).casefold()
        return lambda record: words in str(record[field]).casefold()
    if operator in ("=", "!="):
        return lambda record: (record[field] == value) == (operator == "=")
    # Numbers stand against numbers and text against text: _value sees to it.
    order = ORDERS[operator]
    if isinstance(value, str):
        return lambda record: order(str(record[field]), value)
    return lambda record: order(_number(record[field]), value)


def _number(found: Value) -> float:
    assert not isinstance(found, str)
    return found
