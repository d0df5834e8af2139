"""What helps against what: which selling points answer which troubles, as kinds of words on both sides.

One row a remedy: the goods it holds for, words of a persona's line, words of a product's line. The rows only decide
which of the brand's own lines stand beside which of the persona's own lines; nothing here is ever printed. Directed on
purpose: 图书馆没有热水 is answered by 冷水化开, never by 热水焖 5 分钟.
"""

from __future__ import annotations

import re
from functools import lru_cache

# Families of goods (see choose.ware) that a row holds for.
_FOOD = frozenset({"food", "drink"})
_EATEN = frozenset({"food"})
_SKIN = frozenset({"skin", "hand"})
_FACE = frozenset({"skin"})
_HAND = frozenset({"hand"})
_HOME = frozenset({"home", "other"})
_PET = frozenset({"pet"})
_ALL = frozenset({"food", "drink", "skin", "hand", "home", "pet", "other"})

_ROWS: tuple[tuple[frozenset[str], str, str], ...] = (
    (_FOOD, "没有?热水|接热水|热水房|烧水|冷水|凉水|水壶|矿泉水|茶水间", "冷水|凉水|常温水"),
    (_PET, "咬不动|掰碎", "掰|软|小段"),
    (_PET, "配料|看得懂|成分", "配料|没有"),
    (_PET, "铲|好铲", "成团|结团"),
    (_PET, "带得满屋|很多粉|硌", "粉尘|硌|成团"),
    (_HOME, "雨|伞", r"伞面|收起来 ?\d"),
    (_HOME, "冒汗|水渍|水印", "水渍|吸水|秒"),
    (_HOME, "油点|厨房|后厨|烤面包", "机洗|口袋"),
    (_HOME, "蹭|左手", "干，|秒干|不蹭"),
    (_HOME, "摊平|中缝", "摊平"),
    (_HOME, "洇|透", "不洇"),
    (_HOME, "没水|用很久|用久", "通用|书写"),
    (_FOOD, "电水壶|不想开火|吃上热|垫一口热|喝口热|饭总是凉|锅里只剩|泡面|夜宵|才吃上", "热水|沸水|开水|成汤|焖"),
    (
        _FOOD,
        "来不及|排队|赶时间|快到了|十分钟|早八|没时间|马上能",
        "化开|撕开就|成汤|即溶|即食|开盖就|焖 ?\\d|站着吃",
    ),
    (_EATEN, "饿了|喊饿|饿肚子|早饭(?!的碗)|自己的饭", "撕开就|即食|焖 ?\\d|成汤|站着吃|嚼"),
    (_EATEN, "饿|早饭(?!的碗)|早餐|垫一口|吃上|零食|嘴馋|嚼", "撕开就吃|就吃|嚼|管饱|独立|\\d ?克一[袋包条]|站着吃"),
    (_FOOD, "甜|糖|热量|发胖", "糖|千卡|热量|不甜"),
    (_ALL, "配料|成分|看不懂|看得懂|添加", "配料|成分|打头|只有.+(?:豆|和)"),
    (_ALL, "香精|怪味|没有味道|香味|气味|熏", "香精|闻不到|无香|没有?味"),
    (_SKIN, "没有.*酒精|不含酒精", "酒精"),
    (_ALL, "书包|笔袋|大罐子|包里|口袋|腰包|围裙兜|随身|占座", "笔袋|书包|兜|腰包|口袋|随身|独立|小包装|一条，"),
    (_HOME, "占地方|储物|后备箱|放得下|占多大|一次装|摊位后|一年搬", "折起来|折叠厚|厘米厚|叠起来|收得|收起来"),
    (_HOME, "储物|后备箱|纸箱|塞满|一次装|乱七八糟|玩具|堆(?!一盆)", "能装"),
    (_HOME, "找不到|乱七八糟|翻半天|收拾", "侧面开|不用翻|分格|隔层"),
    (_HOME, "搬家|卸车|装车|纸箱|一个人(?:搬|拎)|怎么装", "公斤|承重|一个人拎"),
    (_HOME, "桌子|一物两用|没有桌", "桌板|两用"),
    (_ALL, "一只手|左手抱|抱着|腾不开|单手", "一只手|单手|一按|按开"),
    (_HOME, "吵醒|睡着|声音|室友|安静|噪音", "没有.{0,4}声|静音|不晃|分贝|不响|只照"),
    (
        _HOME,
        "灯暗|灯太|熄了?灯|大灯|小灯|看报|报纸|副刊|旧稿|看书|看得清的光|夜里起|书桌|背书|夜奶",
        "(?<!荧)光|不插电|照度|色温|档亮度|瓦",
    ),
    (_HOME, "热水房|没有?热水|水壶不敢|烧水", "烧开|速热|加热"),
    (_HOME, "凉了|是凉|就凉|早凉|凉水|还是热|热水能|保温|喝口热|一口热", "℃|保温|还是热"),
    (_HOME, "会不会漏|怕漏|洒|书包里", "不漏|防漏|密封|渗漏"),
    (_FACE, "嘴|唇|口罩里", "保湿|滋润|香精|蜂蜡"),
    (_FACE, "起皮|干痒|紧绷|洗脸|粗糙|换季|脸干", "保湿|补水|滋润|甘油|不紧绷|含水|氨基酸"),
    (_HAND, "手发紧|裂|洗.*手|手干|手背|发白|搓完手|手是凉", "保湿|滋润|乳木果|甘油|油脂"),
    (_SKIN, "敏感|泛红|发痒|刺痛|红一次|耐受", "敏感肌|试用|没有香精|无香|没有.*酒精"),
    (_FACE, "口罩", "口罩|不黏|不沾|不闷"),
    (_HAND, "弄脏|键盘|黏|粘|不油|碰手机|干活", "不粘|不黏|不油|不沾|单手"),
    (_FACE, "黏|粘|油腻|假面", "不粘|不黏|不油|不沾"),
    (_FOOD, "满手是油|弄脏", "不粘手|不油(?!炸)|不掉渣|独立"),
    (_FACE, "洗脸|洁面|洗把脸|睁不开眼睛|只想快点洗", "出泡|不用搓|洗脸"),
    (_FACE, "太阳|晒|紫外线|雪地|中午", "SPF|防晒|抗水|补一次|泛白|PA"),
    (_HOME, "给宝宝|给孩子|娃能|宝宝用|孩子能用|贴身", "A 类|婴幼儿|儿童"),
    (_HOME, "掉毛|毛巾|擦汗|口水巾|洗把脸|擦手", "吸进|吸水|棉|掉毛|擦手"),
    (_HOME, "口水巾|衣服|洗衣|油点|围裙|工服|晾", "洗一桶|约洗|晒干|荧光|按两下"),
    (_FOOD, "牙口|咬不动|软一点", "软|焖|煮烂"),
    (_FOOD, "有得嚼|嚼", "嚼"),
    (_ALL, "能用多久|便宜|耐用|经用|划算|单价|多少钱|生活费|怎么算", "约洗|用约|用 ?\\d+ ?天|合每|\\d ?元"),
    (_HOME, "续航|插电|充电|停电|熄了?灯", "不插电|续航"),
    (_ALL, "报告|检测|数据|正规|试用|多少人|真能", "检测|报告|试用|实测|未检出|[A-Z]+ ?[类级]"),
    (_FOOD, "洗锅|开火|做饭|洗碗|碗还没洗", "不用洗锅|一只碗|免煮|自带.*勺"),
    (_FOOD, "能放多久|保质|囤|常备", "个月|常温"),
    (_HOME, "难洗|刷不到|清洗|发霉", "刷得到底|可拆|可洗|拆下来"),
)
# The same for doubts, stricter: an answer beside the question would be worse than none.
_DOUBTS: tuple[tuple[str, str], ...] = (
    ("热水.*冲|冲得?开|化得?开|真能冲", "冷水"),
    ("甜|含糖|有没有糖", "糖"),
    ("香精|香味|有味道", "香精|闻不到"),
    ("酒精", "酒精"),
    ("多少人|试过|有人用", "位.*试|人试"),
    ("能放多久|保质", "能放 ?\\d|保质"),
    ("要不要锅|洗锅", "锅|只碗"),
    ("占多大|多大|占地方", "厘米厚|折起来"),
    ("照到|晃|刺眼", "晃|只照"),
    ("会不会漏|漏水|漏吗", "不漏|渗漏"),
    ("一只手|打得开|单手", "一只手|单手|一按"),
    ("用多久", "约洗|用约|用 ?\\d+ ?天"),
    ("检测|正规|报告", "检测|未检出|[A-Z]+ ?[级类]"),
    ("黏|粘|油不油|碰键盘", "不粘|不黏手|不沾手"),
    ("掉毛|起球", "掉毛|起球"),
    ("保温|还热", "℃|保温"),
    ("不插电|续航|充一次", "不插电|小时"),
    ("重不重|多重", "自重|公斤|克"),
)
# A line with the left word is answered only by facts with the right one: what is wanted hot is not answered by jerky.
_DEMANDS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (re.compile("热的|口热|是凉|凉的|凉了"), re.compile("热|沸水|焖|汤|℃|保温")),
    (re.compile("牙口|咬不动|软一点"), re.compile("软|焖|煮烂|泡|粥|掰")),
    (re.compile("热水房|机器总在排队|烧水"), re.compile("冷水|凉水|烧|加热|保温|℃|化开")),
    (re.compile("室友|大灯|不晃"), re.compile("晃|声|低档|夹|只照|静|冷水")),
    (re.compile("的饭|垫一口|吃上|早饭"), re.compile("饭|粥|汤|焖|吃|泡|嚼|垫")),
    (re.compile("撕开"), re.compile("撕开|开盖|即食")),
    (re.compile("笔袋"), re.compile("笔袋")),
    (re.compile("嚼"), re.compile("嚼|脆|撕")),
    (re.compile("满手是油"), re.compile("不粘|不油(?!炸)|不掉渣")),
    (re.compile("猫砂|铲"), re.compile("团|硌|尘")),
    (re.compile("手是凉"), re.compile("暖|抹|保湿")),
    (re.compile("香精"), re.compile("香精|闻不到|无香|香味")),
    (re.compile("抽屉放|笔袋|书包塞|腰包"), re.compile("厘米|克|毫升|小|独立|兜|笔袋|书包|包里|腰包|折")),
)
# Facts that make a trouble worse: what wants hot water is no help where there is none.
_CLASHES: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (re.compile("没有?热水|热水房|半路|后座|服务区|书包"), re.compile("(?<!冷)(?:热水|沸水|开水)|焖")),
    (re.compile("烧水|不插电"), re.compile("沸水|烧开")),
    (re.compile("落山|晚上|夜里|半夜|凌晨"), re.compile("SPF|防晒|泛白|抗水|补一次")),
)
_FACES = re.compile("脸|面霜|口罩|起皮")
_HUNGER = re.compile("饿|早饭|零食|吃上|吃食|垫一口|嚼")
_LAUNDRY = re.compile("衣服|洗衣|晾|围裙|口水巾|工服")
_WANTED, _MET = tuple(asked for asked, _ in _DEMANDS), tuple(given for _, given in _DEMANDS)
_CROSSED, _CROSSING = tuple(asked for asked, _ in _CLASHES), tuple(given for _, given in _CLASHES)
_TROUBLES = tuple(re.compile(trouble) for _, trouble, _ in _ROWS)
_HELPS = tuple(re.compile(remedy) for _, _, remedy in _ROWS)
_HOLDS = {kind: sum(1 << i for i, row in enumerate(_ROWS) if kind in row[0]) for kind in _ALL}


def helps(trouble: str, fact: str, kind: str) -> int:
    """How many known remedies the fact holds for the trouble; -1 when it can be none. `kind` is the family of goods."""
    if _kinds(trouble, "WANTED") & ~_kinds(fact, "MET") or clashes(trouble, fact):
        return -1
    if (kind == "hand" and _FACES.search(trouble)) or (kind == "skin" and "手" in trouble):
        return -1
    if kind == "food" and "奶茶" in trouble:
        return -1
    if kind == "drink" and _HUNGER.search(trouble):
        return -1
    if kind not in _HOME and _LAUNDRY.search(trouble):
        return -1
    return (_kinds(trouble, "TROUBLES") & _kinds(fact, "HELPS") & _HOLDS[kind]).bit_count()


def clashes(trouble: str, fact: str) -> bool:
    """True when the fact makes the trouble worse."""
    return bool(_kinds(trouble, "CROSSED") & _kinds(fact, "CROSSING"))


_ASKED = tuple(re.compile(doubt) for doubt, _ in _DOUBTS)
_SHOWN = tuple(re.compile(shown) for _, shown in _DOUBTS)


def settles(doubt: str, fact: str) -> bool:
    """True when the fact plainly speaks to the doubt."""
    return bool(_kinds(doubt, "ASKED") & _kinds(fact, "SHOWN"))


_TABLES = {
    "WANTED": _WANTED,
    "MET": _MET,
    "CROSSED": _CROSSED,
    "CROSSING": _CROSSING,
    "TROUBLES": _TROUBLES,
    "HELPS": _HELPS,
    "ASKED": _ASKED,
    "SHOWN": _SHOWN,
}


@lru_cache(maxsize=65536)
def _kinds(text: str, table: str) -> int:
    """Which patterns of a table the text holds, as bits."""
    return sum([1 << i for i, pattern in enumerate(_TABLES[table]) if pattern.search(text)])
