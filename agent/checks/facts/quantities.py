"""Amounts with units: 48g, 两千八百元, 3 秒, 百分之九十, 60×40cm, 每条 2.9 元, 满 99, 8 折."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from agent.checks.facts.claim import Bound, Claim, Spans
from agent.checks.facts.numbers import NUMBER, parse_number
from agent.checks.facts.roles import family, money_role
from agent.checks.facts.units import UNIT, unit_of
from agent.checks.facts.wording import discount

_QUANTITY = re.compile(
    r"(?P<pre>[¥￥]\s?|RMB\s?|(?P<of>[百千万二三四五六七八九十])分之)?"
    rf"(?P<num>{NUMBER})(?:\s?(?:[-~～–—至到×xX*])\s?(?P<num2>{NUMBER}))?(?:\s?[×xX*]\s?(?P<num3>{NUMBER}))?"
    rf"(?P<more>[多来余]|[+＋])?\s?(?P<ge>个)?(?P<half>半)?(?P<unit>{UNIT})?",
    re.IGNORECASE,
)
_HALF_AFTER = re.compile(r"半(?!数|价|糖|天|小|个|夜|年|月)")
_HALF_PRICE = re.compile(r"半价|对折")
_TENTH = re.compile(
    r"([二三四五六七八九1-9]|一(?![条片颗粒支枚袋包杯次天抽张块口顿日晚份个件盒瓶套只桶本把根台箱罐双卷听提组斤年月]))"
    r"(?![\d零二三四五六七八九十百千万亿.个元块]|一[零一二三四五六七八九十百千万])"
)  # 三块五, 12块8, but not 十五块一杯
_ABOUT_TWO = re.compile(r"一二|[一二两]三|三四|三五|四五|五六|六七|七八|八九")
"""四五回 is vague, not 45."""
_VAGUE_BEFORE = frozenset("几数第")
_MONEY_CUE = re.compile(
    r"(?:到手价?|只要|仅需|只需|原价|现价|售价|券后价?|拼团价?|活动价|会员价|新人价|满|立减|直降|减|低至|卖|定价|价格?)[是为：:才只]?\s?$"
)
_MONEY_STOP = re.compile(
    r"\s?(?:$|[，。！？；、\n,.!?;）)起]|减|可用|可减|能用|使用|享|送|就|拿下|到手|包邮|入手|一[条盒瓶片支包袋件箱套])"
)
_PIECE_NOUN = re.compile(r"[\u4e00-\u9fff]")
_NOT_A_THING = re.compile(r"[一每钱多出起到包的就拿左上不都也还买抢带入搞能够可，。！？、]")

_LESS_BEFORE = re.compile(r"(?:不到|不足|少于|低于|不超过?|不高于|小于|最多|≤|<|＜|以内)\s?$")
_MORE_BEFORE = re.compile(r"(?:超过?|逾|多于|高于|至少|不少于|不低于|大于|突破|最少|≥|>|＞|上)\s?$")
_ABOUT_BEFORE = re.compile(r"(?:大?约|将?近|大概|差不多|接近|平均)[含为是需有]?\s?$")
_BELOW_ZERO = re.compile(r"(?:零下|负|(?<![\d\w])[-−])\s?$")
_LESS_AFTER = re.compile(r"\s?(?:不到|不足|以内|之内|内(?!含|容|置|芯|胆|裤|衣)|以下)")
_MORE_AFTER = re.compile(r"\s?(?:以上|起|多|[+＋])")
_ABOUT_AFTER = re.compile(r"\s?(?:左右|上下|出头)")
_NEGATED = re.compile(
    r"(?:不是|并非|而不是|不止是|又不是|不等于|没有|不要|不敢说|谈不上|算不上|不能保证|不敢保证|不保证|没卖到|哪有)\s?$"
)


def quantities(text: str, spans: Spans) -> Iterator[Claim]:
    """Every amount with a unit or a money cue in reading order; no vague (十几, 数百) or negated (不是 59 元) ones."""
    for m in _QUANTITY.finditer(text):
        claim = _claim(text, m, spans)
        if claim is not None:
            yield claim
    for m in _HALF_PRICE.finditer(text):
        yield Claim(
            start=m.start(),
            end=m.end(),
            text=m.group(),
            dim="discount",
            values=(Decimal("0.5"),),
            unit="折",
            clause=spans.clause(m.start()),
        )


def _claim(text: str, m: re.Match[str], spans: Spans) -> Claim | None:
    start, end = m.span()
    if (start and text[start - 1] in _VAGUE_BEFORE and not m["pre"]) or _ABOUT_TWO.fullmatch(m["num"]):
        return None
    clause = spans.clause(start)
    before = text[max(clause[0], start - 6) : start]
    if _NEGATED.search(before):
        return None
    measured = _measure(text, m, before)
    if measured is None:
        return None
    dim, unit, values, end = measured
    if dim == "temperature" and (cold := _BELOW_ZERO.search(before)):
        start, values = start - len(before) + cold.start(), tuple(-v for v in values)
    role = money_role(text, start, end, clause) if dim == "money" else family(text, start, end, clause, dim)
    return Claim(
        start=start,
        end=end,
        text=text[start:end],
        dim=dim,
        values=values,
        unit=unit,
        role=role,
        clause=clause,
        bound=_bound(text, m, before, end),
    )


def _measure(text: str, m: re.Match[str], before: str) -> tuple[str, str, tuple[Decimal, ...], int] | None:
    """Dimension, unit as written, values in base units, and where the amount ends; None when it is no amount."""
    numbers = tuple(parse_number(g) for g in (m["num"], m["num2"], m["num3"]) if g)
    bare_end = m.end("num3" if m["num3"] else "num2" if m["num2"] else "num")
    unit = m["unit"]
    if m["of"]:
        return "ratio", "分之", tuple(n / parse_number(m["of"]) for n in numbers), bare_end
    if m["pre"] or (unit is None and _MONEY_CUE.search(before)):
        end = m.end("unit") if unit and unit_of(unit).dim == "money" else bare_end
        return ("money", "元", numbers, end) if m["pre"] or _MONEY_STOP.match(text, end) else None
    if unit is None or _no_amount(m, unit, numbers[0]):
        return None
    return _with_unit(text, m, unit, numbers)


def _no_amount(m: re.Match[str], unit: str, first: Decimal) -> bool:
    """十月 and 3月 are months of the year, 2024 年 is a year, 十分 and 万分 are adverbs."""
    if unit == "月":
        return not m["ge"]
    if unit in ("角", "毛", "块") and m["ge"]:
        return True  # 一个角
    return (unit == "年" and first >= 1900) or (unit == "分" and m["num"] in ("十", "万"))


def _with_unit(
    text: str, m: re.Match[str], unit: str, numbers: tuple[Decimal, ...]
) -> tuple[str, str, tuple[Decimal, ...], int]:
    dim, factor = unit_of(unit)
    end = m.end()
    if dim == "discount":
        return dim, unit, tuple(discount(n) for n in numbers), end
    if unit in ("块", "元") and (tenth := _TENTH.match(text, end)):
        return dim, unit, (*numbers[:-1], numbers[-1] + parse_number(tenth[1]) / 10), tenth.end()
    if unit == "块" and _counts_pieces(text, m):
        return "count:块", unit, numbers, end
    if m["half"]:
        numbers = (*numbers[:-1], numbers[-1] + Decimal("0.5"))
    elif _HALF_AFTER.match(text, end) and not dim.startswith("count"):
        numbers, end = (*numbers[:-1], numbers[-1] + Decimal("0.5")), end + 1
    return dim, unit, tuple(n * factor for n in numbers), end


def _counts_pieces(text: str, m: re.Match[str]) -> bool:
    """两块砖 counts bricks, 两块一条 is money: a noun right behind 块 tells."""
    if m["num"] in ("一", "半") and not text.startswith("钱", m.end()):
        return True
    behind = text[m.end() : m.end() + 1]
    return bool(_PIECE_NOUN.match(behind)) and not _NOT_A_THING.match(behind)


def _bound(text: str, m: re.Match[str], before: str, end: int) -> Bound:
    if _LESS_BEFORE.search(before) or _LESS_AFTER.match(text, end):
        return "less"
    if m["more"] in ("多", "余", "+", "＋") or _MORE_BEFORE.search(before) or _MORE_AFTER.match(text, end):
        return "more"
    if m["more"] == "来" or _ABOUT_BEFORE.search(before) or _ABOUT_AFTER.match(text, end):
        return "about"
    return "exact"
