"""How much and what: counts, rates and the funnel."""

from __future__ import annotations

import numpy as np

from knowledge_base.audience.features.log import ACTION_CODES, Columns, Floats, Log
from knowledge_base.audience.schemas import ACTIONS, Action

NAMES: dict[Action, str] = {
    "阅读": "reads",
    "点赞": "likes",
    "评论": "comments",
    "转发": "shares",
    "收藏": "favourites",
    "点击": "clicks",
    "加购": "carts",
    "购买": "buys",
    "未读": "unread",
}
RECENT: tuple[Action, ...] = ("阅读", "点击", "收藏", "加购", "购买")


def counts(log: Log) -> Columns:
    """Actions of each kind, in all and lately."""
    by_action = log.table(log.action, len(ACTIONS))
    lately = log.table(log.action, len(ACTIONS), log.day < 30)
    by_action[:, ACTION_CODES["未读"]] = log.unread
    total = by_action.sum(axis=1) - log.unread
    month = lately.sum(axis=1)
    before = log.count((log.day >= 30) & (log.day < 60))
    found: Columns = {
        "events_total": total,
        "events_7d": log.count(log.day < 7),
        "events_30d": month,
        "events_90d": log.count(log.day < 90),
        "trend_30d": ratio(month - before, month + before),
    }
    found |= {name: by_action[:, ACTION_CODES[action]] for action, name in NAMES.items()}
    found |= {f"{NAMES[action]}_30d": lately[:, ACTION_CODES[action]] for action in RECENT}
    reads = found["reads"]
    found |= {
        "like_rate": ratio(found["likes"], reads),
        "comment_rate": ratio(found["comments"], reads),
        "share_rate": ratio(found["shares"], reads),
        "favourite_rate": ratio(found["favourites"], reads),
        "open_rate": ratio(reads, reads + found["unread"]),
        "read_to_click": ratio(found["clicks"], reads),
        "click_to_cart": ratio(found["carts"], found["clicks"]),
        "cart_to_buy": ratio(found["buys"], found["carts"]),
    }
    return found


def ratio(part: Floats, whole: Floats) -> Floats:
    """part / whole, 0 where there is no whole."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
