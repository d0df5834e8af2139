"""A short comment for a pull request: verdict, differences, the worst cases. Details belong to the web page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evals.reports.report import Report
from evals.reports.scorer_info import COMPLIANCE_NOTE, ScorerInfo
from evals.reports.wording import (
    DIFFERENCE_HEAD,
    cell_text,
    difference_cells,
    direction,
    gate_reasons,
    gate_text,
    headline,
    judge_notes,
    passed_text,
    totals_text,
    unpaired_notes,
)

WORST_SHOWN = 5
LONGEST_CELL = 120
_SPECIAL = str.maketrans(
    {c: f"\\{c}" for c in "\\`*_[]|~"}
    | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
    # A mention, an issue number, a link: GitHub makes them of plain text.
    | {"@": "&#64;", "#": "&#35;", ":": "&#58;"}
)
_MARKED = ("better", "worse", "changed")
_MARKS = {"更好": "✅ 更好", "更差": "❌ 更差"}


def as_markdown(report: Report) -> str:
    """Markdown; every text from cases, models and people is escaped, so that none can mention, link or format."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    run = report.run
    yield f"## 文案评测：{_escape(run.suite)}"
    yield ""
    for notice in report.notices:
        yield f"> ⚠️ **{_escape(notice)}**"
        yield ">"
    if report.notices:
        yield ""
    if gate := gate_text(report):
        mark = "✅" if report.gate and report.gate.verdict == "ok" else "❌"
        yield f"**门禁：{mark} {gate}**"
        yield ""
        yield from (f"- {_escape(reason)}" for reason in gate_reasons(report))
        yield ""
    yield f"**{_escape(headline(report))}**"
    yield ""
    yield from _table(
        ["", "变体", "行", "结果"],
        [
            [
                arm.key,
                _escape(arm.label),
                str(len(arm.rows)),
                totals_text(report.totals[arm.key], whole=report.standing.complete),
            ]
            for arm in report.arms
        ],
    )
    for tier, infos in report.by_tier():
        yield ""
        yield f"### {tier}"
        if infos[0].tier == "compliance":
            yield f"<sub>{COMPLIANCE_NOTE}</sub>"
        yield ""
        yield from _scores(report, infos)
    notes = [*unpaired_notes(report), *judge_notes(report)]
    if notes:
        yield ""
        yield from (f"- ⚠️ {_escape(note)}" for note in notes)
    if report.worst:
        yield ""
        yield "### 先看这几条"
        for bad in report.worst[:WORST_SHOWN]:
            yield f"- {_escape(bad.case_id)}（{bad.arm}）：{_escape(_short('；'.join(bad.why)))}"
    yield ""
    yield f"<sub>{_escape(run.id)} · {_escape(run.started_at)} · {report.standing.counts}</sub>"


def _scores(report: Report, infos: Sequence[ScorerInfo]) -> Iterator[str]:
    names = {info.name: info for info in infos}
    compared = [one for one in report.differences if one.scorer in names]
    if compared:
        rows: dict[bool, list[list[str]]] = {True: [], False: []}
        for one in compared:
            *figures, verdict = difference_cells(one)
            line = [_title(names[one.scorer]), f"{one.arm} − {one.reference}", *map(_escape, figures)]
            rows[one.verdict in _MARKED].append([*line, _MARKS.get(verdict, verdict)])
        head = ["评分项", "比较", *DIFFERENCE_HEAD]
        if rows[True]:
            yield from _table(head, rows[True])
        if rows[False]:
            yield from ("", f"<details><summary>没有差别或看不出差别的 {len(rows[False])} 项</summary>", "")
            yield from _table(head, rows[False])
            yield from ("", "</details>")
        return
    lines = []
    for info in infos:
        found = [report.cells[arm.key, info.name] for arm in report.arms]
        whole = report.standing.complete
        shown = [cell_text(one) + (f" 通过 {passed_text(one, whole=whole)}" if one.judged else "") for one in found]
        lines.append([_title(info), *map(_escape, shown)])
    yield from _table(["评分项", *(arm.key for arm in report.arms)], lines)


def _title(info: ScorerInfo) -> str:
    return f"{_escape(info.label)} {direction(info)}{'（只供参考）' if info.caution else ''}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}……"


def _escape(text: str) -> str:
    return " ".join(text.split()).translate(_SPECIAL).replace("www.", "www&#46;")
