"""When a run stops before its plan is done: the money or tokens are spent, or a model keeps failing the same way."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from agent.errors import (
    BadKeyError,
    CallError,
    ContentFilterError,
    InsecureConnectionError,
    LocalModelError,
    ModelNotFoundError,
    NoBalanceError,
    NoPermissionError,
    UnreachableError,
)
from agent.model import Completion
from evals.cassette_model import MissingRecordingError
from evals.stops import BudgetError, StopError
from knowledge_base.errors import ModelError

__all__ = ["Budget", "BudgetError", "Fuse", "StopError", "describe", "is_infrastructure"]
ABORT_AFTER = 5
HOPELESS: tuple[type[ModelError], ...] = (
    BadKeyError,
    NoPermissionError,
    NoBalanceError,
    ModelNotFoundError,
    UnreachableError,
    InsecureConnectionError,
    LocalModelError,
)
"""The next call would fail as well: nothing is learnt by making thousands of them."""
UNPARSABLE, REFUSAL = "Unparsable", "Refusal"
_ANSWERED = frozenset({UNPARSABLE, REFUSAL, ContentFilterError.__name__})


def is_infrastructure(error: str) -> bool:
    """Whether a row's error means that no answer came, rather than one that cannot be used."""
    return bool(error) and error.partition("：")[0] not in _ANSWERED


@dataclass
class Budget:
    """Money and tokens that a run may spend; recordings cost nothing."""

    max_cost: Decimal | None = None
    max_tokens: int | None = None
    spent: Decimal = Decimal(0)
    tokens: int = 0
    calls: int = 0
    under_way: int = 0
    """Calls sent and not yet answered; each is expected to cost what the dearest answer so far did."""
    dearest: tuple[Decimal, int] = (Decimal(0), 0)

    def before_call(self) -> None:
        """Raises BudgetError when one more call could exceed the budget."""
        cost, tokens = self.dearest
        waiting = self.under_way + 1
        if self.max_cost is not None and self.spent + cost * waiting > self.max_cost:
            raise BudgetError(f"花费已到上限：已花 {self.spent:f} 元，上限 {self.max_cost:f} 元")
        if self.max_tokens is not None and self.tokens + tokens * waiting > self.max_tokens:
            raise BudgetError(f"token 已到上限：已用 {self.tokens}，上限 {self.max_tokens}")
        self.under_way += 1

    def after_call(self, completion: Completion | None) -> None:
        """None when the call failed."""
        self.under_way -= 1
        if completion is None:
            return
        cost, tokens = completion.cost or Decimal(0), completion.input_tokens + completion.output_tokens
        self.calls += 1
        self.spent += cost
        self.tokens += tokens
        self.dearest = (max(self.dearest[0], cost), max(self.dearest[1], tokens))


@dataclass
class Fuse:
    """Counts identical failures in a row, by model."""

    limit: int = ABORT_AFTER
    _failures: dict[str, tuple[str, int]] = field(default_factory=dict)

    def failed(self, model: str, error: ModelError) -> None:
        """Raises StopError at the limit."""
        if not isinstance(error, HOPELESS) or isinstance(error, MissingRecordingError):
            self._failures.pop(model, None)
            return
        kind = type(error).__name__
        last, times = self._failures.get(model, ("", 0))
        times = times + 1 if last == kind else 1
        self._failures[model] = (kind, times)
        if times >= self.limit:
            stop = StopError(f"{model} 接连 {times} 次出同样的错，不再往下跑：{error.message}")
            stop.hint = f"{error.hint} {StopError.hint}".strip()
            raise stop from error

    def succeeded(self, model: str) -> None:
        self._failures.pop(model, None)


def describe(error: ModelError) -> str:
    """How a row keeps an error: its type, then its Chinese message."""
    detail = f"（HTTP {error.status}）" if isinstance(error, CallError) and error.status else ""
    return f"{type(error).__name__}：{error.message}{detail}"
