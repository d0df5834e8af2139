"""Animated pictures: kept as GIF where the target takes GIF, made smaller when they are too big."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from agent.channels.images.errors import ImageError
from agent.channels.images.picture import explained, opened
from agent.channels.images.shrink import Fitted, scaled

if TYPE_CHECKING:
    from PIL import Image

_ROUNDS = 6
_HIGHEST = 65_000
"""Pixels; GIF89a counts them in 16 bits."""
_LONGEST = 655_350
"""Milliseconds a frame may stay; GIF89a counts hundredths of a second in 16 bits."""


def as_gif(data: bytes, limit: int, width_max: int, file: str = "") -> Fitted:
    """Any animated file as a GIF of all its frames with their times. Raises ImageError when it cannot fit."""
    with opened(data, file) as image:
        size = image.size
    share = min(1.0, width_max / size[0], _HIGHEST / size[1])
    for _ in range(_ROUNDS):
        wanted = scaled(size, share)
        found = _encoded(data, wanted, file)
        if len(found) <= limit:
            note = "" if wanted == size else f"缩到 {wanted[0]}×{wanted[1]}"
            return Fitted(found, wanted, note)
        # Bytes grow about with the area; a little less each time, since they do not quite.
        share *= min(0.9, (limit / len(found)) ** 0.5 * 0.95)
    raise ImageError(f"动图怎么压都超过 {limit / 1e6:g} MB", file=file, hint="减少帧数，或改用静态图。")


def _encoded(data: bytes, size: tuple[int, int], file: str) -> bytes:
    with opened(data, file) as image:
        frames, times = [], []
        count = getattr(image, "n_frames", 1)
        # The encoder joins equal frames and adds up their times.
        longest = _LONGEST // count
        for number in range(count):
            with explained(file):
                image.seek(number)
                image.load()
            frames.append(_frame(image, size))
            times.append(min(int(image.info.get("duration", 100) or 100), longest))
        loop = min(int(image.info.get("loop", 0)), 0xFFFF)
        buffer = io.BytesIO()
        frames[0].save(
            buffer,
            "GIF",
            save_all=True,
            append_images=frames[1:],
            duration=times,
            loop=loop,
            disposal=2,
            optimize=False,
        )
    return buffer.getvalue()


def _frame(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    from PIL import Image

    whole = image.convert("RGBA")
    frame = whole if whole.size == size else whole.resize(size, Image.Resampling.LANCZOS)
    frame.info = {}
    return frame
