"""A gated recurrent unit (Cho et al., 2014) over a person's whole history, reckoned with numpy alone.

torch is needed to learn the weights (gru_training.py), never to use them. With memory h, input x of an action,
s(x) = 1 / (1 + exp(-x)) and * by element, one step is

    x = action_table[action] + gap_table[gap] + numbers @ number_table     (3 blocks of H: reset, update, new)
    u = h @ memory_table + memory_bias                                     (the same 3 blocks)
    r, z = s(x_reset + u_reset), s(x_update + u_update)
    n = tanh(x_new + r * u_new)
    h = n + z * (h - n)

and P(next) = softmax(h @ out_table + out_bias). torch multiplies the embedding of an action with the input weights at
every step; here that product is made once for each of the few actions and gaps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from knowledge_base.audience.sequences.history import GAPS, NUMBERS, Pieces, Singles, gaps, numbers, pieces
from knowledge_base.audience.sequences.recent import UNSEEN
from knowledge_base.audience.sequences.steps import END, OWN, Floats, Ints, Steps

BATCH = 16_384
"""Pieces read side by side: bounds memory at any number of people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gru:
    """Learnt weights, float32, H the size of the memory."""

    action_table: Singles
    """(own actions, 3 H), the input's bias within."""
    gap_table: Singles
    """(GAPS, 3 H)"""
    number_table: Singles
    """(NUMBERS, 3 H)"""
    memory_table: Singles
    """(H, 3 H)"""
    memory_bias: Singles
    """(3 H,)"""
    out_table: Singles
    """(H, what can come next)"""
    out_bias: Singles
    """(what can come next,)"""
    means: Floats
    """(NUMBERS,) of the rows learnt from; where a number is missing its mean stands in."""
    scales: Floats
    """(NUMBERS,) standard deviations, above 0."""

    @classmethod
    def of(cls, arrays: Mapping[str, Any]) -> Gru:
        """From arrays by name, as `arrays` gives them. Raises ValueError when names, shapes or values do not fit."""
        names = [field.name for field in fields(cls)]
        if set(arrays) != set(names):
            raise ValueError(f"expected arrays {names}, got {sorted(arrays)}")
        size = len(np.atleast_1d(arrays["memory_table"]))
        shapes = (
            (len(OWN), 3 * size), (GAPS, 3 * size), (NUMBERS, 3 * size), (size, 3 * size), (3 * size,),
            (size, END + 1), (END + 1,), (NUMBERS,), (NUMBERS,),
        )  # fmt: skip
        values: dict[str, Any] = {}
        for name, shape in zip(names, shapes, strict=True):
            kind = np.float64 if name in ("means", "scales") else np.float32
            values[name] = np.asarray(arrays[name], dtype=kind)
            if values[name].shape != shape or not np.isfinite(values[name]).all():
                raise ValueError(f"{name}: expected finite numbers of shape {shape}, got {values[name].shape}")
        if not (values["scales"] > 0).all():
            raise ValueError("scales must be above 0")
        return cls(**values)

    def arrays(self) -> dict[str, Any]:
        """What `of` takes, for the file."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def predict_proba(self, steps: Steps, places: Ints) -> Floats:
        """(places, next) probabilities, all above 0, from all that the row's person did up to it."""
        logits = (self.memories(steps, places) @ self.out_table + self.out_bias).astype(np.float64)
        found: Floats = np.exp(logits - logits.max(axis=1, keepdims=True))
        found /= found.sum(axis=1, keepdims=True)
        return (1 - UNSEEN) * found + UNSEEN / (END + 1)

    def memories(self, steps: Steps, places: Ints) -> Singles:
        """(places, H) the memory after each of these rows."""
        asked, back = np.unique(places, return_inverse=True)
        found = np.zeros((len(asked), len(self.memory_table)), dtype=np.float32)
        wanted = np.full(len(steps), -1, dtype=np.int64)
        wanted[asked] = np.arange(len(asked))
        seen = Seen.of(steps, self.means, self.scales)
        parts = pieces(steps, asked)
        # Longest first: those still being read at any step are then the first ones, one slice.
        parts = parts.take(np.argsort(parts.first - parts.end, kind="stable"))
        for start in range(0, len(parts), BATCH):
            self._read(seen, parts.take(np.arange(start, min(start + BATCH, len(parts)))), wanted, found)
        return found[back]

    def _read(self, seen: Seen, parts: Pieces, wanted: Ints, found: Singles) -> None:
        """Reads pieces, longest first, side by side; writes the memory after each wanted row into `found`."""
        lengths = parts.end - parts.first
        memory = np.zeros((len(parts), len(self.memory_table)), dtype=np.float32)
        for step in range(int(lengths[0])):
            reading = int(np.searchsorted(-lengths, -step))
            rows = parts.first[:reading] + step
            given = self.action_table[seen.actions[rows]]
            given += self.gap_table[seen.gaps[rows]]
            given += seen.numbers[rows] @ self.number_table
            memory[:reading] = self._step(given, memory[:reading])
            ours = np.flatnonzero((wanted[rows] >= 0) & (rows >= parts.own[:reading]))
            found[wanted[rows[ours]]] = memory[ours]

    def _step(self, given: Singles, memory: Singles) -> Singles:
        size = len(self.memory_table)
        kept = memory @ self.memory_table
        kept += self.memory_bias
        gates = _sigmoid(given[:, : 2 * size] + kept[:, : 2 * size])
        new = np.tanh(given[:, 2 * size :] + gates[:, :size] * kept[:, 2 * size :])
        after: Singles = new + gates[:, size:] * (memory - new)
        return after


@dataclass(frozen=True, slots=True)
class Seen:
    """What the network sees at each row."""

    actions: Ints
    gaps: Ints
    numbers: Singles
    """(rows, NUMBERS) of mean 0 and deviation 1 where learnt; 0 where missing."""

    @classmethod
    def of(cls, steps: Steps, means: Floats, scales: Floats) -> Seen:
        """All rows."""
        scaled = np.nan_to_num((numbers(steps) - means) / scales, nan=0.0)
        return cls(steps.recent[:, 0], gaps(steps), scaled.astype(np.float32))


def _sigmoid(values: Singles) -> Singles:
    # By tanh: exp of a large number would overflow.
    found: Singles = np.tanh(values * np.float32(0.5)) * np.float32(0.5) + np.float32(0.5)
    return found
