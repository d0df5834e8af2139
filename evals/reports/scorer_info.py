"""What a report needs to know of a scorer: its place, Chinese name and direction, and how far a judge is trusted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evals.records import Run, Tier
from evals.stats.judges import advisory, prefixes

if TYPE_CHECKING:
    from evals.scorers import About

TIER_NAMES: dict[Tier, str] = {
    "quality": "质量",
    "assertion": "断言",
    "judge": "评委",
    "retrieval": "检索",
    "compliance": "合规",
    "cost": "开销",
}
"""In the order in which reports show them."""
COMPLIANCE_NOTE = "合规分来自写稿时就用的同一套检查，是出稿的门槛；不能当作质量的独立证据，所以单列。"
_BY_PREFIX: dict[str, Tier] = {
    "compliance": "compliance",
    "spec": "compliance",
    "assertion": "assertion",
    "assert": "assertion",
    "judge": "judge",
    "retrieval": "retrieval",
    "cost": "cost",
    "latency": "cost",
    "length": "cost",
    "tokens": "cost",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorerInfo:
    name: str
    label: str
    """Chinese, short; the name itself when nobody gave one."""
    tier: Tier
    higher_is_better: bool | None
    """None when neither end is better, e.g. a length."""
    caution: str = ""
    """Why a judge's figures are advisory; empty when it may be relied on."""


def scorer_infos(runs: Iterable[Run]) -> tuple[ScorerInfo, ...]:
    """Every scorer that the rows name, by tier, then as first met."""
    kept = tuple(runs)
    names = dict.fromkeys(score.scorer for run in kept for row in run.rows for score in row.scores)
    declared = {name: about for run in kept for name, about in _mapping(run.settings.get("scorers")).items()}
    cautions = {name: why for run in kept for name, why in advisory(run).items()}
    infos = [_info(name, _declared(name, declared), cautions.get(name, "")) for name in names]
    order = list(TIER_NAMES)
    return tuple(sorted(infos, key=lambda info: order.index(info.tier)))


def _info(name: str, about: Mapping[str, Any], caution: str) -> ScorerInfo:
    """What the run noted comes first, so that an old run reads as it did; then the registry, then the name itself."""
    known = _registered(name)
    label, direction = about.get("label"), about.get("higher_is_better")
    return ScorerInfo(
        name=name,
        label=str(label or (known.label if known else "") or name),
        tier=_tier(name, about.get("tier"), known),
        higher_is_better=direction if isinstance(direction, bool) else known.higher_is_better if known else None,
        caution=caution,
    )


def _tier(name: str, noted: Any, known: About | None) -> Tier:
    for tier in TIER_NAMES:
        if noted == tier:
            return tier
    return known.tier if known else _BY_PREFIX.get(name.partition(".")[0], "quality")


def _registered(name: str) -> About | None:
    from evals.scorers import about

    return about(name)


def _declared(name: str, declared: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a run noted of the scorer, or of the family it belongs to."""
    return _mapping(next((declared[one] for one in prefixes(name) if one in declared), None))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
