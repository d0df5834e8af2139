"""Which figures are not said of a product: clock times, ordinals, idioms, ages, and quantities of the scene.

Some are fixed shapes (`non_claims`). The rest is judged by weighing what stands round the figure (`is_scene`): the kind
of unit, words that talk of a product or of people and their day, the noun right behind it, and whether the record
speaks in the same unit of the same thing. 娃睡着的二十分钟 is a scene; 冷水 5 秒化开 is a claim, proved or not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from agent.checks.facts import lexicon
from agent.checks.facts.claim import Claim, Spans
from agent.checks.facts.evidence import Evidence, neighbours, pieces
from agent.checks.facts.numbers import NUMBER

_CLOCK_DIGIT = r"[零〇一二三四五六七八九十两\d]{1,3}"
_SHAPES = re.compile(
    r"\d{1,2}[:：]\d{2}(?:[:：]\d{2})?"  # 22:30
    rf"|{_CLOCK_DIGIT}点(?:过?{_CLOCK_DIGIT}分|半|整|钟|[一三]刻)"  # 九点五十八分
    rf"|第\s?{NUMBER}\s?[\u4e00-\u9fff]|头[一两三][天次回个年]"  # ordinals
    r"|[早晚][一二三四五六七八九十]"  # 早八, 朝九晚五
    r"|\d+\s?(?:号楼|号线|单元|号桌|号车厢|号院|路(?=公交|车|到)|级(?=考试|的?学[姐长]))"
    r"|[一二三四五六七八九十\d]{1,3}口(?:之家|人)|一家[一二三四五六七八九十]口"
    r"|[一二两12]米[\d一二三四五六七八九]|[2-6]G(?=网|信号|时代|手机|套餐|流量|冲浪)|\d{2}后"
    r"|百分之?百(?=[地的]?(?:投入|努力|用心|相信|信任|认真|支持|把握|热情|诚意|愿意|尽力|理解|赞同))|百分百"
)
_APPLIES = re.compile(r"适用|适合|以上可|月龄|起可|可食|可用|建议|专为")
_QUOTE = re.compile(r"[“\"「『]([^”\"」』]{1,200})[”\"」』]")
_ASKS = re.compile(r"[吗呢么？?]|能不能|可不可以|多少|几天|是不是")

_WANTS = re.compile(r"想|找|要|选|挑|换|推荐|其他|别的|有没有")

_BY_DIM = {
    "money": 1.4, "ratio": 1.3, "discount": 3.0, "mass": 1.0, "volume": 1.0, "energy": 2.0, "power": 2.5, "charge": 3.0,
    "voltage": 2.5, "sound": 1.5, "frequency": 2.5, "pressure": 2.5, "pixel": 2.0, "concentration": 3.0, "speed": 2.0,
    "length": 0.4, "area": -0.8, "temperature": 0.0, "time": -0.4, "month": -0.4, "workday": 1.0, "age": -3.0,
    "people": -1.3, "times": 1.0, "offer": 5.0, "grade": 5.0, "absence": 1.0, "code": 3.0, "date": -0.6,
}  # fmt: skip
_RETOLD = 5
_THRESHOLD = 0.45
_KNOWN_THRESHOLD = 2.5
_FINE_LENGTH = frozenset({"cm", "mm", "厘米", "毫米", "μm", "um", "nm"})
_PHYSICAL = frozenset({"mass", "volume", "energy", "power", "ratio"})
_DATE_BEFORE = re.compile(r"(?:到|至|截止到?|截至|直到|从|自|限)\s?$")
_DATE_AFTER = re.compile(r"^\s?(?:截止|结束|为止|止|起|开始|前)")
_SELLS = re.compile(r"[元折价券减赠送]|活动|优惠|¥|￥|第二件|半价")
_LASTS = re.compile(r"^[^，。]{0,4}(?:不|没|还|仍|依然|照样)")
_FAR_LENGTH = frozenset({"公里", "km", "米", "m"})


def non_claims(text: str) -> list[tuple[int, int]]:
    """Spans whose numbers never count as claims, by their shape alone."""
    return [m.span() for pattern in (_SHAPES, lexicon.idioms()) for m in pattern.finditer(text)]


def questions(text: str) -> list[tuple[int, int]]:
    """Spans of quoted questions: a figure in “能放三天吗？” claims nothing."""
    return [m.span() for m in _QUOTE.finditer(text) if _ASKS.search(m[1])]


def is_scene(
    claim: Claim, text: str, spans: Spans, records: Sequence[Evidence], names: re.Pattern[str] | None, known: bool
) -> bool:
    """True when an unproved figure is part of the scene rather than a statement about the product.

    `known`: persona, brief or customer said the figure, so more must speak for a product claim before it counts as one.
    """
    return weigh(claim, text, spans, records, names) <= (_KNOWN_THRESHOLD if known else _THRESHOLD)


def weigh(claim: Claim, text: str, spans: Spans, records: Sequence[Evidence], names: re.Pattern[str] | None) -> float:
    """Above `_THRESHOLD`: said of the product. Each weight is a reason that a reader could name."""
    left, right = claim.clause if claim.clause[1] else spans.clause(claim.start)
    before, after, clause = text[left : claim.start], text[claim.end : right], text[left:right]
    sentence = text[slice(*spans.sentence(claim.start))]
    score = _by_unit(claim)
    score += _by_product_words(claim, before, after, clause, sentence, names)
    score -= _by_scene_words(claim, before, after, clause, sentence, records)
    earlier = text[slice(*spans.clause(left - 1))][-20:] if left else ""
    window = pieces(earlier + before[-20:] + " " + after[:20])
    score += _by_retelling(text[max(0, claim.start - 24) : claim.start], claim, records)
    return score + _by_records(claim, neighbours(before, after), window, records)


def _by_retelling(before: str, claim: Claim, records: Sequence[Evidence]) -> float:
    """The words right before the figure are the record's own: 沸水 200 毫升，等 7 分钟 retells 等 1 分钟."""
    said = "".join(c for c in before if c.isalnum())[-_RETOLD:]
    if len(said) < _RETOLD:
        return 0.0
    for record in records:
        for fact in record.facts:
            if fact.claim.values and fact.claim.start and said in _bare(fact.quote, fact.claim.start):
                return 2.5
    return 0.0


@lru_cache(maxsize=4096)
def _bare(quote: str, start: int) -> str:
    return "".join(c for c in quote[max(0, start - 24) : start] if c.isalnum())[-_RETOLD:]


def _by_unit(claim: Claim) -> float:
    score = _BY_DIM.get(claim.dim, -0.5)
    if claim.unit.lower() in _FINE_LENGTH or claim.unit in ("秒", "秒钟"):
        score += 0.5
    if claim.unit in _FAR_LENGTH:
        score -= 0.9
    if claim.unit in ("成", "分之", "毛", "毛钱", "分钱", "角"):
        score -= 0.7
    article = {"count": 4.0, "time": 0.8, "month": 0.8}  # 一条, 半瓶, 一天: an article more than an amount
    kind = claim.dim.partition(":")[0]
    if claim.text[0] in "一半":
        score -= article.get(kind, 0.0)
    elif kind == "count" and claim.text[0] in "两俩":
        score -= 0.8
    return score


def _by_product_words(
    claim: Claim, before: str, after: str, clause: str, sentence: str, names: re.Pattern[str] | None
) -> float:
    score = 0.0
    if lexicon.product_talk().search(before[-12:] + "　" + after[:10]):
        score += 2.2
    elif lexicon.product_talk().search(clause):
        score += 1.4
    elif lexicon.product_talk().search(sentence):
        score += 0.7
    if claim.dim == "date" and (_DATE_BEFORE.search(before) or _DATE_AFTER.match(after)) and _SELLS.search(sentence):
        score += 3.0
    if before.rstrip().endswith(("×", "x", "X", "*")):
        score += 3.0  # 35 克×12 袋
    if names is not None and names.search(sentence):
        score += 1.6
    if claim.dim == "age" and _APPLIES.search(clause):
        score += 2.5
    if claim.dim.startswith("count") and lexicon.FREQUENCY.search(before[-9:]):
        score += 1.2
    words = len(before.strip()) + len(after.strip(" ，。！？；、\n"))
    if words <= 2 and claim.dim not in ("age", "people", "date", "time", "month", "length"):
        score += 1.0  # the clause is nothing but the figure: 69 元。
    return score


def _by_scene_words(
    claim: Claim, before: str, after: str, clause: str, sentence: str, records: Sequence[Evidence]
) -> float:
    score = 0.0
    talks = lexicon.product_talk().search(clause) is not None
    if _life(clause, records):
        score += 1.8
    elif _life(sentence, records):
        physical = claim.dim in _PHYSICAL or claim.unit.lower() in _FINE_LENGTH
        score += 0.2 if talks else 0.5 if physical else 1.0
    if lexicon.people().search(clause):
        score += 0.9
    elif lexicon.people().search(sentence):
        score += 0.1 if talks else 0.4
    if lexicon.SCENE_HEAD.search(after) or _of_another_thing(after, records):
        score += 2.0
    if claim.dim == "absence" and after.startswith("的") and _WANTS.search(before):
        score += 4.0  # 想要无坚果的零食: a wish for something else
    if lexicon.DID.search(before):
        score += 1.2 if claim.dim in ("time", "month") else 0.8
        if claim.unit in ("年", "载") and not _LASTS.match(after):
            score += 1.2  # 喝了三年速溶: someone's years
    if claim.dim.startswith("count") and lexicon.USAGE_VERB.search(before):
        score += 1.0
    if claim.dim in ("time", "month") and lexicon.RELATIVE.search(after):
        score += 0.6
    return score


def _of_another_thing(after: str, records: Sequence[Evidence]) -> bool:
    """十块钱的矿泉水: the figure belongs to a noun that no record uses."""
    noun = after[1:3]
    if not after.startswith("的") or len(noun) < 2 or not noun.isalpha() or lexicon.product_talk().search(after[1:6]):
        return False
    return all(noun not in record.vocabulary for record in records)


def _life(text: str, records: Sequence[Evidence]) -> bool:
    """Whether the text tells of people's days in words that the records do not use of the product themselves."""
    words = {m.group() for m in lexicon.life().finditer(text)}
    return any(len(word) < 2 or all(word[:2] not in record.vocabulary for record in records) for word in words)


def _by_records(claim: Claim, around: frozenset[str], window: frozenset[str], records: Sequence[Evidence]) -> float:
    """The record speaks in this unit, of the same thing: then the copy most likely retells it with a wrong figure."""
    same_unit, same_thing, retold = 0.0, 0.0, 0
    for record in records:
        for fact in record.facts:
            if fact.claim.dim != claim.dim or fact.claim.text[0] == "一":
                continue
            alike = claim.dim.startswith("count") or (
                fact.claim.unit == claim.unit and claim.dim not in ("time", "month")
            )
            same_unit = 0.8 if alike else max(same_unit, 0.3)
            if shared := around & fact.near:
                words = sum(1 for piece in shared if "|" not in piece)
                same_thing = max(same_thing, 2.4 if words else 1.2)
            if fact.near and same_thing < 1.8:
                retold = max(retold, len(window & pieces(fact.quote)))
    if retold >= 3:
        same_thing = max(same_thing, 1.8)
    if not same_thing and any(not around.isdisjoint(record.vocabulary) for record in records):
        same_thing = 0.7
    return same_unit + same_thing
