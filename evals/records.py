"""What the eval lab speaks of: cases, variants, rows and scores. Pure values; nothing here is stored or computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from agent.brief import Brief
from agent.context import Context
from agent.draft import Draft

Outcome = Literal["scored", "error"]
"""A planned row ends in exactly one of these; an error is never a zero."""
Tier = Literal["quality", "compliance", "assertion", "judge", "retrieval", "cost"]
"""Where a report shows a score. `compliance` holds what reuses the agent's own checks."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """One expectation of a case, e.g. contains 39 元. `kind` names a function in evals/scorers/assertions.py."""

    kind: str
    value: Any = None
    threshold: float | None = None
    negated: bool = False
    must_pass: bool = False
    """A gate fails when this one fails, whatever the averages say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a good answer to a case has; empty where the case does not say."""

    selling_points: tuple[str, ...] = ()
    """Words or facts that must appear, each found or not: recall."""
    policies: tuple[str, ...] = ()
    """Ids of policies a reply has to rest on."""
    handover: bool | None = None
    refusal: bool | None = None
    """True when the right answer declines, e.g. to an injected instruction."""
    forbidden: tuple[str, ...] = ()
    """Words that must not appear, e.g. what an injected instruction asks for."""
    references: tuple[str, ...] = ()
    """Good answers by people, for ROUGE, BLEU and chrF."""
    relevant: tuple[str, ...] = ()
    """Record ids that retrieval should bring, for hit@k and MRR."""
    assertions: tuple[Assertion, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    id: str
    """As the suite names it; unique in the suite."""
    brief: Brief
    expect: Expectation = Expectation()
    tags: tuple[str, ...] = ()
    note: str = ""
    must_pass: bool = False
    documents: tuple[tuple[str, str], ...] = ()
    """(title, text) of untrusted documents added to the case's context as passages, for injection cases."""
    group: str = ""
    """Cases of one group are compared with each other, e.g. one product for several personas: distinctness."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One arm of an experiment: a prompt and a model."""

    prompt: str
    """id@version or a template path; empty for the channel's own."""
    model: str
    """Profile name."""

    @property
    def name(self) -> str:
        return f"{self.prompt or '默认'} × {self.model}"


@dataclass(frozen=True, slots=True)
class Score:
    """One scorer's opinion of one draft. `value` None: not applicable or not to be had; missing is not zero."""

    scorer: str
    """Dotted name, e.g. facts.precision."""
    value: float | None
    passed: bool | None = None
    """None when the scorer only measures."""
    explanation: str = ""
    """Chinese, one line: why this value, or why there is none."""
    evidence: tuple[tuple[str, int, int], ...] = ()
    """(field of the copy, start, end) in code points."""
    must_pass: bool = False
    """From `Assertion.must_pass`: a gate fails when `passed` is False."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """What a scorer sees: one case, answered once by one variant."""

    case: Case
    variant: Variant
    sample: int
    draft: Draft
    context: Context
    """Untrimmed, as the checks saw it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One planned unit of a run: case x variant x sample, and what came of it."""

    key: str
    """sha256 of suite, case, variant and sample in canonical form, 64 hex digits."""
    case_id: str
    variant: Variant
    sample: int
    outcome: Outcome
    scores: tuple[Score, ...] = ()
    error: str = ""
    """Type and Chinese message when outcome is error."""
    draft: Draft | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal | None = None
    latency: float = 0.0
    tags: tuple[str, ...] = ()
    persona: str = ""
    must_pass: bool = False
    """From `Case.must_pass`: none of its scores may fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A finished or interrupted run. `planned == len(rows)` once it is complete; reports check that first."""

    id: str
    suite: str
    suite_sha256: str
    started_at: str
    finished_at: str
    """Empty while rows are missing."""
    planned: int
    rows: tuple[Row, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Samples, retrieval, versions of rules, scorers and program: what a reader needs to repeat it."""
