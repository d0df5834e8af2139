"""A drawing surface for covers: shapes and text in final pixels, drawn larger and made smaller for smooth edges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from agent.channels.images.fonts import Face
from agent.channels.images.lines import Broken, break_lines, pieces_of
from agent.channels.typeset.colours import RGB

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

SCALE = 2
LEADING = 1.32
"""Line height over font size."""
ELLIPSIS = "…"
_SHRINK, _SMALLER = 0.75, 7.0
"""How much smaller than it could be a title may get for better lines, and what a share of size costs against them."""


@dataclass(frozen=True)
class Canvas:
    width: int
    height: int
    ground: RGB

    @cached_property
    def image(self) -> Image.Image:
        from PIL import Image

        return Image.new("RGB", (self.width * SCALE, self.height * SCALE), self.ground)

    @cached_property
    def draw(self) -> ImageDraw.ImageDraw:
        from PIL import ImageDraw

        return ImageDraw.Draw(self.image)

    def box(self, left: float, top: float, right: float, bottom: float, colour: RGB) -> None:
        """Filled; right and bottom are the first pixels outside."""
        if right > left and bottom > top:
            self.draw.rectangle(
                tuple(round(v * SCALE) - (i > 1) for i, v in enumerate((left, top, right, bottom))), colour
            )

    def frame(self, inset: float, thick: float, colour: RGB) -> None:
        corners = (inset, inset, self.width - inset, self.height - inset)
        self.draw.rectangle(tuple(round(v * SCALE) for v in corners), outline=colour, width=round(thick * SCALE))

    def disc(self, x: float, y: float, radius: float, colour: RGB) -> None:
        self.draw.ellipse(tuple(round(v * SCALE) for v in (x - radius, y - radius, x + radius, y + radius)), colour)

    def ring(self, x: float, y: float, radius: float, thick: float, colour: RGB) -> None:
        corners = tuple(round(v * SCALE) for v in (x - radius, y - radius, x + radius, y + radius))
        self.draw.ellipse(corners, outline=colour, width=max(1, round(thick * SCALE)))

    def text_width(self, text: str, face: Face, size: float, spacing: float = 0) -> float:
        """In pixels; `spacing` is put between characters."""
        return face.at(round(size * SCALE)).getlength(text) / SCALE + spacing * max(0, len(text) - 1)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        face: Face,
        size: float,
        colour: RGB,
        *,
        spacing: float = 0,
        middle: bool = False,
    ) -> None:
        """One line; `y` is the middle of its height, `x` its left edge, or its middle with `middle`."""
        font = face.at(round(size * SCALE))
        if middle:
            x -= self.text_width(text, face, size, spacing) / 2
        if not spacing:
            self.draw.text((x * SCALE, y * SCALE), text, colour, font, anchor="lm")
            return
        for character in text:
            self.draw.text((x * SCALE, y * SCALE), character, colour, font, anchor="lm")
            x += font.getlength(character) / SCALE + spacing

    def upright_text(self, x: float, y: float, text: str, face: Face, size: float, colour: RGB, step: float) -> None:
        """Characters below each other; `x` the middle of the column, `y` the top."""
        font = face.at(round(size * SCALE))
        for number, character in enumerate(text):
            self.draw.text((x * SCALE, (y + number * step + size / 2) * SCALE), character, colour, font, anchor="mm")

    def finished(self) -> Image.Image:
        from PIL import Image

        return self.image.resize((self.width, self.height), Image.Resampling.LANCZOS)


@dataclass(frozen=True, slots=True)
class Setting:
    """A title in lines, and how large."""

    lines: tuple[str, ...]
    size: int
    cut: bool = False
    """Whether it was too long and ends in an ellipsis."""

    @property
    def height(self) -> float:
        return self.size * (1 + LEADING * (len(self.lines) - 1))


def set_title(
    title: str, face: Face, box: tuple[float, float], sizes: tuple[int, int], most_lines: int, words: tuple[str, ...]
) -> Setting:
    """The largest size at which `title` fits `box` (width, height in pixels) without ugly breaks.

    `sizes`: least and greatest in pixels. A title too long for the least size is cut with an ellipsis.
    """
    least, greatest = sizes
    best: tuple[float, Setting] | None = None
    largest = 0
    for size in range(greatest, least - 1, -2):
        if size < largest * _SHRINK:
            break
        found = _at(title, face, size, box, most_lines, words)
        if found is None:
            continue
        largest = largest or size
        # A slightly smaller title on better lines beats a larger one.
        price = found.price + _SMALLER * (1 - size / largest)
        if best is None or price < best[0]:
            best = (price, Setting(found.lines, size))
    return best[1] if best else _cut(title, face, least, box, most_lines, words)


def _at(
    title: str, face: Face, size: int, box: tuple[float, float], most_lines: int, words: tuple[str, ...]
) -> Broken | None:
    font = face.at(size)
    found = []
    for count in range(1, most_lines + 1):
        if size * (1 + LEADING * (count - 1)) > box[1]:
            break
        if broken := break_lines(title, box[0], count, font.getlength, words):
            found.append(broken)
    return min(found, key=lambda one: one.price + 0.15 * len(one.lines)) if found else None


def _cut(
    title: str, face: Face, size: int, box: tuple[float, float], most_lines: int, words: tuple[str, ...]
) -> Setting:
    pieces = pieces_of(title)
    for keep in range(len(pieces) - 1, 0, -1):
        short = "".join(pieces[:keep]).rstrip("，。、；：,. ") + ELLIPSIS
        if broken := _at(short, face, size, box, most_lines, words):
            return Setting(broken.lines, size, cut=True)
    # One word wider than the box: letters are all there is to cut.
    for keep in range(len(title) - 1, 0, -1):
        if face.at(size).getlength(title[:keep] + ELLIPSIS) <= box[0]:
            return Setting((title[:keep] + ELLIPSIS,), size, cut=True)
    return Setting((ELLIPSIS,), size, cut=True)
