"""An invented shop as the files its back-end would export, and the truth behind them as truth.json."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from knowledge_base.audience.synthetic.dirt import TIME_FORMAT, Planted, dirty
from knowledge_base.audience.synthetic.people import People, people
from knowledge_base.audience.synthetic.plan import CHANNELS, STATES, Plan, plan
from knowledge_base.audience.synthetic.talk import Message, messages
from knowledge_base.audience.synthetic.visits import PUSHES, visits

DAYS = 182
"""Half a year."""
EVENTS_PER_USER = 42
"""What people do on average in `DAYS`, unread pushes included."""
EXCEL_ORDERS = 20_000
"""More orders than this go into CSV."""


@dataclass(frozen=True, slots=True)
class Shop:
    """Paths of what was written."""

    events: Path
    orders: Path
    users: Path
    messages: Path
    truth: Path

    @property
    def exports(self) -> tuple[Path, ...]:
        """What `wenan audience import` reads."""
        return self.users, self.events, self.orders, self.messages


def write_shop(folder: Path, *, users: int, seed: int, until: datetime, days: int = DAYS) -> Shop:
    """Makes a shop of `users` people over `days` days that end at `until` (the shop's clock), and writes its files.

    The same arguments give the same files. About 42 events a person.
    """
    rng = np.random.default_rng(seed)
    shop = plan()
    crowd = people(shop, users, rng)
    clean = _named(shop, crowd, visits(shop, crowd, days, until, rng))
    talk = messages(shop, crowd, days, until, rng)
    folder.mkdir(parents=True, exist_ok=True)
    orders = _orders(shop, crowd, clean, rng)
    orders_path = folder / ("orders.xlsx" if orders.height <= EXCEL_ORDERS else "orders.csv")
    paths = Shop(
        folder / "events.csv", orders_path, folder / "users.jsonl", folder / "messages.csv", folder / "truth.json"
    )
    events, planted = dirty(shop, clean.drop("person"), users, until, rng)
    events.rename(EVENT_HEADERS).write_csv(paths.events, include_bom=True)
    _write_orders(orders.rename(ORDER_HEADERS), orders_path)
    _write_users(crowd, until, rng, paths.users, planted.bots)
    _write_messages(talk, paths.messages)
    truth = _truth(shop, crowd, clean, planted, talk, seed=seed, until=until, days=days)
    paths.truth.write_text(json.dumps(truth, ensure_ascii=False, indent=1), encoding="utf-8")
    return paths


def write_events(path: Path, *, users: int, per_user: float, seed: int, until: datetime, days: int = DAYS) -> None:
    """Only the events file, with about `per_user` events a person: for speed tests of any size."""
    rng = np.random.default_rng(seed)
    shop = plan()
    crowd = people(shop, users, rng)
    usual = EVENTS_PER_USER
    quiet = replace(shop, segments=tuple(replace(one, visits=one.visits * per_user / usual) for one in shop.segments))
    clean = _named(shop, crowd, visits(quiet, crowd, days, until, rng, pushes=round(PUSHES * per_user / usual)))
    events, _ = dirty(shop, clean.drop("person"), 0, until, rng)
    path.parent.mkdir(parents=True, exist_ok=True)
    events.rename(EVENT_HEADERS).write_csv(path, include_bom=True)


EVENT_HEADERS = {
    "user": "用户ID",
    "time": "时间",
    "action": "行为",
    "item": "商品ID",
    "category": "类目",
    "price": "价格",
    "channel": "渠道",
}
ORDER_HEADERS = {
    "order": "订单号",
    "user": "用户ID",
    "time": "下单时间",
    "item": "商品ID",
    "quantity": "数量",
    "amount": "实付金额",
}


def _named(shop: Plan, crowd: People, events: pl.DataFrame) -> pl.DataFrame:
    """Places -> ids, names and prices; `person` stays."""
    products = pl.DataFrame(
        {
            "product": np.arange(len(shop.products)),
            "item": [one.id for one in shop.products],
            "category": [one.category for one in shop.products],
            "price": [one.price for one in shop.products],
        }
    )
    channels = pl.DataFrame({"channel": np.arange(len(CHANNELS)), "name": list(CHANNELS)})
    crowd_ids = pl.DataFrame({"person": np.arange(len(crowd)), "user": crowd.ids})
    joined = events.join(products, on="product", how="left", maintain_order="left")
    joined = joined.join(channels, on="channel", how="left", maintain_order="left")
    joined = joined.join(crowd_ids, on="person", how="left", maintain_order="left")
    return joined.select("person", "user", "time", "action", "item", "category", "price", channel="name")


def _orders(shop: Plan, crowd: People, clean: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    bought = clean.filter(pl.col("action") == "购买")
    means = np.array([one.quantity for one in shop.segments])[crowd.segment[bought["person"].to_numpy()]]
    quantity = 1 + rng.poisson(means - 1)
    return bought.with_columns(
        order=pl.format("T{}", pl.int_range(pl.len()).cast(pl.String).str.zfill(8)),
        quantity=pl.Series(quantity),
        amount=(pl.col("price") * pl.Series(quantity)).round(2),
        time=pl.col("time").dt.strftime(TIME_FORMAT),
    ).select(list(ORDER_HEADERS))


def _write_orders(orders: pl.DataFrame, path: Path) -> None:
    if path.suffix == ".csv":
        orders.write_csv(path, include_bom=True)
        return
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("订单")
    sheet.append(orders.columns)
    for row in orders.iter_rows():
        sheet.append(row)
    book.save(path)


def _write_users(crowd: People, until: datetime, rng: np.random.Generator, path: Path, bots: list[str]) -> None:
    """Bots are followers, too, and tick every box."""
    joined = rng.integers(30, 900, len(crowd))
    day = np.datetime64(until.date())
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for number, id in enumerate(crowd.ids):
            if crowd.unlisted[number]:
                continue
            row = {
                "用户ID": id,
                "昵称": f"虚构用户{number}",
                "手机号": f"1380000{number % 10000:04d}",
                "性别": "女" if crowd.female[number] else "男",
                "年龄": int(crowd.age[number]),
                "地区": crowd.region[number],
                "关注时间": str(day - joined[number]),
                "生日": f"{1 + number % 12:02d}-{1 + number % 28:02d}",
                "标签": "|".join(name for name, holds in crowd.traits.items() if holds[number]),
                "同意营销": "否" if crowd.refused[number] else "是",
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        for bot in bots:
            file.write(json.dumps({"用户ID": bot, "关注时间": str(day), "同意营销": "是"}, ensure_ascii=False) + "\n")


def _write_messages(talk: list[Message], path: Path) -> None:
    """In GBK, as customer-service back-ends like to export."""
    rows = pl.DataFrame(
        {
            "用户ID": [row["user"] for row in talk],
            "会话ID": [row["session"] for row in talk],
            "时间": [row["time"].strftime(TIME_FORMAT) for row in talk],
            "角色": [row["role"] for row in talk],
            "渠道": ["微信客服"] * len(talk),
            "商品ID": [row["item"] for row in talk],
            "内容": [row["text"] for row in talk],
        }
    )
    path.write_bytes(rows.write_csv().encode("gb18030"))


def _truth(
    shop: Plan, crowd: People, clean: pl.DataFrame, planted: Planted, talk: list[Message], **settings: Any
) -> dict[str, Any]:
    names = [one.id for one in shop.segments]
    counts = clean.group_by("action").len().rows()
    return {
        "note": "虚构店铺的标准答案，仅供演示和检验",
        **{name: value.isoformat() if isinstance(value, datetime) else value for name, value in settings.items()},
        "segments": [
            {
                "id": one.id,
                "name": one.name,
                "persona": one.persona,
                "users": int((crowd.segment == number).sum()),
                "items": one.items,
                "hours": {str(hour): weight for hour, weight in one.hours.items()},
                "best_channel": max(one.open, key=lambda name: one.open[name]),
                "best_push_hour": max(one.open_hours, key=lambda hour: one.open_hours[hour]),
                "transitions": shop.transitions(one).round(6).tolist(),
            }
            for number, one in enumerate(shop.segments)
        ],
        "states": [*STATES, "结束"],
        "traits": {name: effect for name, (_, effect) in shop.traits.items()},
        "planted": {**planted.rows, "bot_ids": planted.bots, "typos": shop.typos, "synonyms": shop.synonyms},
        "events": {str(action): count for action, count in sorted(counts)},
        "consent": {
            "refused": [id for id, no in zip(crowd.ids, crowd.refused, strict=True) if no],
            "unlisted": [id for id, no in zip(crowd.ids, crowd.unlisted, strict=True) if no],
        },
        "users": {
            id: {"segment": names[crowd.segment[number]], "buys_cart": round(float(crowd.buys[number]), 4)}
            for number, id in enumerate(crowd.ids)
        },
        "messages": [
            {key: row[key] for key in ("session", "intent", "sentiment", "personal", "emerging")}
            for row in talk
            if "intent" in row
        ],
    }
