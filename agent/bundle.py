"""The provenance of one draft as a zip that stands by itself: what was asked, on what grounds, and who let it pass.

Advertisers keep the file of an advertisement for at least three years after it ran: keep the bundle as long. The
bytes depend only on the journal: the same draft with the same reviews gives the same file, so its hash can be noted
anywhere. Entries are stored, not compressed, because compressors differ between machines.

    manifest.json   schema, draft id, hash of the copy, and path, size and sha256 of every other part
    SHA256SUMS      the same sums for `sha256sum -c`
    draft.json      the draft with its whole context
    prompts.json    each attempt: template id, version and hash, hash of the messages, model, seed, tokens, raw answer
    messages.json   the rendered messages themselves, where rendering again gives the same hash
    sources.json    id, kind, score and content hash of every record that was retrieved, with the file it came from
    findings.json   what the checks found
    rules.json      versions of the rules that checked it
    label.json      the AI label, explicit and implicit
    reviews.json    who approved or refused it, when, why, and the hash of the words they saw
    finals.json     texts that people published in its place
    copy.md         the copy as exported, labelled
    README.txt      this list in Chinese
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from agent.codec import draft_to_dict, to_plain
from agent.draft import Draft
from agent.fingerprint import copy_sha256
from agent.label.explicit import label_text
from agent.label.implicit import embed_markdown, metadata
from agent.model import Message
from agent.present import as_markdown
from agent.storage.files import write_bytes
from agent.storage.reviews import Review
from agent.storage.rows import Final
from knowledge_base.codec import content_hash
from knowledge_base.records import Record
from knowledge_base.rules.ai_labels import label_rule, metadata_rule

SCHEMA = 1
MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
_EPOCH = (1980, 1, 1, 0, 0, 0)
README = """\
这是一篇文案的存证包。每个部分的 sha256 写在 manifest.json 和 SHA256SUMS 里。

核对：wenan label verify 这个文件.zip（不需要稿件库，不联网）；或解开后在文件夹里运行 sha256sum -c SHA256SUMS。
保存：广告主对广告档案的保存期不少于三年，自广告发布之日起算；请连同发布证明一起存放。

draft.json     稿子和它用到的全部资料        prompts.json   模板编号、版本、哈希，每次调用的模型、用量、原始回答
messages.json  发给模型的原文（能重现时）    sources.json   检索到的每条资料的编号、内容哈希、来源文件
findings.json  检查发现                      rules.json     检查时规则的版本
label.json     AI 标识                       reviews.json   谁在什么时候通过或退回，看的是哪一版文字
finals.json    人改过、真正发出去的文字      copy.md        带标识的文案
"""


def write_bundle(
    draft: Draft,
    path: Path,
    *,
    reviews: Sequence[Review] = (),
    finals: Sequence[Final] = (),
    rules: Mapping[str, str] | None = None,
    messages: Sequence[Sequence[Message] | None] = (),
) -> str:
    """Writes the zip in one step and returns its sha256 (hex). Raises StorageError.

    `messages`: the rendered messages of each attempt, None where they could not be had (`agent.bundle_messages`).
    """
    content = bundle_bytes(draft, reviews=reviews, finals=finals, rules=rules, messages=messages)
    write_bytes(path, [content])
    return hashlib.sha256(content).hexdigest()


def bundle_bytes(
    draft: Draft,
    *,
    reviews: Sequence[Review] = (),
    finals: Sequence[Final] = (),
    rules: Mapping[str, str] | None = None,
    messages: Sequence[Sequence[Message] | None] = (),
) -> bytes:
    """The zip itself."""
    parts = {
        "README.txt": README.encode(),
        "copy.md": embed_markdown(as_markdown(draft), [draft]).encode("utf-8", "replace"),
        "draft.json": _json(draft_to_dict(draft)),
        "findings.json": _json(to_plain(draft.findings)),
        "finals.json": _json(to_plain(tuple(finals))),
        "label.json": _json(_label(draft)),
        "messages.json": _json([None if one is None else to_plain(tuple(one)) for one in messages]),
        "prompts.json": _json([_attempt(draft, i) for i in range(len(draft.attempts))]),
        "reviews.json": _json(to_plain(tuple(reviews))),
        "rules.json": _json(dict(rules or {})),
        "sources.json": _json(sources(draft)),
    }
    manifest = {
        "schema": SCHEMA,
        "draft": draft.id,
        "created_at": draft.created_at.isoformat(),
        "model": draft.model,
        "copy_sha256": copy_sha256(draft.copy),
        "kb_version": draft.context.kb_version,
        "parts": [
            {"path": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in sorted(parts.items())
        ],
    }
    whole = {**parts, MANIFEST: _json(manifest)}
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(whole.items()))
    return _zip({**whole, SUMS: sums.encode()})


def sources(draft: Draft) -> list[dict[str, Any]]:
    """Every record the draft could lean on, with the hash that `wenan kb` gives the same content."""
    scores = {one.id: one.score for one in draft.context.retrieved}
    return [
        {
            "id": record.id,
            "kind": record.kind,
            "score": scores.get(record.id),
            "sha256": content_hash(record),
            "file": record.source.file,
            "row": record.source.row,
        }
        for record in records_of(draft)
    ]


def records_of(draft: Draft) -> tuple[Record, ...]:
    """The records of a draft's context."""
    context = draft.context
    single = (context.persona, context.brand, context.coupon)
    many = (context.products, context.policies, context.passages, context.exemplars, context.assets)
    return (*(one for one in single if one is not None), *(one for group in many for one in group))


def _attempt(draft: Draft, number: int) -> dict[str, Any]:
    plain: dict[str, Any] = to_plain(draft.attempts[number])
    return plain | {"seed": draft.brief.seed, "sample": number}


def _label(draft: Draft) -> dict[str, Any]:
    rule = label_rule(draft.brief.form)
    return {
        "text": label_text(draft),
        "place": rule.place,
        "source": rule.source,
        metadata_rule().key: metadata(draft),
    }


def _json(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1)
    try:
        return (text + "\n").encode()
    except UnicodeEncodeError:  # half an emoji from a model
        return (json.dumps(value, sort_keys=True, indent=1) + "\n").encode()


def _zip(parts: Mapping[str, bytes]) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_STORED) as archive:
        for name, content in sorted(parts.items()):
            entry = ZipInfo(name, _EPOCH)
            entry.create_system = 3  # the same on Windows
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()
