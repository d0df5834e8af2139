"""Personal data in what people wrote, hidden before anything is stored."""

from __future__ import annotations

import polars as pl

from knowledge_base.pii import Vault


def hide(texts: pl.Series) -> tuple[pl.Series, int]:
    """The texts with phone numbers, names, addresses and the like as 〔手机号1〕, and how many were hidden.

    Each text has placeholders of its own: the same number in two messages must not link two people.
    """
    distinct = texts.drop_nulls().unique()
    hidden: dict[str, str] = {}
    counts: dict[str, int] = {}
    for text in distinct.to_list():
        vault = Vault()
        masked = vault.mask(text)
        if masked != text:
            hidden[text], counts[text] = masked, sum(vault.counts.values())
    if not hidden:
        return texts, 0
    found = texts.filter(texts.is_in(list(hidden))).to_list()
    return texts.replace(list(hidden), list(hidden.values())), sum(counts[text] for text in found)
