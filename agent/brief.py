"""What the user asked for, validated, with every id resolved. Nothing here costs money to build."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from knowledge_base.records import Channel

Origin = Literal["cli", "campaign", "eval", "trigger", "desk", "chat"]
Form = Literal["article", "ad", "post", "service", "comment"]
"""What is written within a channel: an article; a Moments ad or staff post; a 1:1 service reply or a comment reply."""
Angle = Literal["pain", "benefit", "scene", "proof", "offer"]
ANGLES: tuple[Angle, ...] = ("scene", "pain", "benefit", "proof", "offer")
ANGLE_NAMES: dict[Angle, str] = {"pain": "痛点", "benefit": "利益", "scene": "场景", "proof": "证据", "offer": "优惠"}


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier message of a conversation."""

    role: Literal["customer", "staff"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    channel: Channel
    form: Form
    today: date
    """The day the copy is for; offers and coupons are judged against it."""
    brand: str = ""
    products: tuple[str, ...] = ()
    persona: str = ""
    goal: str = ""
    angle: Angle | None = None
    format: str = ""
    """Moments ad format id from knowledge_base/rules/channels.yaml; empty for the channel's default."""
    cta: str = ""
    """What the reader should do, e.g. 去逛逛; for ads one of the channel's link texts."""
    coupon: str = ""
    message: str = ""
    """The customer's message (reply only). Untrusted."""
    history: tuple[Turn, ...] = ()
    notes: str = ""
    """Anything else the user asked for, in their words."""
    seed: int = 0
    variant: int = 0
    """0-based number among the drafts asked for together; each takes another angle or opening."""
    origin: Origin = "cli"
