"""`wenan preview` and `wenan gallery`: what they write, print and refuse; and the browser that draws the picture."""

from __future__ import annotations

import base64
import hashlib
import re
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.brief import Turn
from agent.channels.browser import BROWSER_VARIABLE, BrowserError, find_browser, screenshot
from agent.channels.gallery import gallery_html
from agent.channels.preview import Look, preview_html
from agent.channels.preview_article import shown
from agent.channels.preview_phone import phone
from agent.channels.preview_view import view
from agent.channels.segments import Mark
from agent.channels.typeset.article import typeset
from agent.channels.typeset.theme import load_theme, themes
from agent.journal import Journal
from agent.label.explicit import label_text
from knowledge_base.workspace import Workspace
from tests.agent.channels.pages import read
from tests.agent.drafts import ARTICLE, MOMENTS, article_draft, moments_draft, reply_draft

PNG = b"\x89PNG\r\n\x1a\n"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def kept(workspace_dir: Path) -> list[str]:
    """Ids of an article, an ad and a reply in the journal of the current folder."""
    drafts = [article_draft(), moments_draft(), reply_draft()]
    with closing(Journal.open(Workspace.find())) as journal:
        for draft in drafts:
            journal.save(draft)
    return [draft.id for draft in drafts]


def test_a_draft_is_written_and_its_place_printed(wenan: Callable[..., Any], kept: list[str]) -> None:
    ran = wenan("preview", kept[0], "--theme", "青竹")
    assert ran.code == 0
    page = Path(ran.out.strip()).read_text(encoding="utf-8")
    assert "#3f7d5c" in page
    assert ARTICLE.title in page
    assert re.search(r'<meta name="AIGC" content="[^"]*' + kept[0], page)


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("a.md", "# 题目\n\n正文**重点**。\n\n![图](p.png)", ["题目", "<strong", "data:image/png;base64"]),
        ("a.html", "<div onclick='x()'>正文<script>alert(1)</script></div>", ["正文", "会被改写"]),
        ("a.txt", "第一行\n第二行", ["第一行", "第二行"]),
    ],
)
def test_files_are_articles(
    wenan: Callable[..., Any], workspace_dir: Path, name: str, text: str, wanted: list[str]
) -> None:
    (workspace_dir / name).write_text(text, encoding="utf-8")
    (workspace_dir / "p.png").write_bytes(PIXEL)
    assert wenan("preview", name, "--out", "b.html").code == 0
    page = (workspace_dir / "b.html").read_text(encoding="utf-8")
    assert [word for word in wanted if word not in page] == []
    assert "alert(1)" not in re.sub(r"&lt;.*?&gt;", "", page)
    assert "AI 生成" not in page


def test_what_a_file_says_wrongly_is_marked(wenan: Callable[..., Any], workspace_dir: Path) -> None:
    (workspace_dir / "a.md").write_text("# 题\n\n这是**最好**的凳子。\n", encoding="utf-8")
    wenan("preview", "a.md", "--out", "b.html")
    page = (workspace_dir / "b.html").read_text(encoding="utf-8")
    assert re.search(r'<strong[^>]*><span class="mk block"[^>]*>最好</span></strong>', page)


def test_an_unapproved_draft_can_be_seen_and_not_copied(
    wenan: Callable[..., Any], kept: list[str], workspace_dir: Path
) -> None:
    (workspace_dir / "wenan.toml").write_text('[review]\nrequire = ["法务"]\n', encoding="utf-8")
    page = Path(wenan("preview", kept[1]).out.strip()).read_text(encoding="utf-8")
    assert "先不能复制" in page
    assert "data-copy=" not in page
    wenan("approve", kept[1], "--by", "李雷", "--role", "法务")
    page = Path(wenan("preview", kept[1]).out.strip()).read_text(encoding="utf-8")
    assert "data-copy=" in page


def test_the_gallery_takes_ids_or_filters(wenan: Callable[..., Any], kept: list[str], workspace_dir: Path) -> None:
    assert wenan("gallery", "--out", "g.html").code == 0
    assert (workspace_dir / "g.html").read_text(encoding="utf-8").count('<article class="card"') == 3
    wenan("gallery", kept[0], kept[2], "--out", "g.html")
    assert (workspace_dir / "g.html").read_text(encoding="utf-8").count('<article class="card"') == 2
    wenan("gallery", "--channel", "ad", "--out", "g.html")
    page = (workspace_dir / "g.html").read_text(encoding="utf-8")
    assert MOMENTS.text in page
    assert ARTICLE.title not in page
    assert wenan("gallery", "--last", "1", "--since", "2099-01-01").code == 0
    assert wenan("gallery", kept[0], "--channel", "ad").code == 2
    assert wenan("preview", "d_nothing").code == 3


def test_only_the_pages_own_script_may_run() -> None:
    for page in (preview_html([article_draft()]), gallery_html([article_draft()])):
        script = re.search(r"<script>(.*?)</script>", page, re.DOTALL)
        assert script is not None
        digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
        policy = next(a["content"] for _, a in read(page).tags if a.get("http-equiv") == "Content-Security-Policy")
        assert f"script-src 'sha256-{digest}';" in policy
        assert "default-src 'none'" in policy


def test_personal_data_is_hidden_in_what_the_customer_said() -> None:
    asked = replace(
        reply_draft().brief, message="我电话 13812345678", history=(Turn("customer", "身份证 11010519491231002X"),)
    )
    draft = reply_draft(brief=asked)
    for page in (preview_html([draft]), gallery_html([draft])):
        assert "13812345678" not in page
        assert "11010519491231002X" not in page
        assert "〔手机号1〕" in page


@pytest.mark.parametrize("draft", [article_draft(), reply_draft(), moments_draft()], ids=["article", "reply", "ad"])
def test_the_label_stands_in_the_text_or_beside_it(draft: Any) -> None:
    page = read(preview_html([draft]))
    assert label_text(draft) in page.text
    assert phone(view(draft, 1), load_theme()).label == ("" if draft.brief.form == "ad" else label_text(draft))


def test_covers_are_shown_where_there_are_any() -> None:
    draft = article_draft()
    page = preview_html([draft], Look(covers={draft.id: (PIXEL, b"no picture")}))
    assert [a["src"][:22] for tag, a in read(page).tags if tag == "img"] == ["data:image/png;base64,"]


@pytest.mark.parametrize(
    ("text", "word", "nth", "before"),
    [
        ("凳子3年，凳子5年。", "凳子", 1, "凳子3 年，".replace(" ", "")),
        ("**69元**一盒", "69元", 0, ""),
        ("原价69元，现价69元。", "69元", 1, "原价69元，现价"),
        ("一段\n\n- 69元\n- 另一", "69元", 0, "一段•"),
    ],
    ids=["second of two", "emphasis", "repeated number", "list"],
)
def test_marks_find_their_words_after_typesetting(text: str, word: str, nth: int, before: str) -> None:
    at = [m.start() for m in re.finditer(word, text)][nth]
    html = typeset(text, load_theme()).html
    marked = shown(html, [(text, (Mark(at, at + len(word), "block", "说明", "f1"),))])
    found = re.search(r'<span class="mk block"[^>]*>(.*?)</span>', marked)
    assert found is not None
    assert found[1].replace(" ", "") == word
    assert "".join(read(marked[: found.start()]).text.split()) == before
    assert read(marked).text == read(html).text


@pytest.mark.parametrize("theme", sorted(themes()))
def test_a_long_article_fits_in_every_theme(theme: str) -> None:
    """5,000 字 with sixteen headings, four tables, lists, quotes, notes: well below 20,000 characters."""
    from bench.typeset import article

    assert typeset(article(), load_theme(theme), squeezing=False).chars <= 19_400


def test_pictures_outside_the_folder_are_not_embedded(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(PIXEL)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ok.png").write_bytes(PIXEL)
    (tmp_path / "in" / "no.png").write_bytes(b"no picture")
    html = "".join(f'<img src="{src}">' for src in ("ok.png", "../secret.png", "no.png", "https://e.com/a.png"))
    sources = [a["src"] for _, a in read(shown(html, (), tmp_path / "in")).tags]
    assert [src[:15] for src in sources] == ["data:image/png;", *["data:image/svg+"] * 3]


def test_no_browser_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BROWSER_VARIABLE, str(tmp_path / "nothing"))
    assert find_browser() is None
    with pytest.raises(BrowserError) as caught:
        screenshot(tmp_path / "a.html", tmp_path / "a.png")
    assert BROWSER_VARIABLE in caught.value.hint


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for the browser")
def test_a_browser_that_hangs_is_ended_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake, child = tmp_path / "browser", tmp_path / "child"
    fake.write_text(f"#!/bin/sh\nsleep 60 &\necho $! > {child}\nwait\n", encoding="utf-8")
    fake.chmod(0o755)
    monkeypatch.setenv(BROWSER_VARIABLE, str(fake))
    with pytest.raises(BrowserError, match="没有画完"):
        screenshot(tmp_path / "a.html", tmp_path / "a.png", seconds=1.0)
    number = int(child.read_text(encoding="utf-8"))
    end = time.monotonic() + 10
    while _runs(number) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _runs(number)
    assert not (tmp_path / "a.png").exists()


def _runs(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.skipif(find_browser() is None, reason="没有 Chromium、Chrome 或 Edge")
def test_the_picture_shows_the_whole_page(wenan: Callable[..., Any], kept: list[str], workspace_dir: Path) -> None:
    from PIL import Image

    ran = wenan("preview", kept[0], "--out", "a.png", "--width", "375")
    assert ran.code == 0, ran.err
    with Image.open(workspace_dir / "a.png") as picture:
        assert picture.width == 750
        assert picture.height > 4000
    assert (workspace_dir / "a.png").read_bytes().startswith(PNG)
