"""Where to cut: the window of a given ratio that holds most edges, or the one round a point that people name.

Edge energy is a plain stand-in for what draws the eye: things and faces have edges, sky and walls have few. The middle
counts a little more, so that an even texture is cut in the middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

_LOOK = 240
"""Longer side of the small copy that is looked at, in pixels."""
_CENTRE = 0.35
"""How much less an edge at the border counts than one in the middle."""


@dataclass(frozen=True, slots=True)
class Crop:
    box: tuple[int, int, int, int]
    """Left, top, right, bottom in pixels."""
    why: str
    """Chinese; how it was chosen."""


def crop(image: Image.Image, ratio: float, focus: tuple[float, float] | None = None) -> Crop:
    """The largest window of width / height = `ratio`. `focus`: shares of width and height, 0 to 1."""
    width, height = image.size
    wide, high = (
        (width, max(1, round(width / ratio))) if width / height <= ratio else (max(1, round(height * ratio)), height)
    )
    wide, high = min(wide, width), min(high, height)
    spare = (width - wide, height - high)
    if spare == (0, 0):
        return Crop((0, 0, width, height), "整张都用上")
    if focus is not None:
        left, top = (round(_clamp(point * whole - part / 2, rest)) for point, whole, part, rest in
                     zip(focus, (width, height), (wide, high), spare, strict=True))  # fmt: skip
        return Crop((left, top, left + wide, top + high), f"对着指定的点（{focus[0]:.2f}, {focus[1]:.2f}）裁")
    across = spare[0] >= spare[1]
    share = _best_start(_energy(image), wide / width if across else high / height, axis=1 if across else 0)
    left, top = (round(share * spare[0]), 0) if across else (0, round(share * spare[1]))
    return Crop((left, top, left + wide, top + high), _explained(share, across=across))


def cut(image: Image.Image, found: Crop, size: tuple[int, int]) -> Image.Image:
    """The window at `size`, or smaller when the picture has fewer pixels: nothing is enlarged."""
    from PIL import Image

    window = image.crop(found.box)
    share = min(1.0, size[0] / window.width, size[1] / window.height)
    if share == 1.0 and window.size != size:
        return window
    wanted = size if share < 1.0 else (round(window.width * share), round(window.height * share))
    return window.resize(wanted, Image.Resampling.LANCZOS) if wanted != window.size else window


def _energy(image: Image.Image) -> NDArray[np.float64]:
    """Gradient length at each pixel of a small grey copy, weighted towards the middle."""
    import numpy as np
    from PIL import Image

    small = image.convert("RGBA") if image.mode in ("RGBA", "LA") else image
    if small.mode == "RGBA":
        ground = Image.new("RGBA", small.size, "white")
        small = Image.alpha_composite(ground, small)
    small = small.convert("L")
    small.thumbnail((_LOOK, _LOOK))
    grey = np.asarray(small, dtype=np.float64)
    grey = np.pad(grey, ((0, 1), (0, 1)), mode="edge")
    edges = np.abs(np.diff(grey, axis=0)[:, :-1]) + np.abs(np.diff(grey, axis=1)[:-1, :])
    rows = np.linspace(-1, 1, edges.shape[0])[:, None]
    columns = np.linspace(-1, 1, edges.shape[1])[None, :]
    weighted: NDArray[np.float64] = (edges + 0.5) * (1 - _CENTRE * np.maximum(np.abs(rows), np.abs(columns)))
    return weighted


def _best_start(energy: NDArray[np.float64], part: float, *, axis: int) -> float:
    """Where the best window begins, 0 to 1 of the room that it has."""
    import numpy as np

    line = energy.sum(axis=1 - axis)
    window = max(1, round(len(line) * part))
    starts = len(line) - window
    if starts <= 0:
        return 0.5
    sums = np.convolve(line, np.ones(window), mode="valid")
    best = np.flatnonzero(sums >= sums.max() * (1 - 1e-6))
    return float(best[np.argmin(np.abs(best - starts / 2))]) / starts


def _explained(share: float, *, across: bool) -> str:
    ends = ("左", "右") if across else ("上", "下")
    if abs(share - 0.5) < 0.08:
        return "取中间：细节最多的一段就在中间"
    return f"取偏{ends[0] if share < 0.5 else ends[1]}的一段：那里细节最多"


def _clamp(value: float, most: int) -> float:
    return min(max(value, 0), most)
