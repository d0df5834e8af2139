"""What a run will do: every case by every variant by every sample, in an order that never changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent.codec import dumps
from evals.records import Variant
from evals.suite import Suite, SuiteCase
from knowledge_base.errors import UsageError


@dataclass(frozen=True, slots=True)
class Unit:
    """One row to be: a case, a variant, a sample."""

    ordinal: int
    key: str
    case: SuiteCase
    variant: Variant
    sample: int

    @property
    def draft_id(self) -> str:
        """The same for the same row in every run, so that tracked links do not make two prompts differ."""
        return f"d_{self.key[:32]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the command line says about a suite; None or empty leaves it to the suite."""

    models: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    samples: int | None = None
    limit: int | None = None
    tags: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    scorers: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name in self.__dataclass_fields__
            if (value := getattr(self, name)) not in ((), None)
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Choice:
        """What `plain` wrote."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()
        }
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Plan:
    suite: Suite
    cases: tuple[SuiteCase, ...]
    variants: tuple[Variant, ...]
    samples: int

    @property
    def planned(self) -> int:
        return len(self.cases) * len(self.variants) * self.samples

    def units(self) -> Iterator[Unit]:
        """Rows of one case stand together, so that its context is read once."""
        ordinal = 0
        for case in self.cases:
            for variant in self.variants:
                for sample in range(self.samples):
                    yield Unit(ordinal, row_key(self.suite.name, case.id, variant, sample), case, variant, sample)
                    ordinal += 1


def make_plan(suite: Suite, choice: Choice, default_model: str) -> Plan:
    """`default_model` writes where neither the suite nor the choice names one. Raises UsageError."""
    cases = suite.cases
    if unknown := sorted(set(choice.tags) - set(suite.tags)):
        raise UsageError(
            f"没有用例带标签「{'、'.join(unknown)}」", hint=f"这套用例的标签：{'、'.join(suite.tags) or '一个也没有'}。"
        )
    if choice.tags:
        cases = tuple(case for case in cases if set(choice.tags) & set(case.tags))
    if choice.cases:
        known = {case.id for case in suite.cases}
        if missing := [id for id in choice.cases if id not in known]:
            raise UsageError(f"没有用例「{missing[0]}」", hint="用 wenan eval show 评测集 看有哪些用例。")
        cases = tuple(case for case in cases if case.id in choice.cases)
    if choice.limit is not None:
        cases = cases[: choice.limit]
    prompts = choice.prompts or tuple(dict.fromkeys(variant.prompt for variant in suite.variants))
    models = choice.models or tuple(dict.fromkeys(variant.model for variant in suite.variants))
    variants = tuple(Variant(prompt, model or default_model) for prompt in prompts for model in models)
    samples = choice.samples or suite.samples
    if not cases:
        raise UsageError("一条用例也没有选中", hint="检查 --tag、--case 和 --limit。")
    chosen = replace(suite, scorers=choice.scorers or suite.scorers)
    return Plan(chosen, cases, tuple(dict.fromkeys(variants)), samples)


def row_key(suite: str, case_id: str, variant: Variant, sample: int) -> str:
    """64 hex digits."""
    text = dumps([suite, case_id, variant.prompt, variant.model, sample])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def choices(text: Sequence[str]) -> tuple[str, ...]:
    """`["a,b", "c"]` -> a, b, c; what a repeatable, comma-separated option says."""
    return tuple(dict.fromkeys(part.strip() for one in text for part in one.split(",") if part.strip()))
