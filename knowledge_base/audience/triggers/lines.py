"""One line of JSON -> an Event. Columns, actions and times are named as the import names them, Chinese or English."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from knowledge_base.audience.importing import words
from knowledge_base.audience.importing.times import (
    DATE_FORMATS,
    LATE_DAYS,
    LOCAL_FORMATS,
    MILLISECONDS,
    SECONDS,
    ZONED_FORMATS,
)
from knowledge_base.audience.schemas import Table
from knowledge_base.audience.triggers.event import Event, event_key
from knowledge_base.audience.triggers.rules import RESTOCK
from knowledge_base.audience.triggers.spans import DAY, SECOND, Clock, micros
from knowledge_base.ingest.synonyms import header_key
from knowledge_base.pii import Vault

RESTOCK_WORDS = frozenset({"到货", "补货", "重新上架", "有货", "restock", "restocked", "back_in_stock", "in_stock"})
EARLIEST = 946_684_800 * SECOND
"""2000-01-01; earlier times are a clock that was never set."""
TEXT_CHARS = 500
MOST_SHAPES = 256
"""Different sets of columns remembered."""
_FORMATS = tuple(
    form.replace("%S%.f", "%S.%f").replace("%#z", "%z") for form in (*LOCAL_FORMATS, *ZONED_FORMATS, *DATE_FORMATS)
)
Place = dict[str, str]


@dataclass(frozen=True, slots=True)
class Bad:
    """A line that is no event. The reason never quotes what may be personal."""

    reason: str


class Lines:
    """Understands lines of one stream. `pseudonyms`: many original ids as UTF-8 -> pseudonyms."""

    def __init__(self, pseudonyms: Callable[[Iterable[bytes]], list[str]], clock: Clock) -> None:
        self._pseudonyms, self._clock = pseudonyms, clock
        self._shapes: dict[tuple[str, ...], Place] = {}
        self._actions: dict[str, str] = {}
        self._blanks = frozenset(words.blanks())

    def read(self, line: bytes, now: int) -> Event | Bad | None:
        """None for a line that is blank, or that the shop's own staff wrote. `now` in microseconds."""
        try:
            row = json.loads(_text(line))
        except (ValueError, RecursionError):
            return None if not line.strip() else Bad("不是合格的 JSON")
        if not isinstance(row, dict):
            return Bad("应当是一个 JSON 对象 {…}")
        columns = tuple(row)
        place = self._shapes.get(columns)
        if place is None:
            if len(self._shapes) >= MOST_SHAPES:
                self._shapes.clear()
            place = self._shapes[columns] = _place(columns)
        cells = {field: self._cell(row[column]) for field, column in place.items()}
        return self._event(cells, row.get(place.get("time", "")), now)

    def _event(self, cells: dict[str, str], stamp: Any, now: int) -> Event | Bad | None:
        text = cells.get("text", "")
        action = self._action(cells.get("action", ""), bool(text))
        if not action:
            said = cells.get("action")
            return Bad("不认识的行为" if said else "没有行为")
        if text and words.roles().get(words.word_key(cells.get("role", ""))) == "staff":
            return None
        user, item = cells.get("user", ""), cells.get("item", "")
        if action == RESTOCK and not item:
            return Bad("到货，但没有写商品")
        if action != RESTOCK and not user:
            return Bad("没有用户")
        at = self._time(stamp)
        if at is None:
            return Bad("时间看不懂" if stamp not in (None, "") else "没有时间")
        if at < EARLIEST or at > now + LATE_DAYS * DAY:
            return Bad("时间太早，不可能" if at < EARLIEST else "时间在未来")
        person = "" if action == RESTOCK else self._pseudonyms([user.encode("utf-8", "surrogatepass")])[0]
        hidden = Vault().mask(text[:TEXT_CHARS]) if text else ""
        key = event_key(person, action, item, cells.get("channel", ""), hidden)
        return Event(at, key, person, action, item, cells.get("category", ""), hidden)

    def _action(self, word: str, written: bool) -> str:
        if not word:
            return "评论" if written else ""
        found = self._actions.get(word)
        if found is None:
            key = words.word_key(word)
            found = RESTOCK if key in RESTOCK_WORDS else words.actions().get(key, "")
            if len(self._actions) < MOST_SHAPES:
                self._actions[word] = found
        return found

    def _cell(self, value: Any) -> str:
        if type(value) is str:
            text = value.strip()
            return "" if text in self._blanks else text
        if value is None or isinstance(value, bool | dict | list):
            return ""
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)

    def _time(self, value: Any) -> int | None:
        """Microseconds; times without a zone are the shop's."""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return None
        number = value if not isinstance(value, str) else _number(value)
        if number is not None:
            if SECONDS[0] <= number <= SECONDS[1]:
                return round(number * SECOND)
            if MILLISECONDS[0] <= number <= MILLISECONDS[1]:
                return round(number * 1000)
        found = _datetime(str(value).strip())
        if found is None:
            return None
        if found.tzinfo is not None:
            return micros(found)
        wall = found - datetime(1970, 1, 1)  # noqa: DTZ001 - both are wall clocks
        return self._clock.utc((wall.days * 86_400 + wall.seconds) * SECOND + wall.microseconds)


def _text(line: bytes) -> str:
    """UTF-8, else the encoding of older Chinese programs. Raises ValueError."""
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return line.decode("gb18030")


def _number(text: str) -> float | None:
    try:
        return float(text) if text.strip().replace(".", "", 1).isdecimal() else None
    except ValueError:
        return None


def _datetime(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in _FORMATS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - a zone is taken where the text has one
        except ValueError:
            continue
    return None


def _place(columns: tuple[str, ...]) -> Place:
    """Field -> column, of events; then text and role, of messages, where a column is left for them."""
    found = _fields("events", columns, ("user", "time", "action", "item", "category", "channel"))
    rest = tuple(name for name in columns if name not in found.values())
    found |= {field: name for field, name in _fields("messages", rest, ("text", "role")).items() if field not in found}
    if "action" not in found and "text" not in found:
        # 内容 names an article among events, and what was said among messages.
        said = _fields("messages", columns, ("text", "role", "item"))
        found = {field: name for field, name in found.items() if name not in said.values()} | said
    return found


def _fields(kind: Table, columns: tuple[str, ...], wanted: tuple[str, ...]) -> Place:
    names, best = words.fields(kind), dict[str, tuple[int, str]]()
    for column in columns:
        field, rank = names.get(header_key(column), ("", 0))
        if field in wanted and (field not in best or rank < best[field][0]):
            best[field] = rank, column
    return {field: column for field, (_, column) in best.items()}
