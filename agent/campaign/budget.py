"""Keeps a run inside its limits: every call is reserved before it leaves, at its likely worst."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from agent.campaign.plan_file import Budget
from agent.campaign.rows import Spent
from agent.campaign.stop import BudgetSpentError
from agent.model import Completion
from agent.models.prices import cost_of

# Chinese costs about this many tokens a character in the tokenizers we know; English far fewer.
TOKENS_PER_CHAR = 1.1
FIRST_ANSWER_TOKENS = 1_200
"""What an answer may take before one was seen; afterwards the longest seen counts."""


@dataclass(frozen=True, slots=True)
class Reservation:
    tokens: int
    cost: Decimal


class Meter:
    """What is spent and what is under way, against the limits. One per run; not for threads."""

    def __init__(self, limits: Budget, spent: Spent, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self.tokens, self.cost = spent.tokens, spent.cost
        self._under_way = Reservation(0, Decimal(0))
        self._longest = FIRST_ANSWER_TOKENS
        self._clock, self._started = clock, clock()

    def reserve(self, chars: int, prices: tuple[Decimal | None, Decimal | None]) -> Reservation:
        """Sets aside what a call with a prompt of `chars` may cost. `prices`: yuan a million tokens asked and written.

        Raises BudgetSpentError when that would cross a limit.
        """
        asked = int(chars * TOKENS_PER_CHAR)
        wanted = Reservation(asked + self._longest, cost_of(asked, self._longest, *prices) or Decimal(0))
        limits, under_way = self.limits, self._under_way
        if limits.tokens is not None and self.tokens + under_way.tokens + wanted.tokens > limits.tokens:
            raise BudgetSpentError(f"再写就要超过 {limits.tokens:,} 个 token 的预算了（已用 {self.tokens:,}）")
        if limits.money is not None and self.cost + under_way.cost + wanted.cost > limits.money:
            raise BudgetSpentError(f"再写就要超过 {limits.money} 元的预算了（已用 {self.cost:.2f} 元）")
        if limits.minutes is not None and self._clock() - self._started > limits.minutes * 60:
            raise BudgetSpentError(f"到了 {limits.minutes:g} 分钟的时限")
        self._under_way = Reservation(under_way.tokens + wanted.tokens, under_way.cost + wanted.cost)
        return wanted

    def release(self, reservation: Reservation) -> None:
        """The call brought nothing."""
        under_way = self._under_way
        self._under_way = Reservation(under_way.tokens - reservation.tokens, under_way.cost - reservation.cost)

    def add(self, completion: Completion) -> None:
        """Counts what an answer really took."""
        self.tokens += completion.input_tokens + completion.output_tokens
        self.cost += completion.cost or Decimal(0)
        self._longest = max(self._longest, completion.output_tokens)
