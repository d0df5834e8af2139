"""A kept draft, or a Markdown file of one, set for WeChat with its AI label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agent.channels.typeset.article import Article, typeset
from agent.channels.typeset.theme import Theme
from agent.copies import ArticleCopy
from agent.draft import Draft
from agent.label.explicit import label_text
from agent.label.implicit import EXPLICIT
from knowledge_base.errors import UsageError
from knowledge_base.rules.ai_labels import label_rule, metadata_rule


@dataclass(frozen=True, slots=True)
class Labels:
    """What a file's front matter says of its origin."""

    words: str = ""
    fields: tuple[dict[str, str], ...] = ()


def typeset_draft(draft: Draft, theme: Theme, *, brand: Sequence[str] | None = None, **options: Any) -> Article:
    """The body of an article; title and digest have fields of their own in the editor, and so has the link.

    `brand` None takes the colours of the draft's own brand. `options` are those of `typeset`.
    Raises UsageError for other copy than articles.
    """
    copy = draft.copy
    if not isinstance(copy, ArticleCopy):
        raise UsageError("只有公众号文章要排版", hint="朋友圈和回复是纯文字，用 wenan log show 编号 -f text 取。")
    if brand is None:
        brand = draft.context.brand.colours if draft.context.brand else ()
    parts = []
    for section in copy.sections:
        parts += [f"## {' '.join(section.heading.split())}" if section.heading.strip() else "", section.text]
    parts.append(f"**{copy.cta.strip()}**" if copy.cta.strip() else "")
    rule = label_rule(draft.brief.form)
    article = typeset(
        "\n\n".join(part for part in parts if part), theme, brand=brand, breaks=True,
        label=label_text(draft), label_first=rule.place == "start", **options,
    )  # fmt: skip
    return Article(html=article.html, title=copy.title, squeezed=article.squeezed)


def typeset_file(text: str, theme: Theme, *, brand: Sequence[str] = (), **options: Any) -> tuple[Article, Labels]:
    """Markdown; the label that its front matter names is added where the text has lost it."""
    from agent.channels.typeset.markdown import parse_markdown

    labels = read_labels(parse_markdown(text).front_matter)
    missing = "；".join(words for words in labels.words.split("；") if words and words not in _body(text))
    return typeset(text, theme, brand=brand, label=missing, **options), labels


def read_labels(front_matter: str) -> Labels:
    """Label and AIGC fields from YAML front matter; empty when there is none or it says something else."""
    import yaml

    if not front_matter.strip():
        return Labels()
    try:
        data = yaml.load(front_matter, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:
        return Labels()
    if not isinstance(data, dict):
        return Labels()
    value = data.get(metadata_rule().key)
    fields = value if isinstance(value, list) else [value]
    kept = tuple({str(k): str(v or "") for k, v in one.items()} for one in fields if isinstance(one, dict))
    words = data.get(EXPLICIT)
    return Labels(words if isinstance(words, str) else "", kept)


def _body(text: str) -> str:
    """The text below the front matter."""
    return text.split("\n---", 1)[-1]
