"""What is coming in the next days: events by rule, public holidays, offers that begin or end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from agent.calendar.calendar_file import OWN_SOURCE, Calendar, EventKind, EventRule
from agent.calendar.days_off import DaysOff, days_off
from knowledge_base.records import Coupon, Product

DAYS_OFF_SOURCE = "国务院办公厅放假通知，由 chinesecalendar 收录"
_ORDER: tuple[EventKind, ...] = ("慎发", "大促", "品牌日", "节日", "放假", "节气", "优惠", "调休上班")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    name: str
    kind: EventKind
    start: date
    end: date
    lead: int
    """Days before `start` by which writing should begin."""
    words: str = ""
    products: tuple[str, ...] = ()
    """Named by people; ids or names."""
    quiet: bool = False
    note: str = ""
    source: str = ""
    before: date | None = None
    """The same event a year earlier."""

    @property
    def begin(self) -> date:
        """When writing should begin."""
        return self.start - timedelta(self.lead)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    first: date
    last: date
    events: tuple[Event, ...]
    unannounced: tuple[int, ...]
    """Years whose public holidays this program does not know yet."""


def upcoming(
    calendar: Calendar,
    first: date,
    days: int,
    *,
    products: Iterable[Product] = (),
    coupons: Iterable[Coupon] = (),
    brand: str = "",
) -> Upcoming:
    """Everything that touches the `days` days from `first` on, by day. Days of other brands are left out."""
    last = first + timedelta(days - 1)
    off, unannounced = days_off(first, last)
    events = [
        *_by_rule(calendar, first, last, brand),
        *(_holiday(one, calendar) for one in off),
        *_offers(products, coupons, calendar, first, last),
    ]
    events.sort(key=lambda one: (one.start, _ORDER.index(one.kind), one.name))
    return Upcoming(first=first, last=last, events=tuple(events), unannounced=unannounced)


def _by_rule(calendar: Calendar, first: date, last: date, brand: str) -> Iterator[Event]:
    for rule in calendar.events:
        if brand and rule.brand not in ("", brand):
            continue
        for start in rule.within(first, last):
            yield event_of(rule, start, calendar)


def event_of(rule: EventRule, start: date, calendar: Calendar) -> Event:
    """One occurrence of a rule."""
    a_year_ago = list(rule.within(start - timedelta(400), start - timedelta(330)))
    source = calendar.sources.get(rule.source)
    return Event(
        name=rule.name,
        kind=rule.kind,
        start=start,
        end=start + timedelta(rule.days - 1),
        lead=rule.lead if rule.lead is not None else calendar.lead.get(rule.kind, 0),
        words=rule.words,
        products=rule.products,
        quiet=rule.quiet,
        note=rule.note,
        source="calendar.yaml" if rule.source == OWN_SOURCE or source is None else f"{source.title}（{source.as_of}）",
        before=a_year_ago[-1] if a_year_ago else None,
    )


def _holiday(off: DaysOff, calendar: Calendar) -> Event:
    kind: EventKind = "调休上班" if off.works else "放假"
    name = f"{off.name}调休上班" if off.works else f"{off.name}放假"
    note = "周末上班，别写成周末" if off.works else f"放 {(off.end - off.start).days + 1} 天"
    return Event(
        name=name,
        kind=kind,
        start=off.start,
        end=off.end,
        lead=calendar.lead.get(kind, 0),
        words="" if off.works else "假期 出游",
        note=note,
        source=DAYS_OFF_SOURCE,
    )


def _offers(
    products: Iterable[Product], coupons: Iterable[Coupon], calendar: Calendar, first: date, last: date
) -> Iterator[Event]:
    dated: list[tuple[str, str, str, date | None, date | None, tuple[str, ...]]] = [
        (one.id, f"{one.name}「{offer.name}」", offer.text, offer.start, offer.end, (one.id,))
        for one in products
        for offer in one.promotions
    ]
    for coupon in coupons:
        code = f"券码 {coupon.code}" if coupon.code else ""
        title = f"优惠券「{coupon.name}」"
        dated.append((coupon.id, title, code, coupon.start, coupon.end, coupon.products))
    for id, name, note, start, end, ids in dated:
        for day, word in ((start, "开始"), (end, "最后一天")):
            if day is not None and first <= day <= last:
                yield Event(
                    name=f"{name}{word}",
                    kind="优惠",
                    start=day,
                    end=day,
                    lead=calendar.lead.get("优惠", 0),
                    products=ids,
                    note=note,
                    source=id,
                )
