"""Brand colours -> the few colours of a cover, every text readable on its ground."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass

from agent.channels.typeset.colours import (
    BLACK,
    RGB,
    WHITE,
    contrast,
    lettering,
    luminance,
    mix,
    parse_colour,
    readable,
)

HOUSE = ("#2f5d50", "#f5f2ea", "#c8693d")
"""For brands without colours: a quiet green, paper, terracotta."""
_PAPER_LIGHT = 0.78
"""Least relative luminance of a colour to serve as paper."""
_LARGE = 3.0
"""Least contrast of large text (WCAG 2.2, 1.4.3); titles are held to AA all the same."""


@dataclass(frozen=True, slots=True)
class Palette:
    main: RGB
    """The brand's first colour."""
    deep: RGB
    """A darker main, for shapes on it."""
    paper: RGB
    accent: RGB
    on_main: RGB
    """Text on main."""
    ink: RGB
    """Titles on paper."""
    soft: RGB
    """Small text on paper."""


def palette_of(colours: Sequence[str]) -> Palette:
    """From a brand's colours, main colour first; what is missing is derived, what is no colour left out."""
    given = [colour for colour in map(parse_colour, colours) if colour is not None]
    given = given or [colour for colour in map(parse_colour, HOUSE) if colour is not None]
    strong = [colour for colour in given if luminance(colour) < _PAPER_LIGHT]
    main = strong[0] if strong else mix(BLACK, given[0], 0.75)
    light = [colour for colour in given if luminance(colour) >= _PAPER_LIGHT and contrast(colour, main) >= _LARGE]
    paper = light[0] if light else mix(main, WHITE, 0.06)
    others = [colour for colour in strong if colour != main]
    accent = max(others, key=lambda colour: _vivid(colour) + _apart(colour, main)) if others else _turned(main)
    ink = readable(mix(BLACK, main, 0.72), paper, least=7.0)
    return Palette(
        main=main,
        deep=mix(BLACK, main, 0.22),
        paper=paper,
        accent=accent,
        on_main=paper if contrast(paper, main) >= 4.5 else lettering(main),
        ink=ink,
        soft=readable(mix(main, paper, 0.8), paper),
    )


def _vivid(colour: RGB) -> float:
    return colorsys.rgb_to_hsv(*(c / 255 for c in colour))[1]


def _apart(one: RGB, other: RGB) -> float:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / 765


def _turned(main: RGB) -> RGB:
    """A warm or cool partner of the only colour there is; greys get terracotta."""
    hue, saturation, value = colorsys.rgb_to_hsv(*(c / 255 for c in main))
    if saturation < 0.12:
        return 200, 105, 61
    r, g, b = colorsys.hsv_to_rgb((hue + 0.09) % 1, min(1.0, saturation * 0.9), min(0.92, value * 0.6 + 0.4))
    return round(r * 255), round(g * 255), round(b * 255)
