"""JUnit XML, which every CI shows: an error is an <error>, a failed must-pass score a <failure>."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, tostring

from evals.records import Row
from evals.reports.figures import figure
from evals.reports.outcomes import failures, must_failures, not_applicable
from evals.reports.report import Report
from evals.reports.summary import Arm
from evals.stats.counts import error_type

# XML 1.0 has no place for these characters, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(report: Report) -> str:
    """One suite an arm. Planned rows that are missing count as errors, so that no CI turns green over them.

    Scores that fail without having to pass are listed in <system-out>; a row to which nothing applied is skipped.
    """
    root = Element("testsuites", name=_clean(report.run.suite))
    counts = [0, 0, 0, 0]
    if report.standing.missing:
        counts = [a + b for a, b in zip(counts, _missing(root, report), strict=True)]
    for arm in report.arms:
        counts = [a + b for a, b in zip(counts, _suite(root, arm, report), strict=True)]
    for name, count in zip(("tests", "failures", "errors", "skipped"), counts, strict=True):
        root.set(name, str(count))
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(root: Element, arm: Arm, report: Report) -> list[int]:
    suite = SubElement(root, "testsuite", name=_clean(f"{report.run.suite} / {arm.label}"))
    if report.notices:
        box = SubElement(suite, "properties")
        for notice in report.notices:
            SubElement(box, "property", name="注意", value=_clean(notice))
    counts = [0, 0, 0, 0, 0]  # tests, failures, errors, skipped, passed
    for row in arm.rows:
        case = SubElement(
            suite,
            "testcase",
            classname=_clean(f"{report.run.suite}.{arm.label}".replace("/", "_")),
            name=_clean(row.case_id + (f" #{row.sample + 1}" if row.sample else "")),
            time=f"{row.latency:.3f}",
        )
        counts[0] += 1
        counts[_result(case, row, report)] += 1
    return _counted(suite, counts, sum(row.latency for row in arm.rows))


def _result(case: Element, row: Row, report: Report) -> int:
    """Adds what came of the row; returns the index of its count: failed, in error, skipped or passed."""
    if row.outcome == "error":
        SubElement(case, "error", type=_clean(error_type(row)), message=_clean(row.error))
        return 2
    musts = must_failures(row, report.advisory)
    other = [score for score in failures(row, report.advisory) if score not in musts]
    skipped = not_applicable(row)
    if musts:
        lines = [f"{score.scorer} = {figure(score.value)} {score.explanation}" for score in musts]
        failure = SubElement(case, "failure", type=_clean(musts[0].scorer), message=_clean(lines[0]))
        failure.text = _clean("\n".join(lines))
    elif skipped:
        SubElement(case, "skipped", message="没有适用的评分项")
    if other:
        lines = [f"未过（不拦）：{score.scorer} = {figure(score.value)} {score.explanation}" for score in other]
        SubElement(case, "system-out").text = _clean("\n".join(lines))
    return 1 if musts else 3 if skipped else 4


def _missing(root: Element, report: Report) -> list[int]:
    own = report.standing
    suite = SubElement(root, "testsuite", name=_clean(f"{report.run.suite} / 没有结果的"))
    case = SubElement(suite, "testcase", classname=_clean(report.run.suite), name=f"还缺 {own.missing} 行", time="0")
    SubElement(case, "error", type="incomplete", message=_clean(report.notices[0]))
    return _counted(suite, [1, 0, 1, 0], 0.0)


def _counted(suite: Element, counts: list[int], took: float) -> list[int]:
    for name, count in zip(("tests", "failures", "errors", "skipped"), counts[:4], strict=True):
        suite.set(name, str(count))
    suite.set("time", f"{took:.3f}")
    return counts[:4]


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
