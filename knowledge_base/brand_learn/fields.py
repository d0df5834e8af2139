"""A proposal as flat fields (`address`, `tones.article.openings` ...), the unit of merging and remembering."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from knowledge_base.brand_learn.proposal import Proposal
from knowledge_base.errors import UsageError
from knowledge_base.records import CHANNELS, ChannelTone

Value = str | int | float | list[str]
BRAND_FIELDS = ("voice", "address", "words_use", "words_avoid", "sign_off")
TONE_FIELDS = tuple(one.name for one in fields(ChannelTone) if one.name != "channel")


def flat_proposal(proposal: Proposal) -> dict[str, Value]:
    """Every field the proposal has something to say about; empty findings are left out."""
    flat: dict[str, Value] = {}
    for name in BRAND_FIELDS:
        _put(flat, name, getattr(proposal, name))
    for tone in proposal.tones:
        for name in TONE_FIELDS:
            _put(flat, f"tones.{tone.channel}.{name}", getattr(tone, name))
    return flat


def flat_file(data: Mapping[str, Any]) -> dict[str, Value]:
    """The same fields as a brand.yaml has them; missing and empty ones are left out."""
    flat: dict[str, Value] = {}
    for name in BRAND_FIELDS:
        _put(flat, name, data.get(name))
    for tone in data.get("tones") or ():
        if isinstance(tone, Mapping):
            for name in TONE_FIELDS:
                _put(flat, f"tones.{tone.get('channel')}.{name}", tone.get(name))
    return flat


def wanted_fields(names: Sequence[str]) -> frozenset[str]:
    """Field names as typed after `--replace`, checked; `all` means every field, `tones.article` all of that channel.

    Raises UsageError naming the fields there are.
    """
    known = (*BRAND_FIELDS, *(f"tones.{channel}.{name}" for channel in CHANNELS for name in TONE_FIELDS))
    chosen: set[str] = set()
    for name in names:
        found = [field for field in known if name in ("all", field) or field.startswith(f"{name}.")]
        if not found:
            raise UsageError(
                f"brand.yaml 没有可替换的字段「{name}」",
                hint=f"可以写：all、{'、'.join(known[:5])}、tones.article、tones.article.openings 等。",
            )
        chosen.update(found)
    return frozenset(chosen)


def _put(flat: dict[str, Value], name: str, value: Any) -> None:
    if isinstance(value, (list, tuple)):
        value = [str(item) for item in value]
    if value:
        flat[name] = value
