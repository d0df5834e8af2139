"""Files and folders of past copy -> past texts; what cannot be read is told, file by file, and the rest goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge_base.brand_learn.cleaning import past_texts
from knowledge_base.brand_learn.texts import PastText
from knowledge_base.errors import BadInputError
from knowledge_base.ingest.documents import Document, read_document
from knowledge_base.ingest.files import DOCUMENTS
from knowledge_base.records import Channel
from knowledge_base.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Reading:
    texts: tuple[PastText, ...]
    """In the order of the files; word-for-word repeats are left out."""
    files: tuple[str, ...]
    """Files that gave at least one text."""
    problems: tuple[str, ...]
    """`file：reason` of each file or path that gave none."""


def read(paths: Sequence[Path], workspace: Workspace, *, channel: Channel | None = None) -> Reading:
    """Never raises for a bad file. Folders are walked in name order, files of other kinds in them passed over."""
    texts: dict[tuple[Channel, str], PastText] = {}
    files, problems = [], []
    for path in _files(paths):
        name = workspace.relative(path)
        try:
            converted = read_document(path, name)
        except BadInputError as error:
            problems.append(error.message)
            continue
        found = past_texts(converted.text, name, title=_own_title(converted, path), channel=channel)
        if found:
            files.append(name)
        else:
            problems.append(f"{name}：里面没有完整的句子")
        for text in found:
            texts.setdefault((text.channel, text.plain), text)
    return Reading(tuple(texts.values()), tuple(files), tuple(problems))


def _own_title(document: Document, path: Path) -> str:
    """A file's name stands in for a missing title elsewhere; it says nothing about how a brand writes titles."""
    return "" if document.title == path.stem else document.title


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    seen: set[Path] = set()
    for path in paths:
        inside = sorted(p for p in path.rglob("*") if _wanted(p, path)) if path.is_dir() else [path]
        for file in inside:
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file


def _wanted(path: Path, root: Path) -> bool:
    hidden = any(part.startswith((".", "~$")) for part in path.relative_to(root).parts)
    return path.is_file() and not hidden and path.suffix.lower() in DOCUMENTS
