"""The charts of the web page, drawn from the figures as inline SVG. Colours come from the page's own classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, isfinite, log10

from markupsafe import Markup

from evals.reports.differences import Difference, Part
from evals.reports.figures import figure, share
from evals.reports.html.svg import picture, scale, tag
from evals.reports.report import Report
from evals.reports.scorer_info import ScorerInfo
from evals.reports.summary import Arm, Cell
from evals.stats.values import Ranking

BINS = 24
WIDTH, LEFT, RIGHT, ROW, BARS = 360, 26, 10, 54, 30


def distribution(info: ScorerInfo, arms: Sequence[Arm], cells: Sequence[Cell]) -> Markup:
    """One histogram an arm over a common axis, its mean as a line; n is written beside each."""
    values = [value for cell in cells for value in cell.values]
    if not values:
        return Markup("")
    low, high = _axis(min(values), max(values))
    top = max(max(_bins(cell.values, low, high)) for cell in cells)
    height = ROW * len(arms) + 18
    step = (WIDTH - LEFT - RIGHT) / BINS
    drawn = []
    for i, (arm, cell) in enumerate(zip(arms, cells, strict=True)):
        base = ROW * (i + 1) - 4
        drawn.append(tag("text", arm.key, x=0, y=base - 4, class_="key"))
        drawn.append(tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=base, y2=base, class_="axis"))
        for at, count in enumerate(_bins(cell.values, low, high)):
            if count:
                size = max(1.5, BARS * count / top)
                told, x = tag("title", f"{arm.key}：{count} 例"), LEFT + at * step + 0.5
                drawn.append(
                    tag("rect", told, x=x, y=base - size, width=step - 1, height=size, class_=f"bar {arm_class(i)}")
                )
        note = f"均值 {figure(cell.mean)} · n={cell.n}"
        drawn.append(tag("text", note, x=WIDTH - RIGHT, y=base - BARS - 8, text_anchor="end", class_="note"))
        if cell.mean is not None:
            x = scale(low, high, LEFT, WIDTH - RIGHT, cell.mean)
            drawn.append(tag("line", x1=x, x2=x, y1=base - BARS - 3, y2=base + 3, class_="mean"))
    drawn.append(tag("text", figure(low), x=LEFT, y=height - 4, class_="tick"))
    drawn.append(tag("text", figure(high), x=WIDTH - RIGHT, y=height - 4, text_anchor="end", class_="tick"))
    return picture(WIDTH, height, f"{info.label} 的分布", *drawn)


def forest(one: Difference | Part, reach: float) -> Markup:
    """A difference with its interval against 0; `reach` is the end of the axis on both sides."""
    found = one.found
    if found.difference is None:
        return Markup("")
    width, middle = 150, 9
    verdict = one.verdict if isinstance(one, Difference) else ""
    drawn = [tag("line", x1=width / 2, x2=width / 2, y1=0, y2=18, class_="zero")]
    label = f"差 {figure(found.difference, signed=True)}"
    if found.interval is not None:
        low, high = found.interval.low, found.interval.high
        a, b = (scale(-reach, reach, 3, width - 3, value) for value in (low, high))
        drawn.append(tag("line", x1=a, x2=b, y1=middle, y2=middle, class_=f"whisker {verdict}"))
        label += f"，区间 {figure(low)} 到 {figure(high)}"
    x = scale(-reach, reach, 3, width - 3, found.difference)
    drawn.append(tag("circle", cx=x, cy=middle, r=3.5, class_=f"dot {verdict}"))
    return picture(width, 18, label, *drawn, class_="forest")


def reach(found: Sequence[Difference | Part]) -> float:
    """How far the axis of a forest has to go."""
    ends = [abs(one.found.difference) for one in found if one.found.difference is not None]
    ends += [abs(v) for one in found if (at := one.found.interval) for v in (at.low, at.high) if isfinite(v)]
    return max(ends, default=0.0) or 1.0


def win_rates(found: Sequence[Difference], labels: dict[str, str]) -> Markup:
    """Win rates with intervals around 50 %, one line a scorer and arm."""
    shown = [one for one in found if one.win_rate is not None]
    if not shown:
        return Markup("")
    width, left, right, row = 640, 190, 130, 28
    drawn = []
    for value in (0, 25, 50, 75, 100):
        x = scale(0, 100, left, width - right, value)
        drawn.append(tag("line", x1=x, x2=x, y1=6, y2=row * len(shown) + 6, class_="zero" if value == 50 else "grid"))
        drawn.append(tag("text", f"{value} %", x=x, y=row * len(shown) + 22, text_anchor="middle", class_="tick"))
    for i, one in enumerate(shown):
        y, win = row * i + 20, one.win_rate or 0.0
        drawn.append(
            tag("text", f"{labels[one.scorer]}（{one.arm}）", x=left - 12, y=y + 4, text_anchor="end", class_="name")
        )
        written = share(win)
        verdict, wins = one.verdict, one.found.wins
        if one.win_interval is not None:
            a, b = (scale(0, 1, left, width - right, value) for value in (one.win_interval.low, one.win_interval.high))
            drawn.append(tag("line", x1=a, x2=b, y1=y, y2=y, class_=f"whisker {verdict}"))
        x = scale(0, 1, left, width - right, win)
        drawn.append(tag("circle", cx=x, cy=y, r=4, class_=f"dot {verdict}"))
        n = wins.wins + wins.losses if wins else 0
        drawn.append(tag("text", f"{written} · n={n}", x=width - right + 12, y=y + 4, class_="note"))
    return picture(width, row * len(shown) + 28, "胜率与 95% 区间", *drawn)


def strengths(one: Ranking, keys: Mapping[str, tuple[int, str]]) -> Markup:
    """Bradley-Terry strengths of the variants with intervals, best first, around the average of 0."""
    width, left, right, row = 640, 44, 190, 28
    low, high = _padded([0.0, *(value for place in one.places for value in (place.low, place.high))])
    x = [scale(low, high, left, width - right, value) for value in (low, 0.0, high)]
    bottom = row * len(one.places) + 6
    drawn = [tag("line", x1=x[1], x2=x[1], y1=6, y2=bottom, class_="zero")]
    for value, at in zip((low, 0.0, high), x, strict=True):
        drawn.append(tag("text", figure(value), x=at, y=bottom + 16, text_anchor="middle", class_="tick"))
    for i, place in enumerate(one.places):
        y, (number, key) = row * i + 20, keys[place.name]
        a, dot, b = (scale(low, high, left, width - right, v) for v in (place.low, place.strength, place.high))
        told = tag("title", f"{place.name}：{figure(place.strength, signed=True)}")
        drawn.append(tag("text", key, x=left - 30, y=y + 4, class_="key"))
        drawn.append(tag("line", x1=a, x2=b, y1=y, y2=y, class_="whisker"))
        drawn.append(tag("circle", told, cx=dot, cy=y, r=4.5, class_=f"point {arm_class(number)}"))
        won = f"{figure(place.strength, signed=True)} · 胜 {share(place.win_rate)} · n={place.decisive}"
        drawn.append(tag("text", won, x=width - right + 12, y=y + 4, class_="note"))
    return picture(width, bottom + 22, f"{one.scorer} 的强度与区间", *drawn)


def cost_quality(report: Report, info: ScorerInfo) -> Markup:
    """A point an arm: what a draft costs against its mean quality. Tokens stand in where nothing has a price."""
    priced = any(report.totals[arm.key].cost for arm in report.arms)
    points = []
    for i, arm in enumerate(report.arms):
        totals, cell = report.totals[arm.key], report.cells[arm.key, info.name]
        if cell.mean is None:
            continue
        n = totals.priced if priced else totals.rows
        if n:
            each = float(totals.cost or 0) / n if priced else totals.tokens / n
            points.append((i, arm, each, cell))
    if len(points) < 2:
        return Markup("")
    width, height, left, bottom = 640, 250, 64, 40
    xs, ys = [p[2] for p in points], [p[3].mean or 0.0 for p in points]
    (x0, x1), (y0, y1) = _padded(xs), _padded(ys)
    drawn = [
        tag("line", x1=left, x2=width - 10, y1=height - bottom, y2=height - bottom, class_="axis"),
        tag("line", x1=left, x2=left, y1=10, y2=height - bottom, class_="axis"),
        tag("text", f"{info.label} 均值", x=left + 8, y=20, class_="note"),
        tag("text", "每稿费用（元）" if priced else "每稿 tokens（没有价格）", x=width - 10, y=height - 8,
            text_anchor="end", class_="note"),
    ]  # fmt: skip
    for part in (0.1, 0.5, 0.9):
        y = scale(0, 1, height - bottom, 10, part)
        x = scale(0, 1, left, width - 10, part)
        drawn.append(tag("line", x1=left, x2=width - 10, y1=y, y2=y, class_="grid"))
        drawn.append(
            tag("text", _tick(y0 + part * (y1 - y0), y1 - y0), x=left - 8, y=y + 4, text_anchor="end", class_="tick")
        )
        drawn.append(
            tag(
                "text",
                _tick(x0 + part * (x1 - x0), x1 - x0),
                x=x,
                y=height - bottom + 16,
                text_anchor="middle",
                class_="tick",
            )
        )
    for i, arm, each, cell in points:
        x = scale(x0, x1, left, width - 10, each)
        y = scale(y0, y1, height - bottom, 10, cell.mean or 0.0)
        drawn.append(tag("circle", tag("title", arm.label), cx=x, cy=y, r=7, class_=f"point {arm_class(i)}"))
        anchor = "end" if x > width * 0.75 else "start"
        drawn.append(
            tag("text", f"{arm.key} {figure(cell.mean)} · n={cell.n}", x=x + (-12 if anchor == "end" else 12), y=y + 4,
                text_anchor=anchor, class_="name")
        )  # fmt: skip
    return picture(width, height, "费用与质量", *drawn)


def arm_class(number: int) -> str:
    """The class that colours an arm."""
    return f"arm{number % 6}"


def _bins(values: Sequence[float], low: float, high: float) -> list[int]:
    counts = [0] * BINS
    for value in values:
        counts[min(BINS - 1, int((value - low) / (high - low) * BINS))] += 1
    return counts


def _axis(low: float, high: float) -> tuple[float, float]:
    """The range of an axis; shares keep [0, 1], anything else gets round ends."""
    if low >= 0 and high <= 1:
        return 0.0, 1.0
    if low == high:
        low, high = min(0.0, low), max(0.0, high)
    step = 10 ** floor(log10(high - low))
    return floor(low / step) * step, -floor(-high / step) * step


def _padded(values: Sequence[float]) -> tuple[float, float]:
    """A tenth of room on both sides; some room where all values are one."""
    low, high = min(values), max(values)
    room = (high - low) * 0.25 or abs(high) * 0.1 or 0.5
    return low - room, high + room


def _tick(value: float, span: float) -> str:
    """Enough decimals to tell the ticks of an axis apart."""
    text = f"{value:,.{max(0, 1 - floor(log10(span)))}f}"
    return text.replace("-", "−")
