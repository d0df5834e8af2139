"""Places and kinds are told, values never."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from knowledge_base import console
from knowledge_base.errors import BadInputError
from knowledge_base.pii import KIND_NAMES
from knowledge_base.pii_commands import app
from knowledge_base.pii_scan import scan

MOBILE, ID_CARD, CARD = "13812345678", "11010519491231002X", "4111111111111111"


def run(*args: str) -> tuple[int, str, str]:
    console.out.cache_clear()
    console.err.cache_clear()
    done = CliRunner().invoke(app, ["scan", *args])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def places(path: Path) -> list[tuple[str, str]]:
    return [(one.where, one.kind) for one in scan(path, path.name)]


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("suffix", [".txt", ".md", ".jsonl", ".log"])
def test_text_is_told_by_line(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"a{suffix}", f"第一行\n电话 {MOBILE}，身份证 {ID_CARD}\r\n\n邮箱 a@example.com\n")
    assert places(path) == [("2", "mobile"), ("2", "id_card"), ("4", "email")]


def test_columns_name_their_values(tmp_path: Path) -> None:
    path = write(tmp_path / "订单.csv", f'收货人,电话,备注\n张三,{MOBILE},"两行\n的备注"\n李四,,无\n')
    assert places(path) == [("2", "name"), ("2", "mobile"), ("4", "name")]


def test_spreadsheets_from_windows_are_read(tmp_path: Path) -> None:
    assert places(write(tmp_path / "a.csv", f"姓名,电话\n王芳,{MOBILE}\n", "gb18030")) == [
        ("2", "name"),
        ("2", "mobile"),
    ]


def test_workbooks_are_told_by_cell_even_when_numbers_are_numbers(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "顾客"
    for row in (["收货人", "手机"], ["张三", int(MOBILE)], [None, float(MOBILE)]):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    assert places(tmp_path / "a.xlsx") == [("顾客!A2", "name"), ("顾客!B2", "mobile"), ("顾客!B3", "mobile")]


def test_documents_and_pages(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("会员登记")
    document.add_paragraph(f"银行卡 {CARD}")
    document.save(str(tmp_path / "a.docx"))
    assert [kind for _, kind in places(tmp_path / "a.docx")] == ["bank_card"]
    style, note = f"<style>.a{{width:{MOBILE}px}}</style>", f"<!-- {MOBILE} -->"
    page = f"<html>\n<head>{style}</head>\n<body>\n<p>\n电话 {MOBILE}</p>\n{note}</body></html>"
    assert places(write(tmp_path / "a.html", page)) == [("5", "mobile")]


def test_the_command_counts_and_never_shows_a_value(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", f"{MOBILE} {MOBILE[:-1]}9\n干净\n{ID_CARD}\n")
    code, out, err = run(str(path))
    assert code == 1
    assert out == f"{path}:1\t手机号\t2 处\n{path}:3\t身份证号\n"
    assert err == "发现 手机号 2 处、身份证号 1 处\n"
    code, text, err = run(str(path), "--format", "json")
    data: Any = json.loads(text)
    assert data["counts"] == {"mobile": 2, "id_card": 1}
    assert data["places"][0] == {"file": str(path), "where": "1", "kind": "mobile"}
    assert not any(value in out + text + err for value in (MOBILE, ID_CARD))


def test_clean_files_and_folders(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", "今天天气好，客服热线 400-800-1234\n")
    (tmp_path / "子").mkdir()
    assert run(str(tmp_path)) == (0, "", "没有发现个人信息\n")
    write(tmp_path / "子" / "b.md", f"联系 {MOBILE}")
    write(tmp_path / ".藏.txt", MOBILE)
    code, out, _ = run(str(tmp_path))
    assert (code, out) == (1, f"{tmp_path / '子' / 'b.md'}:1\t手机号\n")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("没有.txt", None, "没有这个文件"),
        ("a.xlsx", b"not a workbook", "可能不是真的 Excel 文件"),
        ("a.docx", b"not a document", ""),
        ("a.bin", b"\x00\xff\xfe\x00\x80\x81" * 50, "不是能读的文字"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    if not message:
        assert places(path) == []
        return
    with pytest.raises(BadInputError, match=message) as caught:
        places(path)
    assert name in caught.value.message


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.sampled_from([".txt", ".csv", ".html"]))
def test_any_text_is_read_and_lines_lie_inside(
    tmp_path_factory: pytest.TempPathFactory, text: str, suffix: str
) -> None:
    path = tmp_path_factory.mktemp("p") / f"a{suffix}"
    path.write_bytes(text.encode("utf-8", "replace"))
    for one in scan(path, "a"):
        assert one.kind in KIND_NAMES
        assert 1 <= int(one.where) <= len(text) + 1
