"""Crops: inside the picture, of the ratio, where the details or the named point are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from agent.channels.images.crop import crop, cut
from tests.agent.channels.images.pictures import noise


def busy(at: tuple[int, int], size: tuple[int, int]) -> Image.Image:
    """Flat, but for a square of noise."""
    image = Image.new("RGB", size, (120, 130, 140))
    image.paste(noise(60, 60), at)
    return image


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 300), st.integers(1, 300), st.sampled_from([900 / 383, 1.0]),
    st.none() | st.tuples(st.floats(0, 1), st.floats(0, 1)),
)  # fmt: skip
def test_crops_lie_inside_and_are_as_large_as_they_can(
    width: int, height: int, ratio: float, focus: tuple[float, float] | None
) -> None:
    found = crop(Image.new("L", (width, height), 90), ratio, focus)
    left, top, right, bottom = found.box
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    assert right - left == width or bottom - top == height
    assert abs((right - left) - (bottom - top) * ratio) <= ratio + 1
    assert found.why


@pytest.mark.parametrize(
    ("at", "size", "ratio", "word"),
    [
        ((20, 70), (600, 200), 1.0, "偏左"),
        ((520, 70), (600, 200), 1.0, "偏右"),
        ((270, 70), (600, 200), 1.0, "中间"),
        ((70, 10), (200, 600), 2.35, "偏上"),
        ((70, 530), (200, 600), 2.35, "偏下"),
    ],
)
def test_the_details_are_kept(at: tuple[int, int], size: tuple[int, int], ratio: float, word: str) -> None:
    found = crop(busy(at, size), ratio)
    left, top, right, bottom = found.box
    assert left <= at[0]
    assert top <= at[1]
    assert right >= at[0] + 60
    assert bottom >= at[1] + 60
    assert word in found.why


def test_a_named_point_wins() -> None:
    image = busy((20, 70), (600, 200))
    assert crop(image, 1.0, (1.0, 0.5)).box == (400, 0, 600, 200)
    assert crop(image, 1.0, (0.5, 0.5)).box == (200, 0, 400, 200)


def test_an_even_picture_is_cut_in_the_middle() -> None:
    assert crop(Image.new("RGB", (600, 200), "grey"), 1.0).box == (200, 0, 400, 200)


def test_nothing_is_enlarged() -> None:
    image = Image.new("RGB", (300, 100))
    assert cut(image, crop(image, 1.0), (500, 500)).size == (100, 100)
    assert cut(image, crop(image, 1.0), (50, 50)).size == (50, 50)
