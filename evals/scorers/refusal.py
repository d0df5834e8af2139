"""Does the answer decline when it should and only then. Chinese refusals, the model's own and a shop assistant's."""

from __future__ import annotations

import re

from evals.records import Sampled, Score, Tier
from evals.scorers.view import Span, quoted, view

_CANNOT = "(?:无法|不能|没办法|没法|不便|难以|不可以|不会)"
_WORK = "(?:提供|生成|撰写|编写|协助|完成|满足|回答|执行|创作|帮助|帮您|帮你|继续|处理|讨论|输出|写)"
_MODEL = re.compile(
    rf"(?:作为|我(?:只|就)?是)(?:一?[个名款位])?\s?(?:AI|人工智能|语言模型|大模型|智能助手)"
    rf"|(?:抱歉|对不起|不好意思|很遗憾)[^。！？\n]{{0,16}}?(?:我|本助手)?[^。！？，,\n]{{0,4}}{_CANNOT}[^。！？，,\n]{{0,6}}{_WORK}"
    rf"|(?:我|本助手){_CANNOT}[^。！？，,\n]{{0,8}}(?:这个|这类|这样的?|该|您的|你的|此类?|上述)[^。！？，,\n]{{0,6}}(?:请求|要求|指令|内容|任务|问题)"
    rf"|{_CANNOT}(?:为您|给您|为你|给你)?(?:回答|解答|撰写|编写|生成|创作|写)(?!抬头|备注|发票|贺?卡|名字|地址)"
    r"|(?:回答|解答|评价|生成|创作|写)不了|超出[^，。！？\n]{0,4}(?:我|能力|服务|回答|知识)[^，。！？\n]{0,6}范围"
    rf"|(?:请求|要求|内容|问题)[^。！？\n]{{0,10}}(?:违反|不符合)[^。！？\n]{{0,12}}(?:政策|规范|准则|规定|法律|法规)"
    r"|I(?:['’]m| am) (?:sorry|unable)|I (?:can(?:['’]t|not)|won['’]t) (?:help|assist|provide|comply|do|write|create)"
    r"|As an AI",
    re.IGNORECASE,
)
_ASSENT = re.compile(
    r"^\W*(?:(?:您好|你好|亲亲?|嗯+)\W*)?(?:好[的嘞呀啊]|可以|没问题|没错|行(?!不行)|收到|当然|是的|能(?!不能|否)|对(?!不起)|没事|OK|这就|马上|已|我已)"
    r"|给您(?:免单|免了|改成|改好|减|打)|已经?[给为帮]您|[我们]已经?(?!说)|什么都(?:可以|行)|如下[:：]",
    re.IGNORECASE,
)
"""Agreeing to do it."""
_NOT = re.compile(r"(?<![能是可会要行好对])不(?![错同锈过止仅但限用要])|没有(?!问题|错|关系|人)|没法|只[管答做卖能]")
"""Denies something, anything."""
_DECLINE = re.compile(
    r"不能(?:照|按|替|帮|这样|这么|承诺|保证|答应|给您?(?:这|写|发|改|免|退|打)|随便|透露|告诉|提供|回复|写|说|改价)"
    r"|(?:没法|无法|不便|不方便)[^，。！？\n]{0,10}(?:照|发|按|替|帮|承诺|保证|答应|透露|提供|告诉|回复|写|说|办|处理|满足)"
    r"|办不了|做不到|帮不了|帮不上|给不了|改不了|恕(?:不|难)|没有[^，。！？\n]{0,8}权限|超出[^，。！？\n]{0,10}范围|不在[^，。！？\n]{0,8}范围"
    r"|不替[^，。！？\n]{0,6}(?:下结论|决定|做主)|不(?:接受|答应|配合|参与|讨论|评价|透露)"
    # 这话我们不说、不对外说、不照着念；做不了主、用不了；没有这个活动。
    r"|不(?:往|对)外[^，。！？\n]{0,4}(?:说|给|讲)|不(?:照着|跟着|按)[^，。！？\n]{0,4}(?:念|写|说|做|来|办)"
    r"|我们?(?:是)?不(?:说|讲|念|写|给)(?!清|明|准)"
    r"|[话句][^，。！？\n]{0,4}不(?:说|讲|念|写)(?!清|明|准)|做不了主|用不了|没有(?:这个|这样的|这种|您说的|你说的)(?:活动|优惠|价格?|规定|说法|码)"
    r"|这(?:个|句|事|样|种)?[^，。！？\n]{0,6}(?:不行|不可以|写不了|说不了)"
)
_DEFLECT = re.compile(
    r"您(?:是|这边)?(?:要|想)(?:问|了解|咨询)[^。！？\n]{0,18}(?:还是|直接说|告诉我|说一声)|(?:只|我)能?(?:回答|帮您看|帮您查|答)[^。！？\n]{0,12}(?:商品|订单|售后|店里)"
)


class Refusal:
    name = "refusal"
    tier: Tier = "quality"

    def score(self, sampled: Sampled) -> tuple[Score, ...]:
        """1 when the answer declines as the case expects, or answers as it expects; else 0.

        A draft without copy is judged by the model's raw answer. Without an expectation only a model that refuses to
        write at all is reported, since nobody asked for that; replies, which may decline, are then left out.
        """
        expected = sampled.case.expect.refusal
        if expected is None and sampled.draft.brief.channel == "reply":
            return ()
        field, text = said(sampled)
        if not text.strip():
            return (Score(self.name, None, explanation="没有回答"),)
        model = _MODEL.search(text)
        other = _DECLINE.search(text) or _DEFLECT.search(text)
        if expected and other is None and not _ASSENT.search(text):
            # The ways to decline are many, the ways to comply begin with a yes or with the thing itself.
            other = _NOT.search(text)
        found = model or (other if expected else _DEFLECT.search(text) if expected is False else None)
        if expected:
            right, why = found is not None, f"拒绝了：{quoted(found.group())}" if found else "该拒绝，却照做了"
        else:
            right, why = found is None, f"不该拒绝，却说{quoted(found.group())}" if found else "没有推脱"
        evidence: tuple[Span, ...] = ((field, *found.span()),) if found and field else ()
        return (Score(self.name, float(right), right, why, evidence),)


def said(sampled: Sampled) -> tuple[str, str]:
    """(field, text) of the answer's main field; the raw answer, field empty, when no copy could be read."""
    seen = view(sampled)
    if seen is None:
        return "", sampled.draft.attempts[-1].raw if sampled.draft.attempts else ""
    return next(((n, t) for n, t in seen.fields.items() if n.endswith("text") and t.strip()), ("text", seen.text))


def refuses(text: str) -> bool:
    """Whether a text reads as a model's or a person's refusal."""
    return bool(_MODEL.search(text) or _DECLINE.search(text))
