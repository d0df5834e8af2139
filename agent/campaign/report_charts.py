"""Charts as inline SVG, without scripts: bars that stack, a histogram, dots on a plane. All text is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from agent.campaign.report_map import Dot

BAR, GAP, LABEL, WIDTH = 20, 8, 150, 720
HISTOGRAM_HEIGHT = 140
MAP = 460
COLOURS = 8
"""Colours the style sheet has for groups (c0 .. c7); further groups share the last."""


def stacked(rows: Sequence[tuple[str, Sequence[tuple[str, int]]]], title: str) -> str:
    """`rows`: (name, [(class, count)]); bars are to one scale, counts stand beside them."""
    most = max((sum(count for _, count in parts) for _, parts in rows), default=0)
    if not most:
        return ""
    height = len(rows) * (BAR + GAP) + GAP
    room = WIDTH - LABEL - 60
    drawn = []
    for i, (name, parts) in enumerate(rows):
        y, x = GAP + i * (BAR + GAP), float(LABEL)
        drawn.append(f'<text x="{LABEL - 8}" y="{y + 15}" class="name">{escape(_short(name, 11))}</text>')
        for kind, count in parts:
            width = room * count / most
            if count:
                tip = f"<title>{escape(name)}：{escape(kind)} {count}</title>"
                place = f'x="{x:.1f}" y="{y}" width="{max(width, 1):.1f}" height="{BAR}"'
                drawn.append(f'<rect {place} class="{escape(kind)}">{tip}</rect>')
            x += width
        drawn.append(f'<text x="{x + 6:.1f}" y="{y + 15}" class="count">{sum(count for _, count in parts)}</text>')
    return _svg(WIDTH, height, title, drawn)


def histogram(bins: Sequence[tuple[float, int]], title: str, unit: str = "秒") -> str:
    """`bins`: (upper bound, count) in equal steps from 0."""
    most = max((count for _, count in bins), default=0)
    if not most:
        return ""
    width = (WIDTH - 40) / len(bins)
    base = HISTOGRAM_HEIGHT - 22
    drawn = [f'<line x1="20" y1="{base}" x2="{WIDTH - 20}" y2="{base}" class="axis"/>']
    for i, (bound, count) in enumerate(bins):
        height = (base - 16) * count / most
        tip = f"<title>≤ {bound:.3g} {unit}：{count}</title>"
        drawn.append(
            f'<rect x="{20 + i * width + 1:.1f}" y="{base - height:.1f}" width="{width - 2:.1f}" '
            f'height="{height:.1f}" class="bar">{tip}</rect>'
        )
    marks = ((0.0, "start"), (bins[len(bins) // 2 - 1][0], "middle"), (bins[-1][0], "end"))
    for place, (value, anchor) in zip((20, WIDTH / 2, WIDTH - 20), marks, strict=True):
        where = f'x="{place:.0f}" y="{HISTOGRAM_HEIGHT - 6}" text-anchor="{anchor}"'
        drawn.append(f'<text {where} class="tick">{value:.3g} {unit}</text>')
    drawn.append(f'<text x="20" y="12" class="tick">最高 {most}</text>')
    return _svg(WIDTH, HISTOGRAM_HEIGHT, title, drawn)


def plane(dots: Sequence[Dot], title: str) -> tuple[str, tuple[tuple[str, str, int], ...]]:
    """The picture, and its legend: (class, group, dots). Groups with the most dots come first."""
    counts: dict[str, int] = {}
    for dot in dots:
        counts[dot.group] = counts.get(dot.group, 0) + 1
    order = sorted(counts, key=lambda group: (-counts[group], group))
    kinds = {group: f"c{min(i, COLOURS - 1)}" for i, group in enumerate(order)}
    inner = MAP - 40
    drawn = [f'<rect x="1" y="1" width="{MAP - 2}" height="{MAP - 2}" class="frame"/>']
    for dot in dots:
        tip = f"<title>{escape(dot.group or '不分人设')}：{escape(dot.name)}</title>"
        place = f'cx="{20 + dot.x * inner:.1f}" cy="{20 + dot.y * inner:.1f}" r="4.5"'
        drawn.append(f'<circle {place} class="{kinds[dot.group]}">{tip}</circle>')
    legend = tuple((kinds[group], group, counts[group]) for group in order)
    return _svg(MAP, MAP, title, drawn), legend


def _svg(width: int, height: int, title: str, drawn: Sequence[str]) -> str:
    body = "\n".join(drawn)
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}" '
        f'style="max-width:{width}px">\n{body}\n</svg>'
    )


def _short(name: str, chars: int) -> str:
    return name if len(name) <= chars else name[: chars - 1] + "…"
