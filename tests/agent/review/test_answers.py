"""The many ways in which people write a verdict."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.review.answers import OPTIONS, read_verdict
from agent.review.text_back import read_text
from agent.storage.reviews import Verdict
from knowledge_base.errors import BadInputError

UNTOUCHED = "☐ 通过    ☐ 改后通过    ☐ 退回"


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("", None),
        (UNTOUCHED, None),
        ("☒ 通过    ☐ 改后通过    ☐ 退回", "approve"),
        ("☐ 通过    ☑ 改后通过    ☐ 退回", "changes"),
        ("☐ 通过    ☐ 改后通过    ■退回", "reject"),
        ("☐√ 通过  ☐ 改后通过  ☐ 退回", "approve"),
        ("☐ 通过 √  ☐ 改后通过  ☐ 退回", "approve"),
        ("√ 通过  ☐ 改后通过  ☐ 退回", "approve"),
        ("[x] 通过 [ ] 改后通过 [ ] 退回", "approve"),
        ("（√）通过（ ）改后通过（ ）退回", "approve"),
        ("☐ 退回", "reject"),
        ("通过", "approve"),
        ("同意。", "approve"),
        ("OK", "approve"),
        (" 改后通过 ", "changes"),
        ("不通过", "reject"),
        ("驳回！", "reject"),
        (f"{UNTOUCHED}\n不同意", "reject"),
        (f"{UNTOUCHED}通过", "approve"),
    ],
    ids=repr,
)
def test_verdicts_are_understood(text: str, verdict: Verdict | None) -> None:
    assert read_verdict(text, "f.docx", "第 1 张审阅表") == verdict


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("暂不通过", "看不懂"),
        ("再看看", "看不懂"),
        ("☒ 通过 ☐ 改后通过 ☒ 退回", "选了不止一个"),
        ("☒ 通过 ☐ 改后通过 ☐ 退回 不同意", "选了不止一个"),
        ("没说不通过", "看不懂"),
    ],
)
def test_doubtful_ones_are_refused_and_the_place_named(text: str, message: str) -> None:
    with pytest.raises(BadInputError, match=message) as caught:
        read_verdict(text, "f.docx", "第 1 张审阅表")
    assert caught.value.message.startswith("f.docx：第 1 张审阅表")


@given(st.text(max_size=60))
def test_any_text_gives_a_verdict_or_an_explained_error(text: str) -> None:
    with suppress(BadInputError):
        assert read_verdict(text, "f", "p") in (*OPTIONS.values(), None)


def test_pasted_answers_with_comments_over_several_lines() -> None:
    first, second = "d_" + "1" * 32, "d_" + "2" * 32
    text = (
        f"收到，答复如下\n稿件 {first} · abc123\n角色：法务\n结论：改后通过\n意见：价格要写日期\n另外标题太长\n"
        f"姓名：李雷\n\n稿件：{second}\n结论：通过\n"
    )
    got = read_text(text, "f")
    assert [(one.draft_id, one.code, one.role, one.verdict, one.comment, one.name) for one in got.answers] == [
        (first, "abc123", "法务", "改后通过", "价格要写日期\n另外标题太长", "李雷"),
        (second, "", "", "通过", "", ""),
    ]
