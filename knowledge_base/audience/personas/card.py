"""A persona card: statements about a segment, each with the figures it rests on. Aggregates only, no person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Field = Literal["name", "who", "needs", "pains", "scenes", "language", "objections", "evidence", "channels", "avoid"]
LIST_FIELDS: tuple[Field, ...] = ("needs", "pains", "scenes", "language", "objections", "evidence", "channels", "avoid")
Unit = Literal["share", "mean"]
RARE = 0.01
"""A share of others below which no ratio is said: 1400 times next to nothing."""

PREFIX = "segment:"
"""Ids of personas that come from segments: segment:3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of a segment beside the same number of everybody else."""

    what: str
    """What was measured, in Chinese."""
    here: float
    elsewhere: float
    n: int
    """People of the segment it was measured on or counts; never fewer than the k of the build."""
    unit: Unit = "share"
    """`share` is in [0, 1]; `mean` is in the unit that `what` names."""

    @property
    def lift(self) -> float | None:
        """How many times the others' number it is; None where the others have none."""
        return self.here / self.elsewhere if self.elsewhere > 0 else None

    def said(self) -> str:
        """In Chinese, for people: 7 点的动作占 17%，别人 3.3%，5.3 倍，n=385."""
        shown = _share if self.unit == "share" else _number
        lift = self.lift
        many = self.unit == "share" and lift is not None and lift >= 1.2 and self.elsewhere >= RARE
        times = f"，{lift:.1f} 倍" if many else ""
        return f"{self.what} {shown(self.here)}，别人 {shown(self.elsewhere)}{times}，n={self.n}"


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a card."""

    field: Field
    key: str
    """Names the reason for the sentence, so that the next build's version of it is recognised: feature.share_rate."""
    text: str
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonaCard:
    """One segment."""

    id: str
    """segment:3"""
    size: int
    share: float
    """Of everybody in a segment, 0..1."""
    brand: str = ""
    statements: tuple[Statement, ...] = ()

    @property
    def name(self) -> str:
        return next(one.text for one in self.statements if one.field == "name")

    def of(self, field: Field) -> tuple[Statement, ...]:
        """The statements of one field, in order."""
        return tuple(one for one in self.statements if one.field == field)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values; figures with their lift."""
        rows = [
            {
                **{name: getattr(one, name) for name in ("field", "key", "text")},
                "figures": [asdict(figure) | {"lift": figure.lift, "said": figure.said()} for figure in one.figures],
            }
            for one in self.statements
        ]
        return {"id": self.id, "size": self.size, "share": self.share, "brand": self.brand, "statements": rows}


def card_from(body: Mapping[str, Any]) -> PersonaCard:
    """The card that `as_dict` gave."""
    names = ("what", "here", "elsewhere", "n", "unit")
    statements = tuple(
        Statement(
            row["field"], row["key"], row["text"], tuple(Figure(**{k: f[k] for k in names}) for f in row["figures"])
        )
        for row in body["statements"]
    )
    return PersonaCard(
        id=body["id"], size=body["size"], share=body["share"], brand=body["brand"], statements=statements
    )


def number_of(id: str) -> int:
    """3 of segment:3; 0 for an id of another kind."""
    text = id.removeprefix(PREFIX)
    return int(text) if id.startswith(PREFIX) and text.isascii() and text.isdigit() else 0


def _share(value: float) -> str:
    percent = value * 100
    return f"{percent:.1f}%" if 0 < percent < 9.95 or 99 < percent < 99.95 else f"{percent:.0f}%"


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 99.5 else f"{value:.3g}"
