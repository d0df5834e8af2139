"""What a call cost."""

from __future__ import annotations

from decimal import Decimal

_MILLION = Decimal(1_000_000)


def cost_of(
    input_tokens: int, output_tokens: int, input_price: Decimal | None, output_price: Decimal | None
) -> Decimal | None:
    """Yuan for the tokens at prices per million; None when a price that matters is unknown. Exact, never rounded."""
    if input_price is None or output_price is None:
        return None
    return (input_tokens * input_price + output_tokens * output_price) / _MILLION
