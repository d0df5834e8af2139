"""A hit -> the brief for its draft: the article in question, the persona of the person's segment, the rule's wishes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from agent.brief import Brief, Form
from agent.options import SEED_LIMIT, Wish, resolve
from knowledge_base.audience.personas import keep
from knowledge_base.audience.personas.card import PREFIX
from knowledge_base.base import KnowledgeBase
from knowledge_base.errors import BadInputError
from knowledge_base.records import Channel, Product

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.audience.triggers.rules import Hit, Rule, RuleSet

FORMS: dict[str, tuple[Channel, Form]] = {
    "私聊": ("moments", "post"),
    "员工朋友圈": ("moments", "post"),
    "朋友圈广告": ("moments", "ad"),
    "公众号文章": ("article", "article"),
    "客服消息": ("reply", "service"),
    "评论回复": ("reply", "comment"),
}
"""Where copy is meant to go -> how it is written. One-to-one messages are written as staff posts are: one person's
words, no form of advertising."""
PRIVATE_NOTE = "这条发给一位顾客本人（私聊），不是发朋友圈"
UNNAMED = ("沉睡", "生日")
"""Rules that are about a person and not about an article."""


@dataclass(frozen=True)
class Briefs:
    rules: RuleSet
    kb: KnowledgeBase
    store: AudienceStore

    def brief(self, hit: Hit, rule: Rule) -> Brief:
        """Raises BadInputError when there is nothing to write of, or the rule names something unknown."""
        writing = rule.writing
        channel, form = FORMS[writing.channel]
        persona = self.persona(hit.user)
        product = self._product(hit, rule, persona)
        if not product and channel != "reply":
            raise BadInputError(
                "没有商品可写", hint=f"在规则 {rule.id} 的 write 里写 product，或先导入商品和行为数据。"
            )
        notes = "\n".join(note for note in (PRIVATE_NOTE if writing.channel == "私聊" else "", writing.notes) if note)
        wish = Wish(
            products=(product,) if product else (), persona=persona, goal=writing.goal, angle=writing.angle,
            form=form, coupon=writing.coupon, cta=writing.cta, message=hit.text, notes=notes,
            # The same hit is always written the same way, so that a restart changes nothing.
            seed=int(hit.id[:8], 16) % SEED_LIMIT, today=self.rules.clock.day(hit.at).isoformat(),
        )  # fmt: skip
        return replace(resolve(wish, channel, self.kb).brief, origin="trigger")

    def persona(self, user: str) -> str:
        """The persona of the person's segment; empty where the segment is unknown or has no card."""
        import polars as pl

        path = self.store.workspace.data / keep.FOLDER / keep.MEMBERS
        if not path.is_file():
            return ""
        found = pl.scan_parquet(path).filter(pl.col("user") == user).select("number").collect()["number"].to_list()
        id = f"{PREFIX}{found[0]}" if found else ""
        return id if id and self.kb.get(id) is not None else ""

    def _product(self, hit: Hit, rule: Rule, persona: str) -> str:
        if hit.item and (product := self._known(hit.item)):
            return product
        if rule.when == "差评":
            # An answer needs no article; what the customer means is looked for in their words.
            return ""
        if rule.when not in UNNAMED:
            raise BadInputError(
                f"商品「{hit.item}」不在知识库里", hint="先 wenan kb add 商品资料，编号要和行为里的一致。"
            )
        if rule.writing.product:
            return rule.writing.product
        picks = self._picks.get(persona, ())
        return next((known for item in (*picks, *self._popular) if (known := self._known(item))), "")

    def _known(self, item: str) -> str:
        """The product's id: by id, or by its very name; never by likeness: the wrong article is worse than none."""
        record = self.kb.get(item)
        if isinstance(record, Product):
            return record.id
        return self._by_name.get(item, "")

    @cached_property
    def _by_name(self) -> dict[str, str]:
        return {one.name: one.id for one in self.kb.all("product") if isinstance(one, Product)}

    @cached_property
    def _picks(self) -> dict[str, tuple[str, ...]]:
        """Persona -> products recommended for its segment, best first."""
        kept = keep.load(self.store.workspace.data)
        return {id: tuple(str(row["item"]) for row in rows) for id, rows in kept.picks.items()} if kept else {}

    @cached_property
    def _popular(self) -> tuple[str, ...]:
        """What was bought most, for who has no segment."""
        import polars as pl

        bought = self.store.events().filter(pl.col("action").cast(pl.String) == "购买").drop_nulls("item")
        counted = bought.group_by("item").len().sort(["len", "item"], descending=[True, False]).head(50).collect()
        return tuple(counted["item"].to_list())
