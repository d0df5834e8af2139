"""Limits, menus and the parts of an article."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from agent.brief import Brief
from agent.checks.spec import check_spec
from agent.context import Context, TrackedLink
from agent.copies import ArticleCopy, MomentsCopy, ReplyCopy, Section, Title
from agent.finding import Finding, Severity
from knowledge_base.errors import UsageError
from knowledge_base.records import Link
from tests.agent.checks.shelf import COFFEE, COUPON, TODAY, shelf_context

LINKED = replace(COFFEE, link=Link(url="https://example.com/p"))
CONTEXT = shelf_context(LINKED)


def ad(
    text: str, link_text: str = "了解更多", format_: str = "single-310", context: Context = CONTEXT
) -> list[Finding]:
    brief = Brief(channel="moments", form="ad", today=TODAY, products=("p-coffee",), format=format_)
    return list(check_spec(MomentsCopy(text=text, link_text=link_text), brief, context))


def rules(findings: list[Finding], severity: Severity = "block") -> list[str]:
    return [f.rule_id.rpartition(".")[2] for f in findings if f.severity == severity]


@pytest.mark.parametrize(
    ("format_", "limit"), [("single-310", 40), ("card-16x9", 30), ("showcase", 30), ("card-450", 30)]
)
def test_one_character_over_the_limit_blocks_and_is_pointed_at(format_: str, limit: int) -> None:
    assert rules(ad("字" * limit, format_=format_)) == []
    over = ad("字" * limit + "尾", format_=format_)
    assert rules(over) == ["text_max"]
    assert over[0].text == "尾"
    assert (over[0].start, over[0].end) == (limit, limit + 1)


def test_emoji_count_apart_where_the_format_allows_them() -> None:
    assert rules(ad("字" * 30 + "😀👨‍👩‍👧[微笑]🇨🇳", format_="card-16x9")) == []
    assert rules(ad("好😀😀😀😀😀", format_="card-16x9")) == ["emoji_max"]
    assert rules(ad("好😀"), "warn") == ["emoji_max"]


def test_showcase_takes_no_manual_breaks() -> None:
    assert rules(ad("第一行\n另一行", format_="showcase")) == ["breaks_max"]


def test_empty_text_blocks() -> None:
    assert rules(ad(" \n ")) == ["text_min"]


@pytest.mark.parametrize(
    ("word", "context", "severity", "rule"),
    [
        ("马上买", CONTEXT, "block", "link_text"),
        ("", CONTEXT, "warn", "link_missing"),
        ("进入小程序", CONTEXT, "block", "landing"),
        ("领取优惠", CONTEXT, "block", "landing"),
        ("立即预约", CONTEXT, "info", "landing"),
        ("立即购买", shelf_context(COFFEE), "warn", "landing"),
    ],
)
def test_link_menu_and_landing_page(word: str, context: Context, severity: Severity, rule: str) -> None:
    assert rules(ad("喝一杯。", word, context=context), severity) == [rule]


@pytest.mark.parametrize(
    ("word", "context", "rewrite"),
    [
        ("进入小程序", CONTEXT, "了解更多"),
        ("立即预约", CONTEXT, ""),
        ("了解更多", shelf_context(COFFEE), ""),
    ],
    ids=["the page cannot", "look first", "no page at all"],
)
def test_another_word_is_offered_only_where_it_helps(word: str, context: Context, rewrite: str) -> None:
    assert [finding.rewrite for finding in ad("喝一杯。", word, context=context)] == [rewrite]


def test_a_landing_page_that_can_do_it_passes() -> None:
    mini = replace(CONTEXT, link=TrackedLink(mini_appid="wx1", mini_path="p"))
    coupon = replace(CONTEXT, coupon=COUPON)
    assert ad("喝一杯。", "进入小程序", context=mini) == []
    assert ad("喝一杯。", "领取优惠", context=coupon) == []
    assert ad("喝一杯。", "立即秒杀") == []
    later = Brief(channel="moments", form="ad", today=date(2027, 1, 1), products=("p-coffee",))
    assert rules(list(check_spec(MomentsCopy(text="喝一杯。", link_text="立即秒杀"), later, CONTEXT))) == ["landing"]


def test_reply_bytes() -> None:
    brief = Brief(channel="reply", form="service", today=TODAY)
    assert rules(list(check_spec(ReplyCopy(text="字" * 683), brief, CONTEXT))) == ["bytes_max"]
    assert rules(list(check_spec(ReplyCopy(text="字" * 682), brief, CONTEXT))) == []


def test_an_unknown_format_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        ad("喝一杯。", format_="poster")


TITLES = (
    Title("场景", "图书馆没热水的下午"),
    Title("利益", "冷水三秒，喝上咖啡"),
    Title("反差", "以为要热水，其实不用"),
    Title("清单", "三个不用热水的时刻"),
    Title("疑问", "没有热水怎么喝咖啡"),
)
ARTICLE = ArticleCopy(
    title=TITLES[0].text,
    titles=TITLES,
    digest="图书馆没热水，她撕开一条晃三下。",
    sections=(Section("她在三楼找热水", "走廊尽头的饮水机坏了。" * 30),),
    cta="去小店看看",
)
BRIEF = Brief(channel="article", form="article", today=TODAY)


@pytest.mark.parametrize(
    ("change", "severity", "rule"),
    [
        ({}, "block", ""),
        ({"title": "长" * 33}, "block", "title_max"),
        ({"title": "长" * 17}, "info", "title_cut"),
        ({"title": ""}, "block", "title_min"),
        ({"digest": "摘" * 121}, "block", "digest_max"),
        ({"digest": "摘" * 55}, "warn", "digest_warn"),
        ({"digest": ""}, "warn", "digest_warn"),
        ({"cta": ""}, "block", "cta"),
        ({"sections": ()}, "block", "text_min"),
        ({"sections": (Section("短", "太短了。"),)}, "warn", "text_min"),
        ({"sections": (Section("长", "字" * 20_000),)}, "block", "content_max"),
        ({"titles": TITLES[:3]}, "warn", "titles_count"),
        ({"titles": (*TITLES[:4], Title("场景", "又一个场景"))}, "warn", "titles_types"),
        ({"titles": (*TITLES[:4], Title("疑问", TITLES[0].text))}, "warn", "titles_same"),
        ({"title": "没人见过的标题"}, "warn", "title_other"),
    ],
)
def test_article_parts(change: dict[str, object], severity: Severity, rule: str) -> None:
    found = rules(list(check_spec(replace(ARTICLE, **change), BRIEF, CONTEXT)), severity)  # type: ignore[arg-type]
    assert (rule in found) if rule else (found == [])
