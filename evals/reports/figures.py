"""Numbers as people read them. A percentage is never rounded up to 100 % or down to 0 %."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

MINUS = "−"
NONE = "—"


def figure(value: float | None, *, signed: bool = False) -> str:
    """About three significant digits; — for a missing value; a true minus sign."""
    if value is None:
        return NONE
    size = abs(value)
    text = (
        f"{size:,.0f}"
        if size >= 1000
        else f"{size:.1f}"
        if size >= 10
        else f"{size:.3f}"
        if size < 1
        else f"{size:.2f}"
    )
    if float(text.replace(",", "")) == 0:
        return "0"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return (MINUS if value < 0 else "+" if signed else "") + text


def percent(part: int, whole: int) -> str:
    """`part` of `whole` with one decimal; 100 % and 0 % only when it is exactly so; — of nothing."""
    if not whole:
        return NONE
    tenths = 1000 * part // whole
    if part and not tenths:
        return "< 0.1 %"
    return f"{tenths // 10} %" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10} %"


def share(value: float | None) -> str:
    """A proportion in [0, 1] as a percentage with one decimal."""
    return NONE if value is None else f"{100 * value:.1f} %".replace("-", MINUS)


def p_value(value: float | None) -> str:
    """Three decimals; small ones as < 0.001."""
    return NONE if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"


def yuan(value: Decimal | None) -> str:
    """Money in yuan, enough digits for a fraction of a fen."""
    if value is None:
        return "没有价格"
    return "0 元" if not value else f"{value:.2f} 元" if value >= 1 else f"{value:.4f} 元"


def seconds(value: float) -> str:
    """Milliseconds below one second."""
    return f"{value * 1000:.0f} 毫秒" if value < 1 else f"{value:.1f} 秒"


def clock(stamp: str) -> str:
    """An ISO time in the reader's own time zone, to the minute; anything else as it is."""
    try:
        return f"{datetime.fromisoformat(stamp).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return stamp
