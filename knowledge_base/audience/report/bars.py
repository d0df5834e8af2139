"""Charts of rows as HTML: they keep their type size on a phone, can be read aloud and copied. All text is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from markupsafe import Markup

from knowledge_base.audience.report.svg import tag


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: a label, parts that stack (class, value, what it is), and what stands at the end."""

    label: str
    parts: Sequence[tuple[str, float, str]]
    note: str
    faint: str = ""
    """Smaller words under the label."""


@dataclass(frozen=True, slots=True)
class Range:
    """One row: an estimate with its interval on a common axis."""

    label: str
    value: float
    low: float
    high: float
    note: str
    class_: str = ""
    faint: str = ""


def bars(rows: Sequence[Bar], *, most: float = 0.0) -> Markup:
    """Bars to one scale, which ends at `most` or the longest row."""
    top = most or max((sum(value for _, value, _ in row.parts) for row in rows), default=0.0)
    if top <= 0:
        return Markup("")
    drawn = []
    for row in rows:
        parts = [
            tag("i", class_=f"part {kind}", style=_width(value / top), title=f"{row.label} {what}".strip())
            for kind, value, what in row.parts
            if value > 0
        ]
        drawn.append(_row(row.label, row.faint, tag("span", *parts, class_="track"), row.note))
    return tag("div", *drawn, class_="rows")


def diverging(rows: Sequence[Bar], *, most: float) -> Markup:
    """Bars to the left and right of a middle line; each row's first part is its signed value."""
    drawn = []
    for row in rows:
        kind, value, what = row.parts[0]
        size = min(abs(value) / most, 1.0) / 2
        left = 0.5 if value >= 0 else 0.5 - size
        bar = tag("i", class_=f"part {kind}", style=f"left:{left:.2%};{_width(size)}", title=what)
        drawn.append(_row(row.label, row.faint, tag("span", bar, class_="track middle"), row.note))
    return tag("div", *drawn, class_="rows")


def ranges(rows: Sequence[Range], *, low: float, high: float, at: Sequence[tuple[float, str]], ratio: bool) -> Markup:
    """Dots with whiskers. `at`: vertical lines (value, class). `ratio`: a log scale, on which 2 and 1/2 are alike."""

    def place(value: float) -> float:
        value = min(max(value, low), high)
        return log(value / low) / log(high / low) if ratio else (value - low) / (high - low)

    drawn = []
    for row in rows:
        start, end = place(row.low), place(row.high)
        inside = [tag("i", class_=f"line {kind}", style=f"left:{place(value):.2%}") for value, kind in at]
        inside.append(tag("i", class_=f"whisker {row.class_}", style=f"left:{start:.2%};{_width(end - start)}"))
        inside.append(tag("i", class_=f"dot {row.class_}", style=f"left:{place(row.value):.2%}"))
        drawn.append(_row(row.label, row.faint, tag("span", *inside, class_="track open"), row.note))
    return tag("div", *drawn, class_="rows")


def legend(names: Sequence[tuple[str, str]]) -> Markup:
    """(class, name) pairs."""
    return tag("p", *(tag("span", tag("i", class_=f"part {kind}"), name) for kind, name in names), class_="key")


def _row(label: str, faint: str, track: Markup, note: str) -> Markup:
    small = [tag("small", faint)] if faint else []
    return tag("div", tag("span", label, *small, class_="label"), track, tag("span", note, class_="note"), class_="row")


def _width(part: float) -> str:
    return f"width:{max(part, 0.0):.2%}"
