"""Rubrics: what a judge looks at and what each level means. Data, not code: one YAML file a rubric.

A workspace's own `rubrics/*.yaml` come before the shipped ones of the same id.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from agent.brief import Form
from knowledge_base.config_file import read_config
from knowledge_base.errors import BadInputError
from knowledge_base.workspace import Workspace

SHIPPED = Path(__file__).resolve().parent / "rubrics"
SUFFIX = ".yaml"
Material = Literal["brief", "persona", "products", "brand", "policies", "message", "passages"]
"""What a judge gets to read beside the copy."""
Reference = Literal["none", "optional", "required"]
"""Whether good answers by people are shown; `required`: without one there is nothing to judge by."""
MIN_KAPPA = 0.6
"""Substantial agreement on the scale of Landis and Koch (1977)."""
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Level:
    value: int
    name: str
    text: str
    """What copy on this level is like, so that two readers would choose the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    id: str
    version: str
    name: str
    """Chinese, for reports."""
    question: str
    """The one thing asked, as a question."""
    forms: tuple[Form, ...]
    """Forms of copy it is meant for."""
    levels: tuple[Level, ...]
    """From worst to best, values rising."""
    look: tuple[str, ...] = ()
    """What decides."""
    ignore: tuple[str, ...] = ()
    """What must not decide, because another scorer measures it."""
    materials: tuple[Material, ...] = ()
    required: tuple[Material, ...] = ()
    """Materials without which the rubric does not apply."""
    reference: Reference = "none"
    passes: int | None = None
    """Lowest level that passes; None: the rubric only measures."""
    kappa: float = MIN_KAPPA
    """Agreement with people that a judge needs before it may gate."""
    sha256: str = ""
    """Hash of the content, so that a changed rubric needs new calibration."""

    @property
    def values(self) -> tuple[int, ...]:
        return tuple(level.value for level in self.levels)

    def level(self, value: int) -> Level:
        """The level of this value. Raises KeyError."""
        for level in self.levels:
            if level.value == value:
                return level
        raise KeyError(value)


_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Level(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    value: int = Field(ge=0, le=9)  # one key each when people label
    name: _Text
    text: _Text


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    id: _Text
    version: _Text
    name: _Text
    question: _Text
    forms: tuple[Form, ...] = Field(min_length=1)
    levels: tuple[_Level, ...] = Field(min_length=2, max_length=10)
    look: tuple[_Text, ...] = ()
    ignore: tuple[_Text, ...] = ()
    materials: tuple[Material, ...] = ()
    required: tuple[Material, ...] = ()
    reference: Reference = "none"
    passes: int | None = None
    kappa: float = Field(default=MIN_KAPPA, gt=0, le=1)

    @model_validator(mode="after")
    def _sound(self) -> _File:
        values = [level.value for level in self.levels]
        if values != sorted(set(values)):
            raise ValueError("levels 要从差到好排，value 一个比一个大")
        if self.passes is not None and self.passes not in values:
            raise ValueError(f"passes 要是 levels 里的一个 value：{'、'.join(map(str, values))}")
        if extra := [name for name in self.required if name not in self.materials]:
            raise ValueError(f"required 里的 {'、'.join(extra)} 也要写进 materials")
        if not _ID.fullmatch(self.id):
            raise ValueError("id 用小写字母、数字和下划线，字母开头，40 字以内")
        return self


def rubric_folders(workspace: Workspace) -> tuple[Path, ...]:
    return (workspace.root / "rubrics", SHIPPED)


def rubric_names(workspace: Workspace) -> tuple[str, ...]:
    """Ids of all rubrics, sorted."""
    found = {path.stem for folder in rubric_folders(workspace) if folder.is_dir() for path in folder.glob(f"*{SUFFIX}")}
    return tuple(sorted(found))


def load_rubric(wanted: str, workspace: Workspace) -> Rubric:
    """The rubric of an id or of a .yaml file. Raises BadInputError naming file, line and field, or the nearest ids."""
    if wanted.endswith(SUFFIX):
        return read_rubric(Path(wanted))
    if _ID.fullmatch(wanted):
        for folder in rubric_folders(workspace):
            if (path := folder / f"{wanted}{SUFFIX}").is_file():
                return read_rubric(path)
    names = rubric_names(workspace)
    near = get_close_matches(wanted, names, n=3, cutoff=0.4) or names
    raise BadInputError(f"没有评分量表「{wanted}」", hint=f"可用：{'、'.join(near)}；自己的放在工作区的 rubrics/ 里。")


def read_rubric(path: Path) -> Rubric:
    """The rubric in a file, whose name must be its id. Raises BadInputError."""
    data = read_config(path, _File, what="评分量表")
    if data.id != path.stem:
        raise BadInputError(f"文件名是 {path.stem}，id 写的是 {data.id}", file=str(path), row=1, field="id")
    values: dict[str, Any] = {name: getattr(data, name) for name in _File.model_fields}
    values["levels"] = tuple(Level(one.value, one.name, one.text) for one in data.levels)
    digest = hashlib.sha256(data.model_dump_json(exclude={"kappa"}).encode()).hexdigest()
    return Rubric(**values, sha256=digest)
