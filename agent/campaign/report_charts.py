"""Charts without scripts: bars that stack, a histogram, dots on a plane. All text is escaped.

Words are HTML beside the shapes, so that a narrow screen shrinks the shapes and not the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from agent.campaign.report_map import Dot

WIDTH, HISTOGRAM_HEIGHT = 720, 100
"""Of a histogram's drawing; it is stretched to its place."""
MAP = 460
COLOURS = 8
"""Colours the style sheet has for groups (c0 .. c7); further groups share the last."""


def stacked(rows: Sequence[tuple[str, Sequence[tuple[str, int]]]], title: str) -> str:
    """`rows`: (name, [(class, count)]); bars are to one scale, counts stand beside them."""
    most = max((sum(count for _, count in parts) for _, parts in rows), default=0)
    if not most:
        return ""
    drawn = []
    for name, parts in rows:
        bars = "".join(
            f'<i class="{escape(kind)}" style="width:{100 * count / most:.2f}%" title="{escape(name)}：{count}"></i>'
            for kind, count in parts
            if count
        )
        drawn.append(
            f'<span class="name">{escape(name)}</span><span class="track">{bars}</span>'
            f'<span class="count">{sum(count for _, count in parts)}</span>'
        )
    return f'<div class="bars" role="img" aria-label="{escape(title)}">\n' + "\n".join(drawn) + "\n</div>"


def histogram(bins: Sequence[tuple[float, int]], title: str, unit: str = "秒") -> str:
    """`bins`: (upper bound, count) in equal steps from 0."""
    most = max((count for _, count in bins), default=0)
    if not most:
        return ""
    width, drawn = WIDTH / len(bins), []
    for i, (bound, count) in enumerate(bins):
        height = HISTOGRAM_HEIGHT * count / most
        tip = f"<title>≤ {bound:.3g} {unit}：{count}</title>"
        drawn.append(
            f'<rect x="{i * width + 1:.1f}" y="{HISTOGRAM_HEIGHT - height:.1f}" width="{width - 2:.1f}" '
            f'height="{height:.1f}" class="bar">{tip}</rect>'
        )
    marks = (0.0, bins[len(bins) // 2 - 1][0], bins[-1][0])
    ticks = "".join(f"<span>{value:.3g} {unit}</span>" for value in marks)
    return (
        f'<figure class="histogram"><figcaption>最高 {most}</figcaption>\n'
        f'<svg viewBox="0 0 {WIDTH} {HISTOGRAM_HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(title)}">\n' + "\n".join(drawn) + f'\n</svg>\n<p class="ticks">{ticks}</p></figure>'
    )


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
    body = "\n".join(drawn)
    picture = f'<svg viewBox="0 0 {MAP} {MAP}" role="img" aria-label="{escape(title)}">\n{body}\n</svg>'
    return picture, legend
