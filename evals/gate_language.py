"""The small language of `--fail-if`, one condition a text; what it names makes the gate fail.

facts.precision < .98               the mean over cases, a plain limit
facts.precision < .98 (95%)         fails only when proved, passes only when the opposite is proved
compliance drop > 0 (95%)           against the baseline: non-inferiority with margin 0
latency rise > 0.5 (95%)            for scorers where less is better
spec pass < 95%                     share of samples passed instead of the mean value
errors > 3     error_rate > 1%      rows in error
must_pass                           no must-pass case or assertion may fail

condition = "must_pass" | ("errors" | "error_rate") op number
          | metric ["mean" | "pass"] ["drop" | "rise"] op number [level]
op = "<" | "<=" | ">" | ">="        number = decimal ["%"]        level = "(" decimal "%)"
metric = a scorer's name without spaces, or anything in '...'
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal, NoReturn, cast

from knowledge_base.errors import UsageError

Kind = Literal["level", "drop", "rise", "errors", "error_rate", "must_pass"]
Aggregate = Literal["mean", "pass"]

TOKEN = re.compile(
    r"\s*(?:(?P<level>\(\s*(?P<confidence>[\d.]+)\s*%\s*\))|(?P<op><=|>=|<|>)"
    r"|(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?%?(?![^\s<>=()]))"
    r"|'(?P<quoted>[^']+)'|(?P<word>[^\s<>=()']+))"
)
NARROW = str.maketrans("（）％＜＞＝", "()%<>=")
"""Typed with a Chinese input method; one character each, so positions stay true."""
EXAMPLE = "写法如：facts.precision < .98、compliance drop > 0 (95%)、errors > 3、must_pass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    text: str
    kind: Kind
    metric: str = ""
    aggregate: Aggregate = "mean"
    op: str = ">"
    bound: float = 0.0
    confidence: float | None = None
    """0.95 for (95%); None compares the plain figure."""

    def hit(self, value: float) -> bool:
        """Whether a figure makes the gate fail. Equal up to rounding counts as equal."""
        gap = value - self.bound
        if abs(gap) <= 1e-9 * max(1.0, abs(self.bound)):
            return self.op in ("<=", ">=")
        return gap < 0 if self.op[0] == "<" else gap > 0


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    place: int
    """Position in the text, from 0."""


def parse(text: str) -> Condition:
    """Raises UsageError that shows the position of what is wrong."""
    return _Parser(text).condition()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = self._read(text.translate(NARROW))

    def condition(self) -> Condition:
        first = self._take("word", "quoted", wanted="评分器的名字")
        if first.kind == "word" and first.text == "must_pass":
            self._end()
            return Condition(text=self.text.strip(), kind="must_pass")
        kind: Kind = "level"
        aggregate: Aggregate = "mean"
        if first.kind == "word" and first.text in ("errors", "error_rate"):
            kind = cast(Kind, first.text)
        else:
            aggregate = cast(Aggregate, self._word("mean", "pass") or "mean")
            kind = cast(Kind, self._word("drop", "rise") or "level")
        op = self._take("op", wanted="比较符 < <= > >=").text
        number = self._take("number", wanted="一个数，如 .98 或 98%").text
        level = self.tokens.pop(0) if self.tokens and self.tokens[0].kind == "level" else None
        if level and kind in ("errors", "error_rate"):
            self._fail(level.place, "出错条数是数出来的，不用写置信度")
        self._end()
        return Condition(
            text=self.text.strip(),
            kind=kind,
            metric=first.text if kind in ("level", "drop", "rise") else "",
            aggregate=aggregate,
            op=op,
            bound=self._number(number),
            confidence=self._confidence(level) if level else None,
        )

    def _read(self, text: str) -> list[Token]:
        tokens, place = [], 0
        while text[place:].strip():
            match = TOKEN.match(text, place)
            if not match or not match.lastgroup:
                self._fail(place + len(text[place:]) - len(text[place:].lstrip()), "看不懂这里")
            kind = "level" if match["level"] else match.lastgroup
            found = match["confidence"] if kind == "level" else match[kind]
            tokens.append(Token(kind, found, match.end() - len(match[0].lstrip())))
            place = match.end()
        return tokens

    def _take(self, *kinds: str, wanted: str) -> Token:
        if not self.tokens:
            self._fail(len(self.text.rstrip()), f"到这里还缺{wanted}")
        if self.tokens[0].kind not in kinds:
            self._fail(self.tokens[0].place, f"这里要写{wanted}")
        return self.tokens.pop(0)

    def _word(self, *words: str) -> str:
        if self.tokens and self.tokens[0].kind == "word" and self.tokens[0].text in words:
            return self.tokens.pop(0).text
        return ""

    def _end(self) -> None:
        if self.tokens:
            self._fail(self.tokens[0].place, "一个条件到前面就完了，这里多了字；几个条件请写几个 --fail-if")

    def _number(self, text: str) -> float:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        if not math.isfinite(value):
            self._fail(self.text.find(text), "数太大了")
        return value

    def _confidence(self, level: Token) -> float:
        try:
            value = float(level.text) / 100
        except ValueError:
            self._fail(level.place, "置信度写成 (95%) 这样")
        if not 0.5 <= value < 0.9991:
            self._fail(level.place, "置信度要在 50% 到 99.9% 之间")
        return value

    def _fail(self, place: int, why: str) -> NoReturn:
        raise UsageError(f"条件「{self.text}」第 {place + 1} 个字：{why}", hint=EXAMPLE)
