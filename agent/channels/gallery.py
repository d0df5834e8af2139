"""Many drafts on one page, side by side as WeChat would show them: to be filtered, searched and compared.

One HTML file without requests. Cards outside the window are neither laid out nor painted: thousands open at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from agent.brief import Brief
from agent.channels.preview import AI_LABEL, data_uri, environment, policy, style, template_text
from agent.channels.preview_phone import FOLD_LINES, shape_of
from agent.channels.preview_view import CARD_DIGEST_CHARS, CARD_TITLE_CHARS, brand_colour
from agent.copies import ArticleCopy
from agent.draft import Draft
from agent.ids import handle
from agent.label.explicit import inside, label_text
from agent.log_view import FORM_LABELS, model_label
from knowledge_base.pii import Vault

STATES = {"ok": "检查通过", "warn": "有建议", "block": "有必须改的", "none": "没写成"}
_SEVERITIES = ("block", "warn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    number: int
    draft: Draft
    brief: Brief
    form: str
    handle: str
    account: str
    colour: str
    product: str
    persona: str
    state: str
    state_text: str
    findings: tuple[tuple[str, str], ...]
    """(severity, message), blocking ones first; what was let pass is left out."""
    count: int
    """How many findings are as grave as the state says."""
    label: str
    """The AI label, where it is part of the text."""
    model: str
    message: str
    """The customer's, personal data hidden."""
    shape: str
    cover: str


def gallery_html(
    drafts: Sequence[Draft], *, title: str = "文案画廊", covers: Sequence[bytes] = (), note: str = ""
) -> str:
    """The page as text. `covers` go with `drafts` one to one where given; `note` is a line under the title."""
    cards = [_card(draft, number, covers) for number, draft in enumerate(drafts)]
    script = template_text("gallery.js")
    return environment().get_template("gallery.html.j2").render(
        cards=cards,
        title=title,
        note=note,
        forms=_choices((card.brief.form, card.form) for card in cards),
        products=_choices((card.product, card.product) for card in cards if card.product),
        personas=_choices((card.persona, card.persona) for card in cards if card.persona),
        states=[(state, name, sum(card.state == state for card in cards)) for state, name in STATES.items()],
        ai_label=AI_LABEL,
        title_chars=CARD_TITLE_CHARS,
        digest_chars=CARD_DIGEST_CHARS,
        fold=FOLD_LINES,
        made=f"{datetime.now().astimezone():%Y-%m-%d %H:%M}",
        style=style("gallery.css"),
        script=script,
        policy=policy(script),
    )  # fmt: skip


def _card(draft: Draft, number: int, covers: Sequence[bytes]) -> Card:
    brief, context = draft.brief, draft.context
    found = sorted(
        ((f.severity, f.message) for f in draft.findings if f.severity in _SEVERITIES),
        key=lambda one: _SEVERITIES.index(one[0]),
    )
    state = "none" if draft.copy is None else found[0][0] if found else "ok"
    return Card(
        number=number,
        draft=draft,
        brief=brief,
        form=FORM_LABELS[brief.form],
        handle=handle(draft.id),
        account=(context.brand.name if context.brand else "") or brief.brand or "品牌",
        colour=brand_colour(context.brand),
        product="、".join(product.name for product in context.products) or "、".join(brief.products),
        persona=context.persona.name if context.persona else brief.persona,
        state=state,
        state_text=STATES[state],
        findings=tuple(found),
        count=sum(severity == state for severity, _ in found),
        label=label_text(draft) if inside(draft) else "",
        model=model_label(draft.model, draft.offline),
        message=Vault().mask(brief.message) if brief.message else "",
        shape=shape_of(brief.format),
        cover=data_uri(covers[number]) if number < len(covers) and isinstance(draft.copy, ArticleCopy) else "",
    )


def _choices(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str, int]]:
    """(value, name, how many), the most frequent first."""
    counted = Counter(pairs)
    return [(value, name, count) for (value, name), count in counted.most_common()]
