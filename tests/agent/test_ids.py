"""Ids sort by time and shorten without loss."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.ids import KEY_CHARS, from_short_key, handle, is_id, new_id, short_key


def test_later_ids_are_greater() -> None:
    ids = [new_id("d") for _ in range(2000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)
    assert all(is_id(id) for id in ids)


def test_prefix_names_the_kind() -> None:
    assert new_id("a").startswith("a_")
    assert new_id("d").endswith(handle(new_id("d"))) is False


@given(st.uuids())
def test_short_key_keeps_everything(uuid: object) -> None:
    id = f"d_{str(uuid).replace('-', '')}"
    key = short_key(id)
    assert len(key) == KEY_CHARS
    assert key.isalnum()
    assert key.isascii()
    assert from_short_key(key) == id


@pytest.mark.parametrize(
    "key", ["", "abc", "Z" * KEY_CHARS, "!" * KEY_CHARS, "0" * 23], ids=["empty", "short", "too big", "symbols", "long"]
)
def test_wrong_keys_are_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"not a draft key|substring not found"):
        from_short_key(key)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("d_" + "0" * 32, True), ("d_" + "0" * 31, False), ("0" * 32, False), ("d_" + "G" * 32, False), ("", False)],
    ids=["id", "short", "no prefix", "not hex", "empty"],
)
def test_is_id(text: str, expected: bool) -> None:
    assert is_id(text) is expected
