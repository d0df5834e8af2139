"""One text through every check that needs no brief: law rules, and with a channel its limits, elements and taste."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from agent.brief import Brief, Form
from agent.checking.readers import Piece
from agent.checks.compliance import examine
from agent.context import Context
from agent.copies import ArticleCopy, Copy, MomentsCopy, ReplyCopy, Section
from agent.finding import Finding
from knowledge_base.records import Brand, Channel, Product
from knowledge_base.rules.law_model import RuleBook

DEFAULT_FORM: dict[str, Form] = {"article": "article", "moments": "ad", "reply": "service"}
CHANNEL_OF: dict[Form, Channel] = {
    "article": "article", "ad": "moments", "post": "moments", "service": "reply", "comment": "reply",
}  # fmt: skip
_GRAVITY = {"block": 0, "warn": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Checked:
    piece: Piece
    findings: tuple[Finding, ...]

    @property
    def blocking(self) -> int:
        return sum(finding.severity == "block" for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """What texts are held against."""

    form: Form
    book: RuleBook
    channel: Channel | None = None
    """Given: the channel's own limits count too."""
    industry: str = ""
    product: Product | None = None
    brand: Brand | None = None


def check_piece(piece: Piece, by: Yardstick) -> Checked:
    found = list(examine(piece.text, by.form, industry=by.industry, product=by.product, brand=by.brand, book=by.book))
    if by.channel is not None and piece.text.strip():
        found += _channel_findings(piece.text, by)
    return Checked(piece, tuple(sorted(found, key=lambda f: (f.start, f.end, _GRAVITY[f.severity]))))


def _channel_findings(text: str, by: Yardstick) -> list[Finding]:
    from agent.checks.spec import check_spec
    from agent.checks.style import check_style

    copy, field = _copy(text, by.form)
    channel = CHANNEL_OF[by.form]
    brief = Brief(channel=channel, form=by.form, today=date.today())
    context = Context(products=(by.product,) if by.product else (), brand=by.brand)
    found = (*check_spec(copy, brief, context), *check_style(copy, brief, context))
    # Title, digest, link text and the like belong to a whole draft, not to a text on its own.
    return [replace(finding, field="") for finding in found if finding.field == field]


def _copy(text: str, form: Form) -> tuple[Copy, str]:
    if form == "article":
        section = Section("", text)
        return ArticleCopy(title="", titles=(), digest="", sections=(section,), cta=""), "sections[0].text"
    if form in ("ad", "post"):
        return MomentsCopy(text=text), "text"
    return ReplyCopy(text=text), "text"
