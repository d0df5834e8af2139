"""Holds an exported file against the journal: is it labelled, is it ours, and which part was changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agent.codec import dumps, to_plain
from agent.copies import ArticleCopy, Copy, fields
from agent.draft import Draft
from agent.fingerprint import copy_sha256
from agent.journal import Journal
from agent.label.explicit import inside, label_text
from agent.label.implicit import KEYS
from agent.label.read import Labelled
from agent.part_names import part_name
from knowledge_base.errors import UnknownIdError
from knowledge_base.rules.ai_labels import metadata_rule

# Personal data leaves the journal's copy only as placeholders; a delivered file has the values filled back in.
_PLACEHOLDER = re.compile(r"〔[^〔〕\s]{1,8}\d+〕")
_SHOWN_SHORT = frozenset({"title", "digest"})
"""Fields that a page may cut where the card cuts them; the page keeps them whole for its copy button."""

_BROKEN_SEAL = {
    "html": "网页里标题和正文以外的地方改过（封签对不上）",
    "image": "图片导出以后改过（封签对不上），例如裁剪、压缩、另存",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is wrong with one draft of a file; nothing when `problems` is empty."""

    draft_id: str
    problems: tuple[str, ...]
    """Chinese, each naming the part."""


def verify(labelled: Labelled, journal: Journal) -> tuple[Verdict, ...]:
    """One verdict a labelled draft, or a single one without id when the file has no label at all."""
    if labelled.kind == "text":
        return (Verdict(draft_id="", problems=("纯文本装不下隐式标识，无从核对；请核对 md、html、json 或 docx",)),)
    if not labelled.fields:
        return (
            Verdict(draft_id="", problems=("文件里没有 AIGC 隐式标识（GB 45438-2025）：被删掉，或不是导出的文件",)),
        )
    found = []
    for field in labelled.fields:
        draft = _draft(field.get("ProduceID", ""), journal)
        problems = tuple(_problems(field, draft, labelled))
        found.append((field.get("ProduceID", ""), draft, problems))
    if labelled.sealed is False and not any(problems for _, _, problems in found):
        first = found[0]
        found[0] = (first[0], first[1], (_BROKEN_SEAL[labelled.kind],))
    return tuple(Verdict(draft_id=id, problems=problems) for id, _, problems in found)


def _draft(id: str, journal: Journal) -> Draft | None:
    try:
        # A beginning or `last` would find some draft; the label must name exactly one.
        return journal.get(id) if journal.find(id) == id else None
    except UnknownIdError:
        return None


def _problems(field: dict[str, str], draft: Draft | None, labelled: Labelled) -> Iterator[str]:
    if missing := [key for key in KEYS if key not in field]:
        yield f"隐式标识缺少 {'、'.join(missing)}"
    if field.get("Label") != metadata_rule().label:
        yield f"隐式标识的 Label 应当是 {metadata_rule().label}，现在是「{field.get('Label', '')}」"
    if draft is None:
        yield f"ProduceID「{field.get('ProduceID', '')}」在稿件库里没有对应的稿子"
        return
    expected = f"sha256:{copy_sha256(draft.copy)}" if draft.copy is not None else ""
    if field.get("ReservedCode1", "") != expected:
        yield "隐式标识里的校验码（ReservedCode1）和稿件库里的稿子对不上"
    if draft.copy is None or labelled.kind == "image":
        return
    if labelled.kind == "json":
        yield from _changed_json(draft, labelled)
        return
    if labelled.sealed is True:
        return
    seen, kept = squash(labelled.text), squash(labelled.hidden)
    changed = [name for name, text in shown_fields(draft.copy).items() if not _stands(name, text, seen, kept)]
    yield from (f"{part_name(name)}改过" for name in changed)
    if squash(label_text(draft)) not in (seen if inside(draft) else seen + kept):
        yield f"看得见的 AI 标识「{label_text(draft)}」不见了"


def _changed_json(draft: Draft, labelled: Labelled) -> Iterator[str]:
    entry = next((one for one in labelled.drafts if one.get("id") == draft.id), None)
    if entry is None:
        yield "标识还在，但文件里没有这一稿的内容"
        return
    plain = to_plain(draft)
    copy, kept = entry.get("copy"), plain["copy"]
    if not isinstance(copy, dict):
        yield "文案不见了"
        return
    changed = [key for key in kept if not _same(kept[key], copy.get(key))]
    yield from (f"{part_name(key)}改过" for key in changed)
    label = entry.get("label", {})
    if label.get("text") != label_text(draft):
        yield f"看得见的 AI 标识「{label_text(draft)}」不见了"
    # What customers said leaves the journal filled back in, so the brief cannot be compared.
    rest = [key for key in plain if key not in ("copy", "brief") and not _same(plain[key], entry.get(key))]
    if rest:
        yield f"文案以外改过：{'、'.join(rest)}"


def shown_fields(copy: Copy) -> dict[str, str]:
    """The fields that every export shows: all but the title candidates that were not chosen, and empty ones."""
    named = fields(copy)
    if isinstance(copy, ArticleCopy):
        named = {name: text for name, text in named.items() if not name.startswith("titles[")}
    return {name: text for name, text in named.items() if text.strip()}


def squash(text: str) -> str:
    """Without white space, which every format sets its own way, and half an emoji as files hold it."""
    return "".join(text.split()).encode("utf-8", "replace").decode()


def _same(kept: Any, now: Any) -> bool:
    """Whether plain values are equal, placeholders standing for what was filled in."""
    wanted, found = squash(dumps(kept)), squash(dumps(now))
    return wanted == found or (len(_PLACEHOLDER.split(wanted)) > 1 and _pattern(wanted).fullmatch(found) is not None)


def _stands(name: str, text: str, seen: str, kept: str) -> bool:
    wanted = squash(text)
    return _contains(wanted, seen) or (name in _SHOWN_SHORT and _contains(wanted, kept))


def _contains(wanted: str, text: str) -> bool:
    if not _PLACEHOLDER.search(wanted):
        return wanted in text
    return _pattern(wanted).search(text) is not None


def _pattern(wanted: str) -> re.Pattern[str]:
    return re.compile(".{1,80}?".join(re.escape(part) for part in _PLACEHOLDER.split(wanted)))
