"""Everything a draft may lean on, with the trace of where each piece came from."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge_base.hit import Leg
from knowledge_base.records import Asset, Brand, Coupon, Exemplar, Kind, Passage, Persona, Policy, Product


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """Why a record is in the context."""

    id: str
    kind: Kind
    score: float
    """Fused score in [0, 1]; 1.0 when the record was named by id."""
    dense: Leg | None = None
    lexical: Leg | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """Something left out of the prompt to stay inside the token budget."""

    id: str
    what: str
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedLink:
    """The real destination of the call to action, with the draft id in it."""

    url: str = ""
    mini_appid: str = ""
    mini_path: str = ""
    scene: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDraft:
    """An earlier draft for the same product or persona, so that the new one does not repeat it."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    products: tuple[Product, ...] = ()
    persona: Persona | None = None
    brand: Brand | None = None
    coupon: Coupon | None = None
    policies: tuple[Policy, ...] = ()
    passages: tuple[Passage, ...] = ()
    exemplars: tuple[Exemplar, ...] = ()
    assets: tuple[Asset, ...] = ()
    past: tuple[PastDraft, ...] = ()
    link: TrackedLink | None = None
    retrieved: tuple[Retrieved, ...] = ()
    cuts: tuple[Cut, ...] = ()
    kb_version: str = ""
    """Version of the knowledge base that was read."""
