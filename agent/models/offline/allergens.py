"""Allergens by family, to read a product's own ingredient and allergen lines. Better to ask twice than to miss one.

Families follow the usual allergen groups of GB 7718 (gluten cereals, crustaceans, fish, egg, peanut, soy, milk, nuts).
"""

from __future__ import annotations

import re

from agent.models.offline.facts import Goods

_LINE = re.compile("生产线|产线|同线|共线|车间|设备")
_PARTS = re.compile("[，；。]")

FAMILIES: dict[str, str] = {
    "坚果": "坚果 巴旦木 杏仁 扁桃仁 腰果 核桃 榛子 开心果 夏威夷果 碧根果 松子 板栗",
    "花生": "花生",
    "牛奶": "牛奶 乳制品 乳粉 乳清 奶粉 全脂乳 脱脂乳 黄油 奶油 奶酪 芝士 酪蛋白 炼乳",
    "鸡蛋": "鸡蛋 蛋清 蛋黄 全蛋 蛋粉 蛋白粉",
    "大豆": "大豆 黄豆 豆粉 豆浆 酱油 豆瓣 卵磷脂",
    "麸质": "麸质 小麦 大麦 黑麦 燕麦 面粉 麦片 麦芽 麦麸",
    "鱼": "鱼 鱼露 鱼粉",
    "虾蟹": "虾 蟹 甲壳",
    "贝类": "贝 蛤 牡蛎 蚝油",
    "芝麻": "芝麻",
    "酒精": "酒精 乙醇",
    "香精": "香精 香料",
    "羊毛脂": "羊毛脂",
    "水杨酸": "水杨酸",
}
_ALIASES = {
    "乳糖": "牛奶",
    "奶": "牛奶",
    "小麦": "麸质",
    "面筋": "麸质",
    "豆": "大豆",
    "海鲜": "虾蟹",
    "杏仁": "坚果",
    "腰果": "坚果",
    "核桃": "坚果",
    "蛋": "鸡蛋",
}


def allergen_in(text: str) -> tuple[str, str]:
    """(the word a message uses, the family it means); empty when it names none: 小麦 is of the family 麸质."""
    named = next((name for name in FAMILIES if name in text), "")
    if named:
        return named, named
    return next(((word, family) for word, family in _ALIASES.items() if word in text), ("", ""))


def ingredients_with(family: str, goods: Goods) -> tuple[str, ...]:
    """The product's ingredients of that family, in its own words; what only shares the line does not count."""
    words = FAMILIES.get(family, family).split()
    found = [item for item in goods.ingredients if any(word in item for word in words)]
    for declared in _declared(goods):
        inside = "，".join(part for part in _PARTS.split(declared) if not _LINE.search(part))
        found += [word for word in words if word in inside and not any(word in item for item in found)]
    return tuple(dict.fromkeys(found))


def shared_line(family: str, goods: Goods) -> str:
    """The clause that says that the line handles the family too: 生产线也加工花生和乳制品. Empty when none does."""
    words = FAMILIES.get(family, family).split()
    parts = (part for declared in _declared(goods) for part in _PARTS.split(declared))
    return next((part for part in parts if _LINE.search(part) and any(word in part for word in words)), "")


def _declared(goods: Goods) -> list[str]:
    rows = (spec.text.partition("：") for spec in goods.specs)
    return [value for name, _, value in rows if "致敏" in name or "过敏" in name]
