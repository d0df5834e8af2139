"""What the preview page shows of a draft, as plain values: texts already cut, marked and named in Chinese."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from agent.brief import ANGLE_NAMES
from agent.channels.segments import Mark, Run, paragraphs, runs
from agent.checks import ledger
from agent.copies import ArticleCopy, fields
from agent.draft import Draft
from agent.finding import Finding
from agent.ids import handle
from agent.label.explicit import label_text
from agent.log_view import FORM_LABELS, model_label
from agent.present import labelled_text, link_line
from knowledge_base.labels import KIND_LABELS
from knowledge_base.records import Brand

CARD_TITLE_CHARS = 16
CARD_DIGEST_CHARS = 54
_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\Z")
DEFAULT_COLOUR = "#5b6b62"
_FIELD_LABELS = {"title": "标题", "digest": "摘要", "cta": "结尾行动", "text": "正文", "link_text": "链接文案"}
_VERDICTS = {"supported": "有依据", "derived": "可推算", "unsupported": "无依据"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimView:
    ref: str
    text: str
    where: str
    verdict: str
    label: str
    proof: str
    """The record's own words, or the arithmetic."""
    source: str
    """Record id and field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    ref: str
    severity: str
    where: str
    text: str
    message: str
    law: str
    rewrite: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    kind: str
    id: str
    percent: int
    score: str
    legs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleView:
    type: str
    shown: str
    hidden: str
    """What the card cuts off."""
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    number: int
    draft: Draft
    form: str
    handle: str
    author: str
    colour: str
    account: str
    subject: str
    model: str
    verdict: str
    """ok, block or empty: whether the draft may leave."""
    verdict_text: str
    findings: tuple[FindingView, ...]
    claims: tuple[ClaimView, ...]
    sources: tuple[SourceView, ...]
    titles: tuple[TitleView, ...]
    facts: tuple[tuple[str, str], ...]
    """(label, value) of how it was made."""
    link: str
    link_href: str
    """The destination when it is a web address, else empty."""
    plain: str
    """The text as pasted, AI label included."""
    label: str
    """The words of the AI label."""
    marks: Mapping[str, tuple[Mark, ...]]

    def runs(self, field: str) -> tuple[Run, ...]:
        """A field in one line of runs."""
        return runs(self._text(field), self.marks.get(field, ()))

    def paragraphs(self, field: str) -> tuple[tuple[Run, ...], ...]:
        """A field's paragraphs."""
        return paragraphs(self._text(field), self.marks.get(field, ()))

    def card(self, field: str, chars: int) -> tuple[tuple[Run, ...], bool]:
        """The first `chars` of a field, and whether there was more."""
        text = self._text(field)
        end = min(chars, len(text))
        return runs(text, self.marks.get(field, ()), end=end), len(text) > chars

    def _text(self, field: str) -> str:
        return fields(self.draft.copy).get(field, "") if self.draft.copy is not None else ""


def view(draft: Draft, number: int) -> DraftView:
    """Everything the page needs of one draft; `number` makes its anchors unique."""
    findings = tuple(_finding(f, f"f{number}-{i}") for i, f in enumerate(draft.findings))
    claims, proofs = _claims(draft, number)
    marks: dict[str, tuple[Mark, ...]] = {}
    for finding, shown in zip(draft.findings, findings, strict=True):
        mark = Mark(finding.start, finding.end, finding.severity, finding.message, shown.ref)
        marks[finding.field] = (*marks.get(finding.field, ()), mark)
    for field, mark in proofs:
        marks[field] = (*marks.get(field, ()), mark)
    brand, context, brief = draft.context.brand, draft.context, draft.brief
    blocked = sum(f.severity == "block" for f in draft.findings)
    link = link_line(draft)
    names = "、".join(product.name for product in context.products) or "、".join(brief.products)
    persona = context.persona.name if context.persona else brief.persona
    return DraftView(
        number=number,
        draft=draft,
        form=FORM_LABELS[brief.form],
        handle=handle(draft.id),
        author=(brand.name if brand else "") or "品牌",
        colour=brand_colour(brand),
        account=(brand.name if brand else "") or "公众号",
        subject=" · ".join(part for part in (names, f"写给{persona}" if persona else "", _angle(draft)) if part),
        model=model_label(draft.model, draft.offline),
        verdict="block" if blocked or draft.copy is None else "ok",
        verdict_text="没写成" if draft.copy is None else f"{blocked} 处必须改" if blocked else "检查通过",
        findings=findings,
        claims=claims,
        sources=tuple(_sources(draft)),
        titles=_titles(draft),
        facts=tuple(_facts(draft)),
        link=link,
        link_href=link if link.startswith(("https://", "http://")) else "",
        plain=labelled_text(draft),
        label=label_text(draft),
        marks=marks,
    )


def _finding(finding: Finding, ref: str) -> FindingView:
    return FindingView(
        ref=ref,
        severity=finding.severity,
        where=field_label(finding.field),
        text=finding.text,
        message=finding.message,
        law=finding.law,
        rewrite=finding.rewrite,
    )


def _claims(draft: Draft, number: int) -> tuple[tuple[ClaimView, ...], list[tuple[str, Mark]]]:
    """The ledger, and marks for what is proved; what is not is marked by its finding."""
    if draft.copy is None:
        return (), []
    shown: dict[tuple[str, ...], ClaimView] = {}
    marks = []
    for one in ledger(draft.copy, draft.brief, draft.context):
        fact = one.fact
        source = f"{fact.record_id} · {fact.where}" if fact else ""
        proof = "；".join(part for part in (f"“{fact.quote}”" if fact else "", one.how) if part)
        if one.verdict == "unsupported" and fact:
            proof = f"最接近的是 {proof}"
        entry = ClaimView(
            ref=f"c{number}-{len(shown)}",
            text=one.claim.text,
            where=field_label(one.field),
            verdict=one.verdict,
            label=_VERDICTS[one.verdict],
            proof=proof or "资料里没有",
            source=source,
        )
        # The same claim said again elsewhere is one line that names all its places.
        key = (entry.text, entry.verdict, entry.proof, entry.source)
        before = shown.get(key, entry)
        places = dict.fromkeys((*before.where.split("、"), entry.where))
        shown[key] = replace(before, where="、".join(places))
        if one.verdict != "unsupported":
            note = f"{_VERDICTS[one.verdict]}：{proof}\n{source}"
            marks.append((one.field, Mark(one.claim.start, one.claim.end, "proved", note, before.ref)))
    return tuple(sorted(shown.values(), key=lambda claim: claim.verdict != "unsupported")), marks


def _sources(draft: Draft) -> list[SourceView]:
    shown = []
    for one in draft.context.retrieved:
        legs = [
            f"{name}第 {leg.rank}（{leg.score:.2f}）"
            for name, leg in (("语义", one.dense), ("字面", one.lexical))
            if leg is not None
        ]
        shown.append(
            SourceView(
                kind=KIND_LABELS[one.kind],
                id=one.id,
                percent=round(100 * min(max(one.score, 0.0), 1.0)),
                score=f"{one.score:.2f}",
                legs=" · ".join(legs) or "指名",
            )
        )
    return shown


def _titles(draft: Draft) -> tuple[TitleView, ...]:
    if not isinstance(draft.copy, ArticleCopy):
        return ()
    return tuple(
        TitleView(
            type=title.type,
            shown=title.text[:CARD_TITLE_CHARS],
            hidden=title.text[CARD_TITLE_CHARS:],
            chosen=title.text == draft.copy.title,
        )
        for title in draft.copy.titles
    )


def _facts(draft: Draft) -> list[tuple[str, str]]:
    brief, attempts = draft.brief, draft.attempts
    costs = [attempt.cost for attempt in attempts if attempt.cost is not None]
    last = attempts[-1] if attempts else None
    pairs = [
        ("编号", draft.id),
        ("写于", f"{draft.created_at.astimezone():%Y-%m-%d %H:%M}"),
        ("核对日", brief.today.isoformat()),
        ("版本", f"v{draft.version}" + (f"，改自 {handle(draft.parent)}" if draft.parent else "")),
        ("目标", brief.goal),
        ("模型", model_label(draft.model, draft.offline)),
        ("模板", f"{last.template_id}@{last.template_version} · {last.template_sha256[:12]}" if last else ""),
        ("调用", f"{len(attempts)} 次" if attempts else "没有调用模型"),
        ("tokens", f"{sum(a.input_tokens for a in attempts)} + {sum(a.output_tokens for a in attempts)}"),
        ("费用", f"{sum(costs):.4f} 元" if costs else "0 元" if draft.model == "offline" else "没有价格"),
        ("耗时", f"{sum(a.latency for a in attempts):.2f} 秒"),
        ("种子", str(brief.seed)),
        ("资料版本", draft.context.kb_version),
        ("备注", brief.notes),
    ]
    return [(name, value) for name, value in pairs if value]


def field_label(field: str) -> str:
    """`sections[1].text` -> 第 2 节; empty for the whole copy."""
    numbered = re.match(r"(sections|titles)\[(\d+)\](?:\.(\w+))?\Z", field)
    if numbered is None:
        return _FIELD_LABELS.get(field, field)
    number = int(numbered[2]) + 1
    if numbered[1] == "titles":
        return f"候选标题 {number}"
    return f"第 {number} 节" + ("小标题" if numbered[3] == "heading" else "")


def _angle(draft: Draft) -> str:
    return f"{ANGLE_NAMES[draft.brief.angle]}角度" if draft.brief.angle else ""


def brand_colour(brand: Brand | None) -> str:
    """The brand's main colour where it is a plain hex colour; anything else could carry CSS of its own."""
    named = brand.colours[0].strip() if brand and brand.colours else ""
    return named if _COLOUR.match(named) else DEFAULT_COLOUR
