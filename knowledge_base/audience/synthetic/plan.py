"""The invented shop as values: segments, traits, transitions, flaws, and the sample brand's products."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

HERE = Path(__file__).resolve().parent
STATES = ("开始", "阅读", "点赞", "评论", "转发", "收藏", "点击", "加购", "购买")
"""Rows of a transition matrix; its columns are these without 开始, then the end of the visit."""
START, CART, BUY = STATES.index("开始"), STATES.index("加购"), STATES.index("购买")
END = len(STATES)
CHANNELS = ("公众号文章", "朋友圈", "私聊", "短信")
PUSH_HOURS = (8, 12, 18, 21)


@dataclass(frozen=True, slots=True)
class Product:
    id: str
    name: str
    category: str
    price: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentTruth:
    id: str
    name: str
    persona: str
    share: float
    female: float
    age: tuple[float, float]
    """Mean and standard deviation, years."""
    regions: dict[str, float]
    items: dict[str, float]
    hours: dict[int, float]
    """Hour of the shop's clock -> weight."""
    weekend: float
    """Weight of a Saturday or Sunday against a working day."""
    visits: float
    """Mean number of visits over the whole period."""
    intent: float
    """Log-odds of buying what is in the cart, before traits."""
    lifts: dict[str, float]
    open: dict[str, float]
    open_hours: dict[int, float]
    quantity: float


@dataclass(frozen=True, slots=True)
class Plan:
    segments: tuple[SegmentTruth, ...]
    traits: dict[str, tuple[float, float]]
    """Tag -> (share of people, effect on the log-odds)."""
    actions: dict[str, dict[str, float]]
    flaws: dict[str, float]
    typos: dict[str, list[str]]
    synonyms: dict[str, list[str]]
    unknown: list[str]
    talk: tuple[dict[str, Any], ...]
    products: tuple[Product, ...]

    def transitions(self, segment: SegmentTruth) -> np.ndarray[Any, np.dtype[np.float64]]:
        """(states, states + end) probabilities of the next action, rows sum to 1.

        The row of 加购 holds no 购买: whether a cart is bought is the person's own probability, drawn apart.
        """
        matrix = np.zeros((len(STATES), len(STATES) + 1))
        for state, row in self.actions.items():
            for target, chance in row.items():
                matrix[STATES.index(state), STATES.index(target)] = chance * segment.lifts.get(target, 1.0)
        # Lifted rows may exceed 1; a visit still ends now and then.
        totals = matrix.sum(axis=1, keepdims=True)
        matrix = np.where(totals > 0.95, matrix / totals * 0.95, matrix)
        matrix[:, END] = 1 - matrix.sum(axis=1)
        return matrix


@cache
def plan() -> Plan:
    """What shop.yaml, talk.yaml and the sample brand say."""
    shop = _yaml(HERE / "shop.yaml")
    segments = tuple(SegmentTruth(**{**row, "age": tuple(row["age"])}) for row in shop["segments"])
    return Plan(
        segments=segments,
        traits={name: (row["share"], row["effect"]) for name, row in shop["traits"].items()},
        actions=shop["actions"],
        flaws=shop["flaws"],
        typos=shop["typos"],
        synonyms=shop["synonyms"],
        unknown=shop["unknown"],
        talk=tuple(_yaml(HERE / "talk.yaml")),
        products=_products(),
    )


def _products() -> tuple[Product, ...]:
    from knowledge_base import sample

    rows = _yaml(sample.FOLDER / "products.yaml")
    return tuple(Product(row["id"], row["name"], row["category"], float(row["price"])) for row in rows)


def _yaml(path: Path) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
