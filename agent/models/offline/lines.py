"""Handling single lines of other people's text: tidying marks, finding clauses, shortening without breaking a claim."""

from __future__ import annotations

import re
from functools import lru_cache

_WIDE = {",": "，", ";": "；", "?": "？", "!": "！", "(": "（", ")": "）", ":": "："}
_HALF = re.compile(r"(?<!\d)[,:]|[,:](?!\d)|[;?!()]")
_DASH = re.compile(r"\s*(?:—+|――+|--+)\s*")
_SPACE = re.compile(r"[ \t\r\n\u3000\xa0]+")
_EDGE = "。；，、：;,.．:~～·|｜ "
_DOUBLED = re.compile(r"([，。；：、？！])[，。；：、]+")
_QUOTES = str.maketrans({"「": "“", "」": "”", "『": "‘", "』": "’"})
_LOOSE_SPACE = re.compile(r"(?<=[\u4e00-\u9fff，。；：、？！（）])\s+|\s+(?=[\u4e00-\u9fff，。；：、？！（）])")

# A clause that starts so leans on the one before it.
_LEANS = (
    "但",
    "而",
    "并",
    "且",
    "也",
    "还",
    "又",
    "因",
    "所以",
    "不过",
    "只是",
    "可是",
    "否则",
    "才",
    "就",
    "再",
    "则",
    "以及",
)
# A clause that ends so has not said its thing yet.
_DANGLES = (
    "的",
    "和",
    "与",
    "或",
    "及",
    "是",
    "在",
    "把",
    "被",
    "为",
    "时",
    "后",
    "前",
    "内",
    "下",
    "如果",
    "若",
    "对",
    "从",
)
# Figures that mean nothing without the conditions beside them.
_CONDITIONED = re.compile(r"%|提升|下降|降低|增加|减少|检测|样本|受试|实测|条件|\bGB\b|ISO|（")
_UNREADY = re.compile(r"^(?:如果|若|当|除非|即使|虽然|因为)")


@lru_cache(maxsize=16384)
def tidy(text: str) -> str:
    """One line with full-width marks, single spaces, no dashes and no mark at either end but ？ … ” ）."""
    text = _SPACE.sub(" ", text).strip()
    text = _DASH.sub("，", text.translate(_QUOTES))
    text = _HALF.sub(lambda match: _WIDE[match.group()], text)
    text = text.replace("！", "。").replace("......", "……").replace("...", "……").replace("。。。", "……")
    text = _straight_quotes(text)
    text = _DOUBLED.sub(r"\1", text)
    text = re.sub(r"\s*([，。；：、？！（）“”])\s*", r"\1", text)
    return text.strip(_EDGE + "…")


def _straight_quotes(text: str) -> str:
    if text.count('"') % 2:
        return text.replace('"', "")
    return re.sub(r'"([^"]*)"', r"“\1”", text)


def squeeze(text: str) -> str:
    """Without the optional spaces beside Chinese characters, for places where every 字 counts."""
    return _LOOSE_SPACE.sub("", text)


def sentences(text: str) -> tuple[str, ...]:
    """The whole sentences of a text, tidied, each with its own ？ kept and 。 dropped."""
    parts = re.split(r"(?<=[。！？；!?;])|\n", text)
    return tuple(part for part in map(tidy, parts) if part)


@lru_cache(maxsize=16384)
def shorten(text: str, limit: int, *, tight: bool = True) -> str:
    """`text` within `limit` characters: whole, or its leading sentences or clauses where they stand alone; else "".

    Figures whose conditions would be lost are never cut, so the result says nothing the line does not say. `tight`
    drops the spaces round figures where that makes the whole line fit.
    """
    if len(text) <= limit:
        return text
    if tight and len(squeezed := squeeze(text)) <= limit:
        return squeezed
    best = ""
    for part in _heads(text):
        if len(part) <= limit and _stands(part, text[len(part) :]):
            best = part
    return best


def _heads(text: str) -> list[str]:
    return [text[: match.start()] for match in re.finditer(r"[，。；]", text)]


def _stands(head: str, rest: str) -> bool:
    after = rest.lstrip("，。；")
    if head.endswith(_DANGLES) or _UNREADY.match(head) or _CONDITIONED.search(head):
        return False
    if head.count("“") != head.count("”") or head.count("（") != head.count("）"):
        return False
    # 但、不过 and the like announce a limit that must not be dropped.
    return len(head) >= 4 and not after.startswith(
        ("但", "不过", "只是", "除非", "仅", "否则", "需", "要", "请", "可是")
    )


def clauses(text: str) -> tuple[str, ...]:
    """The clauses of a line at its ，；。."""
    return tuple(part for part in re.split(r"[，；。]", text) if part)


def leans(clause: str) -> bool:
    """True when the clause cannot start a sentence."""
    return clause.startswith(_LEANS)


def is_question(text: str) -> bool:
    return text.endswith(("？", "吗", "呢"))


def ask(text: str) -> str:
    """A question with its mark."""
    return text if text.endswith("？") else text.rstrip("。") + "？"
