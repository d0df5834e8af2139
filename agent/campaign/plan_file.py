"""`campaign.yaml` as values: what to make, with what, and where to stop."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator, model_validator

from agent.brief import Angle, Form
from agent.checks.slots import SLOT, slots_in
from agent.options import FORMS, parse_angle
from knowledge_base.config_file import read_config
from knowledge_base.errors import UsageError
from knowledge_base.records import Channel

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
WHOLE: dict[str, tuple[str, ...]] = {"products": ("all", "auto"), "personas": ("all", "audience")}
"""Words that stand for records instead of naming one: all there are, what is recommended to each, all segments."""

CHANNEL_NAMES: dict[str, tuple[Channel, Form]] = {
    "article": ("article", "article"),
    "公众号文章": ("article", "article"),
    "ad": ("moments", "ad"),
    "moments": ("moments", "ad"),
    "朋友圈广告": ("moments", "ad"),
    "post": ("moments", "post"),
    "员工朋友圈": ("moments", "post"),
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Target(_Part):
    """One place to publish in."""

    channel: Text
    format: str = ""
    """Moments ad format; empty for the default."""
    cta: str = ""

    @field_validator("channel")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in CHANNEL_NAMES:
            raise ValueError(f"没有渠道「{value}」，可选：{'、'.join(CHANNEL_NAMES)}")
        return value

    @property
    def form(self) -> Form:
        return CHANNEL_NAMES[self.channel][1]


class Budget(_Part):
    """Where to stop. A limit that is absent does not bind."""

    money: Decimal | None = Field(None, ge=0)
    """Yuan."""
    tokens: int | None = Field(None, ge=0)
    minutes: float | None = Field(None, gt=0)
    """Of one run."""


class Quality(_Part):
    """What passes without a person. Blocking findings never do."""

    warnings: int = Field(99, ge=0)
    """Warnings a passing draft may carry."""
    refuse: tuple[str, ...] = ()
    """Rule ids, or beginnings of them, that always need a person."""
    scorers: tuple[Text, ...] = ()
    """Scorers that choose among `best_of` drafts, e.g. persona.fit; empty: the checks' findings do."""


class Uniqueness(_Part):
    """How unlike the drafts have to be."""

    similarity: float = Field(0.7, gt=0, le=1)
    """Share of common three-character pieces (Jaccard) from which two drafts are too alike."""
    rewrites: int = Field(1, ge=0, le=5)
    """How often a clash is sent back to the writer."""


class Recipients(_Part):
    """Who gets the copy. Rows of the file reach neither a model nor the journal; slots are filled when copy leaves."""

    file: Text
    """CSV, TSV, XLSX, JSON, JSONL or YAML; relative to the plan file."""
    columns: dict[str, Text] = {}
    """Slot -> column heading, e.g. 昵称: 客户称呼. Other slots used below have columns of their own name."""
    id: str = ""
    """Column that tells recipients apart whatever the order of rows, e.g. 会员号; empty: the whole row does."""
    segment: str = ""
    """Column that names the persona of each recipient; empty when all share the plan's one persona."""
    product: str = ""
    """Column that names each recipient's product; empty: each gets copy for every product of the plan."""
    greeting: str = ""
    """Put before the copy, e.g. "{昵称}，"."""
    closing: str = ""
    """Put behind the copy on a line of its own, e.g. "券码 {券码}，到{门店}用。"."""
    required: tuple[str, ...] = ()
    """Slots that every copy has to hold, greeting and closing included."""
    attributes: tuple[str, ...] = ()
    """Columns the writer may know of in one-to-one campaigns, personal data hidden, e.g. 常买品类. Never a slot's."""

    @field_validator("required", "attributes", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _slots_are_sound(self) -> Recipients:
        for name in self.slots:
            if SLOT.fullmatch(f"{{{name}}}") is None:
                raise ValueError(f"占位名「{name}」不能用：1 到 20 个字，不含花括号")
        columns = {*self.slots.values(), self.id} - {""}
        if shared := [name for name in self.attributes if name in columns]:
            raise ValueError(f"attributes 里的「{shared[0]}」也是占位或编号，会认出人，不能给写手看")
        return self

    @property
    def slots(self) -> dict[str, str]:
        """Every slot -> its column."""
        used = [*slots_in(self.greeting), *slots_in(self.closing), *self.required]
        return dict(self.columns) | {name: name for name in used if name not in self.columns}


class CampaignPlan(_Part):
    """The whole file."""

    name: Text = Field(max_length=60)
    channels: tuple[Target, ...] = Field(min_length=1)
    products: Literal["all", "auto"] | tuple[Text, ...]
    """`auto`: for each persona the product recommended to its segment."""
    personas: Literal["all", "audience"] | tuple[Text, ...] = ()
    """`audience`: every persona that `wenan audience personas` made of a segment."""
    recipients: Recipients | None = None
    angles: tuple[str, ...] = ()
    variants: int = Field(1, ge=1, le=10_000)
    dates: tuple[date, ...] = ()
    """Days the copy is for; offers are judged against them. Empty: the day of planning."""
    brand: str = ""
    coupon: str = ""
    goal: str = ""
    notes: str = ""
    template: str = ""
    model: str = ""
    fallbacks: tuple[str, ...] = ()
    """Models tried in order when the first one cannot answer."""
    concurrency: int = Field(8, ge=1, le=256)
    attempts: int = Field(3, ge=1, le=10)
    best_of: int = Field(1, ge=1, le=16)
    one_to_one: bool = False
    """Each recipient gets copy of their own instead of sharing their segment's."""
    seed: int = 0
    budget: Budget = Field(default_factory=lambda: Budget.model_validate({}))
    quality: Quality = Field(default_factory=lambda: Quality.model_validate({}))
    uniqueness: Uniqueness = Field(default_factory=lambda: Uniqueness.model_validate({}))

    @field_validator("channels", mode="before")
    @classmethod
    def _short_channels(cls, value: Any) -> Any:
        """`channels: [moments, article]` is the same as the long form."""
        items = [value] if isinstance(value, str) else value
        return [{"channel": item} if isinstance(item, str) else item for item in items]

    @field_validator("products", "personas", "angles", "fallbacks", "dates", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, (str, date)) and value not in WHOLE.get(info.field_name or "", ()):
            return (value,)
        return value

    @field_validator("angles")
    @classmethod
    def _known_angles(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            try:
                parse_angle(name)
            except UsageError as error:
                raise ValueError(f"{error.message}，{error.hint}") from error
        return value

    @model_validator(mode="after")
    def _recipients_match(self) -> CampaignPlan:
        if self.products == "auto" and not self.personas:
            raise ValueError("products 写了 auto，要在 personas 里写明推荐给谁：audience，或 segment:1 这样的人群")
        if self.one_to_one and self.recipients is None:
            raise ValueError("写了 one_to_one，但没有写 recipients 收件人文件")
        return self

    @property
    def parsed_angles(self) -> tuple[Angle | None, ...]:
        """The angles to write from; one None leaves the choice to the writer."""
        return tuple(parse_angle(name) for name in self.angles) or (None,)


def load_plan(path: Path) -> CampaignPlan:
    """Raises BadInputError naming line and field."""
    return read_config(path, CampaignPlan, what="活动计划")


def campaign_id(name: str) -> str:
    """Names a campaign in commands and storage: the name itself, without spaces and separators."""
    return "-".join("".join(char if char.isalnum() or char in "-_" else " " for char in name).split()) or "campaign"


def plan_json(plan: CampaignPlan) -> str:
    """Canonical text of a plan."""
    return json.dumps(plan.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)


def plan_sha256(plan: CampaignPlan) -> str:
    return hashlib.sha256(plan_json(plan).encode()).hexdigest()


def plan_schema() -> dict[str, Any]:
    """JSON Schema of the file, for editors; shipped as docs/schemas/campaign.schema.json."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **CampaignPlan.model_json_schema()}


__all__ = ["FORMS", "CampaignPlan", "Target", "campaign_id", "load_plan", "plan_json", "plan_schema", "plan_sha256"]
