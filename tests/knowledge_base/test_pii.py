"""Personal data is found where it stands, look-alikes are let be, and hiding it can be undone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.pii import Vault, find

# Invented values: check digits are right, people and numbers are not real.
FOUND = [
    ("我电话13812345678，麻烦快点", "mobile", "13812345678"),
    ("打 138-1234-5678 找我", "mobile", "138-1234-5678"),
    ("１３８１２３４５６７８", "mobile", "１３８１２３４５６７８"),
    ("+86 139 1234 5678", "mobile", "+86 139 1234 5678"),
    ("公司座机010-62345678", "landline", "010-62345678"),
    ("身份证11010519491231002X，帮我查", "id_card", "11010519491231002X"),
    ("卡号6222 0212 3456 7890 128 退这张", "bank_card", ""),
    ("退到4111111111111111", "bank_card", "4111111111111111"),
    ("汇到DE89370400440532013000这个账号", "bank_card", "DE89370400440532013000"),
    ("IBAN是GB82 WEST 1234 5698 7654 32吧", "bank_card", "GB82 WEST 1234 5698 7654 32"),
    ("发我邮箱 li.si+shop@example.com.cn 谢谢", "email", "li.si+shop@example.com.cn"),
    ("我住浙江省杭州市西湖区文三路478号3幢502室", "address", "浙江省杭州市西湖区文三路478号3幢502室"),
    ("寄到朝阳区建国路88号", "address", "朝阳区建国路88号"),
    ("加我微信：abc_12345", "wechat", "abc_12345"),
    ("vx xiaoli1990", "wechat", "xiaoli1990"),
    ("QQ号 1234567890", "qq", "1234567890"),
    ("车牌京A·12345", "plate", "京A·12345"),
    ("护照E12345678", "passport", "E12345678"),
    ("收件人：王小明，电话在下面", "name", "王小明"),
    ("我叫李雷，上周买的", "name", "李雷"),
    ("张女士您好", "name", "张"),
    ("我是张女士，要退货", "name", "张"),
]
LET_BE = [
    "2 克一条，一盒 24 条，69 元",
    "备案号 浙妆网备字2026003381",
    "检测报告 YXJ-T-2026-0312",
    "订单号 20261122138123456789 到哪了",
    "客服热线 400-820-8820",
    "身份证110105194912310021",
    "4111111111111112 不是卡号",
    "早上 10:30 到 12:00 之间送",
    "从云南运到杭州要三天",
    "和我一样怕苦的人",
    "这款安全吗，我是老师",
    "买 2 号色还是 3 号色",
    "型号 DE89370400440532013001",
    "亲爱的顾客，您好",
    "温度 20:30 再量一次",
    "GB 28050-2011 每 100 克",
]


@pytest.mark.parametrize(("text", "kind", "value"), FOUND, ids=[f"{k}-{i}" for i, (_, k, _) in enumerate(FOUND)])
def test_finds(text: str, kind: str, value: str) -> None:
    spans = find(text)
    assert kind in {span.kind for span in spans} or not value
    if value:
        assert value in {text[span.start : span.end] for span in spans if span.kind == kind}


@pytest.mark.parametrize("text", LET_BE)
def test_lets_look_alikes_be(text: str) -> None:
    assert find(text) == ()


@given(st.text(max_size=200) | st.lists(st.sampled_from([t for t, _, _ in FOUND]), max_size=4).map("，".join))
def test_restore_undoes_mask(text: str) -> None:
    vault = Vault()
    assert vault.restore(vault.mask(text)) == text


@given(st.lists(st.sampled_from([t for t, _, v in FOUND if v]), min_size=1, max_size=5))
def test_masked_text_holds_no_value(texts: list[str]) -> None:
    vault = Vault()
    masked = vault.mask("；".join(texts))
    for _, _, value in FOUND:
        if len(value) > 3 and any(value in text for text in texts):
            assert value not in masked


def test_same_value_same_placeholder_and_counts_tell_no_value() -> None:
    vault = Vault()
    assert vault.mask("13812345678 或 13812345678") == "〔手机号1〕 或 〔手机号1〕"
    assert vault.counts == {"mobile": 1}
    assert "138" not in repr(vault)


def test_a_typed_placeholder_is_not_filled() -> None:
    vault = Vault()
    masked = vault.mask("〔手机号1〕 13812345678")
    assert masked == "〔手机号1〕 〔手机号2〕"
    assert vault.restore(masked) == "〔手机号1〕 13812345678"
