"""What a scorer's figures are: is more of it better, worse, or neither; and is it an amount? As scorers declare it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from evals.records import Run
from evals.stats.judges import prefixes


def direction(declared: Mapping[str, bool | None] | None = None, *runs: Run | None) -> Callable[[str], bool | None]:
    """Looks a scorer up by its name, then by what stands before its dots; an unknown one counts upwards.

    `declared` stands in for what the built-in scorers say; what a run says of its own judges counts in any case.
    """
    if declared is None:
        from evals.scorers import ABOUT

        declared = {name: about.higher_is_better for name, about in ABOUT.items()}
    of_runs = {
        name: about["higher_is_better"]
        for run in runs
        if run
        for name, about in _mapping(run.settings.get("scorers")).items()
        if "higher_is_better" in _mapping(about)
    }
    known = {**declared, **of_runs}
    return lambda scorer: next((known[name] for name in prefixes(scorer) if name in known), True)


def is_amount(scorer: str) -> bool:
    """Whether the figure is seconds, yuan, tokens or tries: what a report keeps under cost."""
    from evals.scorers import ABOUT

    about = ABOUT.get(scorer)
    return about is not None and about.tier == "cost"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
