"""Replies to one customer: can or cannot, on what basis, what next. Rests on the policy and product blocks alone."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from agent.models.offline.allergens import allergen_in, ingredients_with, shared_line
from agent.models.offline.desk import Desk, Said, asked_before, closed, finish
from agent.models.offline.facts import Answer, Fact, mark
from agent.models.offline.intents import Intent, is_angry, is_small_talk, understand
from agent.models.offline.job import Job
from agent.models.offline.patterns import Patterns
from agent.models.offline.policies import Ruling, answer_score, best_policy
from agent.models.offline.similar import kinship, shared_words
from agent.models.offline.slots import offer_slots

KNOWN = 1.6
"""Score from which a product's own answer is taken to answer the message."""
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
    ruling, known = desk.ruling(), _known(desk)
    if known and (ruling is None or known[1] > ruling.score):
        return Said(desk.words(known[0].answer, known[0].id), wayout=_WAYOUTS.get(desk.wish.intent, "其他"))
    if ruling is None:
        if not _HAN.search(desk.wish.text) and len(_LATIN.findall(desk.wish.text)) > 1:
            return Said(desk.line("unknown", "转"), (), "不是中文，请人看")
        if desk.wish.intent == "破损" and not known:
            return Said(desk.line("broken", "无据"), (), "东西坏了或少了，没有政策能答", "")
        if (spec := _spec(desk)) is not None:
            return spec
        if is_small_talk(desk.wish):
            return Said(desk.line("odd", "问候"), wayout="")
        return Said(desk.line("unknown", "转"), (), "没有政策或资料能答")
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
        said = f"{_thing(desk.wish.text)}，换谁都着急。{said}"
    return Said(said, (ruling.id,), reason, wayout)


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
    best = max(desk.job.goods.specs, key=lambda fact: shared_words(desk.wish.text, fact.text), default=None)
    if best is None or not desk.wish.asking or shared_words(desk.wish.text, best.text) < 1.0:
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
    asked = (fact for fact in desk.job.goods.specs if len(name := fact.text.partition("：")[0]) >= 2)
    found = next((fact for fact in asked if fact.text.partition("：")[0] in desk.wish.text), None)
    return _told(found) if found and desk.wish.asking else ""


def _known(desk: Desk) -> tuple[Answer, float] | None:
    goods, text = desk.job.goods, desk.wish.text
    scored = [(answer_score(text, goods.name, a.question, a.answer), a) for a in goods.answers]
    best = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    return (best[1], best[0]) if best[1] is not None and best[0] >= KNOWN else None


def _harm(desk: Desk) -> Said:
    ruling = desk.ruling()
    if ruling is None:
        return Said(desk.line("risk", "不适无据"), (), "顾客说身体不适", "")
    text = desk.words(ruling.answer, ruling.id)
    if not re.search(r"停用|停吃|先停", text):
        text = desk.line("risk", "不适", a=text)
    elif not re.search(r"同事|转给|人来", text):
        text = closed(text) + "我现在就请同事来跟进。"
    return Said(text, (ruling.id,), "顾客说身体不适", "")


def _medical(desk: Desk) -> Said:
    found, ruling = _known(desk), desk.ruling()
    known = found[0] if found and (ruling is None or found[1] > ruling.score) else None
    if known is not None:
        text, ids = desk.words(known.answer, known.id), ()
    elif ruling is not None:
        return Said(
            closed(desk.words(ruling.answer, ruling.id)) + _colleague(desk, ruling),
            (ruling.id,),
            "涉及孕期、用药或疾病",
            "",
        )
    else:
        return Said(desk.line("risk", "医疗无据"), (), "涉及孕期、用药或疾病，没有资料能答", "")
    if "医生" in text:
        return Said(f"{text}。我也请同事来跟{desk.job.voice.you}对一下。", ids, "涉及孕期、用药或疾病", "")
    return Said(desk.line("risk", "医疗", a=text), ids, "涉及孕期、用药或疾病", "")


def _colleague(desk: Desk, ruling: Ruling) -> str:
    return "" if "同事" in ruling.answer else f"我也请同事来跟{desk.job.voice.you}对一下。"


def _allergy(desk: Desk) -> Said:
    goods, family = desk.job.goods, allergen_in(desk.wish.text)
    what = f"{family}{'不耐受' if '不耐' in desk.wish.text else '过敏'}" if family else ""
    found = ingredients_with(family, goods) if family and goods else ()
    if found:
        listed = mark("、".join(found[:4]), goods.id)
        return Said(desk.line("allergy", "有", what=what, kind=family, found=listed), wayout="")
    if family and (shared := shared_line(family, goods)):
        # The line it is made on is no ingredient, but reason enough not to buy.
        return Said(desk.line("allergy", "产线", what=what, kind=family, line=mark(shared, goods.id)), wayout="")
    known, ruling = _known(desk), desk.ruling()
    if known and (not family or family in known[0].question + known[0].answer):
        return Said(desk.words(known[0].answer, known[0].id), wayout="成分")
    if ruling and (not family or family in ruling.question + ruling.answer):
        reason = "政策要求转人工" if ruling.handover else ""
        return Said(desk.words(ruling.answer, ruling.id), (ruling.id,), reason, "" if reason else "成分")
    if not family or not goods:
        return Said(desk.line("unknown", "转"), (), "问过敏，资料说不准")
    group = "没写" if goods.ingredients else "不知道"
    listed = mark("、".join(goods.ingredients), goods.id) if goods.ingredients else ""
    return Said(desk.line("allergy", group, kind=family, ingredients=listed), (), "问过敏，配料资料说不准", "")


def _complaint(desk: Desk) -> Said:
    ruling, thing = desk.ruling(), _thing(desk.wish.text)
    if ruling and ruling.handover:
        text = desk.words(ruling.answer, ruling.id)
        return Said(
            text
            if text.startswith(("很抱歉", "抱歉", "对不起"))
            else desk.line("complaint", "有据", thing=thing, a=text),
            (ruling.id,),
            "顾客投诉",
            "",
        )
    return Said(desk.line("complaint", "无据", thing=thing), (), "顾客投诉", "")


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


def _thing(text: str) -> str:
    """What the customer complains of, said back without their insults: a neutral phrase by topic."""
    topics = (
        ("假货|骗", "担心东西不对"),
        ("态度", "客服让您受气"),
        ("没收到|还没到|不发货", "货一直没到"),
        ("坏|破|漏|碎", "东西到手是坏的"),
        ("退款|退钱", "退款没到账"),
    )
    return next((said for words, said in topics if re.search(words, text)), "碰上这样的事")


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
    "身体不适": _harm,
    "医疗健康": _medical,
    "过敏": _allergy,
    "投诉": _complaint,
    "找人工": _human,
    "讲价": _bargain,
    "价格": _price,
    "查单": _order,
    "库存": _stock,
    "夸奖": _praise,
    "问候": _greeting,
    "题外话": _off_topic,
}
