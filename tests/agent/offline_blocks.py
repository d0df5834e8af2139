"""Hand-written data blocks in the format that prompts render, for tests of the offline writer. All invented."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

from agent.model import Block, Message, Request
from agent.models.offline import OfflineModel

BRIEF = "渠道：{channel}\n版位：测试版位\n角度：{angle}\n行动：{action}\n今天：{today}\n变体：{variant}\n备注：{notes}"
LINKS = "链接文案：\n- 了解更多\n- 去逛逛\n- 立即购买\n- 立即咨询\n- 领取优惠"
SPECS = {
    "朋友圈广告": "版位：常规单图\n字数上限：40\n表情上限：0\n行数上限：4\n" + LINKS + "\n禁用：\n- 网址\n- 破折号",
    "员工朋友圈": "版位：员工朋友圈\n字数上限：1500\n字数建议：120\n行数上限：6\n每行字数：20",
    "公众号文章": "版位：公众号图文\n字数下限：300\n标题上限：32\n摘要上限：120\n摘要露出：54",
    "客服回复": "版位：客服消息\n字数建议：150\n字节上限：2048",
    "评论回复": "版位：评论回复\n字数上限：600\n字数建议：100",
}
KETTLE = """编号：k-1
名称：折叠电水壶
品牌：山脚杂货
品类：家居
价格：129 元（2026-11-01）
规格：
- 容量：600 毫升
- 折叠高度：7 厘米
- 自重：520 克
- 保温档：55℃
卖点：
- 折起来 7 厘米厚
- 600 毫升，烧开约 5 分钟
- 保温档停在 55℃
- 烧开没有提示音
- 壶口 9 厘米，伸手能刷到底
使用场景：
- 酒店房间只有公用水壶
- 宿舍半夜想喝口热的
- 出差箱子塞得满满的
证明：
- 耐热检测报告｜SJ-2026-07｜示例检测所｜2026-07-01｜壶身耐热 150℃，烧开 600 毫升用时 5 分钟
优惠：
- 出行装｜单只 109 元｜2026-11-10 至 2026-11-30
不能说：
- 抗菌
- 终身质保
答疑：
- 问：能煮面吗？答：不能，壶身只烧清水，煮面会糊底。
- 问：出国能用吗？答：支持 110 到 240 伏，插头要自己配。
- 问：有异味吗？答：头一次烧两壶水倒掉，之后就没有了。
备注：测试"""
TRAVELLER = """编号：u-t
称呼：常出差的销售
是谁：35 岁，一个月有半个月在路上
需求：
- 箱子里不占地方
- 房间里能喝口热的
- 烧水快一点
痛点：
- 酒店的水壶不敢用
- 出差箱子塞得满满的
- 半夜回房间，热水早凉了
场景：
- 晚上十一点，刚进酒店房间
- 高铁还有十分钟检票
- 早上六点，赶第一班飞机
说话习惯：
- 短句
- 直接
反感：
- 商务精英
顾虑：
- 占多大地方？
- 出国能用吗？
- 烧水吵不吵？
看重：
- 尺寸和重量
- 检测报告编号"""
STUDENT = """编号：u-s
称呼：住校生
是谁：20 岁，住六人间
需求：
- 不吵醒室友
- 半夜能喝口热的
痛点：
- 热水房十点就关门
- 室友睡了不敢弄出声音
场景：
- 半夜一点，宿舍只剩台灯亮着
- 晚上十点，热水房拉下卷帘门
说话习惯：
- 大白话
顾虑：
- 能煮面吗？
- 烧水吵不吵？
看重：
- 同学用过"""
BRAND = """编号：b-1
名称：山脚杂货
语气：
- 像邻居说话
称呼读者：你
不用词：
- 甄选
- 神器
落款：山脚杂货
故事：山脚杂货是测试用的虚构品牌，在山脚下开了一间小店"""
RETURNS = """编号：pol-1
问：能退货吗？七天无理由怎么退？
答：没用过的，签收后 7 天内可以退，退回运费您出。用过的不支持无理由退货。
类别：退换
转人工：否"""
SHIPPING = """编号：pol-2
问：下单多久发货？什么时候能到？
答：每天 15 点前付款的当天发出。一般 3 天到。
类别：物流
转人工：否"""
COMPLAINTS = """编号：pol-3
问：我要投诉，找负责人。
答：很抱歉让您遇到这样的事，我转给负责人，一天内有人联系您。
类别：投诉
转人工：是"""


def request(
    channel: str = "朋友圈广告",
    *,
    product: str = KETTLE,
    persona: str = TRAVELLER,
    brand: str = BRAND,
    seed: int = 0,
    sample: int = 0,
    variant: int = 0,
    angle: str = "",
    action: str = "",
    notes: str = "",
    today: str = "2026-11-22",
    spec: str = "",
    message: str = "",
    policies: Iterable[str] = (),
    extra: Iterable[Block] = (),
) -> Request:
    """A request with the blocks that are not empty."""
    brief = BRIEF.format(channel=channel, angle=angle, action=action, variant=variant, notes=notes, today=today)
    blocks = [Block("brief", "", brief), Block("spec", "", spec or SPECS[channel])]
    named = (("product", product), ("persona", persona), ("brand", brand))
    blocks += [Block(name, "", text) for name, text in named if text]
    blocks += [Block("policy", "", text) for text in policies]
    if message:
        blocks.append(Block("message", "", f"正文：{message}"))
    return Request(messages=(Message("user", "写一稿"),), blocks=(*blocks, *extra), seed=seed, sample=sample)


def answer(wanted: Request, model: OfflineModel | None = None) -> dict[str, Any]:
    """The parsed answer object."""
    completion = asyncio.run((model or OfflineModel()).complete(wanted))
    found: dict[str, Any] = json.loads(completion.text)
    return found


def bigrams(text: str) -> set[str]:
    flat = "".join(text.split())
    return {flat[i : i + 2] for i in range(len(flat) - 1)}


def likeness(texts: list[str]) -> float:
    """The greatest pairwise bigram Jaccard."""
    sets = [bigrams(text) for text in texts]
    return max((len(a & b) / len(a | b) for i, a in enumerate(sets) for b in sets[i + 1 :]), default=0.0)
