"""The layouts of typographic covers: each draws title and brand into a canvas of either ratio.

All keep text inside the safe area, set the title as the one large thing and use at most three colours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agent.channels.images.canvas import LEADING, Canvas, Setting, set_title
from agent.channels.images.fonts import Face, Fonts
from agent.channels.images.palette import Palette
from agent.channels.typeset.colours import RGB, mix
from knowledge_base.rules.images import CoverSize


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    title: str
    brand: str
    """Empty when nobody is named."""
    size: CoverSize
    palette: Palette
    fonts: Fonts
    words: tuple[str, ...]

    @property
    def wide(self) -> bool:
        return self.size.width > self.size.height * 1.5

    @property
    def safe(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom in pixels."""
        across, down = self.size.safe[0] * self.size.width, self.size.safe[1] * self.size.height
        return across, down, self.size.width - across, self.size.height - down


Drawn = tuple[Canvas, Setting]
Layout = Callable[[Job], Drawn]
_SMALL = 19
"""Size of the brand's name in pixels."""


def paper(job: Job) -> Drawn:
    """留白: paper, a large title on the left, half a sun in the brand's colour on the right edge."""
    p, (left, top, right, bottom) = job.palette, job.safe
    canvas = Canvas(job.size.width, job.size.height, p.paper)
    if job.wide:
        canvas.disc(canvas.width, canvas.height * 0.5, canvas.height * 0.40, p.main)
        canvas.ring(canvas.width, canvas.height * 0.5, canvas.height * 0.47, 1.5, mix(p.main, p.paper, 0.55))
        room = canvas.width * 0.755 - left
    else:
        canvas.disc(canvas.width * 0.87, canvas.height, canvas.height * 0.17, p.main)
        canvas.ring(canvas.width * 0.87, canvas.height, canvas.height * 0.21, 1.5, mix(p.main, p.paper, 0.55))
        room = right - left
    foot = bottom - _SMALL / 2
    above = 34.0 if job.wide else 52.0
    title = _title(job, job.fonts.bold, (room, foot - _SMALL - above - top if job.brand else bottom - top))
    height = foot - _SMALL / 2 - above - top if job.brand else bottom - top
    _lines(canvas, title, left, top + (height - title.height) * (0.5 if job.wide else 0.36), job.fonts.bold, p.ink)
    if job.brand:
        canvas.box(left, foot - 1.5, left + 26, foot + 1.5, p.accent)
        canvas.text(left + 38, foot, job.brand, job.fonts.regular, _SMALL, p.soft, spacing=2)
    return canvas, title


def block(job: Job) -> Drawn:
    """色块: the brand's colour all over, the title on it, one darker arc behind."""
    p, (left, top, right, bottom) = job.palette, job.safe
    canvas = Canvas(job.size.width, job.size.height, p.main)
    w, h = canvas.width, canvas.height
    canvas.disc(
        w * (0.93 if job.wide else 0.92), h * (0.06 if job.wide else 0.05), h * (0.62 if job.wide else 0.46), p.deep
    )
    canvas.disc(
        w * (0.93 if job.wide else 0.92), h * (0.06 if job.wide else 0.05), h * (0.36 if job.wide else 0.27), p.main
    )
    head = top + _SMALL / 2
    if job.brand:
        canvas.text(left, head, job.brand, job.fonts.regular, _SMALL, p.on_main, spacing=2)
    start = head + _SMALL / 2 + 26 if job.brand else top
    title = _title(job, job.fonts.bold, ((w * 0.80 if job.wide else right) - left, bottom - 30 - start))
    at = bottom - 30 - title.height
    _lines(canvas, title, left, at - (at - start) * (0.5 if job.wide else 0.12), job.fonts.bold, p.on_main)
    canvas.box(left, bottom - 5, left + 54, bottom, mix(p.on_main, p.main, 0.85))
    return canvas, title


def frame(job: Job) -> Drawn:
    """框线: a thin double frame, a serif title in the middle, the brand between two rules."""
    p, (_, top, _, bottom) = job.palette, job.safe
    canvas = Canvas(job.size.width, job.size.height, p.paper)
    inset = min(canvas.width, canvas.height) * 0.045
    canvas.frame(inset, 2, p.main)
    canvas.frame(inset + 6, 0.5, mix(p.main, p.paper, 0.6))
    inner = inset + 6 + canvas.width * (0.075 if job.wide else 0.06)
    foot = bottom - 14 - _SMALL / 2
    end = foot - _SMALL / 2 - 26 if job.brand else bottom - 8
    start = top + (12 if job.brand else 8)
    title = _title(job, job.fonts.serif, (canvas.width - 2 * inner, end - start))
    at = start + (end - start - title.height) / 2
    for number, line in enumerate(title.lines):
        y = at + title.size / 2 + number * title.size * LEADING
        canvas.text(
            _hanging(canvas, line, job.fonts.serif, title.size),
            y,
            line,
            job.fonts.serif,
            title.size,
            p.ink,
            middle=True,
        )
    if job.brand:
        half = canvas.text_width(job.brand, job.fonts.regular, _SMALL - 1, 4) / 2
        middle = canvas.width / 2
        canvas.text(middle, foot, job.brand, job.fonts.regular, _SMALL - 1, p.soft, spacing=4, middle=True)
        for side in (-1, 1):
            near, far = middle + side * (half + 16), middle + side * (half + 52)
            canvas.box(min(near, far), foot - 0.75, max(near, far), foot + 0.75, p.accent)
    return canvas, title


def column(job: Job) -> Drawn:
    """分栏: a band in the brand's colour that carries the name, the title on paper beside (or below) it."""
    p, (left, top, right, bottom) = job.palette, job.safe
    canvas = Canvas(job.size.width, job.size.height, p.paper)
    if job.wide:
        band = canvas.width * 0.155
        canvas.box(0, 0, band, canvas.height, p.main)
        canvas.box(band, 0, band + 5, canvas.height, p.accent)
        _name_down(canvas, job, band / 2)
        start = band + 5 + canvas.width * 0.055
        title = _title(job, job.fonts.bold, (right - start, bottom - top))
        _lines(canvas, title, start, top + (bottom - top - title.height) / 2, job.fonts.bold, p.ink)
        return canvas, title
    band = canvas.height * 0.19
    canvas.box(0, 0, canvas.width, band, p.main)
    canvas.box(0, band, canvas.width, band + 5, p.accent)
    if job.brand:
        canvas.text(left, band / 2 + 4, job.brand, job.fonts.bold, _SMALL + 3, p.on_main, spacing=4)
    start = band + 5 + 34
    title = _title(job, job.fonts.bold, (right - left, bottom - start))
    _lines(canvas, title, left, start + (bottom - start - title.height) * 0.3, job.fonts.bold, p.ink)
    return canvas, title


LAYOUTS: dict[str, tuple[str, Layout]] = {
    "paper": ("留白", paper),
    "block": ("色块", block),
    "frame": ("框线", frame),
    "column": ("分栏", column),
}
"""Id -> name and drawing."""


def _title(job: Job, face: Face, box: tuple[float, float]) -> Setting:
    sizes = (24, 72) if job.wide else (24, 64)
    return set_title(job.title, face, box, sizes, 4 if job.wide else 6, job.words)


def _lines(canvas: Canvas, title: Setting, x: float, y: float, face: Face, colour: RGB) -> None:
    for number, line in enumerate(title.lines):
        # An opening quotation mark hangs out to the left, so that the characters line up.
        hang = (
            title.size * 0.5
            if line[0] in "“‘「『《（【" and face.at(title.size).getlength(line[0]) > title.size * 0.8
            else 0
        )
        canvas.text(x - hang, y + title.size / 2 + number * title.size * LEADING, line, face, title.size, colour)


def _hanging(canvas: Canvas, line: str, face: Face, size: float) -> float:
    """The middle of a centred line: a full stop or comma at its end takes half a character that nobody sees."""
    return canvas.width / 2 + (size * 0.25 if line[-1] in "，。、；：！？" else 0)


def _name_down(canvas: Canvas, job: Job, x: float) -> None:
    """The brand's name down the band; Latin names and long ones are set small across it."""
    name, face = job.brand, job.fonts.bold
    if not name:
        return
    if name.isascii() or len(name) > 6:
        size = float(_SMALL)
        while size > 9 and canvas.text_width(name, face, size) > 2 * x - 20:
            size -= 1
        canvas.text(x, canvas.height / 2, name, face, size, job.palette.on_main, middle=True)
        return
    size, step = 24.0, 37.0
    canvas.upright_text(
        x, (canvas.height - step * (len(name) - 1) - size) / 2, name, face, size, job.palette.on_main, step
    )
