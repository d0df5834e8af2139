"""Drafts, attempts and final texts between values and table rows."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

from agent.brief import Brief
from agent.codec import RECORDS, dumps, from_plain, to_plain
from agent.context import Context
from agent.copies import ArticleCopy, Copy, plain_text
from agent.draft import Attempt, Draft
from agent.finding import Finding, blocking
from agent.rule_versions import rule_versions
from agent.same import cached_by_identity
from knowledge_base.records import Channel, Record

Status = Literal["ok", "blocked", "unparsable"]
HEADLINE_CHARS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """A draft as a list shows it, without its text and trail."""

    id: str
    created_at: datetime
    channel: Channel
    form: str
    brand: str
    products: tuple[str, ...]
    persona: str
    goal: str
    origin: str
    status: Status
    model: str
    offline: bool
    parent: str
    version: int
    headline: str
    """Title of an article, else the first line."""
    tokens: int
    cost: Decimal | None
    latency: float
    finals: int
    """How many published texts were recorded for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Final:
    """A text that people edited and published."""

    id: str
    draft_id: str
    recorded_at: datetime
    text: str


def status_of(draft: Draft) -> Status:
    """What keeps a draft from leaving, if anything."""
    if draft.copy is None:
        return "unparsable"
    return "blocked" if blocking(draft.findings) else "ok"


def headline(copy: Copy | None) -> str:
    """What to call a copy in a list; empty when there is none."""
    if copy is None:
        return ""
    text = copy.title if isinstance(copy, ArticleCopy) else copy.text
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= HEADLINE_CHARS else line[:HEADLINE_CHARS] + "…"


def content_sha256(copy: Copy | None) -> str:
    """Identifies the words of a copy; empty without one."""
    return hashlib.sha256(dumps(to_plain(copy)).encode()).hexdigest() if copy is not None else ""


def draft_values(draft: Draft) -> dict[str, Any]:
    """Column values of a draft."""
    costs = [attempt.cost for attempt in draft.attempts if attempt.cost is not None]
    return {
        "id": draft.id,
        "created_at": utc_text(draft.created_at),
        "channel": draft.brief.channel,
        "form": draft.brief.form,
        "brand": storable(draft.brief.brand),
        "persona": storable(draft.brief.persona),
        "goal": storable(draft.brief.goal),
        "origin": draft.brief.origin,
        "status": status_of(draft),
        "model": storable(draft.model),
        "offline": int(draft.offline),
        "parent": draft.parent or None,
        "version": draft.version,
        "headline": storable(headline(draft.copy)),
        "attempts": len(draft.attempts),
        "input_tokens": sum(attempt.input_tokens for attempt in draft.attempts),
        "output_tokens": sum(attempt.output_tokens for attempt in draft.attempts),
        "cost": str(sum(costs, Decimal(0))) if costs else None,
        "latency": sum(attempt.latency for attempt in draft.attempts),
        "kb_version": storable(draft.context.kb_version),
        "content_sha256": content_sha256(draft.copy),
        "rules": dumps(rule_versions()),
        "brief": dumps(to_plain(draft.brief)),
        "context": context_json(draft.context),
        "copy": dumps(to_plain(draft.copy)) if draft.copy is not None else None,
        "findings": dumps(to_plain(draft.findings)),
    }


def context_json(context: Context) -> str:
    """`dumps(to_plain(context))`, each record's part made once: the drafts of a campaign lean on the same few."""
    parts = (f"{dumps(field.name)}:{_json(getattr(context, field.name))}" for field in fields(context))
    return f"{{{','.join(parts)}}}"


def _json(value: Any) -> str:
    if type(value) in RECORDS:
        return _record_json(value)
    if type(value) is tuple and value and type(value[0]) in RECORDS:
        return f"[{','.join(map(_record_json, value))}]"
    return dumps(to_plain(value))


@cached_by_identity(1024)
def _record_json(record: Record) -> str:
    return dumps(to_plain(record))


def attempt_values(attempt: Attempt) -> dict[str, Any]:
    """Column values of an answered attempt."""
    return {
        "id": attempt.id,
        "template_id": storable(attempt.template_id),
        "template_version": storable(attempt.template_version),
        "template_sha256": attempt.template_sha256,
        "prompt_sha256": attempt.prompt_sha256,
        "model": storable(attempt.model),
        # Models do answer with lone surrogates, half an emoji; JSON text keeps them where a bare column cannot.
        "raw": dumps(attempt.raw),
        "findings": dumps(to_plain(attempt.findings)),
        "input_tokens": attempt.input_tokens,
        "output_tokens": attempt.output_tokens,
        "cost": str(attempt.cost) if attempt.cost is not None else None,
        "latency": attempt.latency,
    }


def to_draft(row: sqlite3.Row, attempts: list[sqlite3.Row]) -> Draft:
    return Draft(
        id=row["id"],
        created_at=datetime.fromisoformat(row["created_at"]),
        brief=from_plain(Brief, json.loads(row["brief"])),
        context=from_plain(Context, json.loads(row["context"])),
        copy=from_plain(Copy, json.loads(row["copy"])) if row["copy"] is not None else None,  # type: ignore[arg-type]
        findings=_findings(row["findings"]),
        attempts=tuple(to_attempt(one) for one in attempts),
        model=row["model"],
        offline=bool(row["offline"]),
        parent=row["parent"] or "",
        version=row["version"],
    )


def to_attempt(row: sqlite3.Row) -> Attempt:
    return Attempt(
        id=row["id"],
        template_id=row["template_id"],
        template_version=row["template_version"],
        template_sha256=row["template_sha256"],
        prompt_sha256=row["prompt_sha256"],
        model=row["model"],
        raw=json.loads(row["raw"]),
        findings=_findings(row["findings"]),
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        cost=Decimal(row["cost"]) if row["cost"] is not None else None,
        latency=row["latency"],
    )


def to_draft_row(row: sqlite3.Row) -> DraftRow:
    return DraftRow(
        id=row["id"],
        created_at=datetime.fromisoformat(row["created_at"]),
        channel=row["channel"],
        form=row["form"],
        brand=row["brand"],
        products=tuple(json.loads(row["products"])),
        persona=row["persona"],
        goal=row["goal"],
        origin=row["origin"],
        status=row["status"],
        model=row["model"],
        offline=bool(row["offline"]),
        parent=row["parent"] or "",
        version=row["version"],
        headline=row["headline"],
        tokens=row["input_tokens"] + row["output_tokens"],
        cost=Decimal(row["cost"]) if row["cost"] is not None else None,
        latency=row["latency"],
        finals=row["finals"],
    )


def to_final(row: sqlite3.Row) -> Final:
    return Final(
        id=row["id"],
        draft_id=row["draft_id"],
        recorded_at=datetime.fromisoformat(row["recorded_at"]),
        text=row["text"],
    )


def search_body(copy: Copy | None) -> str:
    return storable(plain_text(copy)) if copy is not None else ""


def utc_text(moment: datetime) -> str:
    """Fixed width, so that text order is time order. A naive moment is taken as UTC."""
    aware = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.isoformat(timespec="microseconds")


def storable(text: str) -> str:
    """`text` with lone surrogates, which SQLite cannot hold, shown as ?."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _findings(text: str) -> tuple[Finding, ...]:
    return tuple(from_plain(Finding, one) for one in json.loads(text))
