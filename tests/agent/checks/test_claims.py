"""The grammar of figures: numbers, units, roles and canonical wordings."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.checks.facts.claims import extract
from agent.checks.facts.numbers import parse_number

NUMBERS = {
    "69": "69",
    "６９": "69",
    "1,280": "1280",
    "1.2万": "12000",
    "10w": "100000",
    "3千万": "30000000",
    "六十九": "69",
    "两千八": "2800",
    "一百零五": "105",
    "一百五": "150",
    "一万二": "12000",
    "三点五": "3.5",
    "二〇一九": "2019",
    "十": "10",
    "十二": "12",
    "百": "100",
    "半": "0.5",
    "俩": "2",
    "廿": "20",
    "一亿两千万": "120000000",
    "三万亿": "3000000000000",
    "一千零五十": "1050",
}


@pytest.mark.parametrize(("text", "value"), NUMBERS.items())
def test_numbers(text: str, value: str) -> None:
    assert parse_number(text) == Decimal(value)


@given(st.integers(min_value=1, max_value=99_999))
def test_written_out_numbers_come_back(n: int) -> None:
    assert parse_number(_spell(n)) == n


def _spell(n: int) -> str:
    digits = "零一二三四五六七八九"
    if n >= 10_000:
        rest = n % 10_000
        gap = "零" if 0 < rest < 1000 else ""
        return _spell(n // 10_000) + "万" + (gap + _spell(rest) if rest else "")
    out, zero = "", False
    for power, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = n // power % 10
        if digit:
            out += ("零" if zero else "") + digits[digit] + name
            zero = False
        elif out:
            zero = True
    return out


AMOUNTS = [
    ("净含量48g", "mass", ["48"], "净含量"),
    ("半斤装", "mass", ["250"], ""),
    ("1.2 公斤", "mass", ["1200"], ""),
    ("五百毫升", "volume", ["500"], ""),
    ("冷水三秒化开", "time", ["3"], "溶解"),
    ("三个半小时", "time", ["12600"], ""),
    ("两年半质保", "month", ["30"], "质保"),
    ("保质期 18 个月", "month", ["18"], "保质期"),
    ("百分之九十八", "ratio", ["0.98"], ""),
    ("98.5%", "ratio", ["0.985"], ""),
    ("八五折", "discount", ["0.85"], ""),
    ("8 折", "discount", ["0.8"], ""),
    ("半价", "discount", ["0.5"], ""),
    ("60×40cm", "length", ["600", "400"], ""),
    ("3-5 天送达", "time", ["259200", "432000"], "发货"),
    ("零下 40 度", "temperature", ["-40"], ""),
    ("24条", "count:条", ["24"], ""),
    ("十万人在用", "people", ["100000"], ""),
    ("¥69", "money", ["69"], "price"),
    ("到手六十九", "money", ["69"], "price"),
    ("三块五一条", "money", ["3.5"], "each:条"),
    ("每条不到 3 元", "money", ["3"], "each:条"),
    ("原价 99 元", "money", ["99"], "original"),
    ("立减 20 元", "money", ["20"], "reduction"),
    ("省 20 元", "money", ["20"], "reduction"),
    ("省力修枝剪 49 元", "money", ["49"], "price"),
    ("省心装 98 元", "money", ["98"], "price"),
    ("满 59 元包邮", "money", ["59"], "threshold"),
    ("运费 10 元", "money", ["10"], "fee"),
    ("20 元优惠券", "money", ["20"], "reduction"),
]


@pytest.mark.parametrize(("text", "dim", "values", "role"), AMOUNTS, ids=[a[0] for a in AMOUNTS])
def test_amounts(text: str, dim: str, values: list[str], role: str) -> None:
    claim = extract(text)[0]
    assert (claim.dim, list(claim.values)) == (dim, [Decimal(v) for v in values])
    assert claim.role == role
    assert text[claim.start : claim.end] == claim.text


WORDED = [
    ("买二送一", "offer", "买2送1"),
    ("第2件半价", "offer", "第2件0.5"),
    ("满99元减20", "offer", "满99减20"),
    ("两件八折", "offer", "2件0.8"),
    ("2026/11/1", "date", "2026-11-01"),
    ("2026 年 11 月 1 日", "date", "2026-11-01"),
    ("十一月十一日", "date", "--11-11"),
    ("11.1-11.11", "date", "--11-01/--11-11"),
    ("11月1日至11日", "date", "--11-01/--11-11"),
    ("2026年10月", "date", "2026-10"),
    ("SPF 50+", "grade", "SPF50+"),
    ("pH 值约 5.5", "grade", "PH5.5"),
    ("0 蔗糖添加", "absence", "蔗糖"),
    ("不含酒精", "absence", "酒精"),
    ("国妆特字 G20240001", "code", "国妆特字G20240001"),
    ("报告编号 SGS-2026-0317", "code", "SGS20260317"),
    ("GB/T 22427", "code", "GBT22427"),
    ("400-800-1234", "code", "4008001234"),
]


@pytest.mark.parametrize(("text", "dim", "key"), WORDED, ids=[w[0] for w in WORDED])
def test_wordings(text: str, dim: str, key: str) -> None:
    claim = extract(text)[0]
    assert (claim.dim, claim.key) == (dim, key)


@pytest.mark.parametrize(
    "text", ["十几封邮件", "好几次", "数百人", "不是 59 元", "十分好看", "十月", "万一下雨", "T恤", "一起去", ""]
)
def test_vague_negated_and_plain_words_are_no_claims(text: str) -> None:
    assert extract(text) == ()


@given(st.text(max_size=200))
def test_any_text_gives_ordered_claims_that_index_it(text: str) -> None:
    claims = extract(text)
    assert all(text[c.start : c.end] == c.text and c.text for c in claims)
    assert all(a.end <= b.start for a, b in pairwise(claims))
