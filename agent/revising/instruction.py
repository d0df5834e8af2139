"""What an instruction asks for, as far as words alone can tell: 「第二段短一点，别提价格」 -> steps on parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Verb = Literal[
    "set", "swap", "address", "no_emoji", "delete", "pick_title", "shorten", "no_price", "drop_clause", "rewrite"
]
EXACT: frozenset[Verb] = frozenset(("set", "swap", "address", "no_emoji", "delete", "pick_title"))
"""Steps with one right result: done at once, whatever the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do to one part. `part` is empty when the instruction named none."""

    verb: Verb
    part: str = ""
    old: str = ""
    new: str = ""
    chars: int | None = None
    """shorten: at most so many 字; None for a third less."""
    number: int | None = None
    """pick_title: the N-th candidate."""


@dataclass(frozen=True, slots=True)
class Understood:
    steps: tuple[Step, ...]
    unknown: tuple[str, ...]
    """Clauses that no rule here understands."""
    parts: tuple[str, ...]
    """Every part that was named, also by clauses that were not understood."""


_NUMERALS = {char: i for i, char in enumerate("零一二三四五六七八九十")} | {"两": 2}
_N = r"([一二两三四五六七八九十\d]+)"
_PART_WORDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (rf"第{_N}个?小标题", "h{}"),
        (rf"第{_N}(?:段话?|行)", "p{}"),
        (rf"第{_N}(?:节|部分|小节)", "s{}"),
        (r"(?:最后|末尾?|倒数第一)(?:那|一)*(?:段|行)", "p-1"),
        (r"倒数第(?:二|2)(?:段|行)", "p-2"),
        (r"首段|开头|开篇|开场", "p1"),
        (r"链接文案|按钮|文字链", "link_text"),
        (r"标题", "title"),
        (r"摘要|简介|导语", "digest"),
        (r"结尾|收尾|行动|号召|(?i:cta)", "cta"),
        (r"整篇|全篇|全文|整条|通篇|全部内容", "all"),
        (r"正文|内容|文案", "body"),
    )
)
_QUOTE = r"[“”「」『』\"'‘’]"
_NO = r"(?:请|麻烦)?(?:不要|别|不|去掉|去除|删掉|删去|删除|删|拿掉|免去|少)(?:再|都|要)?"
_SAY = r"(?:提到|提及|提|说|讲|写|用|带|放|出现|报)?(?:了|任何|所有|全部|里的?|的)?"
_TITLE_TYPES = "场景|利益|反差|清单|人物|疑问"
_QUOTED = re.compile(r"“[^”]*”|「[^」]*」|『[^』]*』|\"[^\"]*\"|‘[^’]*’")
_STOPS = re.compile(r"[，,。；;！!\n]+|(?:然后|并且|而且|同时|另外)")

_SWAP = re.compile(
    r"(?:把|将)?(?P<old>.+?)(?:都|全)?(?:改成|换成|改为|换为|替换成|替换为|变成)(?P<new>.+)\Z", re.DOTALL
)
_ADDRESS = re.compile(
    rf"(?:称呼|人称|都|统一|对读者|全部|一律)*(?:改|换|用|称|叫)(?:成|为|作)?{_QUOTE}?([您你]){_QUOTE}?(?:来?称呼|字)?\Z"
)
_NO_EMOJI = re.compile(rf"{_NO}{_SAY}(?:emoji|表情符号|表情)(?:符号)?\Z", re.IGNORECASE)
_NO_PRICE = re.compile(rf"{_NO}{_SAY}(?:具体)?(?:价格|价钱|价位|多少钱|钱数|钱|价)(?:了|的事)?\Z")
_DROP = re.compile(rf"{_NO}{_SAY}(?P<what>.+?)(?:了|这(?:句话?|个词|些词)|的话)?\Z", re.DOTALL)
_DELETE = re.compile(
    r"(?:请|麻烦)?(?:把|将)?(?:整个?)?(?:删掉|删去|删除|删了?|去掉|不要了?|拿掉)(?:吧|了|整段|整句)?\Z"
)
_CHARS = re.compile(r"(\d+)\s*(?:个)?字(?:以内|之内|以下|内)?")
_SHORTEN = re.compile(r"短|精简|精炼|压缩|缩减|简洁|简短|太长|啰嗦|删减|字以内|字之内|字内|不超过\s*\d+|控制在\s*\d+")
_LONGER = re.compile(r"长一|加长|展开|多写|详细|丰富|扩")
_REWRITE = re.compile(
    r"重写|重新写|改写|换(?:一)?(?:种|个)(?:说法|写法|开头|方式|角度)|再写|另写|换一版|换个写法|不一样|重来|换掉|换一[段个版]?\Z|换\Z"
)
_KEEP = re.compile(
    r"(?:别|不要|不用|不|保持|保留).{0,2}(?:动|变|改)(?:了|它)?\Z|(?:保持|保留)(?:原样|不变)?\Z|(?:其他|其它|别的|其余).{0,4}不"
)
_PICK = re.compile(rf"换|另|别的|其他|选|用|改|重|再来|不同|{_TITLE_TYPES}")


def understand(instruction: str, part: str = "") -> Understood:
    """Splits an instruction into steps. `part` (from --part) overrides whatever parts the words name."""
    steps: list[Step] = []
    unknown: list[str] = []
    named: list[str] = []
    current = part
    for clause in _clauses(instruction):
        if _KEEP.search(clause):
            # Whatever is not named stays anyway.
            continue
        place, rest = ("", clause) if part else _part_in(clause)
        if place:
            current = place
            named.append(place)
        step = _step(rest, current, clause)
        if step is not None:
            steps.append(step)
        elif rest.strip(" 的里中请把将"):
            unknown.append(clause)
    return Understood(tuple(steps), tuple(unknown), (part,) if part else tuple(dict.fromkeys(named)))


def _clauses(instruction: str) -> list[str]:
    """Parts between stops that are not inside quotation marks."""
    spans = [m.span() for m in _QUOTED.finditer(instruction)]
    found, at = [], 0
    for stop in _STOPS.finditer(instruction):
        if not any(start < stop.start() < end for start, end in spans):
            found.append(instruction[at : stop.start()])
            at = stop.end()
    found.append(instruction[at:])
    return [clause.strip() for clause in found if clause.strip()]


def _part_in(clause: str) -> tuple[str, str]:
    """(name of the part a clause speaks of, the clause without it); quoted words name nothing."""
    hidden = _QUOTED.sub(lambda m: "\0" * len(m[0]), clause)
    # What follows 改成 is new text, not a place.
    limit = min((hidden.find(word) for word in ("改成", "换成", "改为", "换为") if word in hidden), default=len(clause))
    for pattern, name in _PART_WORDS:
        match = pattern.search(hidden, 0, limit)
        if match:
            place = name.format(_number(match[1])) if match.groups() and match[1] else name
            return place, clause[: match.start()] + clause[match.end() :]
    return "", clause


def _step(rest: str, part: str, clause: str) -> Step | None:
    """The step a clause asks for; `rest` is the clause without its part."""
    text = rest.strip(" 的里中上请").removesuffix("吧").strip()
    if address := _ADDRESS.match(text):
        return Step(verb="address", part=part, new=address[1])
    if step := _swap(text, part):
        return step
    if _NO_EMOJI.match(text):
        return Step(verb="no_emoji", part=part)
    if _NO_PRICE.match(text):
        return Step(verb="no_price", part=part)
    if part == "title" and not _SHORTEN.search(text) and _PICK.search(text):
        number = re.search(rf"第{_N}个", clause)
        kind = re.search(_TITLE_TYPES, text)
        return Step(
            verb="pick_title", part=part, new=kind[0] if kind else "", number=_number(number[1]) if number else None
        )
    if part and _DELETE.match(text):
        return Step(verb="delete", part=part)
    if _SHORTEN.search(text):
        return Step(verb="shorten", part=part, chars=_chars(text))
    if _LONGER.search(text):
        return None
    if _REWRITE.search(text):
        return Step(verb="rewrite", part=part)
    if drop := _DROP.match(text):
        what = drop["what"]
        if _unquoted(what) != what:
            return Step(verb="swap", part=part, old=_unquoted(what))
        return Step(verb="drop_clause", part=part, old=what)
    return None


def _swap(text: str, part: str) -> Step | None:
    match = _SWAP.match(text)
    if match is None:
        new = re.match(r"(?:把|将)?(?:改成|换成|改为|换为)(.+)\Z", text, re.DOTALL)
        return Step(verb="set", part=part, new=_unquoted(new[1])) if new and part else None
    old, new_text = _unquoted(match["old"]), _unquoted(match["new"])
    if part and old.strip() in ("", "把", "将"):
        return Step(verb="set", part=part, new=new_text)
    if {old, new_text} == {"你", "您"}:
        return Step(verb="address", part=part, new=new_text)
    return Step(verb="swap", part=part, old=old, new=new_text)


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if _QUOTED.fullmatch(text) else text


def _chars(text: str) -> int | None:
    match = _CHARS.search(text)
    return int(match[1]) if match else None


def _number(text: str) -> int:
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return _NUMERALS[text[-1]]
    return (_NUMERALS[tens] if tens else 1) * 10 + (_NUMERALS[ones] if ones else 0)
