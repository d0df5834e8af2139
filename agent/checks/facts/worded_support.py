"""Does a record prove a claim made in words? All parts of the claim must stand in it, not only its head noun."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from agent.checks.facts.assertions import guarantee
from agent.checks.facts.claim import Claim
from agent.checks.facts.evidence import Evidence, Fact
from agent.checks.facts.found import Support
from agent.checks.facts.terms import canonical

_HEADS = {
    "报告": "报告|检测|测试|检验",
    "认证": "认证",
    "专利": "专利",
    "备案": "备案|备字",
    "注册": "注册证|特字",
    "许可": "许可",
    "准入": "准入",
    "合格": "合格",
    "蓝帽": "蓝帽|健食|保健食品",
    "3C": "3C|CCC",
    "绿色食品": "绿色食品",
    "地理标志": "地理标志",
    "证书": "证书|备案|注册证|认证",
}
_LOOSE = re.compile(
    r"第三方|相关|正规|完整|全套|出厂|每批次?|整份|纸质|电子|官方|我们|自家|^(?:[这那一两三每]?[份张项]|多[份张项]|该|它|本|里|上|写)+"
)
_NUMBER = re.compile(r"\d+")
_MIN = 2
_SAME = 0.9


def worded_support(claim: Claim, records: Sequence[Evidence], sentence: str) -> Support | None:
    """The first record that proves the claim; `sentence` is the sentence it stands in."""
    prove = _PROVERS[claim.dim]
    for record in records:
        if (fact := prove(claim, record, sentence)) is not None:
            return fact if isinstance(fact, Support) else Support(fact)
    return None


def absence_support(claim: Claim, records: Sequence[Evidence], sentence: str) -> Support | None:
    """A lack is proved by a record that states it, or by the list of ingredients when the copy points to that list."""
    for record in records:
        for fact in record.things:
            if fact.claim.dim == "absence" and canonical(fact.claim.key) == canonical(claim.key):
                return Support(fact)
    for record in records:
        listed = record.ingredients
        if listed and re.search(r"配料|成分|配方", sentence) and claim.key not in record.text:
            return Support(listed, f"配料表 {listed.quote} 里没有{claim.key}")
    return None


def _material(claim: Claim, record: Evidence, sentence: str) -> Fact | None:
    for fact in record.things:
        if fact.claim.dim in ("material", "process") and _has(fact, claim.key):
            return fact
    return None


def _has(fact: Fact, key: str) -> bool:
    """Oats are in 燕麦仁; 304 steel is not in 316 steel, nor steel of a grade in plain steel."""
    return key in fact.claim.key or canonical(key) == fact.claim.key


def _origin(claim: Claim, record: Evidence, sentence: str) -> Fact | None:
    if record.kind in ("policy", "coupon", "brand"):
        return None
    facts = [f for f in record.things if f.claim.dim == "origin"]
    proof: Fact | None = None
    for part in claim.key.split("/"):
        proof = next((f for f in facts if part == f.claim.key), None) or _quoted(part, record, claim)
        if proof is None:
            return None
    return proof


def _certificate(claim: Claim, record: Evidence, sentence: str) -> Fact | None:
    what, _, head = claim.key.partition("|")
    family = next((proof for name, proof in _HEADS.items() if name in head), head)
    lines = [f for f in record.lines if re.search(family, f.quote)]
    what = _LOOSE.sub("", what + (head if head.endswith("报告") else "")).removesuffix("报告")
    return next((line for line in lines if coverage(what, line.quote + " " + record.name) >= _SAME), None)


def _phrase(claim: Claim, record: Evidence, sentence: str) -> Fact | None:
    """Nearly all of the wording stands in one line of the record."""
    return next((line for line in record.lines if coverage(claim.key, line.quote) >= _SAME), None)


def _endorsement(claim: Claim, record: Evidence, sentence: str) -> Fact | None:
    who, _, act = claim.key.partition("|")
    for line in record.lines:
        if who in line.quote and act in line.quote:
            return line
        if not act and len(who) > _MIN and coverage(who, line.quote) >= _SAME:
            return line
    return None


def _comparison(claim: Claim, record: Evidence, sentence: str) -> Fact | None:
    than, _, rest = claim.key.partition("|")
    than = than.rstrip("的")
    return next((line for line in record.lines if than in line.quote and coverage(rest, line.quote) >= 0.5), None)


def _test(claim: Claim, record: Evidence, sentence: str) -> Fact | None:
    key = re.sub(r"检验|检测|测试|试验|实验|验证|证实|证明|表明|显示|全部|结果|[均都为]", "", claim.key)
    lines = [line for line in record.lines if re.search("检|测|验|报告", line.quote)]
    if key in ("合格", "达标", "通过", "优", ""):
        return next((line for line in lines if line.where.startswith("证明")), None)
    key = key.replace("第三方", "")
    return next((line for line in lines if coverage(key, line.quote) >= _SAME), None)


def _guarantee(claim: Claim, record: Evidence, sentence: str) -> Fact | None:
    for fact in record.things:
        if fact.claim.dim == "guarantee" and fact.claim.key == claim.key:
            return fact
    proof = guarantee(claim.key).proof
    return next((line for line in record.lines if proof.search(line.quote)), None)


def _quoted(text: str, record: Evidence, claim: Claim) -> Fact | None:
    return next((line for line in record.lines if text in line.quote), None) if len(text) >= _MIN else None


@lru_cache(maxsize=4096)
def _pairs(text: str) -> frozenset[str]:
    bare = "".join(c for c in text if c.isalnum()).upper()
    return frozenset(bare[i : i + 2] for i in range(len(bare) - 1)) or frozenset({bare} - {""})


def coverage(part: str, whole: str) -> float:
    """How much of `part` (its two-character pieces) stands in `whole`; 1 for nothing to prove."""
    pieces = _pairs(part)
    if not pieces:
        return 1.0
    if any(number not in whole for number in _NUMBER.findall(part)):
        return 0.0
    bare = "".join(c for c in whole if c.isalnum()).upper()
    return sum(piece in bare for piece in pieces) / len(pieces)


_PROVERS: dict[str, Callable[[Claim, Evidence, str], Fact | Support | None]] = {
    "material": _material,
    "process": _material,
    "origin": _origin,
    "attribute": _phrase,
    "certificate": _certificate,
    "award": _phrase,
    "ranking": _phrase,
    "endorsement": _endorsement,
    "comparison": _comparison,
    "test": _test,
    "guarantee": _guarantee,
    "popularity": _phrase,
}
