"""One row of a run: a case answered once by one variant, through the same `write_draft` as everything else."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from agent.brief import Brief
from agent.context import Context
from agent.draft import Attempt, Draft
from agent.fit import fit
from agent.render import FindTemplate, held_templates
from agent.tokens import TokenCounter
from agent.write import Contexts, Tools
from evals.arms import Arm, Direct, template_for
from evals.cassette_model import Recorded, Recorder
from evals.database import EvalsDb
from evals.limits import REFUSAL, UNPARSABLE, Fuse, describe
from evals.plan import Plan, Unit
from evals.prepared import PreparedCases, posed
from evals.raw import write as write_draft
from evals.records import Case, Row, Sampled, Score, Variant
from evals.reuse import Inputs
from evals.scoring import Scoring
from evals.side_scoring import SideScoring
from evals.snapshots import Prepared
from evals.stops import StopError
from evals.stored_rows import Kept
from evals.together import Together
from knowledge_base.errors import ModelError
from knowledge_base.workspace import Workspace

UNUSABLE_RETRIES = 1
"""Times an answer that cannot be read is asked for again; refusals are not: the next would be one too."""
FITS_KEPT = 64


@dataclass
class RowWriter:
    """Writes and scores rows. Shared by all workers of a run."""

    workspace: Workspace
    cases: PreparedCases
    recorder: Recorder
    arms: dict[str, Arm]
    scoring: Scoring
    plan: Plan
    fuse: Fuse
    counter: TokenCounter
    attempts: int
    inputs: Inputs | None = None
    """None where nobody may carry these rows over."""
    side: SideScoring | None = None
    """A second process that checks and scores."""
    together: Together = field(init=False)
    _find: FindTemplate = field(default_factory=held_templates)
    _fitting: dict[tuple[str, int], bool] = field(default_factory=dict)
    _templates: dict[tuple[Variant, str], str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.together = Together(self.scoring, self.plan)

    async def write(self, unit: Unit) -> Kept:
        """The finished row. Raises StopError when the run must end, and whatever is a bug or a broken template."""
        prepared = self.cases.get(unit.case)
        case = prepared.case
        arm = self.arms[unit.variant.model]
        model = arm.model_for(self.recorder, case.id, unit.sample)
        side = self.side if self.side is not None and self.side.takes(unit) else None
        try:
            draft, context, error = await self._draft(unit, prepared, arm, model, side)
        except StopError:
            raise
        except ModelError as failure:
            if side is not None:
                await side.drop(unit)
            try:
                self.fuse.failed(unit.variant.model, failure)
            except StopError as stop:
                self.recorder.stopped = stop
                raise
            return self._kept(unit, prepared, model, None, describe(failure), ())
        self.fuse.succeeded(unit.variant.model)
        if error:
            if side is not None:
                await side.drop(unit)
            return self._kept(unit, prepared, model, draft, error, ())
        if side is not None and (made := await side.score(unit, draft)) is not None:
            return replace(self._kept(unit, prepared, model, None, "", ()), packed=made)
        sampled = Sampled(case=case, variant=unit.variant, sample=unit.sample, draft=draft, context=context)
        alone = self.side is None or self.side.gone
        grouped = self.together.note(unit.ordinal, sampled) if alone else self.together.at_once(sampled)
        scores = (*self.scoring.score(sampled), *grouped)
        if self.scoring.judges:
            scores += await self.scoring.judge(sampled)
            self.recorder.check()
        return self._kept(unit, prepared, model, draft, "", scores)

    async def finish(self, db: EvalsDb, run_id: str) -> None:
        """Scores that need several rows, when all are there."""
        if self.side is None or not await self.side.finish(run_id):
            self.together.finish(db, run_id)

    async def _draft(
        self, unit: Unit, prepared: Prepared, arm: Arm, model: Recorded | Direct, side: SideScoring | None
    ) -> tuple[Draft, Context, str]:
        """The draft, what its checks saw, and why it cannot be scored where no attempt brought a copy.

        The context is the very object that was checked: what the checks worked out for it serves the scorers as well.
        """
        brief, context = posed(prepared, unit.sample, unit.draft_id)
        tools = Tools(
            workspace=self.workspace,
            contexts=_fixed(context),
            model=model,
            counter=self.counter,
            fits=self._fits(prepared, arm.budget),
            template=self._template(unit.variant, brief),
            find=self._find,
            attempts=self.attempts,
            budget=arm.budget,
            judge=side.judge_for(unit) if side is not None else None,
        )
        earlier: tuple[Attempt, ...] = ()
        for again in range(UNUSABLE_RETRIES + 1):
            model.retry = again * self.attempts
            draft = await write_draft(brief, tools, draft_id=unit.draft_id)
            draft = replace(draft, attempts=(*earlier, *draft.attempts)) if earlier else draft
            earlier = draft.attempts
            error = unusable(draft, prepared.case)
            if not error.startswith(UNPARSABLE):
                break
        return draft, context, error

    def _fits(self, prepared: Prepared, budget: int) -> bool:
        """Counting a prompt costs a third of making it, and only trimming needs the figures."""
        if prepared.fits is not None and prepared.fits <= budget:
            return True
        key = (prepared.key, budget)
        if key not in self._fitting:
            if len(self._fitting) >= FITS_KEPT:
                self._fitting.clear()
            fitted = fit(prepared.context, budget, self.counter)
            self._fitting[key] = fitted.cuts == prepared.context.cuts
        return self._fitting[key]

    def _template(self, variant: Variant, brief: Brief) -> str | None:
        key = (variant, brief.form)
        if key not in self._templates:
            self._templates[key] = template_for(variant, brief.form, self.workspace)
        return self._templates[key]

    def _kept(
        self,
        unit: Unit,
        prepared: Prepared,
        model: Recorded | Direct,
        draft: Draft | None,
        error: str,
        scores: tuple[Score, ...],
    ) -> Kept:
        return Kept(
            ordinal=unit.ordinal,
            snapshot=prepared.key,
            paid=model.paid,
            group=unit.case.group,
            answers=tuple(model.used),
            inputs=self.inputs.of(unit) if self.inputs else "",
            row=Row(
                key=unit.key,
                case_id=unit.case.id,
                variant=unit.variant,
                sample=unit.sample,
                outcome="error" if error else "scored",
                scores=scores,
                error=error,
                draft=draft,
                input_tokens=model.tally.input_tokens,
                output_tokens=model.tally.output_tokens,
                cost=model.tally.cost,
                latency=model.tally.latency,
                tags=unit.case.tags,
                persona=prepared.case.brief.persona,
                must_pass=unit.case.must_pass,
            ),
        )


def unusable(draft: Draft, case: Case) -> str:
    """Why a draft without copy is no answer, typed; empty when it can be scored.

    A refusal is scored where the case says whether there should be one; anywhere else it says nothing of the copy.
    """
    if draft.copy is not None:
        return ""
    refused = next((finding for finding in draft.findings if finding.rule_id.endswith("refusal")), None)
    if refused is not None:
        return "" if case.expect.refusal is not None else f"{REFUSAL}：{refused.message}"
    first = next((finding for finding in draft.findings if finding.severity == "block"), None)
    return f"{UNPARSABLE}：{first.message if first else '读不出文案。'}"


def _fixed(context: Context) -> Contexts:
    async def contexts(brief: Brief, draft_id: str) -> Context:
        return context

    return contexts
