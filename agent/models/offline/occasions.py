"""When goods are used: which of a persona's moments suit which family of goods, and what a selling point is about.

The rows only decide what may stand beside what; nothing here is ever printed. A moment that suits no row is left
to others: a general line about the goods beats a forced one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

Nature = Literal["act", "made", "size", "proof"]
"""How goods behave in use; what they are made of; how big or many; what somebody measured."""

# Goods by name, moments they suit, moments they never suit.
_ROWS: tuple[tuple[str, str, str], ...] = (
    ("猫砂", "铲|砂|猫砂|客人", "狗"),
    ("猫", "猫|粮", "狗|砂|铲"),
    ("狗", "狗|遛", "猫"),
    (
        "护手|手霜",
        "洗手|洗几十次|手背|手干|手是?凉|发紧|笼布|键盘|酒精|交班|空调|口水巾|碗还没洗|收摊|作业|讲台|洗.*笔",
        "洗把脸|洗脸",
    ),
    ("洁面|洗面|洗颜|卸妆", "洗脸|洗把脸|夜班|眼睛|淡妆|紧绷|卸车|收摊|下班|口罩", "洗手|洗碗|洗衣"),
    (
        "防晒",
        "太阳|中午|营地|帐篷|雪地|出门|公园|后备箱|上学|放学|晨练|骑车|登山|草地|户外|遛狗",
        "凌晨|晚上|夜|落山",
    ),
    ("唇膏|润唇|口红", "口罩|暖气|空调|换季|嘴|唇|护士站|开会|会议|稿", ""),
    (
        "面霜|乳霜|精华|面膜|水乳|身体乳|爽肤",
        "洗脸|洗把脸|换季|起皮|口罩|夜班|暖气|睡前|脸|刺痛|干痒|泛红",
        "手背|搬家",
    ),
    (
        "咖啡",
        "早上|清早|早八|凌晨|早会|下午|四点|稿|真题|背书|图书馆|发布|代码|睡着|护士站|卷帘门|豆浆机|"
        "热水|凉水|水壶|高铁|营地|后备箱|"
        "服务区|夜班|会议室|改了|自习|课间|批到|抄题|收车|办公室|赶",
        "洗|喝口热|口水巾|手背|起皮|喊饿|锅里|搬家|书桌|熄了?灯|落山|睡前|夜奶|喂|铲|礼物|猫|狗|报纸",
    ),
    (
        "茶|饮料|果汁|豆浆|冲饮",
        "早上|清早|早会|下午|四点|稿|真题|图书馆|发布|热水|凉水|水壶|高铁|营地|后备箱|服务区|会议室|"
        "改了|自习|课间|晚饭后|报纸|窗边|"
        "旧稿|歇|登山|办公室|讲台|午睡|开会|收车",
        "洗|口水巾|手背|起皮|喊饿|搬家|夜奶|喂|铲|礼物",
    ),
    (
        "粥|汤|面条|米线|粉丝|速食|拌饭",
        "饿|早饭|凌晨|夜奶|早市|卷帘门|锅里|下班|便利店|楼道|电水壶|发布|露营|落山|午睡|喝口热|泡面|"
        "收摊|豆浆机|护士站|加班|改了|开火",
        "洗|口水巾|手背|起皮|后备箱|图书馆|报纸|书桌|搬家|开车|半路|后座|服务区",
    ),
    (
        "燕麦|麦片|海苔|坚果|肉干|牛肉|饼|零食|果干|巧克力|面包|糖果|薯",
        "饿|早饭|早八|早上七|清早|凌晨|下午|四点|稿|真题|背书|发布|代码|高铁|服务区|营地|抽屉|便利店|"
        "地铁|放学|课间|加班|改了|锅里|"
        "卷帘门|护士站|图书馆|电影|睡着|豆浆机|收车|批到",
        "洗|口水巾|手背|起皮|喝口热|喝.*热的|水杯|搬家|纸箱|书桌|报纸|旧稿|凉水|水壶|口罩|牙口|狗|猫",
    ),
    (
        "保温杯|水杯|杯子|保温壶",
        "水|喝|长椅|晨练|图书馆|后备箱|营地|左手抱|豆浆机|卷帘门|收摊|高铁|早会|会议|护士站|服务区|"
        "草地|排着队|真题|讲台|收车|背书",
        "洗|口水巾|搬家|水壶|热水房",
    ),
    ("电水壶|烧水壶|水壶", "热水|喝|酒店|宿舍|水壶|泡|午睡|出差", "洗|口水巾"),
    (
        "灯",
        "熄了?灯|深夜|夜奶|凌晨|晚饭后|报纸|看书|背书|灯暗|光|床头|旧稿|夜里|晚自习",
        "中午|下午|便利店|卸车|排队|楼道|收车|卷帘门|发布",
    ),
    ("毛巾|浴巾|洗脸巾|擦手巾", "洗把脸|洗脸|擦|汗|口水巾|草地|晨练|收摊|交班|洗手|卸车|笼布", "报纸|洗衣|碗"),
    ("洗衣|皂|柔顺", "洗衣|衣服|口水巾|油点|围裙|工服|晾|草地上跑|卸车|笼布", ""),
    ("收纳|整理箱|储物|筐", "后备箱|搬家|纸箱|收拾|储物|乱|堆|抽屉|玩具|卸车|找不到|摊位|占地方|书桌", ""),
    ("伞", "雨|阴天|出门", ""),
    ("围裙", "厨房|后厨|油点|做饭|早餐|锅里|面包|烤|豆浆机|早饭|揉面|卷帘门", ""),
    ("杯垫|隔热垫", "杯|冰咖啡|茶几|桌|工位|稿|怕烫", ""),
    ("墨水", "写|批|抄|墨水|笔|作业", "口袋"),
    ("本$|本子|笔记本|手账|信纸", "晨会|早会|抄|写|批|讲台|作业|真题|高铁|背书|旧稿|办公室", "礼物|手机"),
    ("笔", "写|签|批|作业|抄题|信|讲台|笔|旧稿|合同", "墨水"),
)
_FAMILIES = tuple(
    (re.compile(name), re.compile(suits), re.compile(never) if never else None) for name, suits, never in _ROWS
)

_PROOF = re.compile(r"检测|报告|试用|测试|未检出|实测|认证|备案|证书|达到.{0,4}[级类]|是 ?[A-Z]+ ?级|质保")
_ACT = re.compile(
    r"化开|撕开|焖|泡|成汤|成团|出泡|出味|抹|不[粘黏油]|不泛白|揉开|洗掉|洗一|机洗|吸进|吸墨|"
    r"[点亮]亮|亮 ?\d|按|开[盖门]|喝|吃|漏|℃|摊平|不洇|"
    r"秒|防滑|看不见|旋|掰|嚼|闻不到|无声|没有.{0,3}声|翻|装 ?\d|能装|挤|夹在|不用|不飘|不勒|刷得到"
)
_MADE = re.compile(
    r"配料|成分|表活|没有|不含|不加|不夹|无.{1,3}[精糖]|占 ?\d|加了|只[有用]|不锈钢|棉|粗蛋白|"
    r"含糖|纤维|蛋白质|千卡|内胆|烤|烘|产|豆|用的是|黄铜|纸"
)
# Words of one walk of life: a line that holds them is for those whose card holds them too.
_LIVES = tuple(
    re.compile(words)
    for words in (
        "孩子|宝宝|娃|小孩|玩具|上学|放学",
        "新生儿|婴儿|辅食|喂奶|喂完奶|夜奶|口水巾|孕|哺乳|月子",
        "图书馆|宿舍|上铺|室友|考研|早八|笔袋",
        "早市|摊|揉面|开门前|后厨|笼布|围裙兜|早餐店",
        "夜班|护士|消毒|手术|值班",
        "稿|甲方|工位",
        "代码|发布|程序",
        "露营|营地|帐篷|后备箱|雪地|山上",
        "老花|牙口|老人|晨练|退休",
        "湿疹|敏感肌|过敏|泛红|伤口|裂了口子",
        "血糖|血压|胃病|糖尿病",
        "左手写|批改|讲台|作业",
        "搬家|出租屋|合租",
        "下班|加班|通勤|早会|早高峰",
    )
)
_AT_WORK = len(_LIVES) - 1
_NOT_AT_WORK = re.compile(r"退休|备考|考研|研究生|大学生|中学生|高中|全职(?:妈妈|爸爸|太太|带娃)|待业")


@lru_cache(maxsize=16384)
def occasion(moment: str, name: str) -> float | None:
    """1.0 when the moment suits goods of that name, 0.0 when not, None when the goods are of no known family."""
    family = next((row for row in _FAMILIES if row[0].search(name)), None)
    if family is None:
        return None
    _, suits, never = family
    return 1.0 if suits.search(moment) and not (never and never.search(moment)) else 0.0


@lru_cache(maxsize=16384)
def nature(fact: str) -> Nature:
    """What a selling point is about."""
    if _PROOF.search(fact):
        return "proof"
    if _ACT.search(fact):
        return "act"
    return "made" if _MADE.search(fact) else "size"


@lru_cache(maxsize=16384)
def lives(text: str) -> frozenset[int]:
    """Which walks of life a line speaks of."""
    return frozenset(i for i, words in enumerate(_LIVES) if words.search(text))


def lives_of(card: str) -> frozenset[int]:
    """Which walks of life a persona's card speaks of. Going to work needs no mention: most people do."""
    return lives(card) if _NOT_AT_WORK.search(card) else lives(card) | {_AT_WORK}
