"""What WeChat takes as a picture, as values from images.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from knowledge_base.errors import BadInputError, UsageError

IMAGES_FILE = Path(__file__).with_name("images.yaml")
KNOWN_FORMATS = frozenset({"jpeg", "png", "gif", "bmp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What one interface accepts, and how wide we let a picture be."""

    id: str
    name: str
    suffix: str
    """Put behind the file's name."""
    formats: tuple[str, ...]
    bytes_max: int
    """The greatest size that is still accepted."""
    width_max: int
    """Pixels; wider pictures are made smaller, none is enlarged."""
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverSize:
    id: str
    name: str
    ratio: str
    width: int
    height: int
    safe: tuple[float, float]
    """Share of width and of height to keep clear at each edge."""
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    bytes_max: int
    redirects_max: int
    answer_seconds: float
    total_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLimits:
    bytes_max: int
    pixels_max: int
    """Width times height; also what of one frame."""
    frames_max: int
    frame_pixels_max: int
    """Pixels of all frames together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSize:
    """What a designer delivers for one place."""

    width: int
    height: int
    ratio: str
    target: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPictures:
    """What one form of copy needs in pictures."""

    cover: bool
    note: str
    picture: PictureSize | None
    formats: Mapping[str, PictureSize]
    """By ad format."""

    def size(self, format: str) -> PictureSize | None:
        """For an ad format, else the form's own; the first one where the format is not known."""
        return self.formats.get(format) or self.picture or next(iter(self.formats.values()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRules:
    targets: Mapping[str, Target]
    covers: Mapping[str, CoverSize]
    quality: tuple[int, int]
    """Least and greatest JPEG quality."""
    fetch: FetchLimits
    open: OpenLimits
    forms: Mapping[str, FormPictures]
    never: tuple[tuple[str, str], ...]
    """What no picture may show, each with its source."""

    def target(self, id: str) -> Target:
        """Raises UsageError naming the choices."""
        if id not in self.targets:
            raise UsageError(f"没有用途「{id}」", hint=f"可选：{'、'.join(self.targets)}。")
        return self.targets[id]

    def cover(self, ratio: str) -> CoverSize:
        """By ratio or id. Raises UsageError naming the choices."""
        wanted = ratio.strip().replace("：", ":").lower()
        for one in self.covers.values():
            if wanted in (one.ratio, one.id):
                return one
        raise UsageError(f"没有封面比例「{ratio}」", hint=f"可选：{'、'.join(c.ratio for c in self.covers.values())}。")


def parse_images(text: str, file: str = "images.yaml") -> ImageRules:
    """Raises BadInputError naming the key that is wrong."""
    import yaml

    try:
        data: Any = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise BadInputError("不是合法的 YAML", file=file, hint=str(error)) from error
    try:
        return _build(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInputError(f"缺少或写错了：{error}", file=file, hint="对照文件开头的说明改。") from error


def _build(data: Any) -> ImageRules:
    sources = {name: str(one["title"]) for name, one in data["sources"].items()}

    def sourced(one: Mapping[str, Any]) -> dict[str, Any]:
        return dict(one) | {"source": sources[one["source"]]}

    def unsourced(one: Mapping[str, Any]) -> dict[str, Any]:
        sources[one["source"]]
        return {key: value for key, value in one.items() if key != "source"}

    targets = {
        id: Target(id=id, **sourced(one) | {"formats": tuple(one["formats"])}) for id, one in data["targets"].items()
    }
    for one in targets.values():
        if unknown := set(one.formats) - KNOWN_FORMATS:
            raise ValueError(f"targets.{one.id}.formats：{'、'.join(sorted(unknown))}")
        if min(one.bytes_max, one.width_max) < 1:
            raise ValueError(f"targets.{one.id} 的上限要大于 0")
    quality = unsourced(data["quality"])
    if not 1 <= quality["min"] <= quality["max"] <= 95:
        raise ValueError("quality 要在 1 到 95 之间，min 不大于 max")
    return ImageRules(
        targets=MappingProxyType(targets),
        covers=MappingProxyType(
            {id: CoverSize(id=id, **sourced(one) | {"safe": tuple(one["safe"])}) for id, one in data["covers"].items()}
        ),
        quality=(quality["min"], quality["max"]),
        fetch=FetchLimits(**unsourced(data["fetch"])),
        open=OpenLimits(**unsourced(data["open"])),
        forms=MappingProxyType({form: _form(one, sourced, targets) for form, one in data["brief"].items()}),
        never=tuple((str(one["text"]), sources[one["source"]]) for one in data["never"]),
    )


def _form(one: Mapping[str, Any], sourced: Any, targets: Mapping[str, Target]) -> FormPictures:
    formats = {id: PictureSize(**sourced(size)) for id, size in one.get("formats", {}).items()}
    picture = PictureSize(**sourced(one["picture"])) if "picture" in one else None
    for size in (*formats.values(), *((picture,) if picture else ())):
        targets[size.target]
    return FormPictures(cover=bool(one["cover"]), note=one["note"], picture=picture, formats=MappingProxyType(formats))


@cache
def image_rules() -> ImageRules:
    """The shipped rules; parsed once a process."""
    return parse_images(IMAGES_FILE.read_text(encoding="utf-8"), IMAGES_FILE.name)
