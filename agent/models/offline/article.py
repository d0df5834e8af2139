"""Official Account articles: one person, one moment, what is in the way, what helps, honest answers, one action.

A section stands only where the data give it something of its own to say; little material makes a short article.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from agent.models.offline.choose import Angle, leanings, ware
from agent.models.offline.doubts import after_sale, limits, settled
from agent.models.offline.draft import Draft
from agent.models.offline.facts import Answer, mark
from agent.models.offline.job import Job
from agent.models.offline.lines import sentences
from agent.models.offline.middle import answered, howto, numbers, proof_for, repeated, tale
from agent.models.offline.patterns import Patterns
from agent.models.offline.similar import bare
from agent.models.offline.titles import digest, titles

QUESTIONS = 3
POINTS = 3
LABEL = 8
"""Ingredients that an article names at most."""


@dataclass(frozen=True, slots=True)
class Written:
    heading: str
    text: str
    about: str
    """What the section does, for the outline."""
    image: str = ""


def article(job: Job, patterns: Patterns) -> dict[str, object]:
    """The answer object of an article."""
    draft = Draft(job, patterns)
    sections, asked = _sections(draft)
    written = [section for section in sections if section.text]
    candidates = titles(draft, asked)
    chosen = (
        candidates[job.turn % min(len(candidates), 3)] if candidates else {"text": job.goods.name or job.voice.name}
    )
    angle = _angle(job)
    return {
        "angle": f"{angle}：{draft.slots['s1'] or job.goods.name}，{bare(draft.slots['f1'])}".strip("，："),
        "outline": [f"{section.about}：{section.heading}" if section.heading else section.about for section in written],
        "titles": candidates,
        "title": chosen["text"],
        "digest": digest(draft, chosen["text"]),
        "sections": [{"heading": section.heading, "text": section.text} for section in written],
        "cta": _cta(draft),
        "image_brief": [f"第 {i} 节：{s.image}" for i, s in enumerate(written, 1) if s.image],
    }


def _angle(job: Job) -> Angle:
    lean = leanings(job.reader, job.goods, job.offer is not None)
    if job.angle in lean and job.angle is not None:
        return job.angle
    return max(lean, key=lambda angle: lean[angle])


def _sections(draft: Draft) -> tuple[list[Written], int]:
    job, slots = draft.job, draft.slots
    opened = next((text for group in ("痛点", "一个痛点", "时刻", "事实") if (text := draft.line("open", group))), "")
    image = f"{slots['s1']}，只拍环境和手，不露正脸" if slots["s1"] else ""
    found = [Written("", opened, "一个人，一个时刻", image)]
    if not job.goods:
        close = Written("", draft.line("close", "只有品牌"), "轻轻收住")
        return [Written("", _paragraph(job.voice.story, job.voice.id), "品牌是谁"), close], 0
    found.append(_usual(draft))
    found.append(_solve(draft, opened))
    found.append(_more(draft, opened))
    doubts, asked = _doubts(draft)
    if not asked and (price := _price(draft)):
        last = next(section for section in reversed(found) if section.text)
        found[found.index(last)] = replace(last, text=_join([last.text, price]))
    return [*found, *doubts, _close(draft)], asked


def _usual(draft: Draft) -> Written:
    """The common ways and what is wrong with them, for the trouble that the article starts from."""
    groups = draft.patterns.groups("article/usual")
    starts = [draft.slots["p1"]] if draft.slots["p1"] else [draft.slots["s1"], draft.slots["s2"]]
    lines = next((found for line in starts if line for title, found in groups.items() if re.search(title, line)), [])
    lines = [line for line in lines if draft.job.guard.lets_pass(line)]
    if not lines:
        return Written("", "", "平常的办法")
    text = draft.rng.choice(lines)
    return Written(draft.heading("usual", text), text, "平常的办法")


def _solve(draft: Draft, opened: str) -> Written:
    job = draft.job
    main = draft.facts[0] if draft.facts else None
    told = bool(main and main.text in bare(opened))
    text = draft.line("solve", "开头说过") if told else draft.line("solve", "动作") or draft.line("solve", "平")
    passage, source = tale(job)
    proof = proof_for(job.goods, main)
    parts = [
        text,
        f"{mark(passage, source)}。" if passage else _label(draft),
        draft.line("howto", how=howto(job.goods)),
    ]
    if proof is not None and not repeated(proof.text, passage):
        own = bool(main and proof.name == main.proof)
        slots = {"pname": proof.name, "number": proof.number, "issuer": proof.issuer}
        slots["ptext"] = mark(proof.text.split("，符合")[0], proof.id)
        groups = ("全", "半") if own else ("旁",)
        parts.append(next((line for group in groups if (line := draft.line("proof", group, **slots))), ""))
    listed = numbers(job, bare(_join(parts)) + "".join(fact.text for fact in job.goods.points))
    if len(listed) >= 2:
        parts.append(draft.line("specs", list="，".join(listed)))
    image = f"{job.goods.name}实物，拍清“{main.text}”这一处" if main else f"{job.goods.name}实物"
    return Written(draft.heading("told" if told else "solve", ""), _join(parts), "怎么过这一关", image)


def _label(draft: Draft) -> str:
    """The whole ingredient list where no selling point tells it already."""
    goods = draft.job.goods
    if any("配料" in fact.text for fact in goods.points) or not 0 < len(goods.ingredients) <= LABEL:
        return ""
    return draft.line("label", ing=mark("、".join(goods.ingredients), goods.id))


def _more(draft: Draft, opened: str) -> Written:
    """Other troubles of this persona with the facts that answer them; for nobody in particular, the facts alone."""
    job, slots = draft.job, draft.slots
    used = [slots[key] for key in ("s1", "p1") if slots[key]] + [line for line in job.reader.pains if line in opened]
    found = answered(job, draft.facts, draft.facts[0] if draft.facts else None, used)
    if found and job.reader:
        groups = {"pain": "引", "scene": "时刻", "use": "时刻"}
        text = _join([draft.line("more", groups[kind], p=line, f=fact) for kind, line, fact in found])
        return Written(draft.heading("more", text, m1=found[0][1] if len(found) == 1 else ""), text, "别的时候")
    rest = [fact for fact in draft.facts[1:] if job.guard.lets_pass(fact.text)][:POINTS]
    if len(rest) < 2:
        return Written("", "", "别的卖点")
    slots["nf"] = str(len(rest))
    text = _join([f"{i}、{fact.marked()}。" for i, fact in enumerate(rest, 1)])
    return Written(draft.heading("points", text), text, "别的卖点")


def _doubts(draft: Draft) -> tuple[list[Written], int]:
    """The honest answers, and how many questions they answer."""
    job = draft.job
    style = draft.rng.choice(("分段", "同段"))
    told = limits(job)
    passage, _ = tale(job)
    known = settled(job, {a.answer for a in told} | {f.text for f in draft.facts[:1]})
    known = [a for a in known if a.printable and not repeated(a.answer, passage)][:QUESTIONS]
    after = after_sale(job)
    parts = [_one(draft, answer, style) for answer in known]
    parts += [_one(draft, policy, style, "after") for policy in after]
    asked = len(known) + len(after)
    found = []
    if asked:
        text = _join([*parts, _price(draft)])
        found.append(Written(draft.heading("doubts", text), text, "顾虑问答"))
    if told:
        body = _join([draft.line("limits"), *(_one(draft, answer, style) for answer in told)])
        found.append(Written(draft.heading("limits", body), body, "不合适的情况"))
        asked += len(told)
    return found, asked


def _price(draft: Draft) -> str:
    return draft.line("price", "优惠") or draft.line("price", "价格")


def _one(draft: Draft, answer: Answer, style: str, name: str = "question") -> str:
    words = "。".join(sentences(answer.answer))
    if draft.job.voice.you == "你":
        words = words.replace("您", "你")
    return draft.line(name, style, q=answer.question, a=mark(words, answer.id))


def _close(draft: Draft) -> Written:
    text = draft.line("close", ware(draft.job.goods)) or draft.line("close", "other")
    brand = draft.line("close", "品牌") if draft.rng.random() < 0.5 else ""
    return Written(draft.heading("close", text), _join([text, brand]), "轻轻收住")


def _cta(draft: Draft) -> str:
    action = draft.job.action
    group = next((name for name, words in _ACTIONS.items() if any(word in action for word in words)), "")
    if draft.job.offer and not group and "券" in draft.job.offer.name:
        group = "券"
    return (
        (group and draft.line("cta", group)) or draft.line("cta", "通用") or f"来{draft.job.voice.name or '店里'}看看。"
    )


_ACTIONS = {
    "券": ("券", "领取", "领"),
    "买": ("买", "购", "下单", "抢"),
    "问": ("问", "咨询", "客服", "预约"),
    "看": ("看", "逛", "了解", "详情", "体验", "小程序"),
}


def _join(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part)


def _paragraph(text: str, ident: str) -> str:
    return f"{mark(text, ident)}。" if text else ""
