"""CSV, TSV and XLSX as shops really export them."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from knowledge_base.ingest.build import Wanted
from knowledge_base.records import Coupon, Persona, Policy, Product, Promotion, Spec
from tests.knowledge_base.ingest_helpers import only_product, read, workbook, write

HEADER = "商品编号,商品名称,售价,卖点\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, "导出.csv", HEADER + "p1,冻干黑咖啡,￥69.00,冷水 3 秒化开；0 蔗糖\n", encoding)
    assert only_product(path) == Product(
        id="p1", name="冻干黑咖啡", price=Decimal(69), selling_points=("冷水 3 秒化开", "0 蔗糖")
    )


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"], ids=["comma", "tab", "semicolon", "bar"])
def test_delimiters_are_found_by_the_columns_they_make(tmp_path: Path, separator: str) -> None:
    rows = [("商品编号", "商品名称", "备注"), ("p1", "咖啡", "甲，乙")]
    path = write(tmp_path, "导出.csv", "".join(separator.join(row) + "\r\n" for row in rows))
    assert only_product(path) == Product(id="p1", name="咖啡", note="甲，乙")


def test_a_title_above_the_header_and_blank_lines_are_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", "商品导出 2026-11-22,,,\n,,,\n" + HEADER + "\np1,咖啡,69,\n" + HEADER)
    records, problems, _ = read(path)
    assert [(one.id, one.source.row) for one in records] == [("p1", 5)]
    assert not problems


BAD_ROWS = [
    ("price", "p2,茶,面议,\n", "列「售价」「面议」不是金额"),
    ("range", "p2,茶,29-39,\n", "价格区间"),
    ("scientific", "6.90E+12,茶,29,\n", "科学计数法"),
    ("extra-cell", "p2,茶,29,甲,乙\n", "表头只有 4 列"),
    ("no-name", "p2,,29,甲\n", "名称(name)"),
    ("after-quote", 'p2,"茶"包,29,\n', "引号"),
    ("duplicate-quote", 'p2,"茶,29,\n', "引号没有成对"),
]


@pytest.mark.parametrize(("row", "told"), [one[1:] for one in BAD_ROWS], ids=[one[0] for one in BAD_ROWS])
def test_bad_rows_are_told_by_line_and_the_good_ones_go_in(tmp_path: Path, row: str, told: str) -> None:
    path = write(tmp_path, "x.csv", HEADER + 'p1,"咖\n啡",69,\n' + row)
    records, problems, _ = read(path)
    assert [one.id for one in records] == ["p1"]
    (problem,) = problems
    assert (problem.file, problem.row) == ("x.csv", 4)
    assert told in problem.reason
    assert str(problem).startswith("x.csv:4: ")


def test_reading_goes_on_after_a_malformed_row(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", HEADER + 'p1,"茶"包,29,\np2,咖啡,69,\n')
    records, problems, _ = read(path)
    assert [one.id for one in records] == ["p2"]
    assert [one.row for one in problems] == [2]


def test_several_columns_make_lists_specs_promotions_and_links(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "x.csv",
        "标题,到手价,一口价,卖点1,卖点2,净含量(克),产地,规格,备案号,活动,活动开始时间,活动结束时间,活动价,商品链接,库存\n"
        "面霜,59,69,没有香精,没有酒精,50,上海,香型：无；质地：霜,沪G妆网备字2026000001,"
        "双十一,2026/11/1,2026/11/11,59,https://example.com/1,9\n",
    )
    record = only_product(path)
    assert record.price == 69
    assert record.selling_points == ("没有香精", "没有酒精")
    assert record.specs == (Spec("净含量", "50克"), Spec("产地", "上海"), Spec("香型", "无"), Spec("质地", "霜"))
    assert [(one.name, one.number) for one in record.evidence] == [("备案号", "沪G妆网备字2026000001")]
    offer = Promotion("双十一", "双十一", date(2026, 11, 1), date(2026, 11, 11), Decimal(59))
    assert record.promotions == (offer,)
    assert record.link.url == "https://example.com/1"
    _, _, (note,) = read(path)
    assert note.used["卖点2"] == "selling_points"
    assert note.ignored == {"到手价": "与「一口价」重复", "库存": ""}


def test_a_product_without_an_id_gets_the_same_one_every_time(tmp_path: Path) -> None:
    one = only_product(write(tmp_path, "a.csv", "商品名称,售价\n咖啡,69\n"))
    other = only_product(write(tmp_path, "b.csv", "售价,商品名称,卖点\n59,咖啡,香\n"))
    assert one.id == other.id
    assert one.id.startswith("product-")


def test_xlsx_cells_mean_what_they_show(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    path = workbook(
        tmp_path,
        "x.xlsx",
        {
            "商品": [
                ("货号", "品名", "售价", "更新日期", "含量", "保质期", "备注"),
                ("0012", "咖啡", 69.9, datetime(2026, 11, 1), 0.3, 18, 5.0),  # noqa: DTZ001
                (7, "茶", "39元", "2026年11月1日", "12%", "2 年", None),
            ]
        },
    )
    book = load_workbook(path)
    sheet = book["商品"]
    sheet["A3"].number_format = "00000"
    sheet["E2"].number_format = "0%"
    book.save(path)
    records, problems, _ = read(path)
    assert not problems
    assert records == [
        Product(
            id="0012",
            name="咖啡",
            price=Decimal("69.9"),
            price_date=date(2026, 11, 1),
            specs=(Spec("含量", "30%"), Spec("保质期", "18")),
            note="5",
        ),
        Product(
            id="00007",
            name="茶",
            price=Decimal(39),
            price_date=date(2026, 11, 1),
            specs=(Spec("含量", "12%"), Spec("保质期", "2 年")),
        ),
    ]


def test_xlsx_values_that_excel_lost_are_told(tmp_path: Path) -> None:
    rows = [("货号", "品名", "卖点"), (6901234567890123456, "咖啡", "香"), ("p2", "茶", "#N/A")]
    records, problems, _ = read(workbook(tmp_path, "x.xlsx", {"商品": rows}))
    assert not records
    assert [one.row for one in problems] == [2, 3]
    assert "15 位" in problems[0].reason
    assert "#N/A" in problems[1].reason


def test_xlsx_formulas_without_cached_values_are_told(tmp_path: Path) -> None:
    rows = [("货号", "品名", "售价"), ("p1", "咖啡", "=60+9")]
    records, problems, _ = read(workbook(tmp_path, "x.xlsx", {"商品": rows}))
    assert [one.id for one in records] == ["p1"]
    assert "列「售价」是公式" in problems[0].reason


def test_every_visible_sheet_is_a_table_of_its_own_kind(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    path = workbook(
        tmp_path,
        "全部资料.xlsx",
        {
            "商品": [("名称", "价格"), ("咖啡", 69)],
            "人群画像": [("名称", "痛点"), ("备考研究生", "图书馆没有热水；困")],
            "客服问答": [("问题", "答案", "转人工"), ("能退吗", "七天内能退", "否")],
            "券": [("券名称", "优惠规则", "有效期"), ("双十一券", "满99减20", "2026-11-01至2026-11-11")],
            "词典": [("名称", "价格"), ("不该读", 1)],
        },
    )
    book = load_workbook(path)
    book["词典"].sheet_state = "hidden"
    book.save(path)
    records, problems, notes = read(path)
    assert not problems
    assert [type(one) for one in records] == [Product, Persona, Policy, Coupon]
    coupon = records[3]
    assert isinstance(coupon, Coupon)
    assert (coupon.threshold, coupon.amount, coupon.end) == (Decimal(99), Decimal(20), date(2026, 11, 11))
    assert [note.table for note in notes][:2] == ["全部资料.xlsx「商品」", "全部资料.xlsx「人群画像」"]


def test_a_table_that_could_be_anything_is_told_once(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", "甲,乙\n1,2\n3,4\n")
    records, problems, _ = read(path)
    assert not records
    (problem,) = problems
    assert "看不出是哪一类资料（列：甲、乙）" in problem.reason
    assert "--kind" in problem.hint


def test_map_beats_every_guess_and_can_ignore(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", "代号,叫什么,净重,进价,配方,价格\np1,咖啡,48克,12,豆,69\n")
    wanted = Wanted(
        "product", "yan", {"叫什么": "名称", "代号": "id", "净重": "specs", "配方": "ingredients", "价格": "-"}
    )
    assert only_product(path, wanted) == Product(
        id="p1", name="咖啡", brand="yan", specs=(Spec("净重", "48克"),), ingredients=("豆",)
    )


def _break(path: Path, kind: str) -> None:
    if kind == "ole":
        path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    elif kind == "text":
        path.write_text("商品,价格\n", encoding="utf-8")
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "truncated":
        path.write_bytes(path.read_bytes()[:900])
    elif kind == "not-excel":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("hello.txt", "hello")
    elif kind == "bomb":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/worksheets/sheet1.xml", b"0" * 12_000_000)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("xl/workbook.xml", '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("ole", "密码"),
        ("text", "不是真正的 xlsx"),
        ("empty", "不是真正的 xlsx"),
        ("truncated", "损坏"),
        ("not-excel", "读不出表格"),
        ("bomb", "压缩炸弹"),
        ("entities", "实体"),
    ],
)
def test_workbooks_that_are_none_are_explained(tmp_path: Path, kind: str, told: str) -> None:
    path = workbook(tmp_path, "坏.xlsx", {"商品": [("名称", "价格"), ("咖啡", 69)]})
    _break(path, kind)
    records, problems, _ = read(path)
    assert not records
    (problem,) = problems
    assert told in problem.reason
    assert (problem.file, problem.row) == ("坏.xlsx", None)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x00\x01\x02,a\n", "不是文本文件"),
        ("名称,价格\n咖啡,69\n".encode() + "咖啡".encode() * 40 + b"\xe5\x92,1\n", "第 3 行"),
        (b"name,price\n\xff\xff\xff,1\n", "第 2 行"),
    ],
    ids=["binary", "damaged-utf8", "neither"],
)
def test_text_that_is_none_is_explained(tmp_path: Path, content: bytes, told: str) -> None:
    _, problems, _ = read(write(tmp_path, "x.csv", content))
    assert told in problems[0].reason


def test_a_file_that_another_program_holds_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "x.csv", HEADER)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    _, problems, _ = read(path)
    assert "Excel" in problems[0].reason
    assert "关掉" in problems[0].hint
