"""The page's source: it asks for nothing, its data cannot break out, its marks point at the right words."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.compare import rankings
from evals.records import Row, Run, Score, Variant
from evals.reports.build import build
from evals.reports.html import charts
from evals.reports.html.embed import Cases, _pieces, safe_json
from evals.reports.html.page import write_html
from evals.reports.html.prompts import prompt_views
from evals.reports.html.svg import tag
from evals.reports.json_report import as_json
from evals.reports.report import Report, prepare
from evals.reports.scorer_info import ScorerInfo
from evals.reports.summary import arms, cell
from knowledge_base.workspace import Workspace
from tests.evals.reports.runs import run_of

NOWHERE = Workspace(Path("nowhere"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["</script>", "<!--", "\u2028", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def between(html: str, kind: str) -> str:
    found = re.search(rf'<script type="{kind}" id="\w+">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    return found[1]


@given(JSON)
def test_embedded_data_cannot_end_its_element(value: Any) -> None:
    text = safe_json(value)
    assert json.loads(text) == value
    assert not set("<>&\u2028\u2029\n") & set(text)
    text.encode("utf-8")


def test_the_page_asks_for_nothing(clean: Report) -> None:
    html = write_html(clean, prompt_views(clean, NOWHERE))
    outside = re.sub(r"<script type=.*?</script>", "", html, flags=re.DOTALL)
    assert not re.search(r"<(link|img|iframe|object|embed|base|audio|video)\b", outside)
    assert not re.search(r"""(?:src|srcset|action)=|url\(|@import|fetch\(|XMLHttpRequest|innerHTML|eval\(""", outside)
    assert re.findall(r'href="([^"]*)"', outside) == [h for h in re.findall(r'href="([^"]*)"', outside) if h[0] == "#"]


def test_the_policy_names_exactly_our_own_style_and_script(clean: Report) -> None:
    html = write_html(clean)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    rules = policy[1].replace("&#39;", "'")
    assert rules.startswith("default-src 'none'")
    assert "unsafe" not in rules
    for body in re.findall(r"<(?:style|script)>(.*?)</(?:style|script)>", html, re.DOTALL):
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in rules
    assert not re.search(r"<[^>]*\s(?:style|on\w+)=", html.partition("<script")[0])


def test_index_and_details_belong_together(errored: Report) -> None:
    html = write_html(errored)
    index = json.loads(between(html, "application/json"))
    lines = between(html, "application/x-ndjson").split("\n")
    assert len(index["cases"]) == len(lines) == 12
    assert [arm["ref"] for arm in index["arms"]] == [None, 0]
    for (_, _, _, _, cells), line in zip(index["cases"], lines, strict=True):
        found = json.loads(line)
        assert [len(cell) for cell in cells] == [len(cell) for cell in found["cells"]]
    codes = [row[0] for case in index["cases"] for cell in case[4] for row in cell]
    assert codes.count(0) == 2


def test_the_data_says_what_the_rows_say(posts_run: Run) -> None:
    report = prepare(posts_run)
    cases = Cases(report)
    index, details = cases.index(), [json.loads(line) for line in cases.details()]
    names = [scorer["name"] for scorer in index["scorers"]]
    for row in posts_run.rows:
        place = next(i for i, case in enumerate(index["cases"]) if case[0] == row.case_id)
        arm = next(i for i, one in enumerate(report.arms) if one.variant == row.variant)
        for score in row.scores:
            kept = index["cases"][place][4][arm][0][1][names.index(score.scorer)]
            assert kept == (None if score.value is None else pytest.approx(score.value, abs=1e-5))
        assert row.draft is not None
        assert row.draft.copy is not None
        text = "".join(field[2] for field in details[place]["cells"][arm]["0"]["fields"])
        assert text.startswith(getattr(row.draft.copy, "text", ""))


@given(st.text("甲乙丙丁戊己庚辛，。\n a1", max_size=40), st.text("甲乙丙丁戊己庚辛，。\n a1", max_size=40))
def test_pieces_give_back_both_texts(old: str, new: str) -> None:
    pieces = _pieces(old, new)
    if not pieces:
        return
    rebuilt, at = {"old": "", "new": ""}, {"old": 0, "new": 0}
    for change, size in pieces:
        if change != 2:
            rebuilt["old"] += old[at["old"] : at["old"] + size]
            at["old"] += size
        if change != 1:
            rebuilt["new"] += new[at["new"] : at["new"] + size]
            at["new"] += size
    assert rebuilt == {"old": old, "new": new}


def test_texts_without_anything_in_common_are_not_marked() -> None:
    assert _pieces("甲乙丙丁戊己庚辛", "abcdefgh一二三") == []
    assert _pieces("今天下雨，带伞。", "今天下雪，带伞。") != []


def test_the_prompt_diff_shows_what_was_really_sent(clean: Report) -> None:
    """The planted fault: the second template lost the reader's block."""
    (view,) = prompt_views(clean, NOWHERE)
    assert any(line.kind == "del" and "persona.j2" in line.text for line in view.source)
    persona = clean.arms[0].rows[0].persona
    assert any(line.kind == "del" and persona in line.text for line in view.rendered)
    assert view.example == clean.arms[0].rows[0].case_id


def test_a_template_that_changed_since_is_not_shown(posts_run: Run, tmp_path: Path) -> None:
    path = tmp_path / "post.j2"
    other = Path(posts_run.rows[-1].variant.prompt)
    path.write_text(other.read_text(encoding="utf-8") + "{# 后来加的 #}\n", encoding="utf-8")
    moved = [
        replace(row, variant=replace(row.variant, prompt=str(path)))
        if row.variant == posts_run.rows[-1].variant
        else row
        for row in posts_run.rows
    ]
    (view,) = prompt_views(prepare(run_of(moved)), NOWHERE)
    assert "在评测之后改过" in view.note
    assert not view.source
    assert not view.rendered


def test_the_same_prompt_is_said_to_be_the_same(posts_run: Run) -> None:
    first = [row for row in posts_run.rows if row.variant == posts_run.rows[0].variant]
    twin = [replace(row, key=f"{row.key}b", variant=replace(row.variant, model="别的")) for row in first]
    (view,) = prompt_views(prepare(run_of([*first, *twin])), NOWHERE)
    assert "发给模型的字一样" in view.note


@given(st.text(), st.text())
def test_svg_escapes(text: str, value: str) -> None:
    drawn = str(tag("text", text, class_=value))
    assert drawn.count("<") == 2
    assert drawn.count('"') == 2


INFO = ScorerInfo(name="x", label="<b>甲</b>", tier="quality", higher_is_better=True)


@pytest.mark.parametrize(
    "values",
    [[0.0], [1.0, 1.0], [-3.0, 5.0], [1e9, 1.5e9], [1e-9, 2e-9], [0.2, None], list(map(float, range(50)))],
    ids=["zero", "ones", "around zero", "large", "tiny", "with a gap", "many"],
)
def test_distributions_stay_in_their_box(values: list[float | None]) -> None:
    rows = [
        Row(key=str(i), case_id=str(i), variant=_variant(), sample=0, outcome="scored", scores=(Score("x", value),))
        for i, value in enumerate(values)
    ]
    (arm,) = arms(run_of(rows))
    found = cell(arm, "x")
    drawn = str(charts.distribution(INFO, [arm], [found]))
    assert f"n={found.n}" in drawn
    assert "<b>" not in drawn
    counts = [int(n) for n in re.findall(r"：(\d+) 例", drawn)]
    assert sum(counts) == found.n
    for x, width in re.findall(r'<rect x="([\d.e+-]+)"[^>]* width="([\d.]+)"', drawn):
        assert charts.LEFT <= float(x) <= charts.WIDTH
        assert float(x) + float(width) <= charts.WIDTH - charts.RIGHT + 0.01


def test_nothing_is_drawn_of_nothing() -> None:
    rows = [Row(key="1", case_id="1", variant=_variant(), sample=0, outcome="scored", scores=(Score("x", None),))]
    (arm,) = arms(run_of(rows))
    assert charts.distribution(INFO, [arm], [cell(arm, "x")]) == ""
    assert charts.win_rates([], {}) == ""


def _variant() -> Any:
    from evals.records import Variant

    return Variant("甲", "m")


def test_three_variants_are_ranked_with_intervals(posts_run: Run) -> None:
    """The strengths are those of `eval compare`; two variants are compared, not ranked."""
    first = posts_run.rows[0].variant
    extra = [
        replace(row, key=f"{row.key}x", variant=Variant("丙", "m")) for row in posts_run.rows if row.variant == first
    ]
    run = run_of([*posts_run.rows, *extra])
    report = build(run, resamples=1000)
    assert report.rankings
    page = write_html(report)
    assert "几个方案排先后" in page
    for one in report.rankings:
        (again,) = rankings(run, [one.scorer])
        assert one.places == again.places
        assert {place.name for place in one.places} == {arm.variant.name for arm in report.arms}
        assert all(place.low <= place.strength <= place.high for place in one.places)
        assert any(place.decisive for place in one.places)
    assert {one["scorer"] for one in json.loads(as_json(report))["rankings"]} == {o.scorer for o in report.rankings}
    two = build(posts_run, resamples=1000)
    assert two.rankings == ()
    assert "几个方案排先后" not in write_html(two)
