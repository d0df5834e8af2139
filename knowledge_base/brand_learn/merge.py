"""A proposal into a brand.yaml that people edit: their edits stay, comments stay, nothing is lost silently.

Three versions meet field by field: what learning proposed last time (base), what the file says now (theirs), what is
proposed now (ours). A field that still reads as it was proposed follows the new proposal; a field a person wrote,
changed or emptied stays theirs. In lists this holds item by item. This is the one file that knows ruamel.yaml.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from knowledge_base.brand_learn.fields import Value, flat_file
from knowledge_base.errors import BadInputError
from knowledge_base.records import CHANNELS

Action = Literal["new", "updated", "kept", "same"]
HEADER = "# 这份语气库由 wenan brand learn 从品牌自己的旧文章量出来。随便改：改过的字段，以后再学也不会被盖掉。\n"


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one field."""

    field: str
    action: Action
    before: Value | None
    after: Value
    proposed: Value


@dataclass(frozen=True, slots=True)
class Merged:
    text: str
    """The new content of brand.yaml."""
    changes: tuple[Change, ...]


def merge(
    current: str,
    proposed: Mapping[str, Value],
    *,
    file: str,
    base: Mapping[str, Value] | None = None,
    replace: frozenset[str] = frozenset(),
    identity: str = "",
) -> Merged:
    """`current` is the text of brand.yaml, empty for a new one, whose id and name become `identity`.

    `base` is the proposal written last time, `replace` the fields to take over in any case.
    Raises BadInputError when the file is not a YAML mapping.
    """
    document = _load(current, file) if current.strip() else _new(identity)
    present = flat_file(document)
    changes = tuple(
        _settle(name, present.get(name), value, (base or {}).get(name), name in replace)
        for name, value in proposed.items()
    )
    for change in changes:
        if change.action in ("new", "updated"):
            _put(document, change.field, change.after)
    if not any(change.action in ("new", "updated") for change in changes):
        return Merged(current, changes)
    head = "" if current.strip() else HEADER
    return Merged(head + _dump(document, current), changes)


def _settle(name: str, mine: Value | None, ours: Value, base: Value | None, replace: bool) -> Change:
    if mine == ours:
        return Change(name, "same", mine, ours, ours)
    if replace or (mine is None and base is None):
        return Change(name, "new" if mine is None else "updated", mine, ours, ours)
    if mine == base:
        return Change(name, "updated", mine, ours, ours)
    if isinstance(ours, list) and isinstance(base, list) and isinstance(mine, list):
        after = _merge_items(mine, ours, base)
        return Change(name, "kept" if after == mine else "updated", mine, after, ours)
    return Change(name, "kept", mine, mine if mine is not None else "", ours)


def _merge_items(mine: Sequence[str], ours: Sequence[str], base: Sequence[str]) -> list[str]:
    """Items a person added stay, items a person removed stay away, the rest follows the new proposal."""
    kept = [item for item in mine if item not in base or item in ours]
    return kept + [item for item in ours if item not in mine and item not in base]


def _load(text: str, file: str) -> Any:
    from ruamel.yaml.error import YAMLError

    try:
        document = _yaml(text).load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise BadInputError(
            f"不是合格的 YAML：{getattr(error, 'problem', '') or error}",
            file=file,
            row=mark.line + 1 if mark else None,
            hint="按提示的行改好缩进和引号后重试。",
        ) from error
    if not isinstance(document, Mapping):
        raise BadInputError("应当是“字段: 值”", file=file, hint="一个 brand.yaml 只写一个品牌。")
    tones = document.get("tones")
    if tones is not None and not (isinstance(tones, list) and all(isinstance(tone, Mapping) for tone in tones)):
        raise BadInputError("应当是列表，每项写 channel", file=file, field="tones")
    return document


def _new(identity: str) -> Any:
    from ruamel.yaml.comments import CommentedMap

    return CommentedMap({"id": identity, "name": identity})


def _put(document: Any, field: str, value: Value) -> None:
    from ruamel.yaml.comments import CommentedMap

    if not field.startswith("tones."):
        _set(document, field, value)
        return
    _, channel, name = field.split(".")
    tones = document.setdefault("tones", [])
    tone = next((tone for tone in tones if tone.get("channel") == channel), None)
    if tone is None:
        tone = CommentedMap({"channel": channel})
        order = [CHANNELS.index(one["channel"]) if one.get("channel") in CHANNELS else 99 for one in tones]
        tones.insert(sum(place < CHANNELS.index(channel) for place in order), tone)
    _set(tone, name, value)


def _set(mapping: Any, name: str, value: Value) -> None:
    old = mapping.get(name)
    if isinstance(value, list) and isinstance(old, list):
        # Changing the list in place keeps its style and the comment behind it.
        old[:] = value
    else:
        mapping[name] = value


def _dump(document: Any, current: str) -> str:
    out = io.StringIO()
    _yaml(current).dump(document, out)
    return out.getvalue()


def _yaml(current: str) -> Any:
    """A round-trip reader and writer that indents lists the way the file does."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 100_000
    yaml.allow_unicode = True
    if re.search(r"^[\w]+:[^\S\n]*\n- ", current, re.M):
        yaml.indent(mapping=2, sequence=2, offset=0)
    else:
        yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
