"""Typographic covers: the size WeChat wants, text inside the safe area and readable, the same for the same draft."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from agent.channels.images import cover_for
from agent.channels.images.cover import Cover, Words, choose_layout, draw_cover
from agent.channels.images.draft_cover import cover_words
from agent.channels.images.errors import NoFontError
from agent.channels.images.fonts import Fonts, find_fonts, lacks
from agent.channels.images.layouts import LAYOUTS
from agent.channels.images.palette import palette_of
from agent.channels.typeset.colours import contrast
from agent.copies import MomentsCopy
from agent.label.images import read_image, sealed_image
from agent.label.implicit import metadata
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.records import Brand
from knowledge_base.rules.images import image_rules
from knowledge_base.workspace import Workspace
from tests.agent.channels.images.pictures import decoded
from tests.agent.drafts import article_draft, moments_draft

BRAND = ("#7A5C3E", "#F6F1E7", "#B5532A", "#4F5D4A")
RATIOS = st.sampled_from(["2.35:1", "1:1"])
TITLES = (
    "早八不耽误",
    "图书馆没热水，冷水三秒也能喝上咖啡",
    "iPhone 17 用户的 USB-C 数据线怎么选？",
    "孩子睡着以后的二十分钟，是一天里属于你自己的：不烧水、不吵醒任何人",
    "Supercalifragilisticexpialidocious-is-one-word",
)


@pytest.fixture(scope="module")
def fonts() -> Fonts:
    try:
        return find_fonts()
    except NoFontError:
        pytest.skip("no Chinese font on this machine")


@pytest.mark.parametrize("ratio", ["2.35:1", "1:1"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("title", TITLES)
def test_titles_stay_inside_the_safe_area(fonts: Fonts, title: str, layout: str, ratio: str) -> None:
    """What differs between two titles of one layout is the title alone; it must keep clear of the edges."""
    size = image_rules().cover(ratio)
    one, other = (draw(fonts, text, layout, ratio) for text in (title, "一"))
    image, blank = (decoded(cover.data).convert("RGB") for cover in (one, other))
    assert image.size == (size.width, size.height)
    box = ImageChops.difference(image, blank).getbbox()
    assert box is not None
    # Quotation marks hang out a little; a descender may.
    assert box[0] >= size.safe[0] * size.width - 6
    assert box[1] >= size.safe[1] * size.height - 4
    assert box[2] <= size.width * (1 - size.safe[0]) + 4
    assert box[3] <= size.height * (1 - size.safe[1]) + 6
    kept = "".join("".join(one.lines).split())
    assert kept == "".join(title.split()) or any("省略" in note for note in one.notes)


def draw(fonts: Fonts, title: str, layout: str = "", ratio: str = "2.35:1", **more: object) -> Cover:
    words = Words(title=title, brand="檐下集", colours=BRAND, layout=layout)
    return draw_cover(replace(words, **more), image_rules().cover(ratio), fonts)  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True), max_size=4))
def test_any_brand_colours_stay_readable(colours: list[str]) -> None:
    palette = palette_of(colours)
    assert contrast(palette.ink, palette.paper) >= 4.5
    assert contrast(palette.soft, palette.paper) >= 4.5
    assert contrast(palette.on_main, palette.main) >= 4.5


@settings(max_examples=25, deadline=None)
@given(
    st.text(max_size=150), st.text(max_size=30), st.sampled_from(sorted(LAYOUTS)), st.sampled_from(["2.35:1", "1:1"])
)
def test_any_text_is_drawn_or_refused(title: str, brand: str, layout: str, ratio: str) -> None:
    try:
        fonts = find_fonts()
    except NoFontError:
        pytest.skip("no Chinese font on this machine")
    try:
        made = draw(fonts, title, layout, ratio, brand=brand)
    except UsageError as error:
        if "没有能画的标题" not in error.message:
            raise
        return
    assert decoded(made.data).size[1] in (383, 500)


def test_what_the_font_lacks_is_named_and_left_out(fonts: Fonts) -> None:
    made = draw(fonts, "够用，慢慢用🌧\u200d")
    assert "".join(made.lines) == "够用，慢慢用"
    assert any("🌧" in note for note in made.notes)
    assert lacks(fonts.bold, "文案a1") == ""


def test_the_layout_is_the_seed_s_or_the_one_asked_for() -> None:
    chosen = {choose_layout(Words(title="标题", seed=str(number))) for number in range(60)}
    assert chosen == set(LAYOUTS)
    assert choose_layout(Words(title="标题", layout="框线")) == "frame"
    with pytest.raises(UsageError, match="没有版式"):
        choose_layout(Words(title="标题", layout="海报"))


def test_a_draft_s_cover_is_labelled_and_reproducible(tmp_path: Path, fonts: Fonts) -> None:
    draft = article_draft()
    workspace = Workspace(tmp_path)
    for ratio, size in (("2.35:1", (900, 383)), ("1:1", (500, 500))):
        data = cover_for(draft, workspace, ratio=ratio)
        assert data is not None
        assert decoded(data).size == size
        assert read_image(data) == metadata(draft)
        assert sealed_image(data) is True
        assert cover_for(draft, workspace, ratio=ratio) == data
        assert len(data) < image_rules().target("cover").bytes_max
    assert cover_for(article_draft(copy=None), workspace) is None
    words = cover_words(moments_draft(copy=MomentsCopy(text="热水房排队十分钟。冷水 3 秒化开。")))
    assert words.title == "热水房排队十分钟"


def test_a_draft_s_brand_colours_are_used(tmp_path: Path, fonts: Fonts) -> None:
    draft = article_draft()
    brand = Brand(id="b", name="云雾里", colours=("#123456",))
    draft = replace(draft, context=replace(draft.context, brand=brand))
    words = cover_words(draft, layout="block")
    data = draw_cover(words, image_rules().cover("1:1"), fonts).data
    assert decoded(data).convert("RGB").getpixel((4, 480)) == (0x12, 0x34, 0x56)


def test_without_a_font_the_message_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoFontError, match="没有找到中文字体") as caught:
        find_fonts(folders=(tmp_path,))
    assert "fonts-noto-cjk" in caught.value.hint
    assert "WENAN_FONT" in caught.value.hint
    monkeypatch.setattr("agent.channels.images.fonts.font_folders", lambda: (tmp_path,))
    assert cover_for(article_draft(), Workspace(tmp_path)) is None


def test_a_named_font_is_used_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fonts: Fonts) -> None:
    assert find_fonts({"font": fonts.serif.path}).bold.path == fonts.serif.path
    monkeypatch.setenv("WENAN_FONT", fonts.bold.path)
    assert find_fonts({"font": "不存在.ttf"}).bold.path == fonts.bold.path
    monkeypatch.setenv("WENAN_FONT", str(tmp_path / "没有.ttf"))
    with pytest.raises(BadInputError, match="没有这个字体文件"):
        find_fonts()
    broken = tmp_path / "坏.ttf"
    broken.write_bytes(b"not a font")
    monkeypatch.setenv("WENAN_FONT", str(broken))
    with pytest.raises(BadInputError, match="不是能写中文的字体"):
        find_fonts()


def test_layouts_differ(fonts: Fonts) -> None:
    images = [decoded(draw(fonts, "早八不耽误", layout).data).convert("L").resize((30, 13)) for layout in LAYOUTS]
    for number, one in enumerate(images):
        for other in images[number + 1 :]:
            extrema = ImageChops.difference(one, other).getextrema()
            assert isinstance(extrema[1], int | float)
            assert extrema[1] > 40
    assert isinstance(images[0], Image.Image)
