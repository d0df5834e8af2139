"""Markdown -> one WeChat-safe section, in a theme and a brand's colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markdown_it.token import Token

from agent.channels.typeset import escape
from agent.channels.typeset.blocks import Blocks
from agent.channels.typeset.inline import Inline
from agent.channels.typeset.markdown import parse_markdown
from agent.channels.typeset.notes import Notes
from agent.channels.typeset.theme import Theme, dress
from knowledge_base.rules.editor import editor_rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What goes into WeChat's editor, field by field."""

    html: str
    """One section with inline styles; what is pasted or sent as `content`."""
    title: str = ""
    """The first heading, when it was lifted out of the text."""
    front_matter: str = ""
    squeezed: bool = True
    """False when punctuation was left wide, because the article would have been too long otherwise."""

    @property
    def chars(self) -> int:
        """Characters of `html`, tags included: what WeChat counts."""
        return len(self.html)

    @property
    def room(self) -> int:
        """Characters left; negative when there are too many."""
        return editor_rules().content_chars - 1 - self.chars


def typeset(
    text: str,
    theme: Theme,
    *,
    brand: Sequence[str] = (),
    lift_title: bool = False,
    breaks: bool = False,
    spacing: bool = True,
    squeezing: bool = True,
    label: str = "",
    label_first: bool = False,
) -> Article:
    """Never fails. `brand` are CSS colours, main colour first; other than plain hex ones are passed over.

    `lift_title` takes a level-1 heading at the very start out of the text. `breaks` keeps single line breaks.
    `label` is the AI label, set as a line of its own at the end, or at the start with `label_first`.
    Punctuation is squeezed only while the article stays within WeChat's limit.
    """
    parsed = parse_markdown(text)
    tokens, title = parsed.tokens, ""
    if lift_title and tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        title, tokens = _plain(tokens[1]), tokens[3:]
    styles = dress(theme, brand)

    def render(squeezing: bool) -> Article:
        notes = Notes()
        inline = Inline(styles, notes, spacing=spacing, squeezing=squeezing, breaks=breaks)
        body = Blocks(styles, theme.ornaments, inline, notes).render(tokens)
        line = inline.wrap("p", "label", escape.text(label)) if label else ""
        html = inline.wrap("section", "root", line + body if label_first else body + line) if body or line else ""
        return Article(html=html, title=title, front_matter=parsed.front_matter, squeezed=squeezing)

    article = render(squeezing)
    if squeezing and article.room < 0:
        return render(False)
    return article if squeezing else replace(article, squeezed=False)


def _plain(token: Token) -> str:
    return "".join(child.content for child in token.children or ()).strip()
