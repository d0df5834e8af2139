"""The rule file: what ships is good, and every mistake names its line."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("polars")

from knowledge_base.audience.triggers.rule_file import SHIPPED, read_rules
from knowledge_base.audience.triggers.rules import BUY
from knowledge_base.audience.triggers.spans import DAY, HOUR, MINUTE
from knowledge_base.errors import BadInputError

GOOD = """\
per_day: 2
rules:
  - id: a
    name: 加购没买
    when: 加购未买
    after: 2h
    write: {channel: 私聊}
  - id: b
    name: 沉睡
    when: 沉睡
    after: 30 天
    cooldown: 60d
    write: {channel: 员工朋友圈, angle: 场景}
"""


def test_the_rules_that_ship() -> None:
    found = read_rules()
    assert [rule.when for rule in found.rules] == ["差评", "加购未买", "到货", "反复看没买", "生日", "沉睡"]
    cart, look, asleep = found.by_id["cart-2h"], found.by_id["look-3"], found.by_id["asleep-30"]
    assert (cart.after, cart.unless, look.times, asleep.after) == (2 * HOUR, frozenset({BUY}), 3, 30 * DAY)
    assert (found.quiet.start, found.quiet.end, found.clock.name) == (22 * 60, 8 * 60, "Asia/Shanghai")
    assert all(rule.cooldown >= DAY for rule in found.rules)


def test_a_shops_own(tmp_path: Path) -> None:
    path = tmp_path / "规则.yaml"
    path.write_text(GOOD, encoding="utf-8")
    found = read_rules(path)
    assert (found.per_day, found.lateness) == (2, 10 * MINUTE)
    assert (found.rules[1].cooldown, found.rules[1].writing.angle) == (60 * DAY, "场景")


@pytest.mark.parametrize(
    ("old", "new", "row", "said"),
    [
        ("after: 2h", "after: 两小时", 6, "时长"),
        ("    after: 2h\n", "", 3, "还要写 after"),
        ("after: 2h", "after: 2h\n    times: 3", 3, "用不上 times"),
        ("when: 沉睡", "when: 睡着", 10, "只能是"),
        ("id: b", "id: a", 2, "编号重复"),
        ("id: b", "id: 乙", 8, ""),
        ("per_day: 2", "per_day: 0", 1, "不能小于 1"),
        ("per_day: 2", "per_dai: 2", 1, "没有这个字段"),
        ("per_day: 2", "quiet: 晚上", 1, "免打扰"),
        ("per_day: 2", "timezone: 北京", 1, "没有时区"),
        ("channel: 私聊", "channel: 微博", 7, "只能是"),
        ("channel: 私聊", "channel: 评论回复", 3, "只有「差评」能用"),
        ("after: 2h", "after: 2h\n    actions: [下单]", 7, "没有行为"),
        ("rules:\n", "rules: []\nx:\n", 2, "至少"),
        ("rules:\n", "rules: [\n", None, "YAML"),
    ],
)
def test_mistakes_name_their_line(old: str, new: str, row: int | None, said: str, tmp_path: Path) -> None:
    assert old in GOOD
    path = tmp_path / "规则.yaml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInputError) as raised:
        read_rules(path)
    assert said in raised.value.message
    assert "规则.yaml" in raised.value.message
    assert row is None or raised.value.row == row


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="没有这个触发规则文件"):
        read_rules(tmp_path / "没有.yaml")


def test_what_ships_is_where_packages_put_it() -> None:
    assert SHIPPED.parent.name == "rules"
