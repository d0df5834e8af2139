"""What protects people here, in numbers: consent, the least size of a group, noise budget, people forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from knowledge_base.audience.privacy.consent import answered, forgotten
from knowledge_base.audience.privacy.dp import Budget
from knowledge_base.audience.privacy.kanon import K

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore


def privacy_state(store: AudienceStore, suppressed: dict[str, int], k: int = K) -> dict[str, Any]:
    """Plain JSON values. `suppressed`: what -> groups that this report left out for being too small."""
    asked = answered(store)
    budget = Budget(store)
    granted = int(asked["granted"].sum())
    imports = [one for one in store.imports() if one.purpose == store.purpose]
    return {
        "k": k,
        "consent": {"granted": granted, "refused": asked.height - granted},
        "bases": sorted({one.basis for one in imports}),
        "forgotten": len(forgotten(store)),
        "epsilon": {
            "spent": budget.spent(), "limit": budget.limit,
            "ledger": [
                {"at": one.at.isoformat(), "what": one.what, "mechanism": one.mechanism, "epsilon": one.epsilon}
                for one in budget.ledger()
            ],
        },
        "suppressed": {what: count for what, count in suppressed.items() if count},
    }  # fmt: skip
