"""A few lines of SVG and HTML: elements whose attributes and texts are always escaped."""

from __future__ import annotations

from markupsafe import Markup, escape


def tag(name: str, *children: str | Markup, **attributes: str | float) -> Markup:
    """`tag("text", "甲", x=3, class_="n")`: underscores in names become hyphens, a trailing one goes.

    Plain strings are escaped; Markup is taken as it is. Numbers keep two decimals at most.
    """
    named = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _text(value)) for key, value in attributes.items()
    )
    inner = Markup("").join(escape(child) for child in children)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), named, inner)


def picture(width: float, height: float, label: str, *children: Markup) -> Markup:
    """The outer element; it shrinks with its box, never grows, and reads out as `label`."""
    return tag(
        "svg",
        tag("title", label),
        *children,
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        class_="chart",
        style=f"max-width:{width:g}px",
    )


def path(points: list[tuple[float, float]], **attributes: str) -> Markup:
    """A line through points."""
    drawn = "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return tag("path", d=drawn, **attributes)


def scale(low: float, high: float, start: float, end: float, value: float) -> float:
    """`value` from [low, high] to [start, end], held inside."""
    part = (value - low) / (high - low) if high > low else 0.5
    return start + min(max(part, 0.0), 1.0) * (end - start)


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else f"{round(value, 2):g}"
