"""The explicit AI label of each form, and the constants of the file metadata, from labels.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from knowledge_base.errors import BadInputError, UsageError

LABELS_FILE = Path(__file__).with_name("labels.yaml")
Place = Literal["start", "end", "outside"]
Counts = Literal["", "text_max", "bytes_max"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRule:
    """How text of one form says that a machine wrote it."""

    form: str
    place: Place
    text: str
    offline_text: str
    """The same for the offline templates, which are named."""
    gap: int
    """Line breaks between label and text."""
    declare: str = ""
    """What the publisher must switch on at the platform besides; empty when nothing is known."""
    counts: Counts = ""
    """Limit of the channel that the label uses up too."""
    source: str = ""
    """The law, with its articles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataRule:
    """Constants of the metadata that GB 45438-2025 wants in files."""

    key: str
    label: str
    producer: str
    xmp_namespace: str
    xmp_prefix: str
    source: str


def label_rule(form: str) -> LabelRule:
    """Raises UsageError for a form that labels.yaml does not know."""
    rules = _load()[0]
    if form not in rules:
        raise UsageError(f"没有形式「{form}」的 AI 标识规则", hint=f"可用：{'、'.join(rules)}。")
    return rules[form]


def metadata_rule() -> MetadataRule:
    return _load()[1]


def parse_labels(text: str, file: str = "labels.yaml") -> tuple[dict[str, LabelRule], MetadataRule]:
    """Raises BadInputError naming the key that is wrong."""
    import yaml

    try:
        data: Any = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise BadInputError("不是合法的 YAML", file=file, hint=str(error)) from error
    try:
        sources = {name: f"{one['title']} {one['article']}" for name, one in data["sources"].items()}
        meta = MetadataRule(**data["metadata"] | {"source": sources[data["metadata"]["source"]]})
        rules = {
            form: LabelRule(form=form, **body | {"source": sources[body["source"]]})
            for form, body in data["forms"].items()
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise BadInputError(f"缺少或写错了：{error}", file=file, hint="对照文件开头的说明。") from error
    for rule in rules.values():
        _validate(rule, file)
    return rules, meta


def _validate(rule: LabelRule, file: str) -> None:
    if rule.place not in get_args(Place):
        raise BadInputError(f"{rule.place} 不是位置", file=file, field=f"forms.{rule.form}.place")
    if rule.counts not in get_args(Counts):
        raise BadInputError(f"{rule.counts} 不是限制", file=file, field=f"forms.{rule.form}.counts")
    for name, text in (("text", rule.text), ("offline_text", rule.offline_text)):
        # The standard asks for AI (or 人工智能) together with 生成 or 合成.
        if not ("AI" in text or "人工智能" in text) or not ("生成" in text or "合成" in text):
            raise BadInputError("要写明 AI（人工智能）和生成（合成）", file=file, field=f"forms.{rule.form}.{name}")


@cache
def _load() -> tuple[dict[str, LabelRule], MetadataRule]:
    return parse_labels(LABELS_FILE.read_text(encoding="utf-8"))
