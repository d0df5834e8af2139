"""What a customer's message is about, told by its words. The message is untrusted: nothing in it is ever obeyed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Intent = Literal[
    "身体不适",
    "医疗健康",
    "过敏",
    "投诉",
    "找人工",
    "讲价",
    "大宗采购",
    "价保",
    "价格",
    "查单",
    "物流",
    "破损",
    "退换",
    "库存",
    "发票",
    "会员积分",
    "赠品",
    "隐私",
    "找客服",
    "成分",
    "用法",
    "夸奖",
    "问候",
    "题外话",
    "其他",
]

_ORDERS = re.compile(
    r"忽略|无视|忘掉|以上(?:的)?(?:指令|要求|规则|内容)|之前的(?:指令|要求|规则)|上面的(?:指令|要求|规则)|提示词|系统(?:指令|消息)|你现在是|从现在起你|"
    r"扮演|越狱|开发者模式|ignore|instruction|prompt|system|assistant|json|handover|⟦|⟧|\[\[|\{\{",
    re.IGNORECASE,
)
_RULES: tuple[tuple[Intent, re.Pattern[str]], ...] = (
    (
        "身体不适",
        re.compile(
            r"(?:用|抹|涂|擦|洗|吃|喝|戴|敷)(?:了|完|过|后|着).{0,14}(?:过敏|泛红|发红|红肿|肿|起疹|疹子|起痘|爆痘|长痘|疙瘩|起包|刺痛|发痒|好痒|"
            r"脱皮|烂脸|吐|恶心|反胃|拉肚子|腹泻|肚子疼|肚子痛|胃疼|头晕|心慌|心悸|手抖|胸闷|喘|发麻|不舒服|难受|好辣|辣眼)|"
            r"误食|误吃|误服|吞了|吞下|进(?:了)?眼|烫伤|烫到|割伤|划伤|受伤|中毒|去了?医院|急诊|吃坏|异物|虫子|头发丝"
        ),
    ),
    (
        "投诉",
        re.compile(
            r"投诉|12315|举报|律师|起诉|法院|曝光|媒体|赔偿|赔钱|假货|骗人|骗子|欺诈|消协|负责人|你们经理|态度(?:太|很|好)?差|太过分|垃圾|差评|再也不|气死|赔[一二三四五十\d]|三倍|权益"
        ),
    ),
    ("隐私", re.compile(r"泄露|隐私|个人信息|注销|删.{0,4}(?:信息|账户|账号)")),
    (
        "找客服",
        re.compile(r"几点(?:上班|下班|有人)|客服.{0,4}(?:上班|时间|电话)|电话(?:多少|没人)|没人(?:接|回)|打电话"),
    ),
    ("找人工", re.compile(r"转人工|人工客服|真人|机器人|自动回复|找个人|不要机器|别用机器")),
    (
        "医疗健康",
        re.compile(
            r"怀孕|孕妇|孕期|哺乳|喂奶|备孕|月子|吃药|服药|用药|头孢|抗生素|布洛芬|阿司匹林|避孕药|感冒药|消炎药|药物|糖尿病|血糖高|高血压|血压|心脏|痛风|肾|胃病|胃炎|胃疼|湿疹|皮炎|荨麻疹|痤疮|"
            r"甲亢|手术|化疗|癌|失眠|头痛|治疗|能治|治好|疗效|代替药|当药"
        ),
    ),
    ("过敏", re.compile(r"过敏|致敏|不耐|忌口")),
    (
        "大宗采购",
        re.compile(
            r"团购|批发|采购|进货|代理|员工福利|公司福利|送员工|送客户|"
            r"\d+ ?(?:件|箱|份|盒|套).{0,8}(?:员工|公司|单位|团|客户)"
        ),
    ),
    ("价保", re.compile(r"降价|差价|价保|买贵|贵了")),
    ("赠品", re.compile(r"赠品|小样|试用装|送(?:什么|东西|不送)")),
    (
        "讲价",
        re.compile(
            r"便宜点|便宜些|少点|再便宜|打个?折|改价|价格改|改成 ?\d|讲价|抹零|算(?:我)?便宜|优惠点|折扣呗|给个折"
        ),
    ),
    (
        "破损",
        re.compile(
            r"坏了|压坏|漏水|漏液|不亮|破了|破损|碎了|全碎|漏了|少发|漏发|少了一?[个盒瓶支条袋件]|洒了|裂了|断了|变形|"
            r"(?:结块|发霉|长毛|变质|馊|胀袋|鼓包|漏气|潮|掉色|褪色|起球|开线|脱线|生锈)了|有(?:股|点|些)?(?:异味|怪味|馊味|霉味)|味道不对"
        ),
    ),
    (
        "查单",
        re.compile(
            r"(?:我的|我那|我这).{0,6}(?:快递|订单|包裹|货|退款|钱)|钱.{0,6}退给|什么时候退(?:款|钱|给)|怎么还没|还没(?:到|收到|发|退)|没(?:有)?物流|到哪|查一?下|催一?下|没收到|一直没|签收了?但|显示"
        ),
    ),
    (
        "退换",
        re.compile(r"退货|退换|换货|退款|退钱|无理由|能退|可以退|怎么退|不想要|换一个|换新|质保|保修"),
    ),
    (
        "物流",
        re.compile(
            r"发货|快递|物流|能发|发吗|发不|寄|(?:大概|要)?几天到|能?收到[不吗么]|几天(?:能|可以)?到|多久(?:能|可以)?到|什么时候(?:能|可以)?(?:到|发|寄)|包邮|运费|邮费|发什么|顺丰|中通|地址|改派"
        ),
    ),
    ("发票", re.compile(r"发票|开票|专票|抬头|税号|报销")),
    ("库存", re.compile(r"有货|没货|现货|缺货|断货|补货|库存|还有吗|还有没有|什么时候上")),
    ("会员积分", re.compile(r"会员|积分|等级")),
    (
        "价格",
        re.compile(r"多少钱|价格|价钱|什么价|怎么卖|贵|优惠|活动|打折|满减|券|折扣|划算|几箱"),
    ),
    ("成分", re.compile(r"成分|配料|含不含|有没有(?:香精|酒精|糖|防腐|色素|激素)|添加|无糖|热量|千卡|材质|什么做的")),
    (
        "用法",
        re.compile(
            r"怎么(?:用|吃|喝|冲|泡|洗|装|放|保存|清洗|充电)|用法|能(?:不能)?(?:放|装|洗|进|用|吃|喝|坐|加热|微波|冷藏)|可以(?:放|装|洗|用|吃|喝)|"
            r"多久|多大|多重|尺寸|保质期|过期|开封|会不会|适合|好不好|苦不苦|甜吗|咸不咸|酸不酸|孩子|宝宝|小孩|老人|敏感肌|油皮|干皮"
        ),
    ),
    (
        "夸奖",
        re.compile(
            r"好用|好喝|好吃|还行|还可以|挺好|谢啦|谢了|多谢|喜欢|不错|回购|好评|谢谢|赞|惊喜|很棒|满意|爱了|划算死|良心"
        ),
    ),
    (
        "问候",
        re.compile(r"^(?:(?:在吗|在么|你好|您好|hi|hello|在不在|有人吗)[啊呀呢吗，,～~？?。！! ]*)+$", re.IGNORECASE),
    ),
)
_ASKING = re.compile(
    r"[?？]|吗|呢|么|呗|咋|啥|能否|[不没][啊呀]?$|多[少久大重长高]|怎么|能不能|可不可以|有没有|什么|哪|几"
)
_WANTING = re.compile(r"我要|想|买|需要|帮|求|请|怎|给我")
_ANGER = re.compile(r"破东西|垃圾|气死|太差|失望|什么玩意|无语|坑人|上当|再也不")
_GRUMBLE = re.compile(r"不好|不行|难|差|失望|坏|破|漏|慢|退|没用|后悔|问题|但是|可是|就是")


_TYPOS = str.maketrans({"贷": "货", "获": "货", "弟": "递"})
_TYPED = re.compile(r"发获|退获|退贷|发贷|快弟")


def mended(message: str) -> str:
    """The message with the commonest slips of the input method put right: 发获 is 发货."""
    return _TYPED.sub(lambda match: match.group().translate(_TYPOS), message)


@dataclass(frozen=True, slots=True)
class Wish:
    intent: Intent
    text: str
    """The message without sentences that try to give orders to the writer."""
    asking: bool


def understand(message: str) -> Wish:
    """The intent of a message: risks first, then what it asks for."""
    kept = [part.strip() for part in re.split(r"(?<=[。！？!?；;\n])", message) if part.strip()]
    plain = [clause for part in kept if (clause := _without_orders(part))]
    text = mended("".join(plain).strip())
    if not text:
        # Nothing but orders: whether they speak of a price decides how to decline.
        return Wish("讲价" if re.search(r"改成|价格|元|块钱|免费", message) else "题外话", "", False)
    asking = bool(_ASKING.search(text))
    for intent, pattern in _RULES:
        if not pattern.search(text):
            continue
        if intent == "夸奖" and (asking or _GRUMBLE.search(text)):
            continue
        return Wish(intent, text, asking)
    return Wish("其他", text, asking)


def is_small_talk(wish: Wish) -> bool:
    """True when a message neither asks nor wants nor complains: 今天天气真好."""
    return (
        wish.intent == "其他"
        and not wish.asking
        and len(wish.text) <= 12
        and not _GRUMBLE.search(wish.text)
        and not _WANTING.search(wish.text)
    )


def is_angry(text: str) -> bool:
    """True when the words carry anger that an answer should meet first."""
    return bool(_ANGER.search(text))


def _without_orders(sentence: str) -> str:
    if not _ORDERS.search(sentence):
        return sentence
    clauses = [clause for clause in re.split(r"(?<=[，,：:])", sentence) if not _ORDERS.search(clause)]
    return "".join(clauses).strip("，,：: ")
