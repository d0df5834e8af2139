"""A simple seasonal forecast with its error: ETS against the seasonal naive, whichever was better on the past.

Nothing is forecast without enough history to measure the error on: `forecast` then returns the reason instead.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

SEASON = 7
"""Days of a week."""
LEAST_SEASONS = 6
"""Three to learn from, three to test on."""
FOLDS = 3
INTERVAL = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    values: tuple[float, ...]
    """One a day, from the day after the last; never negative."""
    low: tuple[float, ...]
    high: tuple[float, ...]
    """From the method's own errors on the past, INTERVAL of them."""
    method: str
    error: float
    """Mean absolute error over the days tested."""
    naive_error: float
    share: float
    """Error over the mean of the days tested; how far off on an ordinary day."""
    tested: int
    """Days the error was measured on."""


@dataclass(frozen=True, slots=True)
class TooShort:
    """Why there is no forecast."""

    reason: str


def forecast(history: Sequence[float], days: int = SEASON, season: int = SEASON) -> Forecast | TooShort:
    """`history`: one value a day, without gaps, oldest first, not negative. `days` at most two seasons."""
    import numpy as np

    values = np.asarray(history, float)
    if len(values) < LEAST_SEASONS * season:
        return TooShort(f"只有 {len(values)} 天，至少要 {LEAST_SEASONS * season} 天才给预测")
    if not 1 <= days <= 2 * season:
        raise ValueError("days must lie in 1..2 seasons")
    if np.count_nonzero(values) < len(values) / 4:
        return TooShort(f"{len(values)} 天里有 {len(values) - np.count_nonzero(values)} 天是零，太稀疏，不给预测")
    starts = [len(values) - fold * season for fold in range(FOLDS, 0, -1)]
    actual = np.concatenate([values[start : start + season] for start in starts])
    naive = np.concatenate([_naive(values[:start], season, season) for start in starts])
    smooth = np.concatenate([_ets(values[:start], season, season) for start in starts])
    naive_error, smooth_error = (float(np.abs(actual - said).mean()) for said in (naive, smooth))
    better = smooth_error < naive_error
    said = (_ets if better else _naive)(values, days, season)
    misses = actual - (smooth if better else naive)
    low, high = np.quantile(misses, [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2])
    error = smooth_error if better else naive_error
    return Forecast(
        values=_plain(said),
        low=_plain(said + min(low, 0.0)),
        high=_plain(said + max(high, 0.0)),
        method="指数平滑（ETS）" if better else "和上周同一天一样",
        error=error,
        naive_error=naive_error,
        share=error / float(actual.mean()) if actual.mean() > 0 else float("inf"),
        tested=len(actual),
    )


def _naive(values: object, days: int, season: int) -> object:
    import numpy as np

    return np.resize(np.asarray(values, float)[-season:], days)


def _ets(values: object, days: int, season: int) -> object:
    from statsmodels.tools.sm_exceptions import ConvergenceWarning
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    with warnings.catch_warnings():
        # A fit that did not settle still forecasts; the backtest judges it.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        model = ExponentialSmoothing(
            values, trend="add", damped_trend=True, seasonal="add", seasonal_periods=season,
            initialization_method="estimated",
        )  # fmt: skip
        return model.fit().forecast(days)


def _plain(values: object) -> tuple[float, ...]:
    import numpy as np

    return tuple(float(max(value, 0.0)) for value in np.asarray(values, float))
