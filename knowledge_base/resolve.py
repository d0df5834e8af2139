"""From what a person typed to the record they mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from knowledge_base.codec import search_text
from knowledge_base.errors import UnknownIdError
from knowledge_base.hit import Hit
from knowledge_base.labels import KIND_LABELS
from knowledge_base.records import Kind, Record
from knowledge_base.store.catalog import name_key
from knowledge_base.store.tokens import terms

if TYPE_CHECKING:
    from knowledge_base.store.snapshot import Snapshot

NEAR = 3
"""Suggestions at most."""
MIN_LIKENESS = 50.0
"""rapidfuzz ratio, 0 to 100, below which a name is no suggestion."""
MIN_CHARACTERS = 0.6
MIN_PAIRS = 0.25
"""Shares of a description's characters and of its pairs that the product's text must hold: of 「那个冻干咖啡」 a
product named 冻干黑咖啡 holds 4 of 6 and 2 of 5.
"""
MIN_LEAD = 0.1
"""Fused score by which the best product must beat the second."""


def resolve(kind: Kind, wanted: str, snapshot: Snapshot | None, search: Callable[[str], Sequence[Hit]]) -> Record:
    """See `KnowledgeBase.resolve`."""
    label = KIND_LABELS[kind]
    wanted = wanted.strip()
    if snapshot is None or not wanted:
        raise UnknownIdError(label, wanted)
    record = snapshot.catalog.get(wanted)
    if record is not None and record.kind == kind:
        return record
    named = snapshot.catalog.named(kind, name_key(wanted))
    if len(named) > 1:
        raise UnknownIdError(label, wanted, named[:NEAR])
    record = snapshot.catalog.get(named[0]) if named else None
    if record is not None:
        return record
    hits = search(wanted) if kind == "product" else ()
    best = _clear_best(wanted, hits)
    if best is not None:
        return best
    near = [*_alike(wanted, kind, snapshot), *(hit.record.id for hit in hits if _coverage(wanted, hit.record)[1] > 0)]
    raise UnknownIdError(label, wanted, tuple(dict.fromkeys(near))[:NEAR])


def _clear_best(wanted: str, hits: Sequence[Hit]) -> Record | None:
    if not hits:
        return None
    characters, pairs = _coverage(wanted, hits[0].record)
    if characters < MIN_CHARACTERS or pairs < MIN_PAIRS:
        return None
    if len(hits) > 1 and hits[0].score - hits[1].score < MIN_LEAD:
        return None
    return hits[0].record


def _coverage(wanted: str, record: Record) -> tuple[float, float]:
    """Shares of the distinct characters and pairs of `wanted` that the record's text holds, 0 to 1."""
    text = terms(search_text(record))
    characters, pairs = ((set(asked), set(held)) for asked, held in zip(terms(wanted), text, strict=True))
    return _share(*characters), _share(*pairs)


def _share(asked: set[str], held: set[str]) -> float:
    return len(asked & held) / len(asked) if asked else 0.0


def _alike(wanted: str, kind: Kind, snapshot: Snapshot) -> list[str]:
    """Ids whose id or name looks like `wanted`, best first."""
    from rapidfuzz import fuzz, process

    choices = snapshot.catalog.names(kind)
    found = process.extract(
        name_key(wanted), [key for key, _ in choices], scorer=fuzz.ratio, limit=2 * NEAR, score_cutoff=MIN_LIKENESS
    )
    return [choices[place][1] for _, _, place in found]
