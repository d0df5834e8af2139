"""Placeholders such as {昵称} that are filled in for each recipient when copy leaves: only those the brief offers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agent.brief import Brief
from agent.context import Context
from agent.copies import Copy, fields
from agent.finding import Finding

SLOT = re.compile(r"[{｛][ \u3000]{0,4}([^{}｛｝\n]{1,20}?)[ \u3000]{0,4}[}｝]")
"""A slot as people and models write it; group 1 is its name."""
_OFFER = "占位："
_NEEDED = "必须用到："


def slot_line(slots: Sequence[str], needed: Sequence[str] = ()) -> str:
    """What a brief's notes say of slots, on a line of its own; empty without slots. `check_slots` reads it back."""
    if not slots:
        return ""
    line = (
        f"{_OFFER}{'、'.join(f'{{{name}}}' for name in slots)}。发送时换成每位收件人自己的内容；要用就照原样写花括号，"
        "不写别的花括号，不自己编内容"
    )
    return f"{line}；{_NEEDED}{'、'.join(f'{{{name}}}' for name in needed)}" if needed else line


def offered(notes: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(slots that may be used, slots that must be) by the notes of a brief."""
    for line in notes.splitlines():
        if line.startswith(_OFFER):
            may, _, must = line.partition(_NEEDED)
            return tuple(slots_in(may)), tuple(slots_in(must))
    return (), ()


def slots_in(text: str) -> list[str]:
    """Names of the slots of a text, in order, each once."""
    return list(dict.fromkeys(SLOT.findall(text)))


def check_slots(copy: Copy, brief: Brief, context: Context) -> tuple[Finding, ...]:
    """Slots that nobody will fill, and those that were asked for and are not there. Both block."""
    may, must = offered(brief.notes)
    texts = fields(copy)
    return (*_unknown(texts, may), *_missing(texts, must))


def _unknown(texts: dict[str, str], may: Sequence[str]) -> Iterator[Finding]:
    valid = f"，可用的是 {'、'.join(f'{{{name}}}' for name in may)}" if may else ""
    for field, text in texts.items():
        for found in SLOT.finditer(text):
            if found[1] not in may:
                yield Finding(
                    check="slots",
                    rule_id="slots.unknown",
                    severity="block",
                    status="spec",
                    message=f"占位“{found[0]}”没有内容可填，会原样发出去{valid}：改成可用的，或删掉。",
                    field=field,
                    start=found.start(),
                    end=found.end(),
                    text=found[0],
                )


def _missing(texts: dict[str, str], must: Sequence[str]) -> Iterator[Finding]:
    there = {name for text in texts.values() for name in slots_in(text)}
    for name in must:
        if name not in there:
            yield Finding(
                check="slots",
                rule_id="slots.missing",
                severity="block",
                status="spec",
                message=f"要用到的占位 {{{name}}} 没有写进文案，收件人看不到自己的{name}：补上。",
            )
