"""Finds words in a copy that are addressed to its judge: grades asked for, instructions, forged roles and answers.

Precision before recall: a span found here is hidden from the judge, so ordinary copy must not be caught. What is not
found is still fenced as data (see agent/prompting/fence.py) and cannot carry the judge's ticket (see ask.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.checks.compliance.fold import fold

MAX_SENTENCE = 200
"""Characters on each side that the rest of a planted sentence may take."""

_MARK = "(?:" + "|".join((
    "满分", "最高(?:分|档|级|等级|评分)", "十分满", "100分", "一百分", "10分(?!钟)",
    "[5五](?:分|档|级)(?![钟之裤袖熟热糖甜球制钱])",
    "(?:full|top|perfect|max(?:imum)?|highest) ?(?:marks?|scores?|grades?|ratings?|levels?)",
    "level ?5", "5 ?/ ?5", "10 ?/ ?10",
)) + ")"  # fmt: skip
_JUDGE = "(?:" + "|".join((
    "评委", "评审(?:员|模型|系统|者)?", "评分(?:员|者|人|系统|模型|器|助手)", "打分(?:员|者|人|系统|模型|助手)",
    "阅卷(?:人|老师|员)", "裁判(?:员|模型)?", "审核(?:模型|系统|助手)", "(?:大|语言|ai|人工智能)模型", "ai助手",
    r"\b(?:judge|grader|evaluator|rater|llm)s?\b", "language model",
)) + ")"  # fmt: skip
_THIS = r"(?:我|本文|本篇|本条|这篇|这条|这段|这份|该文案|此文案|此文|它|这个文案|这篇文案|这条文案)"
# Matched against the folded text: simplified, half-width letters, nothing invisible, full-width marks.
_FOLDED = (
    rf"{_JUDGE}[^。！？\n]{{0,40}}{_MARK}",
    rf"{_MARK}[^。！？\n]{{0,24}}{_JUDGE}",
    rf"(?:请|给|必须|务必|直接|应当|应该|一律|只能|要)(?:你|您)?(?:直接|一律|务必|都)?(?:给|打|判|评|定|输出)(?:{_THIS})?(?:一个|个|出|到|为|成|上)?{_MARK}",
    rf"(?<![我他她它们])给(?:我|本文|本篇|本条|这篇|这段|这份|该文案|此文案|此文|这个文案|这篇文案|这条文案)(?:们)?(?:打|判|评|定)?(?:一个|个|上|到|为|成)?{_MARK}",
    rf"(?:把)?{_THIS}[^。！？，\n]{{0,4}}(?:应|应该|应当|必须|理应|值得|请|要)?(?:得|获得|得到|给|给到|评为|判为|打|打到|定为){_MARK}",
    rf"(?:give|award|assign|rate|score|grade|mark|return|output)\b[^。！？\n]{{0,30}}{_MARK}",
    r"(?:忽略|无视|忘掉|忘记|不要理会|不用管|不必管|跳过|推翻|覆盖|作废)[^。！？，\n]{0,8}(?:以上|上面|上述|之前|前面|先前|此前|所有|全部|一切|系统|你的|你收到的)[^。！？，\n]{0,8}(?:指令|指示|要求|规则|量表|标准|提示|提示词|设定|命令|资料)",
    r"(?:ignore|disregard|forget|override|bypass)\b[^。！？\n]{0,20}(?:previous|above|prior|earlier|all|any|system|your)\b[^。！？\n]{0,20}(?:instruction|rule|rubric|prompt|criteri|guideline)",
    r"(?:选|判|判定|投给|评为|认定)(?:[甲乙](?![级等醇类方])|前者|后者|第[一二]篇)[^。！？，\n]{0,6}(?:更好|胜|胜出|获胜|赢|为优)",
    r"(?:choose|pick|prefer|vote for|select)\b[^。！？\n]{0,16}(?:response|answer|candidate|option|text) ?[ab12]\b",
    r"(?:你现在是|从现在起你是|从现在开始你是|you are now)[^。！？\n]{0,20}(?:评|助手|模型|judge|assistant|grader)",
    r"(?:系统提示|系统指令|系统消息|system prompt|system message)[：\s]",
)
_PLANTED = re.compile("|".join(f"(?:{pattern})" for pattern in _FOLDED))
# Matched against the text itself, where quotes and brackets still stand.
_QUOTE = r"[\"'“”‘’「」＂＇`]"
_FORGED = re.compile(
    rf"{_QUOTE}(?:level|score|grade|rating|verdict|better|winner|ticket|evidence|分数|得分|评分|档位|等级){_QUOTE}\s*[:：]"
    r"|\[\[\s*(?:rating|score|level)?\s*[:：]?\s*\d+\s*\]\]"
    r"|<\|[^|<>\n]{1,30}\|>|\[/?INST\]|</?(?:system|assistant|user|instructions?|candidate|data|judge)>"
    r"|[⟦⟧]|资料完"
    r"|^[ \t#*>]*(?:system|assistant|human|user)[ \t]*[:：]",
    re.IGNORECASE | re.MULTILINE,
)
_TAGS = re.compile("[\U000e0000-\U000e007f]{4,}")
_STOP = frozenset("。！？!?\n；;")


@dataclass(frozen=True, slots=True)
class Planted:
    """A sentence meant for the judge, in code points of the text."""

    start: int
    end: int
    text: str


def planted(text: str) -> tuple[Planted, ...]:
    """Sentences of `text` that speak to a judge, in order, not overlapping. Time is linear in its length."""
    folded = fold(text)
    spans = [folded.span(m.start(), m.end()) for m in _PLANTED.finditer(folded.text) if m.end() > m.start()]
    spans += [m.span() for m in _FORGED.finditer(text)] + [m.span() for m in _TAGS.finditer(text)]
    merged: list[tuple[int, int]] = []
    for start, end in sorted(_sentence(text, *span) for span in spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(Planted(start, end, text[start:end]) for start, end in merged)


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The span widened to the sentence around it."""
    low, high = max(0, start - MAX_SENTENCE), min(len(text), end + MAX_SENTENCE)
    while start > low and text[start - 1] not in _STOP:
        start -= 1
    while end < high and text[end - 1] not in _STOP:
        end += 1
    return start, end
