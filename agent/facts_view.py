"""A ledger as rows, a table for the terminal, and JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.checks.facts import ClaimSupport
from agent.checks.facts.check import kind_name
from agent.draft import Draft
from agent.present import escape

if TYPE_CHECKING:
    from rich.table import Table

    from agent.checks.facts.opinion import Opinion

VERDICTS = {"supported": "有据", "derived": "可推算", "unsupported": "无据"}
OPINIONS = {"entailed": "能推出", "contradicted": "相反", "unknown": "说不准"}
_STYLES = {"supported": "green", "derived": "cyan", "unsupported": "red"}
_HEADS = ("位置", "说法", "类别", "商品", "结论", "依据", "出处")


@dataclass(frozen=True, slots=True)
class Row:
    """One claim as people read it."""

    entry: ClaimSupport
    place: str
    kind: str
    subject: str
    verdict: str
    proof: str
    source: str
    opinion: str = ""


def rows(draft: Draft, entries: Sequence[ClaimSupport], opinions: Sequence[Opinion] = ()) -> list[Row]:
    """Rows in reading order; `opinions` go with `entries` one to one, or are empty."""
    names = {product.id: product.name for product in draft.context.products}
    found = []
    for i, one in enumerate(entries):
        fact, said = one.fact, opinions[i] if i < len(opinions) else None
        proof = "；".join(part for part in (fact.quote if fact else "", one.how) if part)
        if one.verdict == "unsupported":
            proof = f"最接近：{proof}" if proof else "资料里没有"
        off = fact is not None and fact.conditions is not None and not fact.conditions.running(draft.brief.today)
        verdict = VERDICTS[one.verdict] if one.claim.firm or one.verdict != "unsupported" else "无据（未说死）"
        found.append(
            Row(
                entry=one,
                place=one.field,
                kind=f"{kind_name(one.claim.dim)} {one.attribute}".strip()
                if one.attribute
                else kind_name(one.claim.dim),
                subject=names.get(one.subject, one.subject) or "—",
                verdict=f"{verdict}，不在活动期" if off and one.verdict != "unsupported" else verdict,
                proof=proof,
                source=f"{fact.record_id} · {fact.where}" if fact else "",
                opinion=_opinion(said),
            )
        )
    return found


def table(found: Sequence[Row]) -> Table:
    """For a terminal; columns are aligned by display width, so Chinese lines up."""
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, header_style="dim")
    heads = (*_HEADS, "模型") if any(row.opinion for row in found) else _HEADS
    for head in heads:
        wide = head in ("依据", "模型")
        shown.add_column(head, overflow="fold", ratio=3 if wide else None, min_width=6, max_width=None if wide else 22)
    for row in found:
        style = "yellow" if row.verdict.startswith("无据（") else _STYLES[row.entry.verdict]
        cells = [row.place, row.entry.claim.text, row.kind, row.subject, row.verdict, row.proof, row.source]
        cells = [escape(" ".join(cell.split())) for cell in cells]
        cells[4] = f"[{style}]{cells[4]}[/]"
        shown.add_row(*cells, *([escape(row.opinion)] if len(heads) > len(_HEADS) else []))
    return shown


def tab_separated(found: Sequence[Row]) -> list[str]:
    """For pipes: a head line, then one claim a line."""
    lines = ["\t".join((*_HEADS, "模型"))]
    for row in found:
        cells = (
            row.place,
            row.entry.claim.text,
            row.kind,
            row.subject,
            row.verdict,
            row.proof,
            row.source,
            row.opinion,
        )
        lines.append("\t".join(" ".join(cell.split()) for cell in cells))
    return lines


def as_data(draft: Draft, found: Sequence[Row], opinions: Sequence[Opinion] = ()) -> Mapping[str, Any]:
    """Plain values for `--format json`."""
    return {"id": draft.id, "today": draft.brief.today.isoformat(), "claims": [
        _claim(row, opinions[i] if i < len(opinions) else None) for i, row in enumerate(found)
    ]}  # fmt: skip


def _claim(row: Row, opinion: Opinion | None) -> Mapping[str, Any]:
    one = row.entry
    fact = one.fact
    proof = {"record": fact.record_id, "where": fact.where, "quote": fact.quote} if fact else None
    return {
        "field": one.field,
        "start": one.claim.start,
        "end": one.claim.end,
        "text": one.claim.text,
        "kind": one.claim.dim,
        "subject": one.subject,
        "attribute": one.attribute,
        "values": [f"{value.normalize():f}" for value in one.claim.values],
        "key": one.claim.key,
        "firm": one.claim.firm,
        "verdict": one.verdict,
        "how": one.how,
        "proof": proof if one.verdict != "unsupported" else None,
        "nearest": proof if one.verdict == "unsupported" else None,
        "second_opinion": {
            "verdict": opinion.verdict,
            "quote": opinion.quote,
            "source": opinion.source,
            "why": opinion.why,
        }
        if opinion
        else None,
    }


def _opinion(said: Opinion | None) -> str:
    if said is None:
        return ""
    tail = f"：“{said.quote}”（{said.source}）" if said.quote else f"：{said.why}" if said.why else ""
    return OPINIONS[said.verdict] + tail
