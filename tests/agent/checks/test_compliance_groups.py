"""Rules by groups of words in any order, macros in patterns, questions as hooks, industries by their everyday names."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.checks.compliance import examine
from knowledge_base.errors import BadInputError
from knowledge_base.rules import law
from knowledge_base.rules.law_model import RuleBook
from knowledge_base.workspace import Workspace

BOOK = law.load_rules()
OWN = """
area: house
name: 自家规则
source: ad_law
macros:
  pause: '[^，。！？]{{0,3}}'
  tail: '{{pause}}收尾'
rules:
  - id: pair
    name: 两样一起说
    article: 第三条
    groups:
      - {{words: 蓝灯 蓝灯笼, not_words: 蓝灯泡}}
      - {{words: 会唱 唱歌, asserts: true}}
    within: 12
    {extra}
    explain: 品牌不这样说话。
  - id: macro
    name: 用片段
    article: 第三条
    patterns: [{{anchors: 开头, match: '开头{{tail}}'}}]
    explain: 品牌不这样说话。
"""


def book(folder: Path, own: str) -> RuleBook:
    (folder / "rules").mkdir()
    (folder / "rules" / "own.yaml").write_text(own, encoding="utf-8")
    return law.workspace_rules(Workspace.find(folder))


def hits(text: str, rules: RuleBook) -> list[tuple[str, str]]:
    return [(f.rule_id, f.text) for f in examine(text, "ad", book=rules) if f.rule_id.startswith("house.")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("这盏蓝灯会唱", "蓝灯会唱", id="one order"),
        pytest.param("会唱的是那盏蓝灯", "会唱的是那盏蓝灯", id="the other order"),
        pytest.param("蓝·灯，会 唱", "蓝·灯，会 唱", id="across a comma and symbols"),
        pytest.param("蓝灯？会唱的", "蓝灯？会唱", id="a question does not part them"),
        pytest.param("蓝灯到了。猫会唱", "", id="a full stop does"),
        pytest.param("蓝灯放在门口的柜子上面那一格里会唱", "", id="too far apart"),
        pytest.param("这盏蓝灯不会唱歌", "", id="negated"),
        pytest.param("蓝灯泡会唱", "", id="inside another word"),
        pytest.param("蓝灯和蓝灯笼", "", id="one group twice"),
    ],
)
def test_a_word_of_every_group_in_any_order(text: str, found: str, tmp_path: Path) -> None:
    assert hits(text, book(tmp_path, OWN.format(extra=""))) == ([("house.pair", found)] if found else [])


def test_exemptions_hold_for_groups_too(tmp_path: Path) -> None:
    rules = book(tmp_path, OWN.format(extra="exempt: [{name: 戏里, sentence: 戏里}]"))
    (found,) = (f for f in examine("戏里那盏蓝灯会唱", "ad", book=rules) if f.rule_id == "house.pair")
    assert (found.severity, found.exemption) == ("info", "戏里")


def test_macros_may_use_macros(tmp_path: Path) -> None:
    assert hits("开头一二收尾", book(tmp_path, OWN.format(extra=""))) == [("house.macro", "开头一二收尾")]


@pytest.mark.parametrize(
    ("own", "said"),
    [
        pytest.param(OWN.replace("{{pause}}收尾", "{{nothing}}收尾"), "nothing", id="unknown macro"),
        pytest.param(OWN.replace("{{pause}}收尾", "{{tail}}收尾"), "绕回", id="a macro that uses itself"),
        pytest.param(OWN.replace("      - {{words: 会唱 唱歌, asserts: true}}\n", ""), "groups", id="a single group"),
    ],
)
def test_what_is_wrong_is_named(own: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadInputError) as caught:
        book(tmp_path, own.format(extra=""))
    assert said in caught.value.message


@given(st.text(alphabet="蓝灯会唱，。？不泡 x", max_size=60))
def test_spans_hold_a_word_of_each_group(text: str) -> None:
    for found in examine("足浴之后风湿" + text + "痊愈", "ad", book=BOOK):
        assert 0 <= found.start < found.end <= len(text) + 8


@pytest.mark.parametrize(
    ("called", "blocked"),
    [("房产", True), ("property", True), ("楼盘", True), ("餐饮", False), ("汽车", False), ("", False)],
)
def test_an_industry_may_be_named_as_people_name_it(called: str, blocked: bool) -> None:
    found = examine("下楼出门，一脚油门就是地铁", "ad", industry=called, book=BOOK)
    assert ("property.minutes_away" in {f.rule_id for f in found}) is blocked


def test_every_name_leads_to_an_industry_of_the_book() -> None:
    assert set(BOOK.industry_names.values()) <= set(BOOK.industry_words)
    assert BOOK.industry(" 美妆 ") == "cosmetics"
    assert BOOK.industry("汽车") == "汽车"


@pytest.mark.parametrize(
    ("text", "severity", "right"),
    [
        ("领取优惠卷后下单", "warn", "优惠券"),
        ("入口既化的奶糕", "warn", "入口即化"),
        ("我们己经发货", "warn", "已经"),
        ("登陆小程序查看", "warn", "登录"),
        ("请核对帐号", "info", "账号"),
    ],
)
def test_a_typing_slip_is_named_with_its_right_form(text: str, severity: str, right: str) -> None:
    (found,) = (f for f in examine(text, "ad", book=BOOK) if f.rule_id.startswith("typos."))
    assert (found.severity, found.rewrite) == (severity, right)


@pytest.mark.parametrize(
    "text",
    [
        "按装修进度付款",
        "自己经营一家小店",
        "既便宜又好用",
        "因该商品缺货",
        "舰队登陆海滩",
        "蚊帐单买也行",
        "优惠卷纸两提",
        "元旦糕点上新",
    ],
)
def test_words_that_merely_contain_a_slip_pass(text: str) -> None:
    assert not [f for f in examine(text, "ad", book=BOOK) if f.rule_id.startswith("typos.")]
