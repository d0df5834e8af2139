"""Review files go out with all a reviewer needs and come back in whatever state people and programs leave them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import pytest
from bs4 import BeautifulSoup
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from hypothesis import given, settings

from agent.draft import Draft
from agent.journal import Journal
from agent.label.read import read_labelled
from agent.label.verify import verify
from agent.review.approval import ROLES
from agent.review.bring_in import bring_in
from agent.review.page import write_page
from agent.review.send_out import review_file
from agent.review.sheet import sheet
from agent.review.word import write_word
from knowledge_base.errors import BadInputError
from knowledge_base.workspace import Workspace
from tests.agent.drafts import ARTICLE, DRAFTS, MOMENTS, REPLY, moments_draft
from tests.agent.review.shelf import BLOCK, filled


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture
def shelf(workspace: Workspace) -> Iterator[tuple[Journal, tuple[Draft, Draft, Draft]]]:
    journal, drafts = filled(workspace)
    with closing(journal):
        yield journal, drafts


Shelf = tuple[Journal, tuple[Draft, ...]]


def send(shelf: Shelf, path: Path) -> Path:
    journal, drafts = shelf
    path.write_bytes(review_file(drafts, path.suffix[1:], ROLES, journal))  # type: ignore[arg-type]
    return path


def fill_word(path: Path, number: int, verdict: str, *, comment: str = "", name: str = "李雷") -> None:
    document = docx.Document(str(path))
    table = document.tables[number]
    table.rows[1].cells[1].text = verdict
    table.rows[2].cells[1].text = comment
    table.rows[3].cells[1].text = name
    document.save(str(path))


def fill_page(path: Path, number: int, verdict: str, *, comment: str = "", name: str = "李雷") -> None:
    """What the page's own script leaves in the saved file."""
    soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    form = soup.select("fieldset[data-review]")[number]
    form.select_one(f'input[value="{verdict}"]')["checked"] = ""  # type: ignore[index]
    form.select_one("textarea").string = comment  # type: ignore[union-attr]
    form.select_one("input[type=text]")["value"] = name  # type: ignore[index]
    path.write_text(str(soup), encoding="utf-8")


FILL: dict[str, Callable[..., None]] = {"docx": fill_word, "html": fill_page}


@pytest.mark.parametrize("form", ["docx", "html"])
def test_the_file_shows_copy_claims_law_and_blanks(shelf: Shelf, tmp_path: Path, form: str) -> None:
    journal, drafts = shelf
    blocked = moments_draft(findings=(BLOCK,))
    journal.save(blocked)
    path = tmp_path / f"审阅单.{form}"
    path.write_bytes(review_file([*drafts, blocked], form, ROLES, journal))  # type: ignore[arg-type]
    seen = "".join(read_labelled(path).text.split())
    for text in (MOMENTS.text, REPLY.text, ARTICLE.title, *(one.text for one in ARTICLE.sections)):
        assert "".join(text.split()) in seen
    for word in ("《广告法》第九条第三项", "可改成：教室", "有出处", "冷水3秒化开", "法务意见", "主管意见", "改后通过"):
        assert word in seen
    assert [one.problems for one in verify(read_labelled(path), journal)] == [()] * 4


@pytest.mark.parametrize("form", ["docx", "html"])
def test_verdicts_come_back(shelf: Shelf, workspace: Workspace, tmp_path: Path, form: str) -> None:
    journal, drafts = shelf
    path = send(shelf, tmp_path / f"a.{form}")
    FILL[form](path, 0, "通过")
    FILL[form](path, 3, "退回", comment="“早八”换个说法", name="韩梅梅")
    brought = bring_in(path, journal, workspace)
    assert [(one.draft_id, one.role, one.name, one.verdict, one.comment) for one in brought.new] == [
        (drafts[0].id, "法务", "李雷", "approve", ""),
        (drafts[1].id, "主管", "韩梅梅", "reject", "“早八”换个说法"),
    ]
    assert (brought.blank, {one.origin for one in brought.new}) == (4, {form})
    again = bring_in(path, journal, workspace)
    assert (len(again.new), len(again.known)) == (0, 2)


@pytest.mark.parametrize("form", ["docx", "html"])
def test_one_name_a_role_is_enough(shelf: Shelf, workspace: Workspace, tmp_path: Path, form: str) -> None:
    journal, _ = shelf
    path = send(shelf, tmp_path / f"a.{form}")
    FILL[form](path, 0, "通过")
    FILL[form](path, 2, "通过", name="")
    assert [one.name for one in bring_in(path, journal, workspace).new] == ["李雷", "李雷"]


@pytest.mark.parametrize("form", ["docx", "html"])
def test_a_missing_name_can_be_given_on_the_command_line(
    shelf: Shelf, workspace: Workspace, tmp_path: Path, form: str
) -> None:
    journal, _ = shelf
    path = send(shelf, tmp_path / f"a.{form}")
    FILL[form](path, 1, "通过", name="")
    with pytest.raises(BadInputError, match="第 2 张审阅表（主管）没写姓名"):
        bring_in(path, journal, workspace)
    assert bring_in(path, journal, workspace, name="老板").new[0].name == "老板"


def test_it_is_all_or_nothing(shelf: Shelf, workspace: Workspace, tmp_path: Path) -> None:
    journal, drafts = shelf
    path = send(shelf, tmp_path / "a.docx")
    fill_word(path, 0, "通过")
    fill_word(path, 2, "再想想")
    with pytest.raises(BadInputError, match="第 3 张审阅表（法务）的结论看不懂：「再想想」"):
        bring_in(path, journal, workspace)
    assert journal.reviews(drafts[0].id) == ()


def test_copy_typed_over_cannot_be_approved_and_is_told_otherwise(
    shelf: Shelf, workspace: Workspace, tmp_path: Path
) -> None:
    journal, drafts = shelf
    path = send(shelf, tmp_path / "a.docx")
    document = docx.Document(str(path))
    line = next(one for one in document.paragraphs if one.text == MOMENTS.text)
    line.runs[0].text = MOMENTS.text.replace("早八前", "上课前")
    document.save(str(path))
    fill_word(path, 2, "通过")
    with pytest.raises(BadInputError, match="文案在文件里被改过"):
        bring_in(path, journal, workspace)
    fill_word(path, 2, "改后通过")
    comment = bring_in(path, journal, workspace).new[0].comment
    assert "早八" in comment
    assert "上课" in comment
    assert journal.reviews(drafts[1].id)[0].verdict == "changes"


def tables(path: Path) -> tuple[Any, Any]:
    document = docx.Document(str(path))
    return document, document.tables[0]


def split_runs(path: Path) -> None:
    """Word cuts runs wherever spelling or editing history changes."""
    document, table = tables(path)
    for row in table.rows:
        for paragraph in row.cells[1].paragraphs + row.cells[0].paragraphs:
            text = paragraph.text
            for run in paragraph.runs:
                run._r.getparent().remove(run._r)
            for char in text:
                paragraph.add_run(char)
    document.save(str(path))


def content_control(path: Path) -> None:
    """Forms made on phones wrap what is typed in a content control."""
    document, table = tables(path)
    paragraph = table.rows[1].cells[1].paragraphs[0]._p
    control, inner = OxmlElement("w:sdt"), OxmlElement("w:sdtContent")
    for run in list(paragraph.findall(qn("w:r"))):
        inner.append(run)
    control.append(inner)
    paragraph.append(control)
    document.save(str(path))


def tracked(path: Path) -> None:
    """Track changes: the old text stays in the file as deleted."""
    document, table = tables(path)
    paragraph = table.rows[1].cells[1].paragraphs[0]._p
    run = paragraph.find(qn("w:r"))
    insertion, deletion, old = OxmlElement("w:ins"), OxmlElement("w:del"), OxmlElement("w:r")
    gone = OxmlElement("w:delText")
    gone.text = "退回"
    old.append(gone)
    deletion.append(old)
    paragraph.replace(run, insertion)
    insertion.append(run)
    paragraph.append(deletion)
    document.save(str(path))


def other_tables(path: Path) -> None:
    document = docx.Document(str(path))
    document.add_table(rows=1, cols=2).rows[0].cells[0].text = "附件清单"
    document.save(str(path))


@pytest.mark.parametrize("spoil", [split_runs, content_control, tracked, other_tables])
def test_what_word_does_on_saving_does_no_harm(
    shelf: Shelf, workspace: Workspace, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    journal, drafts = shelf
    path = send(shelf, tmp_path / "a.docx")
    fill_word(path, 0, "☑ 通过    ☐ 改后通过    ☐ 退回")
    spoil(path)
    assert [(one.draft_id, one.verdict) for one in bring_in(path, journal, workspace).new] == [
        (drafts[0].id, "approve")
    ]


def no_id(path: Path) -> None:
    document, table = tables(path)
    table.rows[0].cells[1].text = "稿件 d_123"
    document.save(str(path))


def no_verdict_row(path: Path) -> None:
    document, table = tables(path)
    table._tbl.remove(table.rows[1]._tr)
    document.save(str(path))


def no_role(path: Path) -> None:
    document, table = tables(path)
    table.rows[0].cells[0].text = ""
    document.save(str(path))


def no_tables(path: Path) -> None:
    docx.Document().save(str(path))


def no_document(path: Path) -> None:
    path.write_bytes(b"PK not a document")


def wrong_code(path: Path) -> None:
    document, table = tables(path)
    cell = table.rows[0].cells[1]
    cell.text = cell.text[:-12] + "0" * 12
    document.save(str(path))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (no_id, "第 1 张审阅表（法务）的「稿件」编号被改掉了"),
        (no_verdict_row, "第 1 张审阅表没有「结论」一行"),
        (no_role, "第 1 张审阅表左上角的角色不见了"),
        (no_tables, "里面没有审阅表"),
        (no_document, "可能不是真的 Word 文档"),
        (wrong_code, "校验码和稿件库里的 .* 对不上"),
    ],
)
def test_broken_files_are_explained(
    shelf: Shelf, workspace: Workspace, tmp_path: Path, spoil: Callable[[Path], None], message: str
) -> None:
    journal, _ = shelf
    path = send(shelf, tmp_path / "a.docx")
    fill_word(path, 0, "通过")
    spoil(path)
    with pytest.raises(BadInputError, match=message) as caught:
        bring_in(path, journal, workspace)
    assert "a.docx" in caught.value.message
    assert caught.value.hint


def test_empty_unknown_and_foreign_files(shelf: Shelf, workspace: Workspace, tmp_path: Path) -> None:
    journal, _ = shelf
    path = send(shelf, tmp_path / "a.html")
    with pytest.raises(BadInputError, match="一处结论也没填"):
        bring_in(path, journal, workspace)
    with pytest.raises(BadInputError, match="读不了这种审阅文件"):
        bring_in(tmp_path / "a.pdf", journal, workspace)
    fill_page(path, 0, "通过")
    with (
        closing(Journal.open(Workspace(tmp_path / "别处"))) as other,
        pytest.raises(BadInputError, match="不在这个工作区"),
    ):
        bring_in(path, other, workspace)


@settings(max_examples=15, deadline=None)
@given(DRAFTS)
def test_any_draft_makes_a_file(draft: Draft) -> None:
    if draft.copy is not None and type(draft.copy).__name__ == "ArticleCopy":
        draft = replace(draft, brief=replace(draft.brief, channel="article", form="article"))
    shown = [sheet(draft, 1)]
    assert write_word(shown, [draft], ROLES).startswith(b"PK")
    assert "data-review" in write_page(shown, [draft], ROLES)
