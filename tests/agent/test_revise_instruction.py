"""What instructions mean, as far as words alone tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.revising.instruction import Step, understand


@pytest.mark.parametrize(
    ("said", "steps"),
    [
        ("第二段短一点，别提价格", (Step(verb="shorten", part="p2"), Step(verb="no_price", part="p2"))),
        ("标题换一个", (Step(verb="pick_title", part="title"),)),
        ("换个疑问型的标题", (Step(verb="pick_title", part="title", new="疑问"),)),
        ("标题用第3个", (Step(verb="pick_title", part="title", number=3),)),
        ("标题用第三个候选；摘要精简到30字以内", (
            Step(verb="pick_title", part="title", number=3), Step(verb="shorten", part="digest", chars=30),
        )),
        ("标题改成“冷水也能冲，三秒”", (Step(verb="set", part="title", new="冷水也能冲，三秒"),)),
        ("把标题换成「没热水？」", (Step(verb="set", part="title", new="没热水？"),)),
        ("把“闭馆”改成“关门”", (Step(verb="swap", old="闭馆", new="关门"),)),
        ("第三段把你改成您", (Step(verb="address", part="p3", new="您"),)),
        ("称呼改成您", (Step(verb="address", new="您"),)),
        ("统一用“你”", (Step(verb="address", new="你"),)),
        ("去掉表情", (Step(verb="no_emoji"),)),
        ("不要emoji", (Step(verb="no_emoji"),)),
        ("结尾别用表情", (Step(verb="no_emoji", part="cta"),)),
        ("删掉最后一段", (Step(verb="delete", part="p-1"),)),
        ("第十二段不要了", (Step(verb="delete", part="p12"),)),
        ("第2节重写", (Step(verb="rewrite", part="s2"),)),
        ("第二个小标题换个说法", (Step(verb="rewrite", part="h2"),)),
        ("开头换一种写法", (Step(verb="rewrite", part="p1"),)),
        ("去掉“绝对”", (Step(verb="swap", old="绝对"),)),
        ("别提饮水机", (Step(verb="drop_clause", old="饮水机"),)),
        ("不要说价格", (Step(verb="no_price"),)),
        ("太长了，控制在40字以内", (Step(verb="shorten"), Step(verb="shorten", chars=40))),
        ("第二段短一点，其他不要动", (Step(verb="shorten", part="p2"),)),
        ("链接文案换成“立即购买”", (Step(verb="set", part="link_text", new="立即购买"),)),
    ],
)  # fmt: skip
def test_understood(said: str, steps: tuple[Step, ...]) -> None:
    understood = understand(said)
    assert understood.unknown == ()
    assert understood.steps == steps


@pytest.mark.parametrize(
    ("said", "unknown", "parts"),
    [
        ("第二段写得更有画面感", ("第二段写得更有画面感",), ("p2",)),
        ("摘要展开一点", ("摘要展开一点",), ("digest",)),
        ("像朋友说话那样", ("像朋友说话那样",), ()),
        ("第二段短一点，语气再俏皮些", ("语气再俏皮些",), ("p2",)),
    ],
)
def test_not_understood_is_said_and_never_guessed(said: str, unknown: tuple[str, ...], parts: tuple[str, ...]) -> None:
    understood = understand(said)
    assert understood.unknown == unknown
    assert understood.parts == parts


def test_the_option_overrides_the_words() -> None:
    assert understand("第二段短一点", "digest").steps == (Step(verb="shorten", part="digest"),)


def test_quoted_words_name_no_part() -> None:
    assert understand("把“标题党”改成“正文，第二段”").steps == (Step(verb="swap", old="标题党", new="正文，第二段"),)


@given(
    st.text(st.sampled_from("第二两十段行标题摘要改成换个“”，。别提价格短一点删掉把你您emoji不要 \n9")),
    st.sampled_from(["", "p1"]),
)
def test_any_instruction_gives_an_answer(said: str, part: str) -> None:
    understand(said, part)
