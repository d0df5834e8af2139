"""Personal data never reaches the disk: planted values in every kind of file, and public contacts that must stay."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.base import KnowledgeBase
from knowledge_base.errors import BadInputError
from knowledge_base.ingest.add import add
from knowledge_base.ingest.export import exported
from knowledge_base.ingest.kept import kept_notes
from knowledge_base.ingest.privacy import Hiding, plain, told
from knowledge_base.records import Policy, Source
from knowledge_base.schema import content_hash, parse_record
from knowledge_base.workspace import Workspace
from tests.knowledge_base.ingest_helpers import workbook, write
from tests.knowledge_base.shelf import opened

# Invented values with right check digits; no number is anybody's.
PLANTED = (
    "13812345678",
    "139-1234-5679",
    "15912345670",
    "11010519491231002X",
    "6222021234567890128",
    "4111111111111111",
    "lisi1990@qq.com",
    "wangxm@163.com",
    "xiaoli_1990",
    "abc_12345",
    "浙江省杭州市西湖区文三路478号3幢502室",
    "京A·12345",
    "E12345678",
    "王小明",
    "张晓梅",
    "陈建国",
)
CHAT = """王小明 2026-11-01 10:22:31
你好，我的电话13812345678，身份证11010519491231002X
客服 2026-11-01 10:23:02
亲爱的王小明，您好，寄到浙江省杭州市西湖区文三路478号3幢502室对吗？
王小明 2026-11-01 10:24:11
对，卡号6222021234567890128，微信 xiaoli_1990，护照E12345678，车牌京A·12345
"""
ARTICLE = """# 顾客来信

收件人：张晓梅，手机 139-1234-5679，邮箱 lisi1990@qq.com。

我们的客服热线 400-820-8820，门店地址：浙江省湖州市安吉县天荒坪路12号，商务合作 bd@yanxiaji.example.com。
豆子来自云南省普洱市孟连县，海拔 1500 米。
"""


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with opened(tmp_path / "家") as kb:
        yield kb


def files(folder: Path) -> list[Path]:
    rows = [["问题", "答案"], ["怎么联系", "我叫陈建国，电话15912345670，加微信：abc_12345"]]
    product = {"名称": "咖啡", "卖点": ["退款到4111111111111111", "冷水化开"], "规格": {"联系人": "陈建国"}}
    return [
        write(folder, "聊天记录.txt", CHAT),
        write(folder, "来信.md", ARTICLE),
        write(folder, "长文.md", "字" * 395 + "，电话13812345678，" + "字" * 700),
        workbook(folder, "常见问题.xlsx", {"政策": rows}),
        write(folder, "商品.json", json.dumps([product], ensure_ascii=False)),
        write(folder, "范文.jsonl", '{"channel":"reply","text":"好的，已发到 wangxm@163.com","类型":"范文"}\n'),
    ]


def stored_bytes(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_nothing_planted_is_in_any_byte_and_everything_public_is(kb: KnowledgeBase, tmp_path: Path) -> None:
    report = add(kb, files(tmp_path / "资料"), root=tmp_path)
    assert not report.bad
    kb.search("电话", k=3)
    data = stored_bytes(tmp_path / "家")
    assert data
    found = [value for value in PLANTED for spelt in spellings(value) if spelt in data]
    assert not found
    text = exported(kb.all(), "jsonl")
    for public in ("400-820-8820", "浙江省湖州市安吉县天荒坪路12号", "bd@yanxiaji.example.com", "云南省普洱市孟连县"):
        assert public in text
    assert report.hidden["mobile"] == 4
    assert report.hidden["name"] >= 5
    assert "〔手机号已隐去〕" in text


def spellings(value: str) -> Iterator[bytes]:
    """As UTF-8, as JSON escapes, and as the UTF-16 that some libraries keep."""
    yield value.encode()
    yield json.dumps(value)[1:-1].encode()
    yield value.encode("utf-16-le")


def test_adding_again_changes_nothing(kb: KnowledgeBase, tmp_path: Path) -> None:
    paths = files(tmp_path / "资料")
    first = add(kb, paths, root=tmp_path)
    again = add(kb, paths, root=tmp_path)
    assert (again.added, again.changed, again.unchanged) == (0, 0, first.added)


@dataclass
class Case:
    kind: str
    text: str
    stays: bool
    public: tuple[str, ...] = field(default=())


CASES = [
    Case("policy", "客服热线 400-820-8820，9 点到 18 点", True),
    Case("policy", "退货寄到浙江省湖州市安吉县天荒坪路12号", True),
    Case("policy", "座机 0572-5678901", True),
    Case("policy", "投诉邮箱 tousu@yanxiaji.example.com", True),
    Case("policy", "找店长 13812345678", False),
    Case("policy", "找店长 138 1234 5678", True, ("13812345678",)),
    Case("policy", "加微信：yanxiaji_kefu", False),
    Case("policy", "加微信：yanxiaji_kefu", True, ("yanxiaji_kefu",)),
    Case("policy", "邮箱 boss1980@qq.com", False),
    Case("policy", "顾客家住朝阳区建国路88号", False),
    Case("brand", "总店在朝阳区建国路88号", True),
    Case("passage", "体验店地址：朝阳区建国路88号", True),
    Case("passage", "寄到朝阳区建国路88号", False),
    Case("passage", "收货地址：朝阳区建国路88号", False),
    Case("passage", "公司电话 010-62345678", True),
    Case("passage", "家里座机010-62345678", False),
    Case("passage", "客服邮箱 service@yanxiaji.example.com", True),
    Case("passage", "张女士来信说好用", False),
    Case("passage", "亲爱的顾客，您好", True),
    Case("passage", "亲爱的王小明，您好", False),
    Case("passage", "温度 10:30 前不要超过 40 度", True),
    Case("persona", "李老师，小学语文老师", True),
    Case("persona", "电话13812345678", False),
    Case("product", "产自福建省安溪县感德镇槐植村88号", True),
    Case("product", "条码 6901234567892", True),
    Case("product", "样品卡号4111111111111111", False),
]


@pytest.mark.parametrize("case", CASES, ids=[f"{one.kind}-{i}" for i, one in enumerate(CASES)])
def test_what_stays_and_what_goes(case: Case) -> None:
    hiding = Hiding(public=frozenset(map(plain, case.public)))
    hidden = hiding.text(case.text, case.kind)  # type: ignore[arg-type]
    assert (hidden == case.text) is case.stays, hidden
    assert bool(hiding.counts) is not case.stays


@given(st.text(max_size=80), st.sampled_from(PLANTED[:8]), st.text(max_size=80))
def test_hiding_is_settled_after_one_go_and_only_counts(before: str, value: str, after: str) -> None:
    hiding = Hiding()
    once = hiding.text(f"{before}，{value}，{after}")
    assert value not in once
    assert Hiding().text(once) == once
    assert value not in told(hiding.counts)


def test_a_record_is_itself_or_has_a_new_hash() -> None:
    plain_one = parse_record("policy", {"id": "a", "question": "包邮吗", "answer": "满 59 包邮"}, Source("x.csv", 2))
    assert Hiding().record(plain_one) is plain_one
    one = parse_record("policy", {"id": "a", "question": "找谁", "answer": "打 13812345678"}, Source("x.csv", 2))
    hidden = Hiding().record(one)
    assert isinstance(hidden, Policy)
    assert hidden.answer == "打 〔手机号已隐去〕"
    assert hidden.source == Source("x.csv", 2, content_hash(hidden))
    assert hidden.source.sha256 != one.source.sha256


def test_a_reason_keeps_everything_and_is_written_down(wenan, sample_dir: Path) -> None:  # type: ignore[no-untyped-def]
    path = write(sample_dir, "来信.md", ARTICLE)
    hidden = wenan("kb", "add", str(path))
    assert "存之前隐去了个人信息" in hidden.err
    assert "139-1234-5679" not in hidden.err
    kept = wenan("kb", "add", str(path), "--keep-pii", "顾客书面同意")
    assert "原因：顾客书面同意" in kept.err
    assert b"139-1234-5679" in stored_bytes(sample_dir / ".wenan")
    (note,) = kept_notes(Workspace(sample_dir))
    assert note.reason == "顾客书面同意"
    assert note.files == ("来信.md",)
    assert note.counts["mobile"] == 1
    assert "顾客书面同意" in wenan("kb", "stats").out
    assert wenan("kb", "add", str(path), "--keep-pii", " ").code == 2


def test_public_contacts_must_be_a_list_of_texts(tmp_path: Path) -> None:
    fine = Workspace(tmp_path, {"knowledge_base": {"public_contacts": ["138-1234-5678"]}})
    assert Hiding.of(fine).public == {"13812345678"}
    with pytest.raises(BadInputError, match="public_contacts"):
        Hiding.of(Workspace(tmp_path, {"knowledge_base": {"public_contacts": "13812345678"}}))
