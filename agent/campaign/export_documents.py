"""Drafts as documents for people: Markdown, the gallery of phones, Word. Each carries its AI labels and metadata."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from agent.campaign.export_rows import Piece, value_of
from agent.copies import ArticleCopy
from agent.draft import Draft
from agent.label.documents import embed_document
from agent.label.explicit import declaration, label_text
from agent.label.implicit import embed_html, embed_markdown, metadata
from agent.present import as_markdown, labelled_text
from agent.storage.files import write_bytes, write_pieces
from knowledge_base.rules.ai_labels import metadata_rule

DOCUMENTS = ("md", "html", "docx")


def write_document(path: Path, campaign: str, form: str, pieces: Sequence[Piece]) -> None:
    """Raises StorageError."""
    drafts = [piece.draft for piece in pieces]
    if form == "md":
        write_pieces(path, [embed_markdown(_markdown(campaign, pieces), drafts)])
    elif form == "html":
        from agent.channels.gallery import gallery_html

        page = gallery_html(drafts, title=f"{campaign} · {len(drafts)} 篇", note="活动导出；AI 标识见各篇")
        write_pieces(path, [embed_html(page, drafts)])
    else:
        write_bytes(path, [_word(campaign, pieces)])


def _markdown(campaign: str, pieces: Sequence[Piece]) -> str:
    parts = [f"# {campaign}\n"]
    for number, piece in enumerate(pieces, 1):
        body = as_markdown(piece.draft)
        # The campaign is the page's title, so an article's own headings go one level down.
        if isinstance(piece.draft.copy, ArticleCopy):
            body = "\n".join(f"#{line}" if line.startswith("#") else line for line in body.split("\n"))
        parts.append(f"## {number}. {_about(piece)}\n\n{body}")
    return "\n".join(parts)


def _word(campaign: str, pieces: Sequence[Piece]) -> bytes:
    import docx
    from docx.oxml.ns import qn

    document: Any = docx.Document()
    for name in ("Normal", "Heading 1", "Heading 2", "Heading 3"):
        style = document.styles[name]
        style.font.name = "Microsoft YaHei"
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "Microsoft YaHei")
    document.add_heading(campaign, 1)
    for number, piece in enumerate(pieces, 1):
        document.add_heading(f"{number}. {_about(piece)}", 2)
        _word_copy(document, piece.draft)
        said = [piece.draft.id, value_of(piece, "link"), declaration(piece.draft) or label_text(piece.draft)]
        said += [value_of(piece, "review")]
        note = document.add_paragraph()
        run = note.add_run(" · ".join(_xml(part) for part in said if part))
        run.italic = True
    embed_document(document, [metadata(draft) for draft in (piece.draft for piece in pieces)])
    core = document.core_properties
    core.title, core.author = _xml(campaign), metadata_rule().producer
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _word_copy(document: Any, draft: Draft) -> None:
    copy = draft.copy
    if not isinstance(copy, ArticleCopy):
        _paragraphs(document, labelled_text(draft))
        return
    document.add_heading(_xml(copy.title), 3)
    _paragraphs(document, copy.digest)
    for section in copy.sections:
        if section.heading:
            document.add_heading(_xml(section.heading), 3)
        _paragraphs(document, section.text)
    _paragraphs(document, copy.cta)
    _paragraphs(document, label_text(draft))


def _paragraphs(document: Any, text: str) -> None:
    for part in text.split("\n\n"):
        if part.strip():
            paragraph = document.add_paragraph()
            for i, line in enumerate(part.split("\n")):
                if i:
                    paragraph.add_run().add_break()
                paragraph.add_run(_xml(line))


def _about(piece: Piece) -> str:
    parts = (value_of(piece, name) for name in ("form_name", "product_name", "persona_name", "angle_name", "day"))
    return " · ".join(part for part in parts if part)


def _xml(text: str) -> str:
    """Without characters that XML cannot hold."""
    return "".join(char for char in text if char in "\t\n" or (char >= " " and not "\ud800" <= char <= "\udfff"))
