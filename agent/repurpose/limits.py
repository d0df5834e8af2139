"""What a place limits beyond length: billed parts of a text message, seconds of a script, title and tags of a note."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.context import Context
from agent.copies import Copy, plain_text
from agent.finding import Finding, Severity
from knowledge_base.rules import wechat_length
from knowledge_base.rules.ai_labels import label_rule
from knowledge_base.rules.exports import sheet
from knowledge_base.rules.targets import Target

TAG = re.compile(r"#[^\s#]+")


@dataclass(frozen=True, slots=True)
class Sms:
    """A text message as the reader's phone shows it."""

    text: str
    chars: int
    """With the room kept for a short link."""
    parts: int
    """Messages that are billed."""
    single: int
    part: int


def sms(body: str, context: Context, target: Target, label: str) -> Sms:
    """Signature, body, AI label and opt-out as the export puts them together."""
    rules = sheet(target.sheet)
    sign = f"【{context.brand.name}】" if rules.signature and context.brand else ""
    text = " ".join(part for part in (f"{sign}{' '.join(body.split())}", label, rules.opt_out) if part)
    chars = len(text) + target.link_chars
    parts = 1 if chars <= rules.single_chars else -(-chars // rules.part_chars)
    return Sms(text, chars, parts, rules.single_chars, rules.part_chars)


def seconds(text: str, target: Target) -> int:
    """How long it takes to say, rounded up."""
    return -(-wechat_length("".join(text.split())) // target.chars_per_second)


def check_target(copy: Copy, context: Context, target: Target) -> tuple[Finding, ...]:
    """Findings on top of those of the form's own checks."""
    return tuple(_found(plain_text(copy), context, target))


def _found(text: str, context: Context, target: Target) -> Iterator[Finding]:
    if target.sheet:
        yield from _sms(text, context, target)
    if target.chars_per_second and (needed := seconds(text, target)) > target.seconds_max:
        over = (needed - target.seconds_max) * target.chars_per_second
        yield _finding(
            target, "seconds", "block", f"念完约 {needed} 秒，最多 {target.seconds_max} 秒，要删约 {over} 字。"
        )
    if target.title_max:
        yield from _note(text, target)


def _sms(text: str, context: Context, target: Target) -> Iterator[Finding]:
    rule = label_rule("post")
    # Both ways of writing must fit: who writes is not known here.
    found = sms(text, context, target, max(rule.text, rule.offline_text, key=len))
    limit = next(column.max_chars for column in sheet(target.sheet).columns if column.value == "sms")
    whole = f"连签名、AI 标识、退订语和 {target.link_chars} 字短链共 {found.chars} 字"
    if "【" in text or "】" in text:
        yield _finding(target, "signature", "block", "正文里不能有【】，手机会当成签名；签名由发送平台补。")
    if limit is not None and found.chars > limit:
        yield _finding(target, "chars", "block", f"{whole}，上限 {limit} 字，要删 {found.chars - limit} 字。")
    elif found.parts > 1:
        over = found.chars - found.single
        yield _finding(target, "parts", "warn", f"{whole}，按 {found.parts} 条计费；删 {over} 字就是一条。")


def _note(text: str, target: Target) -> Iterator[Finding]:
    title, _, rest = text.strip().partition("\n")
    body = rest.strip()
    if not body:
        yield _finding(target, "title", "block", "要有标题和正文：第一行是标题，空一行接正文。")
        return
    if (length := wechat_length(title)) > target.title_max:
        over = length - target.title_max
        yield _finding(
            target, "title", "block", f"标题 {length} 字，上限 {target.title_max} 字，要删 {over} 字。", title
        )
    if (length := wechat_length(body)) > target.body_max:
        yield _finding(
            target,
            "body",
            "block",
            f"正文 {length} 字，上限 {target.body_max} 字，要删 {length - target.body_max} 字。",
        )
    tags = TAG.findall(body)
    if len(tags) > target.tags_max:
        yield _finding(target, "tags", "block", f"话题 {len(tags)} 个，最多 {target.tags_max} 个。")
    elif len(tags) < target.tags_min:
        yield _finding(target, "tags", "warn", f"话题 {len(tags)} 个，写 {target.tags_min} 个以上才好被搜到。")


def _finding(target: Target, what: str, severity: Severity, message: str, text: str = "") -> Finding:
    return Finding(
        check="spec",
        rule_id=f"{target.form}.{target.format}.{what}",
        severity=severity,
        status="spec",
        message=message,
        field="text",
        end=len(text),
        text=text,
    )
