"""What a campaign came to, counted: copy by segment and angle, findings, verdicts, calls, cost, likeness."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import islice

from agent.campaign.report_map import Likeness, likeness
from agent.campaign.review_store import UNDONE, WRITTEN, Book, Entry
from agent.campaign.rows import STATES, State
from agent.copies import plain_text
from agent.storage.rows import headline

MAPPED = 600
"""Drafts compared with each other; more are sampled evenly."""
QUANTILES = (0.5, 0.9, 0.99)
MOST_REASONS = 15
WAIT_BINS = 24


@dataclass(slots=True)
class Group:
    """Units of one persona, or of one persona and angle."""

    units: int = 0
    states: Counter[str] = field(default_factory=Counter)
    approved: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUse:
    """What one model's calls took."""

    name: str
    calls: int
    answered: int
    failed: int
    unsettled: int
    tokens: int
    cost: Decimal | None
    """Yuan; None when no answer had a price."""
    latency: tuple[float, ...]
    """Seconds at QUANTILES, of answered calls; empty without any."""
    waits: tuple[tuple[float, int], ...]
    """(upper bound in seconds, how many answers), equal steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    campaign: str
    made: datetime
    planned_at: str
    states: dict[State, int]
    approved: int
    refused: int
    waiting: int
    """Written, not yet decided by anybody."""
    groups: dict[tuple[str, str], Group]
    """By (persona, angle)."""
    findings: tuple[tuple[str, str, str, int], ...]
    """(severity, rule, an example, drafts), the most frequent first."""
    reasons: tuple[tuple[str, str, str, int], ...]
    """(state, reason, an example, units) of what failed or needs a person."""
    rejections: tuple[tuple[str, int], ...]
    """(reason, how many drafts) in reviewers' words."""
    errors: tuple[tuple[str, int], ...]
    """(error, calls) of calls without an answer."""
    models: tuple[ModelUse, ...]
    likeness: Likeness
    names: Mapping[str, str] = field(default_factory=dict)
    """Persona id -> name, as the drafts knew them."""

    def persona(self, id: str) -> str:
        """How people call a persona."""
        return self.names.get(id, id)

    @property
    def cost(self) -> Decimal:
        return sum((one.cost for one in self.models if one.cost is not None), Decimal(0))


def report(book: Book, campaign: str) -> Report:
    """Reads every unit, draft and call of a campaign once. Raises StorageError."""
    states: Counter[str] = Counter()
    groups: dict[tuple[str, str], Group] = {}
    keys = book.keys(campaign, STATES)
    findings: Counter[tuple[str, str]] = Counter()
    reasons: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = {}
    rejections: Counter[str] = Counter()
    texts: list[tuple[str, str, str, str]] = []
    decided: Counter[str] = Counter()
    names: dict[str, str] = {}
    step = max(1, -(-len(keys) // MAPPED))
    for number, entry in enumerate(book.entries(keys)):
        states[entry.state] += 1
        group = groups.setdefault((entry.unit.persona, entry.unit.angle or ""), Group())
        group.units += 1
        group.states[entry.state] += 1
        if entry.reason and entry.state in ("failed", "needs_review"):
            reasons[entry.state, entry.reason] += 1
            examples.setdefault((entry.state, entry.reason), entry.message)
        if entry.draft is None:
            continue
        if entry.draft.context.persona is not None:
            names[entry.unit.persona] = entry.draft.context.persona.name
        _count_verdicts(entry, group, decided, rejections)
        findings.update({(one.severity, one.rule_id) for one in entry.draft.findings if one.severity != "info"})
        for one in entry.draft.findings:
            examples.setdefault((one.severity, one.rule_id), one.message)
        if number % step == 0 and entry.draft.copy is not None:
            name = headline(entry.draft.copy)
            texts.append(
                (entry.draft.id, names.get(entry.unit.persona, entry.unit.persona), name, plain_text(entry.draft.copy))
            )
    planned = book.rows("SELECT planned_at FROM campaigns WHERE id = ?", (campaign,))
    return Report(
        campaign=campaign,
        made=datetime.now().astimezone(),
        planned_at=f"{datetime.fromisoformat(planned[0][0]).astimezone():%Y-%m-%d %H:%M}",
        states={state: states[state] for state in STATES},
        approved=decided["approved"],
        refused=decided["refused"],
        waiting=sum(states[state] for state in WRITTEN) - decided["approved"] - decided["refused"],
        groups=dict(sorted(groups.items())),
        findings=tuple((s, r, examples[s, r], n) for (s, r), n in findings.most_common(MOST_REASONS)),
        reasons=tuple((s, r, examples[s, r], n) for (s, r), n in reasons.most_common(MOST_REASONS)),
        rejections=tuple(rejections.most_common(MOST_REASONS)),
        errors=_errors(book, campaign),
        models=_models(book, campaign),
        likeness=likeness(texts),
        names=names,
    )


def as_json(found: Report) -> str:
    """The same figures for programs."""
    return json.dumps(
        {
            "campaign": found.campaign,
            "made": found.made.isoformat(timespec="seconds"),
            "units": found.states,
            "approved": found.approved,
            "rejected": found.refused,
            "waiting": found.waiting,
            "cost": str(found.cost),
            "groups": [
                {
                    "persona": persona,
                    "persona_name": found.persona(persona),
                    "angle": angle,
                    "units": group.units,
                    "states": dict(group.states),
                    "approved": group.approved,
                    "rejected": group.refused,
                }
                for (persona, angle), group in found.groups.items()
            ],
            "findings": [{"severity": s, "rule": r, "example": e, "drafts": n} for s, r, e, n in found.findings],
            "reasons": [{"state": s, "reason": r, "example": e, "units": n} for s, r, e, n in found.reasons],
            "rejections": [{"reason": reason, "drafts": n} for reason, n in found.rejections],
            "errors": [{"error": error, "calls": n} for error, n in found.errors],
            "models": [
                {
                    "model": one.name,
                    "calls": one.calls,
                    "answered": one.answered,
                    "failed": one.failed,
                    "unsettled": one.unsettled,
                    "tokens": one.tokens,
                    "cost": str(one.cost) if one.cost is not None else None,
                    "latency": {f"p{q * 100:g}": s for q, s in zip(QUANTILES, one.latency, strict=False)},
                }
                for one in found.models
            ],
            "likeness": {
                "drafts": len(found.likeness.dots),
                "mean": found.likeness.mean,
                "nearest": [{"a": a, "b": b, "similarity": s} for s, a, b, _, _ in found.likeness.pairs],
            },
        },
        ensure_ascii=False,
        indent=2,
    )


def _count_verdicts(entry: Entry, group: Group, decided: Counter[str], rejections: Counter[str]) -> None:
    if entry.approved:
        group.approved += 1
        decided["approved"] += 1
    said = [one for one in entry.standing.refused if one.comment != UNDONE] if entry.standing else []
    if said:
        group.refused += 1
        decided["refused"] += 1
        rejections.update({" ".join(one.comment.split()) or "没写原因" for one in said})


def _models(book: Book, campaign: str) -> tuple[ModelUse, ...]:
    query = (
        "SELECT a.model, a.state, a.input_tokens + a.output_tokens AS tokens, a.cost, a.latency FROM attempts a "
        "JOIN units u ON u.key = a.unit WHERE u.campaign = ?"
    )
    found: dict[str, list[tuple[str, int, str | None, float]]] = {}
    for row in book.rows(query, (campaign,)):
        found.setdefault(row["model"], []).append((row["state"], row["tokens"], row["cost"], row["latency"]))
    return tuple(_use(name, calls) for name, calls in sorted(found.items(), key=lambda one: -len(one[1])))


def _use(name: str, calls: list[tuple[str, int, str | None, float]]) -> ModelUse:
    waits = sorted(latency for state, _, _, latency in calls if state == "answered")
    states = Counter(state for state, *_ in calls)
    costs = [Decimal(cost) for _, _, cost, _ in calls if cost is not None]
    return ModelUse(
        name=name,
        calls=len(calls),
        answered=states["answered"],
        failed=states["failed"],
        unsettled=states["sent"],
        tokens=sum(tokens for _, tokens, _, _ in calls),
        cost=sum(costs, Decimal(0)) if costs else None,
        latency=tuple(quantile(waits, q) for q in QUANTILES) if waits else (),
        waits=_bins(waits),
    )


def quantile(values: list[float], q: float) -> float:
    """Of sorted, non-empty values, interpolated linearly between neighbours (R's type 7); `q` in 0..1."""
    place = q * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def _bins(waits: list[float]) -> tuple[tuple[float, int], ...]:
    # One answer that took minutes must not squeeze all others into the first bar.
    top = quantile(waits, 0.99) * 1.05 if waits else 0.0
    if top <= 0:
        return ()
    width = top / WAIT_BINS
    counts = Counter(min(int(one / width), WAIT_BINS - 1) for one in waits)
    return tuple(((i + 1) * width, counts[i]) for i in range(WAIT_BINS))


def _errors(book: Book, campaign: str) -> tuple[tuple[str, int], ...]:
    query = "SELECT a.error FROM attempts a JOIN units u ON u.key = a.unit WHERE u.campaign = ? AND a.state = 'failed'"
    kinds = Counter(_kind(row["error"]) for row in book.rows(query, (campaign,)))
    return tuple(islice(kinds.most_common(), MOST_REASONS))


def _kind(error: str) -> str:
    """An error without its numbers, so that like ones are counted together."""
    return re.sub(r"\d+(\.\d+)?", "N", error)[:120]


def totals(groups: Iterable[Group]) -> Group:
    """Several groups as one."""
    whole = Group()
    for one in groups:
        whole.units += one.units
        whole.states += one.states
        whole.approved += one.approved
        whole.refused += one.refused
    return whole
