"""Findings for people (text), programs (json: one object a text and line), code hosts (sarif, github)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from agent.checking.examine import Checked
from agent.finding import Finding
from knowledge_base.rules.law_model import RuleBook

FORMATS = ("text", "json", "sarif", "github")
_WORDS = {"block": "拦下", "warn": "提醒", "info": "放行"}
_LEVELS = {"block": "error", "warn": "warning", "info": "note"}
_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def report(
    checked: Sequence[Checked], form: str, book: RuleBook, *, format: str, passed: bool = False
) -> Iterator[str]:
    """Lines of the report; `passed` also lists what was let pass in the text report."""
    if format == "json":
        yield from (_one_line(json.dumps(_object(each, form, book), ensure_ascii=False)) for each in checked)
    elif format == "sarif":
        yield json.dumps(_sarif(checked, book), ensure_ascii=False, indent=2)
    elif format == "github":
        yield from (
            _github(each, finding) for each in checked for finding in each.findings if finding.severity != "info"
        )
    else:
        yield from _text(checked, passed)


def _one_line(text: str) -> str:
    """JSON that stays one line also for readers who take these for line ends."""
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085")


def _text(checked: Sequence[Checked], passed: bool) -> Iterator[str]:
    for each in checked:
        for finding in each.findings:
            if finding.severity == "info" and not passed:
                continue
            yield f"{_where(each, finding)}: {_WORDS[finding.severity]} [{finding.rule_id}] {finding.message}"
            if finding.law and finding.severity != "info":
                yield f"    依据：{finding.law}"
            if finding.rewrite:
                yield f"    可改成：{finding.rewrite}"


def _where(each: Checked, finding: Finding) -> str:
    line, column = each.piece.place(finding.start)
    return f"{each.piece.file}:{each.piece.cell}" if each.piece.cell else f"{each.piece.file}:{line}:{column}"


def _object(each: Checked, form: str, book: RuleBook) -> dict[str, Any]:
    piece = each.piece
    return {
        "file": piece.file,
        "line": piece.row,
        "cell": piece.cell,
        "form": form,
        "rules_version": book.version,
        "blocking": each.blocking,
        "findings": [_finding(each, finding) for finding in each.findings],
    }


def _finding(each: Checked, finding: Finding) -> dict[str, Any]:
    line, column = each.piece.place(finding.start)
    return {
        "check": finding.check,
        "rule_id": finding.rule_id,
        "severity": finding.severity,
        "status": finding.status,
        "law": finding.law,
        "message": finding.message,
        "text": finding.text,
        "start": finding.start,
        "end": finding.end,
        "line": line,
        "column": column,
        "rewrite": finding.rewrite,
        "exemption": finding.exemption,
        "evidence_ids": list(finding.evidence_ids),
    }


def _github(each: Checked, finding: Finding) -> str:
    line, column = each.piece.place(finding.start)
    end_line, end_column = each.piece.place(finding.end)
    place = f"file={_property(each.piece.file)},line={line},col={column}"
    if not each.piece.cell:
        place += f",endLine={end_line},endColumn={end_column}"
    law = f"（{finding.law}）" if finding.law else ""
    cell = f"{each.piece.cell}：" if each.piece.cell else ""
    level = "error" if finding.severity == "block" else "warning"
    return f"::{level} {place},title={_property(finding.rule_id)}::{_data(cell + finding.message + law)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _sarif(checked: Sequence[Checked], book: RuleBook) -> dict[str, Any]:
    ids = list(dict.fromkeys(f.rule_id for each in checked for f in each.findings))
    return {
        "$schema": _SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "wenan",
                        "semanticVersion": "0.1.0",
                        "properties": {"rulesVersion": book.version},
                        "rules": [_sarif_rule(id, book) for id in ids],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_sarif_result(each, f, ids.index(f.rule_id)) for each in checked for f in each.findings],
            }
        ],
    }


def _sarif_rule(id: str, book: RuleBook) -> dict[str, Any]:
    rule = book.rule(id)
    if rule is None:
        return {"id": id}
    return {
        "id": id,
        "name": rule.name,
        "shortDescription": {"text": rule.name},
        "fullDescription": {"text": rule.explain},
        "properties": {"law": rule.law, "asOf": rule.as_of},
    }


def _sarif_result(each: Checked, finding: Finding, index: int) -> dict[str, Any]:
    line, column = each.piece.place(finding.start)
    uri = "stdin" if each.piece.file == "<stdin>" else each.piece.file
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(uri)}}
    location: dict[str, Any] = {"physicalLocation": physical}
    if each.piece.cell:
        location["logicalLocations"] = [{"name": each.piece.cell, "kind": "element"}]
    else:
        end_line, end_column = each.piece.place(finding.end)
        physical["region"] = {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}
    law = f"依据：{finding.law}" if finding.law else ""
    result: dict[str, Any] = {
        "ruleId": finding.rule_id,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message + law},
        "locations": [location],
    }
    if finding.exemption:
        result["suppressions"] = [{"kind": "external", "justification": finding.exemption}]
    return result


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path)
