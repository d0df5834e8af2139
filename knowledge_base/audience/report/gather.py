"""Everything the report says, as plain JSON values; the page only draws it.

Heavy work is done by the commands that keep their results (`segments`, `traits`, ...): this reads what they kept, says
how old it is, and which command makes what is not there.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from knowledge_base.audience.privacy.kanon import K
from knowledge_base.audience.report import safe
from knowledge_base.audience.report.funnel import funnel
from knowledge_base.audience.report.people_map import people_map
from knowledge_base.audience.report.privacy_state import privacy_state

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore

Values = dict[str, Any]
COMMANDS = {
    "funnel": ("行为记录（阅读、点击、加购、购买至少两种）", "wenan audience import 行为.csv"),
    "segments": ("人群", "wenan audience segments"),
    "propensity": ("购买意向模型", "wenan audience train propensity"),
    "traits": ("特征的作用", "wenan audience traits"),
    "messages": ("客户消息的情感和意图", "wenan audience messages"),
    "topics": ("客户在说什么", "wenan audience topics"),
    "recommend": ("推荐方法的比较", "wenan audience recommend"),
    "timing": ("什么渠道、几点发", "wenan audience timing"),
    "forecast": ("订单预测", "wenan audience forecast"),
    "lifetime": ("顾客还会不会回来", "wenan audience lifetime"),
    "fairness": ("公平检查", "wenan audience fairness"),
}
"""Section -> (what is missing when it is not there, the command that makes it)."""
CLEAN: dict[str, Callable[[Values, int], tuple[Values, int]]] = {
    "segments": safe.segments, "traits": safe.traits, "messages": safe.messages, "topics": safe.topics,
    "fairness": safe.fairness, "timing": safe.timing, "recommend": safe.recommend,
}  # fmt: skip


def gather(store: AudienceStore, k: int = K) -> Values:
    """Section name -> its values with `at` and `stale`, or `missing` and `command`; groups under `k` are taken out."""
    imported = max((one.at for one in store.imports() if one.purpose == store.purpose), default=None)
    span = store.span()
    suppressed: dict[str, int] = {}
    sections: Values = {}
    for name in COMMANDS:
        found, at = _kept(store, name) if name != "funnel" else (funnel(store, k), None)
        if found is None:
            what, command = COMMANDS[name]
            sections[name] = {"missing": what, "command": command}
            continue
        if name in CLEAN:
            found, suppressed[name] = CLEAN[name](found, k)
        if name == "segments":
            found["map"] = people_map(store, found, k)
            found["personas"] = _personas(store, {one["id"] for one in found["segments"]}, k)
        stale = bool(found.get("stale")) or bool(at and imported and at < imported)
        sections[name] = {**found, "at": at.isoformat() if at else None, "stale": stale}
    return {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "purpose": store.purpose,
        "k": k,
        "span": [one.isoformat() for one in span] if span else None,
        "rows": {str(table): count for table, count in store.counts().items()},
        "sections": sections,
        "privacy": privacy_state(store, suppressed, k),
    }


def _personas(store: AudienceStore, ids: set[str], k: int) -> Values:
    """Segment id -> what its persona card says, of segments that are shown; empty before `audience personas`."""
    from knowledge_base.audience.personas.keep import load

    kept = load(store.workspace.data)
    return {
        card.id: {
            "name": card.name,
            "who": " ".join(one.text for one in card.of("who")),
            "needs": [one.text for one in card.of("needs")],
            "objections": [one.text for one in card.of("objections")],
            "channels": [one.text for one in card.of("channels")],
        }
        for card in (kept.cards if kept else ())
        if card.id in ids and card.size >= k
    }


def _kept(store: AudienceStore, name: str) -> tuple[Values | None, datetime | None]:
    """A report or card as it was last kept, and when."""
    if not store.path.is_file():
        return None, None
    table = "cards" if name == "propensity" else "reports"
    query = f"SELECT at, body FROM {table} WHERE name = ? ORDER BY at DESC LIMIT 1"
    row = store.database.execute(query, (name,)).fetchone()
    return (json.loads(row["body"]), datetime.fromisoformat(row["at"])) if row else (None, None)
