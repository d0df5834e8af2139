"""The cases as data in the page: a small index that is read at once, and a line of details a case, read when opened.

Positions are code points, as everywhere in this program; the page counts the same way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import combinations
from math import isfinite
from typing import Any

from agent.copies import ReplyCopy, fields
from agent.draft import Draft
from agent.part_names import part_name
from agent.word_diff import word_diff
from evals.records import Row
from evals.reports.outcomes import Verdict, must_failures, verdict
from evals.reports.report import Report

CODES: dict[Verdict, int] = {"error": 0, "fail": 1, "pass": 2, "measured": 3}
MUST_FAIL = 4
ALL_PAIRS = 4
"""Up to this many arms every pair is compared word by word; beyond, each with the first."""
ALIKE = 0.12
"""Texts that share less than this are shown without marks: nothing would be left unmarked."""
_CHANGES = {"same": 0, "del": 1, "ins": 2}
# What could end the script element, start a comment in it, or break a line of it.
_UNSAFE = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def safe_json(value: Any) -> str:
    """Compact JSON in one line that may stand inside <script type="application/json">; lone surrogates are escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text.translate(_UNSAFE)


class Cases:
    """The rows of a report by case, in the order in which they first appear."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.personas = report.persona_names
        self.rows: dict[str, list[dict[int, Row]]] = {}
        for at, arm in enumerate(report.arms):
            for row in arm.rows:
                if row.case_id not in self.rows:
                    self.rows[row.case_id] = [{} for _ in report.arms]
                self.rows[row.case_id][at][row.sample] = row

    def index(self) -> dict[str, Any]:
        """Arms, scorers, and for each case what filters, sorting and the matrix need."""
        report = self.report
        places = {info.name: i for i, info in enumerate(report.infos)}
        keys = {arm.key: i for i, arm in enumerate(report.arms)}
        return {
            "arms": [{"key": arm.key, "label": arm.label, "ref": keys.get(arm.reference)} for arm in report.arms],
            "scorers": [
                {
                    "name": i.name,
                    "label": i.label,
                    "tier": i.tier,
                    "up": i.higher_is_better,
                    "advisory": bool(i.caution),
                }
                for i in report.infos
            ],
            "lead": places[report.lead.name] if report.lead else 0,
            "cases": [self._case(case_id, cells, places) for case_id, cells in self.rows.items()],
        }

    def details(self) -> Iterator[str]:
        """One line of safe JSON a case, in the order of the index."""
        places = {info.name: i for i, info in enumerate(self.report.infos)}
        for cells in self.rows.values():
            draft = next((row.draft for cell in cells for row in cell.values() if row.draft is not None), None)
            yield safe_json(
                {
                    "brief": _brief(draft) if draft is not None else [],
                    "cells": [
                        {sample: self._row(row, places) for sample, row in sorted(cell.items())} for cell in cells
                    ],
                    "diffs": _diffs(cells),
                }
            )

    def _case(self, case_id: str, cells: Sequence[dict[int, Row]], places: dict[str, int]) -> list[Any]:
        rows = [row for cell in cells for row in cell.values()]
        texts = [[_fields(cell[sample]) for sample in sorted(cell)] for cell in cells]
        tags = dict.fromkeys(tag for row in rows for tag in row.tags)
        persona = next((row.persona for row in rows if row.persona), "")
        return [
            case_id,
            list(tags),
            self.personas.get(persona, persona),
            all(text == texts[0] for text in texts),
            [[self._short(cell[sample], places) for sample in sorted(cell)] for cell in cells],
        ]

    def _short(self, row: Row, places: dict[str, int]) -> list[Any]:
        code = MUST_FAIL if must_failures(row, self.report.advisory) else CODES[verdict(row, self.report.advisory)]
        values: list[float | None] = [None] * len(places)
        for score in row.scores:
            values[places[score.scorer]] = _number(score.value)
        cost = None if row.cost is None else float(row.cost)
        return [code, values, cost, round(row.latency, 4), row.input_tokens + row.output_tokens]

    def _row(self, row: Row, places: dict[str, int]) -> dict[str, Any]:
        draft = row.draft
        found: dict[str, Any] = {
            "error": row.error,
            "fields": [[name, part_name(name), text] for name, text in _fields(row).items()],
            "scores": [
                [places[s.scorer], s.passed, s.explanation, [list(one) for one in s.evidence], s.must_pass]
                for s in row.scores
            ],
        }
        if draft is not None:
            found["findings"] = [
                [
                    f.severity,
                    f.field,
                    part_name(f.field) if f.field else "",
                    f.start,
                    f.end,
                    f.text,
                    f.message,
                    f.rewrite,
                    f.law,
                ]
                for f in draft.findings
            ]
            found["made"] = _made(draft)
        return found


def _fields(row: Row) -> dict[str, str]:
    return fields(row.draft.copy) if row.draft is not None and row.draft.copy is not None else {}


def _number(value: float | None) -> float | None:
    return None if value is None or not isfinite(value) else round(value, 5)


def _brief(draft: Draft) -> list[list[str]]:
    brief, context = draft.brief, draft.context
    said = [
        ("商品", "、".join(one.name for one in context.products) or "、".join(brief.products)),
        ("人设", context.persona.name if context.persona else brief.persona),
        ("目标", brief.goal),
        ("优惠", context.coupon.name if context.coupon else brief.coupon),
        ("客户说", brief.message),
        ("备注", brief.notes),
    ]
    return [[name, text] for name, text in said if text]


def _made(draft: Draft) -> list[list[str]]:
    last = draft.attempts[-1] if draft.attempts else None
    copy = draft.copy
    said = [
        ("模板", f"{last.template_id}@{last.template_version}" if last else ""),
        ("模型", "离线模板" if draft.offline else draft.model),
        ("写了", f"{len(draft.attempts)} 次" if len(draft.attempts) > 1 else ""),
        ("转人工", (copy.handover_reason or "是") if isinstance(copy, ReplyCopy) and copy.handover else ""),
    ]
    return [[name, text] for name, text in said if text]


def _diffs(cells: Sequence[dict[int, Row]]) -> dict[str, dict[str, list[list[int]]]]:
    """By `arm-arm-sample`, by field: [change, code points] in reading order; equal fields are left out."""
    pairs = combinations(range(len(cells)), 2) if len(cells) <= ALL_PAIRS else ((0, i) for i in range(1, len(cells)))
    found = {}
    for a, b in pairs:
        for sample in sorted(cells[a].keys() & cells[b].keys()):
            old, new = _fields(cells[a][sample]), _fields(cells[b][sample])
            changed = {name: _pieces(old[name], new[name]) for name in old if name in new and old[name] != new[name]}
            found[f"{a}-{b}-{sample}"] = {name: pieces for name, pieces in changed.items() if pieces}
    return found


def _pieces(old: str, new: str) -> list[list[int]]:
    pieces = word_diff(old, new)
    same = sum(len(piece.text) for piece in pieces if piece.change == "same")
    if same < ALIKE * max(len(old), len(new)):
        return []
    return [[_CHANGES[piece.change], len(piece.text)] for piece in pieces]
