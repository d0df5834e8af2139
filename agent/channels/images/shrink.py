"""Picture -> bytes of one format that fit a limit: the best quality that fits, found by bisection."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.channels.images.errors import ImageError

if TYPE_CHECKING:
    from PIL import Image

_DRAWING = 2048
"""Colours that a drawing or screenshot may have; photographs have tens of thousands."""
LEAST_SIDE = 16
"""Pixels; smaller than this a picture is no picture any more."""


@dataclass(frozen=True, slots=True)
class Fitted:
    data: bytes
    size: tuple[int, int]
    note: str = ""
    """Chinese; how it was made to fit."""


def as_jpeg(image: Image.Image, limit: int, quality: tuple[int, int], file: str = "") -> Fitted:
    """RGB or L. The greatest quality that fits; below the least one the picture is made smaller instead.

    Raises ImageError when not even a tiny picture fits.
    """
    low, high = quality
    if len(found := jpeg(image, high)) <= limit:
        return Fitted(found, image.size)
    best = b""
    while low < high:
        middle = (low + high) // 2
        tried = jpeg(image, middle)
        low, high, best = (middle + 1, high, tried) if len(tried) <= limit else (low, middle, best)
    if best:
        return Fitted(best, image.size, f"JPG 质量 {low - 1}")
    steady = (quality[0] + quality[1]) // 2
    return smaller(image, limit, lambda one: jpeg(one, steady), file)


def as_png(image: Image.Image, limit: int) -> Fitted | None:
    """Lossless, else 256 colours where that is what keeps the picture best; None when neither fits."""
    if len(found := png(image)) <= limit:
        return Fitted(found, image.size)
    # A photograph in 256 colours shows bands where JPEG shows none; only JPEG cannot be clear.
    if image.mode not in ("RGBA", "LA") and image.getcolors(_DRAWING) is None:
        return None
    few = few_colours(image)
    if len(found := png(few)) <= limit:
        return Fitted(found, image.size, "减成 256 色")
    return None


def smaller(image: Image.Image, limit: int, encode: Callable[[Image.Image], bytes], file: str = "") -> Fitted:
    """The largest scale that fits, by bisection. Raises ImageError when the limit is out of reach."""
    low, high, best, at = 0.0, 1.0, b"", image.size
    for _ in range(8):
        middle = (low + high) / 2
        size = scaled(image.size, middle)
        tried = encode(resized(image, size))
        if len(tried) <= limit:
            low, best, at = middle, tried, size
        else:
            high = middle
        if max(size) <= LEAST_SIDE:
            break
    if not best:
        hint = "裁掉一部分，或换一张。"
        raise ImageError(f"怎么压都超过 {limit / 1000:,.0f} KB", file=file, hint=hint)
    return Fitted(best, at, f"缩到 {at[0]}×{at[1]}")


def scaled(size: tuple[int, int], share: float) -> tuple[int, int]:
    return max(1, round(size[0] * share)), max(1, round(size[1] * share))


def resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    from PIL import Image

    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def jpeg(image: Image.Image, quality: int) -> bytes:
    # Thin coloured strokes smear when colour is halved, so good quality keeps it whole.
    options = {"quality": quality, "subsampling": 0 if quality >= 85 else 2}
    buffer = io.BytesIO()
    try:
        image.save(buffer, "JPEG", optimize=True, progressive=True, **options)
    except OSError:
        # Pillow gives progressive files a byte a pixel of room, and noise needs more. Plain ones go in pieces.
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", **options)
    return buffer.getvalue()


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def few_colours(image: Image.Image) -> Image.Image:
    from PIL import Image

    method = Image.Quantize.FASTOCTREE if image.mode == "RGBA" else Image.Quantize.MEDIANCUT
    return (image if image.mode in ("RGB", "RGBA") else image.convert("RGBA")).quantize(
        256, method if image.mode in ("RGB", "RGBA") else Image.Quantize.FASTOCTREE
    )


def on_white(image: Image.Image) -> Image.Image:
    """RGB or L, what shone through made white."""
    from PIL import Image

    if image.mode not in ("RGBA", "LA"):
        return image
    ground = Image.new(image.mode.removesuffix("A"), image.size, "white")
    ground.paste(image.convert(ground.mode), mask=image.getchannel("A"))
    return ground
