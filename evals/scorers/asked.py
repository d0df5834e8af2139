"""What kind of thing a customer asks for (a time, a sum, who pays, how, whether) and whether a reply gives it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evals.text_metrics import grams, letters

_COUNT = r"[\d０-９零一二两三四五六七八九十百半几]"
_TIME = re.compile(
    rf"{_COUNT}+\s?(?:个)?(?:天|点|小时|分钟|秒|周|月|年|号|日|工作日)|当天|当日|次日|隔天|现在|马上|立刻|今[天晚]|明[天早]|后天|下?周[一二三四五六日末]|[上下]午|查(?:到|一下|询)|看(?:单|物流)|还没"
)
_MONEY = re.compile(
    rf"{_COUNT}\s?(?:元|块|毛|折)|[¥￥]\s?\d|不(?:收|要|用|另)[^，。]{{0,2}}(?:钱|费)?|免费|包邮|一样的价|没有(?:优惠|活动)|标价"
)
_AMOUNT = re.compile(
    rf"[\d０-９]|{_COUNT}+\s?(?:[个天小月年元块条支盒次点岁杯克分袋瓶盆套把只件粒]|毫升|公斤)|当天|次日|隔天|现在|马上|不(?:收|要|用)|免费|没有|看(?:单|规格)"
)
_PAYER = re.compile(
    r"(?:我们|您|你|店里|顾客|买家|卖家|平台|自己)\s?(?:来|自己)?(?:出|付|承担|掏)|自理|不(?:收|用)[^，。]{0,3}[钱费]"
)
_PLACE = re.compile(r"[路街号楼层市区县]|门店|小程序|网上|店里|这里|在[^，。]{1,12}")
_STEPS = re.compile(
    r"请|先|拍|发(?!现|货|票)|点(?!到|前)|申请|联系|填|换|退|放|按|冲|泡|洗|停用|寄|选|打开|留|告诉|说|倒|加|看|转|登|领|存|撕|插|拧|拔|浇|剪|擦|涂|抹"
)
_CARE = re.compile(
    r"拍|补(?!水)|换|退|转给?|抱歉|对不起|停用|清水|核实|查(?:一下|询|到|看)|修|联系|重[发寄]|医[院生]|发[来给]|告诉|说一声|试试"
)
_TROUBLE = re.compile(
    r"没(?:动静|反应|收到|发芽|到账?|效果|回|人理|亮)|不(?:亮|出水|发芽|工作|转|行了|对劲|舒服|见了)"
    r"|[破漏碎裂坏撒错断掉潮糊烂死趴]了|坏的|漏水|卡[住了]|发?[霉臭]|少(?:了|发|一)|发错|过敏|红肿|发[红痒烫]|刺(?!眼)|起[疹皮]"
    r"|脸[^，。]{0,4}红|投诉|差评|骗|[湿脏破裂]了|[碎破裂压摔][成得]"
)
_WHETHER = re.compile(r"吗|么(?=[？?。\s]|$)|(.)不\1|(.)没\2|可不可以|有没有|能否|是否|[不没](?=\s*[？?!！。]*\s*$)")
_SUBJECT = r"(?:我们|咱们?|您|你|店里|这边|目前|现在|暂时|那|恐怕|应该|一般|其实|这[款个把种盒件支批样]?|它)*"
_YES_NO = re.compile(
    rf"{_SUBJECT}(?:[^，。！？\s]{{0,6}}?(?:也|都|就|还|是|倒|真)?(?:不(?!锈|同|小心)|没|别(?!的|人)|能(?!干)|可以|支持|包邮)"
    r"|(?:也|都|就|还|倒|真)?(?:可|行|会(?!员)|是|对(?!于)|有(?!机)|含|包|够|算|好的|当然|建议|请先|先问|敢保证|一样|随时))"
    r"|[^，。！？]{0,8}(?:得[用要多]|只能|最多|至少)"
)
_GREETING = re.compile(
    r"^(?:您好|你好|亲亲?|在的|嗯+|哈喽|抱歉|不好意思|谢谢[^，。！？]{0,6}|感谢[^，。！？]{0,6})[呀啊哦哈呢~～]?$"
)
_CLAUSE = re.compile(r"[^，。！？；、,!?;:：\n~～]+")
_VERB = re.compile(
    r"(?:能不能|可不可以|会不会|是不是|有没有|能否|是否|可以|能|会|有|是|要|用|还|都|得)?([^，。！？\s能会有是还]{1,4}?)"
    r"(?:的|了|呀|啊)?(?:吗|么|[不没](?=\s*[？?！!。]*\s*$))"
)
_CAN = re.compile(r"([\u4e00-\u9fff])得([住了下动起上开着进出到完惯清掉])")
"""夹得住, 剪得动: said again, or denied with 不, it answers whether."""
_DAY = re.compile(rf"[今明后大][天早晚]|下?周[一二三四五六日末]|{_COUNT}+\s?[天号日点]|[上下]午|节前|年前")
_ARRIVES = re.compile(r"到(?!底|处)|发货|当天发|天发|寄|送达")
_LIGHT = frozenset(
    "的了吗呢啊吧我你您他们这那个么什怎样为是不有没能可以会要想在和就都还也很请问好到得地着过一下给用来去"
)
"""Characters that name nothing."""
_DIRECT = 2
"""Clauses, after the greeting, in which a yes or no is still an answer at once."""

_KINDS: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = (
    ("问时间", re.compile(r"多久|(?:什么|啥)时候|几(?:天|点|号|时|月)|多长时间|哪天"), _TIME),
    ("问价钱", re.compile(r"多少钱|啥价|什么价|怎么卖|几块钱?|价格|邮费|多少运费|运费多少"), _MONEY),
    ("问谁出", re.compile(r"谁(?:来)?(?:出|付|承担|掏)"), _PAYER),
    ("问数", re.compile(r"多少|几[个块元次年瓶支套盒袋条]|多大|多长|多重|多高|多宽"), _AMOUNT),
    (
        "要退换",
        re.compile(r"不想要|想退|要退|退[货掉]|能退|给退|退了(?:行|吧|可以)"),
        re.compile(r"退|换|拆封|签收|不[行能]|可以"),
    ),
    ("问地方", re.compile(r"[在去到]哪|哪里|什么地方|地址是"), _PLACE),
)
_HOW = re.compile(r"怎么(?!这|那|回事|还|又|样)|如何|咋(?!还|又|这)|怎样")


def shortcoming(question: str, reply: str) -> str:
    """Chinese: what was asked for and is not given; empty when the reply gives it or nothing definite was asked."""
    for name, asked, answer in _KINDS:
        if asked.search(question):
            return "" if answer.search(reply) else f"顾客在{name}，没有直接答"
    broken = _TROUBLE.search(question) is not None
    if _HOW.search(question) and not broken:
        return "" if _STEPS.search(reply) else "顾客在问法，没有直接答"
    if _WHETHER.search(question):
        return "" if _says_whether(question, reply) else "顾客在问是否，没有直接答"
    if broken:
        return "" if _CARE.search(reply) else "顾客遇到了麻烦，没有说怎么办"
    return ""


def _says_whether(question: str, reply: str) -> bool:
    """A yes or no at once, or what was asked about said again: 包邮吗, 满 59 就包."""
    said = [clause for m in _CLAUSE.finditer(reply) if not _GREETING.match(clause := "".join(m.group().split()))]
    if any(_YES_NO.match(clause) for clause in said[:_DIRECT]):
        return True
    plain = letters(reply)
    if _DAY.search(question) and _ARRIVES.search(question) and _TIME.search(reply) and _ARRIVES.search(reply):
        return True
    return any(word in plain for word in _asked_about(question))


def _asked_about(question: str) -> Iterator[str]:
    for m in _WHETHER.finditer(question):
        if m.group(1) or m.group(2):
            yield m.group(1) or m.group(2)
    for m in _CAN.finditer(question):
        yield from (m.group(), f"{m.group(1)}不{m.group(2)}")
    for m in _VERB.finditer(question):
        word = "".join(char for char in letters(m.group(1)) if char not in _LIGHT)
        yield from (
            [word] if len(word) == 1 else (word if len(word) == 2 else [word[-1], *grams(word, 2)] if word else [])
        )
