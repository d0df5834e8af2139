"""The words a brand calls its own, which no scorer may hold against it."""

from __future__ import annotations

from agent.context import Context
from agent.same import cached_by_identity
from knowledge_base.records import Brand, ChannelTone, Product


def own_words(context: Context) -> frozenset[str]:
    """Product names, brand name, words it likes to use and how it calls the reader; two letters or more."""
    words: frozenset[str] = frozenset().union(*(_names(product) for product in context.products))
    return words | _of_brand(context.brand) if context.brand else words


def tone_of(brand: Brand | None, channel: str) -> ChannelTone | None:
    return next((tone for tone in brand.tones if tone.channel == channel), None) if brand else None


@cached_by_identity(256)
def _names(product: Product) -> frozenset[str]:
    return frozenset(name for name in (product.name, *product.aliases) if len(name) > 1)


@cached_by_identity(64)
def _of_brand(brand: Brand) -> frozenset[str]:
    words = {brand.name, brand.address, *brand.words_use}
    for tone in brand.tones:
        words |= {tone.address, *tone.favourite_words}
    return frozenset(word for word in words if len(word) > 1)
