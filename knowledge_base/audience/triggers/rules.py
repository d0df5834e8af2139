"""Trigger rules as values, and what a rule makes of a person's behaviour: a Hit."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from knowledge_base.audience.triggers.spans import DAY, Clock, Quiet

When = Literal["加购未买", "反复看没买", "沉睡", "生日", "到货", "差评"]
Status = Literal["new", "drafted", "failed", "expired", "withdrawn"]

BUY = "购买"
UNREAD = "未读"
RESTOCK = "到货"
"""An action of an article, not of a person: it is for sale again."""
BIRTHDAY = "生日"
WEEK = 7 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What is wanted when the rule hits, for whoever writes."""

    channel: str
    """私聊, 员工朋友圈, 朋友圈广告, 公众号文章, 客服消息, 评论回复: where the copy is meant to go."""
    goal: str = ""
    angle: str = ""
    product: str = ""
    """What to write of where the person's behaviour names nothing."""
    coupon: str = ""
    cta: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    id: str
    name: str
    when: When
    order: int
    """Place in the file: of rules due at the same moment the earlier one goes first."""
    actions: frozenset[str] = frozenset()
    """What starts it: 加购; looking; wanting."""
    unless: frozenset[str] = frozenset()
    """What cancels it, done to the same article; for 沉睡 any sign of life."""
    after: int = 0
    """Microseconds of waiting."""
    times: int = 1
    within: int = 0
    """Window in which things are counted or remembered, microseconds."""
    at: int = 0
    """Minute of the day (生日)."""
    ahead: int = 0
    """Days before the day (生日)."""
    items: frozenset[str] = frozenset()
    """Only for these articles; empty means all."""
    categories: frozenset[str] = frozenset()
    cooldown: int = 0
    """Least time between two hits of the rule for one person."""
    expires: int = DAY
    """Older than this a hit is not worth a draft, and an action that cancels withdraws it no more."""
    quiet: bool = True
    """Whether quiet hours postpone it."""
    capped: bool = True
    """Whether limits per day and week count and stop it."""
    writing: Writing

    def concerns(self, item: str, category: str) -> bool:
        """Whether the rule is about this article."""
        if self.items and item not in self.items:
            return False
        return not self.categories or category in self.categories


@dataclass(frozen=True)
class RuleSet:
    rules: tuple[Rule, ...]
    clock: Clock
    quiet: Quiet
    lateness: int
    """How long events may be on their way, microseconds."""
    per_day: int
    per_week: int
    purpose: str

    @cached_property
    def by_id(self) -> dict[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def by_action(self) -> dict[str, tuple[Rule, ...]]:
        """Action -> rules that it starts."""
        actions = {action for rule in self.rules for action in rule.actions}
        return {action: tuple(rule for rule in self.rules if action in rule.actions) for action in actions}

    @cached_property
    def cancelled_by(self) -> dict[str, frozenset[str]]:
        """Action -> ids of rules that it cancels."""
        actions = {action for rule in self.rules for action in rule.unless}
        return {a: frozenset(rule.id for rule in self.rules if a in rule.unless) for a in actions}

    def of(self, when: When) -> tuple[Rule, ...]:
        """Rules of one kind, in order."""
        return tuple(rule for rule in self.rules if rule.when == when)

    @cached_property
    def memory(self) -> int:
        """How long a hit is remembered of a person, microseconds: limits and cooldowns must see it."""
        return max([WEEK, *(max(rule.cooldown, rule.expires) for rule in self.rules)]) + DAY

    def due(self, rule: Rule, at: int) -> int:
        """When a hit of that moment may happen: quiet hours put it off to their end."""
        return self.quiet.over(at, self.clock) if rule.quiet else at


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A rule has come true for a person. The same rule, person and occasion always have the same id."""

    id: str
    """32 hex digits."""
    rule: str
    user: str
    """Pseudonym."""
    item: str
    """Empty where no article is meant."""
    since: int
    """When what it is about happened: the cart was filled, the last sign of life."""
    at: int
    """When it came true, after quiet hours; microseconds."""
    text: str = ""
    """What the person wrote, personal data hidden (差评)."""


def hit_id(rule: str, user: str, item: str, since: int) -> str:
    """Rule, person and occasion as 32 hex digits."""
    named = "\x1f".join((rule, user, item, str(since)))
    return hashlib.blake2b(named.encode("utf-8", "surrogatepass"), digest_size=16, person=b"wenan-trigger").hexdigest()
