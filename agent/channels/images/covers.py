"""Both covers of an article, 2.35:1 and 1:1, from one picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from agent.channels.images.crop import crop, cut
from agent.channels.images.picture import read_picture
from agent.channels.images.prepare import DRAWN, LABEL_ROOM, Facts, Prepared, encode, label_field, labelled
from knowledge_base.rules.images import CoverSize, image_rules


def covers(
    data: bytes, file: str = "", *, focus: tuple[float, float] | None = None, label: Mapping[str, str] | None = None
) -> dict[str, Prepared]:
    """By the id of the cover size (wide, square). Raises ImageError. `label` as in `prepare`."""
    picture = read_picture(data, file)
    field, sealed, notes = label_field(data, picture, file)
    target = image_rules().target("cover")
    room = replace(target, bytes_max=target.bytes_max - LABEL_ROOM)
    before = Facts(
        format=picture.kind, bytes=len(data), width=picture.size[0], height=picture.size[1], frames=picture.frames
    )
    found = {}
    for id, size in image_rules().covers.items():
        chosen = crop(picture.image, size.width / size.height, focus)
        image = cut(picture.image, chosen, (size.width, size.height))
        fitted, kind = encode(image, room, file, drawn=picture.kind in DRAWN)
        out = labelled(fitted.data, label, field, file, sealed=sealed)
        found[id] = Prepared(
            data=out,
            target=target,
            before=before,
            after=Facts(format=kind, bytes=len(out), width=fitted.size[0], height=fitted.size[1]),
            changes=(*picture.notes, chosen.why, *_small(fitted.size, size), *filter(None, (fitted.note,)), *notes),
            field=dict(label) if label else field,
        )
    return found


def _small(got: tuple[int, int], wanted: CoverSize) -> tuple[str, ...]:
    if got[0] >= wanted.width:
        return ()
    return (f"原图不够大，没有放大；{wanted.name}要 {wanted.width}×{wanted.height} 才清楚",)
