"""Replies to one customer: can or cannot, on what basis, what next. Rests on the policy and product blocks alone."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from agent.models.offline.care import allergy, complaint, harm, known_answer, medical, thing
from agent.models.offline.desk import Desk, Said, asked_before, closed, finish
from agent.models.offline.facts import Fact, mark
from agent.models.offline.intents import Intent, is_angry, is_small_talk, understand
from agent.models.offline.job import Job
from agent.models.offline.patterns import Patterns
from agent.models.offline.policies import Ruling, best_policy
from agent.models.offline.similar import features, kinship, weight_of
from agent.models.offline.slots import offer_slots

SURE = 1.8
"""Score from which a second question in one message gets its own answer."""
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]{2,}")
_PARTS = re.compile(r"[？?。；！!\n]|，?(?:另外|还有|顺便)")


def reply(job: Job, patterns: Patterns) -> dict[str, object]:
    """The answer object of a reply."""
    message = job.brief.first("message").one("正文")
    wish = understand(message)
    desk = Desk(job, patterns, wish, random.Random(f"{message}|{job.turn}"))
    said = _answer(desk)
    if not said.handover and asked_before(job, said):
        said = Said(said.text, said.policies, "同一个问题顾客又问了一遍，请人接着说")
    return {
        "intent": _LABELS[wish.intent],
        "policies": list(said.policies),
        "handover": bool(said.handover),
        "handover_reason": f"{said.handover}。顾客原话：{_quote(message)}" if said.handover else "",
        "text": finish(desk, said),
    }


def _answer(desk: Desk) -> Said:
    return _HANDLERS.get(desk.wish.intent, _general)(desk)


def _general(desk: Desk) -> Said:
    """The nearest policy, else the product's own answers, else a person."""
    if (efficacy := _efficacy(desk)) is not None:
        return efficacy
    ruling, known = desk.ruling(), known_answer(desk)
    if known and (ruling is None or known[1] > ruling.score):
        return Said(desk.words(known[0].answer, known[0].id), wayout=_WAYOUTS.get(desk.wish.intent, "其他"))
    if ruling is None:
        return _unruled(desk)
    reason = f"政策「{ruling.question}」要求转人工" if ruling.handover else ""
    wayout = _WAYOUTS.get(desk.wish.intent, "其他")
    if ruling.handover or _OFFERS_HELP.search(ruling.answer):
        wayout = ""
    elif wayout == "物流" and not re.search(r"发货|能到|到", ruling.question):
        wayout = "其他"
    said = desk.words(ruling.answer, ruling.id)
    if not ruling.handover and (named := _named_spec(desk)):
        said = f"{named}。{said}"
    if (other := _second(desk, ruling)) is not None:
        both = [(said, ruling.id), (desk.words(other.answer, other.id), other.id)]
        both = both[::-1] if _asked_first(desk, other, ruling) else both
        return Said(closed(both[0][0]) + both[1][0], tuple(ident for _, ident in both), reason, wayout)
    if is_angry(desk.wish.text):
        said = f"{thing(desk.wish.text)}，换谁都着急。{said}"
    return Said(said, (ruling.id,), reason, wayout)


def _unruled(desk: Desk) -> Said:
    """No policy and no answer fits: a specification, small talk, else a person."""
    if not _HAN.search(desk.wish.text) and len(_LATIN.findall(desk.wish.text)) > 1:
        return Said(desk.line("unknown", "转"), (), "不是中文，请人看")
    if desk.wish.intent == "破损":
        return Said(desk.line("broken", "无据"), (), "东西坏了或少了，没有政策能答", "")
    if (spec := _spec(desk)) is not None:
        return spec
    if is_small_talk(desk.wish):
        return Said(desk.line("odd", "闲话"), wayout="")
    return Said(desk.line("unknown", "转"), (), "没有政策或资料能答")


def _efficacy(desk: Desk) -> Said | None:
    """Asked for an effect that must not be claimed: what the data do say, and nothing of the effect."""
    goods, text = desk.job.goods, desk.wish.text
    if not goods or not any(term in text for term in goods.banned) or known_answer(desk):
        return None
    shown = next((fact for fact in goods.points if desk.job.guard.lets_pass(fact.text)), None)
    return Said(desk.line("efficacy", "不说", f=shown.marked() if shown else ""), wayout="")


def _second(desk: Desk, first: Ruling) -> Ruling | None:
    """The policy for a second question in the same message: 包邮吗？几天能到？"""
    parts = [part for part in _PARTS.split(desk.wish.text) if len(part) >= 3]
    if len(parts) < 2 or first.handover:
        return None
    for part in parts:
        ruling = best_policy(desk.job, part, understand(part).intent)
        if ruling and ruling.id != first.id and not ruling.handover and ruling.score >= SURE:
            return ruling
    return None


def _spec(desk: Desk) -> Said | None:
    """A specification that holds a word of the question, e.g. 续航 for 高档能亮多久."""
    # The product's own name asks for none of them: 咖啡 is in 咖啡因, too.
    asked = features(desk.wish.text) - features(desk.job.goods.name)
    best = max(desk.job.goods.specs, key=lambda fact: weight_of(asked & features(fact.text)), default=None)
    if best is None or not desk.wish.asking or weight_of(asked & features(best.text)) < 1.0:
        return None
    return Said(_told(best))


def _asked_first(desk: Desk, one: Ruling, other: Ruling) -> bool:
    """Whether `one` answers an earlier part of the message than `other`."""
    parts = [part for part in _PARTS.split(desk.wish.text) if len(part) >= 3]
    first = best_policy(desk.job, parts[0], understand(parts[0]).intent)
    return first is not None and first.id == one.id and one.id != other.id


def _told(spec: Fact) -> str:
    name, _, value = spec.text.partition("：")
    gap = " " if value[:1].isascii() else ""
    return mark(f"{name}是{gap}{value}" if value else name, spec.id)


def _named_spec(desk: Desk) -> str:
    """The specification whose very name the customer asks for: 保质期多久."""
    asked = (fact for fact in desk.job.goods.specs if len(fact.text.partition("：")[0]) >= 2)
    found = next((fact for fact in asked if fact.text.partition("：")[0] in desk.wish.text), None)
    return _told(found) if found and desk.wish.asking else ""


def _bargain(desk: Desk) -> Said:
    ruling = desk.ruling()
    if ruling and ruling.score >= 1.6:
        reason = f"政策「{ruling.question}」要求转人工" if ruling.handover else ""
        return Said(desk.words(ruling.answer, ruling.id), (ruling.id,), reason, "")
    return Said(_priced(desk, "bargain") or desk.line("bargain", "无"), wayout="")


def _price(desk: Desk) -> Said:
    ruling = desk.ruling()
    asks_amount = re.search(r"多少钱|什么价|怎么卖|价格|价钱|活动|优惠", desk.wish.text)
    if desk.job.goods.price and asks_amount and (ruling is None or ruling.score < 2.4):
        return Said(_priced(desk, "price"), wayout="")
    return _general(desk)


def _priced(desk: Desk, name: str) -> str:
    goods = desk.job.goods
    if not goods.price:
        return ""
    slots = offer_slots(desk.job) | {"price": mark(goods.price, goods.id)}
    return desk.line(name, "优惠", **slots) or desk.line(name, "价格", **slots)


def _order(desk: Desk) -> Said:
    """A question about one order needs the order system, which only people have."""
    ruling = desk.ruling()
    wayout = desk.line("private", "订单") if desk.public else desk.line("wayout", "查单")
    if ruling is None:
        return Said(wayout, (), "要查具体订单", "")
    return Said(closed(desk.words(ruling.answer, ruling.id)) + wayout, (ruling.id,), "要查具体订单", "")


def _stock(desk: Desk) -> Said:
    ruling = desk.ruling()
    if ruling is not None:
        return _general(desk)
    return Said(desk.line("stock", "有货" if desk.job.goods else "无货"), (), "要查实时库存", "")


def _praise(desk: Desk) -> Said:
    goods = desk.job.goods
    fresh = [fact for fact in goods.points if kinship(desk.wish.text, fact.text) < 0.8]
    if goods and fresh:
        return Said(desk.line("praise", "有货", f=desk.rng.choice(fresh).marked()), wayout="")
    return Said(desk.line("praise", "无货"), wayout="")


_OFFERS_HELP = re.compile(r"帮[您你]|联系|打给|发给客服|给客服|问我")
_WAYOUTS: dict[Intent, str] = {
    "物流": "物流",
    "退换": "退换",
    "破损": "退换",
    "成分": "成分",
    "发票": "发票",
    "过敏": "成分",
}
_LABELS: dict[Intent, str] = {
    "身体不适": "用了或吃了以后不舒服",
    "医疗健康": "问孕期、用药或疾病能不能用",
    "过敏": "问过敏能不能吃、能不能用",
    "投诉": "投诉",
    "找人工": "要找真人",
    "讲价": "想便宜点或改价",
    "价保": "问降价补差价",
    "大宗采购": "单位团购或大批量采购",
    "价格": "问价格和优惠",
    "查单": "查自己的订单",
    "物流": "问发货和运费",
    "破损": "收到的东西坏了、少了",
    "退换": "问退换货和质保",
    "库存": "问有没有货",
    "发票": "问发票",
    "会员积分": "问会员和积分",
    "赠品": "问赠品",
    "隐私": "问个人信息",
    "找客服": "问客服时间和电话",
    "成分": "问成分和配料",
    "用法": "问怎么用、合不合用",
    "夸奖": "说东西好",
    "问候": "打招呼",
    "题外话": "说的不是店里的事",
    "其他": "别的问题",
}


def _quote(message: str) -> str:
    flat = " ".join(message.split())
    return flat if len(flat) <= 60 else flat[:60] + "……"


def _human(desk: Desk) -> Said:
    return Said(desk.line("human", "转"), (), "顾客要找真人", "")


def _greeting(desk: Desk) -> Said:
    return Said(desk.line("odd", "问候"), wayout="")


def _off_topic(desk: Desk) -> Said:
    return Said(desk.line("odd", "问"), wayout="")


_HANDLERS: dict[Intent, Callable[[Desk], Said]] = {
    "身体不适": harm,
    "医疗健康": medical,
    "过敏": allergy,
    "投诉": complaint,
    "找人工": _human,
    "讲价": _bargain,
    "价格": _price,
    "查单": _order,
    "库存": _stock,
    "夸奖": _praise,
    "问候": _greeting,
    "题外话": _off_topic,
}
