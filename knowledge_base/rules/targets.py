"""Places that a finished draft can be turned into, as values: `target("sms")` from forms_extra.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import yaml

from knowledge_base.errors import UsageError
from knowledge_base.records import Channel
from knowledge_base.rules.channels import EXTRA_FILE, RuleSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    id: str
    name: str
    form: str
    """Form it is written and checked as."""
    format: str
    template: str
    source: RuleSource
    channel: Channel = "moments"
    sheet: str = ""
    """Export sheet whose signature, opt-out and billing apply."""
    link_chars: int = 0
    """Characters kept free for a link that is made where it is sent."""
    title_max: int = 0
    """字 of the first line, where that is a title; 0 when it is none."""
    body_max: int = 0
    """字 of what stands under the title."""
    tags_max: int = 0
    tags_min: int = 0
    chars_per_second: int = 0
    """Spoken 字 a second; 0 for what is read."""
    seconds_max: int = 0
    utm_source: str = "wechat"
    """Where the reader comes from, in the tracked link; the medium is the id."""


def target(id: str) -> Target:
    """Raises UsageError naming the targets there are."""
    found = _load().get(id)
    if found is None:
        choices = "、".join(f"{one.id}（{one.name}）" for one in _load().values())
        raise UsageError(f"没有「{id}」这种去处", hint=f"可用：{choices}。")
    return found


def targets() -> tuple[Target, ...]:
    """Every target in file order."""
    return tuple(_load().values())


@cache
def _load() -> dict[str, Target]:
    data = yaml.load(EXTRA_FILE.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    sources = {name: RuleSource(**entry) for name, entry in data["sources"].items()}
    return {
        id: Target(id=id, **(entry | {"source": sources[entry["source"]]})) for id, entry in data["targets"].items()
    }
