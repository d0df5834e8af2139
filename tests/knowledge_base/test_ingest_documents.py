"""Documents through the kept converters: what is kept, what is dropped, what is explained."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from knowledge_base.errors import BadInputError
from knowledge_base.ingest.build import Wanted
from knowledge_base.ingest.documents import read_document, read_text_document
from knowledge_base.records import Exemplar, Passage, Record
from tests.knowledge_base.ingest_helpers import read, write

WECHAT = """\
<html><head><title>微信</title><meta property="og:title" content="换季脸干">
<script>var title = "坏";</script></head><body>
<h1 id="activity-name"> 换季脸干，先别急着叠涂 </h1><a id="js_name">檐下集</a>
<div id="js_content" style="visibility: hidden;">
<section><section><span>早上八点，</span><strong>交完班</strong>，摘下口罩。</section></section>
<p>第二段<br>换行。<img data-src="https://mmbiz.example/1.png" alt="配图"></p><script>alert(1)</script>
<h2>为什么不香</h2><p>香精<a href="https://example.com">没有</a>放。</p>
<style>.a{}</style><!-- 排版注释 -->
</div><div id="js_pc_qr_code">扫一扫</div></body></html>"""


def texts(records: Sequence[Record]) -> str:
    return "\n".join(f"{one.title}\n{one.text}" for one in records if isinstance(one, Passage))


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_saved_wechat_page_is_its_article(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, "页面.html", WECHAT, encoding)
    document = read_document(path, "页面.html")
    assert document.title == "换季脸干，先别急着叠涂"
    assert document.meta == {"author": "檐下集"}
    lines = [line.strip() for line in document.text.split("\n") if line.strip()]
    assert lines[0] in ("早上八点，**交完班**，摘下口罩。", "早上八点，交完班，摘下口罩。")
    assert "香精没有放。" in lines
    for gone in ("坏", "alert", "扫一扫", "mmbiz", "example.com", "排版注释", "{}"):
        assert gone not in document.text
    records, problems, _ = read(path)
    assert not problems
    assert "换季脸干，先别急着叠涂 > 为什么不香\n香精没有放。" in texts(records)


def test_a_page_nested_too_deep_for_the_converter_keeps_its_words(tmp_path: Path) -> None:
    deep = "<div>" * 3000 + "<p>里面的话</p>" + "</div>" * 3000
    assert "里面的话" in read_document(write(tmp_path, "x.html", deep), "x.html").text


def test_markdown_front_matter_comments_and_headings(tmp_path: Path) -> None:
    front = "---\ntitle: 门店手册\nbrand: yan\ncategory: 售后\n---\n"
    text = front + "<!-- 内部 -->\n# 怎么说\n先问人。\n\n## 灯\n夹口 6 厘米。![图](data:a,b)\n"
    records, problems, _ = read(write(tmp_path, "手册.md", text))
    assert not problems
    passages = [one for one in records if isinstance(one, Passage)]
    assert [(one.title, one.text) for one in passages] == [
        ("门店手册 > 怎么说", "先问人。"),
        ("门店手册 > 怎么说 > 灯", "夹口 6 厘米。图"),
    ]
    assert {(one.brand, one.category) for one in passages} == {("yan", "售后")}


def test_a_rule_at_the_top_is_no_front_matter(tmp_path: Path) -> None:
    assert "正文" in read_document(write(tmp_path, "x.md", "---\n正文\n---\n后文\n"), "x.md").text


def test_text_in_gbk_becomes_passages_with_stable_ids(tmp_path: Path) -> None:
    path = write(tmp_path, "说明.txt", "未拆封七天可退。\n" * 60, "gbk")
    first, second = read(path)[0], read(path)[0]
    assert len(first) > 1
    assert [one.id for one in first] == [one.id for one in second]
    assert len({one.id for one in first}) == len(first)


@pytest.mark.parametrize(
    ("name", "channel"),
    [
        ("范文/朋友圈/a.md", "moments"),
        ("范文/客服.txt", "reply"),
        ("范文/b.md", "article"),
        ("exemplars/moments.md", "moments"),
    ],
)
def test_documents_in_a_folder_of_exemplars_are_exemplars(tmp_path: Path, name: str, channel: str) -> None:
    from knowledge_base.ingest.build import read_file
    from knowledge_base.ingest.files import expand

    write(tmp_path, name, "# 标题\n正文在这里。")
    (file,) = expand([tmp_path / name.split("/")[0]], tmp_path)
    (record,) = read_file(file, Wanted(), [])
    assert isinstance(record, Exemplar)
    assert record.channel == channel
    assert "正文在这里" in record.text


def test_a_document_is_no_product(tmp_path: Path) -> None:
    _, problems, _ = read(write(tmp_path, "x.md", "字"), Wanted("product"))
    assert "不能当作商品" in problems[0].reason


def docx(path: Path) -> None:
    """The least that is a Word file: a heading, a paragraph and a table."""
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    office = "http://schemas.openxmlformats.org"
    cells = "".join(
        "<w:tr>" + "".join(f"<w:tc><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>" for text in row) + "</w:tr>"
        for row in (("地区", "运费"), ("新疆", "15 元"))
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{office}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{office}/package/2006/relationships">'
        f'<Relationship Id="r" Type="{office}/officeDocument/2006/relationships/officeDocument" '
        'Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{office}/wordprocessingml/2006/main"><w:body>'
        '<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>售后说明</w:t></w:r></w:p>'
        f"<w:p><w:r><w:t>签收后 7 天内可以退货。</w:t></w:r></w:p><w:tbl>{cells}</w:tbl></w:body></w:document>",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)


def pptx(path: Path) -> None:
    from pptx import Presentation

    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "售后说明"
    slide.placeholders[1].text = "签收后 7 天内可以退货。新疆 15 元"
    deck.save(str(path))


def pdf(path: Path, text: str = "Return within 7 days. Xinjiang 15 yuan.") -> None:
    """The smallest page with one line of text; enough for a real parser."""
    stream = f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    body, places = io.BytesIO(b"%PDF-1.4\n"), []
    body.seek(0, 2)
    for number, one in enumerate(objects, 1):
        places.append(body.tell())
        body.write(b"%d 0 obj\n%s\nendobj\n" % (number, one))
    start = body.tell()
    body.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    body.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    body.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    path.write_bytes(body.getvalue())


def test_word(tmp_path: Path) -> None:
    docx(tmp_path / "a.docx")
    document = read_document(tmp_path / "a.docx", "a.docx")
    assert document.title == "售后说明"
    assert "签收后 7 天内可以退货。" in document.text
    assert "| 新疆 | 15 元 |" in document.text


def test_powerpoint(tmp_path: Path) -> None:
    pptx(tmp_path / "a.pptx")
    document = read_document(tmp_path / "a.pptx", "a.pptx")
    assert document.title == "售后说明"
    assert "签收后 7 天内可以退货。" in document.text
    assert "Slide number" not in document.text


def test_pdf(tmp_path: Path) -> None:
    pdf(tmp_path / "a.pdf")
    assert read_text_document(tmp_path / "a.pdf") == "Return within 7 days. Xinjiang 15 yuan."


def test_a_scan_without_text_is_told(tmp_path: Path) -> None:
    pdf(tmp_path / "扫描.pdf", " ")
    with pytest.raises(BadInputError, match="没有文字") as caught:
        read_document(tmp_path / "扫描.pdf", "扫描.pdf")
    assert "OCR" in caught.value.hint


@pytest.mark.parametrize("suffix", ["docx", "pptx", "pdf"])
@pytest.mark.parametrize(
    "content", [b"", b"hello", b"%PDF-1.4 broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 64]
)
def test_broken_office_files_are_explained(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = write(tmp_path, f"坏.{suffix}", content)
    with pytest.raises(BadInputError) as caught:
        read_document(path, path.name)
    assert caught.value.message.startswith(f"坏.{suffix}：")
    assert caught.value.hint


def test_a_zip_that_is_no_word_file_is_explained(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("word/document.xml", "<a>")
    with pytest.raises(BadInputError, match="损坏"):
        read_document(tmp_path / "a.docx", "a.docx")


def test_read_text_document_refuses_what_is_no_document(tmp_path: Path) -> None:
    for name in ("x.png", "没有.md"):
        with pytest.raises(BadInputError):
            read_text_document(tmp_path / name)
