"""Replies on grave matters: bodies, pregnancy, medicine, allergies, complaints. Never a promise."""

from __future__ import annotations

import re

from agent.models.offline.allergens import allergen_in, ingredients_with, shared_line
from agent.models.offline.desk import Desk, Said, closed
from agent.models.offline.facts import Answer, mark
from agent.models.offline.policies import Ruling, answer_score

KNOWN = 1.6
"""Score from which a product's own answer is taken to answer the message."""


def harm(desk: Desk) -> Said:
    ruling = desk.ruling()
    if ruling is None:
        return Said(desk.line("risk", "不适无据"), (), "顾客说身体不适", "")
    text = desk.words(ruling.answer, ruling.id)
    if not re.search(r"停用|停吃|先停", text):
        text = desk.line("risk", "不适", a=text)
    elif not re.search(r"同事|转给|人来", text):
        text = closed(text) + "我现在就请同事来跟进。"
    return Said(text, (ruling.id,), "顾客说身体不适", "")


def medical(desk: Desk) -> Said:
    found, ruling = known_answer(desk), desk.ruling()
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


def allergy(desk: Desk) -> Said:
    goods, (word, family) = desk.job.goods, allergen_in(desk.wish.text)
    what = f"{word}{'不耐受' if '不耐' in desk.wish.text else '过敏'}" if word else ""
    found = ingredients_with(family, goods) if family and goods else ()
    if found:
        listed = mark("、".join(found[:4]), goods.id)
        return Said(desk.line("allergy", "有", what=what, kind=word, found=listed), wayout="")
    if family and (shared := shared_line(family, goods)):
        # The line it is made on is no ingredient, but reason enough not to buy.
        return Said(desk.line("allergy", "产线", what=what, kind=word, line=mark(shared, goods.id)), wayout="")
    known, ruling = known_answer(desk), desk.ruling()
    if known and (not family or family in known[0].question + known[0].answer):
        return Said(desk.words(known[0].answer, known[0].id), wayout="成分")
    if ruling and (not family or family in ruling.question + ruling.answer):
        reason = "政策要求转人工" if ruling.handover else ""
        return Said(desk.words(ruling.answer, ruling.id), (ruling.id,), reason, "" if reason else "成分")
    if not family or not goods:
        return Said(desk.line("unknown", "转"), (), "问过敏，资料说不准")
    group = "没写" if goods.ingredients else "不知道"
    listed = mark("、".join(goods.ingredients), goods.id) if goods.ingredients else ""
    return Said(desk.line("allergy", group, kind=word, ingredients=listed), (), "问过敏，配料资料说不准", "")


def complaint(desk: Desk) -> Said:
    ruling, what = desk.ruling(), thing(desk.wish.text)
    if ruling and ruling.handover:
        text = desk.words(ruling.answer, ruling.id)
        return Said(
            text
            if text.startswith(("很抱歉", "抱歉", "对不起"))
            else desk.line("complaint", "有据", thing=what, a=text),
            (ruling.id,),
            "顾客投诉",
            "",
        )
    return Said(desk.line("complaint", "无据", thing=what), (), "顾客投诉", "")


def known_answer(desk: Desk) -> tuple[Answer, float] | None:
    goods, text = desk.job.goods, desk.wish.text
    scored = [(answer_score(text, goods.name, a.question, a.answer), a) for a in goods.answers]
    best = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    return (best[1], best[0]) if best[1] is not None and best[0] >= KNOWN else None


def thing(text: str) -> str:
    """What the customer complains of, said back without their insults: a neutral phrase by topic."""
    topics = (
        ("假货|骗", "担心东西不对"),
        ("态度", "客服让您受气"),
        ("没收到|还没到|不发货", "货一直没到"),
        ("坏|破|漏|碎", "东西到手是坏的"),
        ("退款|退钱", "退款没到账"),
    )
    return next((said for words, said in topics if re.search(words, text)), "碰上这样的事")
