"""The concrete middle of an article: what the brand's own papers tell of the goods, how they are used, who says so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from agent.models.offline.blocks import Fields
from agent.models.offline.choose import MET, answers_to, hooks, ware
from agent.models.offline.facts import Fact, Goods, Proof, mark
from agent.models.offline.job import Job
from agent.models.offline.lines import sentences
from agent.models.offline.occasions import nature

TALE = 130
"""字 of a document passage that an article retells at most."""
TALE_LINES = 4
SPECS = 3
PAIRS = 2
_HOW = re.compile(r"^(?:用法|冲泡|用量|泡法|吃法|食用方法|使用方法|怎么用)：(?P<how>.+)$")
_DRY = re.compile(r"号|致敏|储存|保质|质保|包装|用法|冲泡|用量|泡法|吃法|类别")
_FIGURES = re.compile(r"\d+(?:\.\d+)?")
_LISTED = re.compile(r"^(.{1,8})：(.+)$")
_STEPS = re.compile(r"\s*[/>›»｜|]\s*")
_HAN = re.compile(r"[\u4e00-\u9fff]")
# Handbook lines speak to the staff, not to readers.
_INSIDE = re.compile(r"顾客|不说|先问|虚构|手册|店员(?!的)|送检")


def tale(job: Job) -> tuple[str, str]:
    """(sentences of a document passage about these goods, its id); empty without one."""
    for passage in job.brief.every("passage"):
        if _about(passage.one("标题"), job.goods):
            subject = _subject(passage.one("标题"))
            told = _retold(
                passage,
                job,
                [part for part in re.split("[和、与]", subject) if "和" in subject and part not in job.goods.name],
            )
            if told:
                return told, passage.id
    return "", ""


def _about(title: str, goods: Goods) -> bool:
    """A passage whose title names the goods: 咖啡：一条 2 克是怎么定的 for 冻干黑咖啡."""
    subject = _subject(title)
    name = set(_pairs_of(goods.name))
    return bool(name & set(_pairs_of(subject))) or (len(subject) == 1 and subject in goods.name)


def _subject(title: str) -> str:
    """What a heading is about: the last step of its path, before its colon."""
    return _STEPS.split(title)[-1].split("：")[0].strip()


def _pairs_of(text: str) -> list[str]:
    han = "".join(_HAN.findall(text))
    return [han[i : i + 2] for i in range(len(han) - 1)]


def _retold(passage: Fields, job: Job, others: list[str]) -> str:
    """Its opening sentences, as far as they speak to readers of these goods, not of `others`, and fit."""
    body = passage.one("正文").replace(passage.one("标题"), "")
    kept: list[str] = []
    for line in sentences(re.sub(r"^#+.*$", "", body, flags=re.MULTILINE)):
        beside = any(other in line for other in others)
        if beside or _INSIDE.search(line) or not job.guard.lets_pass(line):
            if kept:
                break
            continue
        if sum(map(len, kept)) + len(line) > TALE or len(kept) == TALE_LINES:
            break
        kept.append(line)
    return "。".join(kept)


def howto(goods: Goods) -> str:
    """How the goods are used, as a specification has it."""
    found = next((m for fact in goods.specs if (m := _HOW.match(fact.text))), None)
    return mark(found["how"], goods.id) if found else ""


def numbers(job: Job, said: str) -> list[str]:
    """Specifications worth a sentence: those whose figures the article has not told yet, as 净含量 48 克."""
    told = set(_FIGURES.findall(said))
    found = []
    for fact in job.goods.specs:
        row = _LISTED.match(fact.text)
        if not row or _DRY.search(row[1]) or len(fact.text) > 28:
            continue
        if not set(_FIGURES.findall(fact.text)) - told:
            continue
        joint = " " if row[2][0].isdigit() else ""
        found.append(mark(f"{row[1]}{joint}{row[2]}", fact.id))
    return found[:SPECS]


def repeated(line: str, told: str) -> bool:
    """True when every figure of a line stands in what was told already."""
    figures = set(_FIGURES.findall(line))
    return bool(figures) and figures <= set(_FIGURES.findall(told))


def proof_for(goods: Goods, main: Fact | None) -> Proof | None:
    """The report that shows the main fact, else any that says something of substance."""
    own = next((p for p in goods.proofs if main and p.name == main.proof), None)
    return own or next((p for p in goods.proofs if p.text and "备案" not in p.name and "注册" not in p.name), None)


def answered(job: Job, facts: Sequence[Fact], main: Fact | None, used: Iterable[str]) -> list[tuple[str, str, str]]:
    """(kind, persona's or product's line, the further fact that answers it) for lines that stand nowhere yet."""
    taken, told = set(used), {main.text if main else ""}
    found: list[tuple[str, str, str]] = []
    for kind in ("pain", "scene", "use"):
        for hook in hooks(job.reader, job.goods, kind):
            if hook.text in taken or len(found) == PAIRS:
                continue
            left = [fact for fact in facts if fact.text not in told and nature(fact.text) != "proof"]
            fits = [answers_to(hook.text, fact.text, ware(job.goods)) for fact in left]
            if fits and max(fits) >= MET:
                best = left[fits.index(max(fits))]
                found.append((kind, hook.text.rstrip("？"), best.marked()))
                told.add(best.text)
                taken.add(hook.text)
    return found
