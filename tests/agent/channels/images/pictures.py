"""Pictures of every kind that people hand in, made in code."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from typing import Any

from PIL import Image, ImageCms

Make = Callable[[], bytes]


def noise(width: int, height: int, seed: int = 1) -> Image.Image:
    """Nothing compresses worse."""
    return Image.frombytes("RGB", (width, height), random.Random(seed).randbytes(width * height * 3))


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def decoded(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def gps_jpeg(orientation: int = 1, size: tuple[int, int] = (60, 40)) -> bytes:
    """Left half red, right half blue; taken at a place, with a comment."""
    image = Image.new("RGB", size, (200, 20, 20))
    image.paste((20, 20, 200), (size[0] // 2, 0, size[0], size[1]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (31.0, 14.0, 5.0)
    return saved(image, "JPEG", exif=exif, quality=95, comment=b"SecretComment")


def animated(kind: str, frames: int = 3, size: tuple[int, int] = (40, 30)) -> bytes:
    images = [Image.new("RGB", size, (60 * i, 255 - 60 * i, 90)) for i in range(frames)]
    options: dict[str, Any] = {"save_all": True, "append_images": images[1:], "duration": [80, 120, 200][:frames]}
    return saved(images[0], kind, loop=0, **options)


def cmyk_jpeg() -> bytes:
    return saved(Image.new("CMYK", (50, 30), (0, 255, 255, 0)), "JPEG", quality=95)


def deep_png() -> bytes:
    image = Image.new("I;16", (20, 10), 40000)
    return saved(image, "PNG")


def lab_icc_jpeg() -> bytes:
    """RGB with a profile that is not sRGB's."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    return saved(Image.new("RGB", (30, 20), (200, 80, 10)), "JPEG", icc_profile=bytes(profile), quality=95)


MAKERS: dict[str, Make] = {
    "jpeg": lambda: saved(noise(64, 48), "JPEG"),
    "gps": gps_jpeg,
    "turned": lambda: gps_jpeg(6),
    "cmyk": cmyk_jpeg,
    "grey jpeg": lambda: saved(noise(40, 30).convert("L"), "JPEG"),
    "icc": lab_icc_jpeg,
    "png": lambda: saved(noise(40, 30), "PNG"),
    "png 16 bit": deep_png,
    "png 1 bit": lambda: saved(Image.new("1", (20, 20), 1), "PNG"),
    "png palette": lambda: saved(noise(40, 30).quantize(16), "PNG"),
    "png clear palette": lambda: saved(noise(40, 30).quantize(16), "PNG", transparency=0),
    "png clear": lambda: saved(Image.new("RGBA", (40, 30), (10, 200, 10, 120)), "PNG"),
    "png grey clear": lambda: saved(Image.new("LA", (40, 30), (90, 120)), "PNG"),
    "png key": lambda: saved(Image.new("RGB", (20, 10), (1, 2, 3)), "PNG", transparency=(1, 2, 3)),
    "gif": lambda: saved(noise(40, 30).quantize(16), "GIF"),
    "gif moving": lambda: animated("GIF"),
    "webp": lambda: saved(noise(40, 30), "WEBP"),
    "webp clear": lambda: saved(Image.new("RGBA", (40, 30), (10, 200, 10, 120)), "WEBP", lossless=True),
    "webp moving": lambda: animated("WEBP"),
    "avif": lambda: saved(noise(40, 30), "AVIF"),
    "bmp": lambda: saved(noise(40, 30), "BMP"),
    "tiff": lambda: saved(noise(40, 30), "TIFF"),
    "tiff float": lambda: saved(Image.new("F", (20, 10), 0.5), "TIFF"),
    "tiff cmyk": lambda: saved(Image.new("CMYK", (20, 10), (9, 9, 9, 9)), "TIFF"),
    "one pixel": lambda: saved(Image.new("RGB", (1, 1), "red"), "PNG"),
    "very wide": lambda: saved(noise(5000, 2), "PNG"),
    "very high": lambda: saved(noise(2, 5000), "JPEG"),
}
"""What it is -> its bytes."""
