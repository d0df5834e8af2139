"""Prices in recipients' files: what differs by person without a public condition is told and held back."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import closing as closing_of
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.campaign.plan_file import Recipients, load_plan
from agent.campaign.recipients_prices import price_columns, read_cell, unequal_recipients
from agent.campaign.units import resolve_cast
from knowledge_base.base import KnowledgeBase
from knowledge_base.workspace import Workspace
from tests.agent.campaign.setup import PLAN, rows
from tests.conftest import Ran

Wenan = Callable[..., Ran]
HELD = "price_promotion.price_discrimination"


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("专享价", "price"), ("会员价", "price"), ("到手价格", "price"), ("price", "price"),
        ("券面额", "off"), ("立减", "off"), ("优惠金额", "off"), ("红包", "off"), ("coupon_amount", "off"),
        ("折扣", "rate"), ("几折", "rate"),
        ("券码", None), ("优惠码", None), ("客单价", None), ("累计消费金额", None), ("价格敏感度", None),
        ("评价", None), ("昵称", None), ("门店", None), ("原价", None), ("积分余额", None),
    ],
)  # fmt: skip
def test_columns_that_offer_something(heading: str, kind: str | None) -> None:
    said = Recipients(file="人.csv", columns={"甲": heading})
    assert price_columns(said, one_to_one=False).get("甲") == kind


def test_attributes_count_only_where_a_writer_is_told_of_them() -> None:
    said = Recipients(file="人.csv", attributes=("专享价",))
    assert price_columns(said, one_to_one=False) == {}
    assert price_columns(said, one_to_one=True) == {"专享价": "price"}


@pytest.mark.parametrize(
    ("cell", "heading", "found"),
    [
        ("20", "off", ("off", "20", "")),
        ("￥２０", "off", ("off", "20", "")),
        ("20 元", "off", ("off", "20", "")),
        ("1,299", "price", ("price", "1299", "")),
        ("8.5折", "off", ("rate", "8.5", "")),
        ("满199减50", "off", ("off", "50", "满199")),
        ("满 99 元，立减 10 元券", "price", ("off", "10", "满 99")),
        ("首单9.9元", "price", ("price", "9.9", "首单")),
        ("0", "off", ("off", None, "")),
        ("0元", "price", ("price", "0", "")),
        ("无", "off", ("off", None, "")),
        ("", "price", ("price", None, "")),
        ("第2件", "off", ("off", None, "")),
    ],
)
def test_cells(cell: str, heading: Any, found: tuple[str, str | None, str]) -> None:
    kind, amount, terms = read_cell(cell, heading)
    assert (kind, amount, terms) == (found[0], None if found[1] is None else Decimal(found[1]), found[2])


CASES: dict[str, tuple[list[str], list[list[str]], str, dict[str, str]]] = {
    # headings, (persona, cells...), closing, persona -> how it is held: block | warn | nothing
    "another reduction for another segment": (
        ["面额"], [["u-kaoyan", "20"], ["u-mama", "5"]], "用 {面额} 元券。", {"u-mama": "block"},
    ),
    "another price within a segment": (
        ["专享价"], [["u-kaoyan", "39.9"], ["u-kaoyan", "45"]], "专享价 {专享价} 元。", {"u-kaoyan": "block"},
    ),
    "a deeper discount": (["折扣"], [["u-kaoyan", "9折"], ["u-mama", "8折"]], "给你 {折扣}。", {"u-kaoyan": "block"}),
    "by what they spent": (
        ["面额", "券名"], [["u-kaoyan", "20", "高消费能力券"], ["u-mama", "5", "关怀券"]], "{券名} {面额} 元。",
        {"u-mama": "block"},
    ),
    "a condition that nobody can check": (
        ["面额", "券名"], [["u-kaoyan", "20", "缘分券"], ["u-mama", "5", "心意券"]], "{券名} {面额} 元。",
        {"u-mama": "warn"},
    ),
    "a heading is a condition for those who have it": (
        ["新客立减"], [["u-kaoyan", "20"], ["u-mama", "0"]], "新客立减 {新客立减} 元。", {},
    ),
    "but not between those who have it": (
        ["新客立减"], [["u-kaoyan", "20"], ["u-mama", "5"]], "新客立减 {新客立减} 元。", {"u-mama": "block"},
    ),
    "the same condition explains nothing": (
        ["面额", "券名"], [["u-kaoyan", "20", "首单券"], ["u-mama", "5", "首单券"]], "{券名} {面额} 元。",
        {"u-mama": "block"},
    ),
    "the same for all": (["面额"], [["u-kaoyan", "20"], ["u-mama", "20元"]], "用 {面额} 元券。", {}),
    "tiers of a public promotion": (
        ["优惠"], [["u-kaoyan", "满199减50"], ["u-mama", "满99减20"]], "{优惠}。", {},
    ),
    "a coupon for the first order": (
        ["面额", "券名"], [["u-kaoyan", "20", "新客首单券"], ["u-mama", "5", "会员日券"]], "{券名} {面额} 元。", {},
    ),
    "tiers of membership": (
        ["会员价", "等级"], [["u-kaoyan", "39", "金卡会员"], ["u-mama", "42", "银卡会员"]], "{等级}价 {会员价}。", {},
    ),
    "numbers of coupons are no prices": (
        ["券码"], [["u-kaoyan", "1020"], ["u-mama", "8005"]], "券码 {券码}。", {},
    ),
}  # fmt: skip


def mailing(folder: Path, headings: list[str], people: list[list[str]], closing: str) -> Path:
    with (folder / "人.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["会员号", "人群", *headings])
        writer.writerows([f"{i:04}", *row] for i, row in enumerate(people))
    values = PLAN | {"name": "私信", "channels": ["post"], "products": ["p-oat"], "angles": ["scene"]}
    values["recipients"] = {"file": "人.csv", "id": "会员号", "segment": "人群", "closing": closing}
    values.pop("personas")
    path = folder / "mail.yaml"
    path.write_text(yaml.safe_dump(values, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def kb(sample_built: Path) -> Iterator[KnowledgeBase]:
    with closing_of(KnowledgeBase.open(Workspace(sample_built))) as opened:
        yield opened


@pytest.mark.parametrize(("headings", "people", "closing", "held"), CASES.values(), ids=CASES)
def test_who_is_asked_for_more(
    tmp_path: Path,
    kb: KnowledgeBase,
    headings: list[str],
    people: list[list[str]],
    closing: str,
    held: dict[str, str],
) -> None:
    workspace = Workspace(tmp_path)
    plan = load_plan(mailing(tmp_path, headings, people, closing))
    found = unequal_recipients(plan, resolve_cast(plan, kb, workspace), kb, workspace, date(2026, 11, 22))
    assert {persona: finding.severity for (_, persona), finding in found.items()} == held
    assert {product for product, _ in found} <= {"p-oat"}


def test_a_plan_tells_and_its_run_holds_back_those_who_pay_more(sample_dir: Path, wenan: Wenan) -> None:
    headings, people, closing, _ = CASES["another reduction for another segment"]
    plan = str(mailing(sample_dir, headings, people, closing))
    told = next(line for line in wenan("campaign", "plan", plan).out.splitlines() if "不同的人不同价" in line)
    assert "「面额」一列" in told
    assert "对“新手妈妈”" in told
    assert wenan("campaign", "run", plan).code == 0
    found = dict(rows(sample_dir, "SELECT persona, state || ' ' || reason FROM units"))
    assert found["u-mama"] == f"needs_review {HELD}"
    assert HELD not in found["u-kaoyan"]


def test_a_file_that_is_gone_stops_a_resumed_run(sample_dir: Path, wenan: Wenan) -> None:
    """Prices that cannot be looked at are not taken for equal ones."""
    headings, people, closing, _ = CASES["another reduction for another segment"]
    plan = mailing(sample_dir, headings, people, closing)
    assert wenan("campaign", "run", str(plan)).code == 0
    (sample_dir / "人.csv").unlink()
    resumed = wenan("campaign", "resume", "私信")
    assert resumed.code == 3
    assert "没有这个收件人文件" in resumed.err


@pytest.mark.parametrize(
    ("closing", "said", "sent"),
    [
        ("抵 {面额} 元。", "抵 20 元。", 2),
        ("抵 1{面额} 元。", "", 0),
        ("抵 {面额} 元，原来卖 {面额}5 元。", "", 0),
    ],
    ids=["the file proves its own number", "not a number made of it", "nor another one beside it"],
)
def test_an_amount_of_the_file_needs_no_other_evidence(
    sample_dir: Path, wenan: Wenan, closing: str, said: str, sent: int
) -> None:
    plan = mailing(sample_dir, ["面额"], [["u-kaoyan", "20"], ["u-kaoyan", "20"]], closing)
    assert wenan("campaign", "run", str(plan)).code == 0
    ran = wenan("campaign", "export", "私信", "--passed", "--format", "csv", "-o", "出.csv")
    assert ran.code == (0 if sent else 1), ran.err
    with (sample_dir / "出.csv").open(encoding="utf-8-sig", newline="") as file:
        texts = [row["文案"] for row in csv.DictReader(file)]
    assert len(texts) == sent
    assert all(said in text for text in texts)
    if not sent:
        assert "在坚果燕麦脆的资料里找不到" in ran.err
