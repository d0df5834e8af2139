"""The columns of the four tables, and the words for what people do."""

from __future__ import annotations

from typing import Literal, get_args

from knowledge_base.audience.extra import missing

try:
    import polars as pl
except ModuleNotFoundError as error:
    raise missing("polars") from error

Action = Literal["阅读", "点赞", "评论", "转发", "收藏", "点击", "加购", "购买", "未读"]
ACTIONS: tuple[Action, ...] = get_args(Action)
"""未读: it was delivered and not opened."""

Table = Literal["events", "users", "orders", "messages"]
TABLES: tuple[Table, ...] = get_args(Table)
TABLE_NAMES: dict[Table, str] = {"events": "行为", "users": "用户", "orders": "订单", "messages": "消息"}

ACTION = pl.Enum(ACTIONS)
ROLE = pl.Enum(["customer", "staff"])
TIME = pl.Datetime("us")
"""UTC, without a zone attached: `dt.replace_time_zone("UTC").dt.convert_time_zone(...)` gives a shop's own clock."""

PSEUDONYM_CHARS = 16
"""Hex digits of a pseudonym."""

SCHEMAS: dict[Table, dict[str, pl.DataType]] = {
    "events": {
        "user": pl.String(),
        "time": TIME,
        "action": ACTION,
        "item": pl.String(),
        "category": pl.String(),
        "price": pl.Float64(),
        "channel": pl.String(),
    },
    "users": {
        "user": pl.String(),
        "gender": pl.String(),
        "age": pl.Float64(),
        "region": pl.String(),
        "city": pl.String(),
        "joined": TIME,
        "birthday": pl.String(),
        "tags": pl.String(),
    },
    "orders": {
        "user": pl.String(),
        "order": pl.String(),
        "time": TIME,
        "item": pl.String(),
        "quantity": pl.Int64(),
        "amount": pl.Float64(),
    },
    "messages": {
        "user": pl.String(),
        "time": TIME,
        "text": pl.String(),
        "channel": pl.String(),
        "item": pl.String(),
        "role": ROLE,
        "session": pl.String(),
    },
}
"""Columns every frame of a table has. `users` may carry more columns than these, whatever the shop exports.

`birthday` is MM-DD, `tags` are joined by `|`, `gender` is 女 or 男 or null, `amount` is 元 for one line of an order.
Null means not known; item, category, channel are null where the export says nothing.
"""


FIELD_NAMES = {
    "item": "商品",
    "category": "类目",
    "price": "价格",
    "channel": "渠道",
    "order": "订单号",
    "quantity": "数量",
    "amount": "金额",
    "gender": "性别",
    "age": "年龄",
    "region": "地区",
    "city": "城市",
    "joined": "加入时间",
    "birthday": "生日",
    "tags": "标签",
    "role": "角色",
    "session": "会话",
    "text": "内容",
}
"""What columns are called in reports."""


def empty(table: Table) -> pl.LazyFrame:
    """A frame of the table with no rows."""
    return pl.LazyFrame(schema=SCHEMAS[table])
