"""Files as other shops, tills and public data sets have them: the same people and actions come out."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from knowledge_base.audience.importing import times
from knowledge_base.audience.importing.importer import import_file, import_files
from knowledge_base.audience.importing.options import ImportOptions
from knowledge_base.audience.importing.report import ImportReport
from knowledge_base.audience.store import AudienceStore
from knowledge_base.errors import BadInputError, UsageError

ASSUMED = ImportOptions(assume="测试")


def read(store: AudienceStore, path: Path, text: str, **options: object) -> ImportReport:
    path.write_text(text, encoding="utf-8")
    return import_file(store, path, ImportOptions(assume="测试", **options))  # type: ignore[arg-type]


EVENTS = {
    "till.csv": "event_time,event_type,product_id,category_id,price,user_id,user_session\n"
    "2019-10-01 00:00:04 UTC,view,1,2,3.5,520088904,a\n2019-10-01 00:00:09 UTC,purchase,1,2,3.5,520088904,a\n",
    "rocket.csv": "timestamp,visitorid,event,itemid,transactionid\n1569888004000,520088904,view,1,\n"
    "1569888009000,520088904,transaction,1,5\n",
    "spaces.txt": "user_id  item_id action  timestamp\r\n 520088904  1 pv 1569888004\r\n"
    " 520088904  1 buy  1569888009\r\n",
    "colons.dat": "user_id::item_id::action::timestamp\n520088904::1::pv::1569888004\n520088904::1::buy::1569888009\n",
    "list.json": json.dumps(
        [{"user_id": "520088904", "item": 1, "action": one, "ts": f"2019-10-01T00:00:0{at}Z"} for one, at in
         (("view", 4), ("buy", 9))]
    ),
    "decimal.csv": "user_id;item;action;time\n520088904.0;1;view;10/1/2019 8:00\n520088904.0;1;buy;10/1/2019 8:30\n"
    "520088904.0;2;未读;10/31/2019 8:30\n",
}  # fmt: skip


@pytest.mark.parametrize("name", EVENTS)
def test_one_person_looks_and_buys(store: AudienceStore, tmp_path: Path, name: str) -> None:
    report = read(store, tmp_path / name, EVENTS[name])
    rows = store.events().filter(pl.col("action") != "未读").sort("time").collect()
    assert rows["action"].to_list() == ["阅读", "购买"]
    assert rows["user"].unique().to_list() == [store.pseudonyms.of_id("520088904")]
    assert str(rows["time"][0]).startswith("2019-10-01 00:00")
    assert not report.dropped


def test_a_till_with_returns(store: AudienceStore, tmp_path: Path) -> None:
    text = (
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        '536365,85123A,"HOLDER, WHITE",6,12/1/2010 8:26,2.55,17850.0,UK\n'
        "C536379,D,Discount,-1,12/1/2010 9:41,27.5,14527.0,UK\n536366,22632,WARMER,2,12/13/2010 8:28,1.85,17850.0,UK\n"
        "536370,22632,WARMER,2,12/13/2010 8:28,1.85,,UK\n"
    )
    report = read(store, tmp_path / "Online Retail.csv", text)
    rows = store.orders().sort("time").collect()
    assert rows.select("order", "item", "quantity", "amount").rows() == [
        ("536365", "85123A", 6, pytest.approx(15.3)),
        ("536366", "22632", 2, pytest.approx(3.7)),
    ]
    assert rows["user"].unique().to_list() == [store.pseudonyms.of_id("17850")]
    assert report.dropped == {"returned": 1, "no_user": 1}


def test_two_purchases_of_a_day_without_numbers_both_count(store: AudienceStore, tmp_path: Path) -> None:
    text = "customer_id date dollar_value\n1 19970101 11.77\n1 19970101 11.77\n2 19970102 5.00\n"
    path = tmp_path / "log.txt"
    assert read(store, path, text).kept == 3
    assert store.orders().select(pl.col("time").dt.year().max()).collect().item() == 1997
    assert read(store, tmp_path / "again.txt", text + "3 19970103 1.00\n").kept == 1


def test_ratings_are_all_one_action(store: AudienceStore, tmp_path: Path) -> None:
    text = "".join(
        f"{user}\t{item}\t{1 + (user + item) % 5}\t{881250949 + item}\n" for user in (1, 2, 3) for item in range(9)
    )
    path = tmp_path / "u.data"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError) as caught:
        list(import_files(store, [path], ASSUMED))
    assert "--header user,item,rating,time" in str(caught.value.hint)
    wish = ImportOptions(assume="测试", header=("user", "item", "rating", "time"), every="点赞")
    assert [report.kept for report in import_files(store, [path], wish)] == [27]
    assert store.events().select(pl.col("action").unique()).collect().item() == "点赞"


@pytest.mark.parametrize(
    ("name", "header", "says"),
    [
        ("online.csv", "Administrative,BounceRates,Month,Region,Revenue", "--table online.csv --outcome Revenue"),
        ("waimai.csv", "label,review", "train sentiment waimai.csv"),
        ("asked.csv", "text,intent", "train intent asked.csv"),
        ("ratings.csv", "userId,movieId,rating,timestamp", "--every"),
        ("a.zip", "PK", "解压"),
        ("a.xls", "x", "xlsx"),
    ],
)
def test_what_is_no_export_says_what_to_do(
    store: AudienceStore, tmp_path: Path, name: str, header: str, says: str
) -> None:
    path = tmp_path / name
    path.write_text(f"{header}\n{','.join('x' for _ in header.split(','))}\n", encoding="utf-8")
    with pytest.raises((BadInputError, UsageError)) as caught:
        list(import_files(store, [path], ImportOptions(assume="测试", kind="events" if "ratings" in name else None)))
    assert says in str(caught.value.hint)


def test_events_named_after_users_are_events(store: AudienceStore, tmp_path: Path) -> None:
    text = "user_id,item_id,behavior_type,time\n1,2,pv,2014-12-06 02\n1,2,pv,2014-12-06 02\n1,2,buy,2014-12-06 23\n"
    report = read(store, tmp_path / "tianchi_user.csv", text)
    assert report.kind == "events"
    # Known to the hour only, two looks may well be two.
    assert report.kept == 3


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2019-10-01 00:00:00 UTC", "2019-10-01 00:00:00"),
        ("12/25/10 8:26", "2010-12-25 00:26:00"),
        ("12/25/2010 8:26", "2010-12-25 00:26:00"),
        ("25-12-2010", "2010-12-24 16:00:00"),
        ("25-Dec-2010", "2010-12-24 16:00:00"),
        ("2014-12-06 02", "2014-12-05 18:00:00"),
        ("09 13, 2009", "2009-09-12 16:00:00"),
    ],
)
def test_times_of_other_countries(text: str, utc: str) -> None:
    forms = times.formats(pl.Series([text]))
    found = pl.DataFrame({"t": [text]}).select(times.parsed(pl.col("t"), forms, "Asia/Shanghai"))
    assert str(found.item()) == utc
