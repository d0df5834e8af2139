"""Themes: what they must hold to, brand colours that stay readable, and themes of one's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.channels.typeset.article import typeset
from agent.channels.typeset.colours import AA, RGB, contrast, mix, parse_colour, readable
from agent.channels.typeset.new_theme import new_theme
from agent.channels.typeset.theme import DEFAULT, SHIPPED, dress, load_theme, palette, read_theme, themes
from knowledge_base.errors import BadInputError, UnknownIdError, UsageError
from knowledge_base.rules.editor import editor_rules
from tests.agent.channels.pages import read

IDS = sorted(themes())
SPECIMEN = (SHIPPED / "specimen.md").read_text(encoding="utf-8")
HEX = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
ORNAMENTS = re.compile(r"[\W_]*\Z")
"""Text without letters or digits: bullets and rules need no contrast for reading."""


def pairs(html: str) -> list[tuple[str, RGB, RGB]]:
    """(text, its colour, the fill behind it) as a browser would inherit them."""
    found: list[tuple[str, RGB, RGB]] = []
    stack: list[tuple[RGB, RGB]] = [((0, 0, 0), (255, 255, 255))]

    class Walk(type(read(""))):  # type: ignore[misc]
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            style = dict(part.partition(":")[::2] for part in (dict(attrs).get("style") or "").split(";"))
            ink, fill = stack[-1]
            if tag not in ("br", "img", "hr"):
                stack.append(
                    (
                        parse_colour(style.get("color", "")) or ink,
                        parse_colour(style.get("background-color", "")) or fill,
                    )
                )

        def handle_endtag(self, tag: str) -> None:
            stack.pop()

        def handle_data(self, data: str) -> None:
            if not ORNAMENTS.match(data):
                found.append((data, *stack[-1]))

    page = Walk()
    page.feed(html)
    page.close()
    return found


@pytest.mark.parametrize("theme", IDS)
@settings(deadline=None)
@given(brand=st.none() | HEX)
def test_every_text_is_readable_in_any_brand_colour(theme: str, brand: str | None) -> None:
    html = typeset(SPECIMEN, load_theme(theme), brand=[brand] if brand else [], label="本文由 AI 辅助生成").html
    bad = [(text, ink, fill) for text, ink, fill in pairs(html) if contrast(ink, fill) < AA]
    assert bad == []


def test_there_are_enough_and_they_differ() -> None:
    assert len(IDS) >= 6
    assert DEFAULT in IDS
    dressed = [tuple(sorted(dress(theme).items())) for theme in themes().values()]
    assert len(set(dressed)) == len(dressed)
    assert len({theme.colours["accent"] for theme in themes().values()}) == len(IDS)
    assert all(theme.name and theme.about for theme in themes().values())


@pytest.mark.parametrize("theme", IDS)
def test_an_article_leaves_room(theme: str) -> None:
    """A usual article of 2,500 字 stays far below the limit in every theme."""
    text = "\n\n".join(
        "## 小标题\n\n" * (i % 6 == 0) + "这一段写五十个字左右，说：“好。”再说一件看得见的事，价钱是69元。" * 2
        for i in range(40)
    )
    assert typeset(text, load_theme(theme)).chars < editor_rules().content_chars


@pytest.mark.parametrize("theme", IDS)
def test_brand_colour_takes_the_accents_place(theme: str) -> None:
    made = palette(load_theme(theme), ["not a colour", "#7A5C3E", "#000000"])
    assert made["accent"] == "#7a5c3e"


@settings(deadline=None)
@given(HEX, HEX)
def test_readable_reads(colour: str, paper: str) -> None:
    ink, fill = parse_colour(colour), parse_colour(paper)
    assert ink is not None
    assert fill is not None
    # Mid greys allow 4.5 against one end only; there the end itself is the answer.
    best = max(contrast((0, 0, 0), fill), contrast((255, 255, 255), fill))
    assert contrast(readable(ink, fill), fill) >= min(AA, best) - 1e-9
    assert mix(ink, fill, 1) == ink


@pytest.mark.parametrize("wanted", ["bamboo", "青竹"])
def test_themes_are_found_by_id_and_name(wanted: str) -> None:
    assert load_theme(wanted).id == "bamboo"


@pytest.mark.parametrize("wanted", ["base", "nope", "../plain", "a/b"])
def test_unknown_themes_name_the_known(wanted: str) -> None:
    with pytest.raises(UnknownIdError) as error:
        load_theme(wanted)
    assert "plain" in error.value.hint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("colours: {accent: red}", "colours.accent"),
        ("colours: {accent: }", "colours.accent"),
        ("styles: {p: 'color:{nope}'}", "{nope}"),
        ("styles: {p: 'position:fixed'}", "position:fixed"),
        ("styles: {p: 'display:flex'}", "display:flex"),
        ("styles: {p: 'background:url(x)'}", "url"),
        ("styles: {p: 'font-family:\"x\"'}", "styles.p"),
        ("styles: {zzz: 'color:red'}", "styles.zzz"),
        ("styles: [1]", "styles"),
        ("nonsense: 1", "nonsense"),
        ("- 1", "一张表"),
        ("a: [", "YAML"),
    ],
)
def test_broken_themes_say_where(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError) as error:
        read_theme(path)
    assert words in error.value.message
    assert "x.yaml" in error.value.message


@pytest.mark.parametrize("source", IDS)
def test_new_themes_begin_as_a_copy(tmp_path: Path, source: str) -> None:
    path = new_theme(tmp_path, "自己的", load_theme(source), name='我的“"\\”', accent="#123456")
    made = load_theme("自己的", [tmp_path])
    assert (made.name, made.colours["accent"], path.name) == ('我的“"\\”', "#123456", "自己的.yaml")
    assert made.styles == load_theme(source).styles
    with pytest.raises(UsageError):
        new_theme(tmp_path, "自己的", load_theme(source))


@pytest.mark.parametrize(("id", "accent"), [("base", ""), ("../x", ""), ("", ""), ("x", "red")])
def test_new_themes_refuse_bad_names(tmp_path: Path, id: str, accent: str) -> None:
    with pytest.raises(UsageError):
        new_theme(tmp_path, id, load_theme(), accent=accent)
    assert not list(tmp_path.iterdir())
