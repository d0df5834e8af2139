"""Calendar files as values: the shipped events.yaml and a workspace's own calendar.yaml, in one format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from agent.calendar.rules import FIRST_YEAR, LAST_YEAR, TERMS, WEEKDAYS, lunar_days, nth_weekday, solar_terms, yearly
from knowledge_base.config_file import read_config
from knowledge_base.workspace import Workspace

SHIPPED_FILE = Path(__file__).with_name("events.yaml")
OWN_FILE = "calendar.yaml"
"""In the workspace: the brand's own days, and other lead times."""
EventKind = Literal["节气", "节日", "放假", "调休上班", "大促", "品牌日", "优惠", "慎发"]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
OWN_SOURCE = "own"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Source(_Part):
    title: str
    kind: Literal["official", "news", "general", "house"]
    as_of: date


class EventRule(_Part):
    """One day that comes again by a rule, or once."""

    name: Text
    kind: EventKind = "品牌日"
    term: str = ""
    solar: str = ""
    """MM-DD, every year."""
    lunar: str = ""
    """MM-DD of the lunar calendar, every year."""
    nth: tuple[int, str, int] | None = None
    """(month, weekday, n)."""
    monthly: int | None = Field(None, ge=1, le=31)
    """Day of every month; months without it are passed over."""
    dates: tuple[date, ...] = ()
    """Once each."""
    offset: int = Field(0, ge=-180, le=180)
    days: int = Field(1, ge=1, le=120)
    lead: int | None = Field(None, ge=0, le=180)
    words: str = ""
    """What fitting products are looked up with; empty: not looked up."""
    products: tuple[str, ...] = ()
    """Products to write about, by id or name, where people know."""
    brand: str = ""
    quiet: bool = False
    """Selling on this day gives offence."""
    note: str = ""
    source: str = OWN_SOURCE

    @field_validator("dates", "products", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, (str, date)) else value

    @field_validator("solar", "lunar")
    @classmethod
    def _is_month_and_day(cls, value: str) -> str:
        month_day(value)
        return value

    @field_validator("term")
    @classmethod
    def _is_a_term(cls, value: str) -> str:
        if value and value not in TERMS:
            raise ValueError(f"没有节气「{value}」，可选：{'、'.join(TERMS)}")
        return value

    @field_validator("nth")
    @classmethod
    def _is_a_weekday(cls, value: tuple[int, str, int] | None) -> tuple[int, str, int] | None:
        if value is not None and not (1 <= value[0] <= 12 and value[1] in WEEKDAYS and 1 <= value[2] <= 4):
            raise ValueError("写成 [月, 周几, 第几个]，例如 [5, 周日, 2]")
        return value

    @model_validator(mode="after")
    def _has_one_rule(self) -> EventRule:
        given = [self.term, self.solar, self.lunar, self.nth, self.monthly, self.dates]
        if sum(bool(one) for one in given) != 1:
            raise ValueError("哪一天要写且只写一种：dates、solar、lunar、term、nth 或 monthly")
        return self

    def within(self, first: date, last: date) -> Iterator[date]:
        """Its first days that let it touch [first, last], in order."""
        offset = timedelta(self.offset)
        earliest = first - timedelta(self.days - 1)
        years = range(max((earliest - offset).year, FIRST_YEAR), min((last - offset).year, LAST_YEAR) + 1)
        starts = {day + offset for year in years for day in self._of_year(year)}
        yield from sorted(day for day in starts if earliest <= day <= last)

    def _of_year(self, year: int) -> Iterator[date]:
        if self.term:
            yield solar_terms(year)[self.term]
        elif self.solar:
            yield from yearly(year, *month_day(self.solar))
        elif self.lunar:
            yield from lunar_days(year, *month_day(self.lunar))
        elif self.nth is not None:
            yield nth_weekday(year, *self.nth)
        elif self.monthly is not None:
            for month in range(1, 13):
                yield from yearly(year, month, self.monthly)
        else:
            yield from (day for day in self.dates if day.year == year)


class Calendar(_Part):
    """The whole file."""

    schema_: Literal[1] = Field(1, alias="schema")
    sources: Mapping[str, Source] = {}
    lead: Mapping[EventKind, Annotated[int, Field(ge=0, le=180)]] = {}
    """Days before an event by which writing should begin, by kind."""
    events: tuple[EventRule, ...] = ()

    @model_validator(mode="after")
    def _names_its_sources(self) -> Calendar:
        for event in self.events:
            if event.source != OWN_SOURCE and event.source not in self.sources:
                raise ValueError(f"「{event.name}」的来源 {event.source} 没有写在 sources 里")
        return self


@cache
def shipped() -> Calendar:
    return read_config(SHIPPED_FILE, Calendar, what="日历")


def of_workspace(workspace: Workspace) -> Calendar:
    """The shipped calendar with the workspace's own days; one of the same name takes the place of ours.

    Raises BadInputError naming line and field of calendar.yaml.
    """
    ours = shipped()
    path = workspace.root / OWN_FILE
    if not path.is_file():
        return ours
    own = read_config(path, Calendar, what="日历")
    names = {event.name for event in own.events}
    events = (*(event for event in ours.events if event.name not in names), *own.events)
    return ours.model_copy(
        update={"events": events, "lead": {**ours.lead, **own.lead}, "sources": {**ours.sources, **own.sources}}
    )


def month_day(text: str) -> tuple[int, int]:
    """(month, day) of `MM-DD`; (0, 0) of nothing. Raises ValueError."""
    if not text:
        return 0, 0
    month, _, day = text.partition("-")
    if not (month.isdecimal() and day.isdecimal() and 1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        raise ValueError("写成 月-日，例如 05-18")
    return int(month), int(day)
