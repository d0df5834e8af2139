"""Chain or boosting, decided on steps later than those learnt from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np

from knowledge_base.audience.estimate import LEVEL, Estimate
from knowledge_base.audience.propensity.scores import RESAMPLES, resample
from knowledge_base.audience.sequences.markov import Markov
from knowledge_base.audience.sequences.recent import Recent
from knowledge_base.audience.sequences.steps import NAMES, Floats, Ints, Steps
from knowledge_base.errors import BadInputError

Kind = Literal["markov", "boosting"]

CHECK_SHARE = 0.3
MOST_ROWS = 20_000
"""Steps learnt from, and steps checked on; the chain always learns from all."""
FEWEST = 200
TOP = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one way of predicting did on the later steps."""

    name: str
    loss: Estimate
    """Mean of -ln(probability of what came next)."""
    accuracy: Estimate
    top: Estimate
    """Share of steps whose next action was among the three likeliest."""

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"name": self.name, **{one: getattr(self, one).as_dict() for one in ("loss", "accuracy", "top")}}


@dataclass(frozen=True, slots=True, kw_only=True)
class NextAction:
    """The chosen way of predicting, fitted, and how it was chosen."""

    kind: Kind
    markov: Markov
    recent: Recent | None
    """Only when it is the chosen one."""
    results: tuple[Result, ...]
    gain: Estimate
    """Loss of the chain minus loss of boosting: above 0 boosting is better."""
    fitted: int
    checked: int
    until: datetime
    """Steps before it were learnt from, those after it checked. UTC."""
    made: str

    def predict_proba(self, steps: Steps) -> Floats:
        """(rows, len(NAMES)) probabilities of what comes next."""
        return self.markov.predict_proba(steps) if self.recent is None else self.recent.predict_proba(steps)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values, for the card."""
        return {
            "kind": self.kind, "made": self.made, "split": "time", "until": self.until.isoformat(),
            "fitted": self.fitted, "checked": self.checked, "results": [one.as_dict() for one in self.results],
            "gain": self.gain.as_dict(), "names": list(NAMES),
        }  # fmt: skip


def train_next(steps: Steps, *, seed: int = 0) -> NextAction:
    """Learns on the earlier 70 % of steps. Boosting is used only when the interval of its gain lies above 0.

    Raises BadInputError when there are too few steps.
    """
    known = np.flatnonzero(steps.following >= 0)
    if len(known) < FEWEST:
        raise BadInputError(f"只有 {len(known)} 步动作，太少", hint=f"至少要 {FEWEST} 步；导入更多行为数据。")
    until = int(np.quantile(steps.moments[known], 1 - CHECK_SHARE))
    early, late = known[steps.moments[known] < until], known[steps.moments[known] >= until]
    if min(len(early), len(late)) < FEWEST / 4:
        raise BadInputError("动作都挤在一个时刻，分不出先后", hint="检查行为数据的时间。")
    rng = np.random.default_rng(seed)
    check = steps.rows(_some(late, rng))
    markov = Markov.fit(steps.rows(early))
    recent = Recent(seed).fit(steps.rows(_some(early, rng)))
    ways: Mapping[str, Floats] = {
        "人人都做最常见的": markov.predict_proba(check, 0),
        "一阶马尔可夫": markov.predict_proba(check, 1),
        "二阶马尔可夫": markov.predict_proba(check, 2),
        "梯度提升": recent.predict_proba(check),
    }
    people = np.unique(check.users, return_inverse=True)[1].astype(np.int64)
    draws = list(resample(people, RESAMPLES, seed))
    results = tuple(_result(name, found, check.following, draws) for name, found in ways.items())
    gained = _losses(ways["二阶马尔可夫"], check.following) - _losses(ways["梯度提升"], check.following)
    gain = _mean(gained, draws)
    wins = gain.low > 0
    # What was learnt for the comparison is not thrown away: the chosen one learns from everything.
    return NextAction(
        kind="boosting" if wins else "markov",
        markov=Markov.fit(steps.rows(known)),
        recent=Recent(seed).fit(steps.rows(_some(known, rng))) if wins else None,
        results=results, gain=gain, fitted=len(early), checked=len(check),
        until=datetime.fromtimestamp(until / 1e6, UTC), made=datetime.now(UTC).isoformat(timespec="seconds"),
    )  # fmt: skip


def _result(name: str, found: Floats, following: Ints, draws: list[Floats]) -> Result:
    own = found[np.arange(len(following)), following]
    # Ties count as half ahead, so that a constant prediction gains nothing from them.
    ahead = (found > own[:, None]).sum(axis=1) + ((found == own[:, None]).sum(axis=1) - 1) / 2
    return Result(
        name=name,
        loss=_mean(_losses(found, following), draws),
        accuracy=_mean((ahead < 1).astype(float), draws),
        top=_mean((ahead < TOP).astype(float), draws),
    )


def _losses(found: Floats, following: Ints) -> Floats:
    losses: Floats = -np.log(found[np.arange(len(following)), following])
    return losses


def _mean(values: Floats, draws: list[Floats]) -> Estimate:
    """Mean with its bootstrap interval over people."""
    means = np.concatenate([weights @ values / weights.sum(axis=1) for weights in draws])
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(float(values.mean()), float(low), float(high))


def _some(places: Ints, rng: np.random.Generator) -> Ints:
    return places if len(places) <= MOST_ROWS else np.sort(rng.choice(places, MOST_ROWS, replace=False))
