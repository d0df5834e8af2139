"""Safe replacements put in place: only words that a rule gives for a blocking or warning match."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from agent.finding import Finding
from knowledge_base.errors import StorageError


def fixed(text: str, findings: Sequence[Finding]) -> str:
    """The text with each finding's rewrite in its span; overlapping ones after the first are left."""
    pieces: list[str] = []
    at = 0
    for finding in sorted(findings, key=lambda f: (f.start, -f.end)):
        if finding.severity == "info" or not finding.rewrite or finding.start < at or finding.start >= finding.end:
            continue
        pieces += (text[at : finding.start], finding.rewrite)
        at = finding.end
    return "".join((*pieces, text[at:]))


def diff(before: str, after: str, name: str) -> str:
    """A unified diff; empty when nothing changed."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    lines = difflib.unified_diff(old, new, f"{name}（原来）", f"{name}（改后）")
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def overwrite(path: Path, before: str, after: str) -> Path:
    """Writes the new text and keeps the old one as `.bak`; returns the backup's path. Raises StorageError."""
    backup = path.with_name(path.name + ".bak")
    fresh = path.with_name(path.name + ".tmp")
    try:
        backup.write_bytes(before.encode("utf-8"))
        fresh.write_bytes(after.encode("utf-8"))
        fresh.replace(path)
    except OSError as error:
        raise StorageError(f"写不了 {path}：{error}", hint="核对权限和磁盘空间。") from error
    return backup
