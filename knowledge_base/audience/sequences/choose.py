"""Chain, boosting or network, decided on steps later than those learnt from: what is more has to win to be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from knowledge_base.audience.estimate import Estimate
from knowledge_base.audience.sequences import gru_training, returning
from knowledge_base.audience.sequences.compare import Comparison, Result
from knowledge_base.audience.sequences.markov import Markov
from knowledge_base.audience.sequences.predictor import Kind, Predictor
from knowledge_base.audience.sequences.recent import Recent
from knowledge_base.audience.sequences.steps import END, MINUTE, NAMES, VISIT_GAP_MINUTES, Ints, Steps
from knowledge_base.errors import BadInputError

CHECK_SHARE = 0.3
MOST_ROWS = 20_000
"""Steps that boosting learns from, and steps checked on; the chain always learns from all."""
FAIR_ROWS = 100_000
"""Steps that boosting learns from where a network is tried: more data must not be what the network wins by."""
FEWEST = 200
COMMON, PLAIN, BOOSTING, NETWORK = "人人都做最常见的", "二阶马尔可夫", "梯度提升", "循环网络（GRU）"
WAYS: Mapping[Kind, str] = {"markov": PLAIN, "boosting": BOOSTING, "gru": NETWORK}
"""Name of what a kind of predictor is among the results."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextAction:
    """The chosen way of predicting, fitted, and how it was chosen."""

    predictor: Predictor
    results: tuple[Result, ...]
    gain: Estimate
    """Loss of the chain minus loss of boosting: above 0 boosting is better."""
    over_common: Estimate
    """Loss of always saying the commonest minus loss of the chosen way: not surely above 0, nothing was learnt."""
    network_gains: Mapping[str, Estimate] = field(default_factory=dict)
    """Where a network was tried: loss of each other way minus the network's."""
    going_on: tuple[Result, ...]
    """The same on the later steps after which the visit went on."""
    back: returning.Learnt
    """What people do first when they come back."""
    notes: tuple[str, ...]
    """In Chinese: what was tried, what was not, and why."""
    people: int
    fitted: int
    """Steps learnt from for the comparison."""
    checked: int
    until: datetime
    """Steps before it were learnt from, those after it checked. UTC."""
    made: str

    @property
    def kind(self) -> Kind:
        return self.predictor.kind

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values, for the card."""
        return {
            "kind": self.kind, "made": self.made, "split": "time", "until": self.until.isoformat(),
            "people": self.people, "fitted": self.fitted, "checked": self.checked,
            "results": [one.as_dict() for one in self.results], "gain": self.gain.as_dict(),
            "over_common": self.over_common.as_dict(),
            "network_gains": {name: one.as_dict() for name, one in self.network_gains.items()},
            "going_on": [one.as_dict() for one in self.going_on],
            "returning": [one.as_dict() for one in self.back.results],
            "returning_chained": bool(self.back.returning and self.back.returning.chained),
            "notes": list(self.notes), "names": list(NAMES),
        }  # fmt: skip


def train_next(steps: Steps, *, seed: int = 0) -> NextAction:
    """Learns on the earlier 70 % of steps, compares on the later ones.

    Boosting is used only when the interval of its gain over the chain lies above 0; a network, tried where torch is
    installed, only when the intervals of its gains over the chain and over boosting both do. The chosen one then
    learns from everything. Raises BadInputError when there are too few steps.
    """
    known = np.flatnonzero(steps.following >= 0)
    early, late, until = _split(steps, known)
    rng = np.random.default_rng(seed)
    check = _some(late, MOST_ROWS, rng)
    compared = Comparison(steps.users[check], steps.following[check], seed)
    markov = Markov.fit(steps, early)
    for order, name in enumerate((COMMON, "一阶马尔可夫", PLAIN)):
        compared.add(name, markov.predict_proba(steps, check, order), len(early))
    deep = gru_training.installed()
    rows = FAIR_ROWS if deep else MOST_ROWS
    taught = _some(early, rows, rng)
    compared.add(BOOSTING, Recent(seed).fit(steps, taught).predict_proba(steps, check), len(taught))
    gain = compared.gain(BOOSTING, PLAIN)
    learnt, notes = _learn_network(steps, early, seed) if deep else (None, [_not_tried("要用 torch，现在没有安装")])
    gains: dict[str, Estimate] = {}
    if learnt is not None:
        compared.add(NETWORK, learnt.gru.predict_proba(steps, check), learnt.steps)
        gains = {name: compared.gain(NETWORK, name) for name in (PLAIN, BOOSTING)}
        notes = _notes(gains, learnt, len(early))
    chosen = Predictor(markov=Markov.fit(steps, known))
    if learnt is not None and all(one.low > 0 for one in gains.values()):
        network = gru_training.learn(steps, known, passes=learnt.passes, seed=seed).gru
        chosen = Predictor(markov=chosen.markov, gru=network)
    elif gain.low > 0:
        chosen = Predictor(markov=chosen.markov, recent=Recent(seed).fit(steps, _some(known, rows, rng)))
    back = returning.learn(steps, until, seed)
    return NextAction(
        predictor=replace(chosen, returning=back.returning),
        results=compared.results(),
        gain=gain,
        over_common=compared.gain(WAYS[chosen.kind], COMMON),
        network_gains=gains,
        going_on=compared.going_on(END, seed),
        back=back,
        notes=tuple(notes),
        people=len(steps.names),
        fitted=len(early),
        checked=len(check),
        until=datetime.fromtimestamp(until / 1e6, UTC),
        made=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _split(steps: Steps, known: Ints) -> tuple[Ints, Ints, int]:
    """Rows to learn from, rows to check on, and the moment between them."""
    if len(known) < FEWEST:
        raise BadInputError(f"只有 {len(known)} 步动作，太少", hint=f"至少要 {FEWEST} 步；导入更多行为数据。")
    moments = steps.moments[known]
    until = int(np.quantile(moments, 1 - CHECK_SHARE))
    # What follows a step may come as late as a visit's gap after it: it has to be known by then.
    early, late = known[moments < until - VISIT_GAP_MINUTES * MINUTE], known[moments >= until]
    if min(len(early), len(late)) < FEWEST / 4:
        raise BadInputError("动作都挤在一个时刻，分不出先后", hint="检查行为数据的时间。")
    return early, late, until


def _learn_network(steps: Steps, early: Ints, seed: int) -> tuple[gru_training.Learnt | None, list[str]]:
    """None, and why, where torch does not work: the other ways do without."""
    try:
        return gru_training.learn(steps, early, seed=seed), []
    except gru_training.UnusableTorchError as error:
        return None, [_not_tried(error.message)]


def _not_tried(why: str) -> str:
    return f"{NETWORK}没有试：{why}；安装：{gru_training.INSTALL}"


def _notes(gains: Mapping[str, Estimate], learnt: gru_training.Learnt, early: int) -> list[str]:
    """What is to be said of a network that was tried."""
    figures = "；".join(f"损失比{name}{_less(gain)}" for name, gain in gains.items())
    missed = [name for name, gain in gains.items() if not gain.low > 0]
    verdict = f"没有用：没有肯定赢过{'和'.join(missed)}" if missed else "赢了，用它"
    notes = [f"{NETWORK}试了，{verdict}。{figures}；学了 {learnt.passes} 遍"]
    if learnt.sampled:
        notes.append(f"{NETWORK}只学了抽出的一部分人：{learnt.steps:,} 步（共 {early:,} 步），免得太久")
    return notes


def _less(gain: Estimate) -> str:
    if gain.value >= 0:
        return f"少 {gain}"
    return f"多 {Estimate(-gain.value, -gain.high, -gain.low)}"


def _some(places: Ints, most: int, rng: np.random.Generator) -> Ints:
    return places if len(places) <= most else np.sort(rng.choice(places, most, replace=False))
