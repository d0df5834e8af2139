"""What a file is by its first bytes; names and headers are only claims."""

from __future__ import annotations

from agent.channels.images.errors import ImageError

NAMES = {
    "jpeg": "JPG", "png": "PNG", "gif": "GIF", "webp": "WebP", "bmp": "BMP", "tiff": "TIFF", "avif": "AVIF",
}  # fmt: skip
SUFFIXES = {"jpeg": ".jpg", "png": ".png", "gif": ".gif", "bmp": ".bmp"}
_MAGIC = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
)
_BRANDS = {b"avif": "avif", b"avis": "avif"}
_HEIF = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_EXPORT = "用看图软件或设计软件另存为 JPG 或 PNG 后再用。"


def sniff(data: bytes, file: str = "") -> str:
    """One of NAMES. Raises ImageError saying what it is instead."""
    if not data:
        raise ImageError("文件是空的", file=file, hint="重新导出或下载这张图片。")
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        if kind := _BRANDS.get(data[8:12], ""):
            return kind
        if data[8:12] in _HEIF:
            hint = "苹果手机：设置 > 相机 > 格式选“兼容性最佳”；已经拍好的用系统的“照片”导出成 JPG。"
            raise ImageError("是 HEIC 照片，微信不收", file=file, hint=hint)
        raise ImageError("是视频，不是图片", file=file, hint="截一帧存成 JPG 再用。")
    raise _other(data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower(), file)


def _other(start: bytes, file: str) -> ImageError:
    if start.startswith((b"<!doctype html", b"<html", b"<head")):
        hint = "多半是防盗链、登录页或图片已删除；在浏览器里打开，右键存到本地再用。"
        return ImageError("拿到的是网页，不是图片", file=file, hint=hint)
    if b"<svg" in start:
        return ImageError("是 SVG 矢量图，微信的图片接口不收", file=file, hint=_EXPORT)
    if start.startswith((b"%pdf", b"8bps", b"%!ps")):
        return ImageError("是设计源文件或 PDF，不是图片", file=file, hint=_EXPORT)
    return ImageError("认不出这种图片", file=file, hint=_EXPORT)
