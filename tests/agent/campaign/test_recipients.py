"""Recipients: read from the files people really have, kept out of everything that is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agent.brief import Brief
from agent.campaign.plan_file import CampaignPlan, load_plan
from agent.campaign.recipients import BadRecipient, Recipient, read_recipients
from agent.campaign.slots import dressed, empty_slots, fill
from agent.checks.slots import check_slots, offered, slot_line
from agent.context import Context
from agent.copies import MomentsCopy
from knowledge_base.errors import BadInputError
from knowledge_base.workspace import Workspace
from tests.agent.campaign.setup import PLAN, rows
from tests.conftest import Ran

Wenan = Callable[..., Ran]
HEAD = ["会员号", "客户称呼", "手机", "人群", "券码", "门店", "常买"]
PEOPLE = [
    ["0001", "小雨", "13800138000", "u-kaoyan", "A83920", "西湖店", "咖啡"],
    ["0002", "阿强", "13900139000", "备考研究生", "00012345", "滨江店", "燕麦 13812345678 阿强"],
    ["0003", "林姐", "13700137000", "u-mama", "B1", "西湖店", "棉柔巾"],
]
SAID: dict[str, Any] = {
    "file": "收件人.csv",
    "columns": {"昵称": "客户称呼", "手机号": "手机", "外部联系人ID": "会员号"},
    "id": "会员号",
    "segment": "人群",
    "greeting": "{昵称}，",
    "closing": "券码 {券码}，到{门店}用。",
}


def write_people(folder: Path, people: list[list[str]] = PEOPLE, name: str = "收件人.csv", code: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes("".join(",".join(row) + "\r\n" for row in [HEAD, *people]).encode(code))
    return path


def mailing(folder: Path, **changes: Any) -> Path:
    path = folder / "mail.yaml"
    values = PLAN | {"name": "私信", "channels": ["post"], "products": ["p-oat"], "recipients": SAID} | changes
    values["recipients"] = SAID | changes.get("recipients", {})
    values = {key: value for key, value in values.items() if key != "personas"}
    path.write_text(yaml.safe_dump(values, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def _plan(**said: Any) -> CampaignPlan:
    values = {"name": "x", "channels": ["post"], "products": "all", "recipients": SAID | said}
    return CampaignPlan.model_validate(values | ({"one_to_one": True} if "attributes" in said else {}))


def _read(folder: Path, **said: Any) -> list[Recipient | BadRecipient]:
    return list(read_recipients(_plan(**said), Workspace(folder), lambda kind, name: name))


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_of_chinese_spreadsheets(tmp_path: Path, code: str) -> None:
    write_people(tmp_path, code=code)
    found = _read(tmp_path)
    assert [one.values["昵称"] for one in found if isinstance(one, Recipient)] == ["小雨", "阿强", "林姐"]
    assert [one.values["券码"] for one in found if isinstance(one, Recipient)][1] == "00012345"


def test_a_workbook_and_json_lines_say_the_same(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in [HEAD, *PEOPLE]:
        book.active.append(row)
    book.save(tmp_path / "收件人.xlsx")
    lines = [json.dumps(dict(zip(HEAD, row, strict=True)), ensure_ascii=False) for row in PEOPLE]
    (tmp_path / "收件人.jsonl").write_text("\n".join(lines), encoding="utf-8")
    write_people(tmp_path)
    keys = []
    for file in ("收件人.csv", "收件人.xlsx", "收件人.jsonl"):
        found = [one for one in _read(tmp_path, file=file) if isinstance(one, Recipient)]
        keys.append([one.key for one in found])
        assert [one.values["券码"] for one in found] == ["A83920", "00012345", "B1"]
    assert keys[0] == keys[1] == keys[2]


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        (["0009", "", "1", "u-mama", "B", "店", ""], "客户称呼", "{昵称} 没有内容可填"),
        (["", "甲", "1", "u-mama", "B", "店", ""], "会员号", "分不清是谁"),
        (["0009", "甲", "1", "", "B", "店", ""], "人群", "不知道该发哪一种"),
        (["0001", "甲", "1", "u-mama", "B", "店", ""], "会员号", "和第 2 行是同一个人"),
        (["0009", "甲" * 101, "1", "u-mama", "B", "店", ""], "客户称呼", "多半是错了列"),
    ],
    ids=["empty slot", "no id", "no segment", "twice", "shifted"],
)
def test_a_row_that_gets_nothing_is_named(tmp_path: Path, row: list[str], column: str, said: str) -> None:
    write_people(tmp_path, [*PEOPLE, row])
    bad = _read(tmp_path)[-1]
    assert isinstance(bad, BadRecipient)
    assert (bad.row, bad.column) == (5, column)
    assert said in bad.reason


def test_a_missing_column_lists_those_there_are(tmp_path: Path) -> None:
    write_people(tmp_path)
    with pytest.raises(BadInputError) as caught:
        _read(tmp_path, segment="人设")
    assert (caught.value.file, caught.value.field) == ("收件人.csv", "人设")
    assert "客户称呼" in caught.value.hint


def test_an_unknown_segment_names_file_row_and_column(sample_dir: Path, wenan: Wenan) -> None:
    write_people(sample_dir, [*PEOPLE, ["0009", "甲", "1", "外星人", "B", "店", ""]])
    ran = wenan("campaign", "run", str(mailing(sample_dir)))
    assert ran.code == 3
    for word in ("收件人.csv:5", "人群", "外星人"):
        assert word in ran.err
    assert rows(sample_dir, "SELECT count(*) FROM units") == [(0,)]


def test_a_key_means_nothing_elsewhere_and_hides_in_repr(tmp_path: Path) -> None:
    one, two = tmp_path / "a", tmp_path / "b"
    keys = []
    for folder in (one, two):
        folder.mkdir()
        write_people(folder)
        found = _read(folder)
        assert "小雨" not in repr(found)
        assert "13800138000" not in repr(found)
        keys.append([one.key for one in found if isinstance(one, Recipient)])
    assert not set(keys[0]) & set(keys[1])


def test_order_of_rows_changes_no_key(tmp_path: Path) -> None:
    write_people(tmp_path)
    before = {one.key for one in _read(tmp_path) if isinstance(one, Recipient)}
    write_people(tmp_path, PEOPLE[::-1])
    assert {one.key for one in _read(tmp_path) if isinstance(one, Recipient)} == before


def test_attributes_reach_the_writer_without_the_person(tmp_path: Path) -> None:
    write_people(tmp_path)
    found = _read(tmp_path, attributes=["常买"])
    assert isinstance(found[1], Recipient)
    assert found[1].attributes == (("常买", "燕麦 〔手机号1〕 〔昵称〕"),)


def test_a_slot_is_no_attribute(tmp_path: Path) -> None:
    path = mailing(tmp_path, one_to_one=True, recipients={"attributes": ["客户称呼"]})
    with pytest.raises(BadInputError, match="会认出人"):
        load_plan(path)


def test_segments_share_copy(sample_dir: Path, wenan: Wenan) -> None:
    write_people(sample_dir)
    ran = wenan("campaign", "run", str(mailing(sample_dir)))
    assert ran.code == 0, ran.err
    assert "收件人 3 位：备考研究生 2，新手妈妈 1" in ran.err
    found = rows(sample_dir, "SELECT persona, count(*) FROM units GROUP BY persona ORDER BY persona")
    assert found == [("u-kaoyan", 2), ("u-mama", 2)]


def test_no_recipient_reaches_what_is_kept(sample_dir: Path, wenan: Wenan) -> None:
    write_people(sample_dir)
    plan = mailing(sample_dir, one_to_one=True, recipients={"attributes": ["常买"]})
    ran = wenan("campaign", "run", str(plan))
    assert ran.code == 0, ran.err
    assert rows(sample_dir, "SELECT count(*) FROM units") == [(6,)]
    assert "燕麦 〔手机号1〕 〔昵称〕" in rows(sample_dir, "SELECT group_concat(values_json) FROM units")[0][0]
    for path in (sample_dir / ".wenan").glob("journal.db*"):
        held = path.read_bytes()
        for word in ("小雨", "阿强", "13800138000", "13812345678", "A83920", "滨江店"):
            assert word.encode() not in held, word
    first = rows(sample_dir, "SELECT key FROM units ORDER BY key")
    assert "新增 0，不变 6" in wenan("campaign", "run", str(plan)).err
    assert rows(sample_dir, "SELECT key FROM units ORDER BY key") == first


def test_the_writer_is_told_which_slots_there_are(sample_dir: Path, wenan: Wenan) -> None:
    write_people(sample_dir)
    plan = mailing(sample_dir, recipients={"closing": "", "required": ["券码"]})
    ran = wenan("campaign", "plan", str(plan), "--samples")
    assert "占位：{券码}。" in ran.out
    assert "必须用到：{券码}" in ran.out
    assert "{手机号}" not in ran.out
    ran = wenan("campaign", "run", str(plan))
    # The offline writer fills no slots, so that everything waits for a person, with the reason.
    assert "待人看 4" in ran.err
    assert rows(sample_dir, "SELECT DISTINCT reason FROM units") == [("slots.missing",)]


@pytest.mark.parametrize(
    ("text", "notes", "rules"),
    [
        ("{昵称}，早。", slot_line(["昵称"]), []),
        ("｛ 昵称 ｝，早。", slot_line(["昵称"]), []),
        ("{称呼}，早。", slot_line(["昵称"]), ["slots.unknown"]),
        ("{昵称}，早。", "", ["slots.unknown"]),
        ("早。", slot_line(["昵称", "券码"], ["券码"]), ["slots.missing"]),
        ("早。", "别用占位：{昵称}", []),
    ],
    ids=["offered", "full width", "unknown", "none offered", "missing", "no offer"],
)
def test_slots_are_checked(text: str, notes: str, rules: list[str]) -> None:
    brief = Brief(channel="moments", form="post", today=date(2026, 11, 22), notes=notes)
    found = check_slots(MomentsCopy(text=text), brief, Context())
    assert [one.rule_id for one in found] == rules
    assert all(text[one.start : one.end] == one.text for one in found)


def test_an_offer_is_read_back() -> None:
    assert offered("随便\n" + slot_line(["昵称", "券码"], ["券码"])) == (("昵称", "券码"), ("券码",))
    assert slot_line([]) == ""


@given(st.dictionaries(st.sampled_from(["昵称", "券码", "门店"]), st.text(min_size=1, max_size=20)))
def test_filling_never_fills_what_was_filled_in(values: dict[str, str]) -> None:
    copy = fill(MomentsCopy(text="{昵称}|{券码}|{门店}"), values)
    expected = "|".join(values.get(name, f"{{{name}}}") for name in ("昵称", "券码", "门店"))
    assert copy == MomentsCopy(text=expected)


def test_greeting_and_closing_stand_around_the_copy() -> None:
    said = _plan().recipients
    assert said is not None
    copy = dressed(MomentsCopy(text="早。"), said)
    assert copy == MomentsCopy(text="{昵称}，早。\n券码 {券码}，到{门店}用。")
    assert empty_slots(copy, {"昵称": "小雨", "券码": ""}) == ["券码", "门店"]


def test_a_row_more_leaves_everybody_elses_copy(sample_dir: Path, wenan: Wenan) -> None:
    """Recipients of a segment take turns at the variants; who joins in front of them takes a turn, not theirs."""
    write_people(sample_dir)
    plan = mailing(sample_dir, one_to_one=True)
    assert wenan("campaign", "run", str(plan)).code == 0
    texts = "SELECT d.copy FROM units u JOIN drafts d ON d.id = u.draft_id WHERE u.persona = 'u-kaoyan'"
    assert len({copy for (copy,) in rows(sample_dir, texts)}) == len(rows(sample_dir, texts)) == 4
    before = set(rows(sample_dir, "SELECT key, draft_id FROM units"))
    write_people(sample_dir, [["0000", "新人", "13600136000", "u-kaoyan", "C1", "滨江店", "茶"], *PEOPLE])
    assert "新增 2，不变 6" in wenan("campaign", "run", str(plan)).err
    assert before < set(rows(sample_dir, "SELECT key, draft_id FROM units"))
