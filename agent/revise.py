"""Changes the named parts of a draft and nothing else, checks everything again, and gives a new version.

Edits with one right result (replace, 你/您, no emoji, another title ...) are done by code. The rest is asked of the
model, one part at a time; the offline model cannot read instructions, so there code does what it honestly can (leave
sentences out, write the part anew with another seed) and says so when it cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from agent.copies import ArticleCopy, Copy, fields
from agent.draft import Attempt, Draft
from agent.finding import Finding, blocking
from agent.ids import new_id
from agent.links import resolve_link
from agent.revising.ask import Ask, ask_for_part, write_anew
from agent.revising.edits import SHORTER
from agent.revising.instruction import EXACT, Step, Understood, understand
from agent.revising.parts import Part, all_parts, locate, read, with_gap, write
from agent.revising.steps import OFFLINE_CAN, edited, nothing_to_do, picked_title, shorter, unwanted
from agent.word_diff import Piece, word_diff
from knowledge_base.errors import BadInputError, UsageError

Check = Callable[[Copy], tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Revision:
    draft: Draft
    changes: tuple[tuple[str, tuple[Piece, ...]], ...]
    """(field, its word diff) for every field that changed."""


async def revise(draft: Draft, instruction: str, part: str, ask: Ask, check: Check) -> Revision:
    """A new version of `draft` with `draft.id` as its parent. The caller keeps it.

    `part` is a name of `agent.revising.parts`, or empty to take it from the instruction.
    Raises UsageError for a part that is not there or not named, BadInputError when nothing could be changed as
    asked, ModelError when the model fails.
    """
    if draft.copy is None:
        raise BadInputError(f"{draft.id} 没有写成，没有文字可改", hint="重新写一稿，或用 wenan log show 看原因。")
    if not instruction.strip():
        raise BadInputError("没说要改什么", hint='例如 wenan revise last "第二段短一点，别提价格"。')
    understood = understand(instruction, part)
    work = _Work(draft, draft.copy, ask, check)
    if understood.steps and not understood.unknown and all(step.verb in EXACT for step in understood.steps):
        for step in understood.steps:
            work.do_exactly(step)
    elif ask.offline:
        await work.do_offline(understood)
    else:
        await work.do_by_model(instruction, understood)
    return work.result(instruction)


class _Work:
    """The copy as it changes, step by step."""

    def __init__(self, draft: Draft, copy: Copy, ask: Ask, check: Check) -> None:
        self.draft, self.before, self.copy = draft, copy, copy
        self.ask, self.check = ask, check
        self.attempts: list[Attempt] = []
        self.failure: tuple[Finding, ...] = ()
        self.idle: list[Step] = []
        """Steps that found nothing to do: fine beside others (there is no price left to drop), an error alone."""
        self.whole = False
        """Whether a real model wrote all of the text anew."""
        # Judged by the same rules on the same day, so that only what the edit brings counts as new.
        self.known = frozenset(map(_key, check(copy)))

    def do_exactly(self, step: Step) -> None:
        """Applies an edit with one right result."""
        if step.verb == "pick_title":
            self._change(self._part("title"), picked_title(self.copy, step))
            return
        changed = False
        for name in self._names(step.part or "all"):
            part = all_parts(self.copy)[name]
            old = read(self.copy, part)
            new = edited(old, step)
            if new != old:
                self._change(self._removable(part) if step.verb == "delete" else part, new)
                changed = True
        if not changed:
            self._idle(step)

    async def do_offline(self, understood: Understood) -> None:
        if understood.unknown or not understood.steps:
            said = "、".join(f"「{clause}」" for clause in understood.unknown) or "这句话"
            raise BadInputError(f"离线模板看不懂 {said}，没有改动", hint=OFFLINE_CAN)
        # What has to go goes first: it may already make the part short enough.
        for step in sorted(understood.steps, key=lambda step: step.verb == "shorten"):
            if step.verb in EXACT:
                self.do_exactly(step)
            elif step.verb == "rewrite":
                for name in self._names(self._named(step)):
                    await self._rewrite(name)
            else:
                self._cut(step)

    async def do_by_model(self, instruction: str, understood: Understood) -> None:
        """Asks for each named part by itself; whatever else the model may say cannot touch the other parts."""
        wanted = understood.parts or ("",)
        for name in [n for one in wanted for n in self._names(self._named(Step(verb="rewrite", part=one)))]:
            findings = blocking(tuple(f for f in self.draft.findings if f.field == all_parts(self.copy)[name].field))
            for sample in range(self.ask.attempts):
                part = all_parts(self.copy)[name]
                text, attempt = await ask_for_part(
                    self.ask, self.draft.brief, self.draft.context, self.copy, part, instruction, findings, sample
                )
                self.attempts.append(attempt)
                if not text:
                    findings = attempt.findings
                    continue
                candidate = write(self.copy, part, text)
                findings = self._new_blocking(candidate)
                self.attempts[-1] = replace(attempt, findings=findings)
                if not findings or sample == self.ask.attempts - 1:
                    self._change(part, text)
                    self.whole = self.whole or part.name == "text"
                    break
            else:
                self.failure = findings
                return

    def result(self, instruction: str) -> Revision:
        """The new version. Its brief remembers the instruction; its link carries the new id."""
        if self.copy == self.before and not self.failure:
            raise BadInputError(nothing_to_do(self.idle[0]), hint="用 wenan log show 看原文；指定位置用 --part。")
        id = new_id("d")
        context = self.draft.context
        brief = self.draft.brief
        link = resolve_link(brief, context.products, context.coupon, context.brand, id)
        said = f"改第 {self.draft.version} 版：{instruction.strip()}"
        asked = bool(self.attempts)
        draft = replace(
            self.draft,
            id=id,
            created_at=datetime.now(UTC),
            brief=replace(brief, notes="\n".join(note for note in (brief.notes, said) if note)),
            context=replace(context, link=link),
            copy=None if self.failure else self.copy,
            findings=self.failure or self.check(self.copy),
            attempts=tuple(self.attempts),
            model=self.ask.model.name if asked else self.draft.model,
            # Untouched parts keep their author: a model's new digest does not make the rest less of a template.
            offline=(self.draft.offline or (asked and self.ask.offline)) and not self.whole,
            parent=self.draft.id,
            version=self.draft.version + 1,
        )
        return Revision(draft, () if self.failure else _changes(self.before, self.copy))

    def _cut(self, step: Step) -> None:
        """Leaves out sentences or clauses, in the gentlest way that brings no new blocking finding."""
        changed = False
        for name in self._names(self._named(step) if step.verb == "shorten" else step.part or "all"):
            part = all_parts(self.copy)[name]
            old = read(self.copy, part)
            if step.verb != "shorten" and not unwanted(step).search(old):
                continue
            if step.verb == "shorten" and self._short_already(part, step):
                continue
            text = next((t for t in shorter(old, step) if not self._new_blocking(write(self.copy, part, t))), None)
            if text is not None:
                self._change(part, text)
                changed = True
            elif step.verb == "shorten":
                raise BadInputError(nothing_to_do(step), hint=OFFLINE_CAN)
            else:
                raise BadInputError(f"{part.label}离了这句就不成话，离线模板删不了", hint=OFFLINE_CAN)
        if not changed:
            self._idle(step)

    def _short_already(self, part: Part, step: Step) -> bool:
        """Whether what went before has made the part as short as asked."""
        now = len(read(self.copy, part))
        if step.chars is not None:
            return now <= step.chars
        was = all_parts(self.before).get(part.name)
        return was is not None and now <= (was.end - was.start) * SHORTER

    def _idle(self, step: Step) -> None:
        if step.verb == "swap" and step.new:
            # Words to be replaced that are not there: the user means another text.
            raise BadInputError(nothing_to_do(step), hint="用 wenan log show 看原文；指定位置用 --part。")
        self.idle.append(step)

    async def _rewrite(self, name: str) -> None:
        """Takes the part from a copy that the offline model writes with another seed."""
        part = all_parts(self.copy)[name]
        old = read(self.copy, part)
        async for other, attempt in write_anew(self.ask, self.draft.brief, self.draft.context):
            theirs = all_parts(other).get(name)
            text = read(other, theirs) if theirs else ""
            if text and text != old and not self._new_blocking(write(self.copy, part, text)):
                self.attempts.append(attempt)
                self._change(part, text)
                return
        raise BadInputError(f"换了几次种子，{part.label}都没有更合适的写法", hint=OFFLINE_CAN)

    def _change(self, part: Part, text: str) -> None:
        """The only place where the copy changes; checks that nothing outside the part did."""
        new = write(self.copy, part, text)
        _assert_only(self.copy, new, part, text)
        self.copy = new

    def _removable(self, part: Part) -> Part:
        """What goes when a part is deleted. Raises BadInputError when nothing would be left to publish."""
        wide = with_gap(self.copy, part)
        if part.field == "title" or (
            part.field.endswith("text") and wide.end - wide.start == len(fields(self.copy)[part.field])
        ):
            raise BadInputError(f"删掉{part.label}就没有正文或标题了", hint="改成别的内容，或换一部分删。")
        return wide

    def _names(self, wanted: str) -> list[str]:
        return [part.name for part in locate(self.copy, self._there(wanted))]

    def _part(self, name: str) -> Part:
        return locate(self.copy, name)[0]

    def _named(self, step: Step) -> str:
        """A part for what cannot be done to everything at once."""
        if step.part:
            return step.part
        if not isinstance(self.copy, ArticleCopy):
            return "text"
        names = "、".join(all_parts(self.copy))
        raise UsageError("没说改哪一部分", hint=f"写明“第二段”“标题”，或加 --part。可选：{names}。")

    def _there(self, name: str) -> str:
        """Short copy has no call to action of its own: its ending is its last line."""
        return "p-1" if name == "cta" and not isinstance(self.copy, ArticleCopy) else name

    def _new_blocking(self, copy: Copy) -> tuple[Finding, ...]:
        return tuple(f for f in blocking(self.check(copy)) if _key(f) not in self.known)


def _assert_only(before: Copy, after: Copy, part: Part, text: str) -> None:
    """A bug here would publish words that nobody asked to change, so it is checked every time."""
    old, new = fields(before), fields(after)
    whole = old[part.field]
    expected = whole[: part.start] + text + whole[part.end :]
    moved = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    # A chosen title and its candidates are one part.
    moved -= {name for name in moved if part.field == "title" and name.startswith("titles[")}
    if moved - {part.field} or new.get(part.field, "") != expected:
        raise AssertionError(f"revision of {part.field} would change {sorted(moved)}")


def _changes(before: Copy, after: Copy) -> tuple[tuple[str, tuple[Piece, ...]], ...]:
    old, new = fields(before), fields(after)
    names: Sequence[str] = [name for name in dict.fromkeys((*old, *new)) if not name.startswith("titles[")]
    return tuple((n, word_diff(old.get(n, ""), new.get(n, ""))) for n in names if old.get(n, "") != new.get(n, ""))


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.rule_id, finding.field, finding.text
