"""A document -> passages, or one exemplar when that is what it is said to be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from knowledge_base.ingest.documents import Document, read_document
from knowledge_base.ingest.files import Found
from knowledge_base.ingest.ids import derived_id
from knowledge_base.ingest.kinds import channel_of, kinds_in_name, named_kind
from knowledge_base.ingest.privacy import Hiding
from knowledge_base.ingest.report import Problem
from knowledge_base.labels import KIND_LABELS
from knowledge_base.records import Kind, Record, Source
from knowledge_base.schema import parse_record

PASSAGE_META = ("brand", "category", "product")
EXEMPLAR_META = ("id", "brand", "product", "persona")


def document_records(file: Found, wanted: Kind | None, brand: str, hiding: Hiding) -> Iterator[Record | Problem]:
    """Passages, unless `wanted`, the front matter's `kind` or a folder called 范文 makes it an exemplar.

    Raises BadInputError when the document cannot be read.
    """
    read = read_document(file.path, file.name)
    # Before it is cut up: a number that a cut goes through would be found in neither half.
    document = replace(read, title=hiding.text(read.title), text=hiding.text(read.text))
    kind = wanted or named_kind(document.meta.get("kind", "")) or _exemplar_folder(file) or "passage"
    if kind == "exemplar":
        yield _exemplar(file, document, brand)
    elif kind == "passage":
        yield from _passages(file, document, brand)
    else:
        yield Problem(
            file.name,
            None,
            f"文档不能当作{KIND_LABELS[kind]}",
            "把内容填进表格或 yaml；文档只能作为资料片段，或用 --kind exemplar 作为范文。",
        )


def _passages(file: Found, document: Document, brand: str) -> Iterator[Record | Problem]:
    from knowledge_base.chunking import split

    shared = _meta(document, PASSAGE_META, brand)
    # A first-level heading at the top already leads every title path.
    title = "" if document.text.lstrip().startswith(f"# {document.title}") else document.title
    chunks = split(document.text, title)
    if not chunks:
        yield Problem(file.name, None, "里面没有文字")
    for number, (start, path, chunk) in enumerate(chunks, 1):
        data = {**shared, "id": derived_id("passage", f"{file.name}\0{number}"), "text": chunk, "start": start}
        yield parse_record("passage", {**data, "title": path or document.title}, Source(file.name, number))


def _exemplar(file: Found, document: Document, brand: str) -> Record | Problem:
    said = document.meta.get("channel")
    data = {
        **_meta(document, EXEMPLAR_META, brand),
        "channel": channel_of([str(said)] if said else file.words) or "article",
        "title": document.title,
        "text": document.text,
    }
    data.setdefault("id", derived_id("exemplar", file.name))
    return parse_record("exemplar", data, Source(file.name))


def _meta(document: Document, names: tuple[str, ...], brand: str) -> dict[str, Any]:
    found = {name: str(document.meta[name]) for name in names if document.meta.get(name)}
    return {"brand": brand, **found} if brand else found


def _exemplar_folder(file: Found) -> Kind | None:
    return "exemplar" if any("exemplar" in kinds_in_name(word)[:1] for word in file.words[1:]) else None
