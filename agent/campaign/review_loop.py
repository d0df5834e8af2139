"""The reviewer's round: one draft, one key, the next draft."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from rich.console import Console

from agent.campaign.review_desk import Act, Desk, as_editable, from_editable, is_open
from agent.campaign.review_screen import changes, show
from agent.campaign.review_store import WRITTEN, ChangedError, Entry
from agent.campaign.where import Predicate, parse_where, record_of
from agent.present import escape
from knowledge_base.errors import WenanError

DONE = {"approve": "通过", "reject": "退回", "edit": "改了一版", "rewrite": "重写", "skip": "跳过"}


class Hands(Protocol):
    """The reviewer's side of the terminal."""

    def key(self) -> str:
        """One key, lower case; empty at the end of input."""

    def line(self, question: str) -> str:
        """A line of text; empty when there is none."""

    def edit(self, text: str) -> str | None:
        """The text as left in an editor; None when it was not saved. Raises WenanError without an editor."""


@dataclass(slots=True)
class Round:
    """One sitting."""

    desk: Desk
    campaign: str
    console: Console
    hands: Hands
    fits: Predicate
    everything: bool = False
    """Also what this role has decided already."""
    counts: Counter[str] = field(default_factory=Counter)
    _acts: list[tuple[int, Act]] = field(default_factory=list)
    _queue: list[str] = field(default_factory=list)
    _groups: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def run(self) -> Counter[str]:
        """Until the list is done or the reviewer leaves. Returns what was done, by kind."""
        self._fill(self.fits)
        at = 0
        while at < len(self._queue):
            entry = self.desk.book.entry(self._queue[at])
            if entry.draft is None or not (self.everything or is_open(entry, self.desk.role)):
                # Decided or claimed by somebody else since the list was made.
                at += 1
                continue
            show(self.console, entry, (at + 1, len(self._queue)), self._siblings(entry))
            step = self._at(entry, at)
            if step is None:
                return self.counts
            at = step
        self._say("[green]这一批都看过了[/]")
        return self.counts

    def _at(self, entry: Entry, at: int) -> int | None:
        """Asks for a key until one moves on; the number of the draft to show next, None to leave."""
        deeds: dict[str, Callable[[Entry, int], int]] = {
            "a": self._approve, "r": self._reject, "e": self._edit, "g": self._rewrite,
            "s": self._skip, " ": self._skip, "f": self._filter, "u": self._undo,
        }  # fmt: skip
        while True:
            key = self.hands.key()
            if key in ("q", "", "\x03", "\x04"):
                return None
            if key not in deeds:
                self._say("[dim]没有这个键：a 通过 r 退回 e 改 g 重写 s 跳过 f 筛选 u 撤销 q 退出[/]")
                continue
            try:
                return deeds[key](entry, at)
            except ChangedError as error:
                self._say(f"[yellow]{escape(error.message)}[/]，没有记下；{escape(error.hint)}")
                return at
            except WenanError as error:
                self._say(f"[red]{escape(error.message)}[/] {escape(error.hint)}")

    def _approve(self, entry: Entry, at: int) -> int:
        assert entry.draft is not None
        blocked = any(one.severity == "block" for one in entry.draft.findings)
        reason = self.hands.line("还有必须改的，放行的理由（会留痕）：") if blocked else ""
        return self._did(self.desk.decide(entry, "approve", reason), at) + 1

    def _reject(self, entry: Entry, at: int) -> int:
        reason = self.hands.line("退回的原因：")
        return self._did(self.desk.decide(entry, "reject", reason), at) + 1

    def _edit(self, entry: Entry, at: int) -> int:
        assert entry.draft is not None
        assert entry.draft.copy is not None
        text = self.hands.edit(as_editable(entry.draft))
        if text is None:
            self._say("[dim]没有存盘，没有改动[/]")
            return at
        return self._did(self.desk.edit(entry, from_editable(text, entry.draft.copy)), at, tell=True)

    def _rewrite(self, entry: Entry, at: int) -> int:
        note = self.hands.line("重写时要注意什么（可以不写）：")
        self._say("[dim]正在重写……[/]")
        return self._did(self.desk.rewrite(entry, note), at, tell=True)

    def _skip(self, entry: Entry, at: int) -> int:
        self.counts["skip"] += 1
        return at + 1

    def _filter(self, entry: Entry, at: int) -> int:
        fits = parse_where(self.hands.line("只看（例如 state=needs_review and product=p-oat，空着看全部）："))
        self._fill(fits)
        self._acts.clear()
        self._say(f"[dim]{len(self._queue)} 篇[/]")
        return 0

    def _undo(self, entry: Entry, at: int) -> int:
        if not self._acts:
            self._say("[dim]这次还没有可以撤销的[/]")
            return at
        place, act = self._acts[-1]
        self.desk.undo(act)
        self._acts.pop()
        self.counts[act.kind] -= 1
        self._say(f"[yellow]已撤销：{DONE[act.kind]}[/]")
        return place

    def _did(self, act: Act, at: int, *, tell: bool = False) -> int:
        self._acts.append((at, act))
        self.counts[act.kind] += 1
        self._say(f"[green]{DONE[act.kind]}[/]")
        for line in changes(act.before, act.after) if tell else ():
            self._say(escape(line))
        return at

    def _fill(self, fits: Predicate) -> None:
        self._queue, self._groups = [], {}
        for entry in self.desk.book.entries(self.desk.book.keys(self.campaign, WRITTEN)):
            self._groups.setdefault((entry.unit.product, entry.unit.persona), []).append(entry.key)
            if (self.everything or is_open(entry, self.desk.role)) and fits(record_of(entry)):
                self._queue.append(entry.key)

    def _siblings(self, entry: Entry) -> list[Entry]:
        keys = [key for key in self._groups.get((entry.unit.product, entry.unit.persona), []) if key != entry.key]
        return list(self.desk.book.entries(keys[:20]))

    def _say(self, markup: str) -> None:
        self.console.print(markup, soft_wrap=True)
