"""Persona cards in a model's words. The model sees aggregates only; what does not hold up is dropped."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.answers.json_text import find_object
from agent.model import Model, Request
from agent.prompting.template import library
from agent.render import fill
from agent.tokens import TokenCounter
from knowledge_base.audience.personas.card import PersonaCard
from knowledge_base.audience.personas.phrasing import assumes, reworded
from knowledge_base.workspace import Workspace

TEMPLATE = "audience/_phrase.j2"
ATTEMPTS = 2
MAX_NAME, MAX_CHARS = 12, 40
MAX_TOKENS = 1200
FIELDS = frozenset({"who", "needs", "pains", "scenes", "objections"})
"""What a model may reword. Evidence, channels and words that people really used stay as measured."""

_DIGITS = re.compile(r"\d+(?:\.\d+)?")
_SPOKEN = re.compile(r"[零一二两三四五六七八九十百千万半几]+(?=[个点成倍元块人次天周年岁件分秒小%％])")
_EMPTY = re.compile(r"品质|高级|有温度|治愈|匠心|极致|质感|调性|小确幸|仪式感|美好|追求")


async def phrase_card(card: PersonaCard, model: Model, workspace: Workspace, count: TokenCounter) -> PersonaCard | None:
    """The card reworded; None when the model's answers do not hold up.

    Raises what the model raises (knowledge_base.errors.ModelError and its kin).
    """
    rows = [one for one in card.statements if one.field in FIELDS]
    measures = tuple(_row(one.key, one.text, [figure.said() for figure in one.figures]) for one in rows)
    template = library(workspace.templates).load(TEMPLATE)
    problems: tuple[str, ...] = ()
    for _ in range(ATTEMPTS):
        values = {"segment": card.id, "measures": (_row("name", card.name, []), *measures), "problems": problems}
        prompt = fill(template, values, count)
        request = Request(
            messages=prompt.messages, blocks=prompt.blocks, schema=prompt.schema, max_tokens=MAX_TOKENS, seed=0
        )
        said = _texts((await model.complete(request)).text)
        problems = phrase_problems(card, said)
        if said and not problems:
            return reworded(card, said)
    return None


def phrase_problems(card: PersonaCard, said: dict[str, str]) -> tuple[str, ...]:
    """Why these words cannot stand on a card; empty when they can. `said`: key -> text."""
    known = {one.key: one for one in card.statements if one.field in FIELDS}
    problems = [] if said.get("name") else ["没有 name"]
    for key, text in said.items():
        shown = f"{key}：{text[:60]}"
        if key != "name" and key not in known:
            problems.append(f"画像里没有 {key} 这一行")
            continue
        most = MAX_NAME if key == "name" else MAX_CHARS
        if not 2 <= len(text) <= most:
            problems.append(f"要 2 到 {most} 字：{shown}")
        if invented := numbers(text) - _known_numbers(card, key):
            problems.append(f"依据里没有 {'、'.join(sorted(invented))} 这个数：{shown}")
        before = card.name if key == "name" else known[key].text
        if (life := assumes(text)) and life not in before:
            problems.append(f"行为数据不知道“{life}”：{shown}")
        if empty := _EMPTY.search(text):
            problems.append(f"“{empty.group()}”谁都能套：{shown}")
    texts = [text for key, text in said.items() if key != "name"]
    if len(set(texts)) < len(texts):
        problems.append("有两行写得一样")
    return tuple(problems)


def numbers(text: str) -> frozenset[str]:
    """Numbers of a text, in figures or, before a unit, in characters."""
    return frozenset((*_DIGITS.findall(text), *_SPOKEN.findall(text)))


def _known_numbers(card: PersonaCard, key: str) -> frozenset[str]:
    """Those of the statement itself and of its figures; a name may use those of the whole card."""
    rows = [one for one in card.statements if key in ("name", one.key)]
    texts = [text for one in rows for text in (one.text, *(figure.said() for figure in one.figures))]
    return frozenset(number for text in texts for number in numbers(text))


def _row(key: str, text: str, figures: Sequence[str]) -> str:
    return f"{key}｜{text}" + (f"｜{'；'.join(figures)}" if figures else "")


def _texts(answer: str) -> dict[str, str]:
    body = find_object(answer, ("name", "statements")).data
    rows = body.get("statements")
    found = {"name": _tidy(body.get("name"))}
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and isinstance(row.get("key"), str):
            found[row["key"]] = _tidy(row.get("text"))
    return {key: text for key, text in found.items() if text}


def _tidy(value: object) -> str:
    return " ".join(value.split()).rstrip("。；;") if isinstance(value, str) else ""
