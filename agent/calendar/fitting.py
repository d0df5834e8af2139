"""What to write an event with: products that fit it, offers that run on it, and what was written for it before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from agent.calendar.upcoming import Event
from agent.journal import Journal
from agent.storage.queries import Filters
from agent.storage.rows import DraftRow
from knowledge_base.base import KnowledgeBase
from knowledge_base.errors import BadInputError
from knowledge_base.records import Product

LOOKED_AT = 8
MOST_PRODUCTS = 3
MOST_DRAFTS = 3
AROUND = timedelta(21)
"""How far from the same event a year ago its copy may have been written: before it, and in the days of it."""
FAR_AGO = timedelta(120)
"""Copy that names the event and is younger than this belongs to the present one."""


@dataclass(frozen=True, slots=True)
class Fit:
    product: Product
    why: str
    """Chinese: the word that matches, or the offer that runs."""


def fitting(event: Event, kb: KnowledgeBase, brand: str = "") -> tuple[Fit, ...]:
    """The products to write about, best first: those people named, then those with an offer that day and a reason."""
    if event.quiet:
        return ()
    named = tuple(_named(event, kb))
    if named:
        return named
    words = event.words.split()
    found: list[Fit] = []
    for hit in kb.search(event.words, k=LOOKED_AT, kinds=("product",), brand=brand or None, on=event.start):
        if isinstance(hit.record, Product) and (reason := _reason(hit.record, words, event.start)):
            found.append(Fit(hit.record, reason))
    if event.kind == "大促":
        known = {fit.product.id for fit in found}
        offered = [one for one in kb.all("product", brand or None) if isinstance(one, Product) and one.id not in known]
        found = [*(Fit(one, why) for one in offered if (why := _offer(one, event.start))), *found]
    return tuple(found[:MOST_PRODUCTS])


def written_before(event: Event, journal: Journal, brand: str = "") -> tuple[DraftRow, ...]:
    """Copy for the same event in earlier years: what names it, then what was written around it a year ago."""
    # An event on the calendar may carry an explanation in brackets that no copy would.
    name = event.name.partition("（")[0]
    named = [row for row in journal.search(name) if row.created_at.astimezone().date() < event.start - FAR_AGO]
    if event.before is not None and not named:
        rows = journal.list(Filters(since=_midnight(event.before - AROUND), limit=None))
        named = [
            row
            for row in rows
            if event.before - AROUND <= row.created_at.astimezone().date() <= event.before + (event.end - event.start)
        ]
    good = [row for row in named if row.status == "ok" and brand in ("", row.brand)]
    return tuple(sorted(good, key=lambda row: (-row.finals, -row.created_at.timestamp()))[:MOST_DRAFTS])


def _named(event: Event, kb: KnowledgeBase) -> Iterable[Fit]:
    for wanted in event.products:
        try:
            product = kb.resolve("product", wanted)
        except BadInputError as error:
            raise BadInputError(error.message, file="calendar.yaml", field=event.name, hint=error.hint) from error
        if isinstance(product, Product):
            yield Fit(product, _offer(product, event.start) or "指定")


def _reason(product: Product, words: Iterable[str], day: date) -> str:
    """Why it fits. The storage advice in its specs is no reason: what it is, does and is used for."""
    offer = _offer(product, day)
    text = "\n".join((product.name, product.category, *product.aliases, *product.selling_points, *product.scenes))
    word = next((word for word in words if word in text), "")
    if not word:
        return ""
    scene = next((scene for scene in (*product.scenes, *product.selling_points) if word in scene), word)
    return f"{scene}；{offer}" if offer else scene


def _offer(product: Product, day: date) -> str:
    """The offer that runs that day; one without an end is no news."""
    for offer in product.promotions:
        if offer.end is not None and day <= offer.end and (offer.start is None or offer.start <= day):
            return f"{offer.name}：{offer.text}"
    return ""


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
