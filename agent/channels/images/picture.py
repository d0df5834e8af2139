"""Bytes -> an upright sRGB picture that holds pixels and nothing else, and the notes of what was done to it.

The one file that translates Pillow's exceptions: a broken picture makes it raise almost anything.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.channels.images.errors import ImageError
from agent.channels.images.sniff import sniff
from knowledge_base.rules.images import OpenLimits, image_rules

if TYPE_CHECKING:
    from PIL import Image

_FORMATS = {"jpeg": ("JPEG", "MPO"), "tiff": ("TIFF",)}
_BROKEN = (
    OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, ArithmeticError, AttributeError, RuntimeError,
)  # fmt: skip
_ORIENTATION, _GPS = 0x0112, 0x8825


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A decoded picture."""

    image: Image.Image
    """RGB, RGBA, L or LA; upright; first frame; `info` empty."""
    kind: str
    """The file's format by its bytes."""
    size: tuple[int, int]
    """Of the file, before it was turned upright."""
    frames: int
    colours_few: bool
    """Whether the file keeps a palette, as drawings and screenshots do."""
    plain: bool
    """Whether the pixels are already as the file has them: nothing turned, no colours converted."""
    notes: tuple[str, ...] = ()
    """Chinese; what was done."""


@contextmanager
def explained(file: str) -> Iterator[None]:
    """Turns what a broken picture makes Pillow raise into ImageError."""
    from PIL import Image, UnidentifiedImageError

    hint = "重新导出或下载这张图片。"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except ImageError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise _too_many_pixels(file) from error
    except UnidentifiedImageError as error:
        raise ImageError("打不开，文件坏了", file=file, hint=hint) from error
    except (*_BROKEN, struct.error, zlib.error) as error:
        raise ImageError("图片不完整，解不开", file=file, hint=hint) from error


def opened(data: bytes, file: str = "") -> Image.Image:
    """Pillow's lazy image, of a known format and within the limits; to be closed. Raises ImageError."""
    from PIL import Image

    limits = image_rules().open
    if len(data) > limits.bytes_max:
        raise ImageError(f"超过 {limits.bytes_max / 1e6:g} MB", file=file, hint="先在设计软件里导出小一点的。")
    kind = sniff(data, file)
    with explained(file):
        image = Image.open(io.BytesIO(data), formats=_FORMATS.get(kind, (kind.upper(),)))
        _within(image, limits, file)
        return image


def read_picture(data: bytes, file: str = "") -> Picture:
    """Raises ImageError naming what is wrong."""
    kind = sniff(data, file)
    with opened(data, file) as image:
        size, frames = image.size, getattr(image, "n_frames", 1) if kind != "jpeg" else 1
        with explained(file):
            image.load()
            exif = _exif(image)
        notes = []
        if exif.get(_GPS):
            notes.append("去掉拍摄地点（GPS）")
        upright = _upright(image, exif)
        if upright is not image:
            notes.append("按拍摄方向转正")
        converted, note = _srgb(upright)
        notes += [note] if note else []
        clean = _pixels_only(converted)
    return Picture(
        image=clean,
        kind=kind,
        size=size,
        frames=frames,
        colours_few=image.mode in ("1", "P", "PA"),
        plain=upright is image and not note,
        notes=tuple(notes),
    )


def _within(image: Image.Image, limits: OpenLimits, file: str) -> None:
    """Judged from the header, before a pixel is decoded."""
    pixels = image.width * image.height
    if pixels > limits.pixels_max:
        raise _too_many_pixels(file)
    frames = getattr(image, "n_frames", 1)
    if frames > limits.frames_max or frames * pixels > limits.frame_pixels_max:
        raise ImageError(f"动图有 {frames} 帧，太多", file=file, hint="减少帧数或缩小尺寸后再用。")


def _too_many_pixels(file: str) -> ImageError:
    millions = image_rules().open.pixels_max // 1_000_000
    return ImageError(
        f"像素太多（超过 {millions:,} 百万），可能是解压炸弹", file=file, hint="先缩小到一万像素以内再用。"
    )


def _exif(image: Image.Image) -> dict[int, Any]:
    try:
        return dict(image.getexif())
    except (*_BROKEN, struct.error):
        return {}  # it goes anyway


def _upright(image: Image.Image, exif: dict[int, Any]) -> Image.Image:
    from PIL import Image

    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }  # fmt: skip
    turn = turns.get(exif.get(_ORIENTATION, 1))
    if turn is None:
        return image
    turned = image.transpose(turn)
    turned.info = dict(image.info)
    return turned


def _srgb(image: Image.Image) -> tuple[Image.Image, str]:
    """In one of the four modes, in sRGB; and the note when colours were converted."""
    profile = image.info.get("icc_profile")
    base, alpha = _parts(image)
    if isinstance(profile, bytes) and profile and (done := _by_profile(base, profile)):
        base, name = done
        if name:
            return _joined(base, alpha), f"颜色从 {name} 转成 sRGB"
    if base.mode == "CMYK":
        return _joined(base.convert("RGB"), alpha), "颜色从 CMYK 转成 RGB，和印刷色会有出入"
    if image.mode.startswith("I") or image.mode == "F":
        return base, "每像素 16 位或更多，转成 8 位"
    if base.mode not in ("RGB", "L"):
        return _joined(base.convert("RGB"), alpha), f"颜色从 {base.mode} 转成 RGB"
    return _joined(base, alpha), ""


def _parts(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """(colours, alpha or None). A palette becomes RGB, deep grey eight bits."""
    if image.mode.startswith("I") or image.mode == "F":
        return _eight_bits(image), None
    if image.mode in ("P", "PA", "1") or "transparency" in image.info:
        clear = image.mode == "PA" or "transparency" in image.info
        image = image.convert("RGBA" if clear else "L" if image.mode == "1" else "RGB")
    if image.mode in ("La", "RGBa"):
        image = image.convert({"La": "LA", "RGBa": "RGBA"}[image.mode])
    if image.mode in ("LA", "RGBA"):
        alpha = image.getchannel("A")
        base = image.convert("RGB") if image.mode == "RGBA" else image.getchannel("L")
        return base, alpha if alpha.getextrema() != (255, 255) else None
    return image, None


def _eight_bits(image: Image.Image) -> Image.Image:
    """16 bits a pixel lose the lower half; 32 bits and floats are stretched over their own range."""
    import numpy as np
    from PIL import Image

    values = np.asarray(image).astype(np.float64)
    values = np.nan_to_num(values, posinf=0, neginf=0)
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    elif low >= 0 and high <= 65535:
        low, high = 0.0, 65535.0
    scaled = (values - low) / max(high - low, 1e-9) * 255
    return Image.fromarray(scaled.round().astype(np.uint8))


def _by_profile(base: Image.Image, profile: bytes) -> tuple[Image.Image, str] | None:
    """(converted, the profile's name), the name empty when it is sRGB already; None when the profile is of no use."""
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        name = ImageCms.getProfileDescription(source).strip()
        if "srgb" in name.lower() and base.mode in ("RGB", "L"):
            return base, ""
        target = ImageCms.createProfile("sRGB")
        done = ImageCms.profileToProfile(base, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, *_BROKEN):
        return None
    return (done, name[:40] or base.mode) if done is not None else None


def _joined(base: Image.Image, alpha: Image.Image | None) -> Image.Image:
    if alpha is None:
        return base
    whole = base.convert("RGBA") if base.mode == "RGB" else base.convert("LA")
    whole.putalpha(alpha)
    return whole


def _pixels_only(image: Image.Image) -> Image.Image:
    """A copy without comments, profiles and whatever else Pillow would write back."""
    from PIL import Image

    clean = Image.new(image.mode, image.size)
    clean.paste(image)
    return clean
