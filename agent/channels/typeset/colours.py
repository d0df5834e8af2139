"""Colours as numbers: contrast after WCAG 2.2, and the nearest colour that reads well."""

from __future__ import annotations

import re

RGB = tuple[int, int, int]
AA = 4.5
"""Least contrast of text of any size (WCAG 2.2, success criterion 1.4.3, level AA)."""
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}\Z")


def parse_colour(text: str) -> RGB | None:
    """#rgb or #rrggbb; None for anything else."""
    text = text.strip()
    if not _HEX.match(text):
        return None
    digits = text[1:] if len(text) == 7 else "".join(c * 2 for c in text[1:])
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def as_hex(colour: RGB) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def luminance(colour: RGB) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2 definition)."""
    linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: RGB, other: RGB) -> float:
    """1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mix(one: RGB, other: RGB, share: float) -> RGB:
    """`share` of `one`, the rest of `other`."""
    r, g, b = (round(a * share + c * (1 - share)) for a, c in zip(one, other, strict=True))
    return r, g, b


def readable(colour: RGB, *papers: RGB, least: float = AA) -> RGB:
    """`colour` made darker (or lighter, on dark papers) in small steps until it reads on all `papers`."""
    target = BLACK if all(luminance(paper) > 0.18 for paper in papers) else WHITE
    for step in range(51):
        changed = mix(target, colour, step / 50)
        if all(contrast(changed, paper) >= least for paper in papers):
            return changed
    return target


def lettering(paper: RGB) -> RGB:
    """White or near-black, whichever reads better on `paper`; always at least AA."""
    return max(
        WHITE, (26, 26, 26), BLACK, key=lambda ink: (contrast(ink, paper) >= AA, ink == WHITE, contrast(ink, paper))
    )
