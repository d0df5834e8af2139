"""From segments to cards, picks and the merged persona file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from knowledge_base.audience import parts
from knowledge_base.audience.features.build import compute
from knowledge_base.audience.personas import keep
from knowledge_base.audience.personas.card import PREFIX, PersonaCard, number_of
from knowledge_base.audience.personas.identity import Identity, renumbered
from knowledge_base.audience.personas.merge import Card, Conflict, Generated, Item, merge_card
from knowledge_base.audience.personas.phrasing import card, unique_names
from knowledge_base.audience.personas.picks import picks
from knowledge_base.audience.personas.profile import profiles
from knowledge_base.audience.personas.segmenting import SEGMENTS, lasting, relabel
from knowledge_base.audience.personas.yaml_file import PersonaFile
from knowledge_base.audience.privacy.kanon import K
from knowledge_base.audience.store import now
from knowledge_base.errors import BadInputError
from knowledge_base.records import Brand, Product, Record

if TYPE_CHECKING:
    from knowledge_base.audience.messages.verdict import Classifier
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.embedding import Embedder


@dataclass(frozen=True, slots=True)
class Built:
    """What the data say now; nothing of it is written yet."""

    cards: tuple[PersonaCard, ...]
    """By number."""
    picks: Mapping[str, tuple[Mapping[str, Any], ...]]
    recommender: str
    identity: Identity
    members: pl.DataFrame
    """user, number."""
    small: int
    """Groups left out because they have fewer than k people."""
    taken: frozenset[int]


def build(
    store: AudienceStore,
    records: Sequence[Record],
    embedder: Embedder,
    *,
    classifier: Classifier | None = None,
    k: int = K,
) -> Built:
    """Cards of the segments that were found last. `records`: the knowledge base. `k` below 20 is not taken.

    Raises BadInputError when there are no segments, or none with k people.
    """
    k = max(k, K)
    path = store.folder / SEGMENTS
    if not path.is_file():
        raise BadInputError("还没有分群", hint="先运行 wenan audience segments。")
    found = parts.scan([path]).collect()
    before = keep.load(store.workspace.data)
    identity = lasting(store, found)
    known = products_by_item(store, records)
    brands = [one.id for one in records if isinstance(one, Brand)]
    described = profiles(store, found, compute(store), k=k, classifier=classifier)
    if not described:
        raise BadInputError(
            f"没有一群人够 {k} 个，写不了画像", hint="导入更多数据，或分少几群：wenan audience segments -k 3。"
        )
    chosen, why = picks(store, found, {one.number: one.items for one in described}, known, embedder, k=k)
    first = {number: known[rows[0].item] for number, rows in chosen.items() if rows}
    brand = brands[0] if len(brands) == 1 else ""
    numbers = identity.numbers
    cards = [card(one, known, numbers[one.number], k=k, brand=brand, picked=first.get(one.number)) for one in described]
    ordered = sorted(unique_names(cards), key=lambda one: number_of(one.id))
    return Built(
        tuple(ordered),
        {f"{PREFIX}{identity.numbers[number]}": keep.plain_picks(rows) for number, rows in chosen.items()},
        why,
        identity,
        renumbered(found, identity),
        len(identity.numbers) - len(cards),
        frozenset({*(before.taken if before else ()), *identity.numbers.values()}),
    )


def products_by_item(store: AudienceStore, records: Sequence[Record]) -> dict[str, Product]:
    """Items of the data -> products of the knowledge base, by id, else by name or alias."""
    products = [one for one in records if isinstance(one, Product)]
    names = {name: one for one in reversed(products) for name in (*one.aliases, one.name, one.id)}
    events, orders = store.events().select("item"), store.orders().select("item")
    items = pl.concat([events, orders]).unique().drop_nulls().collect()["item"].to_list()
    return {item: names[item] for item in sorted(items) if item in names}


@dataclass(frozen=True, slots=True)
class Merged:
    """The new text of the persona file and what a person should know of it."""

    text: str
    conflicts: tuple[Conflict, ...]
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    """Cards of segments that are gone, which nobody had edited."""
    deleted: tuple[str, ...]
    """Cards a person took out, which stay out."""
    kept: tuple[str, ...]
    """Cards of segments that are gone, which stay because a person edited them."""


def merge_file(
    text: str,
    cards: Sequence[PersonaCard],
    base: Sequence[PersonaCard],
    *,
    file: str,
    reset: frozenset[str] = frozenset(),
) -> Merged:
    """`text`: the file as it is, empty for none. `base`: what was generated last time. `reset`: ids made anew.

    Raises BadInputError for a file that cannot be read.
    """
    document = PersonaFile(text, file)
    mine = document.cards()
    old: dict[str, Generated] = {one.id: keep.generated(one) for one in base}
    conflicts: list[Conflict] = []
    notes: dict[str, list[str]] = {name: [] for name in ("added", "changed", "removed", "deleted", "kept")}
    for one in cards:
        ours, present = keep.generated(one), mine.get(one.id)
        if one.id in old and present is None and one.id not in reset:
            notes["deleted"].append(one.id)
            continue
        if present is None or one.id in reset:
            document.put(one.id, as_fields(ours))
            notes["added" if present is None else "changed"].append(one.id)
            continue
        fields = {name: value for name, value in present.items() if name != "id"}
        merged, clashes = merge_card(one.id, old.get(one.id), ours, fields)
        conflicts += clashes
        if merged != fields:
            document.put(one.id, merged)
            notes["changed"].append(one.id)
    current = {one.id for one in cards}
    for id, generated in old.items():
        if id in current or id not in mine:
            continue
        untouched = {name: value for name, value in mine[id].items() if name != "id"} == as_fields(generated)
        notes["removed" if untouched else "kept"].append(id)
        if untouched:
            document.drop(id)
    sorted_notes = {name: tuple(ids) for name, ids in notes.items()}
    return Merged(document.text(), tuple(conflicts), **sorted_notes)


def as_fields(card: Generated) -> Card:
    """A generated card as it stands in the file."""
    return {
        name: value if isinstance(value, str) else [one.text for one in value if isinstance(one, Item)]
        for name, value in card.items()
    }


def save(store: AudienceStore, built: Built, merged: Merged, path: Path) -> None:
    """The file first: a build that is cut off then finds its own text in it, and takes nothing for an edit."""
    data = store.workspace.data
    keep.write_text(path, merged.text)
    parts.write(built.members.lazy(), data / keep.FOLDER / keep.MEMBERS)
    # A card a person threw away stays known, or it would come back as new; so does an edited one of a gone segment.
    current = {one.id for one in built.cards}
    before = keep.load(data)
    stay = [one for one in (before.cards if before else ()) if one.id in merged.kept and one.id not in current]
    kept = keep.Kept(
        at=now().isoformat(timespec="seconds"),
        file=store.workspace.relative(path),
        cards=(*built.cards, *stay),
        picks=built.picks,
        recommender=built.recommender,
        taken=built.taken,
    )
    keep.save(data, kept)
    relabel(store, built.identity)
