"""An article that is a file, .md, .html or .txt, made ready for the preview."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from agent.brief import Brief
from agent.channels.lint.fix import fix_html
from agent.channels.lint.report import MARKDOWN, lint_source
from agent.channels.lint.rows import as_findings
from agent.channels.preview_article import harmless, visible
from agent.channels.typeset.article import Article
from agent.channels.typeset.draft import typeset_file
from agent.channels.typeset.theme import Theme
from agent.context import Context
from agent.copies import ArticleCopy, Section
from agent.draft import Draft
from agent.finding import Finding

PAGES = frozenset({".html", ".htm"})
DIGEST_CHARS = 54
"""WeChat takes so many 字 of the text where the digest is left empty."""
_FIELD = "sections[0].text"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFile:
    name: str
    draft: Draft
    """A draft of the same words, so that everything that shows drafts can show it; nowhere kept."""
    article: Article
    plain: str
    folder: Path | None
    """Where its pictures lie."""


def article_file(
    name: str, source: str, theme: Theme, *, brand: Sequence[str] = (),
    examine: Callable[[str], Sequence[Finding]] = lambda text: (), folder: Path | None = None,
) -> ArticleFile:  # fmt: skip
    """`examine` is given the words as a reader sees them; what the editor would change is added to what it finds.

    HTML is mended as `wenan lint --fix` would; other files are Markdown.
    """
    suffix = Path(name).suffix.lower()
    kind = name if suffix in PAGES else f"{name}.md" if suffix not in MARKDOWN else name
    rows = [row for row in lint_source(kind, source).rows if row.severity != "info"]
    if suffix in PAGES:
        article = Article(html=harmless(fix_html(source)))
    else:
        article, _ = typeset_file(source, theme, brand=brand, lift_title=True, breaks=suffix not in MARKDOWN)
    plain = visible(article.html)
    copy = ArticleCopy(
        title=article.title or _first_line(plain),
        titles=(),
        digest="".join(plain.split())[:DIGEST_CHARS],
        sections=(Section("", plain),),
        cta="",
    )
    found = (
        *(replace(one, field=_FIELD) for one in examine(plain)),
        *(replace(f, field="") for f in as_findings(rows)),
    )
    draft = Draft(
        id=f"f_{name}",
        created_at=datetime.now(UTC),
        brief=Brief(channel="article", form="article", today=date.today()),
        context=Context(),
        copy=copy,
        findings=found,
        attempts=(),
        model="",
        offline=False,
    )
    return ArticleFile(name=name, draft=draft, article=article, plain=plain, folder=folder)


def _first_line(plain: str) -> str:
    return next((line.strip()[:32] for line in plain.splitlines() if line.strip()), "")
