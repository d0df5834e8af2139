"""Simulated suites whose true difference is known. Cases are the clusters; samples are averaged within them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int, int, int], tuple[Floats, Floats]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`draw(random, suites, n, samples)` gives case means of a and b, each (suites x n)."""

    name: str
    draw: Draw
    effect: float
    """True mean of b - a."""
    samples: int = 1
    proportion: bool = True


def graded(effect: float) -> Draw:
    """Scores with a case's own difficulty, an effect that differs by case, and noise between samples."""

    def draw(random: np.random.Generator, suites: int, n: int, samples: int) -> tuple[Floats, Floats]:
        base = random.normal(0.6, 0.15, (suites, n))
        own = random.normal(effect, 0.1, (suites, n)) if effect else np.zeros((suites, n))
        noise = random.normal(0, 0.12, (2, samples, suites, n)).mean(axis=1)
        return base + noise[0], base + own + noise[1]

    return draw


def passing(rate_a: float, rate_b: float, spread: float = 4.0) -> Draw:
    """Pass or fail; a case's pass probability is beta distributed, hard cases being hard for both sides."""

    def draw(random: np.random.Generator, suites: int, n: int, samples: int) -> tuple[Floats, Floats]:
        rank = random.random((suites, n))
        sides = []
        for rate in (rate_a, rate_b):
            chance = stats.beta.ppf(rank, rate * spread, (1 - rate) * spread)
            sides.append(random.binomial(samples, chance) / samples)
        return sides[0], sides[1]

    return draw


def losing(share: float, size: float) -> Draw:
    """Most cases tie, a share of them loses an exponential amount: skewed, as when a change breaks some prompts."""

    def draw(random: np.random.Generator, suites: int, n: int, samples: int) -> tuple[Floats, Floats]:
        lost = random.exponential(size, (suites, n)) * (random.random((suites, n)) < share)
        return np.full((suites, n), 5.0), 5.0 - lost

    return draw


def near_ceiling(random: np.random.Generator, suites: int, n: int, samples: int) -> tuple[Floats, Floats]:
    """Like a precision: mostly exactly 1, else about .8; half of the cases hit or miss on both sides together."""
    luck = random.random((suites, n))
    own = np.where(random.random((suites, n)) < 0.5, luck, random.random((suites, n)))
    a = np.where(luck < 0.85, 1.0, random.beta(8, 2, (suites, n)))
    return a, np.where(own < 0.75, 1.0, random.beta(8, 2, (suites, n)))


SCENARIOS = (
    Scenario("连续分，1 个样本", graded(0.05), 0.05),
    Scenario("连续分，3 个样本", graded(0.05), 0.05, samples=3),
    Scenario("少数用例大跌（偏态）", losing(0.3, 0.2), -0.06, proportion=False),
    Scenario("贴着满分（事实精确率）", near_ceiling, -0.02),
    Scenario("通过率 60→70%", passing(0.6, 0.7), 0.1),
    Scenario("通过率 60→70%，3 个样本", passing(0.6, 0.7), 0.1, samples=3),
    Scenario("通过率 90→85%", passing(0.9, 0.85), -0.05),
    Scenario("通过率 90→85%，3 个样本", passing(0.9, 0.85), -0.05, samples=3),
    Scenario("通过率 97→95%", passing(0.97, 0.95), -0.02),
    Scenario("A/A，通过率 80%", passing(0.8, 0.8, 2.0), 0.0),
    Scenario("A/A，连续分", graded(0.0), 0.0),
)
NULLS = (
    Scenario("A/A，连续分，1 个样本", graded(0.0), 0.0),
    Scenario("A/A，连续分，3 个样本", graded(0.0), 0.0, samples=3),
    Scenario("A/A，通过率 80%", passing(0.8, 0.8, 2.0), 0.0),
    Scenario("A/A，通过率 95%", passing(0.95, 0.95), 0.0),
    Scenario("A/A，通过率 80%，3 个样本", passing(0.8, 0.8, 2.0), 0.0, samples=3),
)


def differences(scenario: Scenario, suites: int, n: int, seed: int) -> Floats:
    """(n x suites), as evals.stats.resample takes it."""
    a, b = scenario.draw(np.random.default_rng([seed, n]), suites, n, scenario.samples)
    found: Floats = np.ascontiguousarray((b - a).T)
    found[np.abs(found) < 1e-12] = 0.0
    return found


def covered(low: Floats, high: Floats, truth: float) -> float:
    """Share of intervals that hold the truth."""
    return float(np.mean((low <= truth + 1e-12) & (truth - 1e-12 <= high)))
