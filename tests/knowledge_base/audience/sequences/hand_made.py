"""Networks whose weights are written down, not learnt: by a formula, or by what is known of `walks.long_memory`."""

from __future__ import annotations

import numpy as np

from knowledge_base.audience.sequences.gru import Gru
from knowledge_base.audience.sequences.history import GAP_MINUTES, GAPS, NUMBERS
from knowledge_base.audience.sequences.steps import END, OWN, VISIT_GAP_MINUTES

FIRMLY = 20.0
NEVER = -40.0


def by_formula(size: int = 3) -> Gru:
    """Weights between -1 and 1, no two alike: entry k of table t is sin(1 + t + 0.7 k)."""
    shapes = {
        "action_table": (len(OWN), 3 * size), "gap_table": (GAPS, 3 * size), "number_table": (NUMBERS, 3 * size),
        "memory_table": (size, 3 * size), "memory_bias": (3 * size,), "out_table": (size, END + 1),
        "out_bias": (END + 1,), "means": (NUMBERS,), "scales": (NUMBERS,),
    }  # fmt: skip
    arrays = {
        name: np.sin(1 + table + 0.7 * np.arange(np.prod(shape))).reshape(shape)
        for table, (name, shape) in enumerate(shapes.items())
    }
    return Gru.of({**arrays, "scales": np.abs(arrays["scales"]) + 0.5})


def knowing() -> Gru:
    """Knows `long_memory(shortest=0, ends=0.1)`: holds a visit's first action, and the latest one.

    Unit 0 is +1 after a visit that opened with 收藏, -1 after 点赞; unit 1 + a is 1 when the latest action is a.
    """
    size = 1 + len(OWN)
    update, new = size, 2 * size
    tables = {
        "action_table": np.zeros((len(OWN), 3 * size)), "gap_table": np.zeros((GAPS, 3 * size)),
        "number_table": np.zeros((NUMBERS, 3 * size)), "memory_table": np.zeros((size, 3 * size)),
        "memory_bias": np.zeros(3 * size), "out_table": np.zeros((size, END + 1)), "out_bias": np.zeros(END + 1),
        "means": np.zeros(NUMBERS), "scales": np.ones(NUMBERS),
    }  # fmt: skip
    code = {name: place for place, name in enumerate((*OWN, "离开"))}
    tables["memory_bias"][update] = FIRMLY
    tables["gap_table"][np.searchsorted(GAP_MINUTES, VISIT_GAP_MINUTES, side="right") :, update] = -2 * FIRMLY
    tables["action_table"][code["收藏"], new] = FIRMLY
    tables["action_table"][code["点赞"], new] = -FIRMLY
    for place in range(len(OWN)):
        tables["memory_bias"][update + 1 + place] = -FIRMLY
        tables["action_table"][place, new + 1 + place] = FIRMLY
    idle = {"阅读": np.log(0.45), "点击": np.log(0.45), "加购": np.log(0.1)}
    follows = {
        "收藏": {**idle, "点赞": 0.0}, "点赞": {**idle, "收藏": 0.0}, "阅读": idle, "点击": idle,
        "加购": {"购买": 0.0, "评论": 0.0}, "购买": {"离开": 0.0}, "评论": {"离开": 0.0},
    }  # fmt: skip
    tables["out_table"][1:] = NEVER
    for action, nexts in follows.items():
        for following, logit in nexts.items():
            tables["out_table"][1 + code[action], code[following]] = logit
    for following, sign in {"购买": 10, "评论": -10, "点赞": 10, "收藏": -10}.items():
        tables["out_table"][0, code[following]] = sign
    return Gru.of(tables)
