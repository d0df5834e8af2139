"""Claims about what a product is made of, holds, lacks, and where it comes from.

Words of goods.yaml count by their frame: 含蜂蜜, 蜂蜜做的, 100% 棉 and 配料只有小米和蜂蜜 speak of the product, while
兑蜂蜜 and 对蜂蜜过敏 do not. Words in one list (巴旦木和核桃) share frame and negation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.checks.facts import lexicon
from agent.checks.facts.claim import Claim, Spans
from agent.checks.facts.terms import Term, terms

_REACH = 14
_LIST_GAP = re.compile(
    r"(?:\s?[A-Z]{1,3}\d{0,2}(?![A-Za-z]))?\s?(?:[、/＋+]|，?(?:和|与|及|或|跟|以及|还有|加上?|也没有?|也不含))(?:一?[点些]点?|少许|少量|微量)?\s?"
)
_HOLDS = re.compile(
    r"(?:(?:味道?|香气?|甜|色|油脂?|蛋白质?|纤维|口感)来自|含有?|富含|蕴含|蕴藏|添加了?|特添|特别添加|加了|加入了?|加进了?|放了|用的?[是了]|用了|采用|选用|精选|甄选|优选|萃取自?|提取自?|取自|浓缩"
    r"|原料(?:就|只)?[是为：:用有]?|(?:配料|成分|配方)(?:表)?(?:里|中)?(?:就|只)?(?:只?有|是|为|：|:)?|打头的?[是为]|(?:里面?|里头|内含|其中|主要)有|主料|主打"
    r"|材质[是为：:]?|面料[是为：:]?|内胆[是为：:]?|由|搭配|复配|融入|注入|添入|整根|整块|一整[块根片]|多了?一?[味种样]|优质|天然|食品级|医用级|[%％]|百分之?百|占比?)"
    r"[\u4e00-\u9fffA-Za-z0-9+.\s]{0,5}$"
)
_HELD = re.compile(
    r"^(?:的)?(?:做的|做成|制成|制作|制造|打造|织成|酿造?|熬制|压榨|材质|面料|内胆|内里|杯身|杯体|机身|外壳|笔身|笔杆|表壳|成分|配方|精华|原液|含量|添加|打头|提取|加持|萃取"
    r"|(?:加起来|一共|合计|共)?占|排在?(?:第|前)|\d+(?:\.\d+)?\s?[%％])"
)
_STRICT_BEFORE = re.compile(r"(?:[%％]|百分之?百|纯|材质[是为：:]?|面料[是为：:]?)\s?$")
_STRICT_AFTER = re.compile(r"^(?:材质|面料|制成|质地|做的|打的)")
_NOT = re.compile(
    r"(?:没有?|无|零|不是?|并非|未|(?<![\d.])0|免|去|拒绝|告别|避开|非|没)"
    r"(?:任何|添加|加入?|放|含有?|用|使用|带|检出|测出|额外|多余|一滴|一点|半点|人工|合成|化学|工业|传统|的|了|过|\s){0,4}$"
)
_NOT_AFTER = re.compile(
    r"^\s?[：:]?\s?(?:[也都]?(?:一滴|一点|一克|什么)?[也都]?(?:没有?|未|不)(?:放|加|添加|含|用|检出|测出|有)|零添加|0\s?添加|[检测]*(?:结果)?(?:[是为：])?未检出)"
)
_CLEARLY_NOT = re.compile(r"(?:不含|[未没无零0]\s?(?:有)?添加|没[加放]|未检出|(?<![\d.])0|零)[\u4e00-\u9fff]{0,3}\s?$")
_USES = re.compile(
    r"(?:兑|配|泡|拌|冲|蘸|夹|就着|搭|倒进?|装|洗|擦|抹|吃|喝|买|点了?|剥|煮|拿|拆|比|像|当|代替|换|对|忌|怕|爱|做|炒|炖|烤|切|摆|带|送|加|放)(?:半|一|点|些|盒|杯|块|勺|把|片|个|了)*\s?$"
)
_ALLERGY = re.compile(r"^[^，。]{0,6}过敏|^[\u4e00-\u9fff]?(?:店|铺|摊|市场|专柜|路|街|味的?(?:泡面|薯片))")
_CODE_BEFORE = re.compile(r"(?<![\dA-Za-z.])(\d{3,4}L?|18/8|S?\d{3}|A5|M9)\s?$", re.IGNORECASE)

_FROM_BEFORE = re.compile(
    r"(?:产自|产地|产于|出产于|来自|源自|源于|出自|原产|取自|采自|采摘自|选自|生长[在于]|种[在植]于?|长在|养在|选用|精选|甄选|优选|采用|用的?是|直采|进口自?|发自|发货地?)"
    r"[是为在：:于自]?[^，。、]{0,4}$"
)
_FROM_AFTER = re.compile(
    r"^(?:省|市|州|县|地区|当地|本地|海岛|高山|深山|高原|核心|原生态?|有机|优质|百年|老|的)*(?:产区?|产地|进口|直采|直供|直邮|原装|原产|制造|生产|出品|特产|空运|牧场|茶山|茶园|果园|庄园|农场|渔场|山头|奶源|水源|原料|食材|工艺|工厂|匠人)"
)
_FROM_NOUN = re.compile(
    r"^(?:省|市|县|高山|深山|高原|有机|老|小粒|大叶种?|的|产的?){0,3}(?:咖啡|豆子?|大?米|茶叶?|奶|棉花?|羊[毛绒]|牛[肉奶]?|羊肉|苹果|枣|果子?|蜂?蜜|木头?|盐|椒|橙|桃|莓|菌|面粉|麦子?|枸杞)(?!店|馆|铺|摊|街|市|吧|厅|烧烤|火锅)"
)
_OPEN_FROM = re.compile(
    r"(?:产自|原产(?:[于自]|地[是为：:]?)|产地(?:[是为：:在]|来自)\s?|产于|采自)\s?([\u4e00-\u9fff]{2,8}?)(?=的|[，。！？；、\s,.!?]|$)"
)
_IMPORTED = re.compile(r"(?:原装|纯|全|原瓶)?进口(?![处出])")
_ATTRIBUTES = (
    "内胆|材质|面料|里料|填充物?|外壳|机身|杯身|笔[身杆]|瓶身|封面|纸张|馅料|汤底|酒体|芯片|屏幕|镜片|表带"
    "|鞋面|鞋底|部位|烘焙度?|香型|口味|颜色|包装|泵头|笔芯|电池"
)
_ATTRIBUTE = re.compile(
    rf"(?:{_ATTRIBUTES})(?:都|就|只|全)?(?:是|为|：|:|用的?是|用了?|采用了?|选用了?)\s?"
    r"(?P<what>[\u4e00-\u9fffA-Za-z0-9 -]{2,12}?)(?=的|[，。！？；、,.!?\n]|$)"
)
_CODED_ATTRIBUTE = re.compile(rf"(?<![A-Za-z0-9.])(?P<what>[A-Za-z]*\d{{1,4}}[A-Za-z]?)\s?的?\s?(?:{_ATTRIBUTES})")
_TESTED = re.compile(r"(?:含量|残留)?(?:的)?(?:检测|检验|测试|送检|分析)(?:报告)?")
_HEDGE = re.compile(r"据说|听说|传说|可能|也许|大概是|好像|似乎|或许|说不定|有人说")
_NO_THING = re.compile(r"什么|怎么|哪|多少|好的?$|对的?$|一样|我|你|他|她|不|很|太|最|更")


@dataclass(slots=True)
class _Mention:
    term: Term
    group: int
    negated: bool
    framed: bool


def goods(text: str, spans: Spans) -> Iterator[Claim]:
    """Materials, processes, absences and origins that the text claims, in no particular order."""
    found = list(terms(text))
    yield from _origins(text, [t for t in found if t.kind == "place"], found, spans)
    mentions = _mentions(text, [t for t in found if t.kind != "place"])
    for i, one in enumerate(mentions):
        claim = _claim(text, one, [m for m in mentions[max(0, i - 6) : i + 7] if m.group == one.group], spans)
        if claim is not None:
            yield claim
    for m in _CODED_ATTRIBUTE.finditer(text):
        if not asked(text, m.end(), spans):
            yield worded_claim(text, m.span("what"), "attribute", m["what"], spans)
    for m in _ATTRIBUTE.finditer(text):
        if not _NO_THING.search(m["what"]) and not asked(text, m.end(), spans):
            yield worded_claim(text, m.span("what"), "attribute", m["what"].strip(), spans)


def held(text: str) -> Iterator[tuple[str, str, int, int]]:
    """(dim, key, start, end) of everything a record's text says the product has or lacks, framed or not."""
    found = list(terms(text))
    for t in found:
        if t.kind == "place":
            yield "origin", t.key, t.start, t.end
    for m in _IMPORTED.finditer(text):
        yield "origin", "进口", m.start(), m.end()
    for one in _mentions(text, [t for t in found if t.kind != "place"]):
        start, key = _coded(text, one.term)
        if _TESTED.match(text, one.term.end):
            continue
        dim = "absence" if one.negated else "process" if one.term.kind == "process" else "material"
        yield dim, key, start, one.term.end


def worded_claim(text: str, span: tuple[int, int], dim: str, key: str, spans: Spans, *, firm: bool = True) -> Claim:
    """A claim in words; hedged by its own clause it is not firm."""
    clause = spans.clause(span[0])
    sure = firm and not _HEDGE.search(text, max(clause[0], span[0] - 20), span[0])
    return Claim(start=span[0], end=span[1], text=text[slice(*span)], dim=dim, key=key, clause=clause, firm=sure)


def asked(text: str, position: int, spans: Spans) -> bool:
    """Whether the sentence around is a question: it claims nothing."""
    end = spans.sentence(max(0, position - 1))[1]
    return text[max(0, end - 2) : end].strip().endswith(("？", "?"))


def _mentions(text: str, found: list[Term]) -> list[_Mention]:
    """Terms with polarity and frame, both inherited along a list."""
    out: list[_Mention] = []
    group = 0
    for term in found:
        before = text[max(0, term.start - _REACH) : term.start]
        cut = max(before.rfind(mark) for mark in "，。！？；\n")
        before = before[cut + 1 :]
        after = text[term.end : term.end + 12]
        last = out[-1] if out else None
        gap = text[last.term.end : term.start] if last else "。"
        linked = last is not None and len(gap) <= 7 and _LIST_GAP.fullmatch(gap) is not None
        group += 0 if linked else 1
        negated = bool(_NOT.search(before) or _NOT_AFTER.match(after)) or (linked and last is not None and last.negated)
        if len(term.word) == 1:
            framed = bool(_STRICT_BEFORE.search(before) or _STRICT_AFTER.match(after))
        else:
            framed = bool(_HOLDS.search(before) or _HELD.match(after))
        out.append(_Mention(term, group, negated, framed))
    return out


def _claim(text: str, one: _Mention, group: list[_Mention], spans: Spans) -> Claim | None:
    term = one.term
    start, key = _coded(text, term)
    before, after = text[max(0, start - 8) : start], text[term.end : term.end + 10]
    framed = (any(m.framed for m in group) and len(term.word) > 1) or one.framed
    if asked(text, term.start, spans) or _ALLERGY.match(after) or _TESTED.match(after):
        return None
    if one.negated:
        clear = framed or term.kind == "technical" or _CLEARLY_NOT.search(before) or _NOT_AFTER.match(after)
        lack = clear and term.kind != "process"
        return worded_claim(text, (start, term.end), "absence", key, spans) if lack else None
    lived = _lived(text, start, spans)
    if term.kind == "process":
        return None if lived else worded_claim(text, (start, term.end), "process", key, spans)
    if framed:
        return worded_claim(text, (start, term.end), "material", key, spans)
    if term.kind == "technical" and not lived:
        return worded_claim(text, (start, term.end), "material", key, spans)
    if len(group) > 1 and len(term.word) > 1 and not _USES.search(before):
        # 巴旦木和核桃: whether this speaks of the product is known once one of the list proves to be in it.
        claim = worded_claim(text, (start, term.end), "material", key, spans, firm=False)
        return Claim(
            start=claim.start, end=claim.end, text=claim.text, dim="material", key=key, clause=claim.clause,
            role="、".join(_coded(text, m.term)[1] for m in group), firm=False,
        )  # fmt: skip
    return None


def _lived(text: str, position: int, spans: Spans) -> bool:
    """Whether the clause tells of people's days rather than of goods."""
    clause = spans.clause(position)
    return bool(lexicon.life().search(text, *clause) or lexicon.people().search(text, *clause))


def _coded(text: str, term: Term) -> tuple[int, str]:
    """Start and key with the code right before it: 316 不锈钢 is not 304 不锈钢."""
    m = _CODE_BEFORE.search(text, max(0, term.start - 6), term.start) if term.kind == "technical" else None
    return (m.start(1), m[1].upper() + term.key) if m else (term.start, term.key)


def _origins(text: str, places: list[Term], found: list[Term], spans: Spans) -> Iterator[Claim]:
    starts = {t.start for t in found if t.kind in ("plain", "technical")}
    covered: set[int] = set()
    for i, place in enumerate(places):
        if place.start in covered:
            continue
        end, keys = place.end, [place.key]
        for other in places[i + 1 :]:
            if other.start - end > 1:
                break
            end = other.end
            keys.append(other.key)
            covered.add(other.start)
        clause = spans.clause(place.start)
        before, after = text[max(clause[0], place.start - 12) : place.start], text[end : min(len(text), end + 12)]
        noun = {end, end + 1 if after.startswith(("的", "产", "省")) else end, end + 2} & starts
        framed = _FROM_AFTER.match(after) or _FROM_NOUN.match(after) or noun or _FROM_BEFORE.search(before)
        if framed and not re.search(r"(?:不是|并非|没有?|非)\s?$", before) and not asked(text, end, spans):
            if _FROM_BEFORE.search(before) and lexicon.people().search(after[:4]):
                continue
            yield worded_claim(text, (place.start, end), "origin", "/".join(keys), spans)
            covered.add(place.start)
    for m in _OPEN_FROM.finditer(text):
        if not any(m.start(1) <= p.start < m.end(1) for p in places) and not asked(text, m.end(), spans):
            yield worded_claim(text, m.span(1), "origin", m[1], spans)
    for m in _IMPORTED.finditer(text):
        before = text[max(0, m.start() - 4) : m.start()]
        if (
            not re.search(r"[不没非]是?$", before)
            and not _lived(text, m.start(), spans)
            and not asked(text, m.end(), spans)
        ):
            yield worded_claim(text, m.span(), "origin", "进口", spans)
