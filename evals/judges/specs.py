"""Which judges a suite or a command line asks for, and those judges opened.

    human_voice                      a rubric, with the default judge model
    human_voice@deepseek             a rubric and a model profile
    human_voice@deepseek+qwen        a panel
    pair:human_voice@deepseek        two variants' drafts against each other
    voice=human_voice@deepseek       under a name of one's own: scores are called judge.voice

In a suite file also as {rubric: human_voice, models: [deepseek, qwen], kind: pair, name: voice, kappa: .7}.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from agent.model import Model
from agent.models.profiles import resolve_profile
from agent.tokens import TokenCounter
from evals.judges.grade import RubricJudge
from evals.judges.prefer import PairJudge
from evals.judges.rubric import load_rubric
from evals.judges.scorers import JudgeScorer, PairScorer, RubricScorer
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.workspace import Workspace

Kind = Literal["rubric", "pair"]
OpenModel = Callable[[str], Model]
"""Profile name, empty for the default -> model; the runner gives one that wraps the model in its cassette."""
_NAME = re.compile(r"\w[\w-]{0,39}")
_HINT = "写成 human_voice@deepseek、human_voice@deepseek+qwen（评委组）或 pair:human_voice@deepseek（两两比）。"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeSpec:
    rubric: str
    """Rubric id or .yaml file."""
    models: tuple[str, ...] = ()
    """Profile names; empty for the default judge."""
    kind: Kind = "rubric"
    name: str = ""
    kappa: float | None = None
    """Declared agreement; None for the rubric's own."""

    @property
    def scorer(self) -> str:
        """The last part of the score's name."""
        if self.name:
            return self.name
        stem = re.split(r"[\\/]", self.rubric)[-1].removesuffix(".yaml")
        return f"pair_{stem}" if self.kind == "pair" else stem


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    rubric: str = Field(min_length=1)
    models: tuple[str, ...] = ()
    kind: Kind = "rubric"
    name: str = ""
    kappa: float | None = Field(default=None, gt=0, le=1)

    @field_validator("models", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


def parse_specs(written: Sequence[Any], *, file: str = "") -> tuple[JudgeSpec, ...]:
    """The judges as written, each under a name of its own. Raises BadInputError naming what is wrong."""
    specs = tuple(_spec(one, file) for one in written)
    for name, times in Counter(spec.scorer for spec in specs).items():
        if times > 1:
            raise BadInputError(
                f"有 {times} 位评委都叫 {name}",
                file=file,
                field="judges",
                hint="给它们起名：voice=human_voice@deepseek。",
            )
        if not _NAME.fullmatch(name):
            raise BadInputError(
                f"评委的名字「{name}」不能用",
                file=file,
                field="judges",
                hint="用文字、数字、下划线或连字符，40 字以内。",
            )
    return specs


def _spec(written: Any, file: str) -> JudgeSpec:
    if isinstance(written, str):
        return _short(written.strip(), file)
    try:
        entry = _Entry.model_validate(written)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(["judges", *map(str, first["loc"])])
        raise BadInputError(f"评委写得不对：{written!r}", file=file, field=field, hint=_HINT) from error
    return JudgeSpec(rubric=entry.rubric, models=entry.models, kind=entry.kind, name=entry.name, kappa=entry.kappa)


def _short(text: str, file: str) -> JudgeSpec:
    name, equals, rest = text.partition("=")
    rest = rest if equals else text
    kind: Kind = "pair" if rest.startswith("pair:") else "rubric"
    rubric, at, models = rest.removeprefix("pair:").partition("@")
    wanted = tuple(model.strip() for model in models.split("+"))
    if not rubric.strip() or (at and not all(wanted)) or (equals and not name.strip()):
        raise BadInputError(f"看不懂评委「{text}」", file=file, field="judges", hint=_HINT)
    return JudgeSpec(rubric=rubric.strip(), models=wanted if at else (), kind=kind, name=name.strip() if equals else "")


def default_model(workspace: Workspace) -> str:
    """`judge` in [eval] of wenan.toml, else empty: the profile that drafting uses."""
    named = workspace.section("eval").get("judge", "")
    if not isinstance(named, str):
        raise BadInputError("应当是模型档案的名字", file="wenan.toml", field="eval.judge")
    return named.strip()


def open_judges(
    specs: Sequence[JudgeSpec], workspace: Workspace, *, open_model: OpenModel, count: TokenCounter
) -> tuple[JudgeScorer, ...]:
    """The judges ready to score, in order; a profile named twice is opened once. The caller closes the models.

    Raises BadInputError for an unknown rubric, UsageError for a model that cannot judge.
    """
    models: dict[str, Model] = {}

    def model(name: str) -> Model:
        if name == "offline" or (not name and resolve_profile(workspace).preset == "offline"):
            raise UsageError(
                "离线模板只会写，不会评",
                hint='评委要用真模型：在 wenan.toml 的 [eval] 里写 judge = "档案名"，或写成 量表@档案名。',
            )
        if name not in models:
            models[name] = open_model(name)
        return models[name]

    scorers: list[JudgeScorer] = []
    for spec in specs:
        rubric = load_rubric(spec.rubric, workspace)
        rubric = replace(rubric, kappa=spec.kappa) if spec.kappa is not None else rubric
        opened = [model(name) for name in spec.models or (default_model(workspace),)]
        if spec.kind == "pair":
            pairs = [PairJudge(rubric, one, workspace=workspace, count=count) for one in opened]
            scorers.append(PairScorer(spec.scorer, pairs))
        else:
            graders = [RubricJudge(rubric, one, workspace=workspace, count=count) for one in opened]
            scorers.append(RubricScorer(spec.scorer, graders))
    return tuple(scorers)
