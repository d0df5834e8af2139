"""`wenan image prepare|cover|brief` as people run them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from agent.channels.images.errors import NoFontError
from agent.channels.images.fonts import find_fonts
from agent.draft import Draft
from agent.image_commands import app
from agent.journal import Journal
from agent.label.images import read_image
from agent.label.implicit import metadata
from agent.review.approval import NotApprovedError
from knowledge_base import console
from knowledge_base.errors import BadInputError, UnknownIdError, UsageError
from knowledge_base.workspace import Workspace
from tests.agent.channels.images.pictures import animated, decoded, gps_jpeg, noise, saved
from tests.agent.drafts import article_draft, reply_draft

Ran = tuple[int, str, str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    def run(*args: str) -> Ran:
        console.out.cache_clear()
        console.err.cache_clear()
        try:
            code = get_command(app).main([str(arg) for arg in args], standalone_mode=False)
        except typer.Exit as done:
            code = done.exit_code
        captured = capsys.readouterr()
        return int(code or 0), captured.out, captured.err

    return run


@pytest.fixture
def draft(workspace_dir: Path) -> Draft:
    made = article_draft()
    with closing(Journal.open(Workspace(workspace_dir))) as journal:
        journal.save(made)
    return made


@pytest.fixture
def _font() -> None:
    try:
        find_fonts()
    except NoFontError:
        pytest.skip("no Chinese font on this machine")


def test_prepare_writes_beside_and_tells_what_changed(workspace_dir: Path, run: Callable[..., Ran]) -> None:
    (workspace_dir / "我的 照片.JPG").write_bytes(gps_jpeg(6))
    code, out, err = run("prepare", "我的 照片.JPG")
    assert code == 0
    assert out == f"{Path('图片') / '我的-照片-正文.jpg'}\n"
    assert "GPS" in err
    assert "60×40" in err
    assert "40×60" in err
    assert decoded((workspace_dir / "图片" / "我的-照片-正文.jpg").read_bytes()).size == (40, 60)


def test_one_bad_file_stops_nothing(workspace_dir: Path, run: Callable[..., Ran]) -> None:
    (workspace_dir / "a.png").write_bytes(saved(noise(9, 9), "PNG"))
    (workspace_dir / "b.png").write_bytes(b"<html>login</html>")
    (workspace_dir / "c.webp").write_bytes(saved(noise(9, 9), "WEBP"))
    code, out, err = run(
        "prepare", "a.png", "b.png", "没有.png", "http://127.0.0.1/x.png?k=SECRET", "c.webp", "-o", "o"
    )
    assert code == 3
    assert out.splitlines() == [str(Path("o/a-正文.png")), str(Path("o/c-正文.jpg"))]
    assert "5 个里有 3 个没做成" in err
    for word in ("拿到的是网页", "没有这个文件", "本机或内网"):
        assert word in err
    assert "SECRET" not in err


def test_nothing_is_overwritten_unasked(workspace_dir: Path, run: Callable[..., Ran]) -> None:
    (workspace_dir / "a.png").write_bytes(saved(noise(9, 9), "PNG"))
    assert run("prepare", "a.png")[0] == 0
    made = workspace_dir / "图片" / "a-正文.png"
    before = made.read_bytes()
    assert run("prepare", "a.png")[0] == 0  # the same bytes: nothing to do
    (workspace_dir / "a.png").write_bytes(saved(noise(9, 9, 2), "PNG"))
    code, _, err = run("prepare", "a.png")
    assert code == 3
    assert "已经有这个文件" in err
    assert made.read_bytes() == before
    assert run("prepare", "a.png", "--force")[0] == 0
    assert made.read_bytes() != before


def test_two_sources_of_one_name_become_two_files(workspace_dir: Path, run: Callable[..., Ran]) -> None:
    for folder in ("x", "y"):
        (workspace_dir / folder).mkdir()
        (workspace_dir / folder / "a.png").write_bytes(saved(noise(9, 9, len(folder + folder)), "PNG"))
    (workspace_dir / "y" / "a.png").write_bytes(saved(noise(9, 9, 7), "PNG"))
    code, out, _ = run("prepare", "x/a.png", "y/a.png")
    assert code == 0
    assert len(set(out.splitlines())) == 2


def test_purposes_and_focus(workspace_dir: Path, run: Callable[..., Ran], draft: Draft) -> None:
    (workspace_dir / "a.gif").write_bytes(animated("GIF"))
    assert run("prepare", "a.gif", "--for", "material")[1].strip().endswith("a-素材.gif")
    (workspace_dir / "b.jpg").write_bytes(saved(noise(1000, 800), "JPEG"))
    code, out, err = run("prepare", "b.jpg", "--for", "cover", "--focus", "0.2，0.1", "--draft", "last")
    assert code == 0
    assert [Path(line).name for line in out.splitlines()] == ["b-封面-900x383.jpg", "b-封面-500x500.jpg"]
    assert "对着指定的点" in err
    assert read_image(Path(out.splitlines()[0]).read_bytes()) == metadata(draft)
    assert run("prepare", "b.jpg", "--for", "thumb")[0] == 0
    assert (workspace_dir / "图片" / "b-缩略图.jpg").stat().st_size <= 64_000
    for focus in ("2,0", "左边", "0.5", "nan,0.5"):
        with pytest.raises(UsageError, match="看不懂 --focus"):
            run("prepare", "b.jpg", "--for", "cover", "--focus", focus)


@pytest.mark.usefixtures("_font")
def test_a_draft_s_cover_carries_its_label(workspace_dir: Path, run: Callable[..., Ran], draft: Draft) -> None:
    code, out, err = run("cover", "last")
    assert code == 0
    paths = [Path(line) for line in out.splitlines()]
    assert [decoded(path.read_bytes()).size for path in paths] == [(900, 383), (500, 500)]
    assert all(read_image(path.read_bytes()) == metadata(draft) for path in paths)
    assert "写入了 AI 标识" in err
    assert run("cover", "last", "--ratio", "1:1", "--out", "a.jpg")[0] == 0
    assert decoded(Path("a.jpg").read_bytes()).format == "JPEG"
    assert read_image(Path("a.jpg").read_bytes()) == metadata(draft)


@pytest.mark.usefixtures("_font")
def test_one_s_own_title_is_not_called_ai_made(sample_dir: Path, run: Callable[..., Ran]) -> None:
    wishes = ("--brand", "檐下集", "--layout", "色块", "--ratio", "2.35:1")
    code, out, err = run("cover", "--title", "早八不耽误", *wishes)
    assert code == 0
    data = Path(out.strip()).read_bytes()
    assert read_image(data) is None
    assert decoded(data).convert("RGB").getpixel((5, 378)) == (0x7A, 0x5C, 0x3E)
    assert "没有写 AI 标识" in err


def test_cover_wishes_that_cannot_be(workspace_dir: Path, run: Callable[..., Ran]) -> None:
    with pytest.raises(UsageError, match="没有写稿件编号"):
        run("cover")
    with pytest.raises(UsageError, match="两种比例"):
        run("cover", "--title", "一", "--out", "a.png")
    with pytest.raises(UsageError, match="没有封面比例"):
        run("cover", "--title", "一", "--ratio", "3:4")
    with pytest.raises(UnknownIdError):
        run("cover", "d_nobody")


@pytest.mark.usefixtures("_font")
def test_a_cover_waits_for_approval_where_the_workspace_wants_it(
    workspace_dir: Path, run: Callable[..., Ran], draft: Draft
) -> None:
    (workspace_dir / "wenan.toml").write_text('[review]\nrequire = ["法务"]\n', encoding="utf-8")
    with pytest.raises(NotApprovedError):
        run("cover", "last")
    assert run("brief", "last")[0] == 0


@pytest.mark.parametrize("form", ["md", "html", "xlsx", "docx"])
def test_briefs_are_written_in_every_format(
    workspace_dir: Path, run: Callable[..., Ran], draft: Draft, form: str
) -> None:
    code, out, _ = run("brief", "last", "--out", f"单.{form}")
    assert code == 0
    assert out.strip() == f"单.{form}"
    assert (workspace_dir / f"单.{form}").stat().st_size > 1000
    if form == "md":
        assert run("brief", "last")[1] == (workspace_dir / "单.md").read_text(encoding="utf-8")
    else:
        assert run("brief", "last", "-f", form)[1].startswith("配图需求单-")


def test_brief_wishes_that_cannot_be(workspace_dir: Path, run: Callable[..., Ran], draft: Draft) -> None:
    with pytest.raises(UsageError, match="不能写成"):
        run("brief", "last", "--out", "a.pdf")
    with pytest.raises(UsageError, match="对不上"):
        run("brief", "last", "--out", "a.md", "--format", "docx")
    (workspace_dir / "a.md").write_text("别动", encoding="utf-8")
    with pytest.raises(BadInputError, match="已经有这个文件"):
        run("brief", "last", "--out", "a.md")
    with closing(Journal.open(Workspace(workspace_dir))) as journal:
        journal.save(reply_draft())
    with pytest.raises(UsageError, match="不用配图"):
        run("brief", "last")
