"""Opening files from strangers: locks, passwords, wrong formats, zip bombs and entity tricks become clear errors."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import BinaryIO

from knowledge_base.errors import BadInputError

MB = 1024 * 1024
MAX_DOCUMENT = 100 * MB
"""Largest file that is read as a whole."""
MAX_UNPACKED = 1024 * MB
"""Most that an Office file may unpack to, all parts together."""
MAX_RATIO = 200
"""Highest compression of a part of more than 10 MB; real sheets reach about 30."""
HEAD = 4096
"""Bytes of an XML part in which a document type would have to stand."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def open_binary(path: Path, shown: str) -> BinaryIO:
    """The file, opened for reading. Raises BadInputError in the words of someone who has it open in Excel."""
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise BadInputError("没有这个文件", file=shown) from error
    except PermissionError as error:
        raise BadInputError(
            "打不开：可能正在 Excel 或 WPS 里打开着，或者没有读取权限", file=shown, hint="关掉正在用它的程序再试。"
        ) from error
    except OSError as error:
        raise BadInputError(f"读不了：{error.strerror or error}", file=shown) from error


def check_size(path: Path, shown: str, limit: int = MAX_DOCUMENT) -> None:
    """Refuses a file too large to be read as a whole."""
    with open_binary(path, shown) as file:
        size = os.fstat(file.fileno()).st_size
    if size > limit:
        raise BadInputError(
            f"文件有 {size // MB} MB，上限 {limit // MB} MB", file=shown, hint="拆成几个文件，表格可以另存为 csv。"
        )


def check_office(path: Path, shown: str) -> None:
    """Refuses what only calls itself docx, pptx or xlsx, is encrypted, or would blow up when unpacked."""
    check_size(path, shown)
    with open_binary(path, shown) as file:
        head = file.read(len(_OLE))
        if head == _OLE:
            raise BadInputError(
                "有密码保护，或者其实是旧版格式（.xls、.doc、.ppt）",
                file=shown,
                hint="用 Excel、Word 或 WPS 打开，去掉密码，另存为 xlsx、docx 或 pptx。",
            )
        if not zipfile.is_zipfile(file):
            raise BadInputError(
                f"文件损坏，或者不是真正的 {path.suffix.lstrip('.')}", file=shown, hint="打开后另存一份再试。"
            )
        try:
            with zipfile.ZipFile(file) as archive:
                _check_parts(archive, shown)
        except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise BadInputError(f"文件损坏：{error}", file=shown, hint="打开后另存一份再试。") from error


def _check_parts(archive: zipfile.ZipFile, shown: str) -> None:
    total = 0
    for part in archive.infolist():
        total += part.file_size
        packed = max(part.compress_size, 1)
        if total > MAX_UNPACKED or (part.file_size > 10 * MB and part.file_size / packed > MAX_RATIO):
            raise BadInputError("解开后大得不正常，可能是压缩炸弹，没有读", file=shown)
        if part.filename.endswith((".xml", ".rels")):
            with archive.open(part) as stream:
                head = stream.read(HEAD).lower()
            # Office never writes a document type; whoever does wants entities expanded.
            if b"<!doctype" in head or b"<!entity" in head or b"<\0!\0d\0o\0c\0t\0y\0p\0e" in head:
                raise BadInputError("里面带有 XML 实体定义，正常的 Office 文件没有，没有读", file=shown)
