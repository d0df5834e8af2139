"""Numbers as Chinese copy writes them: 69, ６９, 1,280, 1.2万, 六十九, 两千八, 三点五, 半, 俩, 廿.

`NUMBER` is the pattern source that claim patterns embed; `parse_number` gives the exact value of what it matched.
"""

from __future__ import annotations

from decimal import Decimal

_ARABIC = (
    r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d{1,12})(?:[.．]\d{1,6})?"
    r"(?:[百万亿]|千(?![克卡焦瓦米伏赫])|w(?=[+＋\u4e00-\u9fff]))?(?:万|亿)?"
)
_CHINESE = (
    r"(?:[零〇一二三四五六七八九十廿百万亿]|(?<![一二三四五六七八九十])两|千(?![克卡焦瓦米伏赫])){1,16}"
    r"(?:点[零〇一二三四五六七八九]{1,4})?|[半俩仨]"
)
NUMBER = f"(?:{_ARABIC}|{_CHINESE})"
"""Matches one number; quantifiers are bounded, so time stays linear."""

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2, "仨": 3, "廿": 20}
_POWERS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_SUFFIXES = {"百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000, "w": 10_000}


def parse_number(text: str) -> Decimal:
    """The value of something `NUMBER` matched. Raises ValueError on anything else."""
    if text == "半":
        return Decimal("0.5")
    if text[0].isdigit():
        return _parse_arabic(text)
    whole, _, fraction = text.partition("点")
    value = Decimal(_parse_chinese(whole))
    if fraction:
        value += Decimal("0." + "".join(str(_DIGITS[c]) for c in fraction))
    return value


def _parse_arabic(text: str) -> Decimal:
    factor = 1
    while text[-1] in _SUFFIXES:
        factor *= _SUFFIXES[text[-1]]
        text = text[:-1]
    return Decimal(text.replace(",", "").replace("．", ".")) * factor


def _parse_chinese(text: str) -> int:
    """一千二百, 两千八 (2800), 十二, 二〇一九 (digit by digit), 一万二 (12000)."""
    if not any(c in _POWERS for c in text):
        return int("".join(str(_DIGITS[c]) for c in text)) if text != "廿" else 20
    total, section, digit, power = 0, 0, 0, 1
    for c in text:
        if c in _DIGITS:
            digit = digit * 10 + _DIGITS[c] if digit and c != "零" else _DIGITS[c]
            power = 1 if c in "零〇" else power
            continue
        unit = _POWERS[c]
        if unit < 10_000:
            section += (digit or (1 if section == 0 or unit == 10 else 0)) * unit
        else:
            head = section + digit
            # 万 closes its own section; 亿 also lifts the 万 before it (三万亿).
            total = (total + head or 1) * unit if unit > 10_000 else total + (head or 1) * unit
            section = 0
        digit, power = 0, unit
    # 两千八 says 2800: a lone digit right behind a power above ten stands one power below it.
    if digit and power >= 100 and text[-2] in _POWERS:
        digit *= power // 10
    return total + section + digit
