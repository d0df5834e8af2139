"""`--persona segment:3` and `--product auto`: which record is meant, and why. Loads no audience library."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import Any

from knowledge_base.audience.database import DATABASE_NAME
from knowledge_base.audience.personas import keep
from knowledge_base.audience.personas.card import PREFIX, number_of
from knowledge_base.base import KnowledgeBase
from knowledge_base.errors import BadInputError, UnknownIdError, UsageError
from knowledge_base.records import Persona, Product
from knowledge_base.workspace import CONFIG_NAME, Workspace

AUTO = "auto"
STEPS = "wenan audience import 文件…，wenan audience segments，wenan audience personas"
MOST_SKIPPED = 3


@dataclass(frozen=True, slots=True)
class Chosen:
    """The product recommended to a segment today."""

    product: Product
    notes: tuple[str, ...]
    """Chinese lines for stderr: why, with the numbers; what was left out; what to know."""


def is_segment(wanted: str) -> bool:
    """Whether a persona is named by its segment: segment:3, segment:名称."""
    return wanted.strip().replace("：", ":").lower().startswith(PREFIX)


def is_auto(products: tuple[str, ...], kb: KnowledgeBase) -> bool:
    """Whether the product is left to the recommender. A product that really is called auto is meant itself."""
    return AUTO in products and kb.get(AUTO) is None


def segment_personas(kb: KnowledgeBase) -> tuple[Persona, ...]:
    """Personas that came from segments, by number."""
    found = [one for one in kb.all("persona") if isinstance(one, Persona) and number_of(one.id)]
    return tuple(sorted(found, key=lambda one: number_of(one.id)))


def segment_persona(wanted: str, kb: KnowledgeBase, workspace: Workspace) -> Persona:
    """The persona of segment:3 or segment:名称. Raises UsageError saying which step is missing, UnknownIdError."""
    name = wanted.strip().replace("：", ":")[len(PREFIX) :].strip()
    known = segment_personas(kb)
    if not known:
        raise nothing_yet(workspace)
    exact = [one for one in known if name in (one.name, str(number_of(one.id)))]
    alike = exact or [one for one in known if name and not name.isdigit() and name in one.name]
    if len(alike) == 1:
        return alike[0]
    near = alike or known
    raise UnknownIdError("人群画像", wanted, tuple(f"{one.id} {one.name}" for one in near[:5]))


def nothing_yet(workspace: Workspace) -> UsageError:
    """Why there is no persona from a segment, and the next step. Raises LockedError while the data are locked."""
    _need_unlocked(workspace)
    if not (workspace.data / DATABASE_NAME).is_file():
        return UsageError("还没有人群数据", hint=f"依次运行 {STEPS}；想先看看效果：wenan audience demo。")
    kept = keep.load(workspace.data)
    if kept is None:
        return UsageError("还没有从人群写成画像", hint="依次运行 wenan audience segments，wenan audience personas。")
    return UsageError("人群画像还没有放进知识库", hint=f"运行 wenan kb add {kept.file}。")


def auto_product(persona: Persona | None, kb: KnowledgeBase, workspace: Workspace, on: date) -> Chosen:
    """The best product for a segment's people that may be sold on a day.

    Raises UsageError when the persona is not of a segment or nothing was recommended to it, LockedError while the
    data are locked.
    """
    from knowledge_base.audience.recommend.catalogue import excluded

    if persona is None:
        raise UsageError("--product auto 要知道写给哪群人", hint="加 --persona segment:1。")
    if not number_of(persona.id):
        raise UsageError(
            f"人设「{persona.name}」不是从人群来的，没有行为可以推荐商品",
            hint=f"换成 --persona segment:编号；按意思配商品看 wenan audience recommend --persona {persona.id}。",
        )
    _need_unlocked(workspace)
    kept = keep.load(workspace.data)
    if kept is None:
        raise nothing_yet(workspace)
    rows = kept.picks.get(persona.id, ())
    if not rows:
        raise UsageError(
            f"没有给 {persona.id} 的推荐", hint="知识库里要有行为里的商品；加好以后重新运行 wenan audience personas。"
        )
    products = [one for one in kb.all("product") if isinstance(one, Product)]
    names = {name: one for one in reversed(products) for name in (*one.aliases, one.name, one.id)}
    gone = frozenset(names[word].id if word in names else word for word in _out_of_stock(workspace))
    closed = {one.item: one.reason for one in excluded(products, on, out_of_stock=gone)}
    skipped = []
    for row in rows:
        product = names.get(row["item"])
        if product is None:
            continue
        if product.id in closed:
            skipped.append(f"{product.name}（{closed[product.id]}）")
            continue
        notes = [why(row, product.name, f"{persona.id}「{persona.name}」")]
        if skipped:
            notes.append(f"没选排在前面的：{'、'.join(skipped[:MOST_SKIPPED])}")
        if stale := _stale(workspace, kept.at):
            notes.append(stale)
        return Chosen(product, tuple(notes))
    left = f"：{'、'.join(skipped[:MOST_SKIPPED])}" if skipped else ""
    raise UsageError(f"推荐给 {persona.id} 的商品现在都不能推{left}", hint="用 --product 写明一个商品。")


def why(row: Mapping[str, Any], name: str, segment: str) -> str:
    """In Chinese, one line with the numbers. `row`: plain values of `personas.picks.Pick`."""
    first = f"给 {row['asked']} 人逐个推荐没买过的，{row['people']} 人（{row['share']:.0%}）的第一名是它"
    seen = f"看过它的 {row['seen_here']:.0%}，别人 {row['seen_elsewhere']:.0%}，买过的 {row['bought_here']:.0%}"
    return f"{segment}推荐{name}：{first}；{seen}"


def _need_unlocked(workspace: Workspace) -> None:
    from knowledge_base.audience.privacy.lockbox import need_unlocked

    need_unlocked(workspace.data)


def _out_of_stock(workspace: Workspace) -> tuple[str, ...]:
    """`out_of_stock` of [audience] in wenan.toml: product ids or names."""
    value = workspace.section("audience").get("out_of_stock", [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadInputError(
            "应当是商品编号或名字的列表",
            file=CONFIG_NAME,
            field="audience.out_of_stock",
            hint='写成 ["p-1", "燕麦脆"]。',
        )
    return tuple(value)


def _stale(workspace: Workspace, at: str) -> str:
    """A line when data came in after the personas were made; empty when not."""
    path = workspace.data / DATABASE_NAME
    if not path.is_file():
        return ""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            newest = database.execute("SELECT MAX(at) FROM imports").fetchone()[0]
    except sqlite3.DatabaseError:
        # Only a reminder hangs on it: what the draft needs is in the knowledge base.
        return ""
    return (
        "画像之后又导入过数据：重新运行 wenan audience segments 和 personas 才用得上" if newest and newest > at else ""
    )
