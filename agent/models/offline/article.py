"""Official Account articles: one person, one moment, what is in the way, what helps, honest answers, one action."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import date

from agent.models.offline.choose import MET, RELATED, Angle, HookKind, answers_to, hooks, leanings, ware
from agent.models.offline.doubts import after_sale, limits, settled
from agent.models.offline.facts import Answer, Fact, Proof, mark
from agent.models.offline.job import Job
from agent.models.offline.lines import sentences
from agent.models.offline.patterns import Patterns
from agent.models.offline.similar import bare
from agent.models.offline.slots import bridge, hook_slots, offer_slots
from agent.models.offline.titles import digest, titles

QUESTIONS = 4
SPECS = 5
# A moment whose last clause has the reader for its subject: 凌晨三点，刚喂完夜奶.
_READER_ACTS = re.compile(r"^(?:刚|在|正|又|还|想|先|一边|抱|坐|蹲|站|赶|等|改|洗|跑|换|喂|收|卸|找|拿|背|左手|右手)")
_DRY_SPEC = re.compile(r"号|致敏")


@dataclass(frozen=True, slots=True)
class Written:
    heading: str
    text: str
    about: str
    """What the section does, for the outline."""
    image: str = ""


class Draft:
    """One article in the making: the slots, the chance that picks variants, and what was said already."""

    def __init__(self, job: Job, patterns: Patterns) -> None:
        self.job, self.patterns = job, patterns
        self.rng = random.Random(f"{job.goods.id}|{job.reader.id}|{job.turn}")
        self.said: set[str] = set()
        self.facts = self._facts()
        self.slots = self._slots()

    def line(self, name: str, group: str = "", **more: str) -> str:
        """One variant of a template, by chance; empty when none can be filled lawfully."""
        found = [
            v.text
            for v in self.patterns.variants(f"article/{name}", self.slots | more)
            if (not group or v.group == group) and v.text not in self.said and self.job.guard.lets_pass(v.text)
        ]
        if not found:
            return ""
        text = self.rng.choice(found)
        self.said.add(text)
        return text

    def heading(self, group: str, text: str) -> str:
        """A heading that does not say what its section's text says again."""
        said = _runs(bare(text))
        found = [v.text for v in self.patterns.variants("article/headings", self.slots) if v.group == group]
        found = [line for line in found if self.job.guard.lets_pass(line)]
        self.rng.shuffle(found)
        return min(found, key=lambda line: len(_runs(bare(line)) & said), default="")

    def _facts(self) -> list[Fact]:
        """Selling points, the one that answers this persona first; the seed chooses among the best."""
        job = self.job
        kind = ware(job.goods)
        reader = job.reader
        scored = []
        for i, fact in enumerate(job.goods.points or job.goods.specs):
            # The story holds together when one fact answers both where the persona is stuck and the opening moment.
            fits = [
                max((answers_to(line, fact.text, kind) for line in lines), default=0.0)
                for lines in (reader.pains, reader.scenes)
            ]
            scored.append((fits[0] + fits[1] - 0.05 * i, fact))
        scored.sort(key=lambda pair: -pair[0])
        good = [fact for score, fact in scored if score >= max(MET, scored[0][0] - 1.0)]
        first = good[job.turn % len(good)] if good else scored[0][1] if scored else None
        return [first, *(fact for _, fact in scored if fact is not first)] if first else []

    def _slots(self) -> dict[str, str]:
        job = self.job
        reader, goods = job.reader, job.goods
        main = self.facts[0].text if self.facts else ""
        kind = ware(goods)

        def ranked(which: HookKind, lines: tuple[str, ...]) -> list[str]:
            found = hooks(reader, goods, which)
            near = {hook.text: hook.worth for hook in found}
            kept = [line for line in lines if near.get(line, -1.0) >= (RELATED if which != "scene" and goods else -1.0)]
            kept.sort(key=lambda line: -(answers_to(line, main, kind) + 0.3 * near[line]))
            head = kept[: 2 if which == "scene" else 1]
            self.rng.shuffle(head)
            return head + kept[len(head) :]

        scenes = ranked("scene", reader.scenes) or list(goods.uses)
        pains, needs = ranked("pain", reader.pains), ranked("need", reader.needs)
        first = scenes[0] if scenes else ""
        s1c = first if _READER_ACTS.match(first.split("，")[-1]) and not hook_slots(first)["hn"] else ""
        slots = {f"s{i + 1}": line for i, line in enumerate(scenes[:3])}
        slots |= {f"p{i + 1}": line.rstrip("？") for i, line in enumerate(pains[:3])}
        slots |= {f"n{i + 1}": line for i, line in enumerate(needs[:2])}
        slots |= {f"f{i + 1}": fact.marked() for i, fact in enumerate(self.facts[:3])}
        keys = ["s1", "s2", "s3", "p1", "p2", "p3", "n1", "n2", "f1", "f2", "f3"]
        shapes = hook_slots(first)
        return (
            dict.fromkeys(keys, "")
            | slots
            | offer_slots(job)
            | {
                "s1c": s1c,
                "h1": shapes["h1"],
                "ht1": shapes["ht1"],
                "hn": needs[0] if needs and hook_slots(needs[0])["hn"] else "",
                "moment": shapes["moment"],
                "p1s": pains[0] if pains and len(pains[0]) <= 12 else "",
                "n1v": needs[0] if needs and needs[0].startswith("不") else "",
                "br": bridge(job, self.patterns, first, main) or "用上它",
                "name": goods.name,
                "brand": job.voice.name,
                "you": job.voice.you,
                "action": job.action,
                "price": mark(goods.price, goods.id) if goods.price else "",
                "day": _day(job.goods.price_day),
                "offername": job.offer.name if job.offer else "",
                "brandclose": next((c for c in job.voice.closings if not _UNIT.search(c)), ""),
            }
        )


_UNIT = re.compile(r"一[盒瓶支条袋只盏箱桶杯块]")


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
    together = (
        bool(draft.facts)
        and slots["s1"][:2] != slots["p1"][:2]
        and answers_to(slots["s1"], draft.facts[0].text, ware(job.goods)) >= MET
    )
    opened = (
        (_angle(job) == "痛点" and together and draft.line("open_pain"))
        or draft.line("open")
        or draft.line("open_pain")
    )
    found = [Written("", opened, "一个人，一个时刻", f"{slots['s1']}，只拍环境和手，不露正脸" if slots["s1"] else "")]
    if not job.goods:
        return [*found, Written("", _paragraph(job.voice.story, job.voice.id), "品牌是谁"), _close(draft)], 0
    if slots["p1"]:
        stuck, usual = draft.line("stuck"), draft.line("usual", ware(job.goods))
        found.append(Written(draft.heading("stuck", stuck), stuck, "卡在哪"))
        found.append(Written(draft.heading("usual", usual), usual, "平常的办法"))
    found.append(_solve(draft))
    doubts, asked = _doubts(draft)
    return [*found, *doubts, _close(draft)], asked


def _solve(draft: Draft) -> Written:
    job = draft.job
    text = draft.line("solve", "解法") or draft.line("solve", "只有一件")
    main = draft.facts[0] if draft.facts else None
    proof = next((p for p in job.goods.proofs if main and p.name == main.proof), None) or next(
        (p for p in job.goods.proofs if p.text), None
    )
    parts = [text, _proof(draft, proof, own=bool(main and proof and main.proof == proof.name)), _specs(draft)]
    image = f"{job.goods.name}实物，拍清“{main.text}”这一处" if main else f"{job.goods.name}实物"
    return Written(draft.heading("solve", _join(parts)), _join(parts), "怎么过这一关", image)


def _proof(draft: Draft, proof: Proof | None, *, own: bool) -> str:
    if proof is None:
        return ""
    slots = {
        "pname": proof.name,
        "number": proof.number,
        "issuer": proof.issuer,
        "ptext": mark(proof.text.split("，符合")[0], proof.id),
    }
    groups = ("全", "半") if own else ("旁",)
    return next((text for group in groups if (text := draft.line("proof", group, f="", **slots))), "")


def _specs(draft: Draft) -> str:
    specs = [f.marked() for f in draft.job.goods.specs if not _DRY_SPEC.search(f.text) and len(f.text) <= 30][:SPECS]
    return draft.line("specs", list="；".join(specs)) if len(specs) >= 2 else ""


def _doubts(draft: Draft) -> tuple[list[Written], int]:
    """The honest answers, and how many questions they answer."""
    job = draft.job
    style = draft.rng.choice(("引号", "平", "同段"))
    told = limits(job)
    known, unknown = settled(job, {a.answer for a in told})
    known = known[:QUESTIONS]
    parts = [draft.line("doubts_lead"), *(_one(draft, answer, style) for answer in known)]
    if unknown:
        parts.append(draft.line("unknown", style, q=unknown[0]))
    parts.append(draft.line("price", "优惠") or draft.line("price", "价格"))
    after = after_sale(job)
    parts += [_one(draft, policy, style, "after") for policy in after]
    found, asked = [], 0
    if len(_join(parts)) > 60:
        found.append(Written(draft.heading("doubts", _join(parts)), _join(parts), "顾虑问答"))
        asked = len(known) + len(after) + bool(unknown)
    if told:
        body = _join([draft.line("limits"), *(_one(draft, answer, style) for answer in told)])
        found.append(Written(draft.heading("limits", body), body, "不合适的情况"))
        asked += len(told)
    return found, asked


def _one(draft: Draft, answer: Answer, style: str, name: str = "question") -> str:
    words = "。".join(sentences(answer.answer))
    if draft.job.voice.you == "你":
        words = words.replace("您", "你")
    return draft.line(name, style, q=answer.question, a=mark(words, answer.id))


def _close(draft: Draft) -> Written:
    text = draft.line("close")
    return Written(draft.heading("close", text), text, "轻轻收住")


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


def _runs(text: str) -> set[str]:
    """Three-character runs, to see whether two texts say the same words."""
    flat = "".join(char for char in text if char.isalnum())
    return {flat[i : i + 3] for i in range(len(flat) - 2)}


def _join(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part)


def _paragraph(text: str, ident: str) -> str:
    return f"{mark(text, ident)}。" if text else ""


def _day(day: date | None) -> str:
    return f"{day.month} 月 {day.day} 日" if day else ""
