"""Sparing the garbage collector what lives as long as a run."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def long_lived() -> Iterator[None]:
    """What exists now (model, rules, records, libraries) is not walked for garbage until the block ends.

    A run of thousands of drafts makes the collector walk all of it again and again: a twentieth of the run's time.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
