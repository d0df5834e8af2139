"""The two terminal consoles: results on stdout, everything else on stderr."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


@cache
def out() -> Console:
    """For results only, so that pipes stay clean. Plain and unwrapped when stdout is not a terminal."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


@cache
def err() -> Console:
    """For progress, notes and errors."""
    from rich.console import Console

    return Console(highlight=False, stderr=True)
