"""The label in picture files: every format that holds XMP, the seal, and what `wenan label verify` says."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from agent.journal import Journal
from agent.label.containers import jpeg, png
from agent.label.images import embed_image, read_image, sealed_image
from agent.label.implicit import metadata
from agent.label.read import read_labelled
from agent.label.verify import verify
from knowledge_base.errors import BadInputError
from knowledge_base.workspace import Workspace
from tests.agent.channels.images.pictures import MAKERS, decoded, noise, saved
from tests.agent.drafts import article_draft

CARRIERS = [kind for kind in MAKERS if kind.split()[0] not in ("avif", "bmp", "tiff")]
FIELD = {"Label": "1", "ProduceID": "a<b>&\"c'中文🌧", "ReservedCode1": ""}


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal.open(Workspace(tmp_path))) as opened:
        yield opened


def frames(data: bytes) -> list[bytes]:
    with Image.open(io.BytesIO(data)) as image:
        found = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            found.append(image.convert("RGBA").tobytes())
        return found


@pytest.mark.parametrize("kind", CARRIERS)
def test_every_carrier_keeps_its_pixels_and_gives_the_field_back(kind: str) -> None:
    plain = MAKERS[kind]()
    once = embed_image(plain, FIELD)
    assert read_image(plain) is None
    assert sealed_image(plain) is None
    assert read_image(once) == FIELD
    assert sealed_image(once) is True
    assert embed_image(once, FIELD) == once
    assert frames(once) == frames(plain)
    other = embed_image(once, {"Label": "2"}, seal=False)
    assert read_image(other) == {"Label": "2"}
    assert sealed_image(other) is None


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "webp clear", "icc"])
def test_pillow_reads_the_field_too(kind: str) -> None:
    xmp = decoded(embed_image(MAKERS[kind](), FIELD)).getxmp()
    assert json.loads(xmp["xmpmeta"]["RDF"]["Description"]["AIGC"]) == FIELD


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["jpeg", "png", "webp", "gif"]), st.data())
def test_any_changed_byte_breaks_the_seal_or_the_file(kind: str, draw: st.DataObject) -> None:
    data = bytearray(embed_image(MAKERS[kind](), FIELD))
    at = draw.draw(st.integers(0, len(data) - 1))
    data[at] ^= draw.draw(st.integers(1, 255))
    try:
        assert read_image(bytes(data)) != FIELD or sealed_image(bytes(data)) is not True or _harmless(bytes(data), kind)
    except BadInputError:
        return


def _harmless(changed: bytes, kind: str) -> bool:
    """White space of the packet, a checksum that is written anew, padding: nothing that anyone sees or reads."""
    return frames(changed) == frames(MAKERS[kind]())


@pytest.mark.parametrize("kind", CARRIERS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_truncated_carriers_never_crash(kind: str, share: float) -> None:
    data = embed_image(MAKERS[kind](), FIELD)
    cut = data[: int(len(data) * share)]
    for read in (read_image, sealed_image):
        try:
            read(cut)
        except BadInputError as error:
            assert error.hint  # noqa: PT017 - either outcome is right


def test_a_packet_that_would_unpack_to_gigabytes_is_cut_off() -> None:
    import zlib

    bomb = zlib.compress(b" " * 50_000_000, 9)
    first, *rest = png.chunks(saved(noise(4, 4), "PNG"))
    body = png.KEYWORD + b"\x00\x01\x00\x00\x00" + bomb
    data = png.join([first, (b"iTXt", body), *rest])
    assert max(len(packet) for packet in png.packets(data)) <= png.MAX_PACKET
    assert read_image(data) is None


def test_what_follows_a_jpeg_is_found() -> None:
    data = saved(noise(30, 20), "JPEG", progressive=True)
    _, rest = jpeg.split(data + b"film")
    end = jpeg.scans_end(rest)
    assert end is not None
    assert rest[end:] == b"film"
    assert jpeg.scans_end(rest[: end - 2]) is None


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "gif"])
def test_verify_names_the_draft_and_finds_changes(journal: Journal, tmp_path: Path, suffix: str) -> None:
    draft = article_draft()
    journal.save(draft)
    kind = {"jpg": "JPEG"}.get(suffix, suffix.upper())
    path = tmp_path / f"封面.{suffix}"
    path.write_bytes(embed_image(saved(noise(40, 30), kind), metadata(draft)))
    (verdict,) = verify(read_labelled(path), journal)
    assert (verdict.draft_id, verdict.problems) == (draft.id, ())

    touched = embed_image(saved(noise(40, 30, 2), kind), metadata(draft), seal=False)
    seal = embed_image(saved(noise(40, 30), kind), metadata(draft))
    path.write_bytes(_with_packet_of(seal, touched, kind))
    (verdict,) = verify(read_labelled(path), journal)
    assert any("图片导出以后改过" in problem for problem in verdict.problems)

    path.write_bytes(embed_image(saved(noise(40, 30), kind), metadata(draft) | {"ProduceID": "d_none"}))
    (verdict,) = verify(read_labelled(path), journal)
    assert any("没有对应的稿子" in problem for problem in verdict.problems)

    path.write_bytes(saved(noise(40, 30), kind))
    (verdict,) = verify(read_labelled(path), journal)
    assert "没有 AIGC 隐式标识" in verdict.problems[0]


def _with_packet_of(source: bytes, target: bytes, kind: str) -> bytes:
    """`target`'s pixels under `source`'s packet, as an editor that copies XMP would leave it."""
    from agent.label.images import _container

    box = _container(source)
    assert box is not None
    return box.put(box.without(target, ""), next(iter(box.packets(source, ""))), "")
