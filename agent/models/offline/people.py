"""Whom the copy is for and how the brand speaks, read from their blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from agent.models.offline.blocks import Fields
from agent.models.offline.facts import ban_terms
from agent.models.offline.lines import ask, is_question, tidy
from agent.models.offline.occasions import lives_of

Manner = Literal["plain", "terse", "warm", "polite"]

_PRONOUN = re.compile(r"^(?:她|他|TA|ta)(?=[\u4e00-\u9fff])")
_AFTER_NAME = re.compile(r"[（(].*|[，,：:].*")
_QUOTED = re.compile(r"“([^”]{1,8})”")
_CALLS = re.compile(r"叫孩子“?([\u4e00-\u9fff]{1,2})")
_TERSE = re.compile(r"短句|留白|半句|克制|直接|平铺直叙|参数|讨厌感叹|冷")
_WARM = re.compile(r"口语|大白话|爽快|具体|自嘲|唠|亲切|活泼")
_POLITE = re.compile(r"完整句子|端正|礼貌|书面|正式|尊重")


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """A persona as the writer sees it; empty for copy to everyone."""

    id: str = ""
    name: str = ""
    """What the persona is called, without remarks: 新手妈妈."""
    who: str = ""
    needs: tuple[str, ...] = ()
    pains: tuple[str, ...] = ()
    scenes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    """Questions that make them hesitate, each with its mark."""
    trusts: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    manner: Manner = "plain"
    lives: frozenset[int] = frozenset()
    """Walks of life that the card speaks of; see occasions.lives."""

    def __bool__(self) -> bool:
        return bool(self.needs or self.pains or self.scenes)


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """The brand's way of speaking."""

    id: str = ""
    name: str = ""
    you: str = "你"
    hail: str = ""
    """A form of address that is no pronoun, e.g. 姐妹; empty when the brand has none."""
    avoid: tuple[str, ...] = ()
    emoji: tuple[str, ...] = ()
    closings: tuple[str, ...] = ()
    sign_off: str = ""
    story: str = ""
    dear: bool = False
    """The brand says 亲."""


@lru_cache(maxsize=512)
def read_reader(persona: Fields) -> Reader:
    def lines(key: str) -> tuple[str, ...]:
        return tuple(_second_person(line, child) for line in persona.many(key))

    language = persona.many("说话习惯")
    calls = next((match.group(1) for line in language if (match := _CALLS.search(line))), "")
    child = calls[:1]
    return Reader(
        id=persona.id,
        name=tidy(_AFTER_NAME.sub("", persona.one("称呼"))),
        who=tidy(persona.one("是谁")),
        needs=lines("需求"),
        pains=lines("痛点"),
        scenes=lines("场景"),
        doubts=tuple(ask(line) if is_question(line) or len(line) < 16 else line for line in lines("顾虑")),
        trusts=persona.many("看重"),
        language=language,
        avoid=ban_terms(persona.many("反感")),
        manner=_manner("，".join(language)),
        lives=lives_of("，".join((persona.one("是谁"), *map(persona.one, ("需求", "痛点", "场景", "顾虑"))))),
    )


@lru_cache(maxsize=256)
def read_voice(brand: Fields, fallback_you: str = "你") -> Voice:
    address = tidy(brand.one("称呼读者"))
    tone = "，".join(brand.many("语气"))
    return Voice(
        id=brand.id,
        name=tidy(brand.one("名称")),
        you="您" if address.startswith("您") else "你" if address else fallback_you,
        hail=address if address and address[0] not in "你您" else "",
        avoid=ban_terms(brand.many("不用词")),
        emoji=tuple(e for line in brand.many("表情") for e in line.split("、") if e),
        closings=brand.many("结尾"),
        sign_off=brand.one("落款").strip(),
        story=tidy(brand.one("故事")),
        dear="亲" in (address, *brand.many("爱用词")) or "亲~" in tone or "“亲”" in tone,
    )


def _second_person(line: str, child: str) -> str:
    line = _PRONOUN.sub("你", line)
    return line.replace("孩子", child) if child else line


def _manner(language: str) -> Manner:
    if _POLITE.search(language):
        return "polite"
    if _TERSE.search(language):
        return "terse"
    return "warm" if _WARM.search(language) else "plain"
