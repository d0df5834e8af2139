"""Each format says first what is missing, shows every n, and lets no text of a case become anything but text."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from evals.records import Row, Run, Score
from evals.reports.build import build
from evals.reports.csv_report import as_csv
from evals.reports.formats import FormatName, choose, rendered
from evals.reports.json_report import as_json
from evals.reports.junit import as_junit
from evals.reports.markdown import as_markdown
from evals.reports.report import Report, prepare
from evals.reports.terminal import as_terminal
from evals.reports.wording import headline
from knowledge_base.errors import UsageError
from knowledge_base.workspace import Workspace
from tests.evals.reports.runs import run_of

FORMATS: tuple[FormatName, ...] = ("text", "html", "md", "json", "csv", "junit")
NOWHERE = Workspace(Path("nowhere"))
HOSTILE = (
    "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "a\0b", "]]>", "<script>", "a|b",
    "![x](http://evil)", "@someone", "#1", "https://evil", "www.evil.cn", "[red]x[/]", "\ud800", "换\n行", "`x`", "*x*",
)  # fmt: skip


@pytest.mark.parametrize("form", FORMATS)
def test_a_broken_run_says_so_at_the_top(broken: Report, form: FormatName) -> None:
    text = rendered(broken, form, NOWHERE)
    place = text.index("还缺 5 行")
    assert place < min(at for row in broken.run.rows if (at := text.find(row.case_id)) >= 0)
    if form != "html":
        assert place < 900
    assert "1 行出错（RateLimitError 1 行）" in text


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_reads_as_all_passed_while_rows_are_missing(broken: Report, form: FormatName) -> None:
    """Every row that is there passes; a report that averaged over them would say 100 %."""
    text = rendered(broken, form, NOWHERE)
    visible = text[text.index("<body>") :].partition("<script")[0] if form == "html" else text
    assert "100 %" not in visible.replace("100 %</text>", "")
    assert "100%" not in visible


@pytest.mark.parametrize("form", FORMATS)
def test_a_clean_run_carries_no_notice(clean: Report, form: FormatName) -> None:
    text = rendered(clean, form, NOWHERE)
    assert clean.notices == ()
    assert "不完整" not in text
    assert "行出错" not in text


@pytest.mark.parametrize("fixture", ["clean", "errored", "broken", "single", "against"])
@pytest.mark.parametrize("form", FORMATS)
def test_every_kind_of_run_has_every_format(request: pytest.FixtureRequest, fixture: str, form: FormatName) -> None:
    report = request.getfixturevalue(fixture)
    text = rendered(report, form, NOWHERE)
    assert report.run.suite in text or form == "csv"
    # Markdown is a short comment: it names the worst cases only.
    cases = (
        [bad.case_id for bad in report.worst[:5]] if form in ("md", "text") else [r.case_id for r in report.run.rows]
    )
    assert all(case in text for case in cases)


@pytest.mark.parametrize("form", FORMATS)
def test_a_run_without_rows(form: FormatName) -> None:
    assert "还缺 3 行" in rendered(prepare(run_of([], planned=3)), form, NOWHERE)


def test_figures_stand_with_their_n(errored: Report) -> None:
    text = as_terminal(errored)
    assert "10（缺 2）" in text
    assert "通过 " in text
    assert "出错 1" in text
    assert "B 与 A 有 2 对凑不齐" in text


def test_compliance_stands_apart_and_uncalibrated_judges_are_flagged(clean: Report) -> None:
    assert [name for name, _ in clean.by_tier()] == ["质量", "断言", "评委", "合规", "开销"]
    for text in (as_terminal(clean), as_markdown(clean)):
        assert "合规分来自写稿时就用的同一套检查" in text
        assert "judge.rubric ↑（只供参考）" in text or "judge.rubric （只供参考）" in text
        assert all(info.caution in text.replace("\\", "") for info in clean.infos if info.caution)
    assert [info.name for info in clean.infos if info.caution] == ["judge.rubric"]


def test_a_calibrated_judge_is_not_flagged(posts_run: Run) -> None:
    judged = replace(
        posts_run, settings={**posts_run.settings, "judges": {"judge.rubric": {"kappa": 0.71, "labels": 80}}}
    )
    assert not prepare(judged).advisory
    low = replace(posts_run, settings={**posts_run.settings, "judges": {"judge.rubric": {"kappa": 0.41, "labels": 80}}})
    assert "0.41" in as_terminal(prepare(low))


def test_the_difference_is_found_and_said_first(clean: Report) -> None:
    """The template that forgot the reader writes for nobody: a planted fault."""
    found = next(one.found for one in clean.differences if one.scorer == "persona.fit")
    assert found.difference is not None
    assert found.difference < 0
    assert found.verdict == "worse"
    assert "更差：人设贴合 −" in as_markdown(clean).partition("|")[0]


def test_what_has_no_better_end_is_changed_and_not_worse(clean: Report) -> None:
    proved = next(one for one in clean.differences if one.found.verdict == "worse")
    assert replace(proved, neutral=True).verdict == "changed"
    neutral = next(one for one in clean.differences if one.scorer == "hook.chars")
    assert neutral.verdict not in ("better", "worse")


def test_what_a_draft_costs_is_no_headline(clean: Report) -> None:
    dear = next(one for one in clean.differences if one.scorer == "cost.chars")
    made_up = replace(dear, neutral=False, found=replace(dear.found, verdict="better"))
    told = headline(replace(clean, differences=(*clean.differences, made_up)))
    assert "cost.chars" not in told
    assert "人设贴合" in told


def test_what_is_the_same_on_both_sides_is_folded_but_there(clean: Report) -> None:
    page = rendered(clean, "html", NOWHERE)
    folded = page[page.index('<details class="folded">') :]
    assert "事实准确率" in folded.partition("</details>")[0]
    assert "n=12" in folded.partition("</details>")[0]


def test_the_gate_verdict_is_in_the_comment(posts_run: Run) -> None:
    gated = replace(posts_run, settings={**posts_run.settings, "gates": ["persona.fit < .5"]})
    text = as_markdown(build(gated, resamples=1000))
    assert "**门禁：❌ 退步，不过关**" in text
    assert "persona.fit" in text.partition("## ")[2]


def test_a_gate_that_needs_a_baseline_says_so(posts_run: Run) -> None:
    gated = replace(posts_run, settings={**posts_run.settings, "gates": ["persona.fit drop > 0 (95%)"]})
    report = build(gated, resamples=1000)
    assert report.gate is None
    assert any("要和基线比" in notice for notice in report.notices)


def test_another_suite_as_baseline_is_said(posts_run: Run) -> None:
    old = replace(posts_run, id="r_old", suite_sha256="cd" * 32)
    assert any("不是同一版" in notice for notice in prepare(posts_run, baseline=old).notices)


# --- CSV


@given(st.text(max_size=20) | st.sampled_from(HOSTILE))
@settings(max_examples=60)
def test_no_cell_is_a_formula(text: str) -> None:
    report = prepare(run_of([_row(text)], suite=text))
    rows = list(csv.reader(io.StringIO(as_csv(report).removeprefix("\ufeff"), newline="")))
    assert len({len(row) for row in rows}) == 1
    for cell in (cell for row in rows for cell in row):
        assert not cell.lstrip(" ").startswith(("=", "+", "@", "\t", "\r", "＝", "＋", "＠"))
        assert not cell.startswith("-") or float(cell) < 0


def test_the_table_has_the_mark_that_excel_needs_and_empty_cells_for_missing_values(errored: Report) -> None:
    text = as_csv(errored)
    assert text.startswith("\ufeff组,")
    rows = list(csv.DictReader(io.StringIO(text[1:], newline="")))
    assert rows[0]["结果"] == "注意"
    bad = next(row for row in rows if row["结果"] == "出错")
    assert bad["persona.fit"] == bad["费用（元）"] == bad["文案"] == ""
    good = next(row for row in rows if row["结果"] in ("通过", "未过"))
    assert float(good["persona.fit"]) == errored.arms[0].rows[0].scores[0].value
    assert "\n" in good["文案"]


# --- JUnit


def test_errors_failures_and_skips(posts_run: Run) -> None:
    must = Score("assertion.contains", 0.0, False, "要提到「茶」", (), True)
    soft = Score("hook.chars", 60.0, False, "太长")
    rows = [
        _row("错", error="Timeout：慢"), _row("必", must), _row("软", soft), _row("无", Score("x", None)),
        replace(_row("例", soft), must_pass=True), _row("好", Score("y", 1.0, True)),
    ]  # fmt: skip
    root = ElementTree.fromstring(as_junit(prepare(run_of(rows, planned=8))))
    assert {k: root.get(k) for k in ("tests", "failures", "errors", "skipped")} == {
        "tests": "7", "failures": "2", "errors": "2", "skipped": "1",
    }  # fmt: skip
    found = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}
    assert found == {
        "还缺 2 行": ["error"], "错": ["error"], "必": ["failure"], "软": ["system-out"], "无": ["skipped"],
        "例": ["failure"], "好": [],
    }  # fmt: skip
    assert next(root.iter("testcase")).get("name") == "还缺 2 行"


@given(st.text(max_size=30) | st.sampled_from(HOSTILE))
@settings(max_examples=60)
def test_any_text_makes_good_xml(text: str) -> None:
    score = Score("s", 0.0, False, text, (), True)
    junit = as_junit(prepare(run_of([_row(text, score), _row(text + "2", error=text or "坏")], suite=text)))
    root = ElementTree.fromstring(junit.encode("utf-8"))
    assert [root.get(name) for name in ("tests", "failures", "errors")] == ["2", "1", "1"]


# --- Markdown, terminal, JSON


@given(st.text(max_size=30) | st.sampled_from(HOSTILE))
@settings(max_examples=60)
def test_no_text_formats_a_comment(text: str) -> None:
    """Rendered, the comment holds only the elements that we write; nothing becomes a link or a picture."""
    score = Score("s", 0.0, False, f"x{text}", (), True)
    html = (
        MarkdownIt("gfm-like")
        .disable("linkify")
        .render(as_markdown(prepare(run_of([_row(f"n{text}", score)], suite=f"s{text}"))))
    )
    for tag in ("<a ", "<img", "<script", "<em>", "<code>", "<del>"):
        assert tag not in html
    assert html.count("<table>") == 2


@pytest.mark.parametrize("text", HOSTILE, ids=repr)
def test_mentions_and_links_are_broken(text: str) -> None:
    markdown = as_markdown(prepare(run_of([_row(text, Score("s", 0.0, False, text, (), True))], suite="甲")))
    for live in ("@someone", "https://", "www.evil", "#1", "http://"):
        assert live not in markdown


def test_markup_of_the_terminal_is_shown_as_text(posts_run: Run) -> None:
    run = run_of([_row("[red]x[/]", Score("[b]s", 0.0, False, "[link=http://evil]y[/]", (), True))])
    text = as_terminal(prepare(run))
    assert "[red]x[/]" in text
    assert "[link=http://evil]y[/]" in text


def test_json_holds_everything(errored: Report) -> None:
    data = json.loads(as_json(errored))
    assert list(data)[:4] == ["format", "complete", "clean", "notices"]
    assert (data["planned"], data["scored"], data["errored"], data["missing"]) == (24, 22, 2, 0)
    assert len(data["rows"]) == 24
    assert data["arms"][1]["scorers"]["persona.fit"]["n"] == 11
    assert data["arms"][1]["unpaired"] == 2
    assert data["differences"][0]["found"]["n"] == 10
    assert data["gate"]["verdict"] == "infrastructure"
    bad = next(row for row in data["rows"] if row["outcome"] == "error")
    assert (bad["scores"], bad["cost"], bad["text"]) == ([], None, None)


@given(st.text(max_size=30) | st.sampled_from(HOSTILE))
@settings(max_examples=40)
def test_any_text_survives_json(text: str) -> None:
    data = json.loads(as_json(prepare(run_of([_row(text, Score("s", 1.0, True, text))]))).encode("utf-8"))
    assert (data["rows"][0]["case"], data["rows"][0]["scores"][0]["explanation"]) == (text, text)


# --- choosing


@pytest.mark.parametrize(
    ("wanted", "out", "opened", "form"),
    [
        (None, None, False, "text"), (None, "a.HTML", False, "html"), (None, "a.xml", False, "junit"),
        ("json", "a.html", False, "json"), (None, None, True, "html"), (None, "b.csv", False, "csv"),
    ],
)  # fmt: skip
def test_the_format_follows_the_file_name(
    wanted: FormatName | None, out: str | None, opened: bool, form: FormatName
) -> None:
    assert choose(wanted, Path(out) if out else None, opened=opened) == form


@pytest.mark.parametrize(("wanted", "out", "opened"), [(None, "a.docx", False), ("csv", None, True)])
def test_what_cannot_be_is_refused(wanted: FormatName | None, out: str | None, opened: bool) -> None:
    with pytest.raises(UsageError):
        choose(wanted, Path(out) if out else None, opened=opened)


def _row(case: str, *scores: Score, error: str = "") -> Row:
    from evals.records import Variant

    return Row(
        key=case, case_id=case, variant=Variant("甲", "m"), sample=0, outcome="error" if error else "scored",
        scores=scores or (Score("s", 1.0, True),), error=error, cost=Decimal("0.01"),
    )  # fmt: skip
