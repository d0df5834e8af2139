"""What leaves a campaign: only what people approved, filled in, checked again, and safe to open."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import yaml
from docx import Document
from hypothesis import given
from hypothesis import strategies as st

from agent.campaign.export_files import FORMULA, Layout, neutral, write_csv, write_xlsx
from agent.label.read import read_labelled
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.rules.exports import EXPORTS_FILE, parse_exports, sheet, sheet_names
from tests.agent.campaign.setup import rows, write_plan
from tests.agent.campaign.test_recipients import PEOPLE, mailing, write_people
from tests.conftest import Ran

Wenan = Callable[..., Ran]


@pytest.fixture
def mailed(sample_dir: Path, wenan: Wenan) -> Path:
    """A campaign to three recipients, drafted and not reviewed."""
    write_people(sample_dir)
    assert wenan("campaign", "run", str(mailing(sample_dir))).code == 0
    return sample_dir


def approve(wenan: Wenan, where: str = "state=passed") -> None:
    ran = wenan("campaign", "approve", "私信", "--where", where, "--by", "李雷", "--role", "主管", "--yes")
    assert ran.code == 0, ran.err


def read_csv(path: Path) -> list[dict[str, str]]:
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_nothing_leaves_unapproved(mailed: Path, wenan: Wenan) -> None:
    ran = wenan("campaign", "export", "私信", "--format", "csv")
    assert ran.code == 1
    assert "写好 4 篇，符合条件的 0 篇" in ran.err
    assert "wenan campaign review" in ran.err
    assert not list(mailed.glob("私信*.csv"))


def test_each_recipient_gets_their_segments_copy(mailed: Path, wenan: Wenan) -> None:
    approve(wenan, "persona=u-kaoyan")
    ran = wenan("campaign", "export", "私信", "--format", "csv")
    assert ran.code == 1
    found = read_csv(mailed / "私信.csv")
    assert [one["收件人"] for one in found] == ["0001", "0002"]
    for one, name, code in zip(found, ("小雨", "阿强"), ("A83920", "00012345"), strict=True):
        assert one["文案"].startswith(f"{name}，")
        assert f"券码 {code}，" in one["文案"]
        assert one["文案"].endswith("（AI 辅助生成，离线模板）")
        assert json.loads(one["AIGC"])["ProduceID"] == one["稿件编号"]
        assert "{" not in one["文案"]
    left = read_csv(mailed / "私信-没导出.csv")
    assert [one["收件人文件行"] for one in left] == ["4"]
    assert "还没有可以发的文案" in left[0]["原因"]


def test_filled_copy_is_checked_again(sample_dir: Path, wenan: Wenan) -> None:
    people = [
        *PEOPLE,
        ["0004", "国家级阿姨", "1", "u-mama", "B2", "西湖店", ""],
        ["5", "甲", "1", "u-mama", "", "店", ""],
    ]
    write_people(sample_dir, people)
    assert wenan("campaign", "run", str(mailing(sample_dir))).code == 0
    approve(wenan)
    ran = wenan("campaign", "export", "私信", "--format", "csv")
    assert ran.code == 1
    assert [one["收件人"] for one in read_csv(sample_dir / "私信.csv")] == ["0001", "0002", "0003"]
    left = {one["收件人文件行"]: one["原因"] for one in read_csv(sample_dir / "私信-没导出.csv")}
    assert list(left) == ["5", "6"]
    assert "绝对化用语" in left["5"]
    assert "{券码} 没有内容可填" in left["6"]
    assert "国家级阿姨" not in (sample_dir / "私信-没导出.csv").read_text(encoding="utf-8") + ran.err


def test_a_long_name_is_told_by_length(sample_dir: Path, wenan: Wenan) -> None:
    write_people(sample_dir, [["0001", "长" * 90, "1", "u-mama", "B" * 95, "店" * 95, ""]])
    assert wenan("campaign", "run", str(mailing(sample_dir))).code == 0
    ran = wenan("campaign", "export", "私信", "--format", "csv", "--passed", "--for", "企微群发")
    assert ran.code == 0, ran.err
    wenan("campaign", "export", "私信", "--format", "csv", "--passed", "--for", "短信")
    (row,) = read_csv(sample_dir / "私信-短信.csv")
    assert int(row["字数"]) == len(row["短信内容"])
    assert int(row["计费条数"]) == -(-len(row["短信内容"]) // 67)


@pytest.mark.parametrize("form", ["xlsx", "csv", "jsonl"])
def test_one_to_one_copy_goes_to_its_own_recipient(sample_dir: Path, wenan: Wenan, form: str) -> None:
    write_people(sample_dir)
    plan = mailing(sample_dir, one_to_one=True)
    assert wenan("campaign", "run", str(plan)).code == 0
    ran = wenan("campaign", "export", "私信", "--format", form, "--passed")
    assert ran.code == 0, ran.err
    path = sample_dir / f"私信.{form}"
    if form == "jsonl":
        found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        people = [(one["recipient"]["id"], one["draft_id"]) for one in found]
    elif form == "csv":
        people = [(one["收件人"], one["稿件编号"]) for one in read_csv(path)]
    else:
        sheet = openpyxl.load_workbook(path).active
        assert sheet is not None
        people = [(str(row[0]), str(row[5 + 2])) for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert [id for id, _ in people] == ["0001", "0002", "0003"]
    units = dict(rows(sample_dir, "SELECT draft_id, json_extract(values_json, '$.recipient') FROM units"))
    assert len({units[draft] for _, draft in people}) == 3


def test_a_workbook_opens_cleanly(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    cells = [
        "00012",
        "=1+1",
        "+86",
        "-1",
        "@x",
        "\t=1",
        "第一行\n第二行",
        "长" * 3000,
        "\x00\x1b坏\ud800字",
        "12345678901234567",
    ]
    layout = Layout(heads=tuple(f"列{i}" for i in range(len(cells))), long=frozenset({6}), about={"Label": "1"})
    write_xlsx(path, "表/名?", layout, [cells])
    book = openpyxl.load_workbook(path)
    assert book.active is not None
    found = next(iter(book.active.iter_rows(min_row=2)))
    assert [cell.value for cell in found] == [*cells[:8], "坏字", cells[9]]
    assert {cell.data_type for cell in found} == {"s"}
    assert [cell.column for cell in found if cell.quotePrefix] == [2, 3, 4, 5, 6]
    assert found[6].alignment.wrap_text
    assert {cell.number_format for cell in found} == {"@"}
    assert book.active.freeze_panes == "A2"


@given(st.text(max_size=30))
def test_no_csv_cell_is_a_formula(text: str) -> None:
    assert not neutral(text).startswith(FORMULA)
    assert neutral(text).endswith(text)


def test_an_earlier_file_outlives_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("旧的", encoding="utf-8")

    def broken() -> list[list[str]]:
        raise BadInputError("断了")

    with pytest.raises(BadInputError):
        write_csv(path, Layout(heads=("a",)), (row for _ in range(1) for row in broken()))
    assert path.read_text(encoding="utf-8") == "旧的"
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]


def test_documents_carry_labels(mailed: Path, wenan: Wenan) -> None:
    approve(wenan)
    for form in ("md", "html", "docx"):
        ran = wenan("campaign", "export", "私信", "--format", form)
        assert ran.code == 0, ran.err
        found = read_labelled(mailed / f"私信.{form}")
        assert len(found.fields) == 4
        assert {one["Label"] for one in found.fields} == {"1"}
        assert found.sealed in (None, True)
    text = "\n".join(one.text for one in Document(str(mailed / "私信.docx")).paragraphs)
    assert text.count("AI 辅助生成") >= 4
    assert "坚果燕麦脆 · 备考研究生 · 场景" in text


@pytest.mark.parametrize("name", ["腾讯广告", "设计需求单"])
def test_a_sheet_of_drafts(sample_dir: Path, wenan: Wenan, name: str) -> None:
    assert wenan("campaign", "run", str(write_plan(sample_dir, products=["p-oat"], angles=["scene"]))).code == 0
    ran = wenan("campaign", "export", "试写", "--passed", "--for", name, "--format", "csv")
    assert ran.code == 0, ran.err
    found = read_csv(sample_dir / f"试写-{name}.csv")
    passed = rows(sample_dir, "SELECT count(*) FROM units WHERE state = 'passed'")[0][0]
    assert len(found) == passed
    assert tuple(found[0]) == tuple(column.name for column in sheet(name).columns)
    assert all(one["文案"] for one in found)


@pytest.mark.parametrize(
    ("name", "backend", "said"),
    [("试写", "短信", "没有「短信」能发的"), ("试写", "抖音", "没有「抖音」"), ("没有", "短信", "没有找到活动")],
    ids=["form", "sheet", "campaign"],
)
def test_sheets_say_what_they_need(sample_dir: Path, wenan: Wenan, name: str, backend: str, said: str) -> None:
    plan = write_plan(sample_dir, products=["p-oat"], personas=["u-mama"], angles=["scene"])
    assert wenan("campaign", "run", str(plan)).code == 0
    ran = wenan("campaign", "export", name, "--all", "--for", backend)
    assert ran.code in (2, 3)
    assert said in ran.err


def test_a_sheet_names_the_column_it_misses(sample_dir: Path, wenan: Wenan) -> None:
    write_people(sample_dir)
    plan = mailing(sample_dir, recipients={"columns": {"昵称": "客户称呼"}})
    assert wenan("campaign", "run", str(plan)).code == 0
    ran = wenan("campaign", "export", "私信", "--passed", "--for", "短信")
    assert ran.code == 2
    assert "手机号: 列名" in ran.err


def test_a_required_role_holds_tables_up(mailed: Path, wenan: Wenan) -> None:
    (mailed / "wenan.toml").write_text('[review]\nrequire = ["法务"]\n', encoding="utf-8")
    approve(wenan)
    assert "符合条件的 0 篇" in wenan("campaign", "export", "私信", "--format", "csv").err
    assert "要求法务审过" in wenan("campaign", "export", "私信", "--format", "csv", "--all").err
    assert wenan("campaign", "export", "私信", "--format", "html", "--all").code == 0
    wenan("campaign", "approve", "私信", "--where", "state=passed", "--by", "韩", "--role", "法务", "--yes")
    assert wenan("campaign", "export", "私信", "--format", "csv").code == 0


def test_every_limit_has_a_dated_source() -> None:
    for name in sheet_names():
        for column in sheet(name).columns:
            assert column.source.as_of.year >= 2026
            assert column.source.kind in ("official", "general", "house")


def test_a_broken_rule_file_is_named() -> None:
    data = yaml.safe_load(EXPORTS_FILE.read_text(encoding="utf-8"))
    data["sheets"]["短信"]["columns"][0]["source"] = "没有"
    with pytest.raises(BadInputError, match="没有"):
        parse_exports(yaml.safe_dump(data, allow_unicode=True))
    with pytest.raises(UsageError) as caught:
        sheet("短 信")
    assert "短信" in caught.value.hint
