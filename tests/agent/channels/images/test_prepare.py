"""Any picture fits the interface afterwards, or the error says why not; nothing that tells on people is left."""

from __future__ import annotations

import contextlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from agent.channels.images.covers import covers
from agent.channels.images.errors import ImageError
from agent.channels.images.picture import read_picture
from agent.channels.images.prepare import prepare
from agent.channels.images.shrink import as_jpeg
from agent.channels.images.sniff import sniff
from agent.label.images import embed_image, read_image, sealed_image
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.rules.images import IMAGES_FILE, Target, image_rules, parse_images
from tests.agent.channels.images.pictures import MAKERS, animated, cmyk_jpeg, decoded, gps_jpeg, noise, saved

TARGETS = tuple(image_rules().targets)
FIELD = {"Label": "1", "ContentProducer": "某工具", "ProduceID": "p1"}


def target(id: str = "article") -> Target:
    return image_rules().target(id)


def fits(data: bytes, wanted: Target) -> None:
    assert len(data) <= wanted.bytes_max
    assert sniff(data) in wanted.formats
    with decoded(data) as image:
        assert image.width <= wanted.width_max
        assert not dict(image.getexif())
        assert "icc_profile" not in image.info
        assert "comment" not in image.info
    assert b"SecretComment" not in data
    assert b"PhoneMaker" not in data


@pytest.mark.parametrize("id", TARGETS)
@pytest.mark.parametrize("kind", MAKERS)
def test_every_kind_fits_every_target(kind: str, id: str) -> None:
    data = MAKERS[kind]()
    made = prepare(data, target(id), f"{kind}.x")
    fits(made.data, target(id))
    assert (made.after.width, made.after.height) == decoded(made.data).size
    assert made.after.width * made.after.height <= made.before.width * made.before.height
    assert made.after.bytes == len(made.data)
    again = prepare(made.data, target(id))
    assert again.data == made.data, again.summary
    assert "没有改" in again.summary


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 260),
    st.integers(1, 260),
    st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "BMP"]),
    st.integers(900, 40_000),
)
def test_any_size_and_any_limit_fits_or_says_so(width: int, height: int, kind: str, limit: int) -> None:
    wanted = Target(
        id="t", name="测试", suffix="t", formats=("jpeg",), bytes_max=limit, width_max=200, source="测试",
    )  # fmt: skip
    try:
        made = prepare(saved(noise(width, height), kind), wanted)
    except ImageError as error:
        if limit >= 2000 or "怎么压都超过" not in error.message:
            raise
        return
    fits(made.data, wanted)
    assert made.after.width <= width
    assert made.after.height <= height


def test_quality_is_the_greatest_that_fits() -> None:
    image = noise(200, 150)
    sizes = {quality: len(as_jpeg(image, 10**9, (quality, quality)).data) for quality in range(60, 91)}
    limit = sizes[73]
    found = as_jpeg(image, limit, (60, 90))
    assert len(found.data) == max(size for size in sizes.values() if size <= limit)
    assert found.size == image.size


def test_gps_goes_and_the_picture_is_turned_upright() -> None:
    data = gps_jpeg(6)
    made = prepare(data, target())
    assert (made.before.width, made.before.height) == (60, 40)
    with decoded(made.data) as image:
        assert image.size == (40, 60)
        top, bottom = image.getpixel((20, 5)), image.getpixel((20, 55))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > 150 > top[2]
    assert bottom[2] > 150 > bottom[0]
    assert any("GPS" in change for change in made.changes)
    assert any("转正" in change for change in made.changes)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_eight_orientations_agree_with_pillow(orientation: int) -> None:
    from PIL import ImageOps

    data = gps_jpeg(orientation)
    wanted = ImageOps.exif_transpose(decoded(data))
    assert read_picture(data).image.tobytes() == wanted.tobytes()


def test_a_fitting_file_keeps_its_very_pixels() -> None:
    data = gps_jpeg(1)
    made = prepare(data, target())
    assert decoded(made.data).tobytes() == decoded(data).tobytes()
    assert len(made.data) < len(data)
    assert any("GPS" in change for change in made.changes)


def test_what_lies_behind_the_picture_goes_too() -> None:
    data = saved(noise(30, 20), "JPEG") + gps_jpeg()
    made = prepare(data, target())
    assert made.data.count(b"\xff\xd8\xff") == 1
    fits(made.data, target())


def test_colours_are_what_they_were() -> None:
    with decoded(prepare(cmyk_jpeg(), target()).data) as image:
        red = image.convert("RGB").getpixel((5, 5))
    assert isinstance(red, tuple)
    assert red[0] > 200
    assert max(red[1:]) < 60
    with decoded(prepare(MAKERS["png 16 bit"](), target()).data) as image:
        assert image.convert("L").getpixel((3, 3)) == round(40000 / 65535 * 255)


def test_a_foreign_profile_is_converted() -> None:
    from PIL import ImageCms

    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ"))
    data = saved(Image.new("RGB", (20, 20), (120, 60, 30)), "PNG", icc_profile=lab.tobytes())
    made = prepare(data, target())
    fits(made.data, target())


def test_a_photograph_is_not_reduced_to_256_colours() -> None:
    photo = saved(noise(900, 700), "PNG")
    assert len(photo) > target().bytes_max
    assert prepare(photo, target()).after.format == "jpeg"
    drawing = noise(1100, 1000).quantize(200).convert("RGB")
    drawing.putpixel((0, 0), (1, 2, 3))
    small = Target(
        id="t", name="t", suffix="t", formats=("jpeg", "png"), bytes_max=1_150_000, width_max=2000, source="t"
    )
    made = prepare(saved(drawing, "BMP"), small)
    assert made.after.format == "png"
    assert read_picture(made.data).kind == "png"


def test_clear_ground_stays_clear_in_png_and_becomes_white_in_jpeg() -> None:
    data = saved(Image.new("RGBA", (40, 30), (0, 0, 0, 0)), "WEBP", lossless=True)
    kept = prepare(data, target("article"))
    assert kept.after.format == "png"
    assert decoded(kept.data).convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]
    white = prepare(data, target("thumb"))
    assert decoded(white.data).convert("RGB").getpixel((5, 5)) == (255, 255, 255)
    assert any("白色" in change for change in white.changes)


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_moving_pictures_move_where_they_may(kind: str) -> None:
    data = animated(kind)
    moving = prepare(data, target("material"))
    assert moving.after.format == "gif"
    with Image.open(io.BytesIO(moving.data)) as image:
        assert getattr(image, "n_frames", 1) == 3
        assert image.info["duration"] == 80
    still = prepare(data, target("article"))
    assert still.after.frames == 1
    assert any("只留第一帧" in change for change in still.changes)


def test_a_big_moving_picture_is_made_smaller() -> None:
    frames = [noise(300, 200, seed).quantize(64) for seed in range(4)]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)
    small = Target(id="t", name="t", suffix="t", formats=("gif",), bytes_max=60_000, width_max=900, source="t")
    made = prepare(data, small)
    assert len(made.data) <= 60_000 < len(data)
    assert made.after.frames == 4
    with Image.open(io.BytesIO(made.data)) as image:
        assert getattr(image, "n_frames", 1) == 4


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "是空的"),
        (b"hello world", "认不出"),
        (b"<!DOCTYPE html><html></html>", "是网页|拿到的是网页"),
        (b"<?xml version='1.0'?><svg></svg>", "SVG"),
        (b"%PDF-1.7", "PDF"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "HEIC"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00", "视频"),
        (b"\x89PNG\r\n\x1a\n", "坏了|不完整"),
        (b"\xff\xd8\xff\xe0", "坏了|不完整"),
        (b"GIF89a", "坏了|不完整"),
        (b"BM123", "坏了|不完整"),
        (b"RIFF\x00\x00\x00\x00WEBP", "坏了|不完整"),
    ],
    ids=["empty", "text", "html", "svg", "pdf", "heic", "video", "png", "jpeg", "gif", "bmp", "webp"],
)
def test_what_is_no_picture_is_said(data: bytes, message: str) -> None:
    with pytest.raises(ImageError, match=message) as caught:
        prepare(data, target(), "a.jpg")
    assert "a.jpg" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("kind", ["jpeg", "png", "gif", "webp", "bmp", "tiff", "gif moving", "webp moving", "avif"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.97])
def test_truncated_files_are_refused_or_whole(kind: str, share: float) -> None:
    data = MAKERS[kind]()
    cut = data[: int(len(data) * share)]
    with contextlib.suppress(ImageError):
        fits(prepare(cut, target()).data, target())


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(sorted(MAKERS)), st.data())
def test_flipped_bytes_never_crash(kind: str, draw: st.DataObject) -> None:
    data = bytearray(MAKERS[kind]())
    for _ in range(draw.draw(st.integers(1, 4))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    try:
        made = prepare(bytes(data), target("material"))
    except ImageError:
        return
    fits(made.data, target("material"))


@pytest.mark.parametrize("marker", [*range(0xC8, 0xDA), *range(0xE0, 0xF0), 0xFE])
def test_a_comment_under_another_marker_goes_too(marker: int) -> None:
    data = gps_jpeg().replace(b"\xff\xfe\x00\x0fSecretComment", b"\xff%c\x00\x0fSecretComment" % marker)
    try:
        fits(prepare(data, target()).data, target())
    except ImageError:
        assert marker not in range(0xE0, 0xF0)


@pytest.mark.parametrize(
    ("size", "duration"), [((2, 40), 10_000_000), ((1, 16_000), 100)], ids=["frames of hours", "as high as it goes"]
)
def test_a_moving_picture_stays_within_what_gif_can_count(size: tuple[int, int], duration: int) -> None:
    frames = [Image.new("RGB", size, "red")] * 3
    data = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=duration)
    fits(prepare(data, target("material")).data, target("material"))


def test_a_decompression_bomb_is_refused_before_it_is_decoded() -> None:
    import struct
    import zlib

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", len(head)) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    body = struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    with pytest.raises(ImageError, match="像素太多"):
        prepare(b"\x89PNG\r\n\x1a\n" + chunk + body, target())


def test_an_existing_ai_label_survives_and_no_new_seal_covers_a_broken_one() -> None:
    for kind in ("JPEG", "PNG", "WEBP", "GIF"):
        sealed = embed_image(saved(noise(80, 60), kind), FIELD)
        made = prepare(sealed, target())
        assert read_image(made.data) == FIELD, kind
        assert sealed_image(made.data) is True
        assert made.field == FIELD
        loose = embed_image(saved(noise(80, 60), kind), FIELD, seal=False)
        assert sealed_image(prepare(loose, target()).data) is None
    assert prepare(saved(noise(8, 8), "JPEG"), target(), label={"Label": "1"}).field == {"Label": "1"}


def test_a_label_as_long_as_a_book_keeps_what_the_law_wants() -> None:
    long = {"Label": "1", "ProduceID": "<" * 5000, "Prompt": "画" * 30_000}
    made = prepare(embed_image(saved(noise(20, 20), "PNG"), long), target("thumb"))
    assert read_image(made.data) == {"Label": "1", "ProduceID": "<" * 60}
    assert sealed_image(made.data) is None


def test_a_label_never_ends_in_a_format_that_cannot_hold_it() -> None:
    made = prepare(saved(noise(20, 20), "BMP"), target("material"), label=FIELD)
    assert made.after.format != "bmp"
    assert read_image(made.data) == FIELD


def test_a_picture_that_calls_itself_ai_made_is_pointed_out() -> None:
    packet = b"<x>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia</x>"
    data = saved(noise(20, 20), "PNG")
    from agent.label.containers import png

    made = prepare(png.with_xmp(data, packet), target())
    assert any("AI 生成" in change for change in made.changes)


def test_both_covers_from_one_picture() -> None:
    made = covers(saved(noise(1200, 900), "JPEG"), "a.jpg", label=FIELD)
    assert {id: (one.after.width, one.after.height) for id, one in made.items()} == {
        "wide": (900, 383),
        "square": (500, 500),
    }
    assert all(read_image(one.data) == FIELD and sealed_image(one.data) for one in made.values())
    small = covers(saved(noise(300, 300), "JPEG"))
    assert all("没有放大" in one.summary for one in small.values())
    assert small["wide"].after.width == 300


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("formats: [jpeg, png]", "formats: [jpeg, webp]", "webp"),
        ("bytes_max: 64000", "bytes_max: 0", "大于 0"),
        ("quality: {min: 60", "quality: {min: 99", "quality"),
        ("source: uploadimg", "source: nobody", "nobody"),
        ("width_max: 600", "widht_max: 600", "widht_max"),
    ],
)
def test_broken_rules_are_named(old: str, new: str, message: str) -> None:
    text = IMAGES_FILE.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(BadInputError, match=message):
        parse_images(text.replace(old, new, 1))
    with pytest.raises(UsageError, match="没有用途"):
        image_rules().target("poster")
    with pytest.raises(UsageError, match="没有封面比例"):
        image_rules().cover("3:4")
    assert image_rules().cover("2.35：1").id == "wide"
