"""The rule file: YAML, checked, every mistake with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from knowledge_base.audience.clock import DEFAULT_ZONE, zone
from knowledge_base.audience.schemas import ACTIONS
from knowledge_base.audience.triggers.rules import BIRTHDAY, BUY, RESTOCK, UNREAD, Rule, RuleSet, When, Writing
from knowledge_base.audience.triggers.spans import Clock, duration, minute_of_day, quiet_hours
from knowledge_base.config_file import read_config
from knowledge_base.errors import UsageError

SHIPPED = Path(__file__).resolve().parents[2] / "rules" / "triggers.yaml"
ANSWERS = ("客服消息", "评论回复")
WriteChannel = Literal["私聊", "员工朋友圈", "朋友圈广告", "公众号文章", "客服消息", "评论回复"]
Angle = Literal["", "pain", "benefit", "scene", "proof", "offer", "痛点", "利益", "场景", "证据", "优惠"]
LIVING = frozenset(ACTIONS) - {UNREAD}
"""Signs of life: everything but leaving a message unread."""
LOOKING, WANTING = ("阅读", "点击"), ("收藏", "加购")
NEEDS: dict[str, tuple[str, ...]] = {
    "加购未买": ("after",),
    "反复看没买": ("times", "within"),
    "沉睡": ("after",),
    "到货": ("within",),
}
"""Fields that a kind of rule cannot do without."""
TAKES: dict[str, tuple[str, ...]] = {
    "加购未买": ("after", "actions", "items", "categories"),
    "反复看没买": ("times", "within", "actions", "items", "categories"),
    "沉睡": ("after",),
    "生日": ("at", "ahead"),
    "到货": ("within", "actions", "items"),
    "差评": ("items", "categories"),
}
"""Fields that mean something for a kind of rule."""


def _duration(text: str) -> str:
    duration(text)
    return text


def _action(word: str) -> str:
    if word not in ACTIONS:
        raise ValueError(f"没有行为「{word}」，可选：{'、'.join(ACTIONS)}")
    return word


Duration = Annotated[str, AfterValidator(_duration)]
Word = Annotated[str, Field(min_length=1, max_length=60)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class WritingPart(_Part):
    channel: WriteChannel
    goal: str = ""
    angle: Angle = ""
    product: str = ""
    coupon: str = ""
    cta: str = ""
    notes: str = ""


class RulePart(_Part):
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    name: Word
    when: When
    after: Duration | None = None
    actions: tuple[Annotated[str, AfterValidator(_action)], ...] | None = None
    times: int | None = Field(None, ge=1, le=100)
    within: Duration | None = None
    at: str = "09:00"
    ahead: int = Field(0, ge=0, le=60)
    items: tuple[Word, ...] = ()
    categories: tuple[Word, ...] = ()
    cooldown: Duration = "7d"
    expires: Duration = "1d"
    quiet: bool = True
    capped: bool = True
    write: WritingPart

    @field_validator("at")
    @classmethod
    def _time_of_day(cls, value: str) -> str:
        minute_of_day(value)
        return value

    @model_validator(mode="after")
    def _fits_its_kind(self) -> RulePart:
        lacking = [name for name in NEEDS.get(self.when, ()) if getattr(self, name) is None]
        if lacking:
            raise ValueError(f"「{self.when}」还要写 {'、'.join(lacking)}")
        special = {name for names in TAKES.values() for name in names}
        odd = sorted((self.model_fields_set & special) - set(TAKES[self.when]))
        if odd:
            raise ValueError(f"「{self.when}」用不上 {'、'.join(odd)}")
        if self.write.channel in ANSWERS and self.when != "差评":
            raise ValueError(f"「{self.write.channel}」是回顾客的话，只有「差评」能用；别的写 私聊")
        return self


class RuleFile(_Part):
    timezone: str = DEFAULT_ZONE
    purpose: Word = "营销"
    lateness: Duration = "10m"
    quiet: str = "22:00-08:00"
    per_day: int = Field(1, ge=1, le=100)
    per_week: int = Field(3, ge=1, le=500)
    rules: tuple[RulePart, ...] = Field(min_length=1)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            zone(value)
        except UsageError as error:
            raise ValueError(error.message) from error
        return value

    @field_validator("quiet")
    @classmethod
    def _quiet_hours(cls, value: str) -> str:
        quiet_hours(value)
        return value

    @field_validator("rules")
    @classmethod
    def _ids_differ(cls, value: tuple[RulePart, ...]) -> tuple[RulePart, ...]:
        ids = [rule.id for rule in value]
        twice = sorted({id for id in ids if ids.count(id) > 1})
        if twice:
            raise ValueError(f"编号重复：{'、'.join(twice)}")
        return value


def read_rules(path: Path | None = None) -> RuleSet:
    """The rules of a file; those that ship when none is given. Raises BadInputError naming line and field."""
    return rule_set(read_config(path or SHIPPED, RuleFile, what="触发规则"))


def rule_set(file: RuleFile) -> RuleSet:
    """What was read, as values."""
    return RuleSet(
        rules=tuple(_rule(part, order) for order, part in enumerate(file.rules)),
        clock=Clock(file.timezone),
        quiet=quiet_hours(file.quiet),
        lateness=duration(file.lateness),
        per_day=file.per_day,
        per_week=file.per_week,
        purpose=file.purpose,
    )


_STARTS: dict[str, tuple[str, ...]] = {
    "加购未买": ("加购",),
    "反复看没买": LOOKING,
    "沉睡": tuple(sorted(LIVING)),
    "生日": (BIRTHDAY,),
    "到货": WANTING,
    "差评": ("评论",),
}
_ENDS: dict[str, frozenset[str]] = {
    "加购未买": frozenset({BUY}),
    "反复看没买": frozenset({BUY}),
    "沉睡": LIVING,
    "到货": frozenset({BUY}),
}


def _rule(part: RulePart, order: int) -> Rule:
    started = part.actions if part.actions is not None else _STARTS[part.when]
    values: dict[str, Any] = part.write.model_dump()
    return Rule(
        id=part.id,
        name=part.name,
        when=part.when,
        order=order,
        actions=frozenset(started) | ({RESTOCK} if part.when == "到货" else set()),
        unless=_ENDS.get(part.when, frozenset()),
        after=duration(part.after or "0s"),
        times=part.times or 1,
        within=duration(part.within or "0s"),
        at=minute_of_day(part.at),
        ahead=part.ahead,
        items=frozenset(part.items),
        categories=frozenset(part.categories),
        cooldown=duration(part.cooldown),
        expires=duration(part.expires),
        quiet=part.quiet,
        capped=part.capped,
        writing=Writing(**values),
    )


assert set(TAKES) == set(_STARTS) == set(get_args(When))
