"""A brief as people hand it over: YAML, a Word file, text, a pasted chat. What was understood is always shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agent.brief import Turn
from agent.options import Wish
from knowledge_base.base import KnowledgeBase
from knowledge_base.errors import BadInputError
from knowledge_base.records import Kind

FIELD_NAMES: dict[str, tuple[str, ...]] = {
    "products": ("product", "products", "商品", "产品", "单品", "推什么", "货品"),
    "persona": ("persona", "人设", "人群", "目标人群", "受众", "写给谁", "给谁看"),
    "brand": ("brand", "品牌"),
    "goal": ("goal", "目标", "目的", "活动", "主题", "活动目标"),
    "angle": ("angle", "角度", "切入点"),
    "form": ("kind", "form", "形式"),
    "format": ("ad_format", "format", "版位"),
    "cta": ("cta", "行动", "引导", "行动号召", "按钮"),
    "coupon": ("coupon", "优惠券", "券"),
    "message": ("message", "顾客说", "顾客消息", "留言"),
    "notes": ("notes", "note", "备注", "要求", "注意", "注意事项", "其他"),
    "today": ("today", "date", "日期", "发布日期", "发布时间", "上线日期"),
    "seed": ("seed", "种子"),
}
BY_NAME = {name: field for field, names in FIELD_NAMES.items() for name in names}
LABELS = {field: next(name for name in names if not name.isascii()) for field, names in FIELD_NAMES.items()}
LABELLED_LINE = re.compile(r"^\s*[-*·•]?\s*\**(?P<name>[\w ]{1,12}?)\**\s*[:：]\s*\**(?P<value>.+?)\**\s*$")
DAY = re.compile(r"(?P<y>20\d\d)\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})")
LIST_BREAKS = re.compile(r"[、,，;；]+")
TURN = re.compile(r"^\s*(?P<who>顾客|客户|买家|用户|customer|客服|商家|店家|staff)\s*[:：]\s*(?P<text>.*)$", re.I)
STAFF = {"客服", "商家", "店家", "staff"}
MENTIONED: tuple[tuple[str, Kind], ...] = (("products", "product"), ("persona", "persona"), ("coupon", "coupon"))


@dataclass(frozen=True, slots=True)
class BriefFile:
    """What a brief file said."""

    wish: Wish
    understood: Mapping[str, str]
    """Field label -> value as read, in Chinese."""
    leftover: str
    """Text that fits no field; it goes into the notes, word for word."""

    def lines(self) -> list[str]:
        """For stderr."""
        shown = [f"读懂：{label} = {value}" for label, value in self.understood.items()]
        if self.leftover:
            short = " ".join(self.leftover.split())
            shown.append(f"放进备注：{short[:60]}{'…' if len(short) > 60 else ''}")
        return shown or ["需求单里没有读懂任何字段"]


def read_brief(path: Path, kb: KnowledgeBase) -> BriefFile:
    """Reads a brief. Raises BadInputError when the file cannot be read or a YAML key is unknown."""
    if path.suffix.lower() in {".yaml", ".yml"}:
        return _from_mapping(_load_yaml(path), str(path))
    from knowledge_base.ingest.documents import read_text_document

    return from_text(read_text_document(path), kb)


def from_text(text: str, kb: KnowledgeBase) -> BriefFile:
    """Labelled lines first, then products, personas and coupons that the text mentions by name."""
    said: dict[str, str] = {}
    rest: list[str] = []
    for line in text.splitlines():
        match = LABELLED_LINE.match(line)
        field = BY_NAME.get(match["name"].strip().lower()) if match else None
        if match and field and field != "notes":
            said[field] = f"{said[field]}、{match['value']}" if field in said else match["value"]
        elif line.strip():
            rest.append(match["value"] if match and field == "notes" else line.strip())
    leftover = "\n".join(rest)
    for field, kind in MENTIONED:
        if field not in said and (names := _mentioned(leftover, kind, kb)):
            said[field] = "、".join(names)
    if "today" in said and (day := DAY.search(said["today"])):
        said["today"] = f"{day['y']}-{int(day['m']):02}-{int(day['d']):02}"
    return BriefFile(_wish(said, leftover), {LABELS[f]: v for f, v in said.items()}, leftover)


def read_history(path: Path) -> tuple[Turn, ...]:
    """A conversation, one `顾客：…` or `客服：…` a turn; other lines continue the turn before. Raises BadInputError."""
    turns: list[Turn] = []
    for number, line in enumerate(_read(path).splitlines(), 1):
        if match := TURN.match(line):
            turns.append(Turn("staff" if match["who"].lower() in STAFF else "customer", match["text"].strip()))
        elif turns and line.strip():
            turns[-1] = replace(turns[-1], text=f"{turns[-1].text}\n{line.strip()}".strip())
        elif line.strip():
            raise BadInputError("对话要以“顾客：”或“客服：”开头", file=str(path), row=number, hint="改好这一行再试。")
    return tuple(turns)


def _mentioned(text: str, kind: Kind, kb: KnowledgeBase) -> list[str]:
    """Ids of records whose id, name or alias stands in the text; the longest name wins where names overlap."""
    names = sorted(
        (
            (name, record.id)
            for record in kb.all(kind)
            for name in (record.id, getattr(record, "name", ""), *getattr(record, "aliases", ()))
            if len(name) > 1
        ),
        key=lambda pair: -len(pair[0]),
    )
    found: dict[str, int] = {}
    for name, id in names:
        at = text.find(name)
        if at >= 0:
            found.setdefault(id, at)
            text = text.replace(name, "\0" * len(name))
    return sorted(found, key=found.__getitem__)


def _wish(said: Mapping[str, str], leftover: str) -> Wish:
    values: dict[str, Any] = dict(said)
    if "products" in values:
        values["products"] = tuple(part for part in LIST_BREAKS.split(values["products"]) if part.strip())
    if "seed" in values:
        values["seed"] = int(values["seed"]) if values["seed"].strip().isdigit() else None
    return Wish(**values, notes=leftover)


def _from_mapping(data: Mapping[str, Any], file: str) -> BriefFile:
    said: dict[str, str] = {}
    notes: list[str] = []
    for key, value in data.items():
        field = BY_NAME.get(str(key).strip().lower())
        if field is None:
            raise BadInputError("没有这个字段", file=file, field=str(key), hint=f"可用：{'、'.join(LABELS.values())}。")
        text = "、".join(map(str, value)) if isinstance(value, list) else str(value)
        if field == "notes":
            notes.append("\n".join(map(str, value)) if isinstance(value, list) else text)
        else:
            said[field] = text
    return BriefFile(_wish(said, "\n".join(notes)), {LABELS[f]: v for f, v in said.items()}, "\n".join(notes))


def _load_yaml(path: Path) -> Mapping[str, Any]:
    import yaml

    try:
        data = yaml.load(_read(path), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        row = mark.line + 1 if mark else None
        raise BadInputError("不是合格的 YAML", file=str(path), row=row, hint="检查冒号后的空格和缩进。") from error
    if not isinstance(data, Mapping):
        raise BadInputError("应当是“字段: 值”的形式", file=str(path), hint="例如第一行写 product: 商品编号。")
    return data


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return path.read_text(encoding="gb18030", errors="replace")
    except OSError as error:
        raise BadInputError(f"打不开：{error.strerror}", file=str(path), hint="检查路径和权限。") from error
