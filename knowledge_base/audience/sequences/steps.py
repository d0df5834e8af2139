"""Events as steps within visits: what had been done up to a moment, and what came next or that the visit ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from knowledge_base.audience.schemas import ACTIONS
from knowledge_base.errors import BadInputError

Ints = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]

OWN = tuple(action for action in ACTIONS if action != "未读")
"""What people do themselves; a code is a place in it."""
END = len(OWN)
START = len(OWN) + 1
NAMES = (*OWN, "离开")
"""Names of what can come next, by code."""
VISIT_GAP_MINUTES = 30
BACK = 4
"""Latest actions that are looked at one by one."""
MINUTE = 60_000_000


@dataclass(frozen=True, slots=True)
class Steps:
    """One row an own action, sorted by person and time: a person's rows are their whole history, side by side.

    Models take the table whole and the places of the rows that are asked for, since some look at all rows before.
    """

    names: list[str]
    """Pseudonym of each person."""
    users: Ints
    """Of each row: the place of its person in `names`."""
    moments: Ints
    """Microseconds since 1970."""
    waited: Floats
    """Minutes since the person's action before, over visits too; NaN for the first."""
    recent: Ints
    """(rows, BACK) codes of the latest actions of the visit, newest first; START before its beginning."""
    following: Ints
    """Code of what came next in the visit, END, or -1 where the data stop before one could know."""
    context: Floats
    """(rows, columns) numbers known at that moment: see CONTEXT."""

    def __len__(self) -> int:
        return len(self.users)

    def column(self, name: str) -> Floats:
        """(rows,) one of CONTEXT."""
        return self.context[:, CONTEXT.index(name)]

    def latest(self) -> Ints:
        """Place of each person's last row, in the order of `names`: what they do next is what a shop asks."""
        return np.flatnonzero(np.diff(self.users, append=-1) != 0)


CONTEXT = (
    "第几步", "距上一步分钟", "小时", "价格", "以前买过几次", "以前加购几次", "以前动作几次",
    *(f"这次访问{action}" for action in OWN),
)  # fmt: skip


def steps(events: pl.LazyFrame, *, utc_offset_hours: float = 8) -> Steps:
    """Events (user, time, action, price) as steps. Raises BadInputError without any."""
    frame = (
        events.select("user", "time", pl.col("action").cast(pl.String), "price")
        .filter(pl.col("action").is_in(OWN))
        .sort("user", "time", maintain_order=True)
        .collect()
    )
    if not frame.height:
        raise BadInputError("没有本人的动作，看不出顺序", hint="先导入行为数据。")
    users = frame["user"].rank("dense").to_numpy().astype(np.int64) - 1
    names = frame["user"].unique().sort().to_list()
    moments = frame["time"].cast(pl.Datetime("us")).to_physical().to_numpy().astype(np.int64)
    action = frame["action"].replace_strict({name: code for code, name in enumerate(OWN)}).to_numpy().astype(np.int64)
    same_user = np.diff(users, prepend=-1) == 0
    waited = np.where(same_user, np.diff(moments, prepend=moments[0]) / MINUTE, np.nan)
    opens = ~same_user | (waited > VISIT_GAP_MINUTES)
    visit = np.cumsum(opens) - 1
    first = np.flatnonzero(opens)[visit]
    place = np.arange(len(action)) - first
    following = np.append(np.where(opens[1:], END, action[1:]), END)
    following[(following == END) & (moments > moments.max() - VISIT_GAP_MINUTES * MINUTE)] = -1
    recent = np.full((len(action), BACK), START, dtype=np.int64)
    for back in range(BACK):
        known = np.flatnonzero(place >= back)
        recent[known, back] = action[known - back]
    price = frame["price"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    hour = (moments / (60 * MINUTE) + utc_offset_hours) % 24
    done = np.eye(len(OWN))[action]
    first_of_user = np.flatnonzero(~same_user)[users]
    so_far = _since(done, first)
    past = _since(done, first_of_user) - so_far
    numbers = [
        place, np.where(opens, np.nan, waited), hour, price, past[:, OWN.index("购买")], past[:, OWN.index("加购")],
        past.sum(axis=1),
    ]  # fmt: skip
    return Steps(names, users, moments, waited, recent, following, np.column_stack([*numbers, so_far]))


def _since(done: Floats, first: Ints) -> Floats:
    """How often each action was done from row `first` on, the row itself included."""
    total = np.cumsum(done, axis=0)
    return total - (total - done)[first]
