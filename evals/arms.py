"""The models and prompts of a run: resolved before anything costs, opened only when something must be asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from agent.model import Completion, Model, Request
from agent.models import open_profile
from agent.models.profiles import Profile, resolve_profile
from agent.render import DEFAULTS, find_template
from agent.write import context_budget
from evals.cassette_key import Endpoint, endpoint_of
from evals.cassette_model import Recorded, Recorder, Tally
from evals.plan import Plan
from evals.records import Variant
from knowledge_base.errors import UsageError
from knowledge_base.workspace import Workspace

SELF_MADE = frozenset({"offline", "replay"})
"""Presets whose answers cost nothing and are made anew each time: a recording of them could only be out of date."""


@dataclass
class Arm:
    """One variant's model; `model_for` gives each row its own view of it."""

    profile: Profile
    workspace: Workspace
    concurrency: int
    endpoint: Endpoint = field(init=False)
    slots: asyncio.Semaphore = field(init=False)
    """One for each call that may be under way; rows being written, checked and stored need none."""
    _model: Model | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.endpoint = endpoint_of(self.profile)
        self.slots = asyncio.Semaphore(self.concurrency)

    @property
    def recorded(self) -> bool:
        return self.profile.preset not in SELF_MADE

    @property
    def budget(self) -> int:
        """Tokens of knowledge that a prompt for this model may carry."""
        return context_budget(self.profile.context_window)

    async def open(self) -> Model:
        """The model itself; raises what opening it raises, each time it is tried."""
        if self._model is None:
            async with self._lock:
                if self._model is None:
                    # Some adapters import their vendor's package here, which takes a second.
                    self._model = await asyncio.to_thread(self._opened)
        return self._model

    def _opened(self) -> Model:
        return open_profile(self.workspace, self.profile, concurrency=self.concurrency)

    async def aclose(self) -> None:
        if self._model is not None:
            await self._model.aclose()
            self._model = None

    def model_for(self, recorder: Recorder, case_id: str, sample: int) -> Recorded | Direct:
        if not self.recorded:
            return Direct(self)
        return Recorded(recorder, self.endpoint, self.open, case_id, sample, self.slots)


@dataclass
class Direct:
    """The `Model` of a row whose answers are not recorded."""

    arm: Arm
    retry: int = 0
    used: list[tuple[str, str]] = field(default_factory=list)
    paid: Decimal | None = None
    tally: Tally = field(default_factory=Tally)

    @property
    def name(self) -> str:
        return self.arm.endpoint.model

    async def complete(self, request: Request) -> Completion:
        model = self.arm._model or await self.arm.open()
        completion = await model.complete(request)
        self.tally.add(completion)
        return completion

    async def aclose(self) -> None:
        """The arm closes the model."""


def open_arms(plan: Plan, workspace: Workspace, concurrency: int) -> dict[str, Arm]:
    """An arm for every model name of the plan. Raises UsageError or BadInputError for a name that means nothing."""
    names = dict.fromkeys(variant.model for variant in plan.variants)
    return {name: Arm(resolve_profile(workspace, name), workspace, concurrency) for name in names}


def check_prompts(plan: Plan, workspace: Workspace) -> dict[str, str]:
    """Every template of the plan by name, with its hash. Raises when one is missing, broken or of another channel."""
    found = {}
    for variant in plan.variants:
        for form in sorted(plan.suite.forms):
            template = find_template(variant.prompt or DEFAULTS[form], workspace)
            if variant.prompt and template.matter.form != form and not _fits_some(plan, template.matter.form):
                raise UsageError(
                    f"模板 {variant.prompt} 是写 {template.matter.form} 的，这套用例没有这种形式",
                    hint="用 wenan prompt list 看每个模板的形式。",
                )
            found[f"{template.matter.id}@{template.matter.version}"] = template.sha256
    return found


def template_for(variant: Variant, form: str, workspace: Workspace) -> str | None:
    """The variant's template where it is for this form, else None: the form's own."""
    if not variant.prompt:
        return None
    return variant.prompt if find_template(variant.prompt, workspace).matter.form == form else None


def unpriced(arms: Sequence[Arm]) -> list[str]:
    """Names of models whose calls have no price."""
    return [
        arm.profile.name
        for arm in arms
        if arm.recorded and (arm.profile.input_price is None or arm.profile.output_price is None)
    ]


def _fits_some(plan: Plan, form: str) -> bool:
    return form in plan.suite.forms
