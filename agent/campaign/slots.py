"""Copy with its slots filled for one recipient, and checked again as that recipient will read it."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from agent.campaign.plan_file import Recipients
from agent.checks import check
from agent.checks.slots import SLOT, slots_in
from agent.copies import ArticleCopy, Copy, Section, fields
from agent.draft import Draft
from agent.finding import Finding, blocking

K = TypeVar("K")
V = TypeVar("V")
_DIGIT = re.compile(r"\d")
KEPT = 4_096
"""Filled texts whose findings are remembered: recipients of the same values are checked once."""


@dataclass(frozen=True, slots=True)
class Filled:
    draft: Draft
    """The draft with this recipient's words in it. For this one file only, never for the journal."""
    findings: tuple[Finding, ...]
    """Blocking ones that filling brought; such copy must not go out."""


def dressed(copy: Copy, said: Recipients) -> Copy:
    """`copy` between the plan's greeting and closing, slots still open."""
    if not said.greeting and not said.closing:
        return copy
    if not isinstance(copy, ArticleCopy):
        return replace(copy, text=_around(copy.text, said))
    if not copy.sections:
        return copy
    first, last = copy.sections[0], copy.sections[-1]
    sections = list(copy.sections)
    if said.greeting:
        sections[0] = Section(first.heading, said.greeting + first.text)
    if said.closing:
        sections[-1] = Section(last.heading, f"{sections[-1].text}\n\n{said.closing}")
    return replace(copy, sections=tuple(sections))


def fill(copy: Copy, values: Mapping[str, str]) -> Copy:
    """Every slot that has a value replaced, in one pass: what is filled in is never read for slots again."""
    return _mapped(copy, lambda text: SLOT.sub(lambda slot: values.get(slot[1]) or slot[0], text))


def empty_slots(copy: Copy, values: Mapping[str, str]) -> list[str]:
    """Slots of a copy that these values leave open."""
    return [name for text in fields(copy).values() for name in slots_in(text) if not values.get(name)]


class Filler:
    """Fills and checks the drafts of one campaign. Raises nothing: what is wrong becomes findings."""

    def __init__(self, said: Recipients) -> None:
        self._said = said
        self._known: OrderedDict[str, frozenset[tuple[str, str]]] = OrderedDict()
        self._checked: OrderedDict[tuple[str, Copy], tuple[Finding, ...]] = OrderedDict()

    def fill(self, draft: Draft, values: Mapping[str, str]) -> Filled:
        """`draft` must have copy."""
        assert draft.copy is not None
        open_copy = dressed(draft.copy, self._said)
        if missing := empty_slots(open_copy, values):
            return Filled(draft, (_open(missing),))
        copy = fill(open_copy, values)
        filled = replace(draft, copy=copy, findings=())
        found = _remember(self._checked, (draft.id, copy), lambda: self._new(draft, open_copy, copy, values))
        return Filled(filled, found)

    def _new(self, draft: Draft, open_copy: Copy, copy: Copy, values: Mapping[str, str]) -> tuple[Finding, ...]:
        # What people let pass in the draft itself is not this recipient's fault.
        known = _remember(self._known, draft.id, lambda: _keys(draft.findings))
        return tuple(
            one
            for one in blocking(check(copy, replace(draft.brief, notes=""), draft.context))
            if (one.rule_id, one.text) not in known and not _is_own(one, copy, values)
        )


def _is_own(finding: Finding, copy: Copy, values: Mapping[str, str]) -> bool:
    """Whether a claim is the recipient's own coupon or store: the recipients' file is the record that proves it.

    Its number is what counts: a closing may say 抵 {面额} 元 as well as the cell says 20 元.
    """
    if finding.check != "facts" or not finding.text:
        return False
    return any(
        finding.text in value or (value in finding.text and not _DIGIT.search(finding.text.replace(value, "")))
        for value in values.values()
        if _DIGIT.search(value) or finding.text in value
    )


def _around(text: str, said: Recipients) -> str:
    return f"{said.greeting}{text}" + (f"\n{said.closing}" if said.closing else "")


def _mapped(copy: Copy, change: Callable[[str], str]) -> Copy:
    if not isinstance(copy, ArticleCopy):
        return replace(copy, text=change(copy.text))
    return replace(
        copy,
        title=change(copy.title),
        titles=tuple(replace(one, text=change(one.text)) for one in copy.titles),
        digest=change(copy.digest),
        sections=tuple(Section(change(one.heading), change(one.text)) for one in copy.sections),
        cta=change(copy.cta),
    )


def _open(names: list[str]) -> Finding:
    return Finding(
        check="slots",
        rule_id="slots.empty",
        severity="block",
        status="spec",
        message=f"{'、'.join(f'{{{name}}}' for name in names)} 没有内容可填",
    )


def _keys(findings: tuple[Finding, ...]) -> frozenset[tuple[str, str]]:
    return frozenset((one.rule_id, one.text) for one in findings)


def _remember(kept: OrderedDict[K, V], key: K, make: Callable[[], V]) -> V:
    if key not in kept:
        kept[key] = make()
        if len(kept) > KEPT:
            kept.popitem(last=False)
    return kept[key]
