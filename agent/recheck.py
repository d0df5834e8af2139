"""Which kept drafts have gone stale: checked again, on a given day, against what the knowledge base holds now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, Protocol, TypeVar

from agent.brief import Brief
from agent.checks.facts import ClaimSupport, ledger
from agent.checks.promotion import check_promotion
from agent.context import Context
from agent.copies import Copy
from agent.draft import Draft
from knowledge_base.labels import KIND_LABELS
from knowledge_base.records import Brand, Coupon, Passage, Policy, Product, Record

Cause = Literal["removed", "changed", "offer"]
CAUSES: dict[Cause, str] = {"removed": "资料没了", "changed": "资料变了", "offer": "活动过期或券没了"}
Proved = tuple[ClaimSupport, ...]
"""Claims that the draft's own records support."""
R = TypeVar("R", Product, Brand, Policy, Coupon, Passage)


class Records(Protocol):
    """What rechecking needs of the knowledge base."""

    def get(self, id: str, /) -> Record | None: ...


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that no longer holds."""

    cause: Cause
    message: str
    """Chinese: what changed, from what to what."""
    field: str = ""
    text: str = ""
    """The words of the copy that are no longer true; empty for a record nothing in the copy quotes."""
    record: str = ""


@dataclass(frozen=True, slots=True)
class Stale:
    draft: Draft
    reasons: tuple[Reason, ...]


def recheck(drafts: Iterable[Draft], records: Records, today: date) -> Iterator[Stale]:
    """Drafts that were fine by their own records and no longer are; one for a later day is judged on that day."""
    once = _Once(records)
    for draft in drafts:
        if draft.copy is not None and (reasons := stale_reasons(draft, draft.copy, once, today)):
            yield Stale(draft, reasons)


class _Once:
    """Each record looked up once: hundreds of drafts speak of the same few."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._found: dict[str, Record | None] = {}

    def get(self, id: str, /) -> Record | None:
        if id not in self._found:
            self._found[id] = self._records.get(id)
        return self._found[id]


def stale_reasons(draft: Draft, copy: Copy, records: Records, today: date) -> tuple[Reason, ...]:
    """Why a draft no longer holds, in reading order; empty when it still does."""
    now, missing = current(draft.context, records)
    brief = replace(draft.brief, today=max(today, draft.brief.today))
    if not missing and now == draft.context and brief == draft.brief:
        return ()
    proved = tuple(e for e in ledger(copy, draft.brief, draft.context) if e.verdict != "unsupported")
    reasons = [*_removed(draft, copy, missing, proved), *_unproved(copy, brief, now, missing, proved)]
    reasons += _offers(draft, copy, brief, now, {reason.text for reason in reasons})
    return tuple(dict.fromkeys(reasons))


def current(context: Context, records: Records) -> tuple[Context, tuple[Record, ...]]:
    """The same context with every record as it is now, and the records that are gone."""
    missing: list[Record] = []

    def fresh(old: R) -> R | None:
        found = records.get(old.id)
        if isinstance(found, type(old)):
            return found
        missing.append(old)
        return None

    def all_fresh(old: tuple[R, ...]) -> tuple[R, ...]:
        return tuple(found for one in old if (found := fresh(one)) is not None)

    now = replace(
        context,
        products=all_fresh(context.products),
        coupon=fresh(context.coupon) if context.coupon else None,
        policies=all_fresh(context.policies),
        passages=all_fresh(context.passages),
        brand=fresh(context.brand) if context.brand else None,
    )
    return now, tuple(missing)


def _removed(draft: Draft, copy: Copy, missing: tuple[Record, ...], proved: Proved) -> Iterator[Reason]:
    """Removed records that the copy rests on: named in the brief, cited, or quoted by a claim."""
    if not missing:
        return
    used = {draft.brief.coupon, *draft.brief.products, *(citation.id for citation in copy.citations)}
    used |= set(getattr(copy, "policies", ()))
    used |= {entry.fact.record_id for entry in proved if entry.fact}
    for record in missing:
        if record.id in used:
            yield Reason("removed", f"{KIND_LABELS[record.kind]}“{record.id}”已经从知识库删掉。", record=record.id)


def _unproved(copy: Copy, brief: Brief, now: Context, missing: tuple[Record, ...], proved: Proved) -> Iterator[Reason]:
    """Claims that were proved and are not any more."""
    gone = {record.id for record in missing}
    before = {(entry.field, entry.claim.start): entry for entry in proved}
    for entry in ledger(copy, brief, now):
        old = before.get((entry.field, entry.claim.start))
        if entry.verdict != "unsupported" or old is None or old.fact is None or old.fact.record_id in gone:
            continue
        is_now = f"，现在是“{entry.fact.claim.text}”" if entry.fact and entry.fact.where == old.fact.where else ""
        yield Reason(
            "changed",
            f"“{entry.claim.text}”的依据（{old.fact.where}“{old.fact.claim.text}”）变了{is_now}。",
            entry.field,
            entry.claim.text,
            old.fact.record_id,
        )


def _offers(draft: Draft, copy: Copy, brief: Brief, now: Context, known: set[str]) -> Iterator[Reason]:
    """Offers and coupons that are over, not yet on, or out of stock, though fine when the draft was written."""
    before = {(f.rule_id, f.field, f.start) for f in check_promotion(copy, draft.brief, draft.context)}
    for finding in check_promotion(copy, brief, now):
        if finding.severity == "block" and (finding.rule_id, finding.field, finding.start) not in before:
            if finding.text in known:
                continue
            record = finding.evidence_ids[0] if finding.evidence_ids else ""
            yield Reason("offer", finding.message, finding.field, finding.text, record)
