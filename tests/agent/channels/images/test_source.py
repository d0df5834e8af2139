"""Where pictures come from, and what an article may not reach for."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.channels.images import resolve_all
from agent.channels.images.errors import ImageError, RefusedError
from agent.channels.images.fetch import Fetcher
from agent.channels.images.source import read_source, safe_stem
from agent.label.images import read_image
from tests.agent.channels.images.pictures import gps_jpeg, noise, saved


def never(*_: object) -> list[str]:
    raise AssertionError("must not be looked up")


OFFLINE = Fetcher(resolve=never, connect=never)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "文章"
    (inside / "图 片").mkdir(parents=True)
    (inside / "图 片" / "a b.jpg").write_bytes(gps_jpeg())
    (tmp_path / "secret.png").write_bytes(saved(noise(8, 8), "PNG"))
    return inside


@pytest.mark.parametrize(
    "text",
    [
        "../secret.png", "图 片/../../secret.png", "%2e%2e/secret.png", "..%2Fsecret.png", "/etc/passwd",
        "\\\\host\\share\\a.png", "//host/share/a.png", "~/a.png", "C:/Windows/a.png", "C:a.png",
        "file:///etc/passwd", "javascript:alert(1)", "a\x00.png", "blob:abc", "ftp://e.com/a.png",
        "http://127.0.0.1/a.png", "http://169.254.169.254/", "HTTP://0x7f.1/a.png",
    ],
)  # fmt: skip
def test_an_article_reaches_nothing_outside(folder: Path, text: str) -> None:
    with pytest.raises(RefusedError):
        read_source(text, base=folder, fetcher=OFFLINE, confined=True)
    found = resolve_all([text], base=folder, fetcher=OFFLINE)[text]
    assert found.prepared is None
    assert found.problem
    assert found.hint


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links here")
def test_a_link_out_of_the_folder_is_refused(folder: Path) -> None:
    try:
        (folder / "link.png").symlink_to(folder.parent / "secret.png")
    except OSError:
        pytest.skip("links need a right that this user lacks")
    with pytest.raises(RefusedError):
        read_source("link.png", base=folder, fetcher=OFFLINE, confined=True)


def test_paths_addresses_and_data_uris_are_read(folder: Path) -> None:
    for text in ("图 片/a b.jpg", "图%20片/a%20b.jpg"):
        assert read_source(text, base=folder, fetcher=OFFLINE, confined=True).stem == "a-b"
    uri = "data:image/png;base64," + base64.b64encode(saved(noise(4, 4), "PNG")).decode()
    assert read_source(uri, base=folder, fetcher=OFFLINE, confined=True).data.startswith(b"\x89PNG")
    assert read_source("data:text/plain,%41", base=folder, fetcher=OFFLINE, confined=True).data == b"A"
    whole = str(folder / "图 片" / "a b.jpg")
    assert read_source(whole, base=Path("/nowhere"), fetcher=OFFLINE, confined=False).shown == whole


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "没有写图片"),
        ("没有.png", "没有这个文件"),
        ("图 片", "是文件夹"),
        ("data:image/png;base64", "不完整"),
        ("data:image/png;base64,@@@", "base64 不对"),
        ("长" * 5000 + ".png", "读不了|没有这个文件"),
    ],
)
def test_what_cannot_be_read_is_explained(folder: Path, text: str, message: str) -> None:
    with pytest.raises(ImageError, match=message):
        read_source(text, base=folder, fetcher=OFFLINE, confined=True)


def test_all_pictures_of_an_article_one_answer_each(folder: Path) -> None:
    (folder / "坏.png").write_bytes(b"\x89PNG\r\n\x1a\nxx")
    wanted = ["图 片/a b.jpg", "没有.png", "坏.png", "图 片/a b.jpg", "http://10.0.0.1/x.png"]
    found = resolve_all(wanted, base=folder, fetcher=OFFLINE, label={"Label": "1"})
    assert list(found) == list(dict.fromkeys(wanted))
    good = found["图 片/a b.jpg"].prepared
    assert good is not None
    assert read_image(good.data) == {"Label": "1"}
    assert "没有这个文件" in found["没有.png"].problem
    assert "坏.png" in found["坏.png"].problem
    assert "本机或内网" in found["http://10.0.0.1/x.png"].problem


@given(st.text(max_size=200))
def test_stems_are_safe_everywhere(name: str) -> None:
    stem = safe_stem(name)
    assert stem
    assert len(stem) <= 61
    assert not set(stem) & set('<>:"/\\|?*\n\r\t\x00 ')
    assert stem not in (".", "..")
    assert stem[-1] not in ". "
    assert stem.partition(".")[0].lower() not in ("con", "nul", "aux", "prn", "com1", "lpt9")
