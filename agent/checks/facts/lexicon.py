"""Words and shapes that tell whether a figure is said of a product or of the scene round it. The lists: words.yaml."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

WORDS_FILE = Path(__file__).with_name("words.yaml")


@cache
def _words() -> dict[str, re.Pattern[str]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data: dict[str, dict[str, str]] = yaml.load(WORDS_FILE.read_text(encoding="utf-8"), Loader=loader)
    lists = {name: {word for group in groups.values() for word in group.split()} for name, groups in data.items()}
    return {
        name: re.compile("|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word)))))
        for name, words in lists.items()
    }


def product_talk() -> re.Pattern[str]:
    """Offer, make-up, performance, proof: what is said of goods."""
    return _words()["product_talk"]


def people() -> re.Pattern[str]:
    return _words()["people"]


def life() -> re.Pattern[str]:
    """Work, roads, home, seasons: what days are made of."""
    return _words()["life"]


def idioms() -> re.Pattern[str]:
    """Set phrases whose number counts nothing: 三分钟热度, 十年如一日."""
    return _words()["idioms"]


# A scene noun right behind the figure: 四个会, 七版稿, 三集剧, 五个电话.
SCENE_HEAD = re.compile(
    r"^的?(?:会|稿|剧|课|班|路|车|地铁|闹钟|电话|消息|邮件|语音|室友|孩子|娃|同事|朋友|邻居|人|城市|城|晚上|早上|日夜|夜晚|单词|论文"
    r"|照片|图|截图|视频|句话|标书|作业|试卷|卷子|流浪猫|猫|狗|饺子|菜|鸡蛋|碗|水(?!润)|行李|绿萝|花(?!青|香)|太阳|山|家|梦|故事|夏天|冬天|春天|秋天|冬|夏"
    r"|台阶|楼|门(?!店)|字|答案|未读|工资|房|铺子|小店|出租屋|学生|徒弟|老师)"
)
USAGE_VERB = re.compile(
    r"(?:带|撕|拆|放|备|塞|囤|冲|买|存|给|分|抽|挤|拿|喝|吃|用|揣|来|倒|加|点|剩|差|缺|掉|还有|就|再|又)(?:了|上|个|着|完|掉)?\s?$"
)
DID = re.compile(r"[一-鿿](?:了|过|完|着|满)\s?$")
FREQUENCY = re.compile(r"(?:每|一)(?:次|天|日|周|晚|早|月|顿|餐|杯)|早晚各|各")
RELATIVE = re.compile(r"^(?:前|后|之前|之后|以后|以前|来|里|外|间)")
