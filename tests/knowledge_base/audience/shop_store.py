"""An invented shop, straight from the generator into a store, with its truth: no export and import in between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from knowledge_base.audience.store import AudienceStore
from knowledge_base.audience.synthetic.people import People, people
from knowledge_base.audience.synthetic.plan import CHANNELS, plan
from knowledge_base.audience.synthetic.visits import visits
from knowledge_base.workspace import Workspace

CLOCK = timedelta(hours=8)
"""The generator speaks the shop's time; the store holds UTC."""


@dataclass(frozen=True, slots=True)
class ShopStore:
    store: AudienceStore
    crowd: People
    segment: dict[str, int]
    """User -> true segment."""


def shop_store(root: Path, users: int, seed: int = 5, days: int = 182) -> ShopStore:
    """Orders are left to the purchase events."""
    rng = np.random.default_rng(seed)
    shop = plan()
    crowd = people(shop, users, rng)
    events = visits(shop, crowd, days, datetime(2026, 11, 20), rng)  # noqa: DTZ001 - the shop's clock
    ids = [f"{number:016x}" for number in range(users)]
    person, product = events["person"].to_numpy(), events["product"].to_numpy()
    frame = events.select(pl.col("time") - CLOCK, pl.col("action").cast(pl.String)).with_columns(
        user=pl.Series([ids[one] for one in person]),
        item=pl.Series([shop.products[one].id for one in product]),
        category=pl.Series([shop.products[one].category for one in product]),
        price=pl.Series([shop.products[one].price for one in product]),
        channel=pl.Series([CHANNELS[one] for one in events["channel"].to_numpy()]),
    )
    store = AudienceStore.open(Workspace(root))
    store.put_events(frame)
    tags = ["|".join(name for name, has in crowd.traits.items() if has[number]) for number in range(users)]
    gender = ["女" if one else "男" for one in crowd.female]
    profile = {"user": ids, "gender": gender, "age": crowd.age.astype(float), "region": crowd.region, "tags": tags}
    store.put_users(pl.DataFrame(profile))
    return ShopStore(store, crowd, dict(zip(ids, crowd.segment.tolist(), strict=True)))
