"""Holds a provenance bundle against itself: no journal, no network."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from agent.bundle import MANIFEST, SCHEMA, SUMS, sources
from agent.codec import draft_from_dict, from_plain, to_plain
from agent.draft import Draft
from agent.fingerprint import copy_sha256
from agent.label.implicit import metadata
from agent.label.read import MAX_BYTES, read_bytes
from agent.model import Message, prompt_sha256
from knowledge_base.errors import BadInputError
from knowledge_base.rules.ai_labels import metadata_rule


def verify_bundle(path: Path) -> tuple[str, tuple[str, ...]]:
    """The draft's id and what is wrong, part by part. Raises BadInputError when the file is no bundle."""
    parts = _open(path)
    try:
        manifest: dict[str, Any] = json.loads(parts[MANIFEST])
        listed = {one["path"]: one["sha256"] for one in manifest["parts"]}
        id = str(manifest["draft"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadInputError("不是存证包：没有可读的 manifest.json", file=str(path), hint="重新导出存证包。") from error
    if manifest.get("schema") != SCHEMA:
        raise BadInputError("存证包的版本这个程序不认识", file=str(path), hint="升级 wenan 后再核对。")
    problems = list(_sums(parts, listed))
    if not problems:
        problems = list(_contents(parts, manifest))
    return id, tuple(problems)


def _open(path: Path) -> dict[str, bytes]:
    try:
        with ZipFile(BytesIO(read_bytes(path))) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > MAX_BYTES:
                raise BadInputError("解开超过 50 MB", file=str(path), hint="这不像是 wenan 的存证包。")
            return {entry.filename: archive.read(entry) for entry in entries}
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise BadInputError("打不开：不是 zip，或者坏了", file=str(path), hint="重新导出存证包。") from error


def _sums(parts: Mapping[str, bytes], listed: Mapping[str, str]) -> Iterator[str]:
    for name, sha256 in listed.items():
        if name not in parts:
            yield f"少了 {name}"
        elif hashlib.sha256(parts[name]).hexdigest() != sha256:
            yield f"{name} 改过"
    yield from (f"多了 {name}" for name in parts if name not in listed and name not in (MANIFEST, SUMS))
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in parts.items() if name != SUMS}
    expected = "".join(f"{sha}  {name}\n" for name, sha in sorted(sums.items())).encode()
    if SUMS not in parts:
        yield f"少了 {SUMS}"
    elif parts[SUMS] != expected:
        yield f"{SUMS} 和各部分对不上"


def _contents(parts: Mapping[str, bytes], manifest: Mapping[str, Any]) -> Iterator[str]:
    """Whoever changes a part and its sum still has to make all parts agree with each other."""
    try:
        draft = draft_from_dict(json.loads(parts["draft.json"]))
        plain = {name: json.loads(content) for name, content in parts.items() if name.endswith(".json")}
        yield from _agree(draft, plain, manifest)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        yield f"内容的结构不对：{error}"


def _agree(draft: Draft, plain: Mapping[str, Any], manifest: Mapping[str, Any]) -> Iterator[str]:
    words = copy_sha256(draft.copy)
    if manifest["draft"] != draft.id:
        yield "manifest.json 里的编号和 draft.json 不一致"
    if manifest["copy_sha256"] != words:
        yield "draft.json 里的文案和 manifest.json 的哈希对不上"
    if plain["label.json"].get(metadata_rule().key) != metadata(draft):
        yield "label.json 和稿子对不上"
    if plain["findings.json"] != to_plain(draft.findings):
        yield "findings.json 和稿子对不上"
    if plain["sources.json"] != sources(draft):
        yield "sources.json 里的资料和 draft.json 对不上"
    for attempt, kept in zip(draft.attempts, plain["prompts.json"], strict=True):
        if {key: kept[key] for key in to_plain(attempt)} != to_plain(attempt):
            yield f"prompts.json 的 {attempt.id} 和稿子对不上"
    for attempt, messages in zip(draft.attempts, plain["messages.json"], strict=False):
        if messages is not None:
            sent = tuple(from_plain(Message, one) for one in messages)
            if prompt_sha256(sent) != attempt.prompt_sha256:
                yield f"messages.json 里 {attempt.id} 的原文和提示词哈希对不上"
