"""Briefs as people hand them over: what is understood is said, what is not goes into the notes, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.brief import Turn
from agent.brief_file import from_text, read_brief, read_history
from agent.options import Wish, parse_angle, parse_day, resolve
from knowledge_base.base import KnowledgeBase
from knowledge_base.errors import BadInputError, UnknownIdError, UsageError
from knowledge_base.workspace import Workspace


@pytest.fixture(scope="module")
def kb(sample_built: Path) -> Iterator[KnowledgeBase]:
    with closing(KnowledgeBase.open(Workspace(sample_built))) as kb:
        yield kb


CHAT = """老板 14:02
冬天了，冻干黑咖啡和燕麦脆都推一下
小林 14:03
写给备考研究生？
老板 14:05
对。别提价格，语气轻松点"""


def test_a_pasted_chat_names_products_and_persona(kb: KnowledgeBase) -> None:
    brief = from_text(CHAT, kb)
    assert brief.wish.products == ("p-coffee", "p-oat")
    assert brief.wish.persona == "u-kaoyan"
    assert "别提价格" in brief.wish.notes


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("产品：冻干黑咖啡", "products", ("冻干黑咖啡",)),
        ("商品: 黑咖啡、燕麦脆", "products", ("黑咖啡", "燕麦脆")),
        ("- **目标人群**：备考研究生", "persona", "备考研究生"),
        ("活动目标：双11 预热", "goal", "双11 预热"),
        ("角度：痛点", "angle", "痛点"),
        ("发布时间：2026年11月5日 晚上八点", "today", "2026-11-05"),
        ("优惠券：c-winter", "coupon", "c-winter"),
        ("CTA：去逛逛", "cta", "去逛逛"),
    ],
)
def test_labelled_lines(kb: KnowledgeBase, line: str, field: str, value: object) -> None:
    brief = from_text(line, kb)
    assert getattr(brief.wish, field) == value
    assert brief.leftover == ""


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet="商品：产\n 目标-*:a备注。黑咖啡", max_size=60))
def test_no_word_is_lost(kb: KnowledgeBase, text: str) -> None:
    brief = from_text(text, kb)
    kept = "".join((*brief.understood.values(), brief.leftover, *brief.wish.products))
    for line in text.splitlines():
        if "：" not in line and ":" not in line:
            assert "".join(line.split()) in "".join(kept.split())


def test_yaml_refuses_an_unknown_field_and_names_it(kb: KnowledgeBase, tmp_path: Path) -> None:
    path = tmp_path / "需求.yaml"
    path.write_text("商品: p-coffee\n颜色: 红\n", encoding="utf-8")
    with pytest.raises(BadInputError, match="颜色") as caught:
        read_brief(path, kb)
    assert "需求.yaml" in caught.value.message


def test_options_win_over_the_file_and_notes_add_up() -> None:
    merged = Wish(persona="u-mama", notes="短一点").over(Wish(persona="u-kaoyan", goal="拉新", notes="别提价格"))
    assert (merged.persona, merged.goal, merged.notes) == ("u-mama", "拉新", "别提价格\n短一点")


def test_history_reads_turns_and_names_a_bad_line(tmp_path: Path) -> None:
    path = tmp_path / "对话.txt"
    path.write_text("顾客：在吗\n客服：在的\n您说\n买家: 想退货\n", encoding="utf-8")
    assert read_history(path) == (Turn("customer", "在吗"), Turn("staff", "在的\n您说"), Turn("customer", "想退货"))
    path.write_text("在吗\n", encoding="utf-8")
    with pytest.raises(BadInputError, match=":1"):
        read_history(path)


@pytest.mark.parametrize(
    ("wish", "channel", "error", "says"),
    [
        (Wish(), "moments", UsageError, "--product"),
        (Wish(), "reply", UsageError, "--message"),
        (Wish(products=("p-cofee",)), "moments", UnknownIdError, "p-coffee"),
        (Wish(products=("p-coffee",), persona="u-kaoyn"), "moments", UnknownIdError, "u-kaoyan"),
        (Wish(products=("p-coffee",), form="海报"), "moments", UsageError, "post"),
        (Wish(products=("p-coffee",), format="card-99"), "moments", UsageError, "card-16x9"),
        (Wish(products=("p-coffee",), angle="玄学"), "article", UsageError, "痛点"),
        (Wish(products=("p-coffee",), today="明天"), "article", UsageError, "2026-11-22"),
    ],
)
def test_a_wrong_value_names_the_right_ones(
    kb: KnowledgeBase, wish: Wish, channel: str, error: type[Exception], says: str
) -> None:
    with pytest.raises(error) as caught:
        resolve(wish, channel, kb)  # type: ignore[arg-type]
    assert says in f"{caught.value} {getattr(caught.value, 'hint', '')}"


def test_angles_and_days() -> None:
    assert parse_angle("痛点") == parse_angle("pain") == "pain"
    assert parse_angle("") is None
    assert parse_day("2026/11/22").isoformat() == "2026-11-22"
