"""An exported file -> its AIGC fields and the text a reader sees. Markdown, HTML, JSON, DOCX, PNG, JPEG, WebP, GIF."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.label.documents import as_fields, open_document, read_document, text_of
from agent.label.images import read_image, sealed_image
from agent.label.implicit import EXPLICIT, SEAL, seal_of
from knowledge_base.errors import BadInputError
from knowledge_base.rules.ai_labels import metadata_rule

MAX_BYTES = 50_000_000
_UNSEEN = ("script", "style", "template", "textarea", "noscript", "head")


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """What a file says of itself."""

    kind: str
    """md, html, json, docx, image or text."""
    fields: tuple[dict[str, str], ...] = ()
    text: str = ""
    """What a reader sees."""
    hidden: str = ""
    """HTML: text kept for the copy buttons. Markdown: the label's words in the front matter."""
    sealed: bool | None = None
    """Whether the seal fits the page or the picture; None without one."""
    drafts: tuple[dict[str, Any], ...] = ()
    """JSON only: the drafts as exported."""


def read_labelled(path: Path) -> Labelled:
    """Raises BadInputError naming the file when it cannot be read or is of an unknown kind."""
    name = str(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise BadInputError("认不得这种文件", file=name, hint=f"能核对：{'、'.join(_READERS)}、.zip（存证包）。")
    return reader(read_bytes(path), name)


def read_bytes(path: Path) -> bytes:
    """Raises BadInputError naming the file."""
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise BadInputError("没有这个文件", file=str(path), hint="检查路径。") from error
    except OSError as error:
        raise BadInputError(f"读不了：{error.strerror or error}", file=str(path), hint="检查路径和权限。") from error
    if len(data) > MAX_BYTES:
        raise BadInputError("超过 50 MB", file=str(path), hint="这不像是导出的稿子。")
    return data


def decode(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise BadInputError("不是 UTF-8 文字", file=name, hint="导出的文件都是 UTF-8；用 UTF-8 另存后重试。") from error


def _markdown(data: bytes, name: str) -> Labelled:
    import yaml

    text = decode(data, name)
    head, body = "", text
    if text.startswith("---\n") and (end := text.find("\n---\n", 3)) > 0:
        head, body = text[4:end], text[end + 5 :]
    try:
        front = yaml.safe_load(head) if head else {}
    except yaml.YAMLError as error:
        raise BadInputError("开头的 --- 段不是合法的 YAML", file=name, hint="重新导出这一稿。") from error
    value = front.get(metadata_rule().key) if isinstance(front, dict) else None
    words = str(front.get(EXPLICIT, "")) if isinstance(front, dict) else ""
    return Labelled(kind="md", fields=as_fields(json.dumps(value, default=str)), text=body, hidden=words)


def _plain(data: bytes, name: str) -> Labelled:
    return Labelled(kind="text", text=decode(data, name))


def _page(data: bytes, name: str) -> Labelled:
    from bs4 import BeautifulSoup

    text = decode(data, name)
    soup = BeautifulSoup(text, "html.parser")
    found = [tag.get("content") or "" for tag in soup.find_all("meta", attrs={"name": metadata_rule().key})]
    seals = [tag.get("content") for tag in soup.find_all("meta", attrs={"name": SEAL})]
    hidden = "\n".join(tag.get_text() for tag in soup.find_all("textarea"))
    for tag in soup.find_all(list(_UNSEEN)):
        tag.decompose()
    return Labelled(
        kind="html",
        fields=tuple(field for one in found for field in as_fields(str(one))),
        text=soup.get_text(),
        hidden=hidden,
        sealed=seals == [seal_of(text)] if seals else None,
    )


def _json(data: bytes, name: str) -> Labelled:
    try:
        value = json.loads(decode(data, name))
    except json.JSONDecodeError as error:
        raise BadInputError(f"不是合法的 JSON：第 {error.lineno} 行", file=name, hint="重新导出这一稿。") from error
    drafts = value.get("drafts") if isinstance(value, dict) else None
    kept = tuple(one for one in drafts if isinstance(one, dict)) if isinstance(drafts, list) else ()
    labels = [one["label"] for one in kept if isinstance(one.get("label"), dict)]
    fields = [field for label in labels for field in as_fields(json.dumps(label.get(metadata_rule().key)))]
    return Labelled(kind="json", fields=tuple(fields), text=json.dumps(value, ensure_ascii=False), drafts=kept)


def _document(data: bytes, name: str) -> Labelled:
    document = open_document(data, name)
    return Labelled(kind="docx", fields=read_document(document), text=text_of(document.element.body))


def _image(data: bytes, name: str) -> Labelled:
    field = read_image(data, name)
    return Labelled(kind="image", fields=(field,) if field else (), sealed=sealed_image(data, name))


_READERS: dict[str, Callable[[bytes, str], Labelled]] = {
    ".md": _markdown,
    ".markdown": _markdown,
    ".html": _page,
    ".htm": _page,
    ".json": _json,
    ".docx": _document,
    ".png": _image,
    ".jpg": _image,
    ".jpeg": _image,
    ".webp": _image,
    ".gif": _image,
    ".txt": _plain,
}
