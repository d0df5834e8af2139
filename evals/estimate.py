"""`--dry-run`: how many rows, how many are recorded, and what the rest is likely to cost. Asks no model."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from decimal import Decimal

from agent.attempt import request_for
from agent.fit import fit
from agent.models.prices import cost_of
from agent.render import find_template, render
from agent.tokens import default_counter
from evals.arms import check_prompts, open_arms, template_for
from evals.cassette import Cassette
from evals.cassette_key import Keys
from evals.database import EvalsDb
from evals.knowledge import knowledge_source
from evals.plan import make_plan
from evals.raw import filled, is_raw
from evals.runner import Options
from evals.snapshots import Snapshots, linked
from evals.suite import Suite
from knowledge_base.console import err, out
from knowledge_base.workspace import Workspace

ANSWER_TOKENS = {"article": 2000, "moments": 400, "reply": 400}
"""What an answer takes where no recording of the model says it: our own drafts' length with some room."""


@dataclass(slots=True)
class Estimate:
    """Of one model. The first attempt of every row is counted; rewrites would come on top."""

    model: str
    rows: int = 0
    recorded: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal | None = Decimal(0)


def estimate(
    suite: Suite, options: Options, workspace: Workspace, db: EvalsDb, cassette: Cassette
) -> tuple[Estimate, ...]:
    """One estimate a model. Gathers contexts that are not kept yet, which costs nothing but time."""
    plan = make_plan(suite, options.choice, options.default_model)
    arms = open_arms(plan, workspace, 1)
    check_prompts(plan, workspace)
    snapshots = Snapshots(db.store, knowledge_source(suite.knowledge, suite.path), workspace)
    snapshots.prepare(plan.cases, file=suite.file, say=lambda text: err().print(text, style="dim", markup=False))
    keys, counter = Keys(), default_counter()
    found = {name: Estimate(name) for name in arms}
    for unit in plan.units():
        arm, mine = arms[unit.variant.model], found[unit.variant.model]
        mine.rows += 1
        if not arm.recorded:
            continue
        prepared = snapshots.get(unit.case)
        brief = replace(prepared.case.brief, seed=prepared.case.brief.seed + unit.sample)
        template = template_for(unit.variant, brief.form, workspace)
        if template and is_raw(template):
            prompt = filled(find_template(template, workspace), brief, counter)
        else:
            context = fit(linked(prepared.context, brief, unit.draft_id), arm.budget, counter)
            prompt = render(template, brief, context, workspace=workspace, count=counter)
        parts = keys.parts(request_for(prompt, brief.seed, 0), arm.endpoint, unit.sample)
        if options.record == "missing" and cassette.get(parts.key) is not None:
            mine.recorded += 1
            continue
        mine.input_tokens += prompt.tokens
        mine.output_tokens += ANSWER_TOKENS[brief.channel]
    for name, mine in found.items():
        profile = arms[name].profile
        free = not arms[name].recorded
        price = (profile.input_price, profile.output_price)
        mine.cost = Decimal(0) if free else cost_of(mine.input_tokens, mine.output_tokens, *price)
    return tuple(found.values())


def print_estimate(
    suite: Suite, options: Options, workspace: Workspace, db: EvalsDb, cassette: Cassette, *, as_json: bool
) -> None:
    found = estimate(suite, options, workspace, db, cassette)
    if as_json:
        plain = [
            {
                "model": one.model,
                "rows": one.rows,
                "recorded": one.recorded,
                "input_tokens": one.input_tokens,
                "output_tokens": one.output_tokens,
                "cost": None if one.cost is None else str(one.cost),
            }
            for one in found
        ]
        out().print(json.dumps({"estimate": plain}, ensure_ascii=False), markup=False, soft_wrap=True)
        return
    for one in found:
        line = f"{one.model}：{one.rows} 条"
        if one.recorded:
            line += f"，{one.recorded} 条有录音不用问"
        if one.input_tokens:
            line += f"；约 {one.input_tokens} + {one.output_tokens} token"
            line += "，没有标价" if one.cost is None else f"，约 {one.cost:.4f} 元"
        else:
            line += "；不花钱"
        out().print(line, markup=False, soft_wrap=True)
    err().print("只按每条写一次估计；有必改问题会重写，花费相应增加。", style="dim")
