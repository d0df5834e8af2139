"""The event a person means by a name: its next occurrence."""

from __future__ import annotations

from datetime import date, timedelta

from agent.calendar.calendar_file import Calendar
from agent.calendar.upcoming import Event, event_of
from knowledge_base.errors import BadInputError, UnknownIdError

_AHEAD = timedelta(400)
_NAMES = {"双十一": "双11", "双十二": "双12", "38": "三八大促", "妇女节": "三八大促", "99": "99 大促", "五一": "劳动节"}
_NAMES |= {"十一": "国庆节", "过年": "春节", "六一": "儿童节", "五四": "五四青年节", "小年": "小年（北方）"}


def find_event(calendar: Calendar, wanted: str, today: date) -> Event:
    """The next event of that name, today's included; 白露, 中秋 and 双十一 are as good as the full names.

    Raises UnknownIdError with the nearest names, BadInputError for a day that does not come again.
    """
    name = _NAMES.get(wanted.strip(), wanted.strip())
    rules = [rule for rule in calendar.events if rule.name == name]
    rules = rules or [rule for rule in calendar.events if rule.name in (f"{name}节", f"{name}大促", f"{name} 大促")]
    if not rules:
        from rapidfuzz import process

        names = [rule.name for rule in calendar.events]
        near = tuple(match[0] for match in process.extract(name, names, limit=3, score_cutoff=30))
        error = UnknownIdError("日子", wanted, near)
        if not near:
            error.hint = "用 wenan calendar --days 365 看有哪些；品牌自己的日子写进 calendar.yaml。"
        raise error
    starts = [(start, rule) for rule in rules for start in rule.within(today, today + _AHEAD)]
    if not starts:
        raise BadInputError(f"「{wanted}」已经过去，不再来", hint="在 calendar.yaml 里给它写新的 dates。")
    start, rule = min(starts, key=lambda one: one[0])
    return event_of(rule, start, calendar)
