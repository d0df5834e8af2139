"""A batch of events in, hits out, in one transaction with the place in the input: exactly once, however it is stopped.

Events wait until the watermark has passed them, and are then applied in order of time; so hits do not depend on the
order in which lines came, as long as none comes later than the allowed lateness. The watermark is the newest time seen,
never beyond now, less the lateness; at the end of the input it is now less the lateness.

Later than that: a purchase still cancels timers that run and withdraws hits that came true (their drafts are marked),
and any sign of life puts off the time asleep. Nothing else comes of a late event, so a repeated one changes nothing.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from operator import attrgetter

from knowledge_base.audience.database import transaction
from knowledge_base.audience.triggers.event import Event, made
from knowledge_base.audience.triggers.follow import Place
from knowledge_base.audience.triggers.machine import Machine, Outcome
from knowledge_base.audience.triggers.people import People
from knowledge_base.audience.triggers.rules import BIRTHDAY, RESTOCK, Hit, RuleSet, When
from knowledge_base.audience.triggers.seed import Imported
from knowledge_base.audience.triggers.spans import DAY

SLICE = 5_000
"""Events applied at a time."""
MOST_SLICES = 40
"""Applied in one transaction; a long backlog takes several."""
COMPLAINT: When = "差评"

Allowed = Callable[[Sequence[str]], frozenset[str]]
"""Of these pseudonyms, those who agreed."""
Judge = Callable[[Sequence[str]], list[bool]]
"""Of each text: is it a complaint."""
Birthdays = Callable[[str], Sequence[str]]
"""MM-DD -> pseudonyms."""


@dataclass(slots=True)
class Taken:
    """What a batch brought."""

    hits: list[Hit] = field(default_factory=list)
    """In order of time."""
    withdrawn: list[str] = field(default_factory=list)
    """Ids of hits that were overtaken."""
    counts: Counter[str] = field(default_factory=Counter)
    more: bool = False
    """There is a backlog: call again with nothing new."""


class Engine:
    def __init__(
        self,
        database: sqlite3.Connection,
        rules: RuleSet,
        allowed: Allowed,
        *,
        judge: Judge | None = None,
        birthdays: Birthdays | None = None,
        imported: Imported | None = None,
    ) -> None:
        """`judge` is asked only for comments, and only where a rule is about them. `imported`: who was there before the
        stream, so that they can fall asleep without ever being seen in it."""
        self.rules, self._database, self._allowed = rules, database, allowed
        self._machine = Machine(rules, lambda user: bool(allowed((user,))))
        self._people = People(database, self._machine)
        self._judge = judge if rules.of(COMPLAINT) else None
        self._birthdays = birthdays if rules.of("生日") else None
        self._imported = imported if rules.of("沉睡") else None
        self._version = -1

    @property
    def watermark(self) -> int:
        """All that happened until then was applied; 0 before the first event."""
        return self._meta("watermark")

    def take(
        self, events: Sequence[Event], place: Place | None, now: int, *, complete: bool, hold: bool = False
    ) -> Taken:
        """Applies a batch. `place`: how far the input was read with it. `complete`: nothing more is there at `now`.

        `hold`: only keep it, since more of the same input follows, in whatever order; nothing is late then.

        Raises StorageError, and whatever `judge` raises; then nothing was taken.
        """
        taken = Taken()
        events = self._judged(self._admitted(events, taken.counts))
        with transaction(self._database):
            self._see_other_writers()
            self._receive(events, taken)
            seen = self._see(events)
            if seen:
                self._seed()
            goal = (now if complete else min(seen, now)) - self.rules.lateness
            if seen and goal > self.watermark and not hold:
                self._advance(goal, taken)
            self._write(taken, place)
        taken.hits.sort(key=attrgetter("at", "rule", "user", "id"))
        return taken

    def reset(self) -> None:
        """Forgets timers and places in the input, so that another stream can be read. Hits stay: none comes twice."""
        with transaction(self._database):
            for table in ("people", "wants", "waiting", "places", "meta"):
                self._database.execute(f"DELETE FROM {table}")
        self._people.forget_memory()

    def _admitted(self, events: Sequence[Event], counts: Counter[str]) -> list[Event]:
        """Only of people who agreed: nothing of the others is kept, not even for a moment."""
        allowed = self._allowed(tuple({event.user for event in events if event.user}))
        kept = [event for event in events if not event.user or event.user in allowed]
        counts["events"] += len(events)
        counts["no_consent"] += len(events) - len(kept)
        return kept

    def _seed(self) -> None:
        """Starts the time asleep of people who are known from imports; once for each state of the imported data.

        As of the stream's first event: what happened since is the stream's to tell. In the batch's own transaction, so
        that it is done wholly or not at all.
        """
        if self._imported is None or self._meta("seeded") == self._imported.version:
            return
        since = max(self.watermark, self._meta("first") - 1)
        for page in self._imported.last_seen(self._meta("first")):
            agreed = self._allowed([user for user, _, _ in page])
            self._people.fetch(sorted(agreed))
            for user, at, item in page:
                if user in agreed:
                    self._machine.seed(self._people.get(user), made(at, user, "阅读", item), since)
            self._people.save(since)
        self._set("seeded", self._imported.version)

    def _judged(self, events: list[Event]) -> list[Event]:
        """Comments get their verdict; no other text goes on."""
        spoken = [i for i, event in enumerate(events) if event.text]
        asked = [i for i in spoken if events[i].action == "评论"] if self._judge else []
        verdicts = self._judge([events[i].text for i in asked]) if self._judge and asked else []
        bad = {i for i, negative in zip(asked, verdicts, strict=True) if negative}
        for i in spoken:
            events[i] = events[i]._replace(text=events[i].text if i in bad else "", negative=i in bad)
        return events

    def _receive(self, events: list[Event], taken: Taken) -> None:
        mark = self.watermark
        fresh = [event for event in events if event.time > mark]
        late = [event for event in events if event.time <= mark]
        before = self._database.total_changes
        self._database.executemany("INSERT OR IGNORE INTO waiting VALUES (?, ?, ?, ?, ?, ?, ?, ?)", fresh)
        taken.counts["duplicate"] += len(fresh) - (self._database.total_changes - before)
        taken.counts["late"] += len(late)
        if late:
            out = Outcome()
            self._people.fetch(event.user for event in late if event.user)
            for event in sorted(late):
                if event.user:
                    self._machine.late(self._people.get(event.user), event, out)
            self._people.save(mark)
            self._collect(out, taken)

    def _advance(self, goal: int, taken: Taken) -> None:
        """Applies what waits up to `goal`, a slice at a time, each followed by the timers up to its end.

        Birthdays count from the first event on, which does not depend on the batches in which events came.
        """
        for _ in range(MOST_SLICES):
            start = max(self.watermark, self._meta("first") - 1)
            rows = self._waiting(goal)
            end = rows[-1].time if len(rows) >= SLICE else goal
            if self._birthdays is not None and end - start > DAY:
                # Long gaps are walked day by day, so that no more than a day's birthdays are in memory.
                end = start + DAY
                rows = [event for event in rows if event.time <= end]
            out = Outcome()
            self._apply(sorted((*rows, *self._celebrated(start, end))), end, out)
            self._people.save(end)
            for page in self._people.due(end):
                for user in page:
                    self._machine.fire(user, self._people.get(user), end, out)
                self._people.save(end)
            self._database.execute("DELETE FROM waiting WHERE time <= ?", (end,))
            self._set("watermark", end)
            self._collect(out, taken)
            if end >= goal:
                return
        taken.more = True

    def _waiting(self, goal: int) -> list[Event]:
        """The next slice, whole to the last moment of it."""
        query = "SELECT * FROM waiting WHERE time <= ? ORDER BY time, key LIMIT ?"
        rows = self._database.execute(query, (goal, SLICE)).fetchall()
        if len(rows) == SLICE:
            more = "SELECT * FROM waiting WHERE time = ? AND key > ? ORDER BY key"
            rows += self._database.execute(more, (rows[-1]["time"], rows[-1]["key"])).fetchall()
        return [Event(*row)._replace(negative=bool(row["negative"])) for row in rows]

    def _apply(self, events: list[Event], end: int, out: Outcome) -> None:
        """Events in order; then, of those who did something, the timers up to `end`."""
        self._people.fetch(event.user for event in events if event.user)
        for event in events:
            if event.action != RESTOCK:
                self._machine.apply(event.user, self._people.get(event.user), event, out)
                continue
            # Who wants the article is looked up in what was saved.
            self._people.save(event.time)
            for user in self._people.wanting(event.item):
                self._machine.apply(user, self._people.get(user), event, out)
        for user in sorted(self._people.changed):
            self._machine.fire(user, self._people.get(user), end, out)

    def _celebrated(self, start: int, end: int) -> Iterator[Event]:
        """Birthdays whose greeting falls in (start, end]."""
        clock = self.rules.clock
        if self._birthdays is None or end <= start:
            return
        first = clock.day(start)
        for back in range((clock.day(end) - first).days + 1):
            day = first + timedelta(days=back)
            for rule in self.rules.of("生日"):
                at = clock.on(day, rule.at)
                if start < at <= end:
                    for born in _birth_days(day + timedelta(days=rule.ahead)):
                        yield from (made(at, user, BIRTHDAY, "") for user in self._birthdays(born))

    def _collect(self, out: Outcome, taken: Taken) -> None:
        taken.hits += out.hits
        taken.withdrawn += [id for id, _ in out.withdrawn]
        taken.counts["cancelled"] += out.cancelled
        for _, why in out.stopped:
            taken.counts[why] += 1

    def _write(self, taken: Taken, place: Place | None) -> None:
        rows = [(h.id, h.rule, h.user, h.item, h.since, h.at, h.text, "new", "", "", 0) for h in taken.hits]
        self._database.executemany("INSERT OR IGNORE INTO hits VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        gone = []
        for id in dict.fromkeys(taken.withdrawn):
            query = "UPDATE hits SET status = 'withdrawn', reason = 'overtaken' WHERE id = ? AND status <> 'withdrawn'"
            if self._database.execute(query, (id,)).rowcount:
                gone.append(id)
        taken.withdrawn = gone
        taken.counts["hits"] += len(taken.hits)
        taken.counts["withdrawn"] += len(gone)
        query = "INSERT INTO counts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET n = n + excluded.n"
        self._database.executemany(query, [pair for pair in taken.counts.items() if pair[1]])
        if place is not None:
            self._database.execute("INSERT OR REPLACE INTO places VALUES (?, ?, ?, ?, ?, ?)", place)

    def _see(self, events: list[Event]) -> int:
        """Remembers the first and the last moment of the stream; returns the last, 0 before any event."""
        times = [event.time for event in events]
        if times:
            self._set("first", min([*times, self._meta("first") or times[0]]))
            self._set("seen", max([*times, self._meta("seen")]))
        return self._meta("seen")

    def _see_other_writers(self) -> None:
        """Inside a transaction nobody else can write: somebody forgotten since the last batch is gone from here on."""
        version = self._data_version()
        if version != self._version:
            self._people.forget_memory()
            self._version = version

    def _data_version(self) -> int:
        return int(self._database.execute("PRAGMA data_version").fetchone()[0])

    def _meta(self, name: str) -> int:
        row = self._database.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return int(row[0]) if row else 0

    def _set(self, name: str, value: int) -> None:
        self._database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))


def _birth_days(day: date) -> tuple[str, ...]:
    """MM-DD of those who celebrate that day: who was born on 29 February does so on the 28th of other years."""
    leap = day.month == 2 and day.day == 28 and (day + timedelta(days=1)).month == 3
    return (f"{day:%m-%d}", "02-29") if leap else (f"{day:%m-%d}",)
