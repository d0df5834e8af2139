"""Offers: nothing that has not begun, is over, is out of stock, or stands in no record; and no hurry without a date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from agent.brief import Brief
from agent.checks.facts import ClaimSupport, ledger
from agent.checks.facts.lexicon import life
from agent.checks.facts.reading import product_evidence
from agent.checks.facts.support import proves
from agent.context import Context
from agent.copies import Copy, fields
from agent.finding import Finding, Severity
from knowledge_base.records import Coupon, Promotion

_HURRY = re.compile(
    r"限时|最后(?:[一两三\d]{1,2}|几)\s?(?:天|小时|分钟|晚)|仅限?(?:今[天日晚]|[一两三\d]\s?天)"
    r"|(?:今[天日晚]|马上|即将)(?:就)?(?:截止|结束|恢复原价)|倒计时|手慢无|过时不候|即将涨价"
)
_ENDS_TODAY = re.compile(r"最后一\s?天|今[天日晚]|最后\S{0,2}小时")
_OFFER_TALK = re.compile(r"优惠|活动|折|价|券|减|赠|送|抢|囤|元|¥|￥|售|促|福利|包邮|下单|秒杀|买")
_CODE = re.compile(r"(?:券码|优惠码|兑换码|口令|领券码)\s?[:：为是]?\s?[“\"「]?([A-Za-z0-9][A-Za-z0-9-]{1,19})")
_COUPON_TALK = re.compile(r"(?:领|送|发|用|抵|这张|一张|优惠|代金|满减|无门槛)[^，。！？\n]{0,4}券|券后|领券")
_NOT = re.compile(r"(?:不|没有?|无|别|非|未|不能|不再|不含)\s?$")
_OVER = re.compile(r"结束|过了|已经?完|下架|没赶上|错过")
# What the words promise -> what a record must say for it.
_PROMISES = {
    "包邮": (re.compile(r"包邮|免邮费?|免运费"), re.compile(r"包邮|免邮|免运费|运费全免")),
    "赠品": (
        re.compile(
            r"赠品|加赠|赠送|买就送|下单(?:就|即|再)?送|[多再加]送|附赠|随单送|送(?:小样|试用装|体验装|正装|同款|礼盒)"
        ),
        re.compile(r"赠|送"),
    ),
    "抽奖": (re.compile(r"抽奖|抽\S{0,4}(?:免单|锦鲤)|大转盘|刮刮乐"), re.compile(r"抽奖|抽取|抽\d|奖品")),
    "免单": (re.compile(r"免单|0\s?元购|零元购"), re.compile(r"免单|[0零]\s?元购")),
    "预售": (re.compile(r"预售|付定金|尾款"), re.compile(r"预售|定金|尾款")),
    "限量": (
        re.compile(r"限量|仅剩|售完即止|库存告急|最后\s?\d+\s?(?:件|份|盒|瓶)"),
        re.compile(r"限量|仅剩|库存|售完"),
    ),
    "优惠": (
        re.compile(
            r"打折|折扣|特价|促销|清仓|秒杀价?|优惠价|活动价|福利价|新人价|新客价|会员价|大促|满减|直降|降价|立减"
        ),
        re.compile(r"折|价|减|优惠|促|券"),
    ),
}


def check_promotion(copy: Copy, brief: Brief, context: Context) -> tuple[Finding, ...]:
    """Findings about offers and coupons, judged on `brief.today`."""
    named = fields(copy)
    whole = "\n".join(named.values())
    if not _OFFER_TALK.search(whole) and not _HURRY.search(whole):
        return ()
    entries = ledger(copy, brief, context)
    found = [*_timing(entries, brief, context), *_date_roles(entries, named, context)]
    says_offer = bool(_OFFER_TALK.search(whole))
    proof = _proof(brief, context)
    for name, text in named.items():
        if context.coupon is not None:
            found += _coupon(name, text, entries, context.coupon, brief)
        found += _promises(name, text, proof, brief, context)
        if says_offer:
            found += _hurry(name, text, whole, entries, brief, context)
    return tuple(found)


def _timing(entries: tuple[ClaimSupport, ...], brief: Brief, context: Context) -> Iterator[Finding]:
    """A figure that only an offer proves, and the offer is not on today."""
    offers = {(p.id, f"优惠 {offer.name}"): offer for p in context.products for offer in p.promotions}
    off = {place: problem for place, offer in offers.items() if (problem := _off(offer, brief.today))}
    records = [product_evidence(product) for product in context.products] if off else []
    for entry in entries:
        place = (entry.fact.record_id, entry.fact.where) if entry.fact and entry.verdict != "unsupported" else ("", "")
        if place not in off or entry.claim.dim == "date":
            continue
        others = (f for r in records if r.record_id == place[0] for f in r.facts if (f.record_id, f.where) not in off)
        if any(proves(fact.claim, entry.claim) for fact in others):
            continue
        offer, problem = offers[place], off[place]
        yield _finding(
            "not_running",
            entry.field,
            entry.claim.start,
            entry.claim.text,
            f"“{entry.claim.text}”来自“{offer.name}”，{problem}，今天（{brief.today}）不能说。",
            evidence=(entry.subject,),
        )


def _off(offer: Promotion | Coupon, today: date) -> str | None:
    if offer.start is not None and today < offer.start:
        return f"{offer.start} 才开始"
    if offer.end is not None and today > offer.end:
        return f"{offer.end} 已经结束"
    return None


def _date_roles(entries: tuple[ClaimSupport, ...], named: dict[str, str], context: Context) -> Iterator[Finding]:
    """到 11 月 1 日 must be an end, 11 月 11 日起 a start: a true date in the wrong role misleads."""
    offers: list[Promotion | Coupon] = [offer for p in context.products for offer in p.promotions]
    offers += [context.coupon] if context.coupon else []
    starts = {offer.start for offer in offers if offer.start}
    ends = {offer.end for offer in offers if offer.end}
    for entry in entries:
        claim, text = entry.claim, named[entry.field]
        if claim.dim != "date" or entry.fact is None or "/" in claim.key or entry.verdict == "unsupported":
            continue
        fact_day = entry.fact.claim.key
        before, after = text[max(0, claim.start - 3) : claim.start], text[claim.end : claim.end + 3]
        as_end = re.search(r"(?:到|至|截止|截至)\s?$", before) or re.match(r"\s?(?:截止|结束|前|止)", after)
        as_start = re.search(r"(?:从|自)\s?$", before) or re.match(r"\s?(?:起|开始|开抢|开售)", after)
        days, other = (ends, starts) if as_end else (starts, ends) if as_start else (set(), set())
        if days and fact_day not in {d.isoformat() for d in days} and fact_day in {d.isoformat() for d in other}:
            right = "、".join(sorted(f"{d.month} 月 {d.day} 日" for d in days))
            what = "截止" if as_end else "开始"
            yield _finding(
                "date_role",
                entry.field,
                claim.start,
                claim.text,
                f"“{claim.text}”不是{what}日期，资料里{what}的是 {right}。",
            )


def _coupon(name: str, text: str, entries: tuple[ClaimSupport, ...], coupon: Coupon, brief: Brief) -> Iterator[Finding]:
    talk = _COUPON_TALK.search(text)
    said = [
        e
        for e in entries
        if e.field == name and e.fact and e.fact.record_id == coupon.id and e.verdict != "unsupported"
    ]
    if coupon.code and (wrong := [m for m in _CODE.finditer(text) if m[1].upper() != coupon.code.upper()]):
        for m in wrong:
            yield _finding(
                "coupon_code",
                name,
                m.start(1),
                m[1],
                f"券码写错了，应该是“{coupon.code}”。",
                rewrite=coupon.code,
                evidence=(coupon.id,),
            )
    coded = bool(coupon.code) and coupon.code.upper() in text.upper()
    if not talk and not said and not coded:
        return
    at, what = (talk.start(), talk.group()) if talk else (said[0].claim.start, said[0].claim.text) if said else (0, "")
    if problem := _off(coupon, brief.today):
        yield _finding(
            "coupon_off",
            name,
            at,
            what,
            f"券“{coupon.name}”{problem}，今天（{brief.today}）不能推。",
            evidence=(coupon.id,),
        )
    if coupon.stock == 0:
        yield _finding(
            "coupon_gone", name, at, what, f"券“{coupon.name}”已经发完，删掉或换一张。", evidence=(coupon.id,)
        )
    if coupon.products and brief.products and not set(coupon.products) & set(brief.products):
        yield _finding(
            "coupon_product", name, at, what, f"券“{coupon.name}”不能用在这件商品上。", evidence=(coupon.id,)
        )
    if coupon.segments and brief.persona and brief.persona not in coupon.segments:
        yield _finding("coupon_segment", name, at, what, f"券“{coupon.name}”不发给这个人群。", evidence=(coupon.id,))
    roles = {e.claim.role for e in said} | {e.claim.dim for e in said}
    if coupon.threshold > 0 and "reduction" in roles and not roles & {"threshold", "offer"}:
        message = f"只说了减多少，没说门槛：这张券满 {coupon.threshold.normalize():f} 元才能用，写上。"
        yield _finding("coupon_threshold", name, at, what, message, "warn", evidence=(coupon.id,))


def _hurry(
    name: str, text: str, whole: str, entries: tuple[ClaimSupport, ...], brief: Brief, context: Context
) -> Iterator[Finding]:
    dated = any(e.claim.dim == "date" for e in entries)
    ends = {offer.end for p in context.products for offer in p.promotions if _off(offer, brief.today) is None}
    ends |= {context.coupon.end} if context.coupon else set()
    for m in _HURRY.finditer(text):
        clause = text[max(0, m.start() - 10) : m.end() + 10]
        if _NOT.search(text[max(0, m.start() - 3) : m.start()]) or (
            life().search(clause) and not _OFFER_TALK.search(clause)
        ):
            continue
        if _ENDS_TODAY.search(m.group()) and brief.today not in ends:
            yield _finding(
                "hurry_false",
                name,
                m.start(),
                m.group(),
                f"“{m.group()}”不属实：资料里没有今天（{brief.today}）结束的优惠。",
            )
        elif not dated:
            known = next((f"，写成“到 {end.month} 月 {end.day} 日”" for end in ends if end), "")
            yield _finding(
                "hurry_undated", name, m.start(), m.group(), f"“{m.group()}”要写明起止日期{known}；没有期限就删掉。"
            )


def _promises(name: str, text: str, proof: str, brief: Brief, context: Context) -> Iterator[Finding]:
    for what, (said, proving) in _PROMISES.items():
        for m in said.finditer(text):
            if _NOT.search(text[max(0, m.start() - 3) : m.start()]) or _OVER.search(text[m.end() : m.end() + 6]):
                continue
            if not proving.search(proof):
                yield _finding(
                    "unsupported",
                    name,
                    m.start(),
                    m.group(),
                    f"资料里没有“{what}”这项优惠，删掉，或先把优惠写进资料。",
                    status_unsupported=True,
                )
            break
    talk = _COUPON_TALK.search(text) if context.coupon is None and "券" not in proof else None
    if talk and not _NOT.search(text[max(0, talk.start() - 3) : talk.start()]):
        yield _finding(
            "no_coupon",
            name,
            talk.start(),
            talk.group(),
            "这次没有选券，不能说有券。用 --coupon 指定一张，或删掉。",
            status_unsupported=True,
        )


def _proof(brief: Brief, context: Context) -> str:
    """Words of every offer that is on today, and of policies: what a promise may rest on."""
    parts = [f"{o.name} {o.text}" for p in context.products for o in p.promotions if _off(o, brief.today) is None]
    parts += [f"{policy.question} {policy.answer}" for policy in context.policies]
    parts += [passage.text for passage in context.passages]
    parts += [text for p in context.products for text in (*p.faq, p.note, *(s.value for s in p.specs))]
    if context.coupon is not None:
        parts.append(f"{context.coupon.name} 券 减")
    return "\n".join(parts)


def _finding(
    rule: str,
    field: str,
    start: int,
    text: str,
    message: str,
    severity: Severity = "block",
    *,
    rewrite: str = "",
    evidence: tuple[str, ...] = (),
    status_unsupported: bool = False,
) -> Finding:
    return Finding(
        check="promotion",
        rule_id=f"promotion.{rule}",
        severity=severity,
        status="unsupported" if status_unsupported else "violation",
        message=message,
        field=field,
        start=start,
        end=start + len(text),
        text=text,
        rewrite=rewrite,
        evidence_ids=tuple(i for i in evidence if i),
    )
