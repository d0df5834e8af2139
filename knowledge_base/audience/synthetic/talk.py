"""What invented customers say and what the shop answers; some messages carry personal data, none of it real."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np

from knowledge_base.audience.synthetic.people import People
from knowledge_base.audience.synthetic.plan import Plan

SHARE = 0.35
"""Conversations a person."""
PERSONAL = 0.06
"""Share of customers' messages that hold a phone number and a name."""
EMERGING_ITEM, EMERGING_DAYS = "p-cup", 14
EMERGING = ("{item}漏水，包都湿了", "{item}盖子漏水，倒过来就滴", "又漏水了，{item}的密封圈是不是有问题")
EMERGING_SHARE = 0.15
"""Of the last two weeks' conversations: a complaint that was not there before."""

Message = dict[str, Any]


def messages(plan: Plan, people: People, days: int, end: datetime, rng: np.random.Generator) -> list[Message]:
    """Rows in order of time, with the truth (intent, sentiment, personal, emerging) on customers' rows."""
    rows: list[Message] = []
    weights = np.array([one["weight"] for one in plan.talk], dtype=float)
    weights /= weights.sum()
    products = {one.id: one for one in plan.products}
    for number in range(max(20, round(SHARE * len(people)))):
        person = int(rng.integers(len(people)))
        segment = plan.segments[int(people.segment[person])]
        day = int(rng.integers(days))
        at = (end - timedelta(days=days - day)).replace(tzinfo=None) + timedelta(
            hours=int(rng.choice(list(segment.hours))), minutes=int(rng.integers(60)), seconds=int(rng.integers(60))
        )
        topic = plan.talk[int(rng.choice(len(plan.talk), p=weights))]
        item = str(rng.choice(list(segment.items)))
        intent, sentiment, emerging = topic["intent"], topic["sentiment"], False
        text = str(rng.choice(topic["asks"]))
        if days - day <= EMERGING_DAYS and rng.random() < EMERGING_SHARE:
            text, item, intent, sentiment, emerging = str(rng.choice(EMERGING)), EMERGING_ITEM, "complaint", -1, True
            topic = next(one for one in plan.talk if one["intent"] == "complaint")
        personal = rng.random() < PERSONAL
        text = text.replace("{item}", products[item].name)
        if personal:
            text += f"，我叫陈小{'安宁静文'[number % 4]}，电话1380000{number % 10000:04d}"
        answer = str(rng.choice(topic["answers"])).replace("{item}", products[item].name)
        common = {"user": people.ids[person], "session": f"s{number:06d}", "item": item}
        truth = {"intent": intent, "sentiment": sentiment, "personal": bool(personal), "emerging": emerging}
        rows.append({**common, "time": at, "role": "顾客", "text": text, **truth})
        rows.append(
            {**common, "time": at + timedelta(minutes=int(rng.integers(1, 30))), "role": "客服", "text": answer}
        )
    return sorted(rows, key=lambda row: (row["time"], row["session"], row["role"] == "客服"))
