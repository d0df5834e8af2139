"""What is known of one person and what it led to, in words they can be shown (PIPL Arts. 24, 44, 45, 48)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from knowledge_base.audience.features.build import compute
from knowledge_base.audience.features.catalogue import describe
from knowledge_base.audience.privacy import explainers
from knowledge_base.audience.privacy.erase import files_with_people
from knowledge_base.audience.privacy.forget import find_person
from knowledge_base.audience.schemas import FIELD_NAMES, TABLES
from knowledge_base.errors import BadInputError

if TYPE_CHECKING:
    from knowledge_base.audience.privacy.erasers import Person
    from knowledge_base.audience.store import AudienceStore

STANDING_OUT = 8
"""Features named: those in which the person is furthest from the others."""
TYPICAL = (0.25, 0.75)
"""Who lies between these shares of all people is called usual."""
SHOWN_ROWS = 3


@dataclass(frozen=True, slots=True)
class Trait:
    """One number about a person beside everybody's."""

    name: str
    meaning: str
    unit: str
    value: float
    below: float
    """Share of people with a smaller value, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    pseudonym: str
    consent: Mapping[str, tuple[bool, str]]
    """Purpose -> (agreed, where it was said)."""
    basis: tuple[str, ...]
    """Grounds of the imports, for those who never answered."""
    profile: Mapping[str, Any]
    counts: Mapping[str, int]
    """Table -> rows."""
    first: datetime | None
    last: datetime | None
    """UTC times of the first and last event."""
    actions: Mapping[str, int]
    traits: tuple[Trait, ...]
    decisions: Mapping[str, tuple[str, ...]]
    """Kind of decision -> what and why, from registered explainers and from files of the audience folder."""


def why(store: AudienceStore, user: str) -> Why:
    """`user`: original id or pseudonym. Raises BadInputError when nothing is known of them."""
    who = find_person(store, user)
    person = who.pseudonym
    mine = pl.col("user") == person
    counts = {table: int(store.read(table).filter(mine).select(pl.len()).collect().item()) for table in TABLES}
    query = "SELECT purpose, granted, source, at FROM consent WHERE user = ?"
    rows = store.database.execute(query, (person,)).fetchall() if store.path.is_file() else []
    consent = {row["purpose"]: (bool(row["granted"]), f"{row['source']}，{row['at'][:10]}") for row in rows}
    if not consent and not any(counts.values()):
        raise BadInputError(
            f"没有「{user}」的数据", hint="用导出文件里的用户号，或报告里的假名；没有导入过就没有数据。"
        )
    events = store.events().filter(mine).collect()
    profile = store.users().filter(mine).collect()
    actions = events.group_by("action").len().sort("len", "action", descending=[True, False])
    known = profile.row(0, named=True) if profile.height else {}
    return Why(
        pseudonym=person,
        consent=consent,
        basis=tuple(dict.fromkeys(one.basis for one in store.imports() if one.purpose == store.purpose)),
        profile={name: value for name, value in known.items() if value is not None and name != "user"},
        counts={str(table): count for table, count in counts.items()},
        first=_moment(events["time"].min()),
        last=_moment(events["time"].max()),
        actions={str(action): count for action, count in actions.rows()},
        traits=_traits(store, person) if events.height else (),
        decisions=_decisions(store, who),
    )


def lines(found: Why, limit: int = STANDING_OUT) -> Iterator[str]:
    """The same in Chinese sentences."""
    yield f"假名 {found.pseudonym}（没有密钥，从假名认不出本人）"
    for purpose, (agreed, source) in found.consent.items():
        yield f"用途「{purpose}」：{'同意' if agreed else '不同意'}（{source}）"
    if not found.consent:
        yield f"没有本人的同意记录；数据按「{'、'.join(found.basis)}」导入"
    names = {"events": "行为", "orders": "订单", "messages": "消息", "users": "资料"}
    yield "我们保存的：" + "、".join(f"{names[table]} {count} 条" for table, count in found.counts.items())
    if found.profile:
        yield "资料：" + "；".join(
            f"{FIELD_NAMES.get(name, name)} {_shown(value)}" for name, value in found.profile.items()
        )
    if found.first and found.last:
        actions = "、".join(f"{action} {count} 次" for action, count in found.actions.items())
        yield f"从 {found.first:%Y-%m-%d} 到 {found.last:%Y-%m-%d}：{actions}"
    if found.traits:
        yield "和其他人最不一样的地方："
        for trait in found.traits[:limit]:
            side = f"高于 {trait.below:.0%} 的人" if trait.below >= 0.5 else f"低于 {1 - trait.below:.0%} 的人"
            yield f"  {trait.meaning.partition('；')[0]}：{trait.value:.4g}（{trait.unit}），{side}"
    if not found.decisions:
        yield "自动得出的结论：没有"
    for kind, reasons in found.decisions.items():
        yield f"{kind}："
        yield from (f"  {reason}" for reason in reasons)
    yield "本人可以要求更正、删除、撤回同意、不用自动得出的结论（个人信息保护法第 15、24、45 至 48 条）"


def _traits(store: AudienceStore, person: str) -> tuple[Trait, ...]:
    frame = compute(store)
    me = frame.filter(pl.col("user") == person)
    if not me.height:
        return ()
    names = [name for name in frame.columns if name != "user" and me[name][0] is not None]
    if not names:
        return ()
    below = frame.select((pl.col(name) < me[name][0]).mean().alias(name) for name in names).row(0, named=True)
    same = frame.select((pl.col(name) == me[name][0]).mean().alias(name) for name in names).row(0, named=True)
    found = []
    for name in names:
        # Of equals half count as below, so that the usual value lies in the middle.
        share = below[name] + same[name] / 2
        if not TYPICAL[0] <= share <= TYPICAL[1]:
            feature = describe(name)
            found.append(Trait(name, feature.meaning, feature.unit, float(me[name][0]), share))
    return tuple(sorted(found, key=lambda trait: -abs(trait.below - 0.5))[:STANDING_OUT])


def _decisions(store: AudienceStore, who: Person) -> dict[str, tuple[str, ...]]:
    person = who.pseudonym
    found = {name: tuple(explain(store, person)) for name, explain in explainers.registered().items()}
    found |= {name: tuple(explain(store, who)) for name, explain in explainers.registered_by_person().items()}
    for path in files_with_people(store.folder):
        name = path.relative_to(store.folder).as_posix()
        if name.partition("/")[0] in TABLES:
            continue
        rows = pl.scan_parquet(path).filter(pl.col("user") == person).head(SHOWN_ROWS).collect()
        texts = tuple(_sentence(row) for row in rows.iter_rows(named=True))
        if texts:
            found.setdefault(name.removesuffix(".parquet"), texts)
    return {name: reasons for name, reasons in found.items() if reasons}


def _sentence(row: Mapping[str, Any]) -> str:
    return "；".join(f"{key} {_shown(value)}" for key, value in row.items() if key != "user" and value is not None)


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _moment(value: Any) -> datetime | None:
    return value if isinstance(value, datetime) else None
