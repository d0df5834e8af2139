"""Which rules are in force, as short hashes: kept with every draft, so that an old verdict can be understood later."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from knowledge_base.rules.law import current_version

ROOT = Path(__file__).resolve().parent.parent
_SETS = {
    "channels": ("knowledge_base/rules", "channels.yaml"),
    "labels": ("knowledge_base/rules", "labels.yaml"),
    "checks": ("agent/checks", "**/*.yaml"),
}
VERSION_CHARS = 16


def rule_versions() -> dict[str, str]:
    """Rule set -> version. `law` is the law book of the workspace one stands in, its switches included."""
    return {"law": current_version()[:VERSION_CHARS], **_shipped()}


@cache
def _shipped() -> dict[str, str]:
    """Hashes of the rule files that come with the program; they do not change while it runs."""
    found = {}
    for name, (folder, pattern) in _SETS.items():
        digest = hashlib.sha256()
        for path in sorted((ROOT / folder).glob(pattern)):
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
        found[name] = digest.hexdigest()[:VERSION_CHARS]
    return found
