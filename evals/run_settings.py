"""What is kept with a run so that a reader can repeat it, and so that a resume cannot mix two versions of anything."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from agent.rule_versions import rule_versions
from evals.knowledge import reading_version
from evals.plan import Plan
from evals.records import Run
from knowledge_base.errors import BadInputError

if TYPE_CHECKING:
    from evals.runner import Options
    from evals.scoring import Scoring

_MUST_MATCH = {
    "prompts_sha256": "提示词模板",
    "rules": "检查规则",
    "knowledge": "知识库或检索代码",
    "models": "模型",
    "samples": "采样次数",
    "attempts": "重写次数",
    "choice": "选中的用例",
    "record": "录音方式",
}


def settings_of(
    plan: Plan, options: Options, prompts: Mapping[str, str], knowledge: str, scoring: Scoring
) -> dict[str, Any]:
    """Plain JSON values."""
    return {
        "file": plan.suite.path.as_posix(),
        "models": list(dict.fromkeys(variant.model for variant in plan.variants)),
        "prompts": list(dict.fromkeys(variant.prompt for variant in plan.variants)),
        "samples": plan.samples,
        "attempts": plan.suite.attempts,
        "seed": plan.suite.seed,
        "choice": options.choice.plain(),
        "default_model": options.default_model,
        "record": options.record,
        "replay": options.replay,
        "retrieve": options.retrieve,
        "concurrency": options.concurrency,
        "knowledge": [*plan.suite.knowledge, knowledge, reading_version()],
        "prompts_sha256": dict(prompts),
        "rules": rule_versions(),
        "scorers": {scorer.name: {"tier": scorer.tier} for scorer in (*scoring.single, *scoring.grouped)},
        "judges": {},
        "gates": list(plan.suite.gates),
        "tags": list(plan.suite.tags),
        "program": _program(),
    }


def check_same(run: Run, plan: Plan, settings: Mapping[str, Any]) -> None:
    """Raises BadInputError when going on would mix what was with what is now."""
    changed = [name for key, name in _MUST_MATCH.items() if run.settings.get(key) != settings.get(key)]
    if run.suite_sha256 != plan.suite.sha256 or run.planned != plan.planned:
        changed.insert(0, "评测集")
    if changed:
        raise BadInputError(
            f"{'、'.join(changed)}和这次评测开始时不一样了，接着跑会把两种结果混在一起",
            hint="重新跑一次（不加 --resume）：录过的回答不会再花钱。",
        )


def _program() -> str:
    try:
        return version("wenan")
    except PackageNotFoundError:
        return ""
