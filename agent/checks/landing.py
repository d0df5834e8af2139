"""The text link under a Moments ad: one of the menu's words, and the landing page can do what it says."""

from __future__ import annotations

from collections.abc import Iterator

from agent.brief import Brief
from agent.context import Context, TrackedLink
from agent.copies import MomentsCopy
from agent.finding import Finding, Severity
from knowledge_base.records import Link
from knowledge_base.rules import ChannelSpec

_ANY_PAGE = "了解更多"
"""Promises nothing that a page could not do."""


def check_landing(copy: MomentsCopy, brief: Brief, context: Context, spec: ChannelSpec) -> Iterator[Finding]:
    if not spec.link_texts:
        return
    if not copy.link_text:
        yield _finding(
            spec, "link_missing", "warn", f"没有选文字链。从菜单里挑一个：{'、'.join(spec.link_texts)}。", ""
        )
        return
    if copy.link_text not in spec.link_needs:
        message = f"文字链只能用菜单里的：{'、'.join(spec.link_texts)}。"
        yield _finding(spec, "link_text", "block", message, copy.link_text)
        return
    if brief.cta in spec.link_needs and brief.cta != copy.link_text:
        message = f"要的是“{brief.cta}”，文案用了“{copy.link_text}”。"
        yield _finding(spec, "link_other", "warn", message, copy.link_text, brief.cta)
    problem = _cannot(copy.link_text, brief, context, spec)
    if problem:
        severity, message = problem
        # Another word helps where the page cannot do what this one says, not where there is no page.
        rewrite = _ANY_PAGE if severity == "block" else ""
        yield _finding(spec, "landing", severity, message, copy.link_text, rewrite)


def _cannot(word: str, brief: Brief, context: Context, spec: ChannelSpec) -> tuple[Severity, str] | None:
    """Why the landing page cannot do what the word says, as far as the records tell."""
    need = spec.link_needs[word]
    links: list[Link | TrackedLink] = [context.link] if context.link else [product.link for product in context.products]
    if context.brand and not context.link:
        links.append(context.brand.link)
    if need == "mini" and not any(link.mini_appid for link in links):
        return "block", "落地页没有小程序。给商品补上小程序 appid 和路径，或换一个文字链。"
    if need == "coupon" and context.coupon is None:
        return "block", f"“{word}”要有能领的券，这次没有。用 --coupon 指定一张，或换一个文字链。"
    if need == "offer" and not any(
        (offer.start is None or offer.start <= brief.today) and (offer.end is None or brief.today <= offer.end)
        for product in context.products
        for offer in product.promotions
    ):
        return "block", f"“{word}”要有今天在进行的优惠，资料里没有。换成“立即购买”或“去逛逛”。"
    if not any(link.url or link.mini_appid for link in links):
        return "warn", "资料里没有落地页链接，发布前给商品补上。"
    if need in ("form", "live"):
        return "info", f"发布前点开落地页看一眼，确认真能“{word}”。"
    return None


def _finding(spec: ChannelSpec, rule: str, severity: Severity, message: str, text: str, rewrite: str = "") -> Finding:
    return Finding(
        check="spec",
        rule_id=f"{spec.id}.{rule}",
        severity=severity,
        status="spec",
        message=message,
        field="link_text",
        start=0,
        end=len(text),
        text=text,
        rewrite=rewrite,
    )
