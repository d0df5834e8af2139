"""Days named from today: 明天, 本周五, 下周一, 月底, 30 号 - claims only where an offer begins or ends on them."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta

from agent.checks.facts.claim import Claim, Spans
from agent.checks.facts.numbers import parse_number

_DAYS = {"大后": 3, "后": 2, "明": 1, "今": 0, "昨": -1, "前": -2}
_WEEKDAYS = {c: i for i, c in enumerate("一二三四五六")} | {"日": 6, "天": 6, "末": 6}
_DAY = re.compile(
    r"(?P<near>大后|[后明昨前](?=[天日晚])|今(?=[天日晚]))[天日晚]"
    r"|(?P<week>这个?|本|下个?|上个?)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末])"
    r"|(?P<month>这个?月|本月|下个?月|月)(?P<end>底|末)"
    r"|(?P<which>这个?月|本月|下个?月)?(?<![月\d.])(?P<number>\d{1,2}|[一二三四五六七八九十廿]{1,3})\s?[号日](?![线楼院店仓机馆厅房桌床\d装内])"
)
_ENDS_BEFORE = re.compile(r"(?:到|至|截止到?|截至|直到|有效期[至到]?)\s?$")
_ENDS_AFTER = re.compile(
    r"^(?:[晚夜]|零点|24\s?点|十二点|\d{1,2}\s?点)?(?:就|即)?(?:截止|结束|为止|止|恢复原价|涨价|下架|过期|失效|前(?:下单|有效|领|用|可))"
)
_STARTS_BEFORE = re.compile(r"(?:从|自)\s?$")
_STARTS_AFTER = re.compile(r"^(?:早上|晚上|零点|\d{1,2}\s?点|[早晚])?(?:就|正式)?(?:起|开始|开抢|开售|开团|上线|上新)")
_OFFER = re.compile(r"活动|优惠|折|价|券|减|赠|送|抢|元|售|促|福利|包邮|下单|秒杀|截止|结束|开团|上新")


def relative_days(text: str, spans: Spans, today: date) -> Iterator[Claim]:
    """Claims of dim date whose key is the day meant (a number without month: the coming one, or the last)."""
    for m in _DAY.finditer(text):
        before, after = text[max(0, m.start() - 6) : m.start()], text[m.end() : m.end() + 8]
        ends = _ENDS_BEFORE.search(before) or _ENDS_AFTER.match(after)
        starts = _STARTS_BEFORE.search(before) or _STARTS_AFTER.match(after)
        if not (ends or starts) or not _OFFER.search(text[slice(*spans.sentence(m.start()))]):
            continue
        if (day := _meant(m, today, forward=bool(ends))) is not None:
            yield Claim(
                start=m.start(),
                end=m.end(),
                text=m.group(),
                dim="date",
                key=day.isoformat(),
                clause=spans.clause(m.start()),
            )


def _meant(m: re.Match[str], today: date, *, forward: bool) -> date | None:
    if m["near"]:
        return today + timedelta(days=_DAYS[m["near"]])
    if m["weekday"]:
        monday = today - timedelta(days=today.weekday())
        week = m["week"] or ""
        day = monday + timedelta(days=_WEEKDAYS[m["weekday"]])
        if week.startswith("下"):
            return day + timedelta(days=7)
        if week.startswith("上"):
            return day - timedelta(days=7)
        return day + timedelta(days=7) if not week and forward and day < today else day
    if m["end"]:
        year, month = _month(today, 1 if m["month"].startswith("下") else 0)
        return date(year, month, calendar.monthrange(year, month)[1])
    number = int(parse_number(m["number"]))
    if m["which"]:
        return _dated(today, 1 if m["which"].startswith("下") else 0, number)
    coming = [d for ahead in range(3) if (d := _dated(today, ahead, number)) and d >= today]
    past = [d for back in range(0, -3, -1) if (d := _dated(today, back, number)) and d <= today]
    found = coming if forward else past
    return found[0] if found else None


def _dated(today: date, months: int, day: int) -> date | None:
    year, month = _month(today, months)
    return date(year, month, day) if 1 <= day <= calendar.monthrange(year, month)[1] else None


def _month(today: date, ahead: int) -> tuple[int, int]:
    index = today.year * 12 + today.month - 1 + ahead
    return index // 12, index % 12 + 1
