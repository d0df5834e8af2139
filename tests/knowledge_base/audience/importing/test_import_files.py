"""Formats, encodings, column names, times and errors."""

# ruff: noqa: DTZ001 - times are UTC, or by the shop's clock, without a zone
from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.audience.importing import times
from knowledge_base.audience.importing.categories import check_names
from knowledge_base.audience.importing.importer import import_file, import_files
from knowledge_base.audience.importing.options import ImportOptions
from knowledge_base.audience.store import AudienceStore
from knowledge_base.errors import BadInputError, UsageError

ASSUMED = ImportOptions(assume="测试")
ROWS = [("u1", "2026-11-01 08:00:00", "阅读", "p-1"), ("u2", "2026-11-02 09:30:00", "购买", "p-2")]
CHINESE = ("会员编号", "操作时间", "行为类型", "商品编号")


def as_csv(path: Path, header: tuple[str, ...], encoding: str, delimiter: str = ",") -> Path:
    lines = [delimiter.join(header), *(delimiter.join(row) for row in ROWS)]
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


def as_xlsx(path: Path) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(CHINESE)
    for user, time, action, item in ROWS:
        sheet.append([user, datetime.fromisoformat(time), action, item])
    book.save(path)
    return path


def as_jsonl(path: Path) -> Path:
    lines = [json.dumps(dict(zip(("user_id", "timestamp", "event", "sku"), row, strict=True))) for row in ROWS]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def as_parquet(path: Path) -> Path:
    columns = dict(zip(("userid", "ts", "action", "product_id"), zip(*ROWS, strict=True), strict=True))
    frame = pl.DataFrame({name: list(values) for name, values in columns.items()})
    zoned = pl.col("ts").str.to_datetime().dt.replace_time_zone("Asia/Shanghai")
    frame.with_columns(zoned).write_parquet(path)
    return path


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda d: as_csv(d / "行为.csv", CHINESE, "utf-8"), id="utf-8"),
        pytest.param(lambda d: as_csv(d / "行为.csv", CHINESE, "utf-8-sig"), id="bom"),
        pytest.param(lambda d: as_csv(d / "行为.csv", CHINESE, "gbk"), id="gbk"),
        pytest.param(lambda d: as_csv(d / "行为.csv", CHINESE, "utf-16"), id="utf-16"),
        pytest.param(lambda d: as_csv(d / "行为.tsv", CHINESE, "utf-8", "\t"), id="tsv"),
        pytest.param(lambda d: as_csv(d / "e.csv", ("User ID", "Event Time", "ACTION", "item"), "utf-8", ";"), id="en"),
        pytest.param(lambda d: as_xlsx(d / "行为.xlsx"), id="xlsx"),
        pytest.param(lambda d: as_jsonl(d / "events.jsonl"), id="jsonl"),
        pytest.param(lambda d: as_parquet(d / "events.parquet"), id="parquet"),
    ],
)
def test_every_format_gives_the_same_rows(store: AudienceStore, tmp_path: Path, write) -> None:  # type: ignore[no-untyped-def]
    report = import_file(store, write(tmp_path), ASSUMED)
    assert (report.kind, report.kept) == ("events", 2)
    found = store.events().sort("time").select("user", "time", "action", "item").collect()
    assert found.rows() == [
        (store.pseudonyms.of_id("u1"), datetime(2026, 11, 1, 0, 0), "阅读", "p-1"),
        (store.pseudonyms.of_id("u2"), datetime(2026, 11, 2, 1, 30), "购买", "p-2"),
    ]
    assert not list(store.folder.glob("scratch*"))


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.csv", "user,time,action\nu,2026-11-01,阅读\nu,2026-11-01,阅读,多\n", "a.csv:3：这一行有 4 格"),
        ("a.csv", 'user,time,action\nu,"2026-11-01,阅读\nv,2026-11-01,阅读\n', "a.csv:2：从这一行起引号没有成对"),
        ("a.csv", "", "是空文件"),
        ("a.csv", "1,2268318,pv,1511544070\n", "第一行不是列名"),
        ("a.csv", "user,user,time\n1,2,3\n", "重复的列名"),
        ("events.csv", "user,when,what\n1,2,3\n", "缺少 time、action 列"),
        ("a.csv", "颜色,形状\n红,圆\n", "看不出是"),
        ("a.jsonl", '{"user": "u"}\n{"user": \n', "a.jsonl:2：不是合格的 JSON"),
        ("a.jsonl", '{"user": "u"}\n[1]\n', "a.jsonl:2：应当是一个 JSON 对象"),
        ("a.docx", "x", "不认识的格式"),
    ],
    ids=["ragged", "quote", "empty", "headless", "twice", "fields", "strange", "json", "array", "suffix"],
)
def test_bad_files_say_where_and_why(store: AudienceStore, tmp_path: Path, name: str, text: str, says: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError) as caught:
        list(import_files(store, [tmp_path / name], ASSUMED))
    assert says in caught.value.message
    assert not store.imports()
    assert not list(store.folder.glob("scratch*"))


def test_columns_can_be_named_by_hand(store: AudienceStore, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("甲,乙,丙\nu,2026-11-01 10:00,扫码\n", encoding="utf-8")
    wish = ImportOptions(
        assume="测试", kind="events", columns={"甲": "user", "乙": "time", "丙": "action"}, actions={"扫码": "点击"}
    )
    assert import_file(store, path, wish).kept == 1
    with pytest.raises(UsageError, match="没有文件有这一列"):
        list(import_files(store, [path], ImportOptions(assume="测试", kind="events", columns={"丁": "user"})))


def test_a_file_without_header(store: AudienceStore, tmp_path: Path) -> None:
    path = tmp_path / "UserBehavior.csv"
    path.write_text("1,2268318,2520377,pv,1511544070\n1,2268318,2520377,buy,1511544080\n", encoding="utf-8")
    wish = ImportOptions(assume="测试", header=("user", "item", "category", "action", "time"))
    assert import_file(store, path, wish).kept == 2
    assert store.events().collect()["time"].min() == datetime(2017, 11, 24, 17, 21, 10)


def test_days_without_hours_keep_equal_actions_but_not_a_second_export(store: AudienceStore, tmp_path: Path) -> None:
    first, second = tmp_path / "1.csv", tmp_path / "2.csv"
    first.write_text("user,time,action\nu,2026-11-01,阅读\nu,2026-11-01,阅读\n", encoding="utf-8")
    second.write_text(first.read_text(encoding="utf-8") + "u,2026-11-02,阅读\n", encoding="utf-8")
    assert import_file(store, first, ASSUMED).kept == 2
    report = import_file(store, second, ASSUMED)
    assert (report.kept, report.dropped) == (1, {"again": 2})


def test_amounts_and_quantities_as_shops_write_them(store: AudienceStore, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        "订单号,用户ID,下单时间,商品ID,数量,实付金额\n"
        'T1,u,2026/11/1 8:00,p,2件,"¥1,299.50"\nT2,u,2026/11/1 9:00,p,x,-3\n',
        encoding="utf-8",
    )
    report = import_file(store, path, ASSUMED)
    assert report.repaired == {"数量看不懂或为负": 1, "金额看不懂或为负": 1}
    assert store.orders().sort("order").select("quantity", "amount").collect().rows() == [(2, 1299.5), (1, None)]


def test_profiles_are_tidied(store: AudienceStore, tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_text(
        "用户ID,性别,年龄,生日,标签,等级,备注电话,同意营销\n"
        "a,F,31,1995-02-30,会员、新客,金,13800138000,是\nb,先生,199,3月8日,,银,13900139000,同意\nc,女,20,,,铜,,否\n",
        encoding="utf-8",
    )
    report = import_file(store, path)
    assert report.personal == ["备注电话"]
    assert report.dropped == {"refused": 1}
    names = ("gender", "age", "birthday", "tags", "等级")
    assert store.users().sort("等级").select(names).collect().rows() == [
        ("女", 31.0, None, "会员|新客", "金"),
        ("男", None, "03-08", None, "银"),
    ]


@pytest.mark.parametrize(
    ("rows", "agreed"),
    [
        ("用户ID,性别,同意推荐\nu,女,是", 0),
        ("用户ID,性别,同意\nu,女,是", 1),
        ("用户ID,性别,授权用途\nu,女,服务、营销", 1),
        ("用户ID,性别,授权用途\nu,女,服务", 0),
        ("用户ID,性别,同意,用途\nu,女,是,服务", 0),
        ("用户ID,性别,同意,用途\nu,女,是,全部", 1),
        ("用户ID,性别,同意\nu,女,营销", 1),
        ("用户ID,性别,同意\nu,女,也许", 0),
        ("用户ID,性别\nu,女", 0),
    ],
    ids=["other purpose", "plain", "listed", "not listed", "yes to another", "every", "named", "unclear", "silent"],
)
def test_consent_counts_only_for_the_purpose_it_was_given_for(
    store: AudienceStore, tmp_path: Path, rows: str, agreed: int
) -> None:
    (tmp_path / "users.csv").write_text(rows + "\n", encoding="utf-8")
    assert import_file(store, tmp_path / "users.csv").kept == agreed


def test_a_no_beats_an_assumption_and_removes_what_was_there(store: AudienceStore, tmp_path: Path) -> None:
    events, users = tmp_path / "events.csv", tmp_path / "users.csv"
    events.write_text("user,time,action\nu,2026-11-01 08:00:00,阅读\nv,2026-11-01 08:00:00,阅读\n", encoding="utf-8")
    users.write_text("用户ID,性别,同意营销\nu,女,否\n", encoding="utf-8")
    assert import_file(store, events, ASSUMED).kept == 2
    assert import_file(store, users, ASSUMED).withdrawn == 1
    assert store.events().collect()["user"].to_list() == [store.pseudonyms.of_id("v")]


def test_purposes_are_kept_apart(store: AudienceStore, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("user,time,action\nu,2026-11-01 08:00:00,阅读\n", encoding="utf-8")
    with AudienceStore.open(store.workspace, "研究") as research:
        import_file(research, path, ImportOptions(assume="测试", purpose="研究"))
        assert research.counts()["events"] == 1
    assert store.counts()["events"] == 0


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-01 08:00:00", (1, 0, 0)),
        ("2026/11/1 8:05", (1, 0, 5)),
        ("2026-11-01T08:00:00+09:00", (31, 23, 0)),
        ("2026-11-01T08:00:00Z", (1, 8, 0)),
        ("2026年11月1日 08时30分", (1, 0, 30)),
        ("20261101080000", (1, 0, 0)),
        ("1793491200", (1, 0, 0)),
        ("1793491200000", (1, 0, 0)),
        ("2026-11-01", (31, 16, 0)),
    ],
)
def test_times_become_utc(text: str, utc: tuple[int, int, int]) -> None:
    forms = times.formats(pl.Series([text]))
    found = pl.DataFrame({"t": [text]}).select(times.parsed(pl.col("t"), forms, "Asia/Shanghai"))["t"].item()
    assert (found.day, found.hour, found.minute) == utc


@settings(max_examples=30, deadline=None)
@given(st.datetimes(datetime(2001, 1, 1), datetime(2026, 1, 1)).map(lambda one: one.replace(microsecond=0)))
def test_reading_undoes_writing(moment: datetime) -> None:
    for form in ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y%m%d%H%M%S"):
        frame = pl.DataFrame({"t": [moment.strftime(form)]})
        forms = times.formats(frame["t"])
        assert frame.select(times.parsed(pl.col("t"), forms, "UTC"))["t"].item() == moment


def test_a_zone_whose_clocks_change() -> None:
    frame = pl.DataFrame({"t": ["2026-01-15 12:00:00", "2026-07-15 12:00:00"]})
    read = frame.select(times.parsed(pl.col("t"), times.formats(frame["t"]), "Europe/Berlin"))["t"]
    assert [one.hour for one in read] == [11, 10]


@pytest.mark.parametrize(
    ("counts", "fixed", "doubtful"),
    [
        ({"护肤": 1000, "护夫": 3, "家居": 800}, {"护夫": "护肤"}, {}),
        ({"男装": 1000, "女装": 5}, {}, {"女装": "男装"}),
        ({"护肤 ": 4, "护肤": 6}, {"护肤 ": "护肤"}, {}),
        ({"家用电器": 900, "家用电气": 2}, {"家用电气": "家用电器"}, {}),
        ({"食品": 100, "食品品": 60}, {}, {}),
        ({"1001": 900, "1002": 2}, {}, {}),
    ],
    ids=["sounds alike", "a real word", "spaces", "long", "not rare", "numbers"],
)
def test_typos(counts: dict[str, int], fixed: dict[str, str], doubtful: dict[str, str]) -> None:
    names = check_names(counts)
    assert (dict(names.fixed), dict(names.doubtful)) == (fixed, doubtful)


@given(st.dictionaries(st.text("护肤夫家居 品", min_size=1, max_size=4), st.integers(1, 10_000), max_size=12))
def test_typos_lead_to_more_frequent_names(counts: dict[str, int]) -> None:
    for wrong, right in check_names(counts).fixed.items():
        same = [name for name in counts if name.strip() == wrong.strip()]
        meant = sum(count for name, count in counts.items() if name.strip() == right)
        assert wrong.strip() == right or sum(counts[name] for name in same) < meant
