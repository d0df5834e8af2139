"""What recipients make of a plan: segments that share copy, or one unit a recipient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from agent.campaign.plan_file import CampaignPlan
from agent.campaign.recipients import BadRecipient, Recipient, read_recipients
from agent.campaign.units import Cast, Spread, Unit, expand
from agent.checks.slots import slot_line, slots_in
from knowledge_base.base import KnowledgeBase
from knowledge_base.errors import BadInputError
from knowledge_base.records import Kind, Persona
from knowledge_base.rules.exports import contact_slots
from knowledge_base.workspace import Workspace

MOST_SHOWN = 5
KINDS: dict[str, Kind] = {"persona": "persona", "product": "product"}


@dataclass(frozen=True, slots=True)
class Survey:
    """A file of recipients, counted."""

    count: int
    segments: Counter[str]
    """Recipients by persona id."""
    bad: tuple[BadRecipient, ...]
    """The first rows that get no copy."""
    bad_count: int


def notes_for(plan: CampaignPlan) -> str:
    """The plan's notes with the line that tells the writer which slots exist."""
    said = plan.recipients
    if said is None:
        return plan.notes
    around = {*slots_in(said.greeting), *slots_in(said.closing)}
    # Greeting and closing say their slots already; the copy between them need not, and had better not.
    contacts = contact_slots()
    free = [name for name in said.slots if name not in around and name not in contacts]
    line = slot_line(free, [name for name in said.required if name not in around])
    return "\n".join(part for part in (plan.notes, line) if part)


def resolver(cast: Cast, kb: KnowledgeBase) -> Callable[[str, str], str]:
    """Names of a recipients' file -> ids of the plan's cast. Remembers what it has looked up."""
    fits = {"persona": {one.id for one in cast.personas}, "product": {one.id for one in cast.products}}
    alone = cast.personas[0].id if len(cast.personas) == 1 else ""
    kept: dict[tuple[str, str], str] = {}

    def resolve(kind: str, name: str) -> str:
        if not name:
            return alone if kind == "persona" else ""
        if (kind, name) not in kept:
            id = kb.resolve(KINDS[kind], name).id
            if fits[kind] and id not in fits[kind]:
                what = "人设" if kind == "persona" else "商品"
                raise BadInputError(f"{what}「{name}」不在计划里", hint=f"在 {kind}s 里加上它，或改这一行。")
            kept[kind, name] = id
        return kept[kind, name]

    return resolve


def survey(plan: CampaignPlan, cast: Cast, workspace: Workspace, kb: KnowledgeBase) -> Survey:
    """Reads the whole file once. Raises BadInputError naming file, row and column when no recipient is left, or when
    rows name segments and products that the plan does not have: those people would silently get nothing.
    """
    said = plan.recipients
    assert said is not None
    if not said.segment and len(cast.personas) > 1:
        raise BadInputError(
            f"有 {len(cast.personas)} 个人设，却不知道收件人各属哪一个",
            field="recipients.segment",
            hint="用 segment 写明哪一列是人设，或在 personas 里只留一个。",
        )
    segments: Counter[str] = Counter()
    bad: list[BadRecipient] = []
    stray: list[BadRecipient] = []
    count = 0
    for one in read_recipients(plan, workspace, resolver(cast, kb)):
        if isinstance(one, Recipient):
            segments[one.persona] += 1
            continue
        count += 1
        bad += [one] if len(bad) < MOST_SHOWN else []
        stray += [one] if one.column and one.column in (said.segment, said.product) else []
    if stray or not segments:
        first, *rest = stray or bad
        more = "；".join(f"第 {one.row} 行：{one.reason}" for one in rest[: MOST_SHOWN - 1])
        left = len(stray) - MOST_SHOWN
        raise BadInputError(
            "；".join(part for part in (first.reason, more, f"另有 {left} 行" if left > 0 else "") if part),
            file=said.file,
            row=first.row,
            field=first.column,
            hint="改好收件人文件，或在计划里加上缺的人设和商品。",
        )
    return Survey(segments.total(), segments, tuple(bad), count)


@dataclass(frozen=True, slots=True)
class OneToOne:
    """The units of a one-to-one plan, made anew at each reading of the file."""

    plan: CampaignPlan
    campaign: str
    cast: Cast
    today: date
    workspace: Workspace
    kb: KnowledgeBase = field(repr=False)

    def __iter__(self) -> Iterator[Unit]:
        products = {one.id: one for one in self.cast.products}
        personas = {one.id: one for one in self.cast.personas}
        notes = notes_for(self.plan)
        turns: Counter[tuple[object, ...]] = Counter()
        for one in read_recipients(self.plan, self.workspace, resolver(self.cast, self.kb)):
            if isinstance(one, BadRecipient):
                continue
            cast = replace(
                self.cast,
                products=(products[one.product],) if one.product else self.cast.products,
                personas=(personas.get(one.persona) or self._persona(one.persona),) if one.persona else (),
            )
            about = "；".join(f"{name}：{value}" for name, value in one.attributes)
            said = "\n".join(part for part in (f"这位收件人：{about}" if about else "", notes) if part)
            for unit in expand(self.plan, self.campaign, cast, today=self.today):
                # Those who share everything but their name take turns, so that no two of them read the same copy.
                alike = (unit.channel, unit.product, unit.persona, unit.angle, unit.day, unit.variant)
                yield replace(unit, recipient=one.key, notes=said, turn=turns[alike] * self.plan.variants)
                turns[alike] += 1

    def _persona(self, id: str) -> Persona:
        found = self.kb.get(id)
        assert isinstance(found, Persona)
        return found


def addressed(
    plan: CampaignPlan, campaign: str, cast: Cast, today: date, workspace: Workspace, kb: KnowledgeBase
) -> tuple[Spread | OneToOne, Survey | None]:
    """The units of a plan with or without recipients, and the recipients counted. Raises what `survey` raises."""
    if plan.recipients is None:
        return Spread(plan, campaign, cast, today), None
    found = survey(plan, cast, workspace, kb)
    if plan.one_to_one:
        return OneToOne(plan, campaign, cast, today, workspace, kb), found
    # Personas nobody belongs to need no copy; those the file names need it without being listed.
    named = tuple(one for id in found.segments if isinstance(one := kb.get(id), Persona)) if any(found.segments) else ()
    order = [one.id for one in cast.personas]
    personas = sorted(named, key=lambda one: order.index(one.id) if one.id in order else len(order))
    shared = replace(cast, personas=tuple(personas))
    return Spread(plan.model_copy(update={"notes": notes_for(plan)}), campaign, shared, today), found


def survey_lines(found: Survey, file: str, kb: KnowledgeBase) -> Iterator[str]:
    """Chinese lines for stderr."""
    names = {id: card.name if isinstance(card := kb.get(id), Persona) else id for id in found.segments if id}
    by = "，".join(f"{names.get(id, '不分人设')} {count:,}" for id, count in found.segments.most_common(8))
    yield f"收件人 {found.count:,} 位：{by}"
    for one in found.bad:
        yield f"{file}:{one.row} {f'列「{one.column}」' if one.column else ''}{one.reason}，这一行不发"
    if found.bad_count > len(found.bad):
        yield f"另有 {found.bad_count - len(found.bad):,} 行不发"
