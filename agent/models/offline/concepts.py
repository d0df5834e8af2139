"""Words that mean kindred things to a shopper, so that 不敢烧水 meets 冷水化开 although they share few characters.

One row a concept: its tag and the words that call it. Small on purpose: it only helps to *rank* a brand's own lines
against a persona's own lines; nothing here is ever printed.
"""

from __future__ import annotations

import re
from functools import lru_cache

CONCEPTS: dict[str, str] = {
    "hot_water": "热水 开水 烧水 沸水 冷水 凉水 矿泉水 水壶 热水房 茶水间 冲泡",
    "drink": "咖啡 喝 茶 奶茶 饮料 冲 杯 水杯 一口",
    "warm": "热的 凉的 凉了 保温 保冷 暖 温度 冷掉",
    "eat": "吃 早饭 早餐 饭 零食 饿 嚼 泡面 夜宵 垫一口 粥 汤 肚子 宵夜",
    "cook": "开火 锅 做饭 洗碗 煮 厨房 灶 下厨",
    "soft": "牙口 咬不动 咬得动 软一点 偏硬 偏脆 泡软",
    "sugar": "糖 甜 蔗糖 热量 千卡 苦",
    "taste": "苦不苦 酸不酸 咸不咸 甜不甜 好不好喝 好不好吃 口感 偏苦 偏甜 很苦 会苦 味道怎么样 好喝吗 好吃吗",
    "label": "配料 成分 添加 色素 防腐 增白 看得懂",
    "smell": "香精 味道 无香 香味 怪味 气味 闻 没有味道",
    "face": "脸 面霜 护肤 洗脸 洁面 换季 起皮 干痒 泛红 敏感 紧绷 鼻翼 口罩 保湿 刺痛 耐受",
    "hand": "手干 手裂 护手 洗手 手背 手发紧 手凉 手不油 一双手 抹一下 抹完",
    "sticky": "黏 粘 油膜 满手是油 不油 弄脏 键盘 手机",
    "sun": "太阳 防晒 紫外线 晒一天 晒得 发红",
    "onehand": "一只手 单手 单手开 腾不开 抱着 抱娃 左手",
    "child": "孩子 娃 宝宝 儿童 小孩 孙子 新生儿 婴儿 夜奶 喂奶",
    "quiet": "吵醒 声音 噪音 安静 静音 咔哒 室友 睡着 熄灯 睡了",
    "light": "灯 看报 报纸 看书 夜读 灯光 台灯 照度",
    "space": "占地方 放得下 折叠 折起来 储物 收纳 空间 抽屉 占多大 装完 后备箱 乱七八糟 找不到",
    "move": "搬家 纸箱 箱子 卸车 装车 装到 承重",
    "carry": "书包 笔袋 塞得进 塞不下 便携 揣 兜 随身 小包装 独立 一条 一袋 带着 口袋 腰包 拎着",
    "fast": "来不及 分钟 马上 赶时间 排队 撕开 立刻 早八 化开",
    "early": "早八 凌晨 清早 早上 早市 天还没亮 早会 早饭 早餐 晨练",
    "late": "深夜 半夜 夜里 晚上 下班 加班 下夜班 凌晨 熄灯 通宵 夜班",
    "afternoon": "下午 午睡 四点 赶稿 稿子 改稿",
    "office": "工位 公司 办公 会议 改稿 键盘 甲方 稿子 写代码 发布",
    "school": "图书馆 宿舍 考研 真题 自习 早八 室友 教室 课间",
    "outdoor": "露营 营地 帐篷 后备箱 公园 服务区 草地 户外 开车 长途 高铁 晨练 后座",
    "wash": "洗衣 口水巾 衣服 晾 洗一桶 油点 围裙 工服 阳台 小衣服 洗衣机",
    "towel": "毛巾 擦 按干 擦汗 洗把脸 吸水 口水巾",
    "stall": "摊位 摆摊 早餐店 早市 卷帘门 收摊 笼布",
    "price": "多少钱 划算 便宜 单价 合每条 价格 经用 耐用 几箱 生活费 算得清 两件 贵",
    "size": "尺寸 多大 占多大 大罐",
    "last": "续航 能用多久 用多久 耐用 个月 保质 能放 半天",
    "proof": "检测 报告 试用 试过 数据 编号 测试 备案 正规 成分表",
    "service": "质保 退 换新 客服 发票 坏了 没人管 电话 售后",
    "leak": "漏 洒 倒过来 密封",
    "shared": "室友 同事 家人 旁边人 合租",
    "clean": "清洁 紧绷 搓 冲水 泡沫 卸妆 假滑 洗不干净",
    "sleepy": "困 眼睛还睁不开 睡不着 醒",
    "pet": "猫 狗 宠物 毛发",
    "travel": "出差 旅行 酒店 行李 高铁 登机",
    "kitchen_mess": "油烟 油污 台面 水槽",
    "gift": "送礼 送人 礼物 礼盒",
    "sport": "跑步 健身 运动 出汗 骑车",
}

_TAG_OF = {word: tag for tag, words in CONCEPTS.items() for word in words.split()}
_TAGS_OF: dict[str, tuple[str, ...]] = {}
for _tag, _words in CONCEPTS.items():
    for _word in _words.split():
        _TAGS_OF[_word] = (*_TAGS_OF.get(_word, ()), _tag)
_ANY = re.compile("|".join(sorted(map(re.escape, _TAG_OF), key=len, reverse=True)))


@lru_cache(maxsize=16384)
def concepts(text: str) -> frozenset[str]:
    """Tags of every concept that the text calls."""
    return frozenset(tag for word in set(_ANY.findall(text)) for tag in _TAGS_OF[word])
