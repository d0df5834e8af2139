"""Learning the weights of a GRU with torch (`wenan[deep]`), within a bound of work, the same for the same seed.

People are drawn until MOST_STEPS actions; the latest part of the steps learnt from is kept out to stop in time.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from knowledge_base.audience.sequences.gru import Gru, Seen
from knowledge_base.audience.sequences.history import GAPS, NUMBERS, Pieces, numbers, pieces
from knowledge_base.audience.sequences.steps import END, OWN, Floats, Ints, Steps
from knowledge_base.errors import UsageError

INSTALL = 'pip install "wenan[deep]"'
SIZE = 32
"""Numbers in the memory."""
EMBEDDING = 12
MOST_STEPS = 300_000
"""Actions read in one pass over the data."""
MOST_READ = 4_000_000
"""Actions read over all passes: the bound of the work, and unlike seconds the same on every machine."""
PASSES = 60
PATIENCE = 5
"""Passes without a better loss on the part kept out, after which it is enough."""
KEPT_OUT = 0.15
STEPS_A_BATCH = 2_000
RATE = 5e-3
AVERAGED = 0.99
"""Weights used are a running average with this much of the past: steadier than those of the last step."""
IGNORED = -1
"""Target of a row that nothing is learnt from, as in `Steps.following`."""
STEEPEST = 1.0
"""Norm that gradients are cut to: a recurrent network's explode."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """Weights, and how they came about."""

    gru: Gru
    passes: int
    """Over the data, up to the best one."""
    steps: int
    """Steps learnt from, those kept out for stopping among them."""
    sampled: bool
    """People were drawn, since there were more than MOST_STEPS actions."""


class UnusableTorchError(UsageError):
    """torch is installed, but cannot be loaded."""


def installed() -> bool:
    """Whether torch is there; not loaded."""
    return find_spec("torch") is not None


def learn(steps: Steps, places: Ints, *, passes: int = 0, seed: int = 0) -> Learnt:
    """Learns what follows at these rows; nothing after the last of them is read.

    `passes` 0: as many as the part kept out says are best. Above 0: that many over all rows, nothing kept out.
    Raises UnusableTorchError.
    """
    torch = _torch()
    rng = np.random.default_rng(seed)
    known = np.sort(places[steps.following[places] >= 0])
    chosen = _people(steps, known, rng)
    until = np.quantile(steps.moments[chosen], 1 - KEPT_OUT)
    early = chosen if passes else chosen[steps.moments[chosen] < until]
    late = chosen[:0] if passes else chosen[steps.moments[chosen] >= until]
    if not len(early):  # all at one moment: nothing is later
        early = late
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        # One step of a small network is too little for two threads: they would wait for each other.
        torch.set_num_threads(1)
        try:
            run = _Run(torch, steps, early)
            made = run.all_passes(early, passes, rng) if passes else run.best_passes(early, late, rng)
            gru = run.export()
        finally:
            torch.set_num_threads(threads)
    return Learnt(gru, made, len(chosen), len(chosen) < len(known))


def _people(steps: Steps, known: Ints, rng: np.random.Generator) -> Ints:
    """Rows of people drawn until they are MOST_STEPS; all rows if they never are."""
    counts = np.bincount(steps.users[known])
    people = rng.permutation(np.flatnonzero(counts))
    drawn = people[: max(1, int(np.searchsorted(np.cumsum(counts[people]), MOST_STEPS, side="right")))]
    # One person may have more than that alone.
    return known[np.isin(steps.users[known], drawn)][-MOST_STEPS:]


def _torch() -> Any:
    try:
        return import_module("torch")
    except (ImportError, OSError) as error:
        # OSError: a library that torch brings along does not load on this machine.
        reason = str(error).partition("\n")[0]
        raise UnusableTorchError(f"torch 装了却载入不了（{reason}）", hint=f"重新安装：{INSTALL}") from error


class _Run:
    """One training: the network in torch, what it sees, and the optimiser."""

    def __init__(self, torch: Any, steps: Steps, early: Ints) -> None:
        self.torch, self.steps = torch, steps
        self.means, self.scales = _spread(numbers(steps)[early])
        self.seen = Seen.of(steps, self.means, self.scales)
        layers = {
            "action": torch.nn.Embedding(len(OWN), EMBEDDING),
            "gap": torch.nn.Embedding(GAPS, EMBEDDING),
            "gru": torch.nn.GRU(2 * EMBEDDING + NUMBERS, SIZE),
            "out": torch.nn.Linear(SIZE, END + 1),
        }
        self.net = torch.nn.ModuleDict(layers)
        self.average = deepcopy(self.net)
        self.optimiser = torch.optim.Adam(self.net.parameters(), lr=RATE)
        self.updates = 0

    def all_passes(self, places: Ints, passes: int, rng: np.random.Generator) -> int:
        """So many passes, no more than the bound of work allows; how many they were."""
        parts, targets = pieces(self.steps, places), self._targets(places)
        made = min(passes, _affordable(parts))
        for _ in range(made):
            self._learn(parts, targets, rng)
        return made

    def best_passes(self, early: Ints, late: Ints, rng: np.random.Generator) -> int:
        """Passes over the early rows until the late ones get no better; the weights are then those of the best."""
        parts, targets = pieces(self.steps, early), self._targets(early)
        checks, answers = pieces(self.steps, late), self._targets(late)
        best, least, kept = 0, np.inf, deepcopy(self.average)
        for made in range(1, _affordable(parts) + 1):
            self._learn(parts, targets, rng)
            with self.torch.no_grad():
                loss = sum(float(self._loss(self.average, batch, answers)[0]) for batch in _batches(checks))
            if loss < least:
                best, least, kept = made, loss, deepcopy(self.average)
            elif made - best >= PATIENCE:
                break
        self.average = kept
        return best

    def export(self) -> Gru:
        """The weights as arrays; what the input weights make of each action and gap is reckoned once, here."""
        weights = {name: value.numpy().copy() for name, value in self.average.state_dict().items()}
        inputs = weights["gru.weight_ih_l0"].T
        return Gru(
            action_table=weights["action.weight"] @ inputs[:EMBEDDING] + weights["gru.bias_ih_l0"],
            gap_table=weights["gap.weight"] @ inputs[EMBEDDING : 2 * EMBEDDING],
            number_table=inputs[2 * EMBEDDING :].copy(),
            memory_table=weights["gru.weight_hh_l0"].T.copy(),
            memory_bias=weights["gru.bias_hh_l0"],
            out_table=weights["out.weight"].T.copy(),
            out_bias=weights["out.bias"],
            means=self.means,
            scales=self.scales,
        )

    def logits(self, net: Any, rows: Ints) -> Any:
        """(steps, pieces, what can come next) of rows (steps, pieces), a piece a column."""
        tensor, seen = self.torch.from_numpy, self.seen
        embedded = [net["action"](tensor(seen.actions[rows])), net["gap"](tensor(seen.gaps[rows]))]
        given = self.torch.cat([*embedded, tensor(seen.numbers[rows])], dim=2)
        return net["out"](net["gru"](given)[0])

    def _targets(self, places: Ints) -> Ints:
        targets = np.full(len(self.steps), IGNORED, dtype=np.int64)
        targets[places] = self.steps.following[places]
        return targets

    def _learn(self, parts: Pieces, targets: Ints, rng: np.random.Generator) -> None:
        """One pass."""
        for batch in _batches(parts, rng):
            self.optimiser.zero_grad()
            total, answered = self._loss(self.net, batch, targets)
            (total / max(answered, 1)).backward()
            self.torch.nn.utils.clip_grad_norm_(self.net.parameters(), STEEPEST)
            self.optimiser.step()
            self._averaged()

    def _averaged(self) -> None:
        self.updates += 1
        # A young average forgets faster: the weights that training began with say nothing.
        past = min(AVERAGED, self.updates / (self.updates + 10))
        with self.torch.no_grad():
            for kept, now in zip(self.average.parameters(), self.net.parameters(), strict=True):
                kept.lerp_(now, 1 - past)

    def _loss(self, net: Any, batch: Pieces, targets: Ints) -> tuple[Any, int]:
        """Summed over the rows with a target, and how many they are."""
        rows, ours = _rows(batch)
        wanted = np.where(ours, targets[rows], IGNORED)
        total = self.torch.nn.functional.cross_entropy(
            self.logits(net, rows).flatten(0, 1), self.torch.from_numpy(wanted).flatten(), ignore_index=IGNORED,
            reduction="sum",
        )  # fmt: skip
        return total, int((wanted != IGNORED).sum())


def _spread(values: Floats) -> tuple[Floats, Floats]:
    """Mean and deviation of each column, gaps left out; 0 and 1 for a column without any value or any difference."""
    found = np.ma.masked_invalid(values)
    means, scales = np.ma.filled(found.mean(axis=0), 0.0), np.ma.filled(found.std(axis=0), 1.0)
    return means, np.where(scales > 1e-9, scales, 1.0)


def _affordable(parts: Pieces) -> int:
    """Passes within the bound of work."""
    return int(np.clip(MOST_READ // max(1, int((parts.end - parts.first).sum())), 1, PASSES))


def _batches(parts: Pieces, rng: np.random.Generator | None = None) -> Iterator[Pieces]:
    """Pieces of about the same length together, so that little is filled up; shuffled within reason."""
    lengths = (parts.end - parts.first).astype(float)
    order = np.argsort(lengths if rng is None else lengths * rng.uniform(0.8, 1.2, len(parts)), kind="stable")
    filled = np.cumsum(lengths[order]) // STEPS_A_BATCH
    groups = np.split(order, np.flatnonzero(np.diff(filled)) + 1)
    for group in groups if rng is None else [groups[one] for one in rng.permutation(len(groups))]:
        yield parts.take(group)


def _rows(batch: Pieces) -> tuple[Ints, np.ndarray[Any, np.dtype[np.bool_]]]:
    """(steps, pieces) rows, a shorter piece's last row repeated, and which of them are the piece's to answer."""
    steps = np.arange(int((batch.end - batch.first).max()))[:, None]
    rows = batch.first + steps
    ours = (rows < batch.end) & (rows >= batch.own)
    return np.minimum(rows, batch.end - 1), ours
