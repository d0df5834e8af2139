"""Are decisions alike for women and men, young and old, here and there? Selection rates and errors, with intervals.

A group's ratio is its selection rate over that of the most selected group. Below the bound (default four fifths, as in
the US Uniform Guidelines on Employee Selection Procedures, 1978) it is a breach when chance is ruled out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from knowledge_base.audience.estimate import LEVEL, Estimate
from knowledge_base.errors import BadInputError, UsageError

Bools = np.ndarray[Any, np.dtype[np.bool_]]
Labels = np.ndarray[Any, np.dtype[np.object_]]
Verdict = Literal["ok", "watch", "breach", "too_small"]

PROTECTED: Mapping[str, str] = {
    "gender": "性别", "age": "年龄", "age_band": "年龄段", "region": "地区", "city": "城市", "birthday": "生日",
    "ethnicity": "民族", "religion": "宗教", "health": "健康", "disability": "残障", "income": "收入",
    "marital_status": "婚姻", "pregnant": "孕产",
}  # fmt: skip
"""Attributes that a model or an offer uses only for a stated reason (个人信息保护法 art. 24, 28)."""
AGE_BANDS = (18, 25, 35, 45, 55)
"""Lower ends of age bands, years."""
UNKNOWN = "未知"
SMALLEST_GROUP = 20


@dataclass(frozen=True, slots=True)
class Policy:
    """What is allowed; `[audience.fairness]` of wenan.toml."""

    bound: float = 0.8
    """Smallest allowed ratio of selection rates, 0..1."""
    error_gap: float = 0.1
    """Largest allowed difference of a group's miss or false-alarm rate from everybody else's, 0..1."""
    block: bool = True
    """A breach blocks a campaign; otherwise it is only reported."""
    smallest: int = SMALLEST_GROUP

    @classmethod
    def of(cls, section: Mapping[str, Any]) -> Policy:
        """Raises BadInputError naming the wrong setting."""
        settings = {"bound": (0.0, 1.0), "error_gap": (0.0, 1.0), "smallest": (2, 1_000_000)}
        for name, value in section.items():
            if name == "block":
                if not isinstance(value, bool):
                    raise _setting(name, "应当是 true 或 false")
            elif name not in settings:
                raise _setting(name, f"没有这个设置；可用：{'、'.join((*settings, 'block'))}")
            else:
                low, high = settings[name]
                number = int if name == "smallest" else (int, float)
                if isinstance(value, bool) or not isinstance(value, number) or not low <= value <= high:
                    raise _setting(name, f"应当是 {low:g} 到 {high:g} 的数")
        return cls(**section)


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group of one attribute."""

    attribute: str
    group: str
    people: int
    rate: Estimate
    """Share selected; Wilson interval."""
    ratio: Estimate
    """Rate over the reference group's; interval on the log scale (Katz and others, 1978), for all pairs at once."""
    reference: bool
    miss_gap: Estimate | None
    """Share of those with the outcome who were not selected, minus everybody else's; None without outcomes."""
    alarm_gap: Estimate | None
    """Share of those without the outcome who were selected, minus everybody else's."""
    verdict: Verdict

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        found: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        return {key: one.as_dict() if isinstance(one, Estimate) else one for key, one in found.items()}


@dataclass(frozen=True, slots=True)
class FairnessReport:
    """Every group of every attribute."""

    rows: tuple[GroupRow, ...]
    policy: Policy

    @property
    def breaches(self) -> tuple[GroupRow, ...]:
        return tuple(row for row in self.rows if row.verdict == "breach")

    @property
    def blocks(self) -> bool:
        """Whether a campaign must stop."""
        return self.policy.block and bool(self.breaches)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        policy = {name: getattr(self.policy, name) for name in self.policy.__slots__}
        return {"blocks": self.blocks, "policy": policy, "rows": [row.as_dict() for row in self.rows]}


def audit(
    selected: Bools,
    groups: Mapping[str, Labels],
    *,
    outcome: Bools | None = None,
    policy: Policy | None = None,
) -> FairnessReport:
    """`selected`: (people,) gets the offer. `groups`: attribute -> (people,) group names, UNKNOWN where not known.
    `outcome`: (people,) what really happened, for error gaps.

    The unknown and groups below `policy.smallest` are shown as `too_small` and judged neither way.
    """
    rules = policy or Policy()
    rows: list[GroupRow] = []
    for attribute, labels in groups.items():
        if len(labels) != len(selected):
            raise BadInputError(f"{attribute} 有 {len(labels)} 人，决定有 {len(selected)} 人，对不上")
        rows += _attribute(attribute, labels, selected, outcome, rules)
    return FairnessReport(tuple(rows), rules)


def age_bands(ages: np.ndarray[Any, np.dtype[np.float64]]) -> Labels:
    """(people,) names of bands such as 25-34岁; UNKNOWN for NaN."""
    ends = [*(f"{low}-{high - 1}岁" for low, high in pairwise(AGE_BANDS))]
    names = np.array([f"{AGE_BANDS[0] - 1}岁及以下", *ends, f"{AGE_BANDS[-1]}岁及以上"], dtype=object)
    found: Labels = names[np.searchsorted(AGE_BANDS, np.nan_to_num(ages), side="right")]
    found[np.isnan(ages)] = UNKNOWN
    return found


def allowed(features: Collection[str], reasons: Mapping[str, str]) -> tuple[str, ...]:
    """The protected ones among `features`, each with a stated reason. Raises UsageError for one without."""
    protected = tuple(name for name in features if name.partition("=")[0] in PROTECTED)
    bare = [name for name in protected if not reasons.get(name.partition("=")[0], "").strip()]
    if bare:
        names = "、".join(PROTECTED[name.partition("=")[0]] for name in bare)
        raise UsageError(f"要用{names}，但没有写明理由", hint=f'写明为什么必须用，例如 --use "{bare[0]}=理由"。')
    return protected


def _attribute(attribute: str, labels: Labels, selected: Bools, outcome: Bools | None, rules: Policy) -> list[GroupRow]:
    members = {str(name): labels == name for name in sorted({str(one) for one in labels})}
    big = {name: who for name, who in members.items() if who.sum() >= rules.smallest and name != UNKNOWN}
    # The most selected group sets the standard; among equals the larger one.
    # The extremes of many groups differ by chance alone: intervals hold for all pairs at once (Bonferroni).
    z = _z(len(big) * (len(big) - 1) // 2)
    reference = max(big, key=lambda name: (selected[big[name]].mean(), big[name].sum()), default=None)
    rows = []
    for name, who in members.items():
        people, chosen = int(who.sum()), int(selected[who].sum())
        rate = _wilson(chosen, people, _z(1))
        if name not in big or reference is None:
            nothing = Estimate(float("nan"), float("nan"), float("nan"))
            rows.append(GroupRow(attribute, name, people, rate, nothing, False, None, None, "too_small"))
            continue
        standard = big[reference]
        ratio = _ratio(chosen, people, int(selected[standard].sum()), int(standard.sum()), z)
        misses = alarms = None
        if outcome is not None:
            everybody = np.any(list(big.values()), axis=0)
            misses = _gap(~selected, who & outcome, everybody & ~who & outcome, rules.smallest, z)
            alarms = _gap(selected, who & ~outcome, everybody & ~who & ~outcome, rules.smallest, z)
        verdict = _verdict(ratio, misses, alarms, rules) if len(big) > 1 else "ok"
        rows.append(GroupRow(attribute, name, people, rate, ratio, name == reference, misses, alarms, verdict))
    return rows


def _verdict(ratio: Estimate, misses: Estimate | None, alarms: Estimate | None, rules: Policy) -> Verdict:
    """A breach is beyond the bound by more than chance; `watch` is beyond it, but chance could have done that."""
    gaps = [gap for gap in (misses, alarms) if gap is not None]
    # The whole interval of a ratio must be on the bad side of 1, and its value below the bound.
    if (ratio.value < rules.bound and ratio.high < 1) or any(_beyond(gap, rules.error_gap) for gap in gaps):
        return "breach"
    if ratio.value < rules.bound or any(abs(gap.value) > rules.error_gap for gap in gaps):
        return "watch"
    return "ok"


def _beyond(gap: Estimate, bound: float) -> bool:
    return abs(gap.value) > bound and (gap.low > 0 or gap.high < 0)


def _wilson(hits: int, people: int, z: float) -> Estimate:
    share = hits / people
    middle = (share + z * z / (2 * people)) / (1 + z * z / people)
    half = z / (1 + z * z / people) * float(np.sqrt(share * (1 - share) / people + z * z / (4 * people**2)))
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half))


def _ratio(hits: int, people: int, reference_hits: int, reference_people: int, z: float) -> Estimate:
    if not reference_hits:
        return Estimate(1.0, 1.0, 1.0)  # Nobody is selected anywhere: all are treated alike.
    value = (hits / people) / (reference_hits / reference_people)
    # Half a person more keeps the interval finite when nobody of a group is selected.
    near = ((hits + 0.5) / (people + 0.5)) / ((reference_hits + 0.5) / (reference_people + 0.5))
    spread = 1 / (hits + 0.5) - 1 / (people + 0.5) + 1 / (reference_hits + 0.5) - 1 / (reference_people + 0.5)
    factor = float(np.exp(z * np.sqrt(max(spread, 0.0))))
    return Estimate(value, min(value, near / factor), max(value, near * factor))


def _gap(wrong: Bools, group: Bools, others: Bools, smallest: int, z: float) -> Estimate | None:
    """Difference of two shares by Newcombe's hybrid of Wilson intervals (1998); None when either side is too small."""
    if min(group.sum(), others.sum()) < smallest:
        return None
    here = _wilson(int(wrong[group].sum()), int(group.sum()), z)
    there = _wilson(int(wrong[others].sum()), int(others.sum()), z)
    difference = here.value - there.value
    below = float(np.hypot(here.value - here.low, there.high - there.value))
    above = float(np.hypot(here.high - here.value, there.value - there.low))
    return Estimate(difference, difference - below, difference + above)


def _z(comparisons: int) -> float:
    """Standard deviations either side so that so many intervals hold together at LEVEL."""
    from scipy.stats import norm

    return float(norm.ppf(1 - (1 - LEVEL) / 2 / max(comparisons, 1)))


def _setting(name: str, reason: str) -> BadInputError:
    return BadInputError(reason, file="wenan.toml", field=f"audience.fairness.{name}", hint="改好 wenan.toml 后再试。")
