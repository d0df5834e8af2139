"""Do the first 54 字 make one person stop: a moment, a figure, a question, someone named; no stock phrases.

54 字 is what an article's card shows of its digest; Moments show about 20 before a glance moves on.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

from agent.copies import ArticleCopy
from agent.same import cached_by_identity
from evals.records import Sampled, Score, Tier
from evals.scorers.ai_flavour import flavours
from evals.scorers.persona_card import phrase_pairs
from evals.scorers.view import Span, View, quoted, unreadable, view
from evals.scorers.voice_words import own_words
from evals.text_metrics import grams, letters
from knowledge_base.records import Persona
from knowledge_base.rules import wechat_length

REACH = 54
PASS = 0.5
_N = r"[\d０-９零〇一二两三四五六七八九十半]+"
_CLOCK = (
    "早上|清早|清晨|上午|中午|下午|傍晚|晚上|半夜|深夜|凌晨|夜里|睡前|饭后|午睡|晚饭|早饭|下班|上班|收摊|开门|放学|课间"
    "|周[一二三四五六日末]|星期[一二三四五六日天]|月底|换季|冬天|夏天|雨天|下雨|早八|早会|夜奶|熄灯|天还没亮|太阳落山"
    rf"|{_N}\s?点(?:半|钟)?"
)
_PLACE = (
    "图书馆|宿舍|教室|工位|办公室|会议室|茶水间|抽屉|地铁|高铁|车上|后备箱|服务区|营地|帐篷|厨房|灶台|阳台|客厅|卧室|浴室"
    "|床边|床头|窗边|门口|楼道|楼下|便利店|护士站|医院|公园|菜场|摊位|店里|卷帘门|出租屋|冰箱|书桌|书包|笔袋|包里|兜里"
    "|围裙|水池|沙发|洗衣机|插座|快递柜|电梯|路边|长椅"
)
_ACT = (
    "撕|拆|拧|冲|泡|焖|倒|抹|挤|按|搓|洗|晃|夹|折|塞|放进|揣|端|举|拉开|拉到|关上|打开|翻|咬|嚼|喝|吃|站着|坐|蹲|抱|喂|哄"
    "|排队|排着|跑|背|改稿|熄|亮着|等|掏|拎|装|贴|挂|打孔|擦|拖地|钉|追"
)
_READER = r"你|您|咱|我家|娃|宝宝?(?!贝)|孩子|老人|爸|妈|室友|同事|房东|邻居|客户|甲方|老师|老板|护士|学生"
_QUESTION = r"[？?]|“[^”\n]{2,24}”"
_FIGURE = r"[\d０-９]+(?:[.．]\d+)?\s?(?:%|％|[a-zA-Z℃]{1,3}|[\u4e00-\u9fff])"


class _Sign(NamedTuple):
    name: str
    weight: float
    pattern: re.Pattern[str]


SIGNS = (
    _Sign("时刻", 0.3, re.compile(_CLOCK)),
    _Sign("地点", 0.15, re.compile(_PLACE)),
    _Sign("动作", 0.15, re.compile(_ACT)),
    _Sign("数字", 0.2, re.compile(_FIGURE)),
    _Sign("问题或原话", 0.2, re.compile(_QUESTION)),
    _Sign("点到人", 0.15, re.compile(_READER)),
)
_OWN_SCENE = 0.3
"""Opening with a scene or pain of the persona is worth this much: it names the reader without a name."""
_SAME_SCENE = 0.5
_WIDEST = 12
"""Code points that the widest emoji take, families and flags with their joiners."""
_STALE = 0.35
"""Taken off for each set phrase in reach."""


class Hook:
    name = "hook"
    tier: Tier = "quality"

    def score(self, sampled: Sampled) -> tuple[Score, ...]:
        """In [0, 1]: what the first 54 字 (an article's title and digest) hold, less what anybody could say."""
        seen = view(sampled)
        if seen is None:
            return unreadable(self.name, sampled)
        parts = opening_parts(seen)
        if not any(text.strip() for _, text in parts):
            return (Score(self.name, 0.0, False, "开头是空的"),)
        got: list[str] = []
        evidence: list[Span] = []
        total = 0.0
        for sign in SIGNS:
            found = next(((name, m) for name, text in parts if (m := sign.pattern.search(text))), None)
            if found is not None:
                total += sign.weight
                got.append(sign.name)
                evidence.append((found[0], *found[1].span()))
        if _own_scene(parts, sampled.context.persona):
            total += _OWN_SCENE
            got.append("这个人的场景")
        reach = {name: len(text) for name, text in parts}
        stale = [hit for hit in flavours(seen, own_words(sampled.context)) if hit.span[2] <= reach.get(hit.span[0], 0)]
        total -= _STALE * len(stale)
        value = min(1.0, max(0.0, total))
        why = f"前 {REACH} 字里有{'、'.join(got)}" if got else f"前 {REACH} 字谁都能说：{quoted(parts[0][1])}"
        if stale:
            why += f"；套话：{'、'.join(quoted(hit.text) for hit in stale[:3])}"
        return (Score(self.name, value, value >= PASS, why, (*evidence, *(hit.span for hit in stale))),)


def opening_parts(seen: View) -> list[tuple[str, str]]:
    """(field, text) of what shows before a reader decides, cut to `REACH` 字 in all after an article's title."""
    copy = seen.copy
    if not isinstance(copy, ArticleCopy):
        return [("text", cut(copy.text, REACH))]
    shown = [("title", cut(copy.title, REACH))]
    if copy.digest.strip():
        return [*shown, ("digest", cut(copy.digest, REACH))]
    # Without a digest WeChat shows the first 54 字 of the body.
    left = REACH
    for i, section in enumerate(copy.sections):
        if left <= 0:
            break
        shown.append((f"sections[{i}].text", cut(section.text, left)))
        left -= wechat_length(shown[-1][1])
    return shown


def cut(text: str, length: int) -> str:
    """The longest start of a text that has at most `length` 字."""
    start = text[:length]
    if len(text) <= length or wechat_length(start) == length:
        return start
    # Emoji of several code points, or characters that take no room: look further, but not for ever.
    ends = range(length, min(len(text), length * _WIDEST) + 1)
    return text[: length + max(0, bisect_right(ends, length, key=lambda end: wechat_length(text[:end])) - 1)]


def _own_scene(parts: list[tuple[str, str]], persona: Persona | None) -> bool:
    if persona is None:
        return False
    said = grams(letters("\n".join(text for _, text in parts)), 2)
    return any(len(pairs) > 2 and len(pairs & said) >= _SAME_SCENE * len(pairs) for pairs in _moments(persona))


@cached_by_identity(256)
def _moments(persona: Persona) -> tuple[frozenset[str], ...]:
    return tuple(phrase_pairs(text) for text in (*persona.scenes, *persona.pains))
