"""What rules have to ask others: is a comment a complaint, whose birthday is it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knowledge_base.audience.messages.verdict import Classifier
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.workspace import Workspace

DAYS_KEPT = 4


def complaints(workspace: Workspace) -> Callable[[Sequence[str]], list[bool]]:
    """Whether each text is a complaint, by the workspace's own classifier or the untrained one; loaded when asked."""

    @cache
    def loaded() -> Classifier:
        from knowledge_base.audience.messages.choose import classifier

        return classifier(workspace, "sentiment")

    return lambda texts: [verdict.label == "negative" for verdict in loaded().judge(texts)]


def birthdays(store: AudienceStore) -> Callable[[str], Sequence[str]]:
    """MM-DD -> pseudonyms of the imported users born that day."""
    import polars as pl

    @lru_cache(DAYS_KEPT)
    def born(day: str) -> tuple[str, ...]:
        found = store.users().filter(pl.col("birthday") == day).select("user").unique().sort("user").collect()
        return tuple(found["user"].to_list())

    return born
