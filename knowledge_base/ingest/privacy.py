"""Personal data is hidden before a record is stored, so that no index, sidecar or prompt ever holds it.

What a company publishes about itself must stay, or replies could not tell a customer where to call: its 400 lines, and
in brand cards and policies its landlines, addresses and company mail. In documents those stay where the words before
them say whose they are (门店地址, 客服热线). Mobile numbers, cards, 微信号 and people's names always go, unless
wenan.toml declares them: `[knowledge_base] public_contacts = ["..."]`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

from knowledge_base.codec import content_hash
from knowledge_base.errors import BadInputError
from knowledge_base.pii import KIND_NAMES, KINDS, PiiKind, PiiSpan, find
from knowledge_base.records import Kind, Record
from knowledge_base.workspace import CONFIG_NAME, Workspace

SETTING = "public_contacts"
_NEVER_PEOPLE: tuple[PiiKind, ...] = ("name", "address", "landline", "plate")
_KINDS: dict[Kind, tuple[PiiKind, ...]] = {
    # 李老师 on a persona card is nobody, and a jam's label names the factory that made it.
    kind: tuple(one for one in KINDS if one not in _NEVER_PEOPLE)
    for kind in ("product", "persona", "coupon", "asset")
}
_OWN: dict[Kind, frozenset[PiiKind]] = {
    kind: frozenset({"landline", "address", "email"}) for kind in ("brand", "policy")
}
_EXACT = frozenset(
    {"id", "kind", "brand", "product", "products", "persona", "segments", "channel", "code", "path", "link", "colours"}
    | {"currency", "number", "source", "url"}
)
"""Fields that other records or machines refer to, and numbers of certificates."""
_COMPANY = re.compile(
    r"(?:门店|店铺|店址|总店|分店|旗舰店|体验店|专柜|公司|工厂|厂址|总部|仓库|园区|基地|客服|热线|售后|官方|商务|招商|营业|前台"
    r"|生产(?:商|者|地址|地)|制造商|委托方|出品方?|产地|本店|退货(?:地址)?|投诉|举报|监督)[^。！？\n]{0,16}$"
)
_SOMEBODY = re.compile(
    r"(?:收[货件]|我家|家住|我住|住在|家庭|本人|我的|顾客|客户|用户|会员|买家|学员|家长)[^。！？\n]{0,12}$"
)
_LEAD = 30
"""Characters before a value in which its owner is named."""
_FREE_MAIL = re.compile(
    r"@(?:vip\.)?(?:qq|foxmail|163|126|yeah|139|189|wo|sina|sohu|aliyun|gmail|hotmail|outlook|live|msn|icloud|me|yahoo|protonmail)\."
    r"(?:com|cn|net|me)",
    re.I,
)
_ROLE_MAIL = re.compile(
    r"^(?:service|kefu|support|help|info|contact|sales?|shop|store|hello|hr|press|pr|bd|feedback)[.\-_@]", re.I
)
_DOOR = re.compile(r"[0-9一二三四五六七八九十百]\s?(?:号|栋|幢|座|弄|单元|层|楼|室|户)|\d{2,4}$")


@dataclass(slots=True)
class Hiding:
    """How one `kb add` treats personal data, and what it hid."""

    public: frozenset[str] = frozenset()
    """Contacts that the company publishes, as `plain` spells them."""
    keep_reason: str = ""
    """Why everything is stored as it stands; empty when personal data is hidden."""
    counts: Counter[PiiKind] = field(default_factory=Counter)
    """Places hidden, by kind; with `keep_reason`, places found and kept."""

    @classmethod
    def of(cls, workspace: Workspace, keep_reason: str = "") -> Hiding:
        """By the workspace's settings. Raises BadInputError when they are no list of texts."""
        listed = workspace.section("knowledge_base").get(SETTING, [])
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            hint = f'写成 {SETTING} = ["13800000000", "kefu@example.com"]。'
            raise BadInputError("应当是一列文字", file=CONFIG_NAME, field=f"knowledge_base.{SETTING}", hint=hint)
        return cls(public=frozenset(map(plain, listed)), keep_reason=keep_reason)

    def text(self, text: str, kind: Kind = "passage", lead: str = "") -> str:
        """`text` with what is personal replaced. `lead` is what a reader sees before it, e.g. a column's name."""
        parts: list[str] = []
        at = 0
        kinds = _KINDS.get(kind, KINDS)
        # 规格 联系人 = 张三: only the label shows that the value is a name.
        for span in find(lead + text, (*kinds, "name") if lead else kinds):
            start, end = span.start - len(lead), span.end - len(lead)
            if start < 0 or self._public(lead + text, span, kind):
                continue
            self.counts[span.kind] += 1
            parts += [text[at:start], f"〔{KIND_NAMES[span.kind]}已隐去〕"]
            at = end
        return text if self.keep_reason else "".join((*parts, text[at:]))

    def record(self, record: Record) -> Record:
        """`record` with its texts hidden and its hash anew; itself when there was nothing to hide."""
        hidden: Record = self._value(record, record.kind)
        if hidden is record:
            return record
        return replace(hidden, source=replace(record.source, sha256=content_hash(hidden)))

    def _value(self, value: Any, kind: Kind, lead: str = "") -> Any:
        if isinstance(value, str):
            return self.text(value, kind, lead)
        if isinstance(value, tuple):
            parts = tuple(self._value(one, kind) for one in value)
            return value if all(new is old for new, old in zip(parts, value, strict=True)) else parts
        if is_dataclass(value) and not isinstance(value, type):
            changed = {}
            for one in fields(value):
                if one.name in _EXACT:
                    continue
                old = getattr(value, one.name)
                before = f"{getattr(value, 'name', '')}：" if one.name == "value" else ""
                new = self._value(old, kind, before)
                if new is not old and new != old:
                    changed[one.name] = new
            return replace(value, **changed) if changed else value
        return value

    def _public(self, text: str, span: PiiSpan, kind: Kind) -> bool:
        value = text[span.start : span.end]
        if plain(value) in self.public:
            return True
        match span.kind:
            case "bank_card":
                return _is_barcode(value)
            case "address" if not _DOOR.search(value):
                # 云南省普洱市孟连县 is where the beans grow; nobody lives at a county.
                return True
            case "email" if _FREE_MAIL.search(value):
                return False
            case "email" if _ROLE_MAIL.match(value):
                return True
            case "address" | "landline" | "email":
                before = text[max(0, span.start - _LEAD) : span.start]
                if _SOMEBODY.search(before):
                    return False
                return span.kind in _OWN.get(kind, frozenset()) or bool(_COMPANY.search(before))
        return False


def plain(contact: str) -> str:
    """One spelling of a contact: letters small, without spaces, dashes, brackets and the country's prefix."""
    folded = re.sub(r"[\s()（）·-]", "", contact).casefold()
    return re.sub(r"^(?:\+|00)?86(?=1\d{10}$)", "", folded)


def _is_barcode(digits: str) -> bool:
    """A shop's goods carry EAN-13 numbers beginning with 69; every tenth passes the check of a bank card too."""
    from stdnum import ean

    return len(digits) == 13 and digits.startswith("69") and ean.is_valid(digits)


def told(counts: Mapping[PiiKind, int]) -> str:
    """`手机号 3 处、姓名 1 处`: kinds and counts, never values."""
    ordered = sorted(counts.items(), key=lambda one: -one[1])
    return "、".join(f"{KIND_NAMES[kind]} {count} 处" for kind, count in ordered if count)
