"""Any text gives an answer, however long, and every span indexes its field."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.brief import Brief, Form
from agent.checks import check, ledger
from agent.copies import ArticleCopy, Copy, MomentsCopy, ReplyCopy, Section, Title, fields
from knowledge_base.records import Channel
from tests.agent.checks.shelf import COFFEE, COUPON, CREAM, POLICIES, TODAY, shelf_context

CONTEXT = shelf_context(COFFEE, CREAM, coupon=COUPON, policies=POLICIES)
WORDS = [
    "69 元",
    "二十四条",
    "3 秒",
    "—",
    "……",
    "(^_^)",
    "http://a.cn",
    "138",
    "%",
    "折",
    "满",
    "减",
    "第",
    "月",
    "日",
    "2026",
    "-",
    "×",
    "“",
    "”",
    "吗",
    "？",
    "！",
    "\n",
    "零下",
    "半",
    "块",
    "个",
    "百分之",
    "分之",
    "点",
    ":",
    "券码",
    "限时",
    "最后一天",
    "不",
    "山醒冻干黑咖啡",
    "0 糖",
    "SPF",
    "pH",
    "GB",
    "\u200d",
    "👨‍👩‍👧",
    "[微笑]",
    "\ud800",
    "İ",
    "ﬁ",
    "٣",
    "零",
    "万",
    "亿",
    "w",
    "+",
    "国妆特字G",
    "SGS-",
    "第二件",
    "买一送一",
    "首先，",
    "极致",
]
ANY = st.one_of(st.text(max_size=120), st.lists(st.sampled_from(WORDS), max_size=40).map("".join))


def verify(copy: Copy, channel: Channel, form: Form) -> None:
    brief = Brief(channel=channel, form=form, today=TODAY, products=("p-coffee",), message="多少钱？3 盒呢")
    named = fields(copy)
    for finding in check(copy, brief, CONTEXT):
        field = named.get(finding.field, "")
        assert 0 <= finding.start <= finding.end <= max(len(field), 0)
        assert field[finding.start : finding.end] == finding.text or not finding.field
        assert finding.message
    for entry in ledger(copy, brief, CONTEXT):
        assert named[entry.field][entry.claim.start : entry.claim.end] == entry.claim.text


@given(ANY, ANY, st.sampled_from(["ad", "post"]))
@settings(max_examples=150)
def test_moments(text: str, link: str, form: Form) -> None:
    verify(MomentsCopy(text=text, link_text=link), "moments", form)


@given(ANY, st.sampled_from(["service", "comment"]))
@settings(max_examples=80)
def test_reply(text: str, form: Form) -> None:
    verify(ReplyCopy(text=text), "reply", form)


@given(ANY, ANY, ANY, ANY)
@settings(max_examples=80)
def test_article(title: str, digest: str, heading: str, text: str) -> None:
    copy = ArticleCopy(
        title=title,
        titles=(Title("场景", title), Title("疑问", heading)),
        digest=digest,
        sections=(Section(heading, text),),
        cta=text,
    )
    verify(copy, "article", "article")


UNITS = [
    "1",
    "一",
    "（",
    "^_",
    "。",
    "a.",
    "3-",
    "2026-",
    "零",
    "百分之",
    "“",
    "第",
    "券",
    "不",
    "0 ",
    "分享",
    "买",
    "A1-",
    "从到，",
    "极致",
]


@pytest.mark.parametrize("unit", UNITS)
def test_long_monotonous_text_is_answered(unit: str) -> None:
    """Repetition is where quadratic code shows: at this length it would hang the run."""
    verify(MomentsCopy(text=(unit * 20_000)[:20_000], link_text="了解更多"), "moments", "ad")
