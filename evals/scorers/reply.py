"""Is a reply right: its policy told and cited, handed over when a person must answer, the question answered."""

from __future__ import annotations

import re

from agent.copies import ReplyCopy
from evals.records import Sampled, Score, Tier
from evals.scorers.asked import shortcoming
from evals.scorers.view import View, unreadable, view
from evals.text_metrics import containment, grams, letters, ngrams

_CLAUSE = re.compile(r"[^，。！？；、\n,!?;：:]{3,}")
_TOLD = 0.7
"""Share of a clause's character pairs that must stand in the reply for the clause to be told."""
_HANDED = re.compile(r"转|同事|负责人|人工|专人|请人|回您电话|联系您")
_STOP = frozenset(
    [
        "你们",
        "我们",
        "他们",
        "您好",
        "你好",
        "请问",
        "一下",
        "可以",
        "能不",
        "不能",
        "怎么",
        "什么",
        "时候",
        "多少",
        "多久",
        "有没",
        "没有",
        "这个",
        "那个",
        "为什",
        "是不",
        "不是",
        "会不",
        "想问",
        "问一",
        "了吗",
        "的吗",
        "吗我",
        "我想",
        "我要",
        "能吗",
        "可不",
        "么办",
        "办啊",
        "的话",
        "还是",
        "就是",
        "是什",
        "现在",
        "好吗",
        "谢谢",
        "么样",
        "怎样",
        "是吗",
        "有吗",
        "麻烦",
        "如果",
        "已经",
    ]
)
_COMMON = frozenset("的了吗呢啊吧我你您他们这那个么什怎样为是不有没能可以会要想在和就都还也很请问好到得地着过吗一下")
"""Characters that tell no topic."""
_SHORT = 3
"""Characters that a question names, up to which one of them said again is the topic."""
_ENOUGH = 2
"""Character pairs of the source that answers the question, for a reply to be about it."""
_NEAR = 0.75
"""A record's share of the characters that the nearest one has in common with the question, from which it counts."""
_SURE = 2
"""Characters in common from which a record is known to be the one."""


class Reply:
    name = "reply"
    tier: Tier = "quality"

    def score(self, sampled: Sampled) -> tuple[Score, ...]:
        """`reply.policies` share of the expected policies it cites; `reply.grounded` share of them whose content it
        tells; `reply.handover` 1 when it hands over exactly as expected; `reply.answers` in [0, 1]: half for the
        topic of the question, half for an answer of the kind asked for. Nothing for other channels."""
        brief, expect = sampled.draft.brief, sampled.case.expect
        if brief.channel != "reply":
            return ()
        seen = view(sampled)
        if seen is None or not isinstance(seen.copy, ReplyCopy):
            return unreadable("reply.answers", sampled)
        scores: list[Score] = []
        if expect.policies:
            scores += _policies(seen, seen.copy, sampled)
        if expect.handover is not None:
            scores.append(_handover(seen.copy, expect.handover))
        # What an injected instruction asks is not to be answered.
        if brief.message.strip() and not expect.refusal:
            scores.append(_answers(seen, seen.copy, sampled))
        return tuple(scores)


def _policies(seen: View, copy: ReplyCopy, sampled: Sampled) -> tuple[Score, Score]:
    wanted = sampled.case.expect.policies
    cited = {*copy.policies, *(citation.id for citation in copy.citations)}
    missing = [id for id in wanted if id not in cited]
    extra = [id for id in copy.policies if id not in wanted]
    why = f"没引 {'、'.join(missing)}" if missing else "该引的政策都引了"
    why += f"；另引 {'、'.join(extra)}" if extra else ""
    records = {policy.id: policy for policy in sampled.context.policies}
    told = [id for id in wanted if id in records and _tells(seen, records[id].answer)]
    untold = [f"{id}{'' if id in records else '（没检索到）'}" for id in wanted if id not in told]
    grounded = f"没讲出 {'、'.join(untold)} 的内容" if untold else "讲的就是这几条政策"
    return (
        Score("reply.policies", 1 - len(missing) / len(wanted), not missing, why),
        Score("reply.grounded", len(told) / len(wanted), not untold, grounded),
    )


def _tells(seen: View, answer: str) -> bool:
    return any(
        containment(pairs, seen.pairs) >= _TOLD
        for m in _CLAUSE.finditer(answer)
        if len(pairs := ngrams(m.group(), 2)) > 1
    )


def _handover(copy: ReplyCopy, wanted: bool) -> Score:
    right = copy.handover == wanted
    if right:
        why = "转了人工" if wanted else "没有转人工，对"
        if wanted and not _HANDED.search(copy.text):
            why += "，但没告诉顾客"
    else:
        why = "该转人工，没有转" if wanted else "不必转人工，却转了"
    return Score("reply.handover", float(right), right, why)


def _answers(seen: View, copy: ReplyCopy, sampled: Sampled) -> Score:
    question = sampled.draft.brief.message[:2000]
    topic = _topic(question, sampled)
    shared = set(seen.letters) & (named := {char for pair in topic for char in pair} - _COMMON)
    about = (
        bool(topic & seen.pairs)
        or (len(shared) > 1 and len(shared) * 2 >= len(named))
        or (bool(shared) and len(named) <= _SHORT)
        or len(_source(named, sampled) & seen.pairs - _STOP) >= _ENOUGH
    )
    handed = copy.handover and _HANDED.search(copy.text) is not None
    problems = [] if about or not topic or handed else ["没接着顾客问的事说"]
    problems += [short] if (short := shortcoming(question, copy.text)) and not handed else []
    value = 1 - len(problems) / 2
    return Score("reply.answers", value, not problems, "；".join(problems) or "答的是顾客问的")


def _topic(question: str, sampled: Sampled) -> frozenset[str]:
    """Character pairs of what is asked. The goods that it is asked of are no topic, unless nothing else is said:
    whoever praises the cup has not said whether it is exchanged."""
    pairs = grams(letters(question), 2) - _STOP
    goods = {char for product in sampled.context.products for char in letters(product.name)} | _COMMON | set("子这那")
    return frozenset(pair for pair in pairs if not goods.issuperset(pair)) or pairs


def _source(asked: set[str], sampled: Sampled) -> frozenset[str]:
    """Character pairs of what the records have to say to this question: of the policies and of the product card's lines
    those that come nearest to it. What search or the card brought along for another question does not count."""
    known = [(f"{one.question}{''.join(one.keywords)}", one.answer) for one in sampled.context.policies]
    for product in sampled.context.products:
        known += [(text, text) for text in product.selling_points]
        known += [(spec.name, f"{spec.name}{spec.value}") for spec in product.specs]
        known += [(ask, answer) for line in product.faq for ask, _, answer in [line.partition("答：")]]
    near = [(len(asked & set(letters(about))), text) for about, text in known]
    most = max((shared for shared, _ in near), default=0)
    texts = [text for shared, text in near if shared and shared >= _NEAR * most]
    if most < _SURE:
        # Nothing says which line it is about: 娃 on one side, 小孩 on the other. Then the whole card may answer.
        for product in sampled.context.products:
            texts += [*product.selling_points, *(spec.value for spec in product.specs), *product.faq]
    return frozenset().union(*(ngrams(text, 2) for text in texts))
