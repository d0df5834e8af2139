"""The labelling terminal: one thing at a time, one key each, nothing that says who wrote it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.channels.preview_view import field_label
from agent.copies import fields
from agent.prompting.template import library
from agent.render import fill
from agent.tokens import EstimateCounter
from evals.judges.ask import background
from evals.judges.candidate import copy_sha256, visible
from evals.judges.grade import TEMPLATE
from evals.label_items import Item, as_shown, shuffled
from evals.label_store import SKIP, TIE, Label, LabelStore, new_label
from evals.records import Sampled
from knowledge_base.workspace import Workspace

if TYPE_CHECKING:
    from rich.console import Console

Keys = Callable[[], str]
"""The next key pressed; raises EOFError or KeyboardInterrupt when there will be none."""
SIDES = {"1": 0, "2": 1}
NAMES = ("甲", "乙")
BLOCKS = {
    "brief": "任务",
    "persona": "人设",
    "product": "商品",
    "brand": "品牌",
    "policy": "政策",
    "passage": "资料",
    "message": "顾客的话",
    "history": "之前的对话",
    "reference": "参考答案",
}
_PAIR_HELP = "1 甲更好 · 2 乙更好 · 0 分不出"
_COMMON = "s 跳过 · u 撤回上一条 · h 看量表 · q 先到这里"


@dataclass(slots=True)
class Session:
    """What one sitting came to."""

    total: int
    before: int
    """Labelled in an earlier sitting."""
    done: int = 0
    skipped: int = 0
    withdrawn: int = 0

    @property
    def left(self) -> int:
        return self.total - self.before - self.done - self.skipped


def label_all(
    items: Sequence[Item], store: LabelStore, *, by: str, keys: Keys, console: Console, workspace: Workspace
) -> Session:
    """Asks about everything this person has not labelled yet, each answer kept at once. Ends on q, Ctrl-C or Ctrl-D."""
    known = {label.unit for label in store.read() if label.by == by}
    todo = [item for item in shuffled(items, by) if item.unit not in known]
    session = Session(total=len(items), before=len(items) - len(todo))
    kept: list[Label] = []
    at, shown = 0, -1
    while at < len(todo) or kept:
        if at == len(todo):
            if not _wants_back(keys, console):
                break
            _withdraw(kept, store, session, by)
            at, shown = at - 1, -1
            continue
        item = todo[at]
        if shown != at:
            show(item, by, console, workspace, place=f"第 {session.before + at + 1} / {session.total} 条")
            shown = at
        try:
            key = normal(keys())
        except (EOFError, KeyboardInterrupt):
            break
        if key == "q":
            break
        if key == "h":
            show_rubric(item, console)
        elif key == "u" and kept:
            _withdraw(kept, store, session, by)
            at -= 1
        elif (value := value_of(key, item, by)) is not None:
            label = label_of(item, value, by)
            store.add(label)
            kept.append(label)
            if value == SKIP:
                session.skipped += 1
            else:
                session.done += 1
            at += 1
        elif key.isprintable() and key.strip():
            why = "没有可以撤回的：只能撤这一次标的。" if key == "u" else f"没有这个键：{key}。{help_line(item)}"
            console.print(why, style="yellow", markup=False)
    return session


def _wants_back(keys: Keys, console: Console) -> bool:
    """Asks once more at the end: the last key may have been the wrong one, and no later sitting can take it back."""
    console.print("标完了。u 撤回上一条 · 其他键结束", style="bold")
    try:
        return normal(keys()) == "u"
    except (EOFError, KeyboardInterrupt):
        return False


def _withdraw(kept: list[Label], store: LabelStore, session: Session, by: str) -> None:
    last = kept.pop()
    store.withdraw(last.id, by)
    session.withdrawn += 1
    if last.value == SKIP:
        session.skipped -= 1
    else:
        session.done -= 1


def value_of(key: str, item: Item, by: str) -> str | None:
    """The label's value that a key stands for; None for a key without meaning here."""
    if key == "s":
        return SKIP
    if item.kind == "score":
        return key if key in {str(value) for value in item.rubric.values} else None
    if key == "0":
        return TIE
    return None if key not in SIDES else hashes(as_shown(item, by))[SIDES[key]]


def label_of(item: Item, value: str, by: str) -> Label:
    return new_label(
        unit=item.unit,
        kind=item.kind,
        rubric=item.rubric.id,
        rubric_version=item.rubric.version,
        value=value,
        by=by,
        case_id=item.case_id,
        run=item.run,
        drafts=hashes(as_shown(item, by)),
    )


def hashes(samples: Sequence[Sampled]) -> tuple[str, ...]:
    return tuple(copy_sha256(one.draft.copy) for one in samples if one.draft.copy is not None)


def normal(key: str) -> str:
    """A key as it was meant: full-width digits and capitals come from Chinese input methods and caps lock."""
    return unicodedata.normalize("NFKC", key).strip().lower()


def show(item: Item, by: str, console: Console, workspace: Workspace, *, place: str) -> None:
    """Prints one item: what a judge would get to read, then the copy."""
    from rich.panel import Panel
    from rich.text import Text

    if console.is_terminal:
        console.clear()
    console.rule(f"{place} · {item.rubric.name}")
    console.print(item.rubric.question, style="bold", markup=False)
    for name, text in materials(item, workspace):
        console.print(Panel(Text(text, style="dim"), title=name, title_align="left", border_style="dim"))
    samples = as_shown(item, by)
    for i, sampled in enumerate(samples):
        title = f"文案{NAMES[i]}" if len(samples) > 1 else "文案"
        console.print(Panel(Text(readable(sampled)), title=title, title_align="left", border_style="cyan"))
    if item.kind == "score":
        for level in item.rubric.levels:
            console.print(f"{level.value} {level.name}", style="dim", markup=False)
    console.print(help_line(item), style="dim", markup=False)


def help_line(item: Item) -> str:
    values = item.rubric.values
    own = _PAIR_HELP if item.kind == "pair" else f"按 {values[0]}–{values[-1]} 定档"
    return f"{own} · {_COMMON}"


def show_rubric(item: Item, console: Console) -> None:
    rubric = item.rubric
    for level in rubric.levels:
        console.print(f"{level.value} {level.name}：{level.text}", markup=False)
    for heading, lines in (("看什么", rubric.look), ("不看什么", rubric.ignore)):
        if lines:
            console.print(f"{heading}：" + "；".join(lines), style="dim", markup=False)


def materials(item: Item, workspace: Workspace) -> list[tuple[str, str]]:
    """The background that the rubric's template shows to a model, block by block."""
    template = library(workspace.templates).load(TEMPLATE)
    values = {**background(item.samples[0], item.rubric), "parts": (), "ticket": "-", "again": ""}
    blocks = fill(template, values, EstimateCounter()).blocks
    return [(BLOCKS.get(block.name, block.name), visible(block.text)) for block in blocks]


def readable(sampled: Sampled) -> str:
    """The copy with its field names, safe to print: no control characters, nothing invisible."""
    copy = sampled.draft.copy
    named = {} if copy is None else {name: visible(text).strip() for name, text in fields(copy).items()}
    if len(named) == 1:
        return next(iter(named.values()))
    return "\n\n".join(f"【{field_label(name)}】{text}" for name, text in named.items() if text)
