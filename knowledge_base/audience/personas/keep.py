"""What is kept of the personas between builds: who was in which segment, the cards as generated, the picks."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge_base.audience.personas.card import LIST_FIELDS, PersonaCard, card_from
from knowledge_base.audience.personas.merge import Generated, Item
from knowledge_base.errors import StorageError

if TYPE_CHECKING:
    import polars as pl

    from knowledge_base.audience.personas.picks import Pick

FOLDER = Path("audience") / "personas"
"""Below the hidden folder of the workspace."""
CARDS, MEMBERS = "cards.json", "members.parquet"
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The last build. No person is in it: members stand in a file of their own, where they can be forgotten."""

    at: str
    """UTC, ISO."""
    file: str
    """The persona file, relative to the workspace."""
    cards: tuple[PersonaCard, ...] = ()
    """As generated, before people's edits."""
    picks: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    """Persona id -> products as plain values of `Pick`, best first."""
    recommender: str = ""
    """Which one and why, in Chinese."""
    taken: frozenset[int] = frozenset()
    """Every number ever given to a segment."""


def load(data: Path) -> Kept | None:
    """`data`: the hidden folder of the workspace. None before the first build. Raises StorageError."""
    path = data / FOLDER / CARDS
    if not path.is_file():
        return None
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        return Kept(
            at=body["at"],
            file=body["file"],
            cards=tuple(card_from(one) for one in body["cards"]),
            picks={id: tuple(rows) for id, rows in body["picks"].items()},
            recommender=body["recommender"],
            taken=frozenset(body["taken"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StorageError(f"{path} 读不了：{error}", hint="删掉它，重新运行 wenan audience personas。") from error


def save(data: Path, kept: Kept) -> None:
    """Whole or not at all."""
    body = {
        "version": VERSION,
        "at": kept.at,
        "file": kept.file,
        "cards": [one.as_dict() for one in kept.cards],
        "picks": {id: [dict(one) for one in rows] for id, rows in kept.picks.items()},
        "recommender": kept.recommender,
        "taken": sorted(kept.taken),
    }
    write_text(data / FOLDER / CARDS, json.dumps(body, ensure_ascii=False, indent=1))


def members(data: Path) -> pl.DataFrame | None:
    """user, number of the last build; None before the first."""
    import polars as pl

    path = data / FOLDER / MEMBERS
    return pl.read_parquet(path) if path.is_file() else None


def plain_picks(found: tuple[Pick, ...]) -> tuple[Mapping[str, Any], ...]:
    """Picks as plain values."""
    return tuple(asdict(one) for one in found)


def generated(card: PersonaCard) -> Generated:
    """A card as merging sees it. Sentences that read the same are one."""
    body: dict[str, str | tuple[Item, ...]] = {"name": card.name}
    if card.brand:
        body["brand"] = card.brand
    if who := card.of("who"):
        body["who"] = who[0].text
    for name in LIST_FIELDS:
        items: dict[str, Item] = {}
        for one in card.of(name):
            items.setdefault(one.text, Item(one.key, one.text))
        if items:
            body[name] = tuple(items.values())
    return body


def write_text(path: Path, text: str) -> None:
    """Replaces a file in one step. Raises StorageError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StorageError(f"写不了 {path}：{error.strerror or error}", hint="关掉正在用它的程序再试。") from error
