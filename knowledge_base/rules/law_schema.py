"""The shape of rule files, checked by pydantic: only compiling and `wenan rules lint` come here.

A rule file is one area: defaults, optional word lists, and rules. `law/_shared.yaml` holds the sources, word lists,
exemptions and disguises that all areas may use.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from knowledge_base.errors import BadInputError
from knowledge_base.rules.law_model import FORMS

_LEVELS = Literal["block", "warn", "info"]
_SHOWN = 3
_SAID = {
    "missing": "缺少",
    "extra_forbidden": "没有这个字段",
    "string_type": "应当是文字",
    "list_type": "应当是列表",
    "dict_type": "应当是键值表",
    "literal_error": "不在可选值里",
    "string_pattern_mismatch": "只能用小写字母、数字和下划线",
}
_Model = TypeVar("_Model", bound=BaseModel)
PRESETS: dict[str, dict[str, str]] = {
    "strict": {"article": "block", "ad": "block", "post": "block", "comment": "block", "service": "warn"},
    "always": dict.fromkeys(FORMS, "block"),
    "soft": {"article": "warn", "ad": "warn", "post": "warn", "comment": "warn", "service": "info"},
    "note": dict.fromkeys(FORMS, "info"),
}
"""strict: advertising; one-to-one messages are not advertising (执法指南（一）), so they warn. always: false claims,
illegal everywhere."""


def _words(value: Any) -> Any:
    """`甲 乙 丙` in one string is a list; `_` inside a word stands for a space."""
    if isinstance(value, str):
        return [word.replace("_", " ") for word in value.split()]
    return value


def _severity(value: Any) -> Any:
    return PRESETS.get(value, value) if isinstance(value, str) else value


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _names(value: Any) -> Any:
    return value.split() if isinstance(value, str) else value


Names = Annotated[list[str], BeforeValidator(_names)]
Words = Annotated[list[str], BeforeValidator(_words)]
Listed = Annotated[list[str], BeforeValidator(_listed)]
Severities = Annotated[
    dict[Literal["article", "ad", "post", "comment", "service"], _LEVELS], BeforeValidator(_severity)
]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SourceData(Strict):
    law: str
    issuer: str
    date: date
    """Issue or last amendment."""


class ExemptionData(Strict):
    name: str
    before: str = ""
    after: str = ""
    inside: str = ""
    sentence: str = ""
    text: str = ""
    absent: str = ""

    @model_validator(mode="after")
    def _says_something(self) -> ExemptionData:
        if not any((self.before, self.after, self.inside, self.sentence, self.text)):
            raise ValueError("豁免至少要写 before、after、inside、sentence、text 中的一个")
        return self


class PatternData(Strict):
    anchors: Words
    """Words of which each match holds at least one; the automaton finds them, the pattern is tried around them."""
    match: str


class GroupData(Strict):
    """One side of a claim; the rule needs a word of every group, in any order, within one sentence."""

    words: Words
    before: str = ""
    after: str = ""
    follows: str = ""
    asserts: bool = False
    """A word does not count after a negation: shorthand for `before`."""
    not_words: Words = []


class RuleData(Strict):
    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    source: str = ""
    article: str
    severity: Severities | None = None
    status: Literal["violation", "needs_evidence"] = "violation"
    industries: Names = []
    not_industries: Names = []
    terms: Words = []
    patterns: list[PatternData] = []
    past_questions: bool = False
    groups: list[GroupData] = []
    likeness: bool = False
    """Speaks for its area where the likeness model finds a violation that no words were written down for."""
    within: int = Field(default=36, ge=4, le=48)
    when: str = ""
    when_text: str = ""
    missing: str = ""
    not_words: Words = []
    unless: Names = []
    exempt: list[ExemptionData] = []
    explain: str
    rewrite: str = ""
    rewrites: dict[str, str] = {}
    asks: str = ""
    look: str = ""
    settled: str = ""
    sound: bool | None = None
    needs_industry: bool = False
    """Its words are too plain to judge a text of unknown industry by."""
    as_of: date | None = None
    bad: Listed = []
    good: Listed = []

    @model_validator(mode="after")
    def _can_match(self) -> RuleData:
        if not self.terms and not self.patterns and len(self.groups) < 2 and not self.likeness:
            raise ValueError("规则要有 terms、patterns 或两个以上的 groups")
        if self.status == "needs_evidence" and not self.asks:
            raise ValueError("needs_evidence 的规则要用 asks 写明什么证据能定")
        return self


class AreaData(Strict):
    area: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    source: str = ""
    severity: Severities = PRESETS["strict"]  # type: ignore[assignment]
    industries: Names = []
    not_industries: Names = []
    unless: Names = []
    sound: bool = False
    as_of: date = date(2026, 11, 22)
    lists: dict[str, Words] = {}
    macros: dict[str, str] = {}
    """Named pieces of pattern; they may use lists and other macros."""
    rules: list[RuleData]


class SharedData(Strict):
    sources: dict[str, SourceData]
    lists: dict[str, Words]
    macros: dict[str, str] = {}
    exemptions: dict[str, ExemptionData]
    industries: dict[str, Words]
    industry_names: dict[str, Words] = {}
    """Industry -> what people call it."""
    disguises: dict[str, str]
    sound_words: Words
    homophones: Words


def parse_area(data: Any, file: str) -> AreaData:
    """Raises BadInputError naming file and field."""
    return _parse(AreaData, data, file)


def parse_shared(data: Any, file: str) -> SharedData:
    """Raises BadInputError naming file and field."""
    return _parse(SharedData, data, file)


def _parse(model: type[_Model], data: Any, file: str) -> _Model:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        errors = error.errors()
        first = errors[0]
        rules = data.get("rules") if isinstance(data, dict) else None
        said = "；".join(f"{_dotted(e['loc'])} {_SAID.get(e['type'], e['msg'])}" for e in errors[:_SHOWN])
        named = _rule_name(rules, first["loc"])
        message = f"规则文件写得不对：{said}" + (f"（规则 {named}）" if named else "")
        hint = f"共 {len(errors)} 处；字段可以照着 wenan rules show 里的规则写。"
        raise BadInputError(message, file=file, field=_dotted(first["loc"]), hint=hint) from error


def _dotted(place: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in place)


def _rule_name(rules: Any, place: tuple[int | str, ...]) -> str:
    if len(place) > 1 and place[0] == "rules" and isinstance(place[1], int) and isinstance(rules, list):
        rule = rules[place[1]] if place[1] < len(rules) else None
        return str(rule.get("id", "")) if isinstance(rule, dict) else ""
    return ""
