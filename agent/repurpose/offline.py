"""The offline writer for other places: the parent's moment and facts, put into the place's own patterns."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from agent.model import Completion, Request
from agent.models.offline.ads import ad_pool, facts_for
from agent.models.offline.choose import Hook, Pair, answers_for, hooks, matched_doubts, pairs, ware
from agent.models.offline.facts import Fact, mark
from agent.models.offline.job import Job, read_job
from agent.models.offline.lines import shorten, squeeze
from agent.models.offline.links import link_text
from agent.models.offline.patterns import SHIPPED, Patterns
from agent.models.offline.posts import post_pool
from agent.models.offline.similar import bare, shared_words
from agent.models.offline.slots import offer_slots, slots_for
from agent.tokens import EstimateCounter
from knowledge_base.rules import wechat_length
from knowledge_base.rules.ai_labels import label_rule
from knowledge_base.rules.exports import sheet
from knowledge_base.rules.targets import Target

FACT = 38
QUESTION, ANSWER = 16, 40
TITLE = 20
_SAID = 3.0
"""What a line that the parent says already is worth, beside its own worth of about 1 to 4."""


@dataclass(frozen=True, slots=True)
class _Found:
    text: str
    """With source markers."""
    pair: Pair | None
    group: str


class OfflineRepurpose:
    """A `Model` for one target. The same request gets the same answer. Raises BadInputError for a broken pattern."""

    def __init__(self, target: Target, folders: Sequence[Path] = (SHIPPED,)) -> None:
        self._target = target
        self._patterns = Patterns(tuple(folders))
        self._counter = EstimateCounter()

    @property
    def name(self) -> str:
        return "offline"

    async def complete(self, request: Request) -> Completion:
        started = time.perf_counter()
        job = read_job(request)
        found = self._texts(job, bare("\n".join(part.one("现文") for part in job.brief.every("part"))))
        chosen = found[job.turn % len(found)] if found else _Found(job.goods.name, None, "")
        answer = {
            "angle": chosen.group,
            "text": chosen.text,
            "link_text": link_text(job, job.angle or "场景") if self._target.form == "ad" else "",
            "image_brief": _images(job, chosen),
        }
        text = json.dumps(answer, ensure_ascii=False)
        return Completion(
            text=text,
            model="offline",
            input_tokens=sum(self._counter.count(message.content) for message in request.messages),
            output_tokens=self._counter.count(text),
            estimated=True,
            cost=Decimal(0),
            latency=time.perf_counter() - started,
            finish_reason="stop",
        )

    async def aclose(self) -> None:
        """Nothing is held open."""

    def _texts(self, job: Job, parent: str) -> list[_Found]:
        """Texts that may leave, best first."""
        if not job.goods:
            return []
        if self._target.format in ("", "staff"):
            pool = (ad_pool if self._target.form == "ad" else post_pool)(job, self._patterns)
            near = sorted(pool, key=lambda one: (one.plain in parent, -shared_words(one.plain, parent)))
            return [_Found(one.text, None, one.angle) for one in near]
        room = job.spec.number("字数建议") or job.spec.number("字数上限") or 10_000
        found = [one for pair in _pairs(job, parent)[:4] for one in self._filled(job, pair, parent)]
        fitting = [one for one in found if _fits(bare(one.text), job, room)]
        if self._target.sheet:
            # Every part is paid for: spaces go, and a line that is billed once leads, the offer before all else.
            fitting = [replace(one, text=squeeze(one.text)) for one in fitting]
            offered = any(one.group == "优惠" for one in fitting)
            fitting.sort(key=lambda one: (offered and one.group != "优惠", len(bare(one.text)) > self._room(job)))
        return list({one.text: one for one in fitting or found}.values())

    def _room(self, job: Job) -> int:
        """Characters of the body in a message that is billed once."""
        rules, label = sheet(self._target.sheet), label_rule(self._target.form).offline_text
        sign = f"【{job.voice.name}】" if rules.signature and job.voice.name else ""
        return rules.single_chars - len(f"{sign} {label} {rules.opt_out}") - self._target.link_chars

    def _filled(self, job: Job, pair: Pair, parent: str) -> Iterator[_Found]:
        slots = _slots(job, pair, self._patterns)
        offered = job.offer is not None and _says(parent, job.offer.text)
        variants = self._patterns.variants(f"repurpose/{self._target.id}", slots)
        # What the parent promises goes on; what it does not mention is not brought up.
        yield from (_Found(v.text, pair, v.group) for v in variants if (v.group == "优惠") == offered)
        if offered:
            yield from (_Found(v.text, pair, v.group) for v in variants if v.group != "优惠")


def _fits(plain: str, job: Job, room: int) -> bool:
    """Short enough, allowed, and neither price nor sentence said twice."""
    said = [part.strip() for part in re.split(r"[。？\n]", plain) if part.strip()]
    twice = len(set(said)) < len(said) or (bool(job.goods.price) and plain.count(job.goods.price) > 1)
    return not twice and wechat_length(plain) <= room and job.guard.lets_pass(plain)


def _pairs(job: Job, parent: str) -> list[Pair]:
    """Moments with a fact each, those of the parent first."""
    reader, goods = job.reader, job.goods
    starts = [hook for kind in ("scene", "pain", "use") for hook in hooks(reader, goods, kind)]
    facts = facts_for(job) or (Fact("", goods.id, "point"),)
    found = pairs(starts or [Hook("", "use", 0.5)], facts, ware(goods), per_hook=len(facts))
    useful = [pair for pair in found if pair.met or pair.hook.kind in ("scene", "use")] or found

    def worth(pair: Pair) -> float:
        said = _says(parent, pair.hook.text) + _says(parent, pair.fact.text)
        return _SAID * said + pair.worth + 0.6 * pair.met + 0.3 * pair.apt

    return sorted(useful, key=worth, reverse=True)


def _slots(job: Job, pair: Pair, patterns: Patterns) -> dict[str, str]:
    goods = job.goods
    shaped = slots_for(job, pair, FACT, patterns)
    question, answer = _doubt(job, (pair.fact.text, bare(shaped["g"])))
    limit_question, limit = _limit(job, question)
    return (
        shaped
        | offer_slots(job)
        | {
            "q": question,
            "a": answer,
            "lq": limit_question,
            "l": limit,
            "you": job.voice.you,
            "action": job.action,
            "short_title": _title(job, pair),
            "tags": _tags(goods.name, goods.category, job.voice.name),
        }
    )


def _doubt(job: Job, told: tuple[str, ...]) -> tuple[str, str]:
    """A doubt and its answer, not one of the facts that are told anyway."""
    own = [(q, a) for q, a in matched_doubts(job.reader, job.goods)]
    others = [(a.question, a) for a in answers_for(job.reader, job.goods)]
    for question, answer in (*own, *others):
        short = shorten(answer.answer, ANSWER, tight=False)
        if answer.printable and len(question) <= QUESTION and short and not {short, answer.answer} & {*told}:
            return question, mark(short, answer.id)
    return "", ""


def _limit(job: Job, asked: str) -> tuple[str, str]:
    """What the goods cannot do, to somebody who might want it; another question than the one asked before."""
    for answer in answers_for(job.reader, job.goods):
        if answer.printable and answer.question != asked and len(answer.question) <= QUESTION:
            short = shorten(answer.answer, ANSWER, tight=False)
            if short.startswith(("不", "有一点", "会", "偏")):
                return answer.question, mark(short, answer.id)
    return "", ""


def _title(job: Job, pair: Pair) -> str:
    hook, name = pair.hook.text.rstrip("？"), job.goods.name
    asked = f"{hook}？{name}" if pair.hook.kind == "pain" else f"{hook}，{name}"
    return next((text for text in (asked, hook) if text and wechat_length(text) <= TITLE), name)


def _tags(*words: str) -> str:
    """Tags hold no spaces and marks."""
    bare_words = ("".join(char for char in word if char.isalnum()) for word in words)
    return " ".join(f"#{word}" for word in dict.fromkeys(bare_words) if word)


def _images(job: Job, chosen: _Found) -> list[str]:
    lines = [line for line in bare(chosen.text).split("\n") if line.strip()]
    if job.spec.one("版位").startswith("视频号"):
        return [f"镜头 {i}：{line}" for i, line in enumerate(lines, 1)]
    if chosen.pair is not None and chosen.pair.hook.text:
        return [f"{chosen.pair.hook.text.rstrip('？')}：拍环境和手，不露正脸，{job.goods.name}在画面里"]
    return [f"{job.goods.name}实拍"] if job.goods else []


def _says(text: str, words: str) -> bool:
    return bool(words) and words.rstrip("？。") in text
