"""Units as copy writes them, each with its dimension and its factor to the dimension's base unit.

Base units: yuan, gram, millilitre, millimetre, square metre, second, month, kilojoule, watt, one piece of a classifier.
Days and months are kept apart: a month has no fixed number of days.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple


class Unit(NamedTuple):
    dim: str
    factor: Decimal


_MEASURES = """
money 1 元 块钱 块 圆 rmb cny 人民币
money 10000 万元
money 0.1 角 毛钱 毛
money 0.01 分钱
ratio 0.01 % ％ 个百分点
ratio 0.1 成
times 1 倍
discount 1 折
mass 1 g 克
mass 1000 kg 千克 公斤
mass 500 斤 市斤
mass 50 两
mass 0.001 mg 毫克
mass 0.000001 μg ug 微克
mass 1000000 吨
volume 1 ml 毫升 cc
volume 1000 l 升 公升
length 1 mm 毫米
length 10 cm 厘米 公分
length 1000 m 米
length 1000000 km 公里
length 25.4 英寸 吋
length 33.333 寸
length 0.001 μm um 微米
length 0.000001 nm 纳米
area 1 ㎡ m² m2 平方米 平米 平方 平
area 666.67 亩
temperature 1 ℃ °c 度 摄氏度
energy 4.184 千卡 大卡 kcal
energy 1 kj 千焦
power 1 w 瓦 瓦特
power 1000 kw 千瓦
voltage 1 v 伏 伏特
charge 1 mah 毫安时 毫安
sound 1 db 分贝
frequency 1 hz 赫兹
speed 1 rpm
pressure 1 pa 帕
pressure 1000 kpa 千帕
pixel 1 dpi ppi 像素
concentration 1 ppm
time 1 秒钟 秒 s
time 60 分钟 min
time 900 刻钟
time 3600 小时 钟头 h
time 86400 天 日 晚 夜
time 604800 周 星期 礼拜
workday 1 工作日
month 1 月
month 3 季度
month 12 年 载
age 1 岁 周岁
people 1 人 位 名 用户 妈妈 家庭 顾客 人次 粉丝
"""
# Classifiers: each line counts its own kind of thing, so 24 条 never supports 24 盒. Words on one line mean the same.
_CLASSIFIERS = """
条,片 贴,颗 粒,盒,瓶,袋 包,支,枚,罐,件,层,款 种,次 回 遍,杯,勺,滴,张,卷,双,只,根,棵 株,套,组,道,步,档 挡,桶
箱,个,朵,份,场,期,页,抽,块,把,台,部,本,口,项,城 座,家 间,户,分,节,孔,股,目,针,格,轮,代,级,星,味,位数,单,门,码
头,对,筐,碗,盘,串,听,扎,筒,板,排,字,封,通,趟,圈,站,集,局,顿,觉,支纱,英支,旦,盎司 oz,磅 lb,克拉 ct,茶匙,汤匙
扇,辆,匹,瓣,篇,行,句,首,幅,寸,盆,盏,束,具,副,幢,栋,堂,课
"""


def _units() -> dict[str, Unit]:
    table: dict[str, Unit] = {}
    for line in _MEASURES.split("\n"):
        if line:
            dim, factor, *names = line.split()
            table |= {name: Unit(dim, Decimal(factor)) for name in names}
    for group in re.split(r"[,\n]", _CLASSIFIERS):
        names = group.split()
        for name in names:
            table.setdefault(name, Unit(f"count:{names[0]}", Decimal(1)))
    return table


UNITS = _units()


# What must not follow a unit, because it then begins another word: 满 59 包邮, 3 元旦, 五种草.
_BEGINS_WORD = """
包:邮 条:件 种:草 片:刻 支:持付 天:然使猫津 元:旦气素 个:性 家:人里 本:品来地店周月 台:风阶 层:次 场:景
次:日要 对:方比于 位:置于 口:感味碑红罩 分:之享开装量成类别给次 度:假过 平:时常 成:为就 节:日省约 道:理歉
头:发像 升:级 角:落度色 代:替表 味:道 星:期座 首:先 座:位椅 句:子 课:程 束:缚 寸:步
"""


def _alternation() -> str:
    """Longest first; Latin units only where no letter follows, so 5 m is metres and 5 men is not."""
    latin = sorted((u for u in UNITS if u[-1].isascii() and u[-1].isalpha()), key=len, reverse=True)
    other = sorted((u for u in UNITS if u not in latin and u != "日"), key=len, reverse=True)
    begins = dict(pair.split(":") for pair in _BEGINS_WORD.split())
    words = [re.escape(u) + (f"(?![{begins[u]}])" if u in begins else "") for u in other]
    # 24 日 is a day of the month; only 3 日内, 7 日装, 每日量 count days.
    return f"(?:{'|'.join(words)}|日(?=[内装量])|(?:{'|'.join(map(re.escape, latin))})(?![A-Za-z]))"


UNIT = _alternation()
"""Pattern source for one unit; use with re.IGNORECASE."""


def unit_of(text: str) -> Unit:
    """The unit that `UNIT` matched, whatever its case."""
    return UNITS[text.lower()]
