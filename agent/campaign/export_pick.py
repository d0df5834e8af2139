"""Which drafts leave, and which of them each recipient gets."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from agent.campaign.export_rows import Piece
from agent.campaign.plan_file import CampaignPlan
from agent.campaign.recipients import BadRecipient, Recipient
from agent.campaign.review_store import WRITTEN, Book, Entry
from agent.campaign.slots import Filler
from agent.campaign.units import Unit, unit_from_json
from agent.campaign.where import Predicate, record_of
from agent.finding import Finding

Choice = Literal["approved", "passed", "all"]
KEPT = 1_000
"""Drafts held at once, some 50 KB each."""
Place = tuple[str, str, str]
"""Channel, product and day: a recipient gets one text for each."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that does not leave, told without a word that tells who it is about."""

    row: int | None
    """Of the recipients' file."""
    draft: str
    reason: str


@dataclass(frozen=True, slots=True)
class Taken:
    """Units whose drafts may leave, by number only."""

    keys: list[str]
    seen: int
    """Written drafts looked at."""
    unproved: int
    """Those among them that a person let pass though the checks did not."""


def take(book: Book, campaign: str, choice: Choice, fits: Predicate) -> Taken:
    """Reads every written draft once."""
    keys, seen, unproved = [], 0, 0
    for entry in book.entries(book.keys(campaign, WRITTEN)):
        if entry.draft is None or entry.draft.copy is None:
            continue
        seen += 1
        chosen = {"approved": entry.approved, "passed": entry.state == "passed" and not entry.refused, "all": True}
        if chosen[choice] and fits(record_of(entry)):
            keys.append(entry.key)
            unproved += entry.state != "passed"
    return Taken(keys, seen, unproved)


def pieces_of_drafts(book: Book, keys: Sequence[str]) -> Iterator[Piece]:
    """One row a draft, slots as they are written."""
    for entry in book.entries(keys):
        if entry.draft is not None:
            yield Piece(entry=entry, draft=entry.draft)


@dataclass(slots=True)
class Mailing:
    """Recipients and what they get."""

    book: Book
    campaign: str
    plan: CampaignPlan
    keys: Sequence[str]
    """Units that may leave."""
    forms: Sequence[str] = ()
    """Forms that the sheet can send; empty for all."""
    left_out: list[LeftOut] = field(default_factory=list)
    people: int = 0
    _ready: dict[tuple[str, str], dict[Place, list[str]]] = field(default_factory=dict)
    _planned: dict[tuple[str, str], dict[Place, None]] = field(default_factory=dict)
    _entries: OrderedDict[str, Entry] = field(default_factory=OrderedDict)

    def rows(self, recipients: Iterable[Recipient | BadRecipient]) -> Iterator[Piece]:
        """One row a recipient, channel, product and day; what cannot leave goes to `left_out`."""
        self._index()
        assert self.plan.recipients is not None
        filler = Filler(self.plan.recipients)
        for one in recipients:
            if isinstance(one, BadRecipient):
                where = f"列「{one.column}」" if one.column else ""
                self.left_out.append(LeftOut(one.row, "", where + one.reason))
                continue
            self.people += 1
            group = self._group(one)
            places = [place for place in self._planned.get(group, {}) if one.product in ("", place[1])]
            if not places:
                self.left_out.append(LeftOut(one.row, "", f"活动里没有给人设 {one.persona or '（不分）'} 的文案"))
            for place in places:
                piece = self._piece(one, self._ready.get(group, {}).get(place, []), place, filler)
                if isinstance(piece, LeftOut):
                    self.left_out.append(piece)
                else:
                    yield piece

    def _piece(self, one: Recipient, keys: list[str], place: Place, filler: Filler) -> Piece | LeftOut:
        if not keys:
            return LeftOut(one.row, "", f"{place[0]} · {place[1]} · {place[2]} 还没有可以发的文案")
        start = int(one.key, 16) % len(keys)
        problem: LeftOut | None = None
        # What does not fit with this name in it may fit in another wording.
        for key in (*keys[start:], *keys[:start]):
            entry = self._entry(key)
            assert entry.draft is not None
            filled = filler.fill(entry.draft, one.values)
            if not filled.findings:
                return Piece(entry=entry, draft=filled.draft, recipient=one)
            problem = problem or LeftOut(one.row, entry.draft.id, _told(filled.findings[0], one))
        assert problem is not None
        return problem

    def _index(self) -> None:
        ready = set(self.keys)
        query = "SELECT key, values_json FROM units WHERE campaign = ? AND retired = 0 ORDER BY number"
        for row in self.book.rows(query, (self.campaign,)):
            unit = unit_from_json(row["values_json"])
            if self.forms and unit.form not in self.forms:
                continue
            group, place = self._unit_group(unit), (unit.channel, unit.product, unit.day)
            self._planned.setdefault(group, {})[place] = None
            if row["key"] in ready:
                self._ready.setdefault(group, {}).setdefault(place, []).append(row["key"])

    def _unit_group(self, unit: Unit) -> tuple[str, str]:
        return unit.persona, unit.recipient

    def _group(self, one: Recipient) -> tuple[str, str]:
        return one.persona, one.key if self.plan.one_to_one else ""

    def _entry(self, key: str) -> Entry:
        if key not in self._entries:
            self._entries[key] = self.book.entry(key)
            if len(self._entries) > KEPT:
                self._entries.popitem(last=False)
        return self._entries[key]


def _told(finding: Finding, one: Recipient) -> str:
    """A finding without the recipient's own words, which belong in no list of problems."""
    message = finding.message
    for slot, value in sorted(one.values.items(), key=lambda pair: -len(pair[1])):
        if value:
            message = message.replace(value, f"{{{slot}}}")
            if finding.text and finding.text in value:
                message = f"{{{slot}}} 里的字：{message.replace(finding.text, '…')}"
    return message
