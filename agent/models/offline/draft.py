"""One article in the making: the facts in this reader's order, the slots of its templates, what was said already."""

from __future__ import annotations

import random
import re
from datetime import date

from agent.models.offline.choose import MET, answers_to, hooks, ware
from agent.models.offline.facts import Fact, mark
from agent.models.offline.job import Job
from agent.models.offline.occasions import lives, occasion
from agent.models.offline.patterns import Patterns
from agent.models.offline.similar import bare
from agent.models.offline.slots import GESTURE, HANDLED, bridge, hook_shapes, offer_slots, timed

# A moment whose last clause has the reader for its subject: 凌晨三点，刚喂完夜奶.
_READER_ACTS = re.compile(r"^(?:刚|在|正|又|还|想|先|一边|抱|坐|蹲|站|赶|等|改|洗|跑|换|喂|收|卸|找|拿|背|左手|右手)")
_UNIT = re.compile(r"一[盒瓶支条袋只盏箱桶杯块]")
WHAT = {"drink": "喝什么", "food": "吃什么"}


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
            for v in self.patterns.variants(f"article/{name}", self.slots | more, group)
            if v.text not in self.said and self.job.guard.lets_pass(v.text)
        ]
        if not found:
            return ""
        text = self.rng.choice(found)
        self.said.add(text)
        return text

    def heading(self, group: str, text: str, **more: str) -> str:
        """A heading that does not say what its section's text says again."""
        said = _runs(bare(text))
        found = [v.text for v in self.patterns.variants("article/headings", self.slots | more, group)]
        found = [line for line in found if self.job.guard.lets_pass(line) and len(bare(line)) <= 24]
        self.rng.shuffle(found)
        return min(found, key=lambda line: len(_runs(bare(line)) & said), default="")

    def _facts(self) -> list[Fact]:
        """Selling points, the one that answers this persona first; the seed chooses among the best."""
        job, reader = self.job, self.job.reader
        kind = ware(job.goods)
        lines = [hook.text for which in ("pain", "scene", "need", "use") for hook in hooks(reader, job.goods, which)]
        scored = []
        for i, fact in enumerate(job.goods.points or job.goods.specs):
            if reader and lives(fact.text) - reader.lives:
                continue
            fits = sorted((answers_to(line, fact.text, kind) for line in lines), reverse=True)[:2]
            scored.append((sum(fits) - 0.1 * i, fact))
        scored.sort(key=lambda pair: -pair[0])
        good = [fact for score, fact in scored if score >= max(MET, scored[0][0] - 0.8)]
        first = good[job.turn % len(good)] if good else scored[0][1] if scored else None
        return [first, *(fact for _, fact in scored if fact is not first)] if first else []

    def _slots(self) -> dict[str, str]:
        job = self.job
        reader, goods = job.reader, job.goods
        main, kind = self.facts[0].text if self.facts else "", ware(goods)

        def ranked(which: str) -> list[str]:
            found = [h for h in hooks(reader, goods, which)]
            found.sort(key=lambda hook: -(answers_to(hook.text, main, kind) + 0.3 * hook.worth))
            lines = [hook.text for hook in found]
            head = lines[: 2 if which == "scene" else 1]
            self.rng.shuffle(head)
            return head + lines[len(head) :]

        pains, needs = ranked("pain"), ranked("need")
        # The story holds together when the fact answers where the reader is stuck.
        pains = [line for line in pains if answers_to(line, main, kind) >= MET]
        needs = [line for line in needs if answers_to(line, main, kind) >= MET]
        scenes = ranked("scene") or ranked("use") or list(goods.uses)
        first = scenes[0] if scenes else ""
        shapes, pain, need = (
            hook_shapes(line) for line in (first, pains[0] if pains else "", needs[0] if needs else "")
        )
        handled = first in goods.uses and (HANDLED.search(first) or occasion(first, goods.name) == 0.0)
        gesture = "" if handled else bridge(job, self.patterns, first, main)
        keys = [f"{letter}{i}" for letter in "spnf" for i in (1, 2, 3)]
        slots = {f"s{i}": line for i, line in enumerate(scenes[:3], 1)}
        slots |= {f"p{i}": line.rstrip("？") for i, line in enumerate(pains[:3], 1)}
        slots |= {f"n{i}": line for i, line in enumerate(needs[:2], 1)}
        slots |= {f"f{i}": fact.marked() for i, fact in enumerate(self.facts[:3], 1)}
        return (
            dict.fromkeys(keys, "")
            | slots
            | offer_slots(job)
            | {
                "s1c": first if _READER_ACTS.match(first.split("，")[-1]) and not shapes["hn"] else "",
                "s1s": shapes["hp"],
                "s1t": first if timed(first) and answers_to(first, main, kind) >= MET else "",
                "s1m": first if "，" in first else "",
                "ht1": shapes["ht1"],
                "hneg": (pain["hneg"] or shapes["hneg"]) if self.facts and answers_to(pain["h"], main, kind) else "",
                "hp": pain["hp"],
                "hn": need["hn"],
                "hc": need["hc"],
                "moment": shapes["moment"],
                "br": gesture,
                "brv": gesture if gesture[:1] in GESTURE else "",
                "what": WHAT.get(kind, "手边放什么"),
                "name": goods.name,
                "brand": job.voice.name,
                "you": job.voice.you,
                "action": job.action,
                "price": mark(goods.price, goods.id) if goods.price else "",
                "day": _day(goods.price_day),
                "offername": job.offer.name if job.offer else "",
                "brandclose": next((c for c in job.voice.closings if not _UNIT.search(c)), ""),
            }
        )


def _runs(text: str) -> set[str]:
    """Three-character runs, to see whether two texts say the same words."""
    flat = "".join(char for char in text if char.isalnum())
    return {flat[i : i + 3] for i in range(len(flat) - 2)}


def _day(day: date | None) -> str:
    return f"{day.month} 月 {day.day} 日" if day else ""
