"""The compliance suite: invented copy with a verdict each, and how well the rules agree with it.

The suite has two parts, split by wording family. `seen` may be read while rules are written; `unseen` was written
first and stays unread, so its scores say how the rules do on wording nobody tuned them for. Report both apart.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from agent.finding import Finding
from knowledge_base.errors import BadInputError

Part = Literal["seen", "unseen"]
Examine = Callable[..., tuple[Finding, ...]]

PARTS: tuple[Part, ...] = ("seen", "unseen")
FOLDER = Path(__file__).parent / "suites" / "compliance"
FORMS = ("article", "ad", "post", "comment", "service")
GATES = {"overall": 0.95, "unseen": 0.90}
"""Least precision and recall, each: over both parts together, and over the unseen part alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One text with its verdict. `span` holds the offending (or the tempting) words exactly as in `text`.

    The words stay out of `repr`, so that no failing test or traceback shows the unseen part to those who write rules.
    """

    id: str
    text: str = field(repr=False)
    form: str
    industry: str
    label: Literal["violation", "lawful"]
    category: str
    """What it breaks, or would be mistaken for; evasions read evasion:<kind>."""
    law: str
    span: str = field(repr=False)
    family: str
    """Wording family; all items of a family lie in the same part."""
    reason: str = field(repr=False)
    expect: Literal["block", "warn", "pass"]
    """The least severity that counts as found; a lawful item passes as long as nothing blocks."""
    needs_record: bool = False
    """Words alone cannot settle it (a price history would): shown, but kept out of every score."""
    part: Part = "seen"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules said about one item."""

    item: Item
    findings: tuple[Finding, ...] = field(repr=False)

    @property
    def flagged(self) -> bool:
        """Counts as reported: warnings are enough only where the item expects no more."""
        enough = ("block", "warn") if self.item.expect == "warn" else ("block",)
        return any(finding.severity in enough for finding in self.findings)

    @property
    def right(self) -> bool:
        return self.flagged == (self.item.label == "violation")

    @property
    def on_span(self) -> bool:
        """Some finding that counts touches the annotated words, so it was probably found for the right reason."""
        start = self.item.text.find(self.item.span)
        end = start + len(self.item.span)
        return any(
            finding.severity in ("block", "warn") and finding.start < end and finding.end > start
            for finding in self.findings
        )


@dataclass(frozen=True, slots=True)
class Score:
    """Counts over some verdicts. Rates are None where there is nothing to divide by: missing is not zero."""

    violations: int
    found: int
    on_span: int
    lawful: int
    false_alarms: int

    @property
    def recall(self) -> float | None:
        return self.found / self.violations if self.violations else None

    @property
    def precision(self) -> float | None:
        reported = self.found + self.false_alarms
        return self.found / reported if reported else None

    def reaches(self, least: float) -> bool:
        """Both rates exist and are at least `least`, in 0..1."""
        return None not in (self.recall, self.precision) and min(self.recall or 0, self.precision or 0) >= least


def load(parts: Iterable[Part] = PARTS) -> tuple[Item, ...]:
    """All items of the parts in file order; a broken line raises BadInputError naming file, row and field."""
    return tuple(item for part in parts for item in _load_part(part))


def judge(items: Sequence[Item], examine: Examine | None = None) -> tuple[Verdict, ...]:
    """Every item's verdict in order. By default by the rules that check every draft."""
    if examine is None:
        # Loaded here, so that reading the suite or the command's help needs no compiled rules.
        from agent.checks.compliance import examine as shipped

        examine = shipped
    return tuple(Verdict(item, tuple(examine(item.text, item.form, industry=item.industry))) for item in items)


def score(verdicts: Iterable[Verdict]) -> Score:
    """Counts, leaving out items that need a product record."""
    counted = [verdict for verdict in verdicts if not verdict.item.needs_record]
    bad = [verdict for verdict in counted if verdict.item.label == "violation"]
    good = [verdict for verdict in counted if verdict.item.label == "lawful"]
    found = [verdict for verdict in bad if verdict.flagged]
    return Score(
        violations=len(bad),
        found=len(found),
        on_span=sum(verdict.on_span for verdict in found),
        lawful=len(good),
        false_alarms=sum(verdict.flagged for verdict in good),
    )


def by_category(verdicts: Sequence[Verdict]) -> dict[str, Score]:
    """Scores by category in alphabetical order."""
    names = sorted({verdict.item.category for verdict in verdicts})
    return {name: score(v for v in verdicts if v.item.category == name) for name in names}


def failed_gates(verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """One Chinese sentence a gate that is not reached; gates of a part that was not judged are not looked at."""
    parts = {verdict.item.part for verdict in verdicts}
    groups: dict[str, tuple[str, list[Verdict]]] = {}
    if parts == set(PARTS):
        groups["overall"] = ("两部分合计", list(verdicts))
    if "unseen" in parts:
        groups["unseen"] = ("未见部分", [v for v in verdicts if v.item.part == "unseen"])
    problems = []
    for key, (name, members) in groups.items():
        result, least = score(members), GATES[key]
        if not result.reaches(least):
            rates = f"精确率 {rate(result.precision)}、召回率 {rate(result.recall)}"
            problems.append(f"{name}没过门槛：{rates}，两项都要不低于 {least:.0%}。")
    return tuple(problems)


def rate(value: float | None) -> str:
    """A rate in 0..1 as a percentage with one decimal; a dash where there is none."""
    return "–" if value is None else f"{value:.1%}"


def _load_part(part: Part) -> Iterable[Item]:
    path = FOLDER / f"{part}.jsonl"
    for row, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            data = json.loads(line)
        except json.JSONDecodeError as error:
            raise BadInputError("这一行不是 JSON", file=path.name, row=row, hint="每行写一个 JSON 对象。") from error
        yield _item(data, part, path.name, row)


def _item(data: dict[str, Any], part: Part, file: str, row: int) -> Item:
    known = {one.name for one in fields(Item)} - {"part"}
    optional = {"needs_record"}
    wrong = (set(data) - known) | (known - optional - set(data))
    if wrong:
        name = min(wrong)
        raise BadInputError(
            "这个字段多了或缺了", file=file, row=row, field=name, hint=f"字段是：{'、'.join(sorted(known))}"
        )
    return Item(**data, part=part)
