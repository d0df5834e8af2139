"""Charts with two axes as inline SVG, small enough to stand on a phone in their own size. All text is escaped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from math import ceil, sqrt
from typing import Any

from markupsafe import Markup

from knowledge_base.audience.report.figures import share
from knowledge_base.audience.report.svg import path, picture, scale, tag

SIDE, LEFT, BOTTOM, TOP = 340, 44, 40, 12
WIDE, NARROW, LOW = 860, 330, 220
"""Charts over time are drawn twice, for a screen and for a phone; the style sheet shows one."""
RIGHT, LABEL_WIDTH = 20, 56
Z = 1.96
COLOURS = 10
"""Colours the style sheet has for groups (c0 .. c9); further groups share the last."""


def colour(number: int) -> str:
    """The class of a group."""
    return f"c{min(number, COLOURS - 1)}"


def plane(found: Mapping[str, Any], names: Mapping[int, str], label: str) -> Markup:
    """Dots of people, and at each segment's centre its number."""
    inner = SIDE + 60
    drawn = [tag("rect", x=1, y=1, width=inner - 2, height=inner - 2, class_="frame")]

    def where(x: float, y: float) -> tuple[float, float]:
        return 14 + x * (inner - 28), 14 + (1 - y) * (inner - 28)

    for x, y, segment in found["dots"]:
        a, b = where(x, y)
        drawn.append(tag("circle", cx=a, cy=b, r=2.6, class_=f"person {colour(segment)}"))
    for segment, (x, y) in found["centres"].items():
        a, b = where(x, y)
        name = names.get(int(segment), "")
        drawn.append(tag("circle", tag("title", name), cx=a, cy=b, r=13, class_=f"centre {colour(int(segment))}"))
        drawn.append(tag("text", str(int(segment) + 1), x=a, y=b + 5, text_anchor="middle", class_="mark"))
    return picture(inner, inner, label, *drawn)


def calibration(curve: Sequence[Sequence[float]], label: str) -> Markup:
    """`curve`: (promised, found, rows) a bin. Whiskers: 95 % Wilson intervals of what was found."""
    points = [(said, found, *_wilson(found, int(rows)), int(rows)) for said, found, rows in curve]
    top = _nice(max(max(said, high) for said, _, _, high, _ in points))
    drawn = _axes(top, top, "预测的购买率", "实际的购买率")
    x, y = _along(top), _up(top)
    drawn.append(path([(x(0), y(0)), (x(top), y(top))], class_="ideal"))
    for said, found, low, high, rows in points:
        told = tag("title", f"预测 {share(said, 1)}，实际 {share(found, 1)}，{rows:,} 行")
        drawn.append(path([(x(said), y(low)), (x(said), y(high))], class_="whisker"))
        drawn.append(tag("circle", told, cx=x(said), cy=y(found), r=4, class_="dot"))
    return picture(SIDE, SIDE, label, *drawn)


def gains(curve: Sequence[Sequence[float]], label: str) -> tuple[Markup, list[tuple[float, float]]]:
    """Share of buyers reached when the best rated are asked first, and the points (people, buyers) of the line."""
    ordered = sorted(curve, key=lambda one: -one[0])
    total, bought = sum(n for _, _, n in ordered), sum(found * n for _, found, n in ordered)
    asked = [one / total for one in accumulate(n for _, _, n in ordered)]
    reached = [one / bought if bought else 0.0 for one in accumulate(found * n for _, found, n in ordered)]
    points = [(0.0, 0.0), *zip(asked, reached, strict=True)]
    drawn = _axes(1.0, 1.0, "按预测从高到低联系的人", "找到的买家")
    x, y = _along(1.0), _up(1.0)
    drawn.append(path([(x(0), y(0)), (x(1), y(1))], class_="ideal"))
    drawn.append(path([(x(a), y(b)) for a, b in points], class_="curve"))
    drawn += [tag("circle", cx=x(a), cy=y(b), r=3, class_="dot") for a, b in points[1:-1]]
    return picture(SIDE, SIDE, label, *drawn), points


def weeks(rows: Sequence[Mapping[str, Any]], lines: Sequence[tuple[str, str]], label: str) -> Markup:
    """Counts over weeks. `lines`: (key, class); null is a gap."""
    values = [row[key] for row in rows for key, _ in lines if row[key] is not None]
    series: list[tuple[list[float | None], str]] = [([row[key] for row in rows], kind) for key, kind in lines]
    return _twice(lambda width: _series([row["week"] for row in rows], series, values, label, width))


def shares(rows: Sequence[Mapping[str, Any]], key: str, labels: Sequence[tuple[str, str]], label: str) -> Markup:
    """Stacked shares of `labels` (name, class) over weeks."""
    if len(rows) < 2:
        return Markup("")
    return _twice(lambda width: _shares(rows, key, labels, label, width))


def _shares(
    rows: Sequence[Mapping[str, Any]], key: str, labels: Sequence[tuple[str, str]], label: str, width: float
) -> Markup:
    base, step = LOW - 26, (width - LEFT - RIGHT) / len(rows)
    drawn = _levels([(one / 4, f"{25 * one}%") for one in range(5)], 1.0, width)
    for i, row in enumerate(rows):
        total, below = sum(row[key].values()) or 1, 0.0
        for name, kind in labels:
            part = row[key].get(name, 0) / total
            y = scale(0, 1, base, TOP, below + part)
            height = (base - TOP) * part
            told = tag("title", f"{row['week']}：{share(part)}（{row['messages']:,} 条）")
            if part:
                gap = min(1.0, step / 8)
                place = {"x": LEFT + i * step + gap, "y": y, "width": step - 2 * gap, "height": height}
                drawn.append(tag("rect", told, **place, class_=kind))
            below += part
    return picture(width, LOW, label, *drawn, *_dates([row["week"] for row in rows], step / 2, step))


def forecast(history: Sequence[Sequence[Any]], days: Sequence[str], found: Mapping[str, Any], label: str) -> Markup:
    """Orders of past days, then the days to come with the band they lie in."""
    past = [float(n) for _, n in history]
    names = [str(day) for day, _ in history] + list(days)
    ahead: list[float | None] = [None] * (len(past) - 1) + [past[-1], *found["values"]]
    highest = [*past, *found["high"]]

    def made(width: float) -> Markup:
        x, y = _places(len(names), _nice(max(highest)), width)
        start = len(past)
        band = [(x(start + i), y(v)) for i, v in enumerate(found["high"])]
        band += [(x(start + i), y(v)) for i, v in reversed(list(enumerate(found["low"])))]
        lines: list[tuple[Sequence[float | None], str]] = [(past, "c0"), (ahead, "c1 ahead")]
        return _series(names, lines, highest, label, width, [path(band, class_="band")])

    return _twice(made)


def _twice(make: Callable[[float], Markup]) -> Markup:
    wide, narrow = make(WIDE), make(NARROW)
    return tag("div", wide, class_="wide-only") + tag("div", narrow, class_="narrow-only") if wide else Markup("")


def _series(
    names: Sequence[str], lines: Sequence[tuple[Sequence[float | None], str]], values: Sequence[float], label: str,
    width: float, below: Sequence[Markup] = (),
) -> Markup:  # fmt: skip
    if len(names) < 2 or not values:
        return Markup("")
    top = _nice(max(values))
    x, y = _places(len(names), top, width)
    drawn = [*_levels([(top * one / 4, _tick(top * one / 4)) for one in range(5)], top, width), *below]
    for series, kind in lines:
        for run in _runs(series):
            drawn.append(path([(x(i), y(value)) for i, value in run], class_=f"curve {kind}"))
    return picture(width, LOW, label, *drawn, *_dates(names, 0, (width - LEFT - RIGHT) / max(len(names) - 1, 1)))


def _tick(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == round(value) else f"{value:.2g}"


def _runs(series: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """Stretches without gaps; one point alone draws no line and is left out."""
    found: list[list[tuple[int, float]]] = [[]]
    for i, value in enumerate(series):
        if value is None:
            found.append([])
        else:
            found[-1].append((i, value))
    return [run for run in found if len(run) > 1]


def _places(count: int, top: float, width: float) -> tuple[Any, Any]:
    return (
        lambda i: scale(0, max(count - 1, 1), LEFT, width - RIGHT, i),
        lambda value: scale(0, top, LOW - 26, TOP, value),
    )


def _levels(levels: Sequence[tuple[float, str]], top: float, width: float) -> list[Markup]:
    drawn = []
    for value, text in levels:
        y = scale(0, top, LOW - 26, TOP, value)
        drawn.append(tag("line", x1=LEFT, x2=width - RIGHT, y1=y, y2=y, class_="grid"))
        drawn.append(tag("text", text, x=LEFT - 6, y=y + 4, text_anchor="end", class_="tick"))
    return drawn


def _dates(names: Sequence[str], offset: float, step: float) -> list[Markup]:
    """Month and day of some of them, so that they do not touch."""
    every = max(1, ceil(LABEL_WIDTH / step))
    return [
        tag("text", names[i][5:10], x=LEFT + offset + i * step, y=LOW - 6, text_anchor="middle", class_="tick")
        for i in range(0, len(names), every)
    ]


def _axes(right: float, top: float, across: str, up: str) -> list[Markup]:
    drawn = []
    for one in range(5):
        x, y = _along(right)(right * one / 4), _up(top)(top * one / 4)
        drawn.append(tag("line", x1=LEFT, x2=SIDE - RIGHT, y1=y, y2=y, class_="grid"))
        drawn.append(
            tag("text", share(top * one / 4) if one else "0", x=LEFT - 6, y=y + 4, text_anchor="end", class_="tick")
        )
        drawn.append(
            tag("text", share(right * one / 4) if one else "0", x=x, y=SIDE - 22, text_anchor="middle", class_="tick")
        )
    drawn.append(tag("text", across, x=(LEFT + SIDE) / 2, y=SIDE - 4, text_anchor="middle", class_="axis"))
    drawn.append(tag("text", up, x=LEFT + 4, y=TOP + 8, class_="axis"))
    return drawn


def _along(right: float) -> Any:
    return lambda value: scale(0, right, LEFT, SIDE - RIGHT, value)


def _up(top: float) -> Any:
    return lambda value: scale(0, top, SIDE - BOTTOM, TOP + 14, value)


def _nice(value: float) -> float:
    """The next round number above, so that quarters of the axis are round, too."""
    if value <= 0:
        return 1.0
    size = 1.0
    while size < value:
        size *= 10
    while size >= value * 10:
        size /= 10
    return next(
        size / 10 * step for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if size / 10 * step >= value * 0.999
    )


def _wilson(rate: float, rows: int) -> tuple[float, float]:
    """95 % interval of a share (E. B. Wilson, 1927)."""
    if not rows:
        return 0.0, 1.0
    middle = (rate + Z * Z / (2 * rows)) / (1 + Z * Z / rows)
    half = Z / (1 + Z * Z / rows) * sqrt(rate * (1 - rate) / rows + Z * Z / (4 * rows * rows))
    return max(0.0, middle - half), min(1.0, middle + half)
