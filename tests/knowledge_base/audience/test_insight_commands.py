"""`wenan audience messages | topics | forecast | timing | recommend | mine-faq | train sentiment|intent`, as typed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from knowledge_base.audience.messages.labels import examples
from knowledge_base.audience.store import AudienceStore
from knowledge_base.workspace import Workspace
from tests.conftest import Ran

Wenan = Callable[..., Ran]
START = datetime(2026, 9, 7, 2)  # noqa: DTZ001 - the store's UTC
LEAK = ("盖子漏水，包里全湿了，太差", "又漏水，质量真差", "刚买就漏水，差评")
FINE = ("味道很好，喜欢", "包装不错，满意", "很好用，会再买")


def user(number: int) -> str:
    return f"{number:016x}"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ten weeks: one product's lids leak in the last week; two tastes; an order a day and more at weekends."""
    monkeypatch.setenv("WENAN_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    draw = random.Random(3)
    said, seen, orders = [], [], []
    for week in range(10):
        for n in range(30):
            bad = week == 9 and n < 25
            at = START + timedelta(weeks=week, minutes=n)
            said.append((user(n), at, draw.choice(LEAK if bad else FINE), "p-cup", "customer"))
            said.append((user(n + 40), at, draw.choice(FINE), "p-tea", "customer"))
    said += [(user(n), START, "小众商品还行", "p-rare", "customer") for n in range(5)]
    said += [(user(1), START, "亲，已经为您处理", "p-cup", "staff")]
    for n in range(80):
        taste = ("p-cup", "p-lid", "p-bag") if n % 2 else ("p-tea", "p-pot", "p-jar")
        for step in range(6):
            item = draw.choice(taste)
            sent = START + timedelta(days=step * 11)
            seen.append((user(n), sent, "阅读" if n % 5 else "未读", item, "私聊"))
            seen.append((user(n), sent + timedelta(hours=4), "未读" if n % 5 else "阅读", item, "短信"))
    for day in range(70):
        count = 6 if day % 7 > 4 else 3
        orders += [
            (user(n), f"o{day}-{n}", START + timedelta(days=day, hours=n), "p-tea", 1, 9.9) for n in range(count)
        ]
    with AudienceStore.open(Workspace(tmp_path)) as store:
        store.put_messages(frame(said, "user time text item role"))
        store.put_events(frame(seen, "user time action item channel"))
        store.put_orders(frame(orders, "user order time item quantity amount"))
    return tmp_path


def frame(rows: list[Any], columns: str) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=columns.split(), orient="row")


def kept(name: str) -> dict[str, Any] | None:
    with AudienceStore.open(Workspace.find()) as store:
        return store.report(name)


def body(ran: Ran) -> Any:
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def test_messages(shop: Path, wenan: Wenan) -> None:
    found = body(wenan("audience", "messages", "--json"))
    assert found == kept("messages")
    assert found["messages"] == 605
    assert sum(found["sentiment"].values()) == sum(found["intent"].values()) == 605
    assert [one["item"] for one in found["items"]] == ["p-cup", "p-tea"]
    assert found["suppressed"] == {"weeks": 0, "items": 1}
    last = found["weeks"][-1]
    assert last["sentiment"]["negative"] >= 20
    assert found["weeks"][0]["sentiment"].get("negative", 0) < 5
    text = wenan("audience", "messages").out
    assert "客户消息 605 条" in text
    assert "不到 20 人的没有列：1 个商品" in text


def test_single_sentences(shop: Path, wenan: Wenan) -> None:
    found = body(wenan("audience", "messages", "--json", "漏水，太差了", "孕妇能喝吗"))
    assert found[0]["sentiment"] == "negative"
    assert found[1]["intent"] == "medical_or_legal_risk"
    assert 0 < found[1]["intent_probability"] <= 1
    assert "不满" in wenan("audience", "messages", "漏水，太差了").out


def test_topics_find_the_rise(shop: Path, wenan: Wenan) -> None:
    found = body(wenan("audience", "topics", "--json"))
    assert found == kept("topics")
    assert {one["item"] for one in found["emerging"]} == {"p-cup"}
    words = {one["word"] for one in found["emerging"]}
    assert {"", "漏水"} <= words
    assert all(one["people"] >= 20 for one in found["emerging"] if one["word"])
    assert "p-rare" not in found["topics"]
    text = wenan("audience", "topics").out
    assert "p-cup「漏水」" in text
    assert "p-cup的抱怨" in text


def test_forecast(shop: Path, wenan: Wenan) -> None:
    found = body(wenan("audience", "forecast", "--days", "5", "--json"))
    assert found == kept("forecast")
    assert found["days"][0] == "2026-11-15"
    assert len(found["forecast"]["values"]) == len(found["days"]) == 5
    assert all(
        low <= v <= high
        for low, v, high in zip(*(found["forecast"][k] for k in ("low", "values", "high")), strict=True)
    )
    text = wenan("audience", "forecast").out
    assert "2026-11-15：" in text
    assert "单" in text
    whole = kept("forecast")
    assert body(wenan("audience", "forecast", "--item", "p-tea", "--json"))["item"] == "p-tea"
    assert kept("forecast") == whole
    ran = wenan("audience", "forecast", "--item", "没有")
    assert (ran.code, "没有「没有」的订单" in ran.err) == (3, True)


def test_too_short_a_history_gives_no_number(shop: Path, wenan: Wenan) -> None:
    with AudienceStore.open(Workspace.find()) as store:
        rows = [(user(1), f"n{day}", START + timedelta(days=day), "p-new", 1, 1.0) for day in range(10)]
        store.put_orders(frame(rows, "user order time item quantity amount"))
    found = body(wenan("audience", "forecast", "--item", "p-new", "--json"))
    assert found["forecast"] is None
    assert "至少要 42 天" in found["reason"]
    assert "不给预测" in wenan("audience", "forecast", "--item", "p-new").out


def test_timing(shop: Path, wenan: Wenan) -> None:
    (found,) = body(wenan("audience", "timing", "--json"))
    assert found["channel"] == "私聊"
    assert found["channel_sure"]
    assert "全部：渠道 私聊" in wenan("audience", "timing").out
    assert kept("timing") is not None


def test_recommend_for_users(shop: Path, wenan: Wenan) -> None:
    found = body(wenan("audience", "recommend", "--user", user(1), "--user", "没见过的人", "-n", "2", "--json"))
    assert set(found["users"]) == {user(1), "没见过的人"}
    assert all(one["reason"] for rows in found["users"].values() for one in rows)
    report = kept("recommend")
    assert report is not None
    assert report["chosen"] == found["method"]
    assert user(1) not in json.dumps(report)
    ran = wenan("audience", "recommend", "--user", user(1), "--out-of-stock", "p-cup", "--json")
    assert "p-cup" not in {one["item"] for one in body(ran)["users"][user(1)]}
    assert "方法：" in wenan("audience", "recommend").out


def test_recommend_for_a_persona(sample_dir: Path, wenan: Wenan) -> None:
    found = body(wenan("audience", "recommend", "--persona", "u-kaoyan", "-n", "2", "--json"))
    kinds = [one["kind"] for one in found]
    assert kinds.count("product") == 2
    assert all(one["reason"] for one in found)
    ran = wenan("audience", "recommend", "--persona", "没有这个人")
    assert ran.code == 3
    assert "没有这个人" in ran.err


def test_mine_faq(shop: Path, wenan: Wenan) -> None:
    talk = [("角色", "内容", "用户", "时间")]
    for n in range(4):
        talk += [
            ("客户", "杯子能放洗碗机吗", f"u{n}", f"2026-11-0{n + 1} 10:00"),
            ("客服", "可以的，杯盖请手洗，打电话 13800138000 问我", f"u{n}", f"2026-11-0{n + 1} 10:01")
            if n == 3
            else ("客服", "杯身可以放洗碗机，杯盖请手洗。", f"u{n}", f"2026-11-0{n + 1} 10:01"),
            ("客户", "好的谢谢", f"u{n}", f"2026-11-0{n + 1} 10:02"),
        ]
    Path("记录.csv").write_text("\n".join(",".join(row) for row in talk), encoding="utf-8")
    found = body(wenan("audience", "mine-faq", "记录.csv", "--json"))
    assert found["file"] == "候选问答.yaml"
    (one,) = found["candidates"]
    assert one["answer"] == "杯身可以放洗碗机，杯盖请手洗。"
    assert one["sessions"] == 4
    text = Path("候选问答.yaml").read_text(encoding="utf-8")
    assert "13800138000" not in text
    assert yaml.safe_load(text)[0]["question"] == "杯子能放洗碗机吗"
    again = wenan("audience", "mine-faq", "记录.csv")
    assert (again.code, "不覆盖" in again.err) == (2, True)
    none = wenan("audience", "mine-faq", "记录.csv", "--least", "9", "-o", "空.yaml", "--json")
    assert body(none) == {"file": None, "candidates": []}
    assert not Path("空.yaml").exists()
    assert wenan("audience", "mine-faq").code == 2


def test_train_sentiment_is_used_only_when_it_wins(workspace_dir: Path, wenan: Wenan) -> None:
    shown = examples("sentiment")
    labels = {"positive": "好评", "negative": "不满", "neutral": "中性"}
    rows = [
        (f"{text}{n}号", labels[label])
        for n in range(2)
        for text, label in zip(shown.texts, shown.answers, strict=True)
    ]
    Path("标好.csv").write_text("text,label\n" + "".join(f'"{t}",{label}\n' for t, label in rows), encoding="utf-8")
    card = body(wenan("audience", "train", "sentiment", "标好.csv", "--json"))
    assert card["task"] == "sentiment"
    assert card["rows"] == len(rows)
    assert card["used"] is (card["scores"]["accuracy"] > max(card["scores"]["majority"], card["scores"]["untrained"]))
    with AudienceStore.open(Workspace.find()) as store:
        assert store.cards()["text-sentiment"]["rows"] == len(rows)
    draw = random.Random(1)
    noise = [(f"第{n}句随便说说{draw.random()}", draw.choice(["price", "stock"])) for n in range(60)]
    Path("乱.csv").write_text("text,label\n" + "".join(f"{t},{label}\n" for t, label in noise), encoding="utf-8")
    ran = wenan("audience", "train", "intent", "乱.csv")
    assert ran.code == 0, ran.err
    assert "意图分类器：60 条" in ran.out


@pytest.mark.parametrize("words", [["train-text", "intent", "a.csv"], ["train", "weather", "a.csv"]])
def test_there_is_one_way_to_train(workspace_dir: Path, wenan: Wenan, words: list[str]) -> None:
    assert wenan("audience", *words).code == 2


@pytest.mark.parametrize("verb", ["messages", "topics", "forecast", "timing", "recommend"])
def test_without_data_each_says_what_to_do(workspace_dir: Path, wenan: Wenan, verb: str) -> None:
    ran = wenan("audience", verb)
    assert ran.code == 3
    assert "wenan audience import" in ran.err
