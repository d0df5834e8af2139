"""The measures put into a few plain sentences about the voice, each one a reader can check."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knowledge_base.brand_learn.proposal import ChannelMeasure

SHORT, LONG = 12, 22
"""Median sentence length, in 字, up to which a text reads short, and from which it reads long."""
UNEVEN = 5.0
"""Mean difference of neighbouring sentences, in 字, from which the rhythm counts as mixed."""

_TIME = re.compile(
    r"凌晨|清早|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|深夜|半夜|周[一二三四五六日末]|星期|[一二三四五六七八九十两\d]点|[上下]班|睡前|饭后|春|夏|秋|冬"
)
_PLACE = re.compile(
    r"门口|楼下|楼道|厨房|阳台|床|桌|车|路|街|店|馆|公司|工位|学校|医院|公园|营地|家里|屋|窗边|地铁|超市|室|门"
)


def describe_voice(measures: Sequence[ChannelMeasure]) -> tuple[str, ...]:
    """Statements about length, rhythm, address, openings and marks; none where the texts show nothing clear."""
    sentences = sum(measure.sentences for measure in measures)
    if not sentences:
        return ()
    return tuple(
        line for line in (_length(measures), _address(measures), _openings(measures), _marks(measures)) if line
    )


def _length(measures: Sequence[ChannelMeasure]) -> str:
    main = max(measures, key=lambda measure: measure.sentences)
    low, middle, high = main.sentence_quartiles
    size = "句子偏短" if middle <= SHORT else "句子偏长" if middle >= LONG else "句子不长不短"
    mixed = "，长短交错" if main.rhythm >= UNEVEN else ""
    return f"{size}{mixed}：一半句子在 {low} 到 {high} 字之间，中位数 {middle} 字"


def _address(measures: Sequence[ChannelMeasure]) -> str:
    words = {measure.address.word for measure in measures}
    if words == {""}:
        return "不直接称呼读者，只讲事"
    if len(words) == 1:
        return f"称呼读者用“{words.pop()}”"
    names = {"article": "文章", "moments": "朋友圈", "reply": "回复"}
    return "称呼读者：" + "，".join(
        f"{names[measure.channel]}里用“{measure.address.word}”" for measure in measures if measure.address.word
    )


def _openings(measures: Sequence[ChannelMeasure]) -> str:
    lines = [habit.text for measure in measures for habit in measure.openings for _ in range(habit.count)]
    timed = sum(bool(_TIME.search(line)) for line in lines)
    placed = sum(bool(_PLACE.search(line)) for line in lines)
    if len(lines) < 3:
        return ""
    if timed * 2 >= len(lines):
        return "开头先写时间和地点" if placed * 2 >= len(lines) else "开头先写时间"
    if sum(line.rstrip("”’」』").endswith(("？", "?")) for line in lines) * 2 >= len(lines):
        return "开头爱用问句"
    return "开头先写地点" if placed * 2 >= len(lines) else ""


def _marks(measures: Sequence[ChannelMeasure]) -> str:
    loud = max(measure.exclamations for measure in measures)
    emoji = max(measure.emoji_per_text for measure in measures)
    if not loud and not emoji:
        return "不用感叹号，也不用表情"
    parts = ["不用感叹号" if not loud else f"感叹号每千字 {loud:g} 个"]
    parts.append("不用表情" if not emoji else f"表情每篇 {emoji:g} 个")
    return "，".join(parts)
