"""Steps of a demonstration: what is done, what came of it, how long it took."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from knowledge_base.console import err


class Steps:
    """Prints a line for each step on stderr and adds up their times."""

    def __init__(self) -> None:
        self.total = 0.0
        """Seconds."""

    @contextmanager
    def timed(self, what: str) -> Iterator[list[str]]:
        """Gives a list for what came of it."""
        said: list[str] = []
        start = perf_counter()
        with err().status(f"{what}……"):
            yield said
        took = perf_counter() - start
        self.total += took
        err().print(f"{took:5.1f} 秒  {what}：{'、'.join(said)}", markup=False, soft_wrap=True)
