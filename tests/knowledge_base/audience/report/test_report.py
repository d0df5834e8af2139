"""The page: every section, nothing personal, nothing of few people, nothing that runs or requests."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from knowledge_base.audience.privacy.dp import Budget, noisy_counts
from knowledge_base.audience.report import charts, safe
from knowledge_base.audience.report.funnel import funnel
from knowledge_base.audience.report.gather import COMMANDS, gather
from knowledge_base.audience.report.page import page
from knowledge_base.audience.store import AudienceStore
from knowledge_base.workspace import Workspace
from tests.conftest import Ran
from tests.knowledge_base.audience.shop_store import shop_store

Wenan = Callable[..., Ran]
EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


class Page(HTMLParser):
    """Tags and attributes that a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AudienceStore:
    monkeypatch.setenv("WENAN_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return shop_store(tmp_path, 400).store


def estimate(value: float) -> dict[str, float]:
    return {"value": value, "low": value * 0.9, "high": value * 1.1}


def fill(store: AudienceStore, evil: str = "甲") -> None:
    """Reports as the commands keep them, untrusted names everywhere."""
    store.save_card(
        "propensity",
        {
            "kind": "forest", "name": "随机森林", "split": "time", "rows": 4000, "people": 400, "share": 0.1,
            "days": 14,
            "compared": {"forest": 0.8, "logistic": 0.7, "tree": 0.4}, "use": True, "leaks": [], "kept_leaks": [],
            "scores": {name: estimate(0.8) for name in ("auc", "lift", "ece")},
            "gains": {f"只看「{evil}」": {"value": 0.1, "low": 0.05, "high": 0.15}},
            "curve": [[0.05, 0.04, 300], [0.2, 0.25, 100]], "importance": [[f"category:{evil}", 0.01]],
        },
    )  # fmt: skip
    store.save_report(
        "traits",
        {
            "days": 28, "people": 400, "base": 0.2, "too_small": ["x"],
            "traits": [
                {"trait": f"标签：{evil}", "users": 100, "probability": estimate(0.3), "lift": estimate(1.5),
                 "verdict": "more", "q": 0.01},
                {"trait": "标签：少数人", "users": 19, "probability": estimate(0.3), "lift": estimate(9),
                 "verdict": "more", "q": 0.01},
            ],
        },
    )  # fmt: skip
    weeks = ("2026-11-02", "2026-11-09")
    counts = {"negative": 30, "neutral": 50, "positive": 10, "unknown": 10}
    card = {"scores": {"accuracy": 0.8}, "evaluation": "五折"}
    store.save_report(
        "messages",
        {
            "messages": 100, "people": 90, "k": 20, "sentiment": counts, "intent": {evil: 60, "price": 40},
            "weeks": [{"week": week, "messages": 100, "people": 90, "sentiment": counts} for week in weeks],
            "items": [{"item": evil, "messages": 100, "people": 90, "sentiment": counts, "intent": {}},
                      {"item": "没人买的", "messages": 19, "people": 19, "sentiment": counts, "intent": {}}],
            "suppressed": {"weeks": 0, "items": 0}, "cards": {"sentiment": card, "intent": card},
        },
    )  # fmt: skip
    rise = {
        "week": "2026-11-09",
        "base": 80,
        "before": 2,
        "before_base": 200,
        "weeks_before": 8,
        "ratio": 4.2,
        "p": 0.01,
    }
    store.save_report(
        "topics",
        {
            "topics": {evil: [{"word": evil, "weight": 1.0, "messages": 30, "people": 30},
                              {"word": "王小明", "weight": 1.0, "messages": 19, "people": 19}]},
            "emerging": [rise | {"item": evil, "word": evil, "count": 25, "people": 25},
                         rise | {"item": "p1", "word": "王小明", "count": 9, "people": 9},
                         rise | {"item": "p1", "word": "", "count": 9, "people": 9}],
            "k": 20, "week": "2026-11-09", "messages": 100, "suppressed": {"items": 0, "words": 0},
        },
    )  # fmt: skip
    store.save_report(
        "recommend",
        {"chosen": "综合", "reason": evil, "scores": {"热门": 0.1, "综合": 0.3, evil: 0.2}, "coverages": {"热门": 0.5},
         "users": 60, "cut": 10},
    )  # fmt: skip
    rate = {"segment": "全部", "value": evil, "sent": 500, "opened": 400, "rate": 0.8, "low": 0.75, "high": 0.85}
    few = rate | {"value": "罕见渠道", "sent": 7}
    store.save_report(
        "timing",
        {"timing": [{"segment": "全部", "channel": evil, "hour": 9, "channel_sure": True, "hour_sure": False,
                     "channels": [rate, few], "hours": [], "note": evil}]},
    )  # fmt: skip
    store.save_report(
        "forecast",
        {"item": "", "history": [[f"2026-11-{day:02}", day] for day in range(1, 20)],
         "days": ["2026-11-20", "2026-11-21"],
         "forecast": {"values": [5.0, 6.0], "low": [3.0, 4.0], "high": [7.0, 8.0], "method": evil, "error": 1.0,
                      "naive_error": 2.0, "share": 0.2, "tested": 21}},
    )  # fmt: skip
    store.save_report(
        "lifetime",
        {"customers": 100, "alive": 0.5, "days": 90, "purchases": 40.0, "use": True, "problems": [evil],
         "check": {"t": 50.0, "customers": 90, "actual": 30, "predicted": 31.0, "naive": 40.0, "error": 0.2,
                   "naive_error": 0.3}},
    )  # fmt: skip
    row = {"attribute": "gender", "rate": estimate(0.1), "ratio": estimate(1.0), "reference": True, "verdict": "ok"}
    store.save_report(
        "fairness",
        {"what": evil, "people": 400, "policy": {"bound": 0.8, "block": True}, "blocks": True,
         "rows": [row | {"group": evil, "people": 300},
                  row | {"group": "男", "people": 100, "ratio": estimate(0.5), "reference": False, "verdict": "breach"},
                  row | {"group": "第三类", "people": 19, "verdict": "too_small"}]},
    )  # fmt: skip


def sections(found: dict[str, Any]) -> dict[str, Any]:
    return found["sections"]  # type: ignore[no-any-return]


def test_missing_sections_name_the_command(shop: AudienceStore, wenan: Wenan) -> None:
    shop.close()
    ran = wenan("audience", "report")
    assert ran.code == 0, ran.err
    assert ran.out.strip() == "人群报告.html"
    text = Page(Path("人群报告.html").read_text(encoding="utf-8")).text
    for name, (_, command) in COMMANDS.items():
        if name != "funnel":
            assert command in text
            assert command in ran.err
    assert "每 100 个阅读的人" in text


def test_without_data_it_says_what_to_do(workspace_dir: Path, wenan: Wenan) -> None:
    ran = wenan("audience", "report")
    assert ran.code == 3
    assert "wenan audience import" in ran.err
    assert not Path("人群报告.html").exists()


def test_everything_untrusted_is_escaped(shop: AudienceStore, wenan: Wenan) -> None:
    events = shop.events().collect()
    odd = events.with_columns(category=pl.lit(EVIL), item=pl.lit(EVIL))
    shop.put_events(odd.head(3000))
    shop.close()
    assert wenan("audience", "segments", "-k", "3", "--method", "kmeans").code == 0
    fill(shop, EVIL)
    noisy_counts(Budget(shop), EVIL, {"a": 5}, 0.5)
    text = page(gather(shop), {EVIL: EVIL + "名字"})
    seen = Page(text)
    assert set(seen.tags) <= {
        "html", "head", "meta", "title", "style", "body", "main", "header", "h1", "h2", "h3", "p", "div", "b", "nav",
        "ol", "li", "a", "section", "figure", "figcaption", "span", "small", "i", "svg", "rect", "circle", "text",
        "line", "path", "article", "table", "thead", "tbody", "tr", "th", "td", "dl", "dt", "dd", "code",
    }  # fmt: skip
    assert not [name for name, _ in seen.attributes if name.startswith("on") or name in ("src", "srcset", "xlink:href")]
    assert all(value and value.startswith("#") for name, value in seen.attributes if name == "href")
    assert "url(" not in text
    assert seen.text.count("<script>alert(1)</script>") > 10
    assert any(name == "content" and (value or "").startswith("default-src 'none'") for name, value in seen.attributes)
    # Every section of the page is there, none of them as missing.
    assert not [one for one in sections(gather(shop)).values() if "missing" in one]
    shop.close()


def test_nobody_can_be_found_in_it(shop: AudienceStore, wenan: Wenan) -> None:
    shop.close()
    assert wenan("audience", "segments", "-k", "4", "--method", "kmeans").code == 0
    assert wenan("audience", "report", "--out", "页/报告.html").code == 0
    ran = wenan("audience", "report", "--json")
    body = json.loads(ran.out)
    users = set(shop.events().select("user").unique().collect()["user"])
    shop.close()
    text = Path("页/报告.html").read_text(encoding="utf-8")
    for content in (text, ran.out):
        assert not users & set(re.findall(r"[0-9a-f]{16}", content))
    found = body["sections"]["segments"]
    assert len(found["map"]["dots"]) == found["map"]["shown"] <= 900
    assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y, _ in found["map"]["dots"])
    assert {row["id"] for row in found["segments"]} == {
        f"segment:{n + 1}" for n in {s for _, _, s in found["map"]["dots"]}
    }


def test_few_people_are_left_out_and_counted(shop: AudienceStore) -> None:
    fill(shop)
    found = gather(shop)
    text = Page(page(found)).text
    for hidden in ("少数人", "没人买的", "王小明", "罕见渠道", "第三类"):
        assert hidden not in json.dumps(found, ensure_ascii=False)
        assert hidden not in text
    assert found["privacy"]["suppressed"] == {"traits": 2, "messages": 1, "topics": 2, "fairness": 1, "timing": 1}
    # That a product's complaints rise is told; how few it were is not.
    rises = sections(found)["topics"]["emerging"]
    assert [(one["word"], one["count"]) for one in rises] == [("甲", 25), ("", None)]
    assert "不到 20 人" in text


@pytest.mark.parametrize("k", [2, 20, 300])
def test_small_segments_go_whatever_they_were_made_with(shop: AudienceStore, wenan: Wenan, k: int) -> None:
    shop.close()
    assert wenan("audience", "segments", "-k", "9", "--method", "kmeans", "--min", "2").code == 0
    found = sections(gather(shop, k))["segments"]
    assert all(row["size"] >= k for row in found["segments"])
    for row in found["segments"]:
        assert all(one["people"] >= k for name in ("sequences", "words") for one in row[name])
        assert all(one["here"] * row["size"] >= k for one in row["leanings"])
    if found["map"]:
        shown = {f"segment:{number + 1}" for _, _, number in found["map"]["dots"]}
        assert shown <= {row["id"] for row in found["segments"]}
    assert "<h2>" in page(gather(shop, k))
    shop.close()


def test_the_funnel_counts_people_not_events(tmp_path: Path) -> None:
    rows = [
        *[(f"{n:016x}", "阅读") for n in range(100) for _ in range(3)],
        *[(f"{n:016x}", "点击") for n in range(60)],
        *[(f"{n:016x}", "加购") for n in range(50, 90)],
        *[("f" * 16, "点赞")],
    ]
    with AudienceStore.open(Workspace(tmp_path)) as store:
        store.put_events(
            pl.DataFrame(rows, schema=["user", "action"], orient="row").with_columns(
                time=pl.lit("2026-11-02 10:00").str.to_datetime(), item=pl.lit("p1")
            )
        )
        found = funnel(store, k=5)
        assert found is not None
        assert [(one["step"], one["people"]) for one in found["steps"]] == [("阅读", 100), ("点击", 60), ("加购", 10)]
        assert found["steps"][2]["of_previous"] == pytest.approx(1 / 6)
        assert found["absent"] == ["购买"]
        few = funnel(store, k=20)
        assert few is not None
        assert few["steps"][2] == {"step": "加购", "people": None, "of_previous": None, "of_first": None}


def test_stale_results_say_so(shop: AudienceStore) -> None:
    fill(shop)
    assert "最好重新算一遍" not in page(gather(shop))
    card = shop.cards()["propensity"]
    shop.save_card("propensity", {**card, "stale": "有人要求删除"})
    assert page(gather(shop)).count("最好重新算一遍") == 1


def test_gains_reach_everybody_at_the_end() -> None:
    _, points = charts.gains([[0.1, 0.1, 50], [0.5, 0.6, 50]], "图")
    assert points[0] == (0.0, 0.0)
    assert points[1] == pytest.approx((0.5, 6 / 7))
    assert points[-1] == pytest.approx((1.0, 1.0))


@pytest.mark.parametrize("k", [5, 20])
def test_topics_of_few_are_hidden(k: int) -> None:
    report = {
        "topics": {"a": [{"word": "x", "people": 10}]}, "suppressed": {"items": 0, "words": 1},
        "emerging": [{"word": "x", "people": 10, "count": 10}],
    }  # fmt: skip
    found, gone = safe.topics(report, k)
    assert (bool(found["topics"]), len(found["emerging"]), gone) == ((True, 1, 1) if k == 5 else (False, 0, 3))
