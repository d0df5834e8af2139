"""Rows as the database keeps them, and back: scores as short lists, drafts without their snapshot's context."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from agent.codec import dumps, from_plain, to_plain
from agent.context import Context, Cut, TrackedLink
from agent.draft import Draft
from evals.contexts import Shelf
from evals.packing import pack, unpack
from evals.records import Row, Score, Variant
from evals.snapshots import DOCUMENT_ID, with_documents

Packed = tuple[str, bytes | None]
"""Scores and draft as they stand in their columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A row as it is stored, with what only the runner knows."""

    ordinal: int
    row: Row
    snapshot: str = ""
    paid: Decimal | None = None
    group: str = ""
    answers: tuple[tuple[str, str], ...] = ()
    """(key, sha256 of the text) of the recordings that the draft rests on."""
    inputs: str = ""
    """Hash of all that the row depends on, see evals/reuse.py."""
    packed: Packed | None = None
    """Where another process has made the row ready to be stored, `row` itself has neither scores nor draft."""


def plain_scores(scores: Sequence[Score]) -> list[list[Any]]:
    """Scores as short lists; `[name, value, passed, explanation, evidence, must_pass]`."""
    return [[s.scorer, s.value, s.passed, s.explanation, s.evidence, s.must_pass] for s in scores]


def to_scores(plain: Sequence[Sequence[Any]]) -> tuple[Score, ...]:
    return tuple(
        [
            _score(name, value, passed, explanation, tuple([(f, a, b) for f, a, b in evidence]), must_pass)
            for name, value, passed, explanation, evidence, must_pass in plain
        ]
    )


# Of the thirty scores of a row most say what the row before said; one object for all of them keeps large runs small.
# Types are told apart: 1 and True are equal, and mean different things.
@lru_cache(maxsize=65536, typed=True)
def _score(
    name: str,
    value: float | None,
    passed: bool | None,
    explanation: str,
    evidence: tuple[tuple[str, int, int], ...],
    must_pass: bool,
) -> Score:
    return Score(name, value, passed, explanation, evidence, must_pass)


def packed(scores: Sequence[Score], draft: Draft | None) -> Packed:
    return dumps(plain_scores(scores)), None if draft is None else pack(_plain_draft(draft))


def row_values(run_id: str, kept: Kept) -> tuple[Any, ...]:
    row = kept.row
    scores, draft = kept.packed or packed(row.scores, row.draft)
    return (
        run_id,
        kept.ordinal,
        row.key,
        row.case_id,
        row.variant.prompt,
        row.variant.model,
        row.sample,
        row.outcome,
        scores,
        row.error,
        draft,
        kept.snapshot,
        row.input_tokens,
        row.output_tokens,
        None if row.cost is None else str(row.cost),
        None if kept.paid is None else str(kept.paid),
        row.latency,
        dumps(list(row.tags)),
        row.persona,
        kept.group,
        row.must_pass,
        dumps(list(kept.answers)),
        kept.inputs,
    )


_NO_CONTEXT = Context()


def _plain_draft(draft: Draft) -> dict[str, Any]:
    """Without the context, which the snapshot holds, but with what this draft alone has of it."""
    context = draft.context
    plain: dict[str, Any] = to_plain(replace(draft, context=_NO_CONTEXT))
    plain.pop("context")
    plain["own"] = {
        "cuts": to_plain(context.cuts),
        "link": to_plain(context.link),
        "documents": [[p.title, p.text] for p in context.passages if p.id.startswith(DOCUMENT_ID)],
    }
    return plain


def _draft(plain: dict[str, Any], context: Context) -> Draft:
    own = plain.pop("own")
    link = None if own["link"] is None else from_plain(TrackedLink, own["link"])
    cuts = tuple(from_plain(Cut, cut) for cut in own["cuts"])
    whole = with_documents(context, tuple((title, text) for title, text in own["documents"]))
    plain["context"] = to_plain(_NO_CONTEXT)
    return replace(from_plain(Draft, plain), context=replace(whole, link=link, cuts=cuts))


def to_kept(line: Sequence[Any], shelf: Shelf) -> Kept:
    (ordinal, key, case_id, prompt, model, sample, outcome, scores, error, draft, snapshot) = line[:11]
    input_tokens, output_tokens, cost, paid, latency, tags, persona, group, must_pass, answers, inputs = line[11:]
    return Kept(
        ordinal=ordinal,
        snapshot=snapshot,
        paid=None if paid is None else Decimal(paid),
        group=group,
        answers=tuple([(key, sha) for key, sha in json.loads(answers)]),
        inputs=inputs,
        row=Row(
            key=key,
            case_id=case_id,
            variant=Variant(prompt, model),
            sample=sample,
            outcome=outcome,
            scores=to_scores(json.loads(scores)),
            error=error,
            draft=None if draft is None else _draft(unpack(draft), shelf.context(snapshot) or _NO_CONTEXT),
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            cost=None if cost is None else Decimal(cost),
            latency=latency,
            tags=tuple(json.loads(tags)),
            persona=persona,
            must_pass=bool(must_pass),
        ),
    )
