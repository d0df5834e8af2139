"""The page in a real browser: filters, sorting, opening a case, hostile copy, dark mode, phone and paper."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agent.copies import MomentsCopy
from agent.finding import Finding
from evals.records import Row, Run, Score, Variant
from evals.reports.html.page import write_html
from evals.reports.html.prompts import prompt_views
from evals.reports.report import Report, prepare
from knowledge_base.workspace import Workspace
from tests.evals.reports.runs import run_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ATTACKS = (
    "</script><script>window.hacked=1</script>", "<img src=http://127.0.0.1:9/x onerror=window.hacked=1>",
    "<!--<script>", "']];window.hacked=1//", "${window.hacked=1}", "\u2028\u2029", "<svg onload=window.hacked=1>",
    "javascript:window.hacked=1", "{{7*7}}", "&lt;b&gt;", "‮反着写", "\ud800孤",
)  # fmt: skip
Open = Callable[..., "Page"]


@pytest.fixture
def show(browser: Browser, saved: Path) -> Iterator[Open]:
    """Opens a report from a file; at the end there was no console message, no error and no request but the file."""
    seen: list[str] = []
    pages: list[Any] = []

    def opened(report: Report, hash: str = "", **options: Any) -> Page:
        saved.write_bytes(
            write_html(report, prompt_views(report, Workspace(Path("nowhere")))).encode("utf-8", "replace")
        )
        url = saved.as_uri()
        page = browser.new_page(**options)
        pages.append(page)
        page.on("console", lambda message: seen.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: seen.append(str(error)))
        page.on("request", lambda request: seen.append(request.url) if request.url != url else None)
        page.goto(url + hash)
        page.wait_for_selector("html[data-ready]", state="attached")
        return page

    yield opened
    for page in pages:
        page.close()
    assert seen == []


def names(page: Page) -> list[str]:
    return page.locator("a.row .case b").all_text_contents()


def expect_rows(page: Page, wanted: list[str]) -> None:
    """Waits out the pause after typing."""
    page.wait_for_function(
        "wanted => JSON.stringify([...document.querySelectorAll('a.row .case b')].map(b => b.textContent)) === wanted",
        arg=json.dumps(wanted, ensure_ascii=False, separators=(",", ":")),
    )


def open_case(page: Page, row: str = "a.row >> nth=0") -> None:
    """The sheet follows the address, which changes after the click."""
    page.click(row)
    page.wait_for_selector("#sheet:not([hidden])")


def value(row: Row, scorer: str = "persona.fit") -> float:
    found = next(score.value for score in row.scores if score.scorer == scorer)
    assert found is not None
    return found


def test_filtering(show: Open, clean: Report) -> None:
    page, rows = show(clean), clean.arms[0].rows
    every = [row.case_id for row in rows]
    assert names(page) == every
    tag = rows[0].tags[1]
    page.select_option("#tag", f"={tag}")
    expect_rows(page, [row.case_id for row in rows if tag in row.tags])
    assert page.inner_text("#shown") == f"显示 {sum(tag in row.tags for row in rows)} / 12 例"
    page.click("#filters button[type=reset]")
    expect_rows(page, every)
    page.select_option("#persona", f"={rows[3].persona}")
    expect_rows(page, [row.case_id for row in rows if row.persona == rows[3].persona])
    page.click("#filters button[type=reset]")
    page.select_option("#op", "ge")
    page.fill("#limit", "0.1")
    pairs = zip(rows, clean.arms[1].rows, strict=True)
    expect_rows(page, [a.case_id for a, b in pairs if value(a) >= 0.1 or value(b) >= 0.1])
    page.click("#filters button[type=reset]")
    page.fill("#q", "没有这样的话")
    expect_rows(page, [])
    assert page.inner_text("#matrix .none") == "没有符合条件的用例。"


def test_searching_looks_into_the_copy(show: Open, clean: Report) -> None:
    page, row = show(clean), clean.arms[1].rows[5]
    assert row.draft is not None
    assert isinstance(row.draft.copy, MomentsCopy)
    words = row.draft.copy.text.splitlines()[0]
    page.fill("#q", words)
    wanted = [
        a.case_id
        for a, b in zip(clean.arms[0].rows, clean.arms[1].rows, strict=True)
        if any(r.draft and isinstance(r.draft.copy, MomentsCopy) and words in r.draft.copy.text for r in (a, b))
    ]
    assert row.case_id in wanted
    expect_rows(page, wanted)


def test_outcomes_and_differences(show: Open, errored: Report) -> None:
    page = show(errored)
    page.select_option("#outcome", "error")
    bad = {row.case_id for arm in errored.arms for row in arm.rows if row.outcome == "error"}
    expect_rows(page, [row.case_id for row in errored.arms[0].rows if row.case_id in bad])
    assert "出错" in str(page.text_content("a.row >> nth=0"))
    page.select_option("#outcome", "")
    page.select_option("#change", "worse")
    pairs = zip(errored.arms[0].rows, errored.arms[1].rows, strict=True)
    worse = [a.case_id for a, b in pairs if a.draft and b.draft and value(b) < value(a) - 1e-9]
    expect_rows(page, worse)


def test_sorting(show: Open, clean: Report) -> None:
    page = show(clean)
    pairs = list(zip(clean.arms[0].rows, clean.arms[1].rows, strict=True))
    page.select_option("#sort", "fall")
    expect_rows(
        page, [a.case_id for a, b in sorted(pairs, key=lambda p: round(value(p[1]), 5) - round(value(p[0]), 5))]
    )
    page.select_option("#scorer", label="平均句长")
    page.select_option("#sort", "high")
    found = page.locator("a.row").all_text_contents()
    assert len(found) == 12
    tops = [max(value(a, "readability.sentence"), value(b, "readability.sentence")) for a, b in pairs]
    order = sorted(range(12), key=lambda i: (-round(tops[i], 5), i))
    expect_rows(page, [pairs[i][0].case_id for i in order])


def test_opening_stepping_and_closing_a_case(show: Open, clean: Report) -> None:
    page, rows = show(clean), clean.arms[0].rows
    open_case(page, "a.row >> nth=2")
    assert page.inner_text("#sheet-title") == rows[2].case_id
    shown = page.locator("#sheet .copy").all_inner_texts()
    for arm, text in zip(clean.arms, shown, strict=True):
        draft = arm.rows[2].draft
        assert draft is not None
        assert isinstance(draft.copy, MomentsCopy)
        assert text.strip() == draft.copy.text.strip()
    assert page.locator("#sheet .scores tbody tr").count() == len(clean.infos)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("title => document.querySelector('#sheet-title').textContent === title", arg=rows[3].case_id)
    page.keyboard.press("Escape")
    page.wait_for_selector("#sheet", state="hidden")
    assert page.evaluate("location.hash") == ""
    assert page.evaluate("document.activeElement.classList.contains('row')")


def test_a_row_stays_under_the_pointer(show: Open, clean: Report) -> None:
    """Rows that find their height only when they come into view would move away between press and release."""
    page = show(clean)
    moved = page.evaluate(
        """async () => {
            const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
            const row = document.querySelectorAll("a.row")[2];
            row.scrollIntoView({ block: "center" });
            const tops = [row.getBoundingClientRect().top];
            for (let i = 0; i < 5; i += 1) { await frame(); tops.push(row.getBoundingClientRect().top); }
            return Math.max(...tops) - Math.min(...tops);
        }"""
    )
    assert moved == 0


def press(page: Page, row: str, during: str = "") -> None:
    """Presses and lets go of a row without moving, `during` run in the page between."""
    page.evaluate("row => document.querySelector(row).scrollIntoView({ block: 'center' })", row)
    box = page.locator(row).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 12)
    page.mouse.down()
    if during:
        page.evaluate(during)
    page.wait_for_timeout(300)
    page.mouse.up()


@pytest.mark.parametrize("typing", ["before", "meanwhile"])
def test_a_click_on_a_row_is_not_lost_to_typing(show: Open, clean: Report, typing: str) -> None:
    """Pressing a row ends typing in a field, and the pause after typing may end meanwhile: neither replaces the row."""
    page, row = show(clean), clean.arms[0].rows[1]
    page.focus("#q")
    if typing == "before":
        page.keyboard.type(row.case_id)
        expect_rows(page, [row.case_id])
        press(page, "a.row")
    else:
        typed = "document.querySelector('#q').dispatchEvent(new Event('input', { bubbles: true }))"
        press(page, "a.row[href='#case=2']", f"document.querySelector('#q').value = {json.dumps(row.case_id)}; {typed}")
    page.wait_for_selector("#sheet:not([hidden])")
    assert page.inner_text("#sheet-title") == row.case_id
    expect_rows(page, [row.case_id])
    page.wait_for_function("() => document.querySelector('#sheet .at').textContent === '1 / 1'")
    page.keyboard.press("Escape")
    page.wait_for_selector("#sheet", state="hidden")
    assert page.evaluate("document.activeElement.classList.contains('row')")


def test_a_very_tall_window_draws_all_it_shows(show: Open, posts_run: Run) -> None:
    rows = [replace(posts_run.rows[i % 12], key=str(i), case_id=f"例{i:04d}") for i in range(150)]
    page = show(prepare(run_of(rows)), viewport={"width": 1280, "height": 20_000})
    page.wait_for_function("() => document.querySelectorAll('a.row').length === 150")


def test_a_link_to_a_case_opens_it(show: Open, clean: Report) -> None:
    page = show(clean)
    open_case(page, ".worst a >> nth=0")
    assert page.inner_text("#sheet-title") == clean.worst[0].case_id


def test_differences_findings_and_evidence_are_marked_where_they_are(show: Open, posts_run: Run) -> None:
    """With characters outside the basic plane before them: positions are code points."""
    row = posts_run.rows[0]
    assert row.draft is not None
    texts = ("🎉🎉今天下雨，带一把伞出门。", "🎉🎉今天下雪，带一把伞出门。")
    finding = {"check": "style", "rule_id": "x", "severity": "block", "status": "violation", "message": "不要说伞"}
    pair = []
    for variant, text in zip((Variant("甲", "m"), Variant("乙", "m")), texts, strict=True):
        at = text.index("伞")
        found = Finding(**finding, field="text", start=at, end=at + 1, text="伞")  # type: ignore[arg-type]
        draft = replace(row.draft, copy=MomentsCopy(text=text), findings=(found,))
        score = Score(
            "facts.precision", 0.5, False, "没有依据", (("text", text.index("出门"), text.index("出门") + 2),)
        )
        pair.append(replace(row, key=variant.prompt, variant=variant, draft=draft, scores=(score,)))
    page = show(prepare(run_of(pair)))
    open_case(page)
    assert page.locator("#sheet del").all_text_contents() == ["雨"]
    assert page.locator("#sheet ins").all_text_contents() == ["雪"]
    assert page.locator("#sheet .mk.block").all_text_contents() == ["伞", "伞"]
    assert page.locator("#sheet .mk.evidence").all_text_contents() == ["出门", "出门"]
    page.hover("#sheet .findings li >> nth=0")
    assert page.locator("#sheet .mk.lit").all_text_contents() == ["伞"]
    page.uncheck("#marks")
    assert page.locator("#sheet del, #sheet ins").count() == 0
    assert page.locator("#sheet .mk.block").count() == 2


def test_hostile_texts_stay_texts(show: Open, posts_run: Run) -> None:
    rows = []
    for number, attack in enumerate(ATTACKS):
        row = posts_run.rows[number]
        assert row.draft is not None
        draft = replace(
            row.draft, copy=MomentsCopy(text=attack), model=attack,
            brief=replace(row.draft.brief, goal=attack, notes=attack, message=attack),
        )  # fmt: skip
        scores = (Score(f"x.{attack}", 0.0, False, attack, (("text", 0, 99),), True),)
        rows.append(
            replace(
                row, case_id=f"{number}{attack}", draft=draft, scores=scores, tags=(attack,), persona=attack,
                variant=Variant(attack, attack),
            )
        )  # fmt: skip
        rows.append(replace(rows[-1], key=f"e{number}", sample=1, outcome="error", error=attack, draft=None, scores=()))
    report = prepare(run_of(rows, suite=ATTACKS[0], planned=99), notes=[ATTACKS[0]])
    page = show(report)
    for number in range(len(ATTACKS)):
        page.evaluate("n => { location.hash = `#case=${n + 1}`; }", number)
        page.wait_for_function("n => document.querySelector('#sheet-title')?.textContent === CASES[n].id", arg=number)
        shown = page.locator("#sheet .copy").all_text_contents()
        assert [text for text in shown if text] == [ATTACKS[number]]
    assert page.evaluate("window.hacked") is None
    assert page.locator("#sheet img, main img, #sheet script").count() == 0


def test_samples_missing_rows_and_several_arms(show: Open, posts_run: Run) -> None:
    first = [row for row in posts_run.rows if row.variant == posts_run.rows[0].variant][:3]
    rows = list(first)
    rows += [replace(row, key=f"{row.key}s", sample=1) for row in first]
    for prompt in ("乙", "丙"):
        rows += [replace(row, key=f"{row.key}{prompt}", variant=Variant(prompt, "m")) for row in first[:2]]
    page = show(prepare(run_of(rows, planned=12)))
    page.select_option("#outcome", "missing")
    expect_rows(page, [first[2].case_id])
    open_case(page)
    assert page.locator("#sheet .draft").count() == 3
    assert page.locator("#sheet .nothing").count() == 2
    page.click("text=第 2 次")
    assert page.locator("#sheet .draft .copy").count() == 1


def test_articles_show_their_parts(show: Open, articles: Report) -> None:
    page = show(articles)
    open_case(page)
    labels = page.locator("#sheet .field h4").all_text_contents()
    assert labels[:2] == ["标题", "摘要"]
    assert any("节" in label for label in labels)


def test_dark_mode_and_phone(show: Open, errored: Report) -> None:
    page = show(errored, color_scheme="dark", viewport={"width": 390, "height": 844}, is_mobile=True)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 21, 19)"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    open_case(page, "a.row >> nth=0")
    assert page.evaluate("document.querySelector('#sheet').scrollWidth") <= 390


def test_paper(show: Open, broken: Report) -> None:
    """A page printed from dark mode is dark on white, without controls, with its notice; an open case prints alone."""
    page = show(broken, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("#filters").is_hidden()
    assert page.locator(".notice.broken").is_visible()
    assert len(page.pdf(format="A4")) > 10_000
    page.emulate_media(media="screen")
    open_case(page, "a.row >> nth=1")
    page.emulate_media(media="print")
    assert page.locator("main").is_hidden()
    assert page.locator("#sheet .copy").first.is_visible()


def test_many_cases_are_drawn_as_they_are_scrolled_to(show: Open, posts_run: Run) -> None:
    rows = [replace(posts_run.rows[i % 12], key=str(i), case_id=f"例{i:04d}") for i in range(300)]
    page = show(prepare(run_of(rows)))
    assert page.locator("a.row").count() < 300
    page.select_option("#sort", "high")
    for _ in range(12):
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        page.wait_for_timeout(60)
    assert page.locator("a.row").count() == 300
    assert page.inner_text("#more") == ""
