"""Lines of JSON as shops write them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("polars")

from knowledge_base.audience.privacy.pseudonyms import Pseudonyms
from knowledge_base.audience.triggers.event import Event
from knowledge_base.audience.triggers.lines import Bad, Lines
from knowledge_base.audience.triggers.spans import Clock
from tests.knowledge_base.audience.triggers.streams import at

KEY = Pseudonyms(b"k" * 32)
NOW = at("2026-11-20 20:00:00")
NOON = at("2026-11-20 12:00:00")


def read(row: Any, encoding: str = "utf-8") -> Any:
    text = row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)
    return Lines(KEY.of_bytes, Clock("Asia/Shanghai")).read(text.encode(encoding), NOW)


def row(**more: Any) -> dict[str, Any]:
    return {"user": "a", "time": "2026-11-20 12:00:00", "action": "加购", "item": "p-1"} | more


@pytest.mark.parametrize(
    "line",
    [
        row(),
        {"用户ID": "a", "行为时间": "2026-11-20 12:00:00", "行为": "加入购物车", "商品编号": "p-1"},
        {"openid": "a", "timestamp": "2026-11-20T12:00:00+08:00", "event_type": "add_to_cart", "sku": "p-1"},
        row(time="2026-11-20T04:00:00Z"),
        row(time="2026/11/20 12:00"),
        row(time="2026年11月20日 12时00分"),
        row(time=1795147200),
        row(time="1795147200000"),
        row(time=1795147200.0, 用户="b"),
        row(user=" a "),
        row(extra={"nested": [1]}, 手机号="13800001111"),
    ],
)
def test_the_same_event_however_it_is_written(line: dict[str, Any]) -> None:
    found = read(line)
    assert isinstance(found, Event)
    assert (found.time, found.user, found.action, found.item) == (NOON, KEY.of_id("a"), "加购", "p-1")
    assert found.key == read(row()).key


def test_older_programs_write_gbk() -> None:
    line = {"用户": "张三", "时间": "2026-11-20 12:00:00", "行为": "加购", "商品": "咖啡"}
    assert read(line, "gb18030") == read(line)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{坏", "不是合格的 JSON"),
        ('{"user": "a", "time": "2026-1', "不是合格的 JSON"),
        ("[1, 2]", "应当是一个 JSON 对象"),
        ("7", "应当是一个 JSON 对象"),
        (row(user=""), "没有用户"),
        (row(user=None), "没有用户"),
        (row(time=None), "没有时间"),
        (row(time="昨天"), "时间看不懂"),
        (row(time=True), "时间看不懂"),
        (row(time="1999-12-31 00:00:00"), "时间太早"),
        (row(time="2026-11-21 20:00:01"), "时间在未来"),
        (row(action="跳舞"), "不认识的行为"),
        ({"user": "a", "time": "2026-11-20 12:00:00"}, "没有行为"),
        ({"time": "2026-11-20 12:00:00", "action": "到货"}, "没有写商品"),
        ("[" * 100_000, "不是合格的 JSON"),
    ],
)
def test_lines_that_are_no_events_say_why(line: Any, reason: str) -> None:
    found = read(line)
    assert isinstance(found, Bad)
    assert reason in found.reason


def test_a_bad_line_is_never_quoted() -> None:
    found = read(row(user="李雷13800001111", action="打给13800001111"))
    assert isinstance(found, Bad)
    assert "138" not in found.reason


@pytest.mark.parametrize("line", ["", "   ", "\r"])
def test_blank_lines_are_nothing(line: str) -> None:
    assert read(line) is None


def test_comments_carry_their_words_without_personal_data() -> None:
    said = {
        "用户": "a",
        "时间": "2026-11-20 12:00:00",
        "行为": "评论",
        "商品ID": "p-1",
        "内容": "漏水！电话13800001111",
    }
    found = read(said)
    assert (found.action, found.item) == ("评论", "p-1")
    assert "漏水" in found.text
    assert "13800001111" not in found.text


def test_a_message_without_an_action_is_a_comment_and_staff_are_not_listened_to() -> None:
    said = {"用户": "a", "时间": "2026-11-20 12:00:00", "内容": "太差了", "角色": "顾客"}
    assert (read(said).action, read(said).text) == ("评论", "太差了")
    assert read({**said, "角色": "客服"}) is None


def test_restocks_are_about_articles() -> None:
    found = read({"time": "2026-11-20 12:00:00", "action": "补货", "item": "p-1"})
    assert (found.user, found.action, found.item) == ("", "到货", "p-1")


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=9),
        lambda x: (
            st.lists(x, max_size=3)
            | st.dictionaries(st.sampled_from(["user", "time", "action", "item", "内容", "x"]), x)
        ),
        max_leaves=9,
    ).map(lambda value: json.dumps(value).encode())
)
def test_no_line_breaks_the_reader(line: bytes) -> None:
    found = Lines(KEY.of_bytes, Clock("Asia/Shanghai")).read(line, NOW)
    assert found is None or isinstance(found, Event | Bad)
