"""Taste: machine-made phrases, the brand's own dos and don'ts, shouting, and sentences unlike the brand's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from agent.brief import Brief
from agent.context import Context
from agent.copies import Copy, fields, plain_text
from agent.finding import Finding, Severity
from knowledge_base.records import ChannelTone
from knowledge_base.rules import find_emoji, wechat_length

STYLE_FILE = Path(__file__).with_name("style.yaml")
RUN = 4
"""This many different machine-made phrases in one text mean: write it again."""
_NOT = re.compile(r"(?:不|没|无|非|别|勿|不能|不会|不是|不说|不保证|并不)[^，。！？\n]{0,2}$")
_DENIED = re.compile(r"[^，。！？?\n]{0,6}[吗么][？?]?[^。！？\n]{0,12}(?:不|没|别)")  # 能护眼吗？我们不这样说
_SENTENCES = re.compile(r"[^。！？!?\n…]+")
_BULLET = re.compile(r"(?m)^[ \t\u3000]*(\S)")
_SHOUT_EVERY = 60
"""One exclamation mark for this many 字, and at least one, is no shouting."""


class _Family(NamedTuple):
    id: str
    message: str
    pattern: re.Pattern[str]


@cache
def _families() -> tuple[_Family, ...]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data = yaml.load(STYLE_FILE.read_text(encoding="utf-8"), Loader=loader)
    return tuple(
        _Family(f["id"], f["message"], re.compile("|".join(f["patterns"]), re.IGNORECASE)) for f in data["families"]
    )


def check_style(copy: Copy, brief: Brief, context: Context) -> tuple[Finding, ...]:
    """Warnings about taste; a record's do-not-say words and a run of machine-made phrases block."""
    named = fields(copy)
    own = _own_words(context)
    found: list[Finding] = []
    smells: list[Finding] = []
    for name, text in named.items():
        smells += _smells(name, text, own)
        found += _unwanted(name, text, context)
        found += _shouting(name, text)
    found += smells
    if len({(f.rule_id, f.text) for f in smells}) >= RUN:
        words = "、".join(dict.fromkeys(f"“{f.text}”" for f in smells))
        message = f"套话成串：{words}。换成具体的人、时刻和资料里的事实，重写一遍。"
        found.append(_finding("ai_run", "block", message))
    found += _rhythm(plain_text(copy), brief, context)
    return tuple(found)


def _smells(name: str, text: str, own: frozenset[str]) -> Iterator[Finding]:
    for family in _families():
        for m in family.pattern.finditer(text):
            said = m.group().strip("，。！？,\n ")
            if said and not any(word in said or said in word for word in own):
                start = m.start() + m.group().index(said)
                yield _finding(family.id, "warn", f"“{said}”是{family.message}。", name, start, said)


def _own_words(context: Context) -> frozenset[str]:
    """Words that the brand uses on purpose, product names included: they are voice, not habit."""
    words: set[str] = {product.name for product in context.products}
    if context.brand:
        words |= {context.brand.name, *context.brand.words_use, *(tone.address for tone in context.brand.tones)}
        words |= {word for tone in context.brand.tones for word in tone.favourite_words}
        words.add(context.brand.address)
    return frozenset(word for word in words if len(word) > 1)


def _unwanted(name: str, text: str, context: Context) -> Iterator[Finding]:
    low = text.lower()

    def said(words: Iterable[str]) -> list[str]:
        """Few of the words that a card forbids are ever there: only those are looked at closely."""
        return [word for word in words if word.lower() in low or word in text]

    for product in context.products:
        for word in said(product.do_not_say):
            for start in _occurrences(word, text):
                if not _NOT.search(text[max(0, start - 6) : start]) and not _DENIED.match(text, start + len(word)):
                    message = f"{product.name}的资料写明不能说“{word}”，删掉。"
                    yield _finding(
                        "do_not_say", "block", message, name, start, text[start : start + len(word)], (product.id,)
                    )
    lists: list[tuple[str, Iterable[str], str, Severity]] = []
    if context.brand:
        lists.append(("brand_avoid", context.brand.words_avoid, "品牌不用“{}”这个词，换一个。", "warn"))
    if context.persona:
        lists.append(("persona_avoid", context.persona.avoid, "这个人反感“{}”，换个说法。", "warn"))
    for rule, words, message, severity in lists:
        for word in said(words):
            for start in _occurrences(word, text):
                yield _finding(rule, severity, message.format(word), name, start, text[start : start + len(word)])


def _occurrences(word: str, text: str) -> Iterator[int]:
    """Where a word stands, whatever its case. Lists hold words; a whole sentence in one simply never matches."""
    if not word.strip():
        return
    low, wanted = text.lower(), word.lower()
    if len(low) != len(text):  # a few letters change length in lower case; then compare as written
        low, wanted = text, word
    at = low.find(wanted)
    while at >= 0:
        yield at
        at = low.find(wanted, at + len(wanted))


def _shouting(name: str, text: str) -> Iterator[Finding]:
    marks = [i for i, c in enumerate(text) if c in "!！"]
    allowed = max(1, wechat_length(text) // _SHOUT_EVERY) if marks else 0
    if len(marks) > allowed:
        message = f"感叹号 {len(marks)} 个，太吵，留 {allowed} 个就够。"
        yield _finding("exclamation", "warn", message, name, marks[allowed], text[marks[allowed]])
    bullets = {m.start(1) for m in _BULLET.finditer(text)}
    starts = [e for e in find_emoji(text) if e.start in bullets]
    if len(starts) >= 3:
        message = "表情当项目符号用了，写成句子。"
        yield _finding("emoji_bullet", "warn", message, name, starts[0].start, starts[0].text)


def _rhythm(text: str, brief: Brief, context: Context) -> Iterator[Finding]:
    sentences = [s.strip() for s in _SENTENCES.findall(text) if s.strip()]
    yield from _repeated_openings(sentences)
    tone = _tone(brief, context)
    if tone is not None and tone.sentence_chars and len(sentences) >= 3:
        lengths = sorted(wechat_length(s) for s in sentences)
        median = lengths[len(lengths) // 2]
        if median > tone.sentence_chars * 1.6:
            message = f"句子偏长：中位数 {median} 字，品牌平时约 {tone.sentence_chars} 字。把长句拆开。"
            yield _finding("sentence_length", "warn", message)
    allowed = max(3.0, tone.emoji_per_text * 2) if tone is not None else 6.0
    if len(find_emoji(text)) > allowed:
        yield _finding("emoji_density", "warn", f"表情 {len(find_emoji(text))} 个，比品牌平时多，删掉几个。")


def _repeated_openings(sentences: list[str]) -> Iterator[Finding]:
    """Three sentences in a row that begin with the same two characters read like a list of slogans."""
    for first, second, third in zip(sentences, sentences[1:], sentences[2:], strict=False):
        if len(first) > 2 and first[:2] == second[:2] == third[:2]:
            yield _finding("repeated_opening", "warn", f"连着三句都以“{first[:2]}”开头，换一换。")
            return


def _tone(brief: Brief, context: Context) -> ChannelTone | None:
    tones = context.brand.tones if context.brand else ()
    return next((tone for tone in tones if tone.channel == brief.channel), None)


def _finding(
    rule: str,
    severity: Severity,
    message: str,
    field: str = "",
    start: int = 0,
    text: str = "",
    evidence: tuple[str, ...] = (),
) -> Finding:
    return Finding(
        check="style",
        rule_id=f"style.{rule}",
        severity=severity,
        status="violation",
        message=message,
        field=field,
        start=start,
        end=start + len(text),
        text=text,
        evidence_ids=evidence,
    )
