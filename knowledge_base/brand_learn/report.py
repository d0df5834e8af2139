"""A lesson told to a person: what was read, what was measured, what would change. Plain lines, no terminal."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge_base.brand_learn.fields import Value
from knowledge_base.brand_learn.learn import Lesson
from knowledge_base.brand_learn.merge import Change
from knowledge_base.brand_learn.proposal import ChannelMeasure, Proposal
from knowledge_base.records import Channel

CHANNEL_NAMES: dict[Channel, str] = {"article": "公众号文章", "moments": "朋友圈", "reply": "客服回复"}
FIELD_NAMES = {
    "voice": "语气",
    "address": "称呼读者",
    "words_use": "爱用词",
    "words_avoid": "不用词",
    "sign_off": "落款",
    "sentence_chars": "句长",
    "openings": "开头",
    "closings": "结尾",
    "emoji": "表情",
    "emoji_per_text": "每篇表情",
    "favourite_words": "爱用词",
    "quotes": "原句",
}
ACTION_NAMES = {"new": "新填", "updated": "更新", "kept": "保留你写的", "same": "不变"}
FEW = 3
"""Fewer texts than this in a channel make a weak measure."""
SHOWN = 3


def measured(proposal: Proposal) -> Iterator[str]:
    """One line a finding, a heading for each channel."""
    for measure in proposal.measures:
        yield f"【{CHANNEL_NAMES[measure.channel]}】{measure.texts} 篇，{measure.sentences} 句，{measure.chars} 字"
        yield from (f"  {line}" for line in _channel_lines(measure))
        if measure.texts < FEW:
            yield f"  只有 {measure.texts} 篇，量出来的只能参考；凑到 {FEW} 篇以上更准"
    yield "【用词】"
    if proposal.phrases:
        told = "、".join(f"{p.text}（{len(p.texts)} 篇 {p.count} 次）" for p in proposal.phrases[:8])
        yield f"  自家爱用：{told}"
    else:
        yield "  自家爱用：文章太少或太短，没有反复出现的词"
    yield from (f"  {line}" for line in _avoid_lines(proposal))


def change_lines(lesson: Lesson) -> Iterator[str]:
    """What happens to each field that is not already as proposed."""
    for change in lesson.merged.changes:
        if change.action != "same":
            yield f"{field_name(change.field)}：{ACTION_NAMES[change.action]}{_kept_note(change)}"


def field_name(field: str) -> str:
    """`tones.article.openings` -> 公众号文章·开头（tones.article.openings）."""
    parts = field.split(".")
    name = FIELD_NAMES[parts[-1]]
    for channel, told in CHANNEL_NAMES.items():
        if channel in parts:
            name = f"{told}·{name}"
    return f"{name}（{field}）"


def _channel_lines(measure: ChannelMeasure) -> Iterator[str]:
    low, middle, high = measure.sentence_quartiles
    yield f"句长：中位数 {middle} 字，一半在 {low} 到 {high} 字；相邻两句平均差 {measure.rhythm:g} 字"
    counts = "，".join(f"{word} {count} 篇" for word, count in measure.address.counts)
    yield f"称呼读者：{measure.address.word or '不直接称呼'}" + (f"（{counts}）" if counts else "")
    for label, habits in (("开头", measure.openings), ("结尾", measure.closings)):
        for habit in habits[:SHOWN]:
            yield f"{label}：{habit.text}（{habit.count} 篇，{habit.places[0]}）"
    faces = "、".join(f"{text}×{count}" for text, count in measure.emoji[:6]) or "没有"
    yield f"表情：{faces}，每篇 {measure.emoji_per_text:g} 个；感叹号每千字 {measure.exclamations:g} 个"


def _avoid_lines(proposal: Proposal) -> Iterator[str]:
    found = proposal.avoidance
    if not found.enough:
        yield "从来不用：字数不够（要 1000 字以上），不作判断"
        return
    pairs = [f"说“{one.instead}”（{one.uses} 次），不说“{one.word}”" for one in found.avoided if one.instead]
    if pairs:
        yield "二选一：" + "；".join(pairs)
    never = [one.word for one in found.avoided if not one.instead]
    if never:
        yield (
            f"广告腔的词里，从来不用的有 {len(never)} 个：" + "、".join(never[:10]) + ("……" if len(never) > 10 else "")
        )
    if found.still_used:
        told = "、".join(f"{word} {count} 次" for word, count in found.still_used)
        yield f"广告腔的词里，你们自己也在用：{told}（没有列进不用词，你来定）"


def _kept_note(change: Change) -> str:
    if change.action != "kept":
        return ""
    if change.before is None:
        return "：你删掉过，没有再填"
    return f"；这次量到的是 {_short(change.proposed)}，要换就加 --replace {change.field}"


def _short(value: Value) -> str:
    if not isinstance(value, list):
        return str(value)
    text = "、".join(value[:SHOWN])
    return (text if len(text) <= 60 else text[:60] + "……") + (f" 等 {len(value)} 项" if len(value) > SHOWN else "")
