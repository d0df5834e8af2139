"""Channel limits as values: `channel_spec("moments", "ad", "card-16x9")` from channels.yaml.

The file is parsed once a process (libyaml where the wheel has it, a few milliseconds) and every spec is built once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import yaml

from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.records import Channel

CHANNELS_FILE = Path(__file__).with_name("channels.yaml")
EXTRA_FILE = CHANNELS_FILE.with_name("forms_extra.yaml")
"""Further formats of the same forms, for places outside WeChat."""
Severity = Literal["block", "warn", "info"]
Needs = Literal["page", "mini", "buy", "coupon", "offer", "form", "live"]
"""What a landing page must be able to do for a link text; see channels.yaml."""

_LIMITS = frozenset(
    {"text_max", "text_warn", "text_min", "title_max", "title_cut", "digest_max", "digest_warn", "author_max"}
    | {"content_max", "titles_count", "emoji_max", "lines_max", "breaks_max", "line_chars", "bytes_max"}
)


@dataclass(frozen=True, slots=True)
class RuleSource:
    """Who says so, and when we last read it."""

    title: str
    kind: Literal["official", "news", "general", "house"]
    as_of: date


@dataclass(frozen=True, slots=True)
class Limit:
    """One figure with its provenance."""

    value: int
    source: RuleSource
    severity: Severity = "block"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSpec:
    """What one format of one form accepts. None: the surface sets no such limit. Lengths in 字 (`wechat_length`)."""

    id: str
    """`form.format`, e.g. ad.card-16x9; findings name it."""
    channel: Channel
    form: str
    format: str
    name: str
    """What people call it, e.g. 朋友圈卡片 16:9（1707/1708）."""
    note: str = ""
    superseded_by: str = ""
    """The format that replaced this one; empty when it is current."""
    text_max: int | None = None
    text_warn: int | None = None
    """Longer is allowed but unwise."""
    text_min: int | None = None
    title_max: int | None = None
    title_cut: int | None = None
    """How much of a title the card shows."""
    digest_max: int | None = None
    digest_warn: int | None = None
    author_max: int | None = None
    content_max: int | None = None
    """Characters of the body with its HTML tags."""
    titles_count: int | None = None
    emoji_max: int | None = None
    """Emoji allowed beside the text; where set, emoji do not count as 字."""
    lines_max: int | None = None
    """Lines as shown, wrapped at `line_chars`."""
    breaks_max: int | None = None
    """Manual line breaks allowed."""
    line_chars: int | None = None
    bytes_max: int | None = None
    """UTF-8 bytes."""
    link_texts: tuple[str, ...] = ()
    """Menu for the link under an ad; empty when the form has none."""
    link_needs: Mapping[str, Needs] = field(default_factory=dict)
    forbidden: tuple[str, ...] = ()
    """Names of forbidden elements, for prompts and people; blocking ones only."""
    elements: Mapping[str, Severity] = field(default_factory=dict)
    """Forbidden element id -> severity."""
    function_words: tuple[str, ...] = ()
    known_foreign: frozenset[str] = frozenset()
    """Technical names in Latin letters that need no Chinese beside them, in lower case."""
    limits: Mapping[str, Limit] = field(default_factory=dict)
    """The same figures by name, with source, date and severity."""

    @property
    def text_goal(self) -> int | None:
        """The length to aim for: the cautious figure where there is one, else the hard limit."""
        return self.text_warn if self.text_warn is not None else self.text_max

    def severity(self, limit: str) -> Severity:
        """How grave breaking a limit is; `block` unless the data says otherwise."""
        return self.limits[limit].severity if limit in self.limits else "block"


def channel_spec(channel: str, form: str, format: str = "") -> ChannelSpec:
    """The spec of a channel's form; `format` empty means the form's default.

    Raises UsageError naming the valid choices when channel, form and format do not go together.
    """
    specs, defaults = _load()
    wanted = format or defaults.get(form, "")
    spec = specs.get((form, wanted))
    if spec is not None and spec.channel == channel:
        return spec
    forms = tuple(name for name in defaults if specs[name, defaults[name]].channel == channel)
    if form not in forms:
        valid = "、".join(forms) or "article、moments、reply 三种渠道"
        raise UsageError(f"渠道「{channel}」没有「{form}」这种形式", hint=f"可用：{valid}。")
    raise UsageError(f"没有「{wanted}」这种版位", hint=f"可用：{'、'.join(formats(channel, form))}。")


def formats(channel: str, form: str) -> tuple[str, ...]:
    """Format ids of a form, current ones first, superseded ones after them."""
    found = [s for (name, _), s in _load()[0].items() if name == form and s.channel == channel]
    return tuple(s.format for s in sorted(found, key=lambda s: bool(s.superseded_by)))


def all_specs() -> tuple[ChannelSpec, ...]:
    """Every spec in file order."""
    return tuple(_load()[0].values())


def parse_channels(
    text: str, file: str = "channels.yaml", extra: str = ""
) -> tuple[dict[tuple[str, str], ChannelSpec], dict[str, str]]:
    """Specs by (form, format) and each form's default format. Raises BadInputError naming the key that is wrong.

    `extra` is a file with more `sources` and `formats`.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        data = yaml.load(text, Loader=loader)
        more = yaml.load(extra, Loader=loader) if extra else {}
    except yaml.YAMLError as error:
        raise BadInputError("不是合法的 YAML", file=file, hint=str(error)) from error
    try:
        data["sources"] |= more.get("sources", {})
        for form, formats_ in more.get("formats", {}).items():
            data["forms"][form]["formats"] |= formats_
        sources = {name: RuleSource(**entry) for name, entry in data["sources"].items()}
        specs, defaults = {}, {}
        for form, entry in data["forms"].items():
            defaults[form] = entry["default"]
            for format_, body in entry["formats"].items():
                specs[form, format_] = _build(data, sources, form, entry["channel"], format_, body)
            specs[form, entry["default"]]  # a default that does not exist is a KeyError here, not at the first draft
    except (KeyError, TypeError, AttributeError) as error:
        raise BadInputError(f"缺少或写错了 {error}", file=file, hint="对照文件开头的说明改。") from error
    return specs, defaults


def _build(
    data: Mapping[str, Any], sources: Mapping[str, RuleSource], form: str, channel: Channel, format_: str, body: Any
) -> ChannelSpec:
    limits = {name: Limit(**(entry | {"source": sources[entry["source"]]})) for name, entry in body["limits"].items()}
    if unknown := limits.keys() - _LIMITS:
        raise KeyError("、".join(sorted(unknown)))
    menu: dict[str, Needs] = data["link_texts"] if "link_source" in body else {}
    elements: dict[str, Severity] = body.get("forbidden", {})
    return ChannelSpec(
        id=f"{form}.{format_}",
        channel=channel,
        form=form,
        format=format_,
        name=body["name"],
        note=body.get("note", ""),
        superseded_by=body.get("superseded_by", ""),
        link_texts=tuple(menu),
        link_needs=MappingProxyType(menu),
        forbidden=tuple(data["elements"][e]["name"] for e, severity in elements.items() if severity == "block"),
        elements=MappingProxyType(elements),
        function_words=tuple(data["function_words"]),
        known_foreign=frozenset(data["known_foreign"].split()),
        limits=MappingProxyType(limits),
        **{name: limit.value for name, limit in limits.items()},
    )


@cache
def _load() -> tuple[dict[tuple[str, str], ChannelSpec], dict[str, str]]:
    text, extra = (path.read_text(encoding="utf-8") for path in (CHANNELS_FILE, EXTRA_FILE))
    return parse_channels(text, CHANNELS_FILE.name, extra)
