"""A plan spread out: one unit is one draft to make, identified by everything that shapes its copy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from itertools import product as combinations
from typing import Any

from agent.audience.choice import Chosen, auto_product, is_segment, nothing_yet, segment_persona, segment_personas
from agent.brief import Angle, Brief, Form
from agent.campaign.plan_file import CHANNEL_NAMES, CampaignPlan, Target
from knowledge_base.base import KnowledgeBase
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.records import Persona, Product
from knowledge_base.workspace import Workspace

SEED_SPACE = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One draft to make. Two units with equal values are the same unit, whatever plan file they come from."""

    campaign: str
    channel: str
    """Name in CHANNEL_NAMES."""
    form: Form
    product: str
    persona: str
    angle: Angle | None
    variant: int
    day: str
    """ISO."""
    brand: str = ""
    format: str = ""
    cta: str = ""
    coupon: str = ""
    goal: str = ""
    notes: str = ""
    template: str = ""
    recipient: str = ""
    """Keyed hash of the recipient, one-to-one campaigns only."""
    seed: int = 0
    turn: int = 0
    """Variants that others of the same segment, product and angle have before this recipient.

    Not part of the unit's identity: a row more in the file leaves everybody else's copy as it is.
    """

    @property
    def key(self) -> str:
        """64 hex digits."""
        return unit_key(self)

    def brief(self) -> Brief:
        """The job as the writer gets it."""
        channel, form = CHANNEL_NAMES[self.channel]
        return Brief(
            channel=channel,
            form=form,
            today=date.fromisoformat(self.day),
            brand=self.brand,
            products=(self.product,),
            persona=self.persona,
            goal=self.goal,
            angle=self.angle,
            format=self.format,
            cta=self.cta,
            coupon=self.coupon,
            notes=self.notes,
            # Variants share a seed: the offline writer takes them from one pool of texts unlike each other. So do the
            # recipients of a segment, whatever is known of each.
            seed=int(self._shared().key[:8], 16) % SEED_SPACE,
            variant=self.turn + self.variant,
            origin="campaign",
        )

    def _shared(self) -> Unit:
        same = replace(self, variant=0, turn=0)
        return replace(same, recipient="", notes="") if self.recipient else same


FIELDS = tuple(one.name for one in fields(Unit))


def unit_key(unit: Unit) -> str:
    """The key of a unit: everything that tells it from others."""
    return key_and_json(unit)[0]


def key_and_json(unit: Unit) -> tuple[str, str]:
    """(key, canonical text) of a unit."""
    text = unit_json(unit)
    named = unit_json(replace(unit, turn=0)) if unit.turn else text
    return hashlib.sha256(named.encode()).hexdigest(), text


def unit_json(unit: Unit) -> str:
    """Canonical text of a unit; absent values are left out, so that new fields keep old keys."""
    values = {name: value for name in FIELDS if (value := getattr(unit, name)) not in ("", None)}
    if not unit.turn:
        del values["turn"]
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def unit_from_json(text: str) -> Unit:
    values: dict[str, Any] = {"angle": None} | json.loads(text)
    return Unit(**{"persona": ""} | values)


@dataclass(frozen=True, slots=True)
class Cast:
    """The records a plan's names stand for."""

    products: tuple[Product, ...]
    personas: tuple[Persona, ...]
    brand: str
    coupon: str
    picks: Mapping[str, str] = field(default_factory=dict)
    """Persona id -> the one product recommended to it; personas that are absent get every product."""
    notes: tuple[str, ...] = ()
    """What was picked and why, in Chinese."""

    def goes(self, product: Product, persona: str) -> bool:
        """Whether copy for this persona is about this product."""
        picked = self.picks.get(persona, product.id)
        return picked == product.id or all(one.id != picked for one in self.products)


def resolve_cast(plan: CampaignPlan, kb: KnowledgeBase, workspace: Workspace | None = None) -> Cast:
    """Names -> records; `workspace` holds the audience data, default the current one.

    Raises BadInputError naming the field when a name is unknown or no product is left.
    """
    workspace = workspace or Workspace.find()
    brand = _resolved(kb, "brand", plan.brand, "brand") if plan.brand else ""
    personas = _personas(plan, brand, kb, workspace)
    chosen = _chosen(plan, personas, kb, workspace) if plan.products == "auto" else {}
    products = (
        tuple({one.product.id: one.product for one in chosen.values()}.values())
        if plan.products == "auto"
        else _records(plan.products, "product", Product, brand, kb)
    )
    if not products:
        raise BadInputError(
            "没有一个商品可写", field="products", hint="先 wenan kb add 商品表，或在 products 里写商品编号。"
        )
    owners = sorted({one.brand for one in products if one.brand})
    if len(owners) > 1 and not brand:
        raise BadInputError(
            f"商品属于不同品牌：{'、'.join(owners)}", field="products", hint="一个活动只写一个品牌；用 brand 指定。"
        )
    owner = brand or (owners[0] if owners else "")
    known = {one.id for one in kb.all("brand")}
    coupon = _resolved(kb, "coupon", plan.coupon, "coupon") if plan.coupon else ""
    return Cast(
        products,
        personas,
        owner if owner in known else "",
        coupon,
        {persona: one.product.id for persona, one in chosen.items()},
        tuple(dict.fromkeys(note for one in chosen.values() for note in one.notes)),
    )


def _personas(plan: CampaignPlan, brand: str, kb: KnowledgeBase, workspace: Workspace) -> tuple[Persona, ...]:
    if plan.personas == "audience":
        found = tuple(one for one in segment_personas(kb) if not brand or one.brand in ("", brand))
        if not found:
            error = nothing_yet(workspace)
            raise BadInputError(error.message, field="personas", hint=error.hint)
        return found
    wanted = plan.personas
    if wanted != "all":
        try:
            wanted = tuple(segment_persona(name, kb, workspace).id if is_segment(name) else name for name in wanted)
        except UsageError as error:
            raise BadInputError(error.message, field="personas", hint=error.hint) from error
    return _records(wanted, "persona", Persona, brand, kb)


def _chosen(
    plan: CampaignPlan, personas: tuple[Persona, ...], kb: KnowledgeBase, workspace: Workspace
) -> dict[str, Chosen]:
    day = min(plan.dates, default=date.today())
    try:
        return {one.id: auto_product(one, kb, workspace, day) for one in personas}
    except UsageError as error:
        raise BadInputError(error.message, field="products", hint=error.hint) from error


@dataclass(frozen=True, slots=True)
class Spread:
    """The units of a plan, made anew at each reading: a hundred thousand of them need no memory."""

    plan: CampaignPlan
    campaign: str
    cast: Cast
    today: date

    def __iter__(self) -> Iterator[Unit]:
        return expand(self.plan, self.campaign, self.cast, today=self.today)


def expand(plan: CampaignPlan, campaign: str, cast: Cast, *, today: date) -> Iterator[Unit]:
    """Every unit of a plan without one-to-one recipients, in order of work: product by product, best mixed last."""
    days = [day.isoformat() for day in plan.dates] or [today.isoformat()]
    personas = [one.id for one in cast.personas] or [""]
    for target, product, persona, day in combinations(plan.channels, cast.products, personas, days):
        if not cast.goes(product, persona):
            continue
        for angle, variant in combinations(plan.parsed_angles, range(plan.variants)):
            yield _unit(plan, campaign, cast, target, product.id, persona, day, angle, variant)


def _unit(
    plan: CampaignPlan,
    campaign: str,
    cast: Cast,
    target: Target,
    product: str,
    persona: str,
    day: str,
    angle: Angle | None,
    variant: int,
) -> Unit:
    return Unit(
        campaign=campaign,
        channel=target.channel,
        form=target.form,
        product=product,
        persona=persona,
        angle=angle,
        variant=variant,
        day=day,
        brand=cast.brand,
        format=target.format,
        cta=target.cta,
        coupon=cast.coupon,
        goal=plan.goal,
        notes=plan.notes,
        template=plan.template,
        seed=plan.seed,
    )


def _records(wanted: Any, kind: Any, cls: type[Any], brand: str, kb: KnowledgeBase) -> tuple[Any, ...]:
    if wanted == "all":
        return tuple(one for one in kb.all(kind, brand or None) if isinstance(one, cls))
    ids = [_resolved(kb, kind, name, f"{kind}s") for name in wanted]
    return tuple(kb.get(id) for id in dict.fromkeys(ids))


def _resolved(kb: KnowledgeBase, kind: Any, name: str, field: str) -> str:
    try:
        return kb.resolve(kind, name).id
    except BadInputError as error:
        raise BadInputError(error.message, field=field, hint=error.hint) from error
