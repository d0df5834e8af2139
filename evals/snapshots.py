"""What each case may lean on, gathered once and kept, so that a replay needs neither Chroma nor an embedder.

The key is the wish as written, the version of the knowledge and of the code that reads it. A snapshot holds the brief
with its ids resolved and the context without its link, which carries the draft's id and is made anew for every draft.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from agent.brief import Brief
from agent.codec import dumps, from_plain, to_plain
from agent.context import Context
from agent.fit import fit
from agent.links import resolve_link
from agent.options import Wish
from agent.tokens import default_counter
from agent.write import CONTEXT_BUDGET
from evals.contexts import Shelf, plain_context, plain_record, write_records
from evals.knowledge import Source, open_knowledge, reading_version
from evals.packing import pack
from evals.records import Case
from evals.sqlite import Store
from evals.suite import SuiteCase
from knowledge_base.errors import BadInputError
from knowledge_base.records import Passage, Persona
from knowledge_base.records import Source as RecordSource
from knowledge_base.workspace import Workspace

if TYPE_CHECKING:
    from knowledge_base.base import KnowledgeBase

DOCUMENT_ID = "eval-document-"
"""Passages of a case's own `documents` have ids that begin so."""
PERSONAS = "personas-"
"""Before the knowledge's version: the key under which its personas are kept."""
WRITE_AT_ONCE = 100
KEYS_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """A case ready to be written."""

    case: Case
    context: Context
    """Without a link."""
    key: str
    fits: int | None = None
    """A budget of tokens that the context is known to fit without trimming; None when nobody counted."""


class Snapshots:
    """The kept contexts of one knowledge base."""

    def __init__(self, store: Store, source: Source, workspace: Workspace) -> None:
        self._store, self._source, self._workspace = store, source, workspace
        self._version = source.version
        self._shelf = Shelf(store)
        self._keys: dict[str, tuple[SuiteCase, str]] = {}

    @property
    def version(self) -> str:
        """Of the knowledge; empty until it is known."""
        return self._version

    def key(self, case: SuiteCase) -> str:
        """64 hex digits over channel, wish, knowledge version and reading code."""
        found = self._keys.get(case.id)
        if found is None or found[0] is not case:
            if len(self._keys) >= KEYS_KEPT:
                self._keys.clear()
            found = self._keys[case.id] = (case, self._key(case))
        return found[1]

    def _key(self, case: SuiteCase) -> str:
        parts = [case.channel, to_plain(case.wish), self._version, reading_version()]
        return hashlib.sha256(dumps(parts).encode()).hexdigest()

    def prepare(
        self,
        cases: Sequence[SuiteCase],
        *,
        live: bool = False,
        file: str = "",
        say: Callable[[str], None] = lambda _: None,
    ) -> int:
        """Gathers what is not kept yet, or everything with `live`; returns how many were gathered.

        Raises BadInputError naming the case's line when it names something the knowledge does not hold.
        """
        with ExitStack() as stack:
            kb: KnowledgeBase | None = None
            if self._source.own:
                kb = stack.enter_context(open_knowledge(self._source, self._workspace, say))
                self._version = kb.version
                self._keys.clear()
            kept = set() if live else self._kept()
            if self._personas_key() not in kept:
                kb = kb or stack.enter_context(open_knowledge(self._source, self._workspace, say))
                self._keep_personas(kb)
            missing = [case for case in cases if self.key(case) not in kept]
            if not missing:
                return 0
            if kb is None:
                kb = stack.enter_context(open_knowledge(self._source, self._workspace, say))
            if len(missing) > 1:
                say(f"检索 {len(missing)} 条用例的资料…")
            for start in range(0, len(missing), WRITE_AT_ONCE):
                self._gather(missing[start : start + WRITE_AT_ONCE], kb, file)
            return len(missing)

    def get(self, case: SuiteCase, following: Sequence[SuiteCase] = ()) -> Prepared:
        """The prepared case. It must have been gathered: raises KeyError otherwise. `following` are read along."""
        key = self.key(case)
        plain = self._shelf.snapshot(key, [self.key(one) for one in following])
        if plain is None:
            raise KeyError(case.id)
        context = with_documents(self._shelf.load(plain["context"]), case.documents)
        fits = None if case.documents else plain.get("fits")
        return Prepared(resolved(case, from_plain(Brief, plain["brief"])), context, key, fits)

    def personas(self) -> tuple[Persona, ...]:
        """Every persona of the knowledge, in its order: what a contrastive scorer compares with."""
        plain = self._shelf.snapshot(self._personas_key())
        return self._shelf.personas(plain["personas"]) if plain else ()

    def _personas_key(self) -> str:
        return f"{PERSONAS}{self._version}"

    def _keep_personas(self, kb: KnowledgeBase) -> None:
        records = [plain_record(record) for record in kb.all("persona")]
        line = (self._personas_key(), self._version, _now(), pack({"personas": [sha for sha, _ in records]}))

        def write(connection: sqlite3.Connection) -> None:
            write_records(connection, dict(records))
            connection.execute("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?)", line)

        self._store.put(write)

    def _kept(self) -> set[str]:
        return {key for (key,) in self._store.all("SELECT key FROM snapshots WHERE knowledge = ?", (self._version,))}

    def _gather(self, cases: Sequence[SuiteCase], kb: KnowledgeBase, file: str) -> None:
        from agent.gather import gather
        from agent.options import resolve

        counter = default_counter()
        now = _now()
        rows: list[tuple[Any, ...]] = []
        records: dict[str, dict[str, Any]] = {}
        for case in cases:
            try:
                brief = replace(resolve(_hidden(case.wish), case.channel, kb).brief, origin="eval")
                context = gather(brief, kb)
            except BadInputError as error:
                raise BadInputError(
                    error.message, file=file, row=case.line, field=f"用例 {case.id}", hint=error.hint
                ) from error
            plain, used = plain_context(replace(context, kb_version=self._version))
            records.update(used)
            fits = CONTEXT_BUDGET if fit(context, CONTEXT_BUDGET, counter).cuts == context.cuts else None
            blob = pack({"brief": to_plain(brief), "context": plain, "fits": fits})
            rows.append((self.key(case), self._version, now, blob))
        query = "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?)"

        def write(connection: sqlite3.Connection) -> None:
            write_records(connection, records)
            connection.executemany(query, rows)

        self._store.put(write)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _hidden(wish: Wish) -> Wish:
    """Personal data behind placeholders, as every drafting command does before a model may see it."""
    from knowledge_base.pii import Vault

    vault = Vault()
    history = tuple(replace(turn, text=vault.mask(turn.text)) for turn in wish.history)
    return replace(wish, message=vault.mask(wish.message), notes=vault.mask(wish.notes), history=history)


def linked(context: Context, brief: Brief, draft_id: str) -> Context:
    """The context with the call to action's destination, carrying the draft's id."""
    return replace(context, link=resolve_link(brief, context.products, context.coupon, context.brand, draft_id))


def with_documents(context: Context, documents: Sequence[tuple[str, str]]) -> Context:
    """The context with untrusted (title, text) documents as its first passages."""
    if not documents:
        return context
    passages = tuple(
        Passage(id=f"{DOCUMENT_ID}{i}", title=title, text=text, source=RecordSource(file=title or "文档", row=None))
        for i, (title, text) in enumerate(documents, 1)
    )
    return replace(context, passages=(*passages, *context.passages))


def resolved(case: SuiteCase, brief: Brief) -> Case:
    return Case(
        id=case.id,
        brief=brief,
        expect=case.expect,
        tags=case.tags,
        note=case.note,
        must_pass=case.must_pass,
        documents=case.documents,
        group=case.group,
    )
