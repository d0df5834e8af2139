"""Where a picture comes from: a path, a web address or a data URI -> its bytes and a name for messages and files."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes

from agent.channels.images.errors import ImageError, RefusedError
from agent.channels.images.fetch import Fetcher
from agent.channels.images.urls import parse_url, shown
from knowledge_base.rules.images import image_rules

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\s]+')
_WINDOWS_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|\Z)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    data: bytes
    shown: str
    """For messages: the path, or the address without its query."""
    stem: str
    """Safe as a file name on every system."""


def is_web(text: str) -> bool:
    return text[:8].lower().startswith(("http://", "https://"))


def read_source(text: str, *, base: Path, fetcher: Fetcher, confined: bool) -> Source:
    """Raises ImageError when there is nothing, RefusedError when it must not be read.

    `confined`: the text was not typed by the user, so only files inside `base` are read.
    """
    text = text.strip()
    if not text:
        raise ImageError("没有写图片", hint="写文件路径或网址。")
    if is_web(text):
        where = parse_url(text)
        name = unquote(where.target.partition("?")[0]).rstrip("/").rpartition("/")[2]
        return Source(fetcher.get(text), where.shown, safe_stem(name))
    if text[:5].lower() == "data:":
        return Source(_data_uri(text), "data: 图片", "图片")
    scheme = _SCHEME.match(text)
    # One letter before the colon is a drive, not a scheme.
    if scheme:
        raise RefusedError(f"不能从「{scheme[1]}:」取图", file=shown(text), hint="写文件路径，或 http、https 网址。")
    path = _path(text, base, confined=confined)
    return Source(_read(path, text), text, safe_stem(path.name))


def safe_stem(name: str) -> str:
    """The name without suffix and without what a file system or a shell trips over; 图片 when nothing is left."""
    stem = _UNSAFE.sub("-", name.rpartition(".")[0] or name).strip("-. ")[:60].rstrip("-. ")
    return f"_{stem}" if _WINDOWS_DEVICES.match(stem) else stem or "图片"


def _path(text: str, base: Path, *, confined: bool) -> Path:
    if not confined:
        return base / Path(text).expanduser()
    text = unquote(text)
    # Judged as text first: on Windows merely looking at \\host\share sends the user's credentials there.
    if text.startswith(("/", "\\", "~")) or re.match(r"[A-Za-z]:", text) or "\x00" in text:
        raise RefusedError("文章里的图只能用相对路径", file=text[:200], hint="把图放进文章所在的文件夹。")
    path = (base / text).resolve()
    if not path.is_relative_to(base.resolve()):
        raise RefusedError("路径跑到文件夹外面去了", file=text[:200], hint="把图放进文章所在的文件夹。")
    return path


def _read(path: Path, name: str) -> bytes:
    limit = image_rules().open.bytes_max
    hint = "检查路径；路径里有空格时加引号。"
    try:
        if path.is_dir():
            raise ImageError("是文件夹，不是图片", file=name, hint="写到具体的文件，例如 图片/*.jpg。")
        if path.exists() and not path.is_file():
            raise ImageError("不是普通文件", file=name, hint=hint)
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError as error:
        raise ImageError("没有这个文件", file=name, hint=hint) from error
    except (OSError, ValueError) as error:
        raise ImageError(f"读不了：{getattr(error, 'strerror', '') or error}", file=name, hint=hint) from error
    if len(data) > limit:
        raise ImageError(f"超过 {limit / 1e6:g} MB", file=name, hint="先在设计软件里导出小一点的。")
    return data


def _data_uri(text: str) -> bytes:
    head, comma, body = text.partition(",")
    if not comma:
        raise ImageError("data: 图片写得不完整", file=head[:40])
    if len(body) > image_rules().open.bytes_max * 3:
        raise ImageError("data: 图片太大", file=head[:40], hint="存成文件再用。")
    if not head.lower().endswith(";base64"):
        return unquote_to_bytes(body)
    try:
        return base64.b64decode(unquote(body), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ImageError("data: 图片的 base64 不对", file=head[:40], hint="重新复制整段，或存成文件再用。") from error
