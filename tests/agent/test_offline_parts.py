"""The small parts beneath the offline writer: reading blocks, tidying lines, matching, choosing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, meta

from agent.models.offline.blocks import read_block
from agent.models.offline.choose import hooks
from agent.models.offline.facts import ban_terms, read_coupon, read_goods
from agent.models.offline.job import refused
from agent.models.offline.lines import shorten, tidy
from agent.models.offline.patterns import SHIPPED
from agent.models.offline.people import read_reader
from agent.models.offline.pool import Candidate, pick
from agent.models.offline.remedies import helps
from agent.models.offline.similar import kinship
from tests.agent.offline_blocks import KETTLE, STUDENT, TRAVELLER

TODAY = date(2026, 11, 22)
TEMPLATES = SHIPPED / "offline"


def test_blocks_read_keys_items_and_continued_values() -> None:
    fields = read_block("id-0", "名称：壶：大号\n  第二行\n卖点：\n- 一条\n  接着\n- 两条\n空：")
    assert fields.id == "id-0"
    assert fields.one("名称") == "壶：大号\n第二行"
    assert fields.raw("卖点") == ("一条\n接着", "两条")
    assert fields.many("卖点") == ("一条 接着", "两条")
    assert fields.one("没有") == ""
    assert fields.number("没有") is None


def test_a_value_cannot_pose_as_a_key() -> None:
    fields = read_block("", "正文：你好\n  价格：1 元\n  - 假的一条\n价格：129 元")
    assert fields.one("价格") == "129 元"
    assert fields.raw("正文") == ("你好\n价格：1 元\n- 假的一条",)


@given(st.text(max_size=200))
def test_any_text_is_a_block(text: str) -> None:
    fields = read_block("x", text)
    assert all(isinstance(value, str) for value in fields.single.values())


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("冷水 3 秒化开。", "冷水 3 秒化开"),
        ("  轻,薄;好用!  ", "轻，薄；好用"),
        ("比例 1:2,净重 1,000 克", "比例 1:2，净重 1,000 克"),
        ("8:30 出门（早）", "8:30 出门（早）"),
        ("这样——那样", "这样，那样"),
        ("说“好”。。。", "说“好”"),
        ('他说"行"', "他说“行”"),
        ("「引」文", "“引”文"),
        ("会漏吗?", "会漏吗？"),
    ],
)
def test_tidy(raw: str, clean: str) -> None:
    assert tidy(raw) == clean


@given(st.text(max_size=80))
def test_tidy_is_settled_and_holds_no_edge_marks(text: str) -> None:
    once = tidy(text)
    assert not once.startswith(("，", "。", "、"))
    assert not once.endswith(("，", "。", "、"))
    assert "——" not in once


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("35 克一袋，撕开就吃", 20, "35 克一袋，撕开就吃"),
        ("35 克一袋，撕开就吃", 10, "35克一袋，撕开就吃"),
        ("没有香精也没有酒精，洗后不紧绷", 10, "没有香精也没有酒精"),
        ("使用 8 小时后，含水量提升 12%", 10, ""),
        ("适合油皮，但干皮要慎用", 6, ""),
        ("如果水温低，就多等一会儿", 7, ""),
        ("洗完以后，皮肤不紧绷也不假滑", 6, ""),
        ("2 克粉（15℃ 水）3 秒化开，无颗粒", 12, ""),
        ("能，杯盖可以拆下来手洗", 5, ""),
    ],
)
def test_shorten_never_loses_a_condition(text: str, limit: int, short: str) -> None:
    assert shorten(text, limit) == short


@given(st.text(alphabet="一二三，。；0123456789 %克后的但", max_size=60), st.integers(1, 60))
def test_shorten_keeps_to_the_limit_and_to_the_words(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    assert text.replace(" ", "").startswith(short.replace(" ", ""))


def test_goods_drop_what_must_not_be_said_and_what_is_over() -> None:
    product = read_block("", KETTLE + "\n")
    goods = read_goods(product, TODAY)
    assert goods.price == "129 元"
    assert [offer.text for offer in goods.offers] == ["单只 109 元"]
    assert read_goods(product, date(2026, 12, 1)).offers == ()
    assert goods.proofs[0].issuer == "示例检测所"
    assert next(f for f in goods.points if "5 分钟" in f.text).proof == "耐热检测报告"
    banned = read_goods(read_block("", KETTLE.replace("- 抗菌", "- 提示音")), TODAY)
    assert not any("提示音" in fact.text for fact in banned.points)


def test_proof_rows_with_cells_left_out() -> None:
    text = "名称：篮\n证明：\n- 有机认证｜YJ-2026-1｜某认证中心｜2026-01-02\n- 专利证书"
    first, second = read_goods(read_block("", text), TODAY).proofs
    assert (first.name, first.number, first.issuer, first.text) == ("有机认证", "YJ-2026-1", "某认证中心", "")
    assert second.name == "专利证书"


@pytest.mark.parametrize(
    ("threshold", "amount", "text"),
    [("100 元", "15 元", "满 100 元减 15 元"), ("无", "15 元", "减 15 元"), ("", "9.9 元", "减 9.9 元")],
)
def test_coupons(threshold: str, amount: str, text: str) -> None:
    block = f"编号：c\n名称：券\n门槛：{threshold}\n减：{amount}\n有效期：2026-11-01 至 2026-11-30"
    offer = read_coupon(read_block("", block), TODAY)
    assert offer is not None
    assert offer.text == text


def test_coupons_without_amount_or_end_are_no_offers() -> None:
    assert read_coupon(read_block("", "编号：c\n名称：券\n有效期：2026-11-01 至 2026-11-30"), TODAY) is None
    assert read_coupon(read_block("", "编号：c\n名称：券\n减：5 元"), TODAY) is None


def test_ban_terms_are_words_not_instructions() -> None:
    assert ban_terms(["不说“美白”、“祛斑”", "抗菌", "不能宣称可以治疗各种各样的皮肤疾病和敏感症状"]) == (
        "抗菌",
        "祛斑",
        "美白",
    )


@pytest.mark.parametrize(
    ("notes", "words"),
    [("别提价格，短一点", ("价格", "元")), ("不要写“礼物”", ("礼物",)), ("口气轻松些", ())],
)
def test_remarks_that_forbid_words(notes: str, words: tuple[str, ...]) -> None:
    assert refused(notes) == words


@pytest.mark.parametrize(
    ("trouble", "fact", "kind", "met"),
    [
        ("图书馆没有热水", "冷水 3 秒化开", "drink", True),
        ("图书馆没有热水", "热水焖 5 分钟", "food", False),
        ("十分钟内吃上热的", "20 克一袋，撕开就吃", "food", False),
        ("十分钟内吃上热的", "热水焖 5 分钟", "food", True),
        ("早饭总是来不及吃", "35 克一袋，撕开就吃", "food", True),
        ("口罩一戴脸就发痒", "没有香精，晒干闻不到味", "home", False),
        ("衣服在屋里晾出怪味", "没有香精和色素", "skin", False),
        ("室友睡了不敢开大灯", "光只照书，不晃旁边人", "home", True),
        ("室友睡了不敢开大灯", "没有荧光增白剂", "home", False),
    ],
)
def test_remedies_are_directed(trouble: str, fact: str, kind: str, met: bool) -> None:
    assert (helps(trouble, fact, kind) > 0) is met


def test_lines_that_concern_the_product_lead() -> None:
    goods = read_goods(read_block("", KETTLE), TODAY)
    traveller, student = (read_reader(read_block("", text)) for text in (TRAVELLER, STUDENT))
    assert hooks(traveller, goods, "pain")[0].text == "出差箱子塞得满满的"
    assert hooks(student, goods, "pain")[0].text == "热水房十点就关门"


def test_kinship_wants_telling_words() -> None:
    assert kinship("这个是不是可以的", "那个也是不可以的") == 0
    assert kinship("图书馆没有热水", "图书馆靠窗的座位") > kinship("图书馆没有热水", "阳台上的衣服")


@given(st.integers(1, 40), st.integers(0, 10**9), st.integers(1, 1000))
def test_evenly_spaced_turns_pick_different_texts(size: int, start: int, step: int) -> None:
    pool = [Candidate(str(i), "场景", "", 0.0, str(i)) for i in range(size)]
    picked = [pick(pool, start + step * i).text for i in range(10)]
    if size >= 29 and step % 29:
        assert len(set(picked)) == 10
    assert set(picked) <= {str(i) for i in range(size)}


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.j2")), ids=lambda p: p.relative_to(TEMPLATES).as_posix())
def test_templates_declare_what_they_use(path: Path) -> None:
    head, _, body = path.read_text(encoding="utf-8").removeprefix("---\n").partition("\n---\n")
    matter = yaml.safe_load(head)
    used = meta.find_undeclared_variables(Environment().parse(body))
    assert set(matter["variables"]) == used
    assert matter["id"] == "offline/" + path.relative_to(TEMPLATES).with_suffix("").as_posix()
    assert body.lstrip().startswith("## ")
