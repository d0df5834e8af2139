"""The policy that answers a message, if any does."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from agent.models.offline.intents import Intent
from agent.models.offline.job import Job
from agent.models.offline.lines import tidy

LEAST = 1.5
"""Score from which a policy is taken to answer the message."""
KEYWORD, NEAR_KEYWORD, PER_CHAR = 1.2, 0.5, 0.25
"""What a keyword is worth that the message holds; that it nearly holds; each character of it."""
ANSWER = 0.25
SHORT = 1.7
"""What an answer that covers nearly the whole of a short question is worth at least."""
RANK = 0.03
"""Search ranked the blocks: a tie goes to the earlier one."""
TOPIC_BONUS = 1.0
_TOPICS: dict[Intent, str] = {
    "身体不适": "不舒服|受伤|去医院|过敏了怎么办|用了",
    "医疗健康": "孕|哺乳|湿疹|胃病|糖尿病|治|医",
    "过敏": "过敏|致敏",
    "投诉": "投诉|负责人",
    "讲价": "便宜|改价|讲价",
    "价保": "差价|价保|降价",
    "大宗采购": "团购|采购|批发|大批量|单位",
    "价格": "价格|优惠|券|活动|便宜",
    "查单": "多久发货|到账|什么时候|没收到|破了",
    "物流": "发货|快递|包邮|运费|地址|能到|物流",
    "破损": "破了|漏了|少发|坏了|质保",
    "退换": "退|换|质保",
    "发票": "发票|开票|专票",
    "会员积分": "会员|积分",
    "赠品": "赠品|小样",
    "隐私": "隐私|泄露|个人信息|删除",
    "找客服": "客服|上班|电话",
    "成分": "成分|配料",
    "用法": "放|保存|保质|孩子|宝宝|儿童",
}
_GRAVE: frozenset[Intent] = frozenset({"身体不适", "医疗健康", "投诉", "大宗采购"})
"""Matters for a person anyway: there the nearest policy on the topic is better than none."""
_STRICT = _GRAVE | {"破损"}
"""Only a policy on the very topic may answer: rules for unopened goods are no answer to broken ones."""
# A policy on a grave matter answers only messages that speak of it: what is sour is no question of pregnancy.
_ONLY_WHEN = tuple(
    (re.compile(asks), re.compile(said))
    for asks, said in (
        ("孕|哺乳", "孕|哺乳|喂奶|月子|宝妈"),
        ("不舒服|过敏了怎么办", "不舒服|过敏|红|疹|痒|痛|疼|肿|烂|吐|拉肚|头晕|烫|伤|医院|异物|虫|头发|中毒|难受|刺"),
        ("胃病|糖尿病|湿疹|能治|生病", "病|血糖|血压|治|药|湿疹|皮炎|痘|失眠|胃|医|尿|癌|术|痛|拉稀"),
        ("投诉|负责人", "投诉|举报|12315|负责人|经理|骗|假|态度|赔|律师|曝光|差评|消协|过分|垃圾|法院|起诉"),
        ("对.{1,6}过敏|过敏能", "过敏|不耐|忌口"),
        ("专用发票|专票", "专票|专用|增值税|对公"),
        ("团购|大批量|批发|单位买", "团|批|采购|公司|单位|员工|福利|\\d{2,} ?[份件箱套本]|进货|代理"),
        ("泄露|隐私|注销", "泄|隐私|删|注销|信息|骚扰|安全|手机号|电话"),
        ("孩子|宝宝|儿童", "孩|宝|儿|娃|辅食|小朋友|岁|月大|学生"),
    )
)
_IDLE = frozenset("时候么的了是在不有一也就都要会能个这那我你他您它们吗呢吧么啊呀呗请问可以怎什咋啥哪俺把给被和")
_HAN = re.compile(r"[\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Ruling:
    id: str
    question: str
    answer: str
    handover: bool
    score: float


def best_policy(job: Job, message: str, intent: Intent) -> Ruling | None:
    """The policy nearest to the message; None when none is near enough. Earlier blocks win ties: search ranked them."""
    ranked = ranked_policies(job, message, intent)
    best = ranked[0] if ranked else None
    return best if best and (best.score >= LEAST or intent in _GRAVE) else None


def ranked_policies(job: Job, message: str, intent: Intent) -> list[Ruling]:
    """Every policy that may answer the message at all, nearest first."""
    topic = _TOPICS.get(intent)
    rows = [(f, tidy(f.one("问")), f.one("答"), f.many("关键词")) for f in job.brief.every("policy") if f.one("答")]
    weights = _rarity([question + "，" + "，".join(keywords) for _, question, _, keywords in rows])
    asked = _grams(message)
    found = []
    for i, (fields, question, answer, keywords) in enumerate(rows):
        if any(asks.search(question) and not said.search(message) for asks, said in _ONLY_WHEN):
            continue
        # A grave matter is told by its name; the keywords of others may mention it in passing.
        on_topic = bool(topic and re.search(topic, question + fields.one("类别")))
        if intent in _STRICT and not on_topic:
            continue
        score = _keywords(message, asked, keywords) + _shared(asked, _grams(question), weights)
        score += ANSWER * min(_shared(asked, _grams(answer), weights), 4.0) + TOPIC_BONUS * on_topic - RANK * i
        found.append(Ruling(fields.id, question, answer, "是" in fields.one("转人工"), score))
    return sorted(found, key=lambda ruling: -ruling.score)


def _keywords(message: str, asked: frozenset[str], keywords: Iterable[str]) -> float:
    """The two best keywords count; one that the message holds in nearly the same words counts half."""
    worths = []
    for word in keywords:
        grams = _grams(word)
        if word in message:
            worths.append(KEYWORD + PER_CHAR * len(word))
        elif len(word) >= 3 and grams and len(grams & asked) >= 0.6 * len(grams):
            worths.append(NEAR_KEYWORD + PER_CHAR * len(word))
    worths.sort(reverse=True)
    return sum(worth / (1 + i) for i, worth in enumerate(worths[:2]))


def _rarity(texts: list[str]) -> dict[str, float]:
    """What a bigram is worth: more where fewer policies hold it."""
    counts = Counter(gram for text in texts for gram in _grams(text))
    return {gram: min(math.log((len(texts) + 1) / (count + 0.5)), 1.4) for gram, count in counts.items()}


def _shared(a: frozenset[str], b: frozenset[str], weights: dict[str, float]) -> float:
    return sum(weights.get(gram, 0.8) * (0.35 if gram[0] in _IDLE or gram[1] in _IDLE else 1.0) for gram in a & b)


@lru_cache(maxsize=16384)
def _grams(text: str) -> frozenset[str]:
    grams = {run[i : i + 2] for run in _HAN.findall(text) for i in range(len(run) - 1)}
    return frozenset(gram for gram in grams if gram[0] not in _IDLE or gram[1] not in _IDLE)


def answer_score(message: str, name: str, question: str, answer: str) -> float:
    """How surely a product's own answer answers the message, the product's name left out; 0 for strangers.

    Single characters count here: 夹在上铺床栏上 and 上铺的栏杆夹得住 share few bigrams, but most of what they say.
    """
    bare = _without_name(message, name)
    said = _content(f"{bare}孕期" if _EXPECTING.search(bare) else bare)
    asked, told = _content(question), _content(answer)
    if not said:
        return 0.0
    common = said & asked
    score = sum(map(_char_weight, common)) + 0.4 * sum(map(_char_weight, (said & told) - asked))
    score += 0.5 * len(_grams(message) & _grams(question))
    covered = sum(map(_char_weight, said & (asked | told))) / (sum(map(_char_weight, said)) or 1.0)
    if not common or covered < 0.34:
        return 0.0
    # 甜不甜 is one character long and still the whole question.
    return max(score, SHORT) if covered >= 0.75 and score >= 0.9 else score


_EXPECTING = re.compile("孕|哺乳|喂奶")
_LIGHT = frozenset("用吃喝人上下里外多少大小点时候买东西天好行家")


def _content(text: str) -> frozenset[str]:
    return frozenset(char for run in _HAN.findall(text) for char in run if char not in _IDLE)


def _char_weight(char: str) -> float:
    return 0.3 if char in _LIGHT else 1.0


def _without_name(message: str, name: str) -> str:
    """The message without the longest piece of the product's name that it holds."""
    for size in range(len(name), 1, -1):
        for start in range(len(name) - size + 1):
            if name[start : start + size] in message:
                return message.replace(name[start : start + size], "，")
    return message
