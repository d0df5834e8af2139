"""What a watcher says: one line a hit on stdout, for people or as JSON; the account of a run at its end."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import typer

from agent.ids import handle
from knowledge_base.audience.triggers.spans import moment
from knowledge_base.console import err

if TYPE_CHECKING:
    from knowledge_base.audience.triggers.hits import Kept
    from knowledge_base.audience.triggers.rules import RuleSet

MOST_BAD = 10
"""Bad lines listed; all are counted."""
ENOUGH, LATE_SHARE = 100, 0.2
"""From so many events and such a share of late ones on, something is wrong with the order."""
COUNTED = {
    "events": "行为",
    "no_consent": "没有同意，不看",
    "duplicate": "重复",
    "late": "迟到（只用来取消）",
    "bad": "看不懂",
    "cancelled": "到时前买了，取消",
    "cooldown": "冷却中",
    "per_day": "超过每天上限",
    "per_week": "超过每周上限",
    "consent": "撤回了同意",
    "hits": "触发",
    "withdrawn": "触发后买了或回来了，撤回",
    "drafted": "写了稿",
    "failed": "没写成",
    "expired": "过期没写",
}


@dataclass(frozen=True, slots=True)
class View:
    rules: RuleSet
    as_json: bool
    dry: bool

    def hit(self, kept: Kept) -> None:
        """One hit, and what became of it."""
        rule = self.rules.by_id.get(kept.hit.rule)
        channel = rule.writing.channel if rule else ""
        if self.as_json:
            body = {
                "type": "hit", "id": kept.hit.id, "rule": kept.hit.rule, "name": rule.name if rule else "",
                "user": kept.hit.user, "item": kept.hit.item or None, "at": self._iso(kept.hit.at),
                "since": self._iso(kept.hit.since), "channel": channel, "status": "dry" if self.dry else kept.status,
                "draft": kept.draft or None, "reason": kept.reason or None,
            }  # fmt: skip
            self._json(body)
            return
        what = "试运行" if self.dry else f"稿 {handle(kept.draft)}" if kept.draft else f"没写：{kept.reason}"
        name = rule.name if rule else kept.hit.rule
        when = self.rules.clock.text(kept.hit.at)
        typer.echo("\t".join((when, name, kept.hit.user, kept.hit.item or "-", channel, what)))

    def withdrawn(self, found: Sequence[Kept]) -> None:
        """Hits that what people did since has overtaken."""
        for one in found:
            if self.as_json:
                self._json({"type": "withdrawn", "id": one.hit.id, "rule": one.hit.rule, "draft": one.draft or None})
            elif one.draft:
                note = f"撤回：稿 {handle(one.draft)} 不要发了，{one.hit.user} 之后已经买了或回来了"
                err().print(note, style="yellow", markup=False, soft_wrap=True)

    def bad(self, number: int, reason: str, before: int) -> None:
        """A line that could not be read; only the first few are shown."""
        if before < MOST_BAD:
            err().print(f"第 {number} 行：{reason}", style="dim", markup=False, soft_wrap=True)
        elif before == MOST_BAD:
            err().print("更多看不懂的行不再列出，最后报总数", style="dim")

    def note(self, text: str) -> None:
        """Something the reader should know."""
        err().print(text, style="yellow", markup=False, soft_wrap=True)

    def summary(self, counts: Counter[str], left: int) -> None:
        """The account of this run. `left`: hits that still wait for a draft."""
        if self.as_json:
            self._json({"type": "summary", **{name: counts[name] for name in COUNTED}, "waiting": left})
            return
        said = [
            f"{word} {counts[name]}" for name, word in COUNTED.items() if counts[name] or name in ("events", "hits")
        ]
        if left:
            said.append(f"还没写 {left}")
        err().print("，".join(said), style="dim", markup=False, soft_wrap=True)
        if counts["events"] >= ENOUGH and counts["late"] > LATE_SHARE * counts["events"]:
            self.note("迟到的太多：行为不是按时间来的。把规则里的 lateness 调大；读完整的导出文件用 --once --reset")
        if counts["drafted"]:
            err().print("用 wenan log list 看，wenan review 编号… 送审；不会自动发送", style="dim")

    def _iso(self, at: int) -> str:
        local: datetime = moment(at).astimezone(ZoneInfo(self.rules.clock.name))
        return local.isoformat()

    @staticmethod
    def _json(body: dict[str, Any]) -> None:
        typer.echo(json.dumps(body, ensure_ascii=False))
