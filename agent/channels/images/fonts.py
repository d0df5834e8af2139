"""A Chinese font of this machine: the one that people name, else the best of those that systems bring along."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.channels.images.errors import NoFontError
from knowledge_base.errors import BadInputError

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

VARIABLE = "WENAN_FONT"
# File names in order of taste, in lower case and without suffix. A collection holds a face for each region.
SANS_BOLD = (
    "notosanscjk-bold", "notosanscjksc-bold", "notosanssc-bold", "sourcehansanssc-bold", "sourcehansanscn-bold",
    "sourcehansans-bold", "notosanssc-variablefont_wght", "pingfang", "hiragino sans gb", "msyhbd", "dengb", "simhei",
    "stheiti medium", "wqy-microhei", "wqy-zenhei", "droidsansfallbackfull", "droidsansfallback",
)  # fmt: skip
SANS = (
    "notosanscjk-regular", "notosanscjksc-regular", "notosanssc-regular", "sourcehansanssc-regular",
    "sourcehansanscn-regular", "sourcehansans-regular", "notosanssc-variablefont_wght", "pingfang", "hiragino sans gb",
    "msyh", "deng", "simhei", "stheiti light", "wqy-microhei", "wqy-zenhei", "droidsansfallbackfull",
    "droidsansfallback",
)  # fmt: skip
SERIF_BOLD = (
    "notoserifcjk-bold", "notoserifcjksc-bold", "notoserifsc-bold", "sourcehanserifsc-bold", "sourcehanserifcn-bold",
    "sourcehanserif-bold", "songti", "stsong", "simsun",
)  # fmt: skip
_SUFFIXES = (".ttc", ".otf", ".ttf", ".otc")
_REGIONS = (" SC", " CN", " GB", "-SC", "-CN")
_PROBE = "文案，国"


@dataclass(frozen=True, slots=True)
class Face:
    path: str
    index: int = 0
    """Number of the face within a collection."""

    def at(self, size: int) -> FreeTypeFont:
        return _load(self.path, self.index, size)


@dataclass(frozen=True, slots=True)
class Fonts:
    bold: Face
    regular: Face
    serif: Face
    """The bold sans where there is no serif."""


def find_fonts(settings: Mapping[str, Any] | None = None, folders: tuple[Path, ...] | None = None) -> Fonts:
    """From `WENAN_FONT`, the [images] section of wenan.toml, or the system. Raises NoFontError, or BadInputError
    when the named font is of no use."""
    named = os.environ.get(VARIABLE, "") or str((settings or {}).get("font", ""))
    if named:
        face = _named(named)
        return Fonts(face, face, face)
    files = _files(folders if folders is not None else font_folders())
    bold = _first(files, SANS_BOLD)
    if bold is None:
        raise NoFontError("这台机器上没有找到中文字体，画不了封面")
    return Fonts(bold, _first(files, SANS) or bold, _first(files, SERIF_BOLD) or bold)


def font_folders() -> tuple[Path, ...]:
    home = Path.home()
    if sys.platform == "win32":
        local = Path(os.environ.get("LOCALAPPDATA", home / "AppData/Local"))
        return (Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts", local / "Microsoft/Windows/Fonts")
    if sys.platform == "darwin":
        # Newer systems download PingFang into the assets folder.
        return (
            Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts",
            Path("/System/Library/AssetsV2/com_apple_MobileAsset_Font7"),
        )  # fmt: skip
    data = Path(os.environ.get("XDG_DATA_HOME", home / ".local/share"))
    return (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), data / "fonts", home / ".fonts")


def lacks(face: Face, text: str) -> str:
    """The characters that the font cannot draw, each once."""
    return "".join(dict.fromkeys(c for c in text if not c.isspace() and not _has(face, c)))


@cache
def _has(face: Face, character: str) -> bool:
    font = face.at(24)
    return _drawn(font, character) != _drawn(font, "\U000effff")


def _drawn(font: FreeTypeFont, character: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(character)
    return mask.size, bytes(mask)


def _named(named: str) -> Face:
    path = Path(named).expanduser()
    face = _usable(path) if path.is_file() else None
    if face is None:
        reason = "不是能写中文的字体" if path.is_file() else "没有这个字体文件"
        raise BadInputError(
            reason, file=named, hint=f"改 {VARIABLE} 或 wenan.toml 的 [images] font；去掉就用系统字体。"
        )
    return face


def _files(folders: tuple[Path, ...]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in _walk(folders):
        found.setdefault(path.stem.lower(), path)
    return found


def _walk(folders: tuple[Path, ...]) -> Iterator[Path]:
    for folder in folders:
        for root, _, names in os.walk(folder):
            yield from (Path(root) / name for name in sorted(names) if name.lower().endswith(_SUFFIXES))


def _first(files: Mapping[str, Path], names: tuple[str, ...]) -> Face | None:
    for name in names:
        if name in files and (face := _usable(files[name])) is not None:
            return face
    return None


@cache
def _usable(path: Path) -> Face | None:
    """The simplified Chinese face of a file, else its first; None when it cannot draw Chinese."""
    names = list(_names(path))
    if not names:
        return None
    chosen = next((i for i, name in enumerate(names) if any(region in name for region in _REGIONS)), 0)
    face = Face(str(path), chosen)
    try:
        return None if lacks(face, _PROBE) else face
    except OSError:
        return None


def _names(path: Path) -> Iterator[str]:
    """Family names of a file's faces, in order."""
    from PIL import ImageFont

    for index in range(32):
        try:
            family, style = ImageFont.truetype(str(path), 12, index=index).getname()
        except (OSError, ValueError):
            return
        yield f"{family} {style}" if "Mono" not in (family or "") else ""


@cache
def _load(path: str, index: int, size: int) -> FreeTypeFont:
    from PIL import ImageFont

    # The basic engine is in every build of Pillow, so that a cover looks the same everywhere.
    font = ImageFont.truetype(path, size, index=index, layout_engine=ImageFont.Layout.BASIC)
    if "variablefont" in Path(path).stem.lower():
        font.set_variation_by_axes([700])
    return font
