"""Segments -> cards, in a model's words where one is asked for -> the persona file -> the knowledge base."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from agent.audience.persona_phrase import phrase_card
from knowledge_base.audience.lock import alone
from knowledge_base.audience.messages.choose import classifier
from knowledge_base.audience.personas import keep
from knowledge_base.audience.personas.build import Built, Merged, build, merge_file, save
from knowledge_base.audience.personas.card import PersonaCard, number_of
from knowledge_base.audience.store import AudienceStore
from knowledge_base.base import KnowledgeBase
from knowledge_base.embedders import open_embedder
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.ingest.add import add
from knowledge_base.ingest.encoding import read_text
from knowledge_base.ingest.report import AddReport
from knowledge_base.workspace import Workspace

FILE = Path("资料") / "人群画像.yaml"

Said = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonaWish:
    """What the command was asked for."""

    purpose: str
    file: Path | None = None
    """None: where the last build wrote, else 资料/人群画像.yaml of the workspace."""
    phrase: bool = False
    model: str | None = None
    reset: frozenset[str] = frozenset()
    """Ids made anew, people's edits dropped."""
    add: bool = True
    dry: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    path: Path
    built: Built
    merged: Merged
    added: AddReport | None


def make_personas(workspace: Workspace, wish: PersonaWish, say: Said) -> Outcome:
    """`say` is told Chinese lines while it works. Raises BadInputError without data, segments or a readable file."""
    with AudienceStore.open(workspace, wish.purpose) as store, closing(KnowledgeBase.open(workspace)) as kb:
        if not store.exists:
            raise BadInputError(f"用途「{wish.purpose}」还没有数据", hint="先运行 wenan audience import 文件…。")
        embedder = open_embedder(workspace)
        built = build(store, kb.all(), embedder, classifier=classifier(workspace, "intent", embedder))
        if strangers := wish.reset - {one.id for one in built.cards}:
            raise UsageError(
                f"没有 {'、'.join(sorted(strangers))}", hint=f"可选：{'、'.join(one.id for one in built.cards)}。"
            )
        if wish.phrase:
            built = replace(built, cards=asyncio.run(_phrased(built.cards, workspace, wish.model, say)))
        with alone(workspace.data):
            before = keep.load(workspace.data)
            path = wish.file or workspace.root / (before.file if before else FILE)
            text = read_text(path, str(path)) if path.is_file() else ""
            base = before.cards if before else ()
            merged = merge_file(text, built.cards, base, file=workspace.relative(path), reset=wish.reset)
            if wish.dry:
                return Outcome(path=path, built=built, merged=merged, added=None)
            save(store, built, merged, path)
        added = add(kb, [path], root=workspace.root, kind="persona", sync=True) if wish.add else None
    return Outcome(path=path, built=built, merged=merged, added=added)


async def _phrased(
    cards: tuple[PersonaCard, ...], workspace: Workspace, profile: str | None, say: Said
) -> tuple[PersonaCard, ...]:
    """Each card reworded where the model's words hold up."""
    from agent.models import open_profile
    from agent.models.profiles import resolve_profile
    from agent.tokens import default_counter

    chosen = resolve_profile(workspace, profile)
    if chosen.preset == "offline":
        raise UsageError("--phrase 要有一个模型", hint="加 --model 档案名；wenan models list 看有哪些。")
    model = open_profile(workspace, chosen)
    try:
        found = await asyncio.gather(*(phrase_card(one, model, workspace, default_counter()) for one in cards))
    finally:
        await model.aclose()
    for before, after in zip(cards, found, strict=True):
        if after is None:
            say(f"{before.id}：模型写的没通过核对，用程序写的句子")
    return tuple(after or before for before, after in zip(cards, found, strict=True))


def ids_of(words: list[str]) -> frozenset[str]:
    """Ids typed as segment:3 or 3. Raises UsageError."""
    found = {word if number_of(word) else f"segment:{word}" for word in words}
    if wrong := sorted(one for one in found if not number_of(one)):
        raise UsageError(f"「{wrong[0]}」不是人群编号", hint="写成 segment:3 或 3。")
    return frozenset(found)
