"""Kept drafts against today's records: what went stale, and only that."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import typer

from agent.brief import Brief
from agent.context import Context
from agent.copies import MomentsCopy
from agent.draft import Draft
from agent.ids import new_id
from agent.journal import Journal
from agent.recheck import Reason, recheck
from agent.recheck_commands import Format
from agent.recheck_commands import recheck as command
from knowledge_base import console
from knowledge_base.base import KnowledgeBase
from knowledge_base.records import Product, Record
from knowledge_base.workspace import Workspace
from tests.agent.checks.shelf import COFFEE, COUPON, CREAM, shelf_context

WRITTEN = date(2026, 11, 8)
CONTEXT = shelf_context(COFFEE, coupon=COUPON)


class Shelf:
    """Records by id; what is not there is removed."""

    def __init__(self, *records: Record) -> None:
        self._records = {record.id: record for record in records}

    def get(self, id: str, /) -> Record | None:
        return self._records.get(id)


def draft(text: str, *, coupon: str = "", context: Context = CONTEXT, day: date = WRITTEN, parent: str = "") -> Draft:
    brief = Brief(channel="moments", form="post", today=day, products=(context.products[0].id,), coupon=coupon)
    return Draft(
        id=new_id("d"), created_at=datetime(2026, 11, 8, tzinfo=UTC), brief=brief, context=context,
        copy=MomentsCopy(text=text), findings=(), attempts=(), model="m", offline=False, parent=parent,
    )  # fmt: skip


def shelf(product: Product | None = COFFEE, **coupon: object) -> Shelf:
    brand = CONTEXT.brand
    assert brand is not None
    kept = [] if product is None else [product]
    return Shelf(*kept, brand, replace(COUPON, **coupon))  # type: ignore[arg-type]


def reasons(text: str, records: Shelf, today: date = WRITTEN, coupon: str = "") -> list[Reason]:
    return [reason for stale in recheck([draft(text, coupon=coupon)], records, today) for reason in stale.reasons]


CASES = {
    "nothing changed": ("一盒 69 元，冷水 3 秒化开。", shelf(), WRITTEN, []),
    "price went up": ("一盒 69 元。", shelf(replace(COFFEE, price=Decimal(79))), WRITTEN, [("changed", "69 元")]),
    "price not said": ("冷水 3 秒化开。", shelf(replace(COFFEE, price=Decimal(79))), WRITTEN, []),
    "offer over": ("第二件半价，到 11 月 11 日。", shelf(), date(2026, 11, 12), [("offer", "第二件半价")]),
    "offer still on": ("第二件半价，到 11 月 11 日。", shelf(), date(2026, 11, 11), []),
    "coupon over": ("领券满 99 减 20。", shelf(), date(2026, 12, 1), [("offer", "领券")]),
    "coupon gone": ("领券满 99 减 20。", shelf(stock=0), WRITTEN, [("offer", "领券")]),
    "coupon cut": ("领券满 99 减 20。", shelf(amount=Decimal(10)), WRITTEN, [("changed", "满 99 减 20")]),
    "product removed": ("冷水 3 秒化开。", shelf(None), WRITTEN, [("removed", "")]),
    "ingredient changed": (
        "用的是阿拉比卡咖啡豆。",
        shelf(replace(COFFEE, ingredients=("罗布斯塔咖啡豆",))),
        WRITTEN,
        [("changed", "阿拉比卡")],
    ),
}


@pytest.mark.parametrize(("text", "records", "today", "expected"), CASES.values(), ids=CASES)
def test_what_goes_stale(text: str, records: Shelf, today: date, expected: list[tuple[str, str]]) -> None:
    found = reasons(text, records, today)
    assert [(r.cause, r.text) for r in found] == expected
    assert all(r.message.endswith("。") for r in found)


def test_a_changed_price_is_named_with_the_new_one() -> None:
    (reason,) = reasons("一盒 69 元。", shelf(replace(COFFEE, price=Decimal(79))))
    assert "79 元" in reason.message
    assert reason.record == "p-coffee"


def test_what_was_wrong_from_the_start_is_not_stale() -> None:
    assert reasons("一盒 59.9 元，冷水 5 秒化开。", shelf()) == []


def test_a_draft_for_a_later_day_is_judged_on_that_day() -> None:
    later = draft("会员到手 59 元。", day=date(2026, 12, 2))
    assert list(recheck([later], shelf(), WRITTEN)) == []


def test_removed_records_count_only_where_the_copy_rests_on_them() -> None:
    both = draft("冷水 3 秒化开。", context=shelf_context(COFFEE, CREAM, coupon=COUPON))
    assert list(recheck([both], shelf(), WRITTEN)) == []
    named = draft("冷水 3 秒化开。", coupon="c-10")
    brand = CONTEXT.brand
    assert brand is not None
    assert [s.reasons[0].record for s in recheck([named], Shelf(COFFEE, brand), WRITTEN)] == ["c-10"]


@pytest.fixture
def kept(workspace_dir: Path) -> tuple[Draft, Draft]:
    """Two kept drafts, the first replaced by a later version; the product's price has changed since."""
    console.out.cache_clear()
    console.err.cache_clear()
    first = draft("一盒 69 元。")
    second = replace(draft("到手 69 元，冷水 3 秒化开。", parent=first.id), version=2)
    with closing(Journal.open(Workspace(workspace_dir))) as journal:
        journal.save(first)
        journal.save(second)
    brand = CONTEXT.brand
    assert brand is not None
    with closing(KnowledgeBase.open(Workspace(workspace_dir))) as kb:
        kb.upsert([replace(COFFEE, price=Decimal(79)), brand, COUPON])
    return first, second


def test_the_command_lists_the_latest_versions_that_went_stale(
    kept: tuple[Draft, Draft], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        command(today="2026-11-08", form=Format.text)
    assert ended.value.exit_code == 1
    shown = capsys.readouterr()
    assert kept[1].id in shown.out
    assert kept[0].id not in shown.out
    assert "79 元" in shown.out
    assert "核对 1 篇，1 篇过时" in shown.err


@pytest.mark.usefixtures("kept")
def test_nothing_stale_among_newer_drafts(capsys: pytest.CaptureFixture[str]) -> None:
    command(since="2099-01-01", today="2026-11-08", form=Format.json)
    assert '"stale": []' in capsys.readouterr().out


def test_many_drafts_come_whole_in_the_order_asked(tmp_path: Path) -> None:
    with closing(Journal.open(Workspace(tmp_path))) as journal:
        kept = [draft(f"第 {n} 篇，69 元") for n in range(7)]
        for one in kept:
            journal.save(one)
        ids = [one.id for one in reversed(kept)]
        assert journal.many([*ids[:3], "d-没有", *ids[3:]]) == tuple(journal.get(id) for id in ids)
        assert journal.many([]) == ()


def test_each_record_is_looked_up_once() -> None:
    asked: list[str] = []

    class Counting(Shelf):
        def get(self, id: str, /) -> Record | None:
            asked.append(id)
            return super().get(id)

    brand = CONTEXT.brand
    assert brand is not None
    records = Counting(replace(COFFEE, price=Decimal(79)), brand, COUPON)
    found = list(recheck([draft(f"69 元，第 {n} 次") for n in range(5)], records, WRITTEN))
    assert len(found) == 5
    assert len(asked) == len(set(asked))
