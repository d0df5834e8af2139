"""One picture -> what a WeChat interface takes, and the list of what was changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent.channels.images.animation import as_gif
from agent.channels.images.errors import ImageError
from agent.channels.images.picture import Picture, read_picture
from agent.channels.images.shrink import Fitted, as_jpeg, as_png, on_white, png, resized, scaled, smaller
from agent.channels.images.sniff import NAMES, SUFFIXES
from agent.channels.images.strip import stripped
from agent.label.images import embed_image, read_image, says_ai_made, sealed_image
from agent.label.implicit import KEYS
from knowledge_base.errors import BadInputError
from knowledge_base.rules.images import Target, image_rules

if TYPE_CHECKING:
    from PIL import Image

LABEL_ROOM = 3500
"""Bytes kept free for the packet of the AI label."""
_FIELD_CHARS, _VALUE_CHARS = 500, 60
"""Longest field of another tool that is kept whole, and what is kept of each value of a longer one."""
DRAWN = frozenset(("png", "gif", "bmp"))
"""Formats that drawings and screenshots come in; made JPEG only when they do not fit otherwise."""
_LONGEST = 65_000
"""Pixels; JPEG counts them in 16 bits."""
_CARRIERS = frozenset(("png", "jpeg", "webp", "gif"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What people want to know of a file."""

    format: str
    bytes: int
    width: int
    height: int
    frames: int = 1

    def __str__(self) -> str:
        moving = f" {self.frames} 帧" if self.frames > 1 else ""
        return f"{NAMES[self.format]} {self.width}×{self.height}{moving} {size_text(self.bytes)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    data: bytes
    target: Target
    before: Facts
    after: Facts
    changes: tuple[str, ...]
    """Chinese, one thing each; empty when the file is as it was."""
    field: Mapping[str, str] | None = None
    """The AIGC field that the file carries."""

    @property
    def suffix(self) -> str:
        return SUFFIXES[self.after.format]

    @property
    def summary(self) -> str:
        """One line: before, after, changes."""
        if self.before == self.after and not self.changes:
            return f"{self.after}，本来就合格，没有改"
        return f"{self.before} → {self.after}" + (f"；{'，'.join(self.changes)}" if self.changes else "")


def size_text(count: int) -> str:
    if count < 1000:
        return f"{count} B"
    return f"{round(count / 1e6, 2):g} MB" if count >= 999_500 else f"{count / 1000:.0f} KB"


def prepare(data: bytes, target: Target, file: str = "", *, label: Mapping[str, str] | None = None) -> Prepared:
    """The bytes of `target`'s format and size. Raises ImageError when `data` is no picture or cannot be made to fit.

    EXIF, GPS and comments always go; the AI label of the file stays, or `label` (agent.label.implicit.metadata) takes
    its place. Nothing is enlarged.
    """
    picture = read_picture(data, file)
    field, sealed, notes = label_field(data, picture, file)
    room = target
    if label or field:
        formats = tuple(one for one in target.formats if one in _CARRIERS)
        room = replace(target, bytes_max=target.bytes_max - LABEL_ROOM, formats=formats)
    fitted, kind, frames, changes = _fit(data, picture, room, file)
    out = labelled(fitted.data, label, field, file, sealed=sealed)
    changes += ["写入 AI 标识"] if label else []
    if len(out) > target.bytes_max:
        raise ImageError(f"超过 {size_text(target.bytes_max)}", file=file, hint="裁掉一部分，或换一张。")
    before = Facts(
        format=picture.kind, bytes=len(data), width=picture.size[0], height=picture.size[1], frames=picture.frames
    )
    after = Facts(format=kind, bytes=len(out), width=fitted.size[0], height=fitted.size[1], frames=frames)
    return Prepared(
        data=out, target=target, before=before, after=after, changes=(*changes, *notes),
        field=dict(label) if label else field,
    )  # fmt: skip


def encode(image: Image.Image, target: Target, file: str = "", *, drawn: bool = False) -> tuple[Fitted, str]:
    """A decoded picture as the target's bytes, and the format. `drawn`: prefer PNG, whose edges stay clean."""
    clear = image.mode in ("RGBA", "LA")
    if max(image.size) > _LONGEST:
        image = resized(image, scaled(image.size, _LONGEST / max(image.size)))
    if "png" in target.formats and (drawn or clear) and (found := as_png(image, target.bytes_max)):
        return found, "png"
    if "jpeg" not in target.formats:
        return smaller(image, target.bytes_max, png, file), "png"
    fitted = as_jpeg(on_white(image), target.bytes_max, image_rules().quality, file)
    return (replace(fitted, note="，".join(filter(None, ("透明底垫成白色", fitted.note)))) if clear else fitted), "jpeg"


def labelled(
    data: bytes, label: Mapping[str, str] | None, field: Mapping[str, str] | None, file: str, *, sealed: bool | None
) -> bytes:
    """With `label`, else with the `field` it had; unchanged without either.

    A seal that was already broken must not come back whole. BMP can hold no label, so nothing labelled becomes one.
    """
    if label:
        return embed_image(data, label, file)
    return embed_image(data, field, file, seal=sealed is True) if field else data


def _fit(data: bytes, picture: Picture, target: Target, file: str) -> tuple[Fitted, str, int, list[str]]:
    """(bytes, format, frames, changes)."""
    changes = list(picture.notes)
    if picture.kind in target.formats and picture.plain and picture.image.width <= target.width_max:
        bare = stripped(data, picture.kind, file)
        if bare is not None and len(bare) <= target.bytes_max and _same(bare, picture, file):
            changes += ["去掉拍摄和软件信息，画面没有重新压缩"] if bare != data and not changes else []
            return Fitted(bare, picture.image.size), picture.kind, picture.frames, changes
    if picture.frames > 1 and "gif" in target.formats:
        fitted = as_gif(data, target.bytes_max, target.width_max, file)
        changes += [f"{NAMES[picture.kind]} 动图转成 GIF"] if picture.kind != "gif" else []
        return fitted, "gif", picture.frames, [*changes, *filter(None, (fitted.note,))]
    if picture.frames > 1:
        changes.append("动图只留第一帧（这里不收动图，要留动图用 --for material）")
    image = picture.image
    if image.width > target.width_max:
        image = resized(image, (target.width_max, max(1, round(image.height * target.width_max / image.width))))
        changes.append(f"缩到 {image.width} 像素宽")
    fitted, kind = encode(image, target, file, drawn=picture.kind in DRAWN)
    if kind != picture.kind:
        changes.append(f"{NAMES[picture.kind]} 转成 {NAMES[kind]}")
    return fitted, kind, 1, [*changes, *filter(None, (fitted.note,))]


def _same(bare: bytes, picture: Picture, file: str) -> bool:
    """Whether the parts that were left out changed no pixel; a picture is better encoded again than spoilt."""
    return picture.frames > 1 or read_picture(bare, file).image.tobytes() == picture.image.tobytes()


def label_field(data: bytes, picture: Picture, file: str) -> tuple[dict[str, str] | None, bool | None, list[str]]:
    """(AIGC field, whether its seal holds, notes). The law forbids to lose a label on the way."""
    if picture.kind not in _CARRIERS:
        return None, None, []
    try:
        field, sealed = read_image(data, file), sealed_image(data, file)
        claimed = says_ai_made(data, file)
    except BadInputError:
        return None, None, []
    if field:
        if sum(len(key) + len(value) for key, value in field.items()) > _FIELD_CHARS:
            # Other tools hang prompts on it; what the standard asks for stays, the seal over the rest cannot.
            field, sealed = {key: field[key][:_VALUE_CHARS] for key in KEYS if key in field}, None
        return field, sealed, ["原有的 AI 标识保留"]
    return None, None, ["原图自称 AI 生成，发布时要声明，并在图上标明"] if claimed else []
