"""One person's events and timers -> hits. Pure: what comes out depends on the events and their times, nothing else.

Events must come in order of time; `late` takes those that do not. A timer that is due at the moment of an event fires
after it: buying in the very last moment still cancels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from knowledge_base.audience.triggers.event import Event
from knowledge_base.audience.triggers.person import Past, Pending, Person
from knowledge_base.audience.triggers.rules import BIRTHDAY, RESTOCK, UNREAD, Hit, Rule, RuleSet, hit_id

Reason = Literal["cooldown", "per_day", "per_week", "consent"]
WEEK_DAYS = 7


@dataclass(slots=True)
class Outcome:
    """What a run of the machine brought about."""

    hits: list[Hit] = field(default_factory=list)
    withdrawn: list[tuple[str, int]] = field(default_factory=list)
    """(hit, time): overtaken by what the person did since."""
    stopped: list[tuple[str, Reason]] = field(default_factory=list)
    """(rule, why): came true, and was not allowed."""
    cancelled: int = 0
    """Timers stopped in time."""


class Machine:
    def __init__(self, rules: RuleSet, allowed: Callable[[str], bool]) -> None:
        """`allowed`: whether a person agreed, asked at the moment of a hit."""
        self.rules, self._allowed = rules, allowed
        self._asleep, self._wanting = rules.of("沉睡"), rules.of("到货")
        self._lulls = frozenset(rule.id for rule in self._asleep)
        self._wanted_for = max((rule.within for rule in self._wanting), default=0)

    def apply(self, user: str, person: Person, event: Event, out: Outcome) -> None:
        """The next event of this person; timers that were due before it fire first."""
        self.fire(user, person, event.time - 1, out)
        self._cancel(person, event, out)
        self._live(person, event)
        for rule in self.rules.by_action.get(event.action, ()):
            if rule.when != "沉睡":
                self._start(rule, person, event)

    def late(self, person: Person, event: Event, out: Outcome) -> None:
        """An event from before what was applied already: it still cancels what it would have cancelled."""
        self._cancel(person, event, out)
        if event.time > person.last:
            self._live(person, event)

    def seed(self, person: Person, event: Event, since: int) -> bool:
        """What was known of a person before the stream: the time asleep counts from it, unless it is over by `since`.

        False when it tells nothing new.
        """
        if event.time <= person.last or all(
            self.rules.due(one, event.time + one.after) <= since for one in self._asleep
        ):
            return False
        self._live(person, event)
        return True

    def fire(self, user: str, person: Person, until: int, out: Outcome) -> None:
        """All timers due at or before `until`, in order."""
        while person.pending:
            first = min(person.pending)
            if first.due > until:
                return
            person.pending.remove(first)
            rule = self.rules.by_id.get(first.rule)
            if rule is not None:
                self._fire(user, person, rule, first, out)

    def tidy(self, person: Person, now: int) -> int | None:
        """Forgets what no longer matters; returns when to look again, None when nothing is left."""
        rules = self.rules
        person.pending = [one for one in person.pending if one.rule in rules.by_id]
        # A timer that is still to fire, at a moment gone by, looks back from that moment.
        first = min([now, *(one.due for one in person.pending)])
        person.hits = [one for one in person.hits if one.at > first - rules.memory]
        if person.looks:
            person.looks = self._recent_looks(person, now)
        if person.wants:
            person.wants = {item: at for item, at in person.wants.items() if at > now - self._wanted_for}
        if person.empty:
            return None
        if person.pending:
            return min(person.pending).due
        ends = [one.at + rules.memory for one in person.hits[-1:]]
        ends += [
            times[-1] + rules.by_id[name].within for name, counted in person.looks.items() for times in counted.values()
        ]
        ends += [at + self._wanted_for for at in person.wants.values()]
        return max(ends)

    def _recent_looks(self, person: Person, now: int) -> dict[str, dict[str, list[int]]]:
        """Those inside their rule's window; of an article, a last look inside it keeps the earlier ones."""
        found = {}
        for name, counted in person.looks.items():
            rule = self.rules.by_id.get(name)
            since = now - rule.within if rule else now
            if kept := {item: times for item, times in counted.items() if times[-1] > since}:
                found[name] = kept
        return found

    def _live(self, person: Person, event: Event) -> None:
        """A sign of life: the time asleep counts from it."""
        if event.action in (UNREAD, BIRTHDAY, RESTOCK):
            return
        person.last = event.time
        person.item = event.item or person.item
        for rule in self._asleep:
            person.pending = [one for one in person.pending if one.rule != rule.id]
            due = self.rules.due(rule, event.time + rule.after)
            person.pending.append(Pending(due, rule.order, rule.id, person.item, event.time))

    def _start(self, rule: Rule, person: Person, event: Event) -> None:
        if event.action != BIRTHDAY and not rule.concerns(event.item, event.category):
            return
        match rule.when:
            case "加购未买":
                if event.item:
                    # Whoever is still filling the cart has not left it.
                    self._drop(person, rule, event.item)
                    self._wait(rule, person, event, event.time + rule.after)
            case "反复看没买":
                if event.item and self._seen(rule, person, event):
                    self._wait(rule, person, event, event.time)
            case "到货":
                self._want(rule, person, event)
            case "差评":
                if event.negative:
                    self._wait(rule, person, event, event.time)
            case "生日":
                self._wait(rule, person, event, event.time)

    def _want(self, rule: Rule, person: Person, event: Event) -> None:
        """Remembers what is wanted; what was wanted lately and is back in stock is news."""
        if event.action != RESTOCK:
            if event.item:
                person.wants[event.item] = event.time
        elif event.time - person.wants.get(event.item, event.time - rule.within) < rule.within:
            self._drop(person, rule, event.item)
            self._wait(rule, person, event, event.time)

    def _seen(self, rule: Rule, person: Person, event: Event) -> bool:
        """Counts a look; True when it is the last that was missing."""
        if any(one.rule == rule.id and one.item == event.item for one in person.pending):
            return False
        counted = person.looks.setdefault(rule.id, {})
        times = [t for t in counted.get(event.item, []) if t > event.time - rule.within] + [event.time]
        if len(times) < rule.times:
            counted[event.item] = times
            return False
        counted.pop(event.item, None)
        return True

    def _wait(self, rule: Rule, person: Person, event: Event, at: int) -> None:
        item = event.item or (person.item if rule.when == "生日" else "")
        due = self.rules.due(rule, at)
        person.pending.append(Pending(due, rule.order, rule.id, item, event.time, event.text))

    @staticmethod
    def _drop(person: Person, rule: Rule, item: str) -> None:
        person.pending = [one for one in person.pending if (one.rule, one.item) != (rule.id, item)]

    def _cancel(self, person: Person, event: Event, out: Outcome) -> None:
        """Stops timers that the event overtakes, and withdraws hits that it makes pointless.

        Only what began before it: a purchase of yesterday says nothing of a cart filled today.
        """
        names = self.rules.cancelled_by.get(event.action)
        if not names:
            return

        def overtaken(rule: str, item: str, since: int) -> bool:
            if rule not in names:
                return False
            # The same sign of life, sent again, wakes nobody; what happens at once is in order (see `event.py`).
            return since < event.time if rule in self._lulls else since <= event.time and item == event.item

        kept = [one for one in person.pending if not overtaken(one.rule, one.item, one.since)]
        # A timer of sleep is wound up again by every sign of life, which is no news.
        out.cancelled += sum(one.rule not in self._lulls and one not in kept for one in person.pending)
        person.pending = kept
        for name in names & person.looks.keys():
            counted = person.looks[name]
            if after := [t for t in counted.pop(event.item, []) if t > event.time]:
                counted[event.item] = after
        wanted = person.wants.get(event.item)
        if wanted is not None and wanted <= event.time and any(rule.id in names for rule in self._wanting):
            del person.wants[event.item]
        for past in person.hits:
            known = self.rules.by_id.get(past.rule)
            if (
                known
                and overtaken(past.rule, past.item, past.since)
                and past.since < event.time <= past.at + known.expires
            ):
                out.withdrawn.append((past.id, event.time))

    def _fire(self, user: str, person: Person, rule: Rule, one: Pending, out: Outcome) -> None:
        why = self._stopped(user, person, rule, one.due)
        if why is not None:
            out.stopped.append((rule.id, why))
            return
        id = hit_id(rule.id, user, one.item, one.since)
        if any(past.id == id for past in person.hits):
            return
        person.hits.append(Past(one.due, rule.id, one.item, one.since, id))
        out.hits.append(Hit(id=id, rule=rule.id, user=user, item=one.item, since=one.since, at=one.due, text=one.text))

    def _stopped(self, user: str, person: Person, rule: Rule, at: int) -> Reason | None:
        if not self._allowed(user):
            return "consent"
        if any(past.rule == rule.id and at - past.at < rule.cooldown for past in person.hits):
            return "cooldown"
        if not rule.capped:
            return None
        clock = self.rules.clock
        today = clock.day(at)
        counted = [
            clock.day(past.at)
            for past in person.hits
            if (known := self.rules.by_id.get(past.rule)) is None or known.capped
        ]
        if sum(day == today for day in counted) >= self.rules.per_day:
            return "per_day"
        week_ago = today - timedelta(days=WEEK_DAYS)
        return "per_week" if sum(week_ago < day <= today for day in counted) >= self.rules.per_week else None
