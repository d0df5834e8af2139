"""Claims that are words rather than amounts: offers, dates, codes, protection grades and "free of" statements.

Each has a canonical key, so that 买二送一 and 买2送1, or 2026/11/1 and 2026 年 11 月 1 日, are the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

from agent.checks.facts.claim import Claim, Spans
from agent.checks.facts.numbers import NUMBER, parse_number

_N = f"({NUMBER})"
_MONEY = f"{_N}\\s?(?:元|块钱|块)?"
_OFFERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(f"[买拍]\\s?{_N}\\s?(.?)\\s?[送赠发]\\s?{_N}"), lambda m: f"买{_n(m[1])}送{_n(m[3])}"),
    (re.compile(f"第\\s?{_N}\\s?[件份盒瓶袋箱杯双个]\\s?(?:半价|对折)"), lambda m: f"第{_n(m[1])}件0.5"),
    (re.compile(f"第\\s?{_N}\\s?[件份盒瓶袋箱杯双个]\\s?{_N}\\s?折"), lambda m: f"第{_n(m[1])}件{_folds(m[2])}"),
    (re.compile(f"第\\s?{_N}\\s?[件份盒瓶袋箱杯双个]\\s?{_N}\\s?[元块]"), lambda m: f"第{_n(m[1])}件{_n(m[2])}元"),
    (re.compile(f"满\\s?{_MONEY}\\s?(?:立?减|返)\\s?{_MONEY}"), lambda m: f"满{_n(m[1])}减{_n(m[2])}"),
    (
        re.compile(f"{_N}\\s?[件份盒瓶袋箱双]\\s?(?:享|打)?\\s?{_N}\\s?折"),
        lambda m: f"{_n(m[1])}件{_folds(m[2])}",
    ),
)
_OFFER_GATE = re.compile(r"[买拍第满折]")

_CN_DAY = r"[一二三四五六七八九十廿]{1,3}"
_FULL_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})\s?[年./-]\s?(\d{1,2})\s?[月./-]\s?(\d{1,2})(?!\d)\s?[日号]?")
_YEAR_MONTH = re.compile(r"(?<!\d)((?:19|20)\d{2})\s?年\s?(\d{1,2})\s?月份?")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2}|[一二][〇零九八][〇零一二三四五六七八九]{2})\s?年(?!\s?\d)")
_MONTH_DAY = re.compile(
    rf"(?<![\d.])(\d{{1,2}}|{_CN_DAY})\s?月\s?(\d{{1,2}}|{_CN_DAY})\s?[日号]"
    rf"(?:\s?[-~～—–至到]\s?(\d{{1,2}}|{_CN_DAY})\s?[日号])?"
)
_DOTTED = re.compile(r"(?<![\d.])(\d{1,2})[./](\d{1,2})\s?[-~～—–至到]\s?(\d{1,2})[./](\d{1,2})(?![\d.%元])")

_CODE = re.compile(
    r"(?:GB|ISO|QB|NY|FZ|SB|GH|LY|YY|EN|ASTM)(?:\s?/\s?T)?\s?\d{3,}(?:[.-]\d+)*"
    r"|[\u4e00-\u9fff]{1,4}[妆药食械消证备准][\u4e00-\u9fff]{0,5}[字证备]\s?[〔\[（(]?[A-Z]{0,2}\d{4}[〕\]）)]?[A-Z0-9-]*号?"
    r"|(?<![A-Z0-9.])(?=[A-Z0-9/-]{0,24}\d{3})(?:[A-Z]{1,8}[-/ ]?)?[A-Z0-9]{2,24}(?:[-/][A-Z0-9]{1,24}){0,5}"
    r"(?![A-Z0-9])",
    re.IGNORECASE,
)
_MIN_CODE = 6
_GRADE = re.compile(
    r"(?:SPF|UPF)\s?\d{1,3}\+?|PA\s?\+{1,4}|IPX?\d{1,2}|pH\s?值?[为约是：:]?\s?\d(?:\.\d)?"
    r"|(?<![A-Za-z0-9])[A-E]{1,3}\+?\s?[级类](?![似型别目推人])|(?:食品|医用|医疗|母婴|婴幼?儿|婴童|军工|工业|航天|奢侈品|实验室|药用)级(?!别)",
    re.IGNORECASE,
)

_FREE_OF = (
    "蔗糖|反式脂肪酸?|饱和脂肪|脂肪|脂|胆固醇|代糖|香精|香料|色素|防腐剂?|酒精|矿物油|硅油|甲醛|荧光剂?|双酚A|BPA|塑化剂|激素|"
    "抗生素|味精|奶精|植脂末|咖啡因|麸质|乳糖|坚果|转基因|皂基|硫酸盐|尼泊金酯?|过敏原|添加剂?|糖|卡(?!路|片)|油炸|膨化|刺激|异味|差评|钠|盐"
)
_ABSENCE = re.compile(
    rf"(?:(?<![\d.,，])[0０]|零|无|不含|未添加|不添加|不加|没加|没放|未检出|不用)\s?(?:任何)?\s?(?:添加)?\s?(?:人工)?(?P<what>{_FREE_OF})"
    rf"|(?P<what2>{_FREE_OF})(?:零添加|0\s?添加)"
)


def worded(text: str, spans: Spans) -> Iterator[Claim]:
    """Worded claims in an order in which earlier ones own their characters: offers, dates, grades, absences, codes."""
    if _OFFER_GATE.search(text):
        for pattern, key in _OFFERS:
            for m in pattern.finditer(text):
                yield _claim(m, "offer", key(m), spans)
    yield from _dates(text, spans)
    for m in _GRADE.finditer(text):
        yield _claim(m, "grade", re.sub(r"[\s值为约是：:]", "", m.group()).upper(), spans)
    for m in _ABSENCE.finditer(text):
        yield _claim(m, "absence", _substance(m["what"] or m["what2"]), spans)
    for m in _CODE.finditer(text):
        if len(m.group()) >= _MIN_CODE:
            yield _claim(m, "code", code_key(m.group()), spans)


def code_key(text: str) -> str:
    """A code without spaces, dashes and brackets, in capitals: how it is compared."""
    return re.sub(r"[\s\-/〔〕\[\]（）().号]", "", text).upper()


def discount(folds: Decimal) -> Decimal:
    """8 折 and 80 折 are 0.8; 85 折 is 0.85."""
    return folds / 100 if folds >= 10 else folds / 10


def plain(number: Decimal) -> str:
    """1E+2 as 100, 0.80 as 0.8."""
    return f"{number.normalize():f}"


def _dates(text: str, spans: Spans) -> Iterator[Claim]:
    if "月" in text or "年" in text or any(c.isdigit() for c in text):
        for m in _FULL_DATE.finditer(text):
            if key := _day(int(m[2]), int(m[3])):
                yield _claim(m, "date", f"{int(m[1]):04d}-{key}", spans)
        for m in _DOTTED.finditer(text):
            first, last = _day(int(m[1]), int(m[2])), _day(int(m[3]), int(m[4]))
            if first and last:
                yield _claim(m, "date", f"--{first}/--{last}", spans)
        for m in _YEAR_MONTH.finditer(text):
            if 1 <= int(m[2]) <= 12:
                yield _claim(m, "date", f"{int(m[1]):04d}-{int(m[2]):02d}", spans)
        for m in _MONTH_DAY.finditer(text):
            month, day = int(parse_number(m[1])), int(parse_number(m[2]))
            until = int(parse_number(m[3])) if m[3] else day
            if _day(month, day) and _day(month, until):
                more = f"/--{month:02d}-{until:02d}" if m[3] else ""
                yield _claim(m, "date", f"--{month:02d}-{day:02d}{more}", spans)
        for m in _YEAR.finditer(text):
            yield _claim(m, "date", f"{int(parse_number(m[1])):04d}", spans)


def _day(month: int, day: int) -> str:
    return f"{month:02d}-{day:02d}" if 1 <= month <= 12 and 1 <= day <= 31 else ""


def _n(text: str) -> str:
    return plain(parse_number(text))


def _folds(text: str) -> str:
    return plain(discount(parse_number(text)))


def _substance(what: str) -> str:
    """脂 and 脂肪 are one thing, so are 防腐 and 防腐剂."""
    what = what.upper()
    return {
        "脂": "脂肪",
        "防腐": "防腐剂",
        "荧光": "荧光剂",
        "反式脂肪": "反式脂肪酸",
        "添加": "添加剂",
        "BPA": "双酚A",
    }.get(what, what)


def _claim(match: re.Match[str], dim: str, key: str, spans: Spans) -> Claim:
    start, end = match.span()
    return Claim(start=start, end=end, text=match.group(), dim=dim, key=key, clause=spans.clause(start))
