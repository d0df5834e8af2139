"""A kept draft as texts to check, one a field, by the yardstick of its own form."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from agent.channels.lint.check import lint_html
from agent.channels.lint.rows import as_findings
from agent.channels.preview_view import field_label
from agent.channels.typeset.draft import typeset_draft
from agent.channels.typeset.theme import load_theme
from agent.checking.examine import Checked, Yardstick, check_piece
from agent.checking.readers import Piece
from agent.copies import ArticleCopy, fields
from agent.draft import Draft
from agent.finding import Finding
from agent.ids import handle
from agent.journal import Journal
from knowledge_base.workspace import Workspace


def check_draft(id: str, by: Yardstick, workspace: Workspace) -> list[Checked]:
    """Law rules over every field, with the draft's own products; for articles what the editor would do to them.

    Lengths and facts belong to the whole draft: `wenan log recheck` looks at those. Raises UnknownIdError.
    """
    with closing(Journal.open(workspace)) as journal:
        draft = journal.get(id)
    if draft.copy is None:
        return []
    own = replace(
        by,
        form=draft.brief.form,
        channel=None,
        product=by.product or next(iter(draft.context.products), None),
        brand=by.brand or draft.context.brand,
    )
    found = [
        check_piece(Piece(handle(draft.id), text, number, 1, field_label(field)), own)
        for number, (field, text) in enumerate(fields(draft.copy).items(), 1)
    ]
    if isinstance(draft.copy, ArticleCopy):
        found.append(Checked(Piece(handle(draft.id), "", len(found) + 1, 1, "排版后"), _editor(draft, workspace)))
    return found


def _editor(draft: Draft, workspace: Workspace) -> tuple[Finding, ...]:
    theme = load_theme(str(workspace.section("typeset").get("theme", "")), (workspace.root / "themes",))
    return as_findings(lint_html(typeset_draft(draft, theme).html))
