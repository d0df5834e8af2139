"""A model's answer -> Copy. Forgiving about form, never about content: what cannot be read becomes a Finding.

Blocking findings mean that no Copy could be made, or that one would be published with half a source marker in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from agent.answers.citations import broken_marker, take
from agent.answers.coerce import Reader, clean, problem
from agent.answers.json_text import Answer, find_object
from agent.answers.visible import VisibleText, visible_text
from agent.brief import Brief
from agent.copies import ArticleCopy, Citation, Copy, MomentsCopy, ReplyCopy, Section, Title, TitleType, fields
from agent.finding import Finding
from knowledge_base.records import Channel

__all__ = ["VisibleText", "parse", "visible_text"]

KEYS: dict[Channel, tuple[str, ...]] = {
    "article": ("angle", "outline", "titles", "title", "digest", "sections", "cta", "image_brief"),
    "moments": ("angle", "text", "link_text", "image_brief"),
    "reply": ("intent", "text", "handover", "handover_reason", "policies"),
}
_TEXT_ALIASES = ("content", "copy", "reply", "answer", "文案", "正文", "回复")
_FENCE = re.compile(r"```[a-zA-Z]*\n?")
_PREAMBLE = re.compile(r"\A[^\n]{0,30}(?:文案|回复|答复|以下|如下|好的|当然)[^\n]{0,20}[:：]\s*\n")
_REFUSAL = re.compile(r"作为(?:一个|一名)?\s*(?:AI|人工智能|语言模型|大模型)|I['’]?m sorry|As an AI", re.IGNORECASE)
_SORRY = re.compile(
    r"\A(?:很?抱歉|对不起|不好意思)[^\n。]{0,30}(?:无法|不能|没办法|不便)[^\n。]{0,12}(?:生成|撰写|提供|协助|完成|写|帮)"
)
_PARAGRAPHS = re.compile(r"[ \t\u3000]*\n\s*")
_MANY_BREAKS = re.compile(r"[ \t\u3000]*\n\s*\n\s*")
_LIST_START = re.compile(r"\D{0,2}[0-9一二三四五六七八九十两]+\s*[个件条种步招款样]")


def parse(text: str, brief: Brief) -> tuple[Copy | None, tuple[Finding, ...]]:
    """The copy in a model's answer and what was wrong with it. Never raises, whatever the text.

    Source markers are stripped from every reader-facing field into `citations`. None comes with at least one blocking
    finding of status `unparsable`.
    """
    answer = find_object(text, KEYS[brief.channel])
    if answer.state == "cut":
        return None, (_cut(answer),)
    if answer.state == "none":
        return _plain(answer.rest, brief)
    reader = Reader(_unwrapped(answer.data, KEYS[brief.channel]))
    if answer.state == "tidied":
        reader.findings.append(
            problem("tidied", "info", "答案的 JSON 有小毛病（多余逗号、没转义的引号之类），已修好再读。")
        )
    read = {"article": _article, "moments": _moments, "reply": _reply}[brief.channel]
    return _checked(read(reader), reader.findings)


def _checked(copy: Copy | None, findings: list[Finding]) -> tuple[Copy | None, tuple[Finding, ...]]:
    if copy is None:
        if not any(f.severity == "block" for f in findings):
            findings.append(problem("empty", "block", "答案里没有可用的文案。"))
        return None, tuple(findings)
    for name, text in fields(copy).items():
        if broken := broken_marker(text):
            found = problem("marker", "block", "来源标记不完整，会原样印出来；写成 [[编号]]。", name)
            findings.append(replace(found, start=broken.start(), end=broken.end(), text=broken[0]))
    return copy, tuple(findings)


def _article(reader: Reader) -> ArticleCopy | None:
    cited: list[Citation] = []

    def field(name: str, raw: str) -> str:
        text, citations = take(name, raw)
        cited.extend(citations)
        return text

    titles = _titles(reader)
    title = field("title", reader.text("title", missing="warn"))
    if not title and titles:
        title = titles[0].text
        reader.findings.append(problem("title", "warn", "没有选定标题，先用第一个候选。", "title"))
    if title and all(candidate.text != title for candidate in titles):
        titles = (Title(_guess_type(title), title), *titles)
    sections = _sections(reader, field)
    copy = ArticleCopy(
        title=title,
        titles=titles,
        digest=field("digest", reader.text("digest", missing="warn")),
        sections=sections,
        cta=field("cta", reader.text("cta", missing="warn")),
        angle=take("", reader.text("angle", missing="info"))[0],
        outline=tuple(take("", item)[0] for item in reader.texts("outline")),
        image_brief=tuple(take("", item)[0] for item in reader.texts("image_brief")),
    )
    if not title:
        reader.findings.append(problem("missing", "block", "没有标题。", "title"))
    if not any(section.text for section in sections):
        reader.findings.append(problem("missing", "block", "没有正文。", "sections"))
    if not title or not any(section.text for section in sections):
        return None
    named = fields(copy)
    return replace(copy, citations=tuple(c for c in cited if c.field in named))


def _titles(reader: Reader) -> tuple[Title, ...]:
    """Candidates without markers; nobody publishes them with sources, the chosen one is cited as `title`."""
    found: list[Title] = []
    for i, item in enumerate(reader.items("titles", missing="warn")):
        entry: Mapping[str, Any] = item if isinstance(item, dict) else {"text": item}
        inner = Reader(entry, reader.findings, f"titles[{i}].")
        text = take("", inner.text("text", also=("title", "标题"), missing="warn"))[0]
        if not text:
            continue
        named = str(entry.get("type", "")).strip().removesuffix("型")
        known = next((kind for kind in get_args(TitleType) if kind == named), None)
        if known is None:
            reader.findings.append(
                problem("title_type", "info", f"候选标题没有写明型，按字面猜：{text}", f"titles[{i}]")
            )
        found.append(Title(known or _guess_type(text), text))
    return tuple({candidate.text: candidate for candidate in reversed(found)}.values())[::-1]


def _guess_type(title: str) -> TitleType:
    if title.endswith(("？", "?", "吗", "呢")):
        return "疑问"
    if _LIST_START.match(title):
        return "清单"
    return "反差" if "以为" in title else "场景"


def _sections(reader: Reader, field: Any) -> tuple[Section, ...]:
    found: list[Section] = []
    for i, item in enumerate(reader.items("sections", missing="block")):
        entry: Mapping[str, Any] = item if isinstance(item, dict) else {"heading": "", "text": item}
        inner = Reader(entry, reader.findings, f"sections[{i}].")
        heading = inner.text("heading", also=("title", "小标题"), missing="info")
        body = inner.text("text", also=("content", "body", "paragraphs", "正文"), missing="block")
        if heading.strip() or body.strip():
            at = f"sections[{len(found)}]"
            found.append(Section(field(f"{at}.heading", heading), field(f"{at}.text", paragraphs(body))))
    return tuple(found)


def paragraphs(text: str) -> str:
    """One blank line between paragraphs, whether the model wrote none or many."""
    text = text.strip()
    return (_MANY_BREAKS if _MANY_BREAKS.search(text) else _PARAGRAPHS).sub("\n\n", text)


def _moments(reader: Reader) -> MomentsCopy | None:
    text, citations = take("text", reader.text("text", also=_TEXT_ALIASES))
    if not text:
        return None
    link_text, link_citations = take("link_text", reader.text("link_text", missing="info"))
    return MomentsCopy(
        text=text,
        link_text=link_text,
        angle=take("", reader.text("angle", missing="info"))[0],
        image_brief=tuple(take("", item)[0] for item in reader.texts("image_brief")),
        citations=citations + (link_citations if link_text else ()),
    )


def _reply(reader: Reader) -> ReplyCopy | None:
    text, citations = take("text", reader.text("text", also=_TEXT_ALIASES))
    if not text:
        return None
    return ReplyCopy(
        text=text,
        intent=take("", reader.text("intent", missing="info"))[0],
        handover=reader.yes("handover"),
        handover_reason=take("", reader.text("handover_reason", missing="info"))[0],
        policies=tuple(item.strip("[]［］ ") for item in reader.texts("policies")),
        citations=citations,
    )


def _plain(said: str, brief: Brief) -> tuple[Copy | None, tuple[Finding, ...]]:
    """An answer without JSON: acceptable where the copy is one piece of text."""
    text = clean(_FENCE.sub("", said)).strip()
    if not text:
        return None, (problem("empty", "block", "模型什么也没说。"),)
    if _REFUSAL.search(text) or (brief.channel != "reply" and _SORRY.search(text)):
        return None, (problem("refusal", "block", f"模型拒绝了：{text[:40]}"),)
    if brief.channel == "article" or text[0] in "{[":
        return None, (problem("not_json", "block", "答案不是约定的 JSON，读不出各个字段。"),)
    findings = [problem("plain_text", "warn", "模型没有按 JSON 作答，整段当作正文；请人看一眼。", "text")]
    body, citations = take("text", _PREAMBLE.sub("", text))
    if not body:
        return None, (problem("empty", "block", "答案里没有可用的文案。"),)
    if brief.channel == "moments":
        return _checked(MomentsCopy(text=body, citations=citations), findings)
    findings.append(problem("missing", "warn", "答案没有写要不要转人工，当作“否”；请人看一眼。", "handover"))
    return _checked(ReplyCopy(text=body, citations=citations), findings)


def _unwrapped(data: dict[str, Any], keys: tuple[str, ...]) -> Mapping[str, Any]:
    """The object itself, or the one inside {"article": {…}}."""
    only = next(iter(data.values())) if len(data) == 1 else None
    return only if isinstance(only, dict) and not data.keys() & set(keys) else data


def _cut(answer: Answer) -> Finding:
    got = f"完整收到的字段：{'、'.join(answer.complete)}。" if answer.complete else "还没有一个字段是完整的。"
    return problem("truncated", "block", f"答案没有写完就断了，{got}可以调大 max_tokens，或换输出更长的模型。")
