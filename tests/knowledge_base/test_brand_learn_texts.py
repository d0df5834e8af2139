"""Files -> past texts -> sentences: what is read, what is left out, and where everything stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.brand_learn.cleaning import guess_channel, named_channel, past_texts
from knowledge_base.brand_learn.reading import read
from knowledge_base.brand_learn.texts import bigram_likeness, sentence_chars, split_sentences
from knowledge_base.workspace import Workspace

ARTICLE = "# 早上的面馆\n\n六点，灯亮了。\n\n## 汤要熬多久\n\n> **三个钟头**，不骗人。\n\n![图](a.png)\n编辑：小林\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("灯亮了。人来了！", ("灯亮了。", "人来了！")),
        ("“吃了吗？”他问。", ("“吃了吗？”", "他问。")),
        ("没有句号", ("没有句号",)),
        ("真的吗？！好吧……走。", ("真的吗？！", "好吧……", "走。")),
        ("第一行\n第二行", ("第一行", "第二行")),
        ("来啦🌧", ("来啦🌧",)),
        ("走。🌧", ("走。🌧",)),
        ("🌧☕", ()),
        ("。。。", ()),
        ("", ()),
    ],
    ids=[
        "two",
        "quoted",
        "open end",
        "doubled marks",
        "lines",
        "emoji",
        "emoji behind",
        "emoji only",
        "marks only",
        "",
    ],
)
def test_sentences(text: str, expected: tuple[str, ...]) -> None:
    assert split_sentences(text) == expected


@given(st.text(alphabet="灯亮了人。！？…\n“”🌧a1 ", max_size=60))
def test_splitting_loses_no_letter(text: str) -> None:
    assert sum(map(sentence_chars, split_sentences(text))) == sentence_chars(text)


@given(st.text(max_size=30), st.text(max_size=30))
def test_likeness_is_symmetric_and_bounded(one: str, other: str) -> None:
    assert bigram_likeness(one, other) == bigram_likeness(other, one)
    assert 0.0 <= bigram_likeness(one, other) <= 1.0
    assert bigram_likeness(one, one) == 1.0


def test_an_article_keeps_body_title_and_line_numbers() -> None:
    (text,) = past_texts(ARTICLE, "文章/面馆.md")
    assert text.title == "早上的面馆"
    assert [(line.number, line.text) for line in text.lines] == [(3, "六点，灯亮了。"), (7, "三个钟头，不骗人。")]


def test_front_matter_and_comments_are_no_text_and_shift_nothing() -> None:
    source = "---\ntitle: 面馆\ndate: 2026-03-01\n---\n<!-- 草稿\n别发 -->\n六点，灯亮了。\n"
    (text,) = past_texts(source, "公众号/a.md")
    assert [(line.number, line.text) for line in text.lines] == [(7, "六点，灯亮了。")]


@pytest.mark.parametrize(
    ("file", "source", "count"),
    [
        ("朋友圈.txt", "今天下雨。\n\n面还是热的。\n\n来一碗。", 3),
        ("朋友圈.txt", "今天下雨。\n面还是热的。\n---\n来一碗。\n\n坐窗边。", 2),
        ("公众号/a.md", "今天下雨。\n\n面还是热的。", 1),
        ("公众号/a.md", "# 雨\n" + "今天下雨。" * 60 + "\n\n---\n\n" + "面还是热的。" * 60, 1),
        ("摘抄.txt", "今天下雨。\n===\n面还是热的。", 2),
        ("空.md", "\n\n---\n\n", 0),
        ("表情.txt", "🌧🌧\n\n☕", 0),
    ],
    ids=["blank lines", "rules", "one article", "ornamental rule", "unnamed snippets", "nothing", "emoji only"],
)
def test_one_file_may_hold_several_texts(file: str, source: str, count: int) -> None:
    assert len(past_texts(source, file)) == count


@pytest.mark.parametrize(
    ("file", "channel"),
    [
        ("朋友圈/2026-01.txt", "moments"),
        ("客服话术.docx", "reply"),
        ("moments/公众号文章.md", "article"),
        ("old/articles/a.html", "article"),
        ("compare/a.md", None),
        ("资料/a.md", None),
    ],
)
def test_names_tell_the_channel(file: str, channel: str | None) -> None:
    assert named_channel(file) == channel


@pytest.mark.parametrize(
    ("text", "channel"),
    [("六点，灯亮了。" * 80, "article"), ("您好，能退。", "reply"), ("六点，灯亮了。", "moments")],
)
def test_length_and_opening_tell_the_channel_otherwise(text: str, channel: str) -> None:
    assert guess_channel(text) == channel


class TestReading:
    @pytest.fixture
    def workspace(self, workspace_dir: Path) -> Workspace:
        return Workspace.find(workspace_dir)

    def test_every_kind_of_file(self, workspace: Workspace) -> None:
        from docx import Document

        root = workspace.root / "旧文章"
        root.mkdir()
        (root / "甲.md").write_text("# 面馆\n六点，灯亮了。", encoding="utf-8")
        (root / "乙.txt").write_bytes("七点，人来了。".encode("gb18030"))
        (root / "丙.html").write_text(
            "<html><head><title>x</title></head><body><h1 id='activity-name'> 汤 </h1>"
            "<div id='js_content'><section><p>八点，<strong>汤</strong>开了。</p><p>九点，<br>卖完了。</p></section>"
            "<script>var a = 1;</script></div><div>推荐阅读。</div></body></html>",
            encoding="utf-8",
        )
        document = Document()
        document.add_heading("葱", level=1)
        document.add_paragraph("十点，切葱。")
        document.save(str(root / "丁.docx"))
        (root / "戊.png").write_bytes(b"\x89PNG")
        (root / "~$丁.docx").write_bytes(b"lock")
        reading = read([root], workspace, channel="article")
        assert reading.problems == ()
        assert {text.file: (text.title, text.plain) for text in reading.texts} == {
            "旧文章/甲.md": ("面馆", "六点，灯亮了。"),
            "旧文章/乙.txt": ("", "七点，人来了。"),
            "旧文章/丙.html": ("汤", "八点，汤开了。\n九点，\n卖完了。"),
            "旧文章/丁.docx": ("葱", "十点，切葱。"),
        }

    def test_bad_files_are_told_and_the_rest_is_read(self, workspace: Workspace) -> None:
        good, broken, empty = (workspace.root / name for name in ("好.md", "坏.docx", "空.txt"))
        good.write_text("六点，灯亮了。", encoding="utf-8")
        broken.write_bytes(b"not a zip")
        empty.write_bytes(b"")
        reading = read([good, broken, empty, workspace.root / "没有.md", workspace.root / "表.xlsx"], workspace)
        assert reading.files == ("好.md",)
        told = dict(problem.split("：", 1) for problem in reading.problems)
        assert set(told) == {"坏.docx", "空.txt", "没有.md", "表.xlsx"}

    def test_the_same_text_twice_counts_once(self, workspace: Workspace) -> None:
        for name in ("a.md", "b.md"):
            (workspace.root / name).write_text("六点，灯亮了。", encoding="utf-8")
        reading = read([workspace.root, workspace.root / "a.md"], workspace)
        assert len(reading.texts) == 1
