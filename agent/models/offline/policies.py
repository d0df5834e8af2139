"""The policy that answers a message, if any does."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.models.offline.intents import Intent
from agent.models.offline.job import Job
from agent.models.offline.lines import tidy
from agent.models.offline.similar import shared_words

LEAST = 1.5
"""Score from which a policy is taken to answer the message."""
_TOPICS: dict[Intent, str] = {
    "身体不适": "不舒服|受伤|去医院|过敏了怎么办|用了",
    "医疗健康": "孕|哺乳|湿疹|胃病|糖尿病|治|医",
    "过敏": "过敏|致敏",
    "投诉": "投诉|负责人",
    "讲价": "便宜|改价|讲价|降价|差价",
    "大宗采购": "团购|采购|批发|大批量",
    "价格": "价格|优惠|券|活动|团购|采购",
    "查单": "多久发货|到账|什么时候",
    "物流": "发货|快递|包邮|运费|地址|能到|物流",
    "退换": "退|换|质保|坏|破|漏|少发",
    "发票": "发票|开票|专票",
    "会员积分": "会员|积分",
    "成分": "成分|配料",
    "用法": "放|保存|保质|孩子|宝宝|儿童",
}
TOPIC_BONUS = 1.2
LEAST_GRAVE = 1.0
"""Grave matters end with a person anyway; there the nearest policy is better than none."""
_GRAVE: frozenset[Intent] = frozenset({"身体不适", "医疗健康", "投诉", "大宗采购"})


@dataclass(frozen=True, slots=True)
class Ruling:
    id: str
    question: str
    answer: str
    handover: bool
    score: float


def best_policy(job: Job, message: str, intent: Intent) -> Ruling | None:
    """The policy nearest to the message; None when none is near enough. Earlier blocks win ties: search ranked them."""
    topic = _TOPICS.get(intent)
    best: Ruling | None = None
    for i, fields in enumerate(job.brief.every("policy")):
        question, answer = tidy(fields.one("问")), fields.one("答")
        if not answer:
            continue
        score = shared_words(message, question) + 0.35 * min(shared_words(message, answer), 3.0) - 0.03 * i
        if topic and re.search(topic, question + fields.one("类别")):
            score += TOPIC_BONUS
        if best is None or score > best.score:
            best = Ruling(fields.id, question, answer, "是" in fields.one("转人工"), score)
    least = LEAST_GRAVE if intent in _GRAVE else LEAST
    return best if best and best.score >= least else None
