"""Names of creatives as a media buyer reads them: 双11-坚果燕麦脆-备考研究生-场景-V2, each but once, within the limit.

A name says what the creative is of: campaign, product, persona, angle, the day and the format where the plan has
several, and the variant. Nothing of a recipient is in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from agent.brief import ANGLE_NAMES
from agent.campaign.plan_file import CampaignPlan
from knowledge_base.rules import channel_spec
from knowledge_base.rules.exports import Sheet

if TYPE_CHECKING:
    from agent.campaign.review_store import Book, Entry
    from agent.draft import Draft

VALUE = "creative_name"
SEPARATOR = "-"
LEAST_CODE = 4
"""Hex digits of a unit's key that tell names apart which would be the same."""
KEY_CHARS = 64
UNLIMITED = 10_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]+")
_SEGMENT = re.compile(r"segment:(\d+)")


def creative_names(book: Book, campaign: str, plan: CampaignPlan, sheet: Sheet) -> Mapping[str, str]:
    """Unit key -> name, of every written draft of the campaign that the sheet can hold; empty for other sheets.

    Of all and not only of those that leave now, so that a name stays another creative's in the next export, too.
    """
    column = next((one for one in sheet.columns if one.value == VALUE), None)
    if column is None:
        return {}
    entries = (one for one in book.entries(book.keys(campaign)) if one.draft is not None)
    own = ((one.key, _parts(one, plan)) for one in entries if one.unit.form in sheet.forms)
    return named(own, column.max_chars or UNLIMITED)


def named(parts: Iterable[tuple[str, tuple[list[str], str]]], limit: int) -> dict[str, str]:
    """`parts`: key -> (what may be shortened, what may not). Names of at most `limit` characters, all different."""
    same: dict[str, list[str]] = {}
    kept: dict[str, tuple[list[str], str]] = {}
    for key, (loose, tail) in parts:
        kept[key] = (loose, tail)
        same.setdefault(_fitted(loose, tail, limit).casefold(), []).append(key)
    alike = {key for keys in same.values() if len(keys) > 1 for key in keys}
    size = LEAST_CODE
    while True:
        found = {
            key: _fitted(loose, SEPARATOR.join((tail, key[:size]) if key in alike else (tail,)), limit)
            for key, (loose, tail) in kept.items()
        }
        # Making room for a code may make names the same that were not.
        if size == KEY_CHARS or len({one.casefold() for one in found.values()}) == len(found):
            return found
        size += LEAST_CODE


def _parts(entry: Entry, plan: CampaignPlan) -> tuple[list[str], str]:
    unit, draft = entry.unit, entry.draft
    assert draft is not None
    loose = [unit.campaign, "、".join(one.name for one in draft.context.products), _persona(draft)]
    tail = [ANGLE_NAMES[unit.angle]] if unit.angle else []
    if len(plan.dates) > 1:
        tail.append(unit.day[5:].replace("-", ""))
    formats = {one.format for one in plan.channels if one.form == unit.form}
    if len(formats) > 1:
        loose.append(channel_spec(draft.brief.channel, draft.brief.form, draft.brief.format).name)
    # Recipients of one-to-one campaigns take turns: the writer's variant counts on over them.
    tail.append(f"V{unit.turn + unit.variant + 1}")
    return [part for one in loose if (part := _clean(one))], SEPARATOR.join(tail)


def _persona(draft: Draft) -> str:
    """Its name; the number of its segment where it has no other name than its id."""
    persona = draft.context.persona
    if persona is None:
        return ""
    if number := _SEGMENT.fullmatch(persona.name.strip()):
        return f"人群{number[1]}"
    return persona.name


def _clean(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).split())


def _fitted(loose: list[str], tail: str, limit: int) -> str:
    """The longest parts are shortened first; `tail` is whole."""
    room = max(limit - len(tail) - len(SEPARATOR) * len(loose), 0)
    sizes = [len(part) for part in loose]
    while sum(sizes) > room:
        sizes[sizes.index(max(sizes))] -= 1
    short = [part[:size].rstrip() for part, size in zip(loose, sizes, strict=True)]
    return SEPARATOR.join([*(part for part in short if part), tail])[:limit]
