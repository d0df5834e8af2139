"""The AIGC field as a custom property of Word documents, and a document's text as Word, WPS or a phone left it.

The one file that reaches below python-docx, which has no custom properties and overlooks text in content controls.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape
from zipfile import BadZipFile

from agent.label.implicit import Metadata
from knowledge_base.errors import BadInputError
from knowledge_base.rules.ai_labels import metadata_rule

CUSTOM_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
CUSTOM_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
# Fixed by the Office Open XML standard for properties that people define.
_FMTID = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
_VT = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"


def open_document(data: bytes, file: str) -> Any:
    """A python-docx document. Raises BadInputError when it is none."""
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    try:
        return docx.Document(BytesIO(data))
    # SyntaxError: lxml's for broken XML.
    except (PackageNotFoundError, BadZipFile, SyntaxError, KeyError, ValueError) as error:
        raise BadInputError(
            "打不开，可能不是真的 Word 文档", file=file, hint="用 Word 或 WPS 另存为 .docx 后重试。"
        ) from error


def embed_document(document: Any, metadata: Sequence[Metadata]) -> None:
    """Puts the field among the custom properties; one object, or a list for several drafts."""
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    value = dict(metadata[0]) if len(metadata) == 1 else [dict(one) for one in metadata]
    text = escape(json.dumps(value, ensure_ascii=False))
    blob = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"'
        f' xmlns:vt="{_VT}"><property fmtid="{_FMTID}" pid="2" name="{metadata_rule().key}">'
        f"<vt:lpwstr>{text}</vt:lpwstr></property></Properties>"
    ).encode()
    package = document.part.package
    package.relate_to(Part(PackURI("/docProps/custom.xml"), CUSTOM_TYPE, blob, package), CUSTOM_RELATION)


def read_document(document: Any) -> tuple[dict[str, str], ...]:
    """The fields of a document; empty when it has none."""
    from docx.oxml import parse_xml

    for relation in document.part.package.rels.values():
        if relation.reltype != CUSTOM_RELATION or relation.is_external:
            continue
        for one in parse_xml(relation.target_part.blob):
            if one.get("name") == metadata_rule().key:
                return as_fields("".join(one.itertext()))
    return ()


def as_fields(text: str) -> tuple[dict[str, str], ...]:
    """JSON of one field or a list of them; empty when it is neither."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        return ()
    return tuple(
        {str(k): "" if v is None else str(v) for k, v in one.items()}
        for one in (value if isinstance(value, list) else [value])
        if isinstance(one, dict)
    )


def text_of(element: Any) -> str:
    """Text of a paragraph, cell or body, a line a paragraph; also what content controls and accepted insertions hold.

    Tracked deletions are left out: their text lies in elements of another name.
    """
    from docx.oxml.ns import qn

    return "\n".join(_paragraph(one, qn) for one in element.iter(qn("w:p")))


def _paragraph(paragraph: Any, qn: Any) -> str:
    return "".join(_pieces(paragraph, qn))


def _pieces(paragraph: Any, qn: Any) -> Iterator[str]:
    text, tab, breaks = qn("w:t"), qn("w:tab"), (qn("w:br"), qn("w:cr"))
    for node in paragraph.iter():
        if node.tag == text:
            yield node.text or ""
        elif node.tag == tab and node.getparent().tag == qn("w:r"):
            yield "\t"
        elif node.tag in breaks:
            yield "\n"
